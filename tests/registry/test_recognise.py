"""Column names: what is certain, what is only suggested, and the mapping file that is written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from matcher.catalogue import Catalogue
from matcher.language.diagnostics import SourceError
from matcher.registry.faults import RegistryFault
from matcher.registry.headers import Headers
from matcher.registry.mapping import read_mapping_file
from matcher.registry.recognise import automatic_mapping, write_mapping
from matcher.registry.sources import SourceColumn
from matcher.registry.synonyms import FILE, FOLDER, RegistryWords, load_words
from tests.conftest import AS_OF, RULES

SAMPLE = "企业名称,统一社会信用代码,注册日期,企业类型,注册资金,经营范围,所在省份,地区,区县,注册地址"


def columns(names: str) -> list[SourceColumn]:
    """Name text columns, parted by commas."""
    return [SourceColumn(name) for name in names.split(",")]


@pytest.fixture(scope="module")
def headers(catalogue: Catalogue, words: RegistryWords) -> Headers:
    """Reads names with the shipped words."""
    return Headers(catalogue.vocabulary, words)


@pytest.mark.parametrize(
    ("header", "fact", "part", "year", "unit"),
    [
        ("营业收入", "营业收入", "", None, None),
        ("revenue", "营业收入", "", None, None),
        ("营收", "营业收入", "", None, None),
        ("2024年营业收入(万元)", "营业收入", "", 2024, "万元"),
        ("２０２４年营业收入（万元）", "营业收入", "", 2024, "万元"),
        ("营业收入_2024", "营业收入", "", 2024, None),
        ("revenue_2024", "营业收入", "", 2024, None),
        ("营业收入(2023年,亿元)", "营业收入", "", 2023, "亿元"),
        ("营业收入万元", "营业收入", "", None, "万元"),
        ("上年度研发费用(元)", "研发费用", "", None, "元"),
        ("进出口额(万美元)", "进出口额", "", None, "万美元"),
        ("注册资本(万美元)", "注册资本", "", None, "万美元"),
        ("用工人数(人)", "从业人员", "", None, "人"),
        ("职工人数2023", "从业人员", "", 2023, None),
        ("高新技术企业", "资质 高新技术企业", "", None, None),
        ("是否高新技术企业", "资质 高新技术企业", "", None, None),
        ("是否高新技术企业(是/否)", "资质 高新技术企业", "", None, None),
        ("资质_高新技术企业", "资质 高新技术企业", "", None, None),
        ("titles__high_tech_enterprise", "资质 高新技术企业", "", None, None),
        ("高新技术企业有效期至", "资质 高新技术企业", "to", None, None),
        ("高新技术企业认定日期", "资质 高新技术企业", "from", None, None),
        ("绿色工厂级别", "资质 绿色工厂", "level", None, None),
        ("失信被执行人", "信用名单 失信被执行人", "", None, None),
        ("是否列入失信被执行人", "信用名单 失信被执行人", "", None, None),
        ("建设中试基地完成日期", "事项 建设中试基地", "done", None, None),
        ("科创板受理日期", "上市阶段 科创板", "on3", None, None),
        ("科创板上市阶段", "上市阶段 科创板", "", None, None),
        ("智能家电(家居)", "产业链 智能家电(家居)", "", None, None),
        ("是否民营企业", "民营企业", "", None, None),
        ("社会信用代码", "统一社会信用代码", "", None, None),
        ("Credit Code", "统一社会信用代码", "", None, None),
        ("单位名称", "企业名称", "", None, None),
        ("成立时间", "成立日期", "", None, None),
        ("国民经济行业代码", "行业", "", None, None),
    ],
)
def test_certain_names(
    headers: Headers, header: str, fact: str, part: str, year: int | None, unit: str | None
) -> None:
    named = headers.read(header)

    assert named is not None
    meaning = named.meaning
    member = f" {meaning.member.label}" if meaning.member else ""
    assert (meaning.attribute.label + member, meaning.part) == (fact, part)
    assert (named.year, named.unit.name if named.unit else None) == (year, unit)


@pytest.mark.parametrize(
    "header",
    [
        "营业收入(预计)",
        "从业人员(女)",
        "营业收入(人)",
        "2024年成立日期",
        "科创板",
        "上市阶段",
        "企业规模",
        "参数",
        "备注",
        "高新技术企业数量",
        "2024",
        "",
    ],
)
def test_names_that_are_not_certain(headers: Headers, header: str) -> None:
    """A qualifier nobody knows may change the meaning; a term is computed, never given."""
    assert headers.read(header) is None


def test_every_name_of_the_vocabulary_is_read(catalogue: Catalogue, headers: Headers) -> None:
    for attribute in catalogue.vocabulary.attributes.values():
        if catalogue.vocabulary.term(attribute.label) or attribute.kind.value in (
            "记录",
            "参数",
            "阶段",
        ):
            continue
        named = headers.read(attribute.label)
        assert named is not None and named.meaning.attribute is attribute, attribute.label


def test_the_synonym_table_is_useful_and_sound(
    words: RegistryWords, catalogue: Catalogue, headers: Headers
) -> None:
    assert len(words.columns) > 200
    for name, meaning in words.columns.items():
        named = headers.read(name)
        assert named is not None, name
        assert named.meaning.attribute is meaning.attribute, name


def test_a_real_header(catalogue: Catalogue, words: RegistryWords) -> None:
    """省, 市, 区县 say one place together; the address is only a second choice."""
    mapping = automatic_mapping(columns(SAMPLE), catalogue.vocabulary, words, AS_OF)

    assert [(column.name, column.label) for column in mapping.columns] == [
        ("企业名称", "企业名称"),
        ("统一社会信用代码", "统一社会信用代码"),
        ("注册日期", "成立日期"),
        ("企业类型", "企业类型"),
        ("注册资金", "注册资本"),
        ("所在省份、地区、区县", "注册地"),
    ]
    assert mapping.notes == (
        "“注册资金”没有写明单位,数字按万元读",
        "没有用到的列:经营范围、注册地址",
    )


def test_an_address_serves_where_nothing_better_does(
    catalogue: Catalogue, words: RegistryWords
) -> None:
    mapping = automatic_mapping(
        columns("统一社会信用代码,注册地址"), catalogue.vocabulary, words, AS_OF
    )

    assert mapping.columns[1].label == "注册地"
    assert mapping.columns[1].lenient


def test_a_yearly_figure_without_year_is_last_year_s(
    catalogue: Catalogue, words: RegistryWords
) -> None:
    mapping = automatic_mapping(
        columns("统一社会信用代码,营业收入,2022年营业收入"), catalogue.vocabulary, words, AS_OF
    )

    assert [column.year for column in mapping.columns] == [None, 2024, 2022]


def test_two_columns_for_one_fact_are_refused(catalogue: Catalogue, words: RegistryWords) -> None:
    with pytest.raises(RegistryFault, match="“注册资金”和“注册资本”两列说的都是“注册资本”"):
        automatic_mapping(
            columns("统一社会信用代码,注册资金,注册资本"), catalogue.vocabulary, words, AS_OF
        )
    with pytest.raises(RegistryFault, match="“省份”和“所在省”两列"):
        automatic_mapping(columns("信用代码,省份,所在省"), catalogue.vocabulary, words, AS_OF)


def test_no_credit_code_is_refused_with_the_likeliest(
    catalogue: Catalogue, words: RegistryWords
) -> None:
    with pytest.raises(RegistryFault, match="没有统一社会信用代码列。是不是“信用代玛”这一列"):
        automatic_mapping(columns("企业名称,信用代玛"), catalogue.vocabulary, words, AS_OF)
    with pytest.raises(RegistryFault, match="现有列:企业名称。"):
        automatic_mapping(columns("企业名称"), catalogue.vocabulary, words, AS_OF)


def test_a_mapping_file_is_written_and_read_back(
    catalogue: Catalogue, words: RegistryWords
) -> None:
    """What is certain stands in it, what is likely is a comment, the rest is ignored."""
    names = [
        *SAMPLE.split(","),
        "营业收人",
        "注册资本",
        "高企取得日期",
        "研发费用(元)",
        "a: b # c",
        "隐\u200b藏",
    ]
    given = [SourceColumn(name) for name in names]
    samples = {"营业收人": ["12", "30\n40"], "经营范围": ["软件\u200b开发"]}

    text = write_mapping(given, samples, catalogue.vocabulary, words)

    read = read_mapping_file(text, "映射.yaml", given, catalogue.vocabulary, words, AS_OF)
    labels = {column.name: (column.label, column.part) for column in read.columns}
    assert labels["高企取得日期"] == ("资质 高新技术企业", "from")
    assert labels["研发费用(元)"] == ("2024 年 研发费用", "")
    assert "营业收人" not in labels
    assert "注册资本" not in labels
    assert "# 可能是这一项(相似度 77)" in text
    assert "  # - 列: 营业收人\n  #   指标: 营业收入\n" in text
    assert ";例:12、30 40" in text
    assert "# 与“注册资金”说的是同一件事,只能留一列" in text
    assert "  - 经营范围   # 例:软件开发" in text
    assert {"a: b # c", "隐\u200b藏"} <= set(read.ignored)


def test_an_uncommented_suggestion_is_used(catalogue: Catalogue, words: RegistryWords) -> None:
    given = columns("统一社会信用代码,营业收人")
    text = write_mapping(given, {}, catalogue.vocabulary, words)

    confirmed = text.replace("  # - 列", "  - 列").replace("  #   指标", "    指标")

    read = read_mapping_file(confirmed, "映射.yaml", given, catalogue.vocabulary, words, AS_OF)
    assert [column.label for column in read.columns] == ["统一社会信用代码", "2024 年 营业收入"]


def test_mistakes_of_the_synonym_table_are_reported_together(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    shutil.copytree(RULES / FOLDER, tmp_path / FOLDER)
    path = tmp_path / FOLDER / FILE
    path.write_text(
        "列名:\n"
        "  - {列: [甲, 甲], 指标: 营业收入}\n"
        "  - {列: [乙], 指标: 营业收人}\n"
        "  - {列: [丙], 指标: 资质, 项: 高新企也}\n"
        "  - {列: [丁], 指标: 资质, 项: 高新技术企业, 部分: 级别}\n"
        "选项:\n"
        "  - {指标: 企业类型, 写法: {有限公司吗: [x]}}\n"
        "空白: [x]\n"
        "别的: 1\n",
        encoding="utf-8",
    )

    with pytest.raises(SourceError) as caught:
        load_words(tmp_path, catalogue.vocabulary)

    said = [(item.code, item.place.line if item.place else 0) for item in caught.value.diagnostics]
    assert said == [
        ("duplicate-id", 2),
        ("unknown-attribute", 3),
        ("unknown-member", 4),
        ("unknown-member", 5),
        ("unknown-member", 7),
        ("unknown-key", 9),
    ]

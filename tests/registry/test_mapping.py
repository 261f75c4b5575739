"""Mapping files: what they say, and every mistake at its place with a repair."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from matcher.language.diagnostics import Diagnostic, SourceError
from matcher.profile import Assurance, FactKey
from matcher.registry.columns import MappedColumn
from matcher.registry.mapping import RegistryMapping, read_mapping_file
from matcher.registry.sources import SourceColumn
from tests.conftest import AS_OF
from tests.registry.tables import Desk

INPUT = (
    *("统一社会信用代码", "企业名称", "营业收入(万元)", "营业收入2023(元)", "注册资金", "企业资质"),
    *("高企", "高企起", "规模", "省", "市", "区", "备注", "基地", "工厂", "科创板", "行业"),
)


def read(desk: Desk, text: str) -> RegistryMapping:
    """Read a mapping for the input; the code column is added."""
    given = [SourceColumn(name) for name in INPUT]
    return read_mapping_file(text, "映射.yaml", given, desk.vocabulary, desk.words, AS_OF)


CODE = "列:\n  - {列: 统一社会信用代码, 指标: 统一社会信用代码}\n"


def one(desk: Desk, entry: str) -> MappedColumn:
    """Read one entry beside the code."""
    return read(desk, f"{CODE}  - {entry}\n").columns[1]


def mistakes(desk: Desk, text: str) -> list[Diagnostic]:
    """Read a mapping with mistakes."""
    with pytest.raises(SourceError) as caught:
        read(desk, text)
    return list(caught.value.diagnostics)


def test_a_mapping_in_full(desk: Desk) -> None:
    mapping = read(
        desk,
        """
填报日期: 2025-06-30
列:
  - {列: 统一社会信用代码, 指标: 统一社会信用代码, 来源: 市场监管局, 日期: 2025-06-30}
  - 列: 营业收入(万元)
    指标: revenue
    来源: 税务部门
    日期: 2025-06-30
    说明: 汇算清缴口径
  - {列: [省, 市, 区], 指标: 注册地}
  - {列: 注册资金, 指标: 注册资本, 汇率: {美金: 7.1, 日元: 0.048}, 读不懂时: 未知}
  - {列: 企业资质, 指标: 资质, 完整: 是}
忽略: [备注]
全表:
  上市计划: [科创板]
""",
    )

    _, revenue, place, capital, titles = mapping.columns
    assert (revenue.year, revenue.unit and revenue.unit.name) == (2024, "万元")
    assert (revenue.source, revenue.noted_on) == ("税务局", date(2025, 6, 30))
    assert place.names == ("省", "市", "区")
    assert capital.rates == {"美元": Fraction(71, 10), "日元": Fraction(6, 125)}
    assert capital.lenient
    assert titles.complete and titles.is_list
    assert mapping.filed == date(2025, 6, 30)
    assert [key for key, _ in mapping.shared] == [FactKey("上市计划", "科创板")]
    assert mapping.ignored[0] == "备注"
    assert mapping.notes[0] == "“注册资金”没有写明单位,数字按万元读"
    assert mapping.notes[1].startswith("没有用到的列:企业名称、营业收入2023(元)、")
    assert "备注" not in mapping.notes[1]


@pytest.mark.parametrize(
    ("entry", "year"),
    [
        ("{列: 营业收入(万元), 指标: 营业收入}", 2024),
        ("{列: 营业收入(万元), 指标: 营业收入, 年度: 上年度}", 2024),
        ("{列: 营业收入(万元), 指标: 营业收入, 年度: 2022}", 2022),
        ("{列: 营业收入(万元), 指标: 营业收入, 年度: 2022年度}", 2022),
        ("{列: 营业收入2023(元), 指标: 营业收入}", 2023),
        ("{列: 营业收入2023(元), 指标: 营业收入, 年度: 2021}", 2021),
        ("{列: 注册资金, 指标: 注册资本}", None),
        ("{列: 规模, 指标: 流片事项, 项: MPW流片}", None),
    ],
)
def test_the_year_of_a_column(desk: Desk, entry: str, year: int | None) -> None:
    assert one(desk, entry).year == year


@pytest.mark.parametrize(
    ("entry", "unit"),
    [
        ("{列: 营业收入2023(元), 指标: 营业收入}", "元"),
        ("{列: 营业收入2023(元), 指标: 营业收入, 单位: 亿元}", "亿元"),
        ("{列: 注册资金, 指标: 注册资本}", None),
        ("{列: 注册资金, 指标: 注册资本, 单位: 万美元}", "万美元"),
        ("{列: 注册资金, 指标: 从业人员, 单位: 万人}", "万人"),
    ],
)
def test_the_unit_of_a_column(desk: Desk, entry: str, unit: str | None) -> None:
    found = one(desk, entry).unit

    assert (found.name if found else None) == unit


def test_a_column_may_be_named_in_another_width(desk: Desk) -> None:
    assert one(desk, "{列: 营业收入（万元）, 指标: 营业收入}").names == ("营业收入(万元)",)


def test_shared_facts_are_declared_unless_a_department_stands_for_them(desk: Desk) -> None:
    text = (
        CODE
        + "全表: {注册地: 合肥市, 民营企业: 不清楚, 成立日期: {值: 2020-01-01, 来源: 市场监管局, 日期: 2025-06-30}}"
    )

    shared = dict(read(desk, text).shared)

    assert shared[FactKey("注册地")].assurance is Assurance.DECLARED
    assert shared[FactKey("成立日期")].assurance is Assurance.ATTESTED
    assert shared[FactKey("成立日期")].noted_on == date(2025, 6, 30)
    assert FactKey("民营企业") not in shared


@pytest.mark.parametrize(
    ("entry", "code", "said", "hint"),
    [
        (
            "{列: 营业收人, 指标: 营业收入}",
            "unknown-name",
            "输入里没有“营业收人”这一列",
            "营业收入",
        ),
        (
            "{列: 注册资金, 指标: 注册资木}",
            "unknown-attribute",
            "没有名为“注册资木”的指标",
            "注册资本",
        ),
        (
            "{列: 高企, 指标: 高新技术企业}",
            "unknown-attribute",
            "没有名为",
            "写成“指标: 资质”和“项: 高新技术企业”",
        ),
        ("{列: 规模, 指标: 企业规模}", "wrong-type", "“企业规模”不能由一列给出", "划型"),
        ("{列: 规模, 指标: 项目}", "wrong-type", "“项目”不能由一列给出", ""),
        (
            "{列: 高企, 指标: 资质, 项: 高新企也}",
            "unknown-member",
            "“资质”里没有“高新企也”",
            "是否想写",
        ),
        ("{列: 规模, 指标: 行业, 项: 甲}", "wrong-shape", "“行业”不分项", "删去“项”"),
        (
            "{列: 科创板, 指标: 上市阶段}",
            "missing-key",
            "“上市阶段”要写明是哪一项",
            "如 主板、科创板",
        ),
        (
            "{列: 高企起, 指标: 资质, 部分: 取得日期}",
            "missing-key",
            "“资质”要写明是哪一项",
            "补上“项: …”",
        ),
        (
            "{列: 高企起, 指标: 资质, 项: 高新技术企业, 部分: 完成日期}",
            "unknown-member",
            "没有“完成日期”这一部分",
            "取得日期、有效期至",
        ),
        (
            "{列: 高企起, 指标: 资质, 项: 高新技术企业, 部分: 级别}",
            "unknown-member",
            "“高新技术企业”不分级别",
            "删去",
        ),
        (
            "{列: 科创板, 指标: 上市阶段, 项: 科创板, 部分: 挂牌}",
            "unknown-member",
            "“科创板”没有“挂牌”这一阶段",
            "受理",
        ),
        (
            "{列: 注册资金, 指标: 注册资本, 部分: 级别}",
            "unknown-member",
            "没有“级别”这一部分",
            "删去“部分”",
        ),
        (
            "{列: 注册资金, 指标: 注册资本, 年度: 2024}",
            "wrong-period",
            "“注册资本”没有年度",
            "删去“年度”",
        ),
        (
            "{列: 营业收入(万元), 指标: 营业收入, 年度: 去年}",
            "wrong-period",
            "“去年”不是年份",
            "上年度",
        ),
        (
            "{列: 注册资金, 指标: 注册资本, 单位: 吨}",
            "wrong-unit",
            "单位“吨”不合“注册资本”",
            "万元",
        ),
        ("{列: 行业, 指标: 行业, 单位: 元}", "wrong-unit", "“行业”没有单位", "删去“单位”"),
        (
            "{列: 注册资金, 指标: 注册资本, 汇率: {贝币: 7}}",
            "unknown-name",
            "没有名为“贝币”的币种",
            "美元",
        ),
        (
            "{列: 注册资金, 指标: 注册资本, 汇率: {美元: 零}}",
            "bad-number",
            "“美元”的汇率应是一个大于零的数",
            "如 7.1",
        ),
        (
            "{列: 注册资金, 指标: 注册资本, 汇率: {美元: 0}}",
            "bad-number",
            "应是一个大于零的数",
            "如 7.1",
        ),
        (
            "{列: 营业收入(万元), 指标: 营业收入, 来源: 税务局}",
            "missing-key",
            "写了“来源”,没有写“日期”",
            "补上“日期",
        ),
        (
            "{列: 营业收入(万元), 指标: 营业收入, 日期: 2025-06-30}",
            "missing-key",
            "写了“日期”,没有写“来源”",
            "删去“日期”",
        ),
        (
            "{列: 营业收入(万元), 指标: 营业收入, 来源: 水务局, 日期: 2025-06-30}",
            "unknown-name",
            "没有名为“水务局”的部门",
            "税务局",
        ),
        (
            "{列: 营业收入(万元), 指标: 营业收入, 来源: 科技局, 日期: 2025-06-30}",
            "not-attested",
            "“2024 年 营业收入”由税务局保管,科技局不能核验",
            "来源: 税务局",
        ),
        (
            "{列: 行业, 指标: 行业, 来源: 统计局, 日期: 2025-06-30}",
            "not-attested",
            "“行业”没有部门能核验",
            "删去",
        ),
        (
            "{列: 企业资质, 指标: 资质, 来源: 海关, 日期: 2025-06-30}",
            "not-attested",
            "海关不能核验",
            "改为“来源: ",
        ),
        (
            "{列: 注册资金, 指标: 注册资本, 完整: 是}",
            "wrong-shape",
            "“完整”只用于一列写多项的指标",
            "删去",
        ),
        ("{列: [省, 市], 指标: 行业}", "wrong-shape", "“行业”只能由一列给出", "地区"),
        (
            "{列: 注册资金, 指标: 注册资本, 读不懂时: 忽略}",
            "unknown-member",
            "没有名为“忽略”的读不懂时",
            "未知",
        ),
        ("{列: 注册资金, 指标: 注册资本, 单伟: 元}", "unknown-key", "这里没有“单伟”这个键", "单位"),
        ("{指标: 注册资本}", "missing-key", "缺少“列”", "补上"),
    ],
)
def test_each_mistake_has_its_sentence_and_repair(
    desk: Desk, entry: str, code: str, said: str, hint: str
) -> None:
    [mistake] = mistakes(desk, f"{CODE}  - {entry}\n")

    assert mistake.code == code
    assert said in mistake.message
    assert hint in mistake.hint
    assert mistake.place is not None and mistake.place.line == 3


def test_a_mistake_is_shown_with_its_line_and_caret(desk: Desk) -> None:
    [mistake] = mistakes(desk, f"{CODE}  - {{列: 注册资金, 指标: 注册资木}}\n")

    assert mistake.render().splitlines()[:4] == [
        "映射.yaml:3:19: 未知指标 [unknown-attribute]: 没有名为“注册资木”的指标",
        "   |",
        " 3 |   - {列: 注册资金, 指标: 注册资木}",
        "   |                          ^^^^^^^^",
    ]


def test_all_mistakes_come_at_once(desk: Desk) -> None:
    text = """
填报日期: 六月
列:
  - {列: 甲, 指标: 注册资本}
  - {列: 注册资金, 指标: 注册资本}
  - {列: 规模, 指标: 注册资本}
忽略: [乙]
全表: {注册资本: 1 万元, 企业名称: 甲公司}
多余: 1
"""
    found = mistakes(desk, text)

    assert [(item.code, item.place.line if item.place else 0) for item in found] == [
        ("missing-key", 2),
        ("bad-date", 2),
        ("unknown-name", 4),
        ("contradiction", 5),
        ("contradiction", 6),
        ("contradiction", 6),
        ("unknown-name", 7),
        ("wrong-type", 8),
        ("unknown-key", 9),
    ]
    assert "“注册资金”和“规模”两列说的都是“注册资本”" in [item.message for item in found]


def test_parts_of_one_fact_have_one_source(desk: Desk) -> None:
    text = (
        f"{CODE}  - {{列: 高企, 指标: 资质, 项: 高新技术企业, 来源: 科技局, 日期: 2025-06-30}}\n"
        "  - {列: 高企起, 指标: 资质, 项: 高新技术企业, 部分: 取得日期}\n"
    )

    [mistake] = mistakes(desk, text)
    assert mistake.message == "“高企”和“高企起”说的是同一项事实,来源却不同"


def test_a_list_and_a_column_of_one_member_have_one_source(desk: Desk) -> None:
    text = (
        f"{CODE}  - {{列: 高企, 指标: 资质, 项: 高新技术企业, 来源: 科技局, 日期: 2025-06-30}}\n"
        "  - {列: 企业资质, 指标: 资质}\n"
    )

    [mistake] = mistakes(desk, text)
    assert "来源却不同" in mistake.message


def test_no_credit_code_is_a_mistake(desk: Desk) -> None:
    [mistake] = mistakes(desk, "列:\n  - {列: 企业名称, 指标: 企业名称}\n")

    assert mistake.message.startswith("没有统一社会信用代码列。是不是“统一社会信用代码”这一列?")


@pytest.mark.parametrize("text", ["", "- 甲", "列: 甲: 乙", "列:\n\t- 甲"])
def test_what_is_no_mapping_is_refused(desk: Desk, text: str) -> None:
    assert mistakes(desk, text)

"""Company files: what is read, what is believed, and what stays unknown."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from matcher.catalogue import Catalogue
from matcher.language.diagnostics import SourceError
from matcher.language.profiles import COMPANY, Channel, CompanyFile, read_company
from matcher.profile import (
    NOT_APPLICABLE,
    Activity,
    Assurance,
    FactKey,
    FactValue,
    Rank,
    Spell,
    Stage,
    Tenure,
)
from matcher.tree import Days, State
from matcher.vocabulary.model import Vocabulary
from tests.conftest import AS_OF, RULES
from webapp.cli import main

WAN = 1_000_000  # 分


class Reading:
    """Reads company files as they come from one channel."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def __call__(self, text: str, channel: Channel = COMPANY, as_of: date = AS_OF) -> CompanyFile:
        return read_company(text, "企业.yaml", self.vocabulary, as_of, channel)

    def value(self, text: str, attribute: str, member: str | None = None) -> FactValue | None:
        found = self.vocabulary.attribute(attribute)
        assert found is not None
        year = AS_OF.year - 1 if found.yearly else None
        return self(text).profile.value(FactKey(attribute, member, year))

    def codes(self, text: str) -> list[str]:
        with pytest.raises(SourceError) as caught:
            self(text)
        return [item.code for item in caught.value.diagnostics]


@pytest.fixture
def read(catalogue: Catalogue) -> Reading:
    return Reading(catalogue.vocabulary)


# --- values -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "attribute", "value"),
    [
        ("名称: 某某公司", "企业名称", "某某公司"),
        ("成立日期: 2016-05-20", "成立日期", date(2016, 5, 20)),
        ("注册地: 合肥市蜀山区", "注册地", ("340104",)),
        ("注册地: [合肥市, 亳州市]", "注册地", ("340100", "341600")),
        ("行业: 6520 集成电路设计", "行业", ("6520",)),
        ("行业: [C39, 65]", "行业", ("39", "65")),
        ("民营企业: 是", "民营企业", True),
        ("民营企业: 否", "民营企业", False),
        ("企业类型: 有限责任公司", "企业类型", "有限责任公司"),
        ("从业人员: 126", "从业人员", 126),
        ("营业收入: 9,600万", "营业收入", 9600 * WAN),
        ("净利润: -50 万元", "净利润", -50 * WAN),
        ("裁员率: 5.5%", "裁员率", Fraction(55, 1000)),
        ("纳税信用等级: A级", "纳税信用等级", "A级"),
        ("亩均效益: 3/120", "亩均效益", Rank(3, 120)),
        ("亩均效益: 3", "亩均效益", Rank(3, None)),
        ("统计月报按时报送: 是", "统计月报按时报送", True),
    ],
)
def test_a_value(text: str, attribute: str, value: FactValue, read: Reading) -> None:
    assert read.value(text, attribute) == value


def test_labels_aliases_and_english_ids_are_one(read: Reading) -> None:
    for text in ("营业收入: 3 万元", "营收: 3 万元", "revenue: 3 万元"):
        assert read.value(text, "营业收入") == 3 * WAN


# --- four states of an answer -------------------------------------------------------------------------


def test_zero_unsure_missing_and_not_applicable_are_four_things(read: Reading) -> None:
    file = read("研发费用: 0 元\n净利润: 不清楚\n亩均评价: 不适用")
    profile, year = file.profile, AS_OF.year - 1

    assert profile.value(FactKey("研发费用", None, year)) == 0
    assert profile.value(FactKey("净利润", None, year)) is None
    assert FactKey("净利润", None, year) in profile.unsure
    assert profile.value(FactKey("亩均评价")) is NOT_APPLICABLE
    assert profile.value(FactKey("营业收入", None, year)) is None
    assert FactKey("营业收入", None, year) not in profile.unsure


def test_unsure_can_stand_in_a_list(read: Reading) -> None:
    unsure = read(
        "不清楚: [营业收入, 上年度 研发费用, 高层次人才人数, 技术改造, 资质 瞪羚企业]"
    ).profile.unsure

    assert unsure == {
        FactKey("营业收入", None, 2024),
        FactKey("研发费用", None, 2024),
        FactKey("高层次人才人数"),
        FactKey("事项", "技术改造"),
        FactKey("资质", "瞪羚企业"),
    }


def test_a_known_fact_is_not_unsure(read: Reading) -> None:
    assert read("营业收入: 3 万元\n不清楚: [营业收入]").profile.unsure == frozenset()


# --- periods ------------------------------------------------------------------------------------------


def test_last_year_counts_from_the_filing_date(read: Reading) -> None:
    profile = read("填报日期: 2024-03-01\n上年度: {营业收入: 3 万元}").profile

    assert profile.filed == date(2024, 3, 1)
    assert profile.value(FactKey("营业收入", None, 2023)) == 3 * WAN


def test_without_a_filing_date_last_year_counts_from_as_of(read: Reading) -> None:
    assert read("营业收入: 3 万元").profile.value(FactKey("营业收入", None, 2024)) == 3 * WAN


def test_several_years(read: Reading) -> None:
    by_year = "年度: {2022: {营业收入: 1 万元}, 2023 年: {营业收入: 2 万元, 研发费用: 0 元}}"
    by_figure = "营业收入: {2022: 1 万元, 2023年度: 2 万元}\n研发费用: {2023: 0 元}"

    assert read(by_year).profile.facts == read(by_figure).profile.facts


def test_spans(read: Reading) -> None:
    profile = read("区间: {2020-07-01 至 2021-06-30: {利息支出: 35 万元}}").profile

    key = FactKey("利息支出", None, Days(date(2020, 7, 1), date(2021, 6, 30)))
    assert profile.value(key) == 35 * WAN


@pytest.mark.parametrize(
    "text",
    [
        "上年度: 3 万元",
        "年度: [2023]",
        "年度: {去年: {营业收入: 3 万元}}",
        "年度: {1899: {营业收入: 3 万元}}",
        "年度: {٢٠٢٣: {营业收入: 3 万元}}",
        "区间: 2020-07-01",
        "区间: {2020-07-01: {利息支出: 3 万元}}",
        "区间: {2021-07-01 至 2020-06-30: {利息支出: 3 万元}}",
        "上年度: {注册资本: 3 万元}",
    ],
)
def test_bad_periods(text: str, read: Reading) -> None:
    assert set(read.codes(text)) <= {"wrong-shape", "wrong-period", "bad-date"}


# --- sets, member by member ---------------------------------------------------------------------------


def test_a_list_says_nothing_of_the_rest(read: Reading) -> None:
    text = "上市计划: [科创板]"

    assert read.value(text, "上市计划", "科创板") is True
    assert read.value(text, "上市计划", "主板") is None


def test_a_mapping_answers_each_member(read: Reading) -> None:
    text = "上市计划: {科创板: 是, 主板: 没有, 港股: 不清楚}"

    assert read.value(text, "上市计划", "主板") is False
    assert read.value(text, "上市计划", "港股") is None
    assert FactKey("上市计划", "港股") in read(text).profile.unsure


def test_none_at_all_answers_every_member(read: Reading) -> None:
    profile = read("上市计划: 都没有").profile

    members = read.vocabulary.attributes["上市计划"].members
    assert {profile.value(FactKey("上市计划", one.label)) for one in members} == {False}


def test_one_bad_member_is_reported_with_the_others(read: Reading) -> None:
    assert read.codes("上市计划: {科创版: 是, 主板: 三月}") == ["unknown-member", "unknown-member"]


def test_activities_have_a_state_and_a_bare_list_means_planned(read: Reading) -> None:
    listed = read("事项: [技术改造]").profile
    stated = read(
        "事项: {技术改造: 在做, 数字化改造: 没有, 使用算力: {状态: 已完成, 完成日期: 2025-03-01}}"
    ).profile

    assert listed.value(FactKey("事项", "技术改造")) == Activity(State.PLANNED)
    assert stated.value(FactKey("事项", "技术改造")) == Activity(State.DOING)
    assert stated.value(FactKey("事项", "数字化改造")) == Activity(State.NONE)
    done = Activity(State.DONE, date(2025, 3, 1))
    assert stated.value(FactKey("事项", "使用算力")) == done


def test_answered_to_the_end_per_topic(read: Reading) -> None:
    profile = read("事项: [科技成果转化]\n已答完: [研发与成果转化]").profile

    for member in read.vocabulary.activities.members:
        value = profile.value(FactKey("事项", member.label))
        if member.label == "科技成果转化":
            assert value == Activity(State.PLANNED)
        elif member.topic == "研发与成果转化":
            assert value == Activity(State.NONE)
        else:
            assert value is None


def test_unsure_members_stay_unknown_in_a_finished_topic(read: Reading) -> None:
    profile = read("不清楚: [产学研合作攻关]\n已答完: [研发与成果转化]").profile

    assert profile.value(FactKey("事项", "产学研合作攻关")) is None


def test_titles_are_complete_per_custodian(read: Reading) -> None:
    profile = read("资质: [高新技术企业]\n资质已查: [科技局]").profile

    for member in read.vocabulary.titles.members:
        known = profile.knows(FactKey("资质", member.label))
        assert known is (member.custodian == "科技局" or member.label == "高新技术企业")


# --- titles, statuses, stages, records ----------------------------------------------------------------

HIGH_TECH = FactKey("资质", "高新技术企业")


def tenure(read: Reading, text: str) -> Tenure:
    value = read(text).profile.value(HIGH_TECH)
    assert isinstance(value, Tenure)
    return value


def test_a_bare_title_is_declared_as_held(read: Reading) -> None:
    file = read("资质: [高新技术企业]")

    assert tenure(read, "资质: [高新技术企业]").held(AS_OF)
    assert file.profile.facts[HIGH_TECH].assurance is Assurance.DECLARED


def test_without_an_end_the_term_of_the_vocabulary_applies(read: Reading) -> None:
    value = tenure(read, "资质: [{名称: 高新技术企业, 取得日期: 2022-10-16}]")

    assert value.spells == (Spell(date(2022, 10, 16), date(2025, 10, 15)),)
    assert value.held(date(2025, 10, 15))
    assert not value.held(date(2025, 10, 16))


def test_an_expired_title_is_not_held(read: Reading) -> None:
    value = tenure(read, "资质: [{名称: 高新技术企业, 取得日期: 2020-10-16, 有效期至: 2023-10-15}]")

    assert not value.held(AS_OF)


def test_a_newer_certificate_continues_an_expired_one(read: Reading) -> None:
    value = tenure(
        read,
        "资质:\n"
        "  - {名称: 高新技术企业, 取得日期: 2020-10-16, 有效期至: 2023-10-15}\n"
        "  - {名称: 高企, 取得日期: 2023-11-30}\n",
    )

    assert len(value.spells) == 2
    assert value.held(AS_OF)


def test_no_title_is_known_from_the_day_it_is_said(read: Reading) -> None:
    assert tenure(read, "资质: {高新技术企业: 没有}") == Tenure((), clear_since=AS_OF)
    assert tenure(read, "资质: {高新技术企业: 从未}") == Tenure((), clear_since=date.min)


def test_a_level_beside_a_title(read: Reading) -> None:
    value = read("资质: {绿色工厂: 省级}").profile.value(FactKey("资质", "绿色工厂"))

    assert value == Tenure((Spell(level="省级"),))
    assert read.codes("资质: {绿色工厂: 镇级}") == ["unknown-member"]
    assert read.codes("资质: {高新技术企业: 省级}") == ["unknown-member"]


def test_a_status_with_intervals(read: Reading) -> None:
    value = read(
        "信用名单: {失信被执行人: {列入日期: 2023-05-01, 移出日期: 2024-05-01}}"
    ).profile.value(FactKey("信用名单", "失信被执行人"))

    assert value == Tenure((Spell(date(2023, 5, 1), date(2024, 5, 1)),))


def test_stages_with_dates_and_without(read: Reading) -> None:
    text = "上市阶段: {科创板: {股改: 2024-12-20, 辅导备案: 2025-06-30}, 主板: 没有, 港股: 受理}"

    dated = Stage("辅导备案", (("股改", date(2024, 12, 20)), ("辅导备案", date(2025, 6, 30))))
    assert read.value(text, "上市阶段", "科创板") == dated
    assert read.value(text, "上市阶段", "主板") == Stage()
    assert read.value(text, "上市阶段", "港股") == Stage("受理")


def test_records(read: Reading) -> None:
    rows = read.value(
        "项目:\n  - {项目名称: 一期, 总投资额: 5000 万元}\n  - {项目名称: 二期, 竣工日期: 2025-03-01}",
        "项目",
    )
    assert isinstance(rows, tuple)

    first, second = rows
    assert first.value(FactKey("总投资额")) == 5000 * WAN
    assert second.value(FactKey("总投资额")) is None
    assert read.value("项目: 没有", "项目") == ()
    assert read.codes("项目: [{投资额度: 3 万元}]") == ["unknown-key"]


# --- presumptions -------------------------------------------------------------------------------------


def test_a_profile_speaks_of_an_enterprise_unless_it_says_else(read: Reading) -> None:
    assert read.value("注册地: 合肥市", "主体类别", "企业") is True
    assert read.value("注册地: 合肥市", "主体类别", "金融机构") is None
    assert read.value("主体类别: [金融机构]", "主体类别", "企业") is False


# --- trust --------------------------------------------------------------------------------------------

CLAIMED = """\
资质: [{名称: 高新技术企业, 取得日期: 2024-10-16, 来源: 科技局}]
研发费用: {值: 300 万元, 来源: 税务局}
"""


def assurance(file: CompanyFile, key: FactKey) -> Assurance:
    return file.profile.facts[key].assurance


def test_a_company_cannot_attest_for_itself(read: Reading) -> None:
    file = read(CLAIMED)

    assert assurance(file, HIGH_TECH) is Assurance.DECLARED
    assert [item.code for item in file.warnings] == ["not-attested", "not-attested"]
    assert "“资质 高新技术企业”写的来源“科技局”未采信" in file.warnings[0].message


def test_a_channel_attests_only_for_its_custodian(read: Reading) -> None:
    file = read(CLAIMED, Channel(frozenset({"科技局"})))

    assert assurance(file, HIGH_TECH) is Assurance.ATTESTED
    assert assurance(file, FactKey("研发费用", None, 2024)) is Assurance.DECLARED
    assert [item.place.line for item in file.warnings if item.place] == [2]


def test_a_channel_does_not_attest_what_another_department_keeps(read: Reading) -> None:
    file = read("研发费用: {值: 300 万元, 来源: 科技局}", Channel(frozenset({"科技局"})))

    assert assurance(file, FactKey("研发费用", None, 2024)) is Assurance.DECLARED
    assert file.warnings[0].hint == "这项指标由税务局保管"


def test_nothing_is_attested_without_a_claimed_source(read: Reading) -> None:
    file = read("资质: [高新技术企业]", Channel(frozenset({"科技局"})))

    assert assurance(file, HIGH_TECH) is Assurance.DECLARED


def test_a_source_for_the_whole_file_counts_for_that_custodian_alone(read: Reading) -> None:
    text = "来源: 科技局\n资质: [高新技术企业]\n研发费用: 300 万元"
    believed, doubted = read(text, Channel(frozenset({"科技局"}))), read(text)

    assert assurance(believed, HIGH_TECH) is Assurance.ATTESTED
    assert assurance(believed, FactKey("研发费用", None, 2024)) is Assurance.DECLARED
    assert believed.warnings == ()
    assert assurance(doubted, HIGH_TECH) is Assurance.DECLARED
    assert [item.code for item in doubted.warnings] == ["not-attested"]


def test_what_is_only_planned_is_never_attested(read: Reading) -> None:
    text = "事项: {技术改造: {状态: 打算, 来源: 工信局}}"

    file = read(text, Channel(everything=True))
    assert assurance(file, FactKey("事项", "技术改造")) is Assurance.DECLARED


def test_a_judgement_counts_only_from_who_records_judgements(read: Reading) -> None:
    text, key = "认定: {运转成效: 是}", FactKey("主管部门认定", "运转成效")

    assert not read(text).profile.knows(key)
    assert [item.code for item in read(text).warnings] == ["not-attested"]
    assert read(text, Channel(judgements=True)).profile.value(key) is True


# --- mistakes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("营业额外: 3 万元", ["unknown-attribute"]),
        ("资质: [高新技术公司]", ["unknown-member"]),
        ("注册地: 合淝市", ["unknown-name"]),
        ("行业: 造纸厂", ["unknown-name"]),
        ("营业收入: 3000", ["missing-unit"]),
        ("营业收入: 3000 人", ["wrong-unit"]),
        ("从业人员: 3.5", ["bad-number"]),
        ("从业人员: -1", ["bad-number"]),
        ("营业收入: NaN", ["bad-number"]),
        ("营业收入: [3 万元]", ["wrong-shape"]),
        ("民营企业: 大概", ["wrong-type"]),
        ("成立日期: 2025-02-30", ["bad-date"]),
        ("填报日期: 昨天", ["bad-date"]),
        ("企业规模: 小型", ["wrong-type"]),
        ("统一社会信用代码: 9134", ["bad-number"]),
        ("营业收入: 3 万元\nrevenue: 4 万元", ["contradiction"]),
        ("营业收入: 3 万元\n年度: {2024: {营业收入: 4 万元}}", ["contradiction"]),
        ("资质: {高新技术企业: {取得日期: 2025-05-01, 有效期至: 2024-05-01}}", ["contradiction"]),
        ("填报日期: 2025-03-01\n成立日期: 2025-06-01", ["contradiction"]),
        ("事项: {技术改造: {状态: 在做, 完成日期: 2025-01-01}}", ["contradiction"]),
        ("营业收入: 3 万元\n营业收入: 4 万元", ["duplicate-key"]),
        ("甲: &甲 1\n乙: *甲", ["yaml"]),
        ("", ["wrong-shape"]),
        ("- 营业收入", ["wrong-shape"]),
    ],
)
def test_a_mistake_has_its_code(text: str, codes: list[str], read: Reading) -> None:
    assert read.codes(text) == codes


def test_the_same_value_twice_is_no_contradiction(read: Reading) -> None:
    assert read.value("营业收入: 3 万元\n上年度: {营业收入: 30000 元}", "营业收入") == 3 * WAN


def test_a_failing_check_digit_is_a_warning(read: Reading) -> None:
    file = read("统一社会信用代码: 91340100MA0000001X")

    assert [item.code for item in file.warnings] == ["check-digit"]
    assert file.profile.text("统一社会信用代码") == "91340100MA0000001X"


def test_a_code_is_folded(read: Reading) -> None:
    text = "统一社会信用代码: ９１３４０１００ma0000001k"

    assert read(text).profile.text("统一社会信用代码") == "91340100MA0000001K"
    assert read(text).warnings == ()


# --- JSON ---------------------------------------------------------------------------------------------


@pytest.fixture
def json_company(read: Reading) -> dict[str, object]:
    """Name the ids as the vocabulary does."""
    attributes, member = read.vocabulary.attributes, read.vocabulary.activities.member("技术改造")
    assert member is not None
    states = list(read.vocabulary.words("事项状态").values())
    return {
        "name": "某某微电子有限公司",
        "credit_code": "91340100MA0000001K",
        attributes["注册地"].id: "合肥市",
        "filed_on": "2025-09-01",
        "last_year": {attributes["营业收入"].id: "9600 万元", attributes["从业人员"].id: 126},
        attributes["资质"].id: [
            {"name": "high_tech_enterprise", "from": "2024-10-16", "to": "2027-10-15"}
        ],
        attributes["事项"].id: {member.id: states[2].id},
        "answered": [read.vocabulary.words("主题")["研发与成果转化"].id],
        "unsure": [attributes["高层次人才人数"].id],
    }


CHINESE = """\
名称: 某某微电子有限公司
统一社会信用代码: 91340100MA0000001K
注册地: 合肥市
填报日期: 2025-09-01
上年度: {营业收入: 9600 万元, 从业人员: 126}
资质: [{名称: 高新技术企业, 取得日期: 2024-10-16, 有效期至: 2027-10-15}]
事项: {技术改造: 在做}
已答完: [研发与成果转化]
不清楚: [高层次人才人数]
"""


@pytest.mark.parametrize("indent", [None, 2, "\t"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_with_english_ids_reads_as_the_chinese_file(
    json_company: dict[str, object], indent: int | str | None, ascii_only: bool, read: Reading
) -> None:
    text = json.dumps(json_company, ensure_ascii=ascii_only, indent=indent)

    assert read(text).profile == read(CHINESE).profile


def test_json_writes_rare_characters_as_two_escapes(read: Reading) -> None:
    text = json.dumps({"name": "安徽𠮷祥有限公司"})

    assert "\\ud842" in text
    assert read(text).profile.text("企业名称") == "安徽𠮷祥有限公司"


def test_json_nothing_is_no_answer(read: Reading) -> None:
    assert read.codes('{"revenue": null}') == ["wrong-shape"]


# --- the command --------------------------------------------------------------------------------------


@pytest.fixture
def match(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path / "data"))
    return CliRunner()


def test_a_file_of_50_mb_is_refused_before_it_is_read(match: CliRunner, tmp_path: Path) -> None:
    path = tmp_path / "大.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 2**20)
    result = match.invoke(main, ["--rules", str(RULES), "match", str(path)])

    assert result.exit_code == 2
    assert result.stderr.strip() == f"{path}:企业文件超过 256 KiB,请只保留这家企业的指标"


def test_the_command_attests_for_the_named_departments(match: CliRunner, tmp_path: Path) -> None:
    path = tmp_path / "企业.yaml"
    path.write_text(CLAIMED, encoding="utf-8")
    plain = match.invoke(main, ["match", str(path), "--as-of", "2025-09-01"])
    attested = match.invoke(
        main, ["match", str(path), "--as-of", "2025-09-01", "--attest", "科技局"]
    )

    said = plain.stdout + plain.stderr
    assert "“资质 高新技术企业”写的来源“科技局”未采信" in said
    said = attested.stdout + attested.stderr
    assert "资质 高新技术企业" not in said.split("未采信")[0]
    assert "“2024 年 研发费用”写的来源“税务局”未采信" in said

"""Company files: what is read of values, answers and periods, and which mistakes are told."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from matcher.profile import NOT_APPLICABLE, FactKey, FactValue, Rank
from matcher.tree import Days
from tests.conftest import AS_OF, RULES
from tests.language.companies import WAN, Reading
from webapp.cli import main

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


# --- presumptions -------------------------------------------------------------------------------------


def test_a_profile_speaks_of_an_enterprise_unless_it_says_else(read: Reading) -> None:
    assert read.value("注册地: 合肥市", "主体类别", "企业") is True
    assert read.value("注册地: 合肥市", "主体类别", "金融机构") is None
    assert read.value("主体类别: [金融机构]", "主体类别", "企业") is False


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


# --- the command --------------------------------------------------------------------------------------


def test_a_file_of_50_mb_is_refused_before_it_is_read(match: CliRunner, tmp_path: Path) -> None:
    path = tmp_path / "大.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 2**20)
    result = match.invoke(main, ["--rules", str(RULES), "match", str(path)])

    assert result.exit_code == 2
    assert result.stderr.strip() == f"{path}:企业文件超过 256 KiB,请只保留这家企业的指标"


@pytest.mark.parametrize("text", ['""', "/", "/120", "3/", "0", "3/0", "1.5", "3/4/5"])
def test_a_rank_is_a_place_and_perhaps_a_total(read: Reading, text: str) -> None:
    assert read.codes(f"亩均效益: {text}")[0] in ("bad-number", "wrong-shape")

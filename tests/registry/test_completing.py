"""What every row shares, what lists of companies add, and what goes without saying."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

from matcher.holdings import Holdings
from matcher.profile import (
    Assurance,
    FactKey,
    Spell,
    Tenure,
)
from matcher.registry.cleaning import UNTRUSTED
from tests.registry.tables import CODES, Desk

HNTE = FactKey("资质", "高新技术企业")


def test_a_judgement_counts_only_with_a_source(desk: Desk) -> None:
    plain = "列:\n  - {列: 评价, 指标: 主管部门认定, 项: 运转成效"
    key = FactKey("主管部门认定", "运转成效")

    without, first = desk.clean({"评价": ["是", ""]}, plain + "}")
    given, second = desk.clean({"评价": ["是", ""]}, plain + ", 来源: 财政局, 日期: 2025-06-30}")

    assert key not in first.layout.facts
    assert without.warnings == {f"主管部门认定 运转成效:{UNTRUSTED}": 1}
    fact = desk.profiles(given, second)[0].facts[key]
    assert (fact.value, fact.assurance, fact.source) == (True, Assurance.ATTESTED, "财政局")


def test_company_lists_and_parameters_are_added(desk: Desk, tmp_path: Path) -> None:
    holdings = Holdings(tmp_path / "data")
    table = tmp_path / "名单.csv"
    table.write_text(f"统一社会信用代码,名称\n{CODES[0]},甲\n", encoding="utf-8")
    lists = desk.vocabulary.attributes["列入名单"]
    member = lists.members[0]
    holdings.import_list(member, table, date(2025, 5, 1), "工信局")
    rate = desk.vocabulary.attributes["参数"].member("LPR一年期")
    assert rate is not None
    holdings.set_parameter(rate, "3.1%", date(2025, 1, 1), desk.vocabulary)

    cleaned, cleaner = desk.clean({"统一社会信用代码": list(CODES[:2])}, holdings=holdings)

    first, second = desk.profiles(cleaned, cleaner)
    fact = first.facts[FactKey("列入名单", member.label)]
    assert (fact.value, fact.assurance) == (True, Assurance.ATTESTED)
    assert fact.source == "工信局(2025-05-01)"
    assert second.value(FactKey("列入名单", member.label)) is False
    assert first.value(FactKey("参数", "LPR一年期")) == Fraction(31, 1000)


def test_a_list_by_name_answers_where_there_is_no_code(desk: Desk, tmp_path: Path) -> None:
    holdings = Holdings(tmp_path)
    table = tmp_path / "名单.csv"
    table.write_text("企业名称\n甲公司\n", encoding="utf-8")
    member = desk.vocabulary.attributes["列入名单"].members[0]
    holdings.import_list(member, table, date(2025, 5, 1), "工信局")

    cleaned, cleaner = desk.clean({"企业名称": ["甲公司", "乙公司", ""]}, holdings=holdings)

    key = FactKey("列入名单", member.label)
    assert [p.value(key) for p in desk.profiles(cleaned, cleaner)] == [True, False, None]


def test_a_column_of_a_company_list_stays_and_the_list_fills_it(desk: Desk, tmp_path: Path) -> None:
    holdings = Holdings(tmp_path)
    table = tmp_path / "名单.csv"
    table.write_text(f"统一社会信用代码\n{CODES[0]}\n", encoding="utf-8")
    member = desk.vocabulary.attributes["列入名单"].members[0]
    holdings.import_list(member, table, date(2025, 5, 1), "工信局")

    cleaned, cleaner = desk.clean(
        {"统一社会信用代码": [CODES[0], CODES[0]], member.label: ["否", ""]}, holdings=holdings
    )

    facts = [p.facts[FactKey("列入名单", member.label)] for p in desk.profiles(cleaned, cleaner)]
    assert [(fact.value, fact.assurance) for fact in facts] == [
        (False, Assurance.DECLARED),
        (True, Assurance.ATTESTED),
    ]


def test_who_says_nothing_of_it_is_a_company(desk: Desk) -> None:
    codes = [CODES[0], "12340000485000001K"]
    attested = "列:\n  - {列: 统一社会信用代码, 指标: 统一社会信用代码, 来源: 市场监管局, 日期: 2025-06-30}"
    key = FactKey("主体类别", "企业")

    plain = desk.profiles(*desk.clean({"统一社会信用代码": codes}))
    sure = desk.profiles(*desk.clean({"统一社会信用代码": codes}, attested))

    assert [p.value(key) for p in (*plain, *sure)] == [True] * 4
    assert [p.facts[key].assurance for p in plain] == [Assurance.DECLARED] * 2
    assert [p.facts[key].assurance for p in sure] == [Assurance.ATTESTED, Assurance.DECLARED]


def test_who_names_a_kind_is_of_no_other(desk: Desk) -> None:
    cleaned, cleaner = desk.clean({"主体类别": ["高校院所", "", "不清楚"]})

    profiles = desk.profiles(cleaned, cleaner)
    kinds = [member.label for member in desk.vocabulary.attributes["主体类别"].members]
    first = {kind: profiles[0].value(FactKey("主体类别", kind)) for kind in kinds}
    assert first == {kind: kind == "高校院所" for kind in kinds}
    assert profiles[1].value(FactKey("主体类别", "企业")) is True
    assert profiles[1].value(FactKey("主体类别", "高校院所")) is None
    assert profiles[2].value(FactKey("主体类别", "企业")) is None


def test_what_every_row_shares(desk: Desk) -> None:
    mapping = """
填报日期: 2025-06-30
列:
  - {列: 名称, 指标: 企业名称}
  - {列: 统一社会信用代码, 指标: 统一社会信用代码}
全表:
  注册地: {值: 合肥市, 来源: 市场监管局, 日期: 2025-06-30}
  资质: [高新技术企业]
  营业收入: 1,200 万元
  主体类别: [合作社及农户]
"""
    cleaned, cleaner = desk.clean({"名称": ["甲", "乙"]}, mapping)

    for profile in desk.profiles(cleaned, cleaner):
        place = profile.facts[FactKey("注册地")]
        assert (place.value, place.assurance) == (("340100",), Assurance.ATTESTED)
        assert profile.value(HNTE) == Tenure((Spell(),))
        assert profile.value(FactKey("营业收入", None, 2024)) == 1_200_000_000
        assert profile.value(FactKey("主体类别", "企业")) is False

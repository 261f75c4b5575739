"""Titles, statuses, activities, listings and lists, from one column or from several."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from matcher.layout import FIRST_DAY
from matcher.profile import (
    Activity,
    Assurance,
    FactKey,
    Spell,
    Stage,
    Tenure,
)
from matcher.tree import State
from tests.conftest import AS_OF
from tests.registry.tables import Desk, reasons

# --- titles and statuses --------------------------------------------------------------------------

HNTE = FactKey("资质", "高新技术企业")
DATED = """
填报日期: 2025-06-30
列:
  - {列: 高企, 指标: 资质, 项: 高新技术企业}
  - {列: 起, 指标: 资质, 项: 高新技术企业, 部分: 取得日期}
  - {列: 止, 指标: 资质, 项: 高新技术企业, 部分: 有效期至}
"""


def title(desk: Desk, held: str, start: str = "", end: str = "") -> tuple[object, dict[int, str]]:
    """Read one row of a title with its days."""
    cleaned, cleaner = desk.clean({"高企": [held], "起": [start], "止": [end]}, DATED)
    return desk.profiles(cleaned, cleaner)[0].value(HNTE), reasons(cleaned)


def test_a_bare_title_is_held(desk: Desk) -> None:
    assert title(desk, "是") == (Tenure((Spell(),)), {})


def test_a_missing_title_is_absent_from_the_filing_date(desk: Desk) -> None:
    assert title(desk, "否") == (Tenure(clear_since=date(2025, 6, 30)), {})


def test_never_reaches_back_for_ever(desk: Desk) -> None:
    cleaned, cleaner = desk.clean({"高企": ["从未"], "起": [""], "止": [""]}, DATED)

    assert cleaned.facts["titles__high_tech_enterprise__clear"].to_list() == [FIRST_DAY]
    assert desk.profiles(cleaned, cleaner)[0].value(HNTE) == Tenure(clear_since=date.min)


def test_days_give_the_stretch_and_the_term_its_end(desk: Desk) -> None:
    start = date(2023, 11, 30)

    assert title(desk, "是", "2023-11-30")[0] == Tenure((Spell(start, date(2026, 11, 29)),))
    assert title(desk, "", "2023-11-30")[0] == Tenure((Spell(start, date(2026, 11, 29)),))
    assert title(desk, "是", "2023-11-30", "2025-01-01")[0] == Tenure(
        (Spell(start, date(2025, 1, 1)),)
    )
    assert title(desk, "", "", "2026-02-28")[0] == Tenure((Spell(None, date(2026, 2, 28)),))


def test_a_leap_day_ends_like_in_a_company_file(desk: Desk) -> None:
    assert title(desk, "", "2024-02-29")[0] == Tenure(
        (Spell(date(2024, 2, 29), date(2027, 2, 27)),)
    )


def test_an_expired_title_may_be_called_missing(desk: Desk) -> None:
    value, faults = title(desk, "否", "2019-01-01", "2022-01-01")

    spell = Spell(date(2019, 1, 1), date(2022, 1, 1))
    assert value == Tenure((spell,), clear_since=date(2025, 6, 30))
    assert faults == {}


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("否", "2024-01-01", ""), "“高新技术企业”写了没有,却还在有效期内"),
        (("是", "2024-01-01", "2023-01-01"), "“高新技术企业”的取得日期晚于有效期"),
        (("是", "2025-07-01", ""), "资质 高新技术企业晚于 2025-06-30"),
        (("2023年", "", ""), "“高新技术企业”不能这样填"),
    ],
)
def test_titles_that_contradict_themselves_are_refused(
    desk: Desk, cells: tuple[str, str, str], reason: str
) -> None:
    assert title(desk, *cells)[1] == {1: reason}


def test_a_title_without_end_is_held_on(desk: Desk) -> None:
    value, _ = title(desk, "是", "2020-01-01", "长期")

    assert value == Tenure((Spell(date(2020, 1, 1), date(2100, 12, 31)),))


def test_a_level_beside_a_title(desk: Desk) -> None:
    mapping = """
列:
  - {列: 工厂, 指标: 资质, 项: 绿色工厂}
  - {列: 技术中心级别, 指标: 资质, 项: 企业技术中心, 部分: 级别}
  - {列: 首次, 指标: 资质, 项: 企业技术中心, 部分: 首次}
"""
    cleaned, cleaner = desk.clean(
        {"工厂": ["省级", "区级"], "技术中心级别": ["国家级", ""], "首次": ["是", "是"]}, mapping
    )

    first, second = desk.profiles(cleaned, cleaner)
    assert first.value(FactKey("资质", "绿色工厂")) == Tenure((Spell(level="省级"),))
    centre = FactKey("资质", "企业技术中心")
    assert first.value(centre) == Tenure((Spell(level="国家级", first=True),))
    assert second.value(centre) is None
    assert set(reasons(cleaned)) == {2}


def test_a_department_s_date_counts_absence(desk: Desk) -> None:
    mapping = "列:\n  - {列: 高企, 指标: 资质, 项: 高新技术企业, 来源: 市科技局, 日期: 2025-03-31}"

    cleaned, cleaner = desk.clean({"高企": ["否"]}, mapping)

    fact = desk.profiles(cleaned, cleaner)[0].facts[HNTE]
    assert fact.value == Tenure(clear_since=date(2025, 3, 31))
    assert (fact.assurance, fact.source) == (Assurance.ATTESTED, "科技局")


# --- activities, stages ---------------------------------------------------------------------------


def test_activities_by_the_words_for_their_states(desk: Desk) -> None:
    words = ["打算", "在做", "已完成", "没有", "是", "否", "不清楚", "可能"]

    cleaned, cleaner = desk.clean({"建设中试基地": words})

    key = FactKey("事项", "建设中试基地")
    states = [profile.value(key) for profile in desk.profiles(cleaned, cleaner)]
    expected = [State.PLANNED, State.DOING, State.DONE, State.NONE, State.PLANNED, State.NONE]
    assert states == [*(Activity(state) for state in expected), None, None]
    assert set(reasons(cleaned)) == {8}


def test_a_day_of_completion(desk: Desk) -> None:
    columns = {
        "建设中试基地": ["已完成", "", "在做", "没有"],
        "建设中试基地完成日期": ["2024-05-01", "2024-05-01", "2024-05-01", ""],
    }

    cleaned, cleaner = desk.clean(columns)

    key = FactKey("事项", "建设中试基地")
    done = Activity(State.DONE, date(2024, 5, 1))
    values = [profile.value(key) for profile in desk.profiles(cleaned, cleaner)]
    assert values == [done, done, None, Activity(State.NONE)]
    assert set(reasons(cleaned)) == {3}


def test_a_plan_is_never_attested(desk: Desk) -> None:
    mapping = "列:\n  - {列: 基地, 指标: 事项, 项: 建设中试基地, 来源: 科技局, 日期: 2025-06-30}"

    cleaned, cleaner = desk.clean({"基地": ["打算", "在做", "没有"]}, mapping)

    key = FactKey("事项", "建设中试基地")
    sure = [profile.facts[key].assurance for profile in desk.profiles(cleaned, cleaner)]
    assert sure == [Assurance.DECLARED, Assurance.ATTESTED, Assurance.ATTESTED]


def test_a_listing_by_stage_and_days(desk: Desk) -> None:
    columns = {
        "科创板上市阶段": ["受理", "没有", "", "受理", "辅导备案"],
        "科创板辅导备案日期": ["2024-01-01", "", "2024-01-01", "2025-01-01", ""],
        "科创板受理日期": ["2025-01-01", "", "", "2024-01-01", "2025-01-01"],
    }

    cleaned, cleaner = desk.clean(columns)

    key = FactKey("上市阶段", "科创板")
    values = [profile.value(key) for profile in desk.profiles(cleaned, cleaner)]
    both = (("辅导备案", date(2024, 1, 1)), ("受理", date(2025, 1, 1)))
    assert values == [Stage("受理", both), Stage(), Stage("辅导备案", both[:1]), None, None]
    assert set(reasons(cleaned)) == {4, 5}


# --- lists ----------------------------------------------------------------------------------------

LISTED = "列:\n  - {列: 企业资质, 指标: 资质, "


def held(desk: Desk, cleaned: object, cleaner: object, row: int = 0) -> dict[str, object]:
    """Give the titles that are known of a row: held, or when absence begins."""
    profile = desk.profiles(cleaned, cleaner)[row]  # type: ignore[arg-type]
    return {k.member or "": f.value for k, f in profile.facts.items() if k.attribute == "资质"}


@pytest.mark.parametrize("mark", ["、", ";", "；", ",", "，", "|", "/", "\n"])
def test_a_list_says_what_is_held_and_nothing_of_the_rest(desk: Desk, mark: str) -> None:
    text = f"高新技术企业{mark} 科小"

    cleaned, cleaner = desk.clean({"企业资质": [text]})

    bare = Tenure((Spell(),))
    assert held(desk, cleaned, cleaner) == {"高新技术企业": bare, "科技型中小企业": bare}


def test_a_list_of_texts_is_read_alike(desk: Desk) -> None:
    cells = pl.Series([["高企", "瞪羚企业"], [], None], dtype=pl.List(pl.String))

    cleaned, cleaner = desk.clean({"企业资质": cells})

    assert set(held(desk, cleaned, cleaner)) == {"高新技术企业", "瞪羚企业"}
    assert held(desk, cleaned, cleaner, 1) == {}
    assert held(desk, cleaned, cleaner, 2) == {}


def test_none_of_a_list_answers_every_member(desk: Desk) -> None:
    cleaned, cleaner = desk.clean({"企业资质": ["无"]})

    members = desk.vocabulary.titles.members
    absent = Tenure(clear_since=AS_OF)
    assert held(desk, cleaned, cleaner) == {member.label: absent for member in members}


def test_a_complete_list_answers_the_rest(desk: Desk) -> None:
    cleaned, cleaner = desk.clean({"企业资质": ["高企", ""]}, LISTED + "完整: 是}")

    titles = held(desk, cleaned, cleaner)
    assert len(titles) == len(desk.vocabulary.titles.members)
    assert titles["高新技术企业"] == Tenure((Spell(),))
    assert titles["瞪羚企业"] == Tenure(clear_since=AS_OF)
    assert held(desk, cleaned, cleaner, 1) == {}


def test_a_department_s_complete_list_answers_for_its_own_titles(desk: Desk) -> None:
    mapping = LISTED + "完整: 是, 来源: 科技局, 日期: 2025-06-30}"

    cleaned, cleaner = desk.clean({"企业资质": ["高企;创新型中小企业"]}, mapping)

    facts = {k.member: f for k, f in desk.profiles(cleaned, cleaner)[0].facts.items() if k.member}
    assert facts["高新技术企业"].assurance is Assurance.ATTESTED
    assert facts["瞪羚企业"].value == Tenure(clear_since=date(2025, 6, 30))
    assert facts["瞪羚企业"].assurance is Assurance.ATTESTED
    assert facts["创新型中小企业"].assurance is Assurance.DECLARED
    assert "专精特新中小企业" not in facts


def test_an_unknown_item_of_a_list_is_refused_or_left(desk: Desk) -> None:
    strict = desk.column("企业资质", ["高企;高新企也"])
    cleaned, cleaner = desk.clean(
        {"企业资质": ["高企;高新企也"]}, LISTED + "完整: 是, 读不懂时: 未知}"
    )

    assert reasons(strict) == {1: "资质里没有其中一项"}
    assert cleaned.faults.is_empty()
    assert set(held(desk, cleaned, cleaner)) == {"高新技术企业"}


def test_a_list_and_a_column_of_one_title_add_up(desk: Desk) -> None:
    columns = {"企业资质": ["高企", "高企", "无"], "高新技术企业": ["", "否", ""]}

    cleaned, cleaner = desk.clean(columns)

    assert held(desk, cleaned, cleaner)["高新技术企业"] == Tenure((Spell(),))
    assert held(desk, cleaned, cleaner, 2)["高新技术企业"] == Tenure(clear_since=AS_OF)
    assert reasons(cleaned) == {2: "“高新技术企业”与同一项的其他列矛盾"}


def test_lists_of_other_kinds(desk: Desk) -> None:
    mapping = """
列:
  - {列: 链, 指标: 产业链, 完整: 是}
  - {列: 名单, 指标: 信用名单}
  - {列: 正在做, 指标: 事项}
"""
    columns = {"链": ["集成电路;新能源"], "名单": ["失信被执行人"], "正在做": ["中试基地"]}

    cleaned, cleaner = desk.clean(columns, mapping)

    [profile] = desk.profiles(cleaned, cleaner)
    assert profile.value(FactKey("产业链", "集成电路")) is True
    assert profile.value(FactKey("产业链", "生物医药")) is False
    assert profile.value(FactKey("信用名单", "失信被执行人")) == Tenure((Spell(),))
    assert profile.value(FactKey("信用名单", "经营异常名录")) is None
    assert profile.value(FactKey("事项", "建设中试基地")) == Activity(State.PLANNED)

"""Two tabs of one profile: what both changed is merged answer by answer, and said."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.webapp.conftest import Clock, Company
from tests.webapp.html import Element, parse
from webapp.services.merging import merge

ANSWERS = st.none() | st.sampled_from(["1 人", "2 人", "不清楚"])
MEMBERS = st.dictionaries(
    st.sampled_from(["技术改造", "出口", "直播电商"]), st.sampled_from(["打算", "没有"]), min_size=1
)


def one(base: Any, mine: Any, theirs: Any) -> tuple[Any, bool, int]:
    found = merge({"x": base}, {"x": mine}, {"x": theirs})
    return found.answers["x"], found.kept == ("x",), len(found.conflicts)


@given(base=ANSWERS, mine=ANSWERS, theirs=ANSWERS)
def test_a_change_is_never_lost_without_asking(base: Any, mine: Any, theirs: Any) -> None:
    stands, kept, conflicts = one(base, mine, theirs)
    if mine == base:
        assert (stands, conflicts) == (theirs, 0)
        assert kept == (theirs != base)
    elif theirs in (base, mine):
        assert (stands, kept, conflicts) == (mine, False, 0)
    else:
        assert (stands, kept, conflicts) == (mine, False, 1)


@given(base=MEMBERS | st.none(), mine=MEMBERS | st.none(), theirs=MEMBERS | st.none())
def test_members_are_merged_each_on_its_own(base: Any, mine: Any, theirs: Any) -> None:
    stands, _, _ = one(base, mine, theirs)
    for member in {*(base or {}), *(mine or {}), *(theirs or {})}:
        each = [(given or {}).get(member) for given in (base, mine, theirs)]
        assert (stands or {}).get(member) == one(*each)[0]


def test_an_answer_of_another_shape_is_one_answer() -> None:
    assert one(None, "不清楚", {"技术改造": "打算"}) == ("不清楚", False, 1)
    assert one({"技术改造": "打算"}, None, {"技术改造": "打算"}) == (None, False, 0)


def test_a_conflict_says_what_stands_now() -> None:
    found = merge({}, {"资质": {"A": "有"}}, {"资质": {"A": [{"取得日期": "2024-01-01"}, "有"]}})
    (conflict,) = found.conflicts
    assert (conflict.label, conflict.member) == ("资质", "A")
    assert conflict.words == ("取得日期 2024-01-01", "有")
    assert merge({"x": "1"}, {"x": "2"}, {}).conflicts[0].words == ()


# --- in the form ---------------------------------------------------------------------------------


def tabs(company: Company, group: str) -> tuple[dict[str, str], dict[str, str]]:
    """Open a page in two tabs."""
    return company.form(group), company.form(group)


def form_of(page: Element) -> dict[str, str]:
    (form,) = [item for item in page.all("form") if item.get("method") == "post"]
    return form.values()


def test_two_tabs_that_change_different_answers_keep_both_and_say_so(company: Company) -> None:
    company.save("operations", employees="20")
    first, second = tabs(company, "operations")
    url = company.url("operations")
    company.client.post(url, data={**first, "a_employees": "30"})
    assert "在别处也改过" not in company.page("innovation").text()

    response = company.client.post(url, data={**second, "a_revenue": "1200"})
    assert response.status_code == 303
    assert "改的不是同一处,两边的都留下了" in company.page("innovation").text()
    assert company.facts["年度"]["2025"] == {"从业人员": "30 人", "营业收入": "1200 万元"}


def test_ticks_of_one_question_in_two_tabs_are_both_kept(company: Company) -> None:
    first, second = tabs(company, "plans")
    url = company.url("plans")
    company.client.post(url, data={**first, "a_activities-technical_renovation": "planned"})
    company.client.post(url, data={**second, "a_activities-rest-green": "none"})
    stored = company.facts["事项"]
    assert stored["技术改造"] == "打算"
    assert set(stored.values()) == {"打算", "没有"}


def test_an_answer_taken_back_elsewhere_stays_taken_back(company: Company) -> None:
    company.save("basics", name="甲", private_enterprise="yes")
    first, second = tabs(company, "basics")
    url = company.url("basics")
    company.client.post(url, data={**first, "a_name": ""})
    assert company.client.post(url, data={**second, "a_uscc-mark": "unsure"}).status_code == 303
    assert "企业名称" not in company.facts
    assert company.facts["统一社会信用代码"] == "不清楚"


def test_the_page_that_asks_holds_what_else_was_changed_elsewhere(company: Company) -> None:
    first, second = tabs(company, "basics")
    url = company.url("basics")
    company.client.post(url, data={**first, "a_name": "甲", "a_private_enterprise": "yes"})
    response = company.client.post(url, data={**second, "a_name": "乙", "a_uscc-mark": "unsure"})
    page = parse(response.text)
    assert response.status_code == 409
    shown = form_of(page)
    assert (shown["a_name"], shown["a_private_enterprise"]) == ("乙", "yes")
    assert shown["a_uscc-mark"] == "unsure"
    assert "data-unsaved" in response.text

    assert company.client.post(url, data={**shown, "then": "next"}).status_code == 303
    facts = company.facts
    assert (facts["企业名称"], facts["民营企业"]) == ("乙", "是")


def test_one_member_changed_twice_is_named(company: Company) -> None:
    first, second = tabs(company, "plans")
    url, name = company.url("plans"), "a_activities-technical_renovation"
    company.client.post(url, data={**first, name: "planned"})
    response = company.client.post(url, data={**second, name: "under_way"})
    assert response.status_code == 409
    assert "技术改造</a>;别处存的是 打算" in response.text


@pytest.mark.parametrize("seen", ["", "x", "eyJh.bcd", "é" * 100])
def test_a_form_without_what_it_showed_overwrites_nothing(company: Company, seen: str) -> None:
    company.save("basics", name="甲", private_enterprise="yes")
    sent = {"seen": seen, "a_name": "乙"}
    response = company.client.post(company.url("basics"), data=sent)
    assert response.status_code == 409
    assert company.facts["企业名称"] == "甲"
    assert company.facts["民营企业"] == "是"


def test_what_a_page_showed_is_worth_nothing_on_another_page_or_profile(
    company: Company, app: Flask
) -> None:
    company.save("basics", name="甲")
    seen = company.form("basics")["seen"]
    other = app.test_client()
    address = other.post("/start", data={"company": ""}).location
    other.post(address, data={"a_name": "丙"})
    sent = {"seen": seen, "a_name": ""}
    assert other.post(address, data=sent).status_code == 303
    assert other.get(address.replace("basics", "facts.json")).get_json()["企业名称"] == "丙"


def test_figures_of_last_year_are_not_overwritten_by_a_page_of_the_year_before(
    company: Company, clock: Clock
) -> None:
    form = company.form("operations")
    clock.today = clock.today.replace(year=2027)
    company.save("operations", employees="20")
    response = company.client.post(company.url("operations"), data={**form, "a_employees": "30"})
    assert response.status_code == 409
    assert company.facts["年度"] == {"2026": {"从业人员": "20 人"}}

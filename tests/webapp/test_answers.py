"""Questions and answers: what is typed, how it is stored, and what it means to the engine."""

from __future__ import annotations

from typing import Any

import pytest

from matcher.catalogue import Catalogue
from matcher.language.profiles import read_company
from matcher.profile import Activity, FactKey, Profile
from matcher.tree import State
from tests.webapp.conftest import TODAY, Company
from tests.webapp.html import parse
from webapp.limits import MAX_INDUSTRIES, MAX_TEXT
from webapp.services.checking import Checked, Checker, dump
from webapp.services.questions import Progress, Questionnaire, answer, new_facts, with_answers


@pytest.fixture
def checker(catalogue: Catalogue) -> Checker:
    return Checker(catalogue.vocabulary, TODAY)


@pytest.fixture
def questionnaire(catalogue: Catalogue) -> Questionnaire:
    return Questionnaire(catalogue.vocabulary)


def check(checker: Checker, questionnaire: Questionnaire, label: str, typed: str) -> Checked:
    group = questionnaire.group_of[label]
    (question,) = [one for one in group.questions if one.attribute.label == label]
    return checker.text(question, typed)


@pytest.mark.parametrize(
    ("label", "typed", "stored"),
    [
        ("企业名称", "某某科技(合肥)有限公司", "某某科技(合肥)有限公司"),
        ("统一社会信用代码", "9134 0100ma2mrk2y8x", "91340100MA2MRK2Y8X"),
        ("成立日期", "2018-5-2", "2018-05-02"),
        ("成立日期", "2018年5月2日", "2018-05-02"),
        ("注册地", "合肥", "合肥市"),
        ("注册地", "合肥市蜀山区", "合肥市蜀山区"),
        ("行业", "65", "65 软件和信息技术服务业"),
        ("行业", "652 集成电路设计; C27", ["652 集成电路设计", "27 医药制造业"]),
        ("从业人员", "0", "0 人"),
        ("营业收入", "1,200.5", "1200.5 万元"),
        ("营业收入", "１２００", "1200 万元"),
        ("营业收入", "0.3 亿元", "3000 万元"),
        ("净利润", "-20", "-20 万元"),
        ("拟投资地", "不适用", "不适用"),
    ],
)
def test_what_is_typed_is_stored_in_one_way(
    checker: Checker, questionnaire: Questionnaire, label: str, typed: str, stored: Any
) -> None:
    checked = check(checker, questionnaire, label, typed)
    assert checked.faults == ()
    assert checked.answer == stored
    again = ";".join(stored) if isinstance(stored, list) else stored
    assert check(checker, questionnaire, label, again).answer == stored


@pytest.mark.parametrize(
    ("label", "typed", "code"),
    [
        ("统一社会信用代码", "123", "bad-number"),
        ("成立日期", "2026-02-30", "bad-date"),
        ("成立日期", "2026-11-23", "contradiction"),
        ("注册地", "合飞市", "unknown-name"),
        ("行业", "卖月亮", "unknown-name"),
        ("从业人员", "十个", "bad-number"),
        ("从业人员", "-1", "negative"),
        ("营业收入", "NaN", "bad-number"),
        ("营业收入", "1e9", "wrong-unit"),
        ("营业收入", "3 人", "wrong-unit"),
        ("企业名称", "免\u202e申", "bad-text"),
        ("企业名称", "免\x00申", "bad-text"),
        ("企业名称", "免\u200b申", "bad-text"),
        ("企业名称", "免\u2028申", "bad-text"),
    ],
)
def test_what_cannot_be_understood_is_named(
    checker: Checker, questionnaire: Questionnaire, label: str, typed: str, code: str
) -> None:
    checked = check(checker, questionnaire, label, typed)
    assert checked.answer is None
    assert [fault.code for fault in checked.faults] == [code]


def test_a_place_or_trade_that_is_not_known_gets_near_names(
    checker: Checker, questionnaire: Questionnaire
) -> None:
    (region,) = check(checker, questionnaire, "注册地", "合飞市").faults
    (industry,) = check(checker, questionnaire, "行业", "光伏组件").faults

    assert "合肥市" in region.near
    assert any("光伏" in name for name in industry.near)
    for label, names in (("注册地", region.near), ("行业", industry.near)):
        for name in names:
            assert check(checker, questionnaire, label, name).faults == ()


def test_limits_at_and_one_over(checker: Checker, questionnaire: Questionnaire) -> None:
    assert check(checker, questionnaire, "企业名称", "长" * MAX_TEXT).faults == ()
    (fault,) = check(checker, questionnaire, "企业名称", "长" * (MAX_TEXT + 1)).faults
    assert (fault.code, fault.limit) == ("too-long", MAX_TEXT)

    trades = ["27", "39", "65", "01", "52"]
    assert check(checker, questionnaire, "行业", ";".join(trades[:MAX_INDUSTRIES])).faults == ()
    (fault,) = check(checker, questionnaire, "行业", ";".join(trades)).faults
    assert (fault.code, fault.limit) == ("too-many", MAX_INDUSTRIES)


def test_a_failing_check_digit_is_a_note_not_a_mistake(
    checker: Checker, questionnaire: Questionnaire
) -> None:
    checked = check(checker, questionnaire, "统一社会信用代码", "91340100MA2MRK2Y8X")
    assert checked.answer
    assert [note.code for note in checked.notes] == ["check-digit"]


def test_every_form_attribute_of_the_vocabulary_is_asked_once(
    catalogue: Catalogue, questionnaire: Questionnaire
) -> None:
    asked = [one.attribute.label for group in questionnaire.groups for one in group.questions]
    wanted = [one.label for one in catalogue.vocabulary.attributes.values() if one.in_form]
    assert sorted(asked) == sorted(wanted)
    assert len(questionnaire.groups) == 7


def test_yearly_figures_stay_with_their_year(catalogue: Catalogue) -> None:
    vocabulary = catalogue.vocabulary
    revenue = vocabulary.attributes["营业收入"]
    facts = with_answers(new_facts("2026-11-22"), {"营业收入": "5 万元"}, vocabulary, 2025)

    assert facts["年度"] == {"2025": {"营业收入": "5 万元"}}
    assert answer(facts, revenue, 2025) == "5 万元"
    assert answer(facts, revenue, 2026) is None
    assert with_answers(facts, {"营业收入": None}, vocabulary, 2025) == new_facts("2026-11-22")


# --- through the pages ---------------------------------------------------------------------------


def profile_of(company: Company, catalogue: Catalogue) -> Profile:
    return read_company(dump(company.facts), "", catalogue.vocabulary, TODAY).profile


def test_not_sure_unanswered_zero_and_none_are_four_things(
    company: Company, catalogue: Catalogue
) -> None:
    company.save("operations", employees="0", revenue__mark="unsure")
    company.save("plans", activities__rest__rd="none")
    profile = profile_of(company, catalogue)
    staff = FactKey("从业人员", None, 2025)
    revenue = FactKey("营业收入", None, 2025)
    profit = FactKey("净利润", None, 2025)
    activity = FactKey("事项", "加大研发投入")

    assert profile.value(staff) == 0
    assert not profile.knows(revenue)
    assert revenue in profile.unsure
    assert not profile.knows(profit)
    assert profit not in profile.unsure
    assert profile.value(activity) == Activity(State.NONE)


def test_one_choice_in_one_topic_leaves_everything_else_unknown(
    company: Company, catalogue: Catalogue
) -> None:
    company.save("plans", activities__technical_renovation="planned")
    profile = profile_of(company, catalogue)
    known = [key for key in profile.facts if key.attribute == "事项"]
    assert [key.member for key in known] == ["技术改造"]
    assert profile.value(known[0]) == Activity(State.PLANNED)


@pytest.mark.parametrize("state", ["none", "planned", "under_way", "completed", "unsure"])
def test_every_state_of_an_activity_comes_back_as_it_was_chosen(
    company: Company, state: str
) -> None:
    company.save("plans", activities__technical_renovation=state)
    assert company.form("plans")["a_activities-technical_renovation"] == state


@pytest.mark.parametrize("rest", ["none", "unsure"])
def test_a_closing_choice_comes_back_and_keeps_what_was_chosen(company: Company, rest: str) -> None:
    chosen = {
        "activities__technical_renovation": "under_way",
        "activities__rest__upgrading": rest,
        "activities__rest__green": rest,
    }
    company.save("plans", **chosen)
    before = company.facts["事项"]
    shown = company.form("plans")

    assert shown["a_activities-technical_renovation"] == "under_way"
    assert shown["a_activities-rest-upgrading"] == rest
    assert shown["a_activities-rest-green"] == rest
    assert "a_activities-rest-rd" not in shown
    assert company.post("plans", {}).status_code == 303
    assert company.facts["事项"] == before


def test_titles_keep_their_dates_and_the_rest_its_silence(
    company: Company, catalogue: Catalogue
) -> None:
    company.save(
        "titles",
        titles__high_tech_enterprise="1",
        titles__high_tech_enterprise__from="2024-11-01",
    )
    assert company.facts["资质"] == {"高新技术企业": {"取得日期": "2024-11-01"}}
    assert company.form("titles")["a_titles-high_tech_enterprise-from"] == "2024-11-01"
    assert not profile_of(company, catalogue).knows(FactKey("资质", "科技型中小企业"))

    company.save("titles", titles__rest__all="none")
    profile = profile_of(company, catalogue)
    assert profile.knows(FactKey("资质", "科技型中小企业"))
    assert company.facts["资质"]["高新技术企业"] == {"取得日期": "2024-11-01"}


def test_a_listing_stage_keeps_its_date(company: Company) -> None:
    company.save("titles", listing_stage__star="3", listing_stage__star__day="2025-06-30")
    assert company.facts["上市阶段"] == {"科创板": {"受理": "2025-06-30"}}

    shown = company.form("titles")
    assert shown["a_listing_stage-star"] == "3"
    assert shown["a_listing_stage-star-day"] == "2025-06-30"


def test_a_body_kind_closes_itself(company: Company, catalogue: Catalogue) -> None:
    company.save("basics", body_kinds__enterprise="1")
    profile = profile_of(company, catalogue)
    assert profile.value(FactKey("主体类别", "企业")) is True
    assert profile.value(FactKey("主体类别", "金融机构")) is False


def test_the_status_of_a_group_counts_its_questions(
    company: Company, questionnaire: Questionnaire
) -> None:
    group = questionnaire.by_id["innovation"]
    assert questionnaire.status(group, company.facts, 2025).progress is Progress.OPEN

    company.save("innovation", rd_expense="100")
    status = questionnaire.status(group, company.facts, 2025)
    assert (status.progress, status.done, status.total) == (Progress.PARTLY, 1, 8)

    marks = {
        f"{one.attribute.id}__mark": "unsure"
        for one in group.questions[1:]
        if one.attribute.unit is not None
    }
    company.save("innovation", rd_body_level="unsure", **marks)
    assert questionnaire.status(group, company.facts, 2025).progress is Progress.DONE
    assert "已完成" in company.page().text()


def test_an_answer_can_be_taken_back(company: Company) -> None:
    company.save("innovation", rd_expense="100")
    company.save("innovation", rd_expense="")
    assert "年度" not in company.facts


def test_a_large_amount_is_echoed_in_a_larger_unit(company: Company) -> None:
    company.save("operations", revenue="12000")
    (echo,) = company.page("operations").all(class_="echo")
    assert echo.text() == "= 1.2 亿元"


def test_a_near_name_can_be_picked_instead_of_typing_again(company: Company) -> None:
    response = company.post("basics", {"a_registered_region": "合飞市"})
    (form,) = [f for f in parse(response.text).all("form") if f.get("method") == "post"]
    again = {**form.values(), "a_registered_region-pick": "合肥市", "then": "next"}

    assert company.client.post(company.url("basics"), data=again).status_code == 303
    assert company.facts["注册地"] == "合肥市"

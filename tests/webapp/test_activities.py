"""The checklist of activities: order, what to look at first, what is chosen, without a script."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.catalogue import Catalogue
from tests.webapp.conftest import TODAY, Company
from tests.webapp.html import Element, parse
from webapp.services.matching import Matchmaker
from webapp.services.questions import Questionnaire
from webapp.services.suggesting import looks

PHARMACY, HOTEL = "2730 中药饮片加工", "6110 旅游饭店"
RENOVATION = "technical_renovation"
TICK = f"a_activities-{RENOVATION}"


@pytest.fixture(scope="module")
def matchmaker(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Matchmaker:
    return Matchmaker(catalogue, tmp_path_factory.mktemp("data"))


def topics(page: Element) -> list[str]:
    return [item.text() for item in page.all(class_="topic-name")]


def chips(page: Element) -> list[Element]:
    """Give what is chosen, the model that the script copies left out."""
    (box,) = page.all(class_="picked-list")
    (shown,) = box.all("ul")
    return shown.all(class_="chip")


def form_of(page: Element) -> dict[str, str]:
    (form,) = [one for one in page.all("form") if one.get("method") == "post"]
    return form.values()


# --- the order of the topics ---------------------------------------------------------------------


def test_topics_stand_in_the_order_of_the_vocabulary_until_the_trade_is_known(
    company: Company, catalogue: Catalogue
) -> None:
    assert topics(company.page("plans")) == list(catalogue.vocabulary.words("主题"))


def test_topics_follow_the_trade_and_none_is_lost(company: Company) -> None:
    before = topics(company.page("plans"))
    company.save("industry", industry=PHARMACY)
    pharmacy = topics(company.page("plans"))
    company.save("industry", industry=HOTEL)
    hotel = topics(company.page("plans"))
    assert sorted(pharmacy) == sorted(hotel) == sorted(before)
    assert len({tuple(before), tuple(pharmacy), tuple(hotel)}) == 3
    assert hotel.index("服务业文旅与农业") < pharmacy.index("服务业文旅与农业")


def test_a_topic_leads_by_the_measures_that_are_meant_for_the_trade(matchmaker: Matchmaker) -> None:
    """The rules give a hotel measures that ask for its activities; these name the leading topics."""
    found = looks(matchmaker, {"行业": HOTEL}, TODAY)
    leading = {item.topic for item in found.activities}
    assert leading
    assert set(found.topics[: len(leading)]) == leading
    assert found.trade == (HOTEL,)


OTHERS = st.fixed_dictionaries(
    {},
    optional={
        "注册地": st.sampled_from(["合肥市", "亳州市", "不清楚"]),
        "民营企业": st.sampled_from(["是", "否"]),
        "成立日期": st.dates(date(1990, 1, 1), date(2026, 1, 1)).map(date.isoformat),
        "资质": st.sampled_from([{"高新技术企业": "有"}, {"高新技术企业": "没有"}]),
        "事项": st.sampled_from([{"技术改造": "在做"}, {"技术改造": "没有"}]),
        # Even an answer that the rules refuse.
        "从业人员": st.sampled_from(["20 人", "很多"]),
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(others=OTHERS)
def test_no_other_answer_moves_a_topic_or_an_activity(
    matchmaker: Matchmaker, others: dict[str, object]
) -> None:
    alone = looks(matchmaker, {"行业": PHARMACY}, TODAY)
    assert looks(matchmaker, {"填报日期": "2026-11-22", "行业": PHARMACY, **others}, TODAY) == alone


@pytest.mark.parametrize("trade", ["不清楚", "没有这种行业", "9999"])
def test_a_trade_that_is_not_known_leads_nowhere(matchmaker: Matchmaker, trade: str) -> None:
    found = looks(matchmaker, {"行业": trade}, TODAY)
    assert found.activities == ()
    assert found.topics == tuple(matchmaker.catalogue.vocabulary.words("主题"))


# --- what to look at first -----------------------------------------------------------------------


def usual(page: Element) -> list[Element]:
    return [item for box in page.all(class_="usual") for item in box.all(class_="activity")]


def test_what_to_look_at_first_names_the_trade_and_ticks_nothing(company: Company) -> None:
    assert company.page("plans").all(class_="usual") == []
    company.save("industry", industry=PHARMACY)
    page = company.page("plans")
    assert 1 <= len(usual(page)) <= 8
    assert PHARMACY in page.all(class_="usual")[0].text()
    assert not [name for name in form_of(page) if name.endswith("-first")]
    assert "事项" not in company.facts


def first_activity(company: Company) -> str:
    """Give the id of an activity that stands on the page twice."""
    company.save("industry", industry=PHARMACY)
    return usual(company.page("plans"))[0].get("data-member")


def test_an_activity_that_stands_twice_is_one_answer(
    company: Company, catalogue: Catalogue
) -> None:
    id_ = first_activity(company)
    (label,) = [item.label for item in catalogue.vocabulary.activities.members if item.id == id_]
    name = f"a_activities-{id_}"
    assert company.post("plans", {f"{name}-first": "planned"}).status_code == 303
    assert company.facts["事项"] == {label: "打算"}

    shown = company.form("plans")
    assert (shown[name], shown[f"{name}-first"]) == ("planned", "planned")
    company.post("plans", {name: "under_way"})
    assert company.facts["事项"] == {label: "在做"}
    company.post("plans", {f"{name}-first": "completed"})
    assert company.facts["事项"] == {label: "已完成"}


def test_two_different_choices_for_one_activity_are_asked_about(company: Company) -> None:
    name = f"a_activities-{first_activity(company)}"
    response = company.post("plans", {name: "planned", f"{name}-first": "under_way"})
    assert response.status_code == 422
    assert "上下两处选的不一样" in response.text
    assert "事项" not in company.facts


def test_a_choice_that_was_not_saved_yet_can_be_changed_at_either_place(company: Company) -> None:
    """A search by button shows the page again with what was chosen, which is stored nowhere."""
    name = f"a_activities-{first_activity(company)}"
    page = parse(company.post("plans", {name: "planned", "find": "技改"}, "find").text)
    sent = {**form_of(page), f"{name}-first": "completed", "then": "next", "find": ""}
    assert company.client.post(company.url("plans"), data=sent).status_code == 303
    assert list(company.facts["事项"].values()) == ["已完成"]


# --- what is chosen ------------------------------------------------------------------------------


def test_what_is_chosen_is_listed_with_its_state_and_a_way_to_take_it_back(
    company: Company,
) -> None:
    assert chips(company.page("plans")) == []
    company.save("plans", activities__technical_renovation="planned")
    page = company.page("plans")
    (chip,) = chips(page)
    (link,) = chip.all("a")
    (button,) = chip.all("button")
    assert link.text() == "技术改造 · 打算"
    assert page.by_id(link.get("href").removeprefix("#")) is not None
    assert "去掉 技术改造" in button.text()
    assert (button.get("name"), button.get("value")) == ("drop", RENOVATION)


def test_taking_one_back_without_a_script_keeps_every_other_tick(company: Company) -> None:
    company.save("plans", activities__technical_renovation="planned")
    typed = {"a_activities-rest-green": "none", "a_planned_investment": "500"}
    sent = {**company.form("plans"), **typed, "drop": RENOVATION}
    response = company.client.post(company.url("plans"), data=sent)
    page = parse(response.text)
    assert response.status_code == 200
    assert chips(page) == []
    assert typed.items() <= form_of(page).items()
    assert TICK not in form_of(page)
    assert company.facts["事项"] == {"技术改造": "打算"}, "nothing is saved before the button"

    again = {**form_of(page), "then": "next"}
    assert company.client.post(company.url("plans"), data=again).status_code == 303
    assert "技术改造" not in company.facts["事项"]
    assert company.facts["计划投资额"] == "500 万元"


def test_taking_back_what_is_not_there_saves_as_any_button_does(company: Company) -> None:
    sent = {**company.form("plans"), TICK: "planned", "drop": "no_such_thing"}
    assert company.client.post(company.url("plans"), data=sent).status_code == 303
    assert company.facts["事项"] == {"技术改造": "打算"}


# --- what a topic says of itself -----------------------------------------------------------------


def test_one_tick_leaves_the_other_eight_topics_unseen_and_open(
    company: Company, catalogue: Catalogue
) -> None:
    company.save("plans", activities__technical_renovation="planned")
    said = [item.text().strip() for item in company.page("plans").all(class_="topic-count")]
    assert said.count("已选 1") == 1
    assert sum(text.endswith("未看") for text in said) == 8
    questions = Questionnaire(catalogue.vocabulary)
    status = questions.status(questions.by_id["plans"], company.facts, 2025)
    assert (status.done, status.touched) == (0, 1)


def test_a_topic_of_which_a_part_was_judged_is_not_called_unseen(company: Company) -> None:
    company.save("plans", activities__technical_renovation="none")
    said = [item.text().strip() for item in company.page("plans").all(class_="topic-count")]
    assert len([text for text in said if text.startswith("看了 1/")]) == 1


def test_a_closed_checklist_takes_fewer_than_25_stops_of_the_tab_key(company: Company) -> None:
    company.save("industry", industry=PHARMACY)
    (question,) = [
        item for item in company.page("plans").all("fieldset") if item.get("id") == "q-activities"
    ]
    groups = {
        item.get("name")
        for box in question.all(class_="usual")
        for item in box.all("input")
        if item.get("type") == "radio"
    }
    summaries = [
        item
        for item in question.all("summary")
        if item not in [one for box in question.all("template") for one in box.walk()]
    ]
    finder = question.all(class_="activity-finder")[0]
    stops = len(summaries) + len(groups) + len(finder.all("input")) + len(finder.all("button"))
    assert 10 < stops < 25

"""The next question on the results: answered in place, saved, never asked again where 不清楚."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from matcher.catalogue import Catalogue
from tests.webapp.conftest import Company
from tests.webapp.html import Element, parse
from webapp.services.asking import Asked, find
from webapp.services.questions import Questionnaire


def say(company: Company, fact: str, query: str = "", **sent: str) -> TestResponse:
    """Answer one fact as the card's form does."""
    return company.client.post(company.url("answer") + query, data={"fact": fact, **sent})


@pytest.fixture
def located(company: Company) -> Company:
    """A company that has said where it is."""
    assert say(company, "registered_region", a_registered_region="合肥市").status_code == 303
    return company


def card(page: Element) -> Element:
    (found,) = page.all(class_="next")
    return found


def test_before_the_first_answer_the_two_best_questions_are_on_the_page(company: Company) -> None:
    shown = card(company.page("results"))
    assert shown.all("h2")[0].text() == "先回答 2 问"
    facts = [item.get("value") for item in shown.all("input") if item.get("name") == "fact"]
    assert len(set(facts)) == 2
    assert facts[0] == "registered_region"
    assert shown.by_id("q-registered_region") is not None
    assert shown.text().count("再答 1 问") == 2
    assert shown.text().count("措施要看这一项") == 2
    ids = [item.get("id") for item in shown.walk() if item.get("id")]
    assert len(ids) == len(set(ids))


def test_both_first_answers_are_saved_at_once(company: Company) -> None:
    sent = {"a_registered_region": "合肥市", "a_industry": "6520"}
    response = company.client.post(
        company.url("answer"), data={"fact": ["registered_region", "industry"], **sent}
    )
    assert response.status_code == 303
    assert company.facts["注册地"] == "合肥市"
    assert "6520" in str(company.facts["行业"])


def test_one_of_the_first_two_answers_is_enough(company: Company) -> None:
    sent = {"fact": ["registered_region", "titles.tech_sme"], "answer-2": "held"}
    assert company.client.post(company.url("answer"), data=sent).status_code == 303
    assert company.facts["资质"] == {"科技型中小企业": "有"}
    assert "注册地" not in company.facts


def test_a_mistake_in_one_of_two_answers_keeps_both_on_the_card(company: Company) -> None:
    before = company.facts
    sent = {
        "fact": ["registered_region", "titles.tech_sme"],
        "a_registered_region": "合肥式",
        "answer-2": "held",
    }
    response = company.client.post(company.url("answer"), data=sent)
    assert response.status_code == 422
    shown = card(parse(response.text))
    values = [item.get("value") for item in shown.all("input")]
    assert "合肥式" in values
    (held,) = [item for item in shown.all("input") if item.get("id") == "answer-2-held"]
    assert "checked" in held.attributes
    assert company.facts == before


def test_after_the_first_answer_one_question_is_asked(located: Company) -> None:
    facts = [one.get("value") for one in card(located.page("results")).all("input")]
    assert (
        len(
            [one for one in card(located.page("results")).all("input") if one.get("name") == "fact"]
        )
        == 1
    ), facts


def test_an_answer_is_saved_and_the_results_come_back_as_they_were(company: Company) -> None:
    sent = say(company, "registered_region", "?kind=loan", a_registered_region="合肥市")
    assert sent.status_code == 303
    assert sent.location.endswith("/results?kind=loan#next")
    assert company.facts["注册地"] == "合肥市"
    assert company.facts["填报日期"] == "2026-11-22"
    assert "合肥市" not in sent.location


@pytest.mark.parametrize("answer", ["亳州市", "合肥市"])
def test_the_promise_is_kept(located: Company, answer: str) -> None:
    """As many are decided as the card says of an answer, at least and at most."""
    located.client.post(located.url("answer"), data={"fact": "industry", "a_industry": "6520"})
    page = located.page("results")
    shown = card(page)
    least, most = promised(shown)
    fact = next(i.get("value") for i in shown.all("input") if i.get("name") == "fact")
    assert fact == "planned_region"
    assert say(located, fact, a_planned_region=answer).status_code == 303
    decided = open_ones(page) - open_ones(located.page("results"))
    assert least <= decided <= most


def promised(shown: Element) -> tuple[int, int]:
    """Read the figures in the heading of the card; 「最多」 promises nothing for sure."""
    (heading,) = shown.all("h2")
    numbers = [int(one) for one in re.findall(r"\d+", heading.text())[1:]]
    return (0 if "最多" in heading.text() else numbers[0]), numbers[-1]


def open_ones(page: Element) -> int:
    return int(page.all(class_="counter-open")[0].all(class_="counter-number")[0].text())


def test_not_sure_is_stored_and_another_question_follows(located: Company) -> None:
    first = card(located.page("results"))
    fact = next(i.get("value") for i in first.all("input") if i.get("name") == "fact")
    marked = {f"a_{fact}-mark": "unsure", "answer": "unsure"}
    assert say(located, fact, **marked).status_code == 303
    second = card(located.page("results"))
    assert fact not in [i.get("value") for i in second.all("input")]


def test_one_member_is_answered_and_the_others_stay(located: Company) -> None:
    say(located, "titles.high_tech_enterprise", answer="held")
    say(located, "titles.tech_sme", answer="none")
    assert located.facts["资质"] == {"高新技术企业": "有", "科技型中小企业": "没有"}


def test_a_choice_among_kinds_of_company_answers_for_all_of_them(located: Company) -> None:
    assert say(located, "body_kinds.enterprise", answer="enterprise").status_code == 303
    assert located.facts["主体类别"] == {"企业": "是"}


@pytest.mark.parametrize(
    ("fact", "sent", "said"),
    [
        ("registered_region", {"a_registered_region": "合肥式"}, "没有"),
        ("registered_region", {}, "请选一项或填一个答案"),
        ("titles.high_tech_enterprise", {}, "请选一项或填一个答案"),
        ("titles.high_tech_enterprise", {"answer": "maybe"}, "没有这个选项"),
    ],
)
def test_a_mistake_is_told_on_the_card_and_nothing_is_stored(
    company: Company, fact: str, sent: dict[str, str], said: str
) -> None:
    before = company.facts
    response = say(company, fact, **sent)
    assert response.status_code == 422
    page = parse(response.text)
    assert said in card(page).text()
    assert page.all("title")[0].text().startswith("错误:")
    assert company.facts == before


@pytest.mark.parametrize("fact", ["", "titles", "titles.nothing", "judgement", "nothing"])
def test_what_the_form_does_not_ask_cannot_be_answered(company: Company, fact: str) -> None:
    assert say(company, fact, answer="held").status_code == 404


def test_every_fact_of_the_form_can_be_asked_alone(catalogue: Catalogue) -> None:
    """The names are unique, and an answer in a word is one that the reader of company files takes."""
    questionnaire = Questionnaire(catalogue.vocabulary)
    for group in questionnaire.groups:
        for question in group.questions:
            members = [one.id for part in question.parts for one in part.members]
            own = question.attribute.id
            for name in [f"{own}.{one}" for one in members] or [own]:
                asked = find(name, questionnaire)
                assert isinstance(asked, Asked), name
                assert asked.id == name
                assert "unsure" in asked.options or not question.parts


def test_the_hub_says_what_one_answer_can_decide(located: Company) -> None:
    hub = located.page()
    (link,) = [a for a in hub.all("a") if a.get("href").endswith("/results#next")]
    assert "再答 1 问" in link.text()
    assert len(hub.all("a", "counter")) == 4

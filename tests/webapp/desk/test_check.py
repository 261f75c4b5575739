"""The eligibility check: asked, answered, kept as declared, with the verdicts before and after."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.webapp.desk.conftest import CODE, HIGH_TECH, NAME, OTHER_CODE, OTHER_NAME, Counter
from webapp.services.asking import find
from webapp.services.cases.refusals import Missing
from webapp.services.desk import calls
from webapp.services.desk.check import Given, jumps, record
from webapp.services.people.roles import Role
from webapp.tables.calls import Call, CallAnswer

TITLE = "titles.high_tech_enterprise"
SMALL = "titles.tech_sme"


@pytest.fixture
def company(counter: Counter) -> int:
    """A company in Hefei of which no title is known, whose check of one measure has begun."""
    made = counter.company(注册地="合肥市")
    counter.page(f"/desk/companies/{made}/check?measure={HIGH_TECH}")
    return made


def asked(counter: Counter, company: int) -> str:
    """Give the fact that the page asks for now."""
    page = counter.page(f"/desk/companies/{company}/check")
    (field,) = [item for item in page.all("input") if item.get("name") == "fact"]
    return field.get("value")


def service(counter: Counter, company: int) -> calls.Service:
    """Give the service of the desk's member of staff."""
    with counter.database.reading() as session:
        found = calls.latest(session, counter.staff, company)
    assert found is not None
    return found


def test_the_best_question_of_the_measure_comes_first(counter: Counter, company: int) -> None:
    assert asked(counter, company) in (TITLE, SMALL)
    assert "最多还需 2 问" in counter.page(f"/desk/companies/{company}/check").text()


def test_an_answer_is_declared_and_changes_the_verdict(counter: Counter, company: int) -> None:
    answer = counter.answer(company, TITLE, "held")
    assert answer.status_code == 303 and answer.location == f"/desk/companies/{company}/check"
    (row,) = counter.rows(company, "资质")
    assert (row.assurance, row.custodian, row.source) == ("declared", "", "")
    (one,) = service(counter, company).asked
    assert (one.before["verdict"], one.after["verdict"]) == ("open", "met")
    assert one.after["met"] > one.before["met"]
    text = counter.page(f"/desk/companies/{company}/check").text()
    assert "符合" in text and "快申快享" in text and "待补充 → 符合" in text


def test_an_original_that_was_seen_is_noted_and_stays_declared(
    counter: Counter, company: int
) -> None:
    counter.answer(company, TITLE, "held", how="seen")
    (row,) = counter.rows(company, "资质")
    assert (row.assurance, row.source) == ("declared", "已见原件")
    assert service(counter, company).asked[0].how is calls.How.SEEN


def test_a_title_may_say_until_when(counter: Counter, company: int) -> None:
    until = {"until-year": "2027", "until-month": "11", "until-day": "19"}
    counter.answer(company, TITLE, "held", **until)
    assert counter.values(company, "资质") == {"高新技术企业": {"有效期至": "2027-11-19"}}


@pytest.mark.parametrize(
    "until",
    [
        {"until-year": "2027"},
        {"until-year": "2027", "until-month": "13", "until-day": "1"},
    ],
)
def test_a_day_that_is_none_is_refused_and_the_answer_stays(
    counter: Counter, company: int, until: dict[str, str]
) -> None:
    response = counter.answer(company, TITLE, "held", **until)
    assert response.status_code == 422
    assert (
        'value="held" id="answer-held" checked' in response.text and 'value="2027"' in response.text
    )
    assert counter.rows(company, "资质") == [] and service(counter, company).asked == ()


def test_not_sure_and_skipped_are_recorded_and_not_asked_again(
    counter: Counter, company: int
) -> None:
    first = asked(counter, company)
    counter.answer(company, first, "unsure")
    second = asked(counter, company)
    counter.client.post(f"/desk/companies/{company}/check", data={"fact": second, "then": "skip"})
    assert first != second
    outcomes = [one.outcome.value for one in service(counter, company).asked]
    assert outcomes == ["unsure", "skipped"]
    assert counter.rows(company, "资质") == []
    page = counter.page(f"/desk/companies/{company}/check")
    assert not [item for item in page.all("input") if item.get("name") == "fact"]


def test_zero_is_an_answer(counter: Counter, company: int) -> None:
    sent = {"fact": "rd_expense", "a_rd_expense": "0", "how": "said"}
    name = find_number(counter, "研发费用")
    sent = {"fact": name, f"a_{name}": "0", "how": "said"}
    assert counter.client.post(f"/desk/companies/{company}/check", data=sent).status_code == 303
    (row,) = counter.rows(company, "研发费用")
    assert (json.loads(row.value), row.period) == ("0 万元", "2025")


def find_number(counter: Counter, label: str) -> str:
    """Give the name of a figure in a form."""
    return counter.portal.catalogue.vocabulary.attributes[label].id


@pytest.mark.parametrize(("said", "fault"), [("很多", "不是数量"), ("", "请"), ("-3", "")])
def test_what_is_not_understood_is_asked_again(
    counter: Counter, company: int, said: str, fault: str
) -> None:
    name = find_number(counter, "研发费用")
    sent = {"fact": name, f"a_{name}": said, "how": "said"}
    response = counter.client.post(f"/desk/companies/{company}/check", data=sent)
    assert response.status_code == 422 and fault in response.text
    assert counter.rows(company, "研发费用") == []


def test_a_choice_ends_the_choice_before(counter: Counter, company: int) -> None:
    counter.answer(company, "body_kinds.enterprise", "enterprise")
    first = counter.values(company, "主体类别")
    other = next(
        one.id
        for one in counter.portal.catalogue.vocabulary.attributes["主体类别"].members
        if one.label != "企业"
    )
    counter.answer(company, "body_kinds.enterprise", other)
    assert first == {"企业": "是"}
    second = counter.values(company, "主体类别")
    assert second.pop("企业") == "否" and set(second.values()) == {"是"}


def test_any_question_can_be_jumped_to(counter: Counter, company: int) -> None:
    page = counter.page(f"/desk/companies/{company}/check?find=研发")
    links = [link.get("href") for link in page.all("a") if "fact=" in link.get("href")]
    assert any("fact=rd_" in link or "fact=" in link for link in links)
    counter.page(links[0])
    assert "没有这样的问题" in counter.page(f"/desk/companies/{company}/check?find=查无此问").text()


def test_a_jump_finds_words_of_questions_members_and_english(counter: Counter) -> None:
    questionnaire = counter.portal.questionnaire
    assert TITLE in jumps(questionnaire, "高新技术企业")
    assert TITLE in jumps(questionnaire, "高 企") or TITLE in jumps(questionnaire, "高企")
    assert jumps(questionnaire, " ") == []
    assert all(find(one, questionnaire) for one in jumps(questionnaire, "研发"))


def test_a_known_fact_is_shown_when_it_is_asked_again(counter: Counter, company: int) -> None:
    counter.answer(company, TITLE, "held")
    page = counter.page(f"/desk/companies/{company}/check?fact={TITLE}")
    assert "已掌握" in page.text()


def test_opening_another_company_never_shows_what_was_typed_for_the_first(
    counter: Counter, company: int
) -> None:
    counter.answer(company, TITLE, "held")
    other = counter.company(OTHER_CODE, OTHER_NAME)
    for page in ("", "/check", f"/check?fact={TITLE}", "/notes", "/sheet", "/reply"):
        text = counter.page(f"/desk/companies/{other}{page}").text()
        assert NAME not in text and CODE not in text
    assert counter.rows(other, "资质") == []
    assert service(counter, other).asked == ()


def test_an_answer_without_a_service_is_refused(counter: Counter) -> None:
    company = counter.company(注册地="合肥市")
    asked_one = find(TITLE, counter.portal.questionnaire)
    assert asked_one is not None
    with pytest.raises(Missing):
        record(
            counter.desk,
            counter.staff,
            company,
            Given(asked_one, "有"),
            counter.clock.now,
            counter.clock.today,
        )
    assert counter.rows(company, "资质") == []


def test_ending_clears_the_band(counter: Counter, company: int) -> None:
    assert NAME in counter.page("/desk").text()
    counter.clock.now += timedelta(minutes=3)
    assert counter.client.post(f"/desk/companies/{company}/end").location == "/desk"
    text = counter.page("/desk").text()
    assert "服务已结束" in text and NAME not in text
    assert service(counter, company).ended == counter.clock.now


def test_of_one_person_and_company_one_service_is_open(counter: Counter, company: int) -> None:
    counter.page(f"/desk/companies/{company}/check")
    with counter.database.reading() as session:
        assert len(session.scalars(select(Call)).all()) == 1
    counter.client.post(f"/desk/companies/{company}/end")
    counter.page(f"/desk/companies/{company}/check")
    with counter.database.reading() as session:
        assert len(session.scalars(select(Call)).all()) == 2


def test_colleagues_have_services_of_their_own(counter: Counter, company: int) -> None:
    counter.answer(company, TITLE, "unsure")
    colleague = counter.browser(Role.HANDLER)
    text = counter.page(f"/desk/companies/{company}/check", colleague).text()
    assert "已问 0 问" in text


def test_the_record_holds_no_answer(counter: Counter, company: int) -> None:
    """What a company answered stands in its facts alone, so that it can be erased."""
    name = find_number(counter, "研发费用")
    counter.client.post(
        f"/desk/companies/{company}/check", data={"fact": name, f"a_{name}": "731.5"}
    )
    with counter.database.reading() as session:
        (row,) = session.scalars(select(CallAnswer)).all()
        kept = [getattr(row, column.name) for column in CallAnswer.__table__.columns]
    assert not any("731" in str(value) for value in kept)


def test_the_reply_is_a_plain_paragraph(counter: Counter, company: int) -> None:
    here = f"/desk/companies/{company}/reply?measure={HIGH_TECH}"
    assert "还需确认" in counter.page(here).text()
    counter.answer(company, TITLE, "held")
    paragraph = counter.page(here).by_id("reply")
    assert paragraph is not None
    said = paragraph.text()
    assert "符合“科技型企业贴息贴费" in said and "不是审批决定" in said and "\n" not in said.strip()


def test_unknown_measures_and_facts_are_not_found(counter: Counter, company: int) -> None:
    here = f"/desk/companies/{company}"
    for page in ("check?measure=x", "check?fact=x", "reply?measure=x"):
        assert counter.client.get(f"{here}/{page}").status_code == 404
    assert counter.answer(company, "nonsense", "held").status_code == 404

"""Finding a company: by name, former name, initials and code; nobody is named before a search."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.webapp.desk.conftest import CODE, NAME, OTHER_CODE, OTHER_NAME, Counter
from webapp.services.desk import notes
from webapp.services.desk.search import COUNTED, search
from webapp.services.people.roles import SYSTEM, Role
from webapp.services.registry.companies import register


def found(counter: Counter, words: str, region: str = "") -> list[str]:
    """Give the names that a search finds."""
    with counter.database.reading() as session:
        return [hit.name for hit in search(session, words, region).hits]


@pytest.mark.parametrize(
    "words",
    [
        NAME,
        "云岭",
        " 云岭 药业 ",
        "AHYLYY",
        "ylyy",
        CODE,
        "9134 0100 ma2a bcde 0x",
        "91340100MA2A",
        "云岭生物",
    ],
)
def test_a_company_is_found_by_what_people_say(counter: Counter, words: str) -> None:
    company = counter.company()
    counter.company(OTHER_CODE, OTHER_NAME)
    counter.renamed(company, "云岭生物科技有限公司")
    assert found(counter, words) == [NAME]


def test_a_former_name_is_said_to_be_one_and_stands_behind_present_names(
    counter: Counter,
) -> None:
    company = counter.company()
    counter.renamed(company, "望江生物有限公司")
    counter.company(OTHER_CODE, OTHER_NAME)
    with counter.database.reading() as session:
        hits = search(session, "望江").hits
    assert [(hit.name, hit.former) for hit in hits] == [
        (OTHER_NAME, ""),
        (NAME, "望江生物有限公司"),
    ]


def test_a_name_that_has_both_is_not_called_former(counter: Counter) -> None:
    company = counter.company()
    counter.renamed(company, "云岭生物科技有限公司")
    with counter.database.reading() as session:
        (hit,) = search(session, "云岭").hits
    assert hit.former == ""


def test_another_legal_form_finds_the_near_name(counter: Counter) -> None:
    counter.company()
    with counter.database.reading() as session:
        result = search(session, "云岭药业股份有限公司")
    assert result.near and [hit.name for hit in result.hits] == [NAME]


@pytest.mark.parametrize("words", ["", "  ", "%", "_", "()"])
def test_nothing_is_found_where_nothing_was_asked(counter: Counter, words: str) -> None:
    counter.company()
    assert found(counter, words) == []


def test_many_are_counted_by_county(counter: Counter) -> None:
    with counter.database.writing() as session:
        for number in range(30):
            row = register(
                session, f"9134{number:014d}", f"示例{number}号店", SYSTEM, counter.clock.now
            )
            row.region = "340104" if number < 25 else "340111"
    with counter.database.reading() as session:
        every, one = search(session, "示例"), search(session, "示例", "340111")
    assert (every.total, len(every.hits), every.counties) == (
        30,
        20,
        (("340104", 25), ("340111", 5)),
    )
    assert (one.total, len(one.hits)) == (5, 5)
    page = counter.page("/desk/companies?q=示例")
    assert "按区县缩小" in page.text() and "查到 30 家" in page.text()


def test_more_than_can_be_counted_asks_for_more_words(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.services.desk.search.COUNTED", 1)
    assert COUNTED > 1
    counter.company()
    counter.company(OTHER_CODE, OTHER_NAME)
    assert "超过 1 家" in counter.page("/desk/companies?q=有限公司").text()


def test_the_last_contact_is_the_newer_of_call_and_note(counter: Counter) -> None:
    company = counter.company()
    counter.client.get(f"/desk/companies/{company}/check")
    counter.clock.now += timedelta(minutes=5)
    draft = notes.Draft("phone", "问了研发")
    notes.write(counter.desk, counter.staff, company, draft, counter.clock.now, counter.clock.today)
    with counter.database.reading() as session:
        (hit,) = search(session, NAME).hits
    assert hit.contact == counter.clock.now


def test_the_start_names_nobody(counter: Counter) -> None:
    company = counter.company()
    draft = notes.Draft("phone", "回电", counter.clock.today)
    notes.write(counter.desk, counter.staff, company, draft, counter.clock.now, counter.clock.today)
    page = counter.page("/desk")
    assert NAME not in page.text() and CODE not in page.text()
    assert "待回电 1 个" in page.text() and "今天到期 0 件" in page.text()
    assert counter.client.get("/desk/companies?q=").location == "/desk"


def test_nothing_found_offers_a_new_company(counter: Counter) -> None:
    page = counter.page("/desk/companies?q=查无此家")
    assert "没有找到" in page.text()
    assert "/desk/companies/new" in {link.get("href") for link in page.all("a")}


def test_a_search_is_told_the_audit_without_its_words(counter: Counter) -> None:
    counter.page("/desk/companies?q=云岭药业")
    assert ("company.search", "done") in counter.house.deeds()


def test_a_new_company_is_entered_once(counter: Counter) -> None:
    sent = {"code": CODE.lower(), "name": NAME}
    first = counter.client.post("/desk/companies/new", data=sent)
    second = counter.client.post("/desk/companies/new", data=sent)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert found(counter, CODE) == [NAME]
    assert "校验位不符" in counter.page(first.location).text()


@pytest.mark.parametrize(
    ("code", "name", "said"),
    [
        ("123", NAME, "代码要 18 位"),
        (CODE, "  ", "请填企业名称"),
        (CODE, "某\u202e司", "看不见的字符"),
    ],
)
def test_a_new_company_that_is_wrong_is_refused(
    counter: Counter, code: str, name: str, said: str
) -> None:
    response = counter.client.post("/desk/companies/new", data={"code": code, "name": name})
    assert response.status_code == 422 and said in response.text
    assert found(counter, NAME) == []


def test_those_who_may_not_serve_enter_nothing(counter: Counter) -> None:
    reviewer = counter.browser(Role.REVIEWER)
    sent = {"code": CODE, "name": NAME}
    assert reviewer.post("/desk/companies/new", data=sent).status_code == 403
    assert found(counter, CODE) == []

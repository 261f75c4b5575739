"""Who acts for which company, with the step of approval; and consents, custodian by custodian."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.webapp.accounts.conftest import House, Town
from tests.webapp.conftest import NOON
from tests.webapp.html import parse
from webapp.limits import MAX_MEMBERSHIPS
from webapp.services.cases.refusals import Missing, Refused, Stale
from webapp.services.people import consents, memberships
from webapp.services.people.roles import Role
from webapp.tables.people import Consent, Membership

CODE = "91340100MA2ABCDE0X"
KNOWN = frozenset({"税务局", "科技局"})
GROUND = "营业执照原件、授权书 2026-11-20"


def test_a_wish_gives_nothing_until_staff_approve_it(house: House) -> None:
    company, person = house.company(CODE), house.person(Role.COMPANY)
    desk, who = house.person(Role.DESK), int(person.id or 0)
    wish = memberships.ask(house.accounts, person, " 91340100 ma2abcde0x ", NOON)
    assert house.actor(who).companies == frozenset()

    memberships.decide(house.accounts, desk, wish, True, GROUND, NOON)
    assert house.actor(who).companies == {company}

    memberships.end(house.accounts, house.actor(who), wish, NOON)
    assert house.actor(who).companies == frozenset()
    assert [deed for deed, _ in house.deeds()] == ["member.ask", "member.approve", "member.end"]


def test_a_refused_wish_may_be_made_again(house: House) -> None:
    house.company(CODE)
    person, desk = house.person(Role.COMPANY), house.person(Role.DESK)
    wish = memberships.ask(house.accounts, person, CODE, NOON)
    with pytest.raises(Refused, match="membership_there"):
        memberships.ask(house.accounts, person, CODE, NOON)
    memberships.decide(house.accounts, desk, wish, False, "授权书没有盖章", NOON)
    assert memberships.ask(house.accounts, person, CODE, NOON) == wish
    memberships.decide(house.accounts, desk, wish, True, GROUND, NOON)


def test_only_those_who_may_decide_decide_and_on_papers(house: House) -> None:
    house.company(CODE)
    person = house.person(Role.COMPANY)
    wish = memberships.ask(house.accounts, person, CODE, NOON)
    for other in (person, house.person(Role.HANDLER), house.person(Role.AUDITOR)):
        with pytest.raises(Missing):
            memberships.decide(house.accounts, other, wish, True, GROUND, NOON)
    desk = house.person(Role.DESK)
    for ground in ("", "  ", "x" * 201, "不可见\u202e"):
        with pytest.raises(Refused, match="ground_missing"):
            memberships.decide(house.accounts, desk, wish, True, ground, NOON)
    with pytest.raises(Missing):
        memberships.decide(house.accounts, desk, wish + 99, True, GROUND, NOON)
    memberships.decide(house.accounts, desk, wish, True, "x" * 200, NOON)


def test_of_two_who_decide_at_once_one_wins(house: House) -> None:
    house.company(CODE)
    wish = memberships.ask(house.accounts, house.person(Role.COMPANY), CODE, NOON)
    pair = [house.person(Role.DESK), house.person(Role.ADMIN)]

    def decide(place: int) -> str:
        try:
            memberships.decide(house.accounts, pair[place], wish, place == 0, GROUND, NOON)
        except Stale:
            return "late"
        return "first"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(decide, (0, 1))) == ["first", "late"]


def test_a_stranger_ends_nobodys_membership(house: House) -> None:
    company = house.company(CODE)
    house.person(Role.COMPANY, companies=(company,))
    with house.database.reading() as session:
        member = session.scalar(select(Membership.id))
    with pytest.raises(Missing):
        memberships.end(house.accounts, house.person(Role.COMPANY), int(member or 0), NOON)


def test_staff_ask_for_no_company_and_unknown_codes_are_said(house: House) -> None:
    house.company(CODE)
    with pytest.raises(Refused, match="wrong_role"):
        memberships.ask(house.accounts, house.person(Role.DESK), CODE, NOON)
    with pytest.raises(Refused, match="company_unknown"):
        memberships.ask(house.accounts, house.person(Role.COMPANY), "91340100MA2ABCDE9X", NOON)


def test_twenty_companies_and_no_more(house: House) -> None:
    person = house.person(Role.COMPANY)
    codes = [f"91340100MA2ABC{number:04}" for number in range(MAX_MEMBERSHIPS + 1)]
    for code in codes:
        house.company(code)
    for code in codes[:-1]:
        memberships.ask(house.accounts, person, code, NOON)
    with pytest.raises(Refused, match="memberships_full"):
        memberships.ask(house.accounts, person, codes[-1], NOON)


# --- consents ------------------------------------------------------------------------------------


def test_a_consent_is_given_once_and_its_end_is_kept(house: House) -> None:
    company = house.company(CODE)
    person = house.person(Role.COMPANY, companies=(company,))

    def allowed() -> frozenset[str]:
        with house.database.reading() as session:
            return consents.allowed(session, company)

    for _ in range(2):
        consents.give(house.accounts, person, company, "税务局", KNOWN, NOON)
    assert allowed() == {"税务局"}
    consents.end(house.accounts, person, company, "税务局", KNOWN, NOON)
    assert allowed() == frozenset()
    consents.give(house.accounts, person, company, "税务局", KNOWN, NOON)
    with house.database.reading() as session:
        kept = consents.history(session, company)
    assert [(one.custodian, one.ended_at) for one in kept] == [("税务局", None), ("税务局", NOON)]


def test_consents_of_many_at_once_leave_one(house: House) -> None:
    company = house.company(CODE)
    person = house.person(Role.COMPANY, companies=(company,))

    def give(_: int) -> None:
        consents.give(house.accounts, person, company, "税务局", KNOWN, NOON)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(give, range(6)))
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Consent)) == 1


def test_consent_is_the_companys_own(house: House) -> None:
    company = house.company(CODE)
    for other in (house.person(Role.COMPANY), house.person(Role.ADMIN), house.person(Role.DESK)):
        with pytest.raises(Missing):
            consents.give(house.accounts, other, company, "税务局", KNOWN, NOON)
        with pytest.raises(Missing):
            consents.end(house.accounts, other, company, "税务局", KNOWN, NOON)
    own = house.person(Role.COMPANY, companies=(company,))
    with pytest.raises(Refused, match="custodian_unknown"):
        consents.give(house.accounts, own, company, "没有这个局", KNOWN, NOON)


# --- pages ---------------------------------------------------------------------------------------


def test_asking_approving_and_consenting_on_the_pages(town: Town) -> None:
    company = town.house.company(CODE)
    person = town.house.person(Role.COMPANY)
    client = town.browser(person)
    desk = town.browser(town.house.person(Role.DESK, second=True))

    wrong = client.post("/account/companies", data={"code": "123"})
    assert wrong.status_code == 422
    assert "登记库里没有这个代码" in wrong.text
    assert client.post("/account/companies", data={"code": CODE}).status_code == 303
    waits = client.get("/account").text
    assert "等核对" in waits
    assert "云岭药业" not in waits, "who was not approved learns nothing of the company"
    assert client.get(f"/account/companies/{company}/consents").status_code == 404

    listed = desk.get("/desk/members").text
    assert "云岭药业有限公司" in listed
    assert person.name in listed
    (form,) = [one for one in parse(listed).all("form") if "/desk/members/" in one.get("action")]
    where = form.get("action")
    assert desk.post(where, data={"then": "approve", "ground": ""}).status_code == 422
    assert desk.post(where, data={"then": "perhaps", "ground": "x"}).status_code == 400
    assert desk.post(where, data={"then": "approve", "ground": GROUND}).status_code == 303
    late = desk.post(where, data={"then": "refuse", "ground": GROUND})
    assert late.status_code == 409

    here = f"/account/companies/{company}/consents"
    assert "税务局" in client.get(here).text
    assert "企业自报" not in client.get(here).text, "what the company says itself needs no consent"
    assert client.post(here, data={"then": "give", "custodian": "税务局x"}).status_code == 422
    custodian = parse(client.get(here).text).all("b")[0].text()
    sent = client.post(here, data={"then": "give", "custodian": custodian})
    assert sent.location == here
    assert "收回" in client.get(here).text

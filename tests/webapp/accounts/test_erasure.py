"""Erasing and keeping: what was said of oneself goes, decisions and the audit stay."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from tests.webapp.accounts.conftest import PASSWORD, House, Town
from tests.webapp.conftest import NOON
from webapp.limits import CONTACT_KEPT, UNUSED_ACCOUNT
from webapp.models import Base
from webapp.services.audit.chain import entry_hash
from webapp.services.cases.lifecycle import STATES
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people import erasure, memberships, users
from webapp.services.people.roles import Actor, Role
from webapp.services.people.sessions import Signed
from webapp.tables.audit import AuditEntry
from webapp.tables.cases import Appeal, CaseAccount, CaseRow, FactSnapshot, FindingRow, Notice
from webapp.tables.people import User
from webapp.tables.registry import FactRow, RuleVersion

CANARY = "金丝雀9527"
CODE = "91340100MA2ABCDE0X"


def everything(house: House) -> str:
    """Give all that any table holds, as one text."""
    with house.database.reading() as session:
        return "\n".join(
            str(value)
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table))
            for value in row
        )


def signed(house: House, person: Actor) -> Signed:
    found = house.accounts.sessions.find(house.token(int(person.id or 0)), NOON)
    assert found is not None
    return found


def audit_holds(house: House) -> bool:
    """Say whether each entry still has the hash that it was written with."""
    with house.database.reading() as session:
        rows = session.execute(select(AuditEntry.__table__).order_by(AuditEntry.place)).mappings()
        return all(entry_hash({**row, "at": row["at"]}) == row["hash"] for row in rows)


def test_an_erased_person_stands_nowhere_any_more(house: House) -> None:
    company = house.company(CODE)
    person = house.person(
        Role.COMPANY, companies=(company,), second=True, login="canary@9527.cn", name=CANARY
    )
    id_ = int(person.id or 0)
    users.new_spares(house.accounts, signed(house, person), "", NOON)
    users.link(house.accounts, signed(house, person), "https://id.example", CANARY, "", NOON)
    with house.database.writing() as session:
        session.execute(
            insert(Notice).values(
                user_id=id_, kind="x", details=f'{{"n":"{CANARY}"}}', made_at=NOON
            )
        )
    assert CANARY in everything(house)

    erasure.erase_person(house.accounts, person, id_, NOON)
    left = everything(house)
    for word in (CANARY, "canary@9527.cn"):
        assert word not in left
    assert house.actor(id_).companies == frozenset()
    assert audit_holds(house)

    admin = house.person(Role.ADMIN)
    with pytest.raises(Refused, match="account_erased"):
        users.enable(house.accounts, admin, id_, NOON)
    again = house.person(Role.COMPANY, login="canary@9527.cn")
    assert again.id != id_, "the login may be used anew"


def test_staff_are_not_erased_and_strangers_erase_nobody(house: House) -> None:
    desk, person = house.person(Role.DESK), house.person(Role.COMPANY)
    with pytest.raises(Refused, match="erase_staff"):
        erasure.erase_person(house.accounts, desk, int(desk.id or 0), NOON)
    for other in (desk, house.person(Role.COMPANY)):
        with pytest.raises(Missing):
            erasure.erase_person(house.accounts, other, int(person.id or 0), NOON)


def test_states_that_are_over_are_states() -> None:
    assert set(erasure.OVER) < set(STATES)
    assert not {STATES[state].money for state in erasure.OVER} & {True}


def add_case(house: House, company: int, state: str, measure: str, by: int) -> int:
    """Put a case into a state, with its finding, an account and a decided appeal with a contact."""
    with house.database.writing() as session:

        def add(row: Any) -> int:
            session.add(row)
            session.flush()
            return int(row.id)

        if session.get(RuleVersion, "v") is None:
            session.add(RuleVersion(version="v", packed=b"", stored_at=NOON))
        snapshot = add(
            FactSnapshot(company_id=company, digest=measure, facts=f"[{measure}]", known_at=NOON)
        )
        finding = add(
            FindingRow(
                company_id=company, measure_id=measure, rules_version="v", snapshot_id=snapshot,
                as_of=NOON.date(), verdict="MET", general="clear", told="", digest="d", made_at=NOON,
            )
        )  # fmt: skip
        case = add(
            CaseRow(
                company_id=company, measure_id=measure, period=2026, state=state,
                finding_id=finding, opened_at=NOON, moved_at=NOON,
            )
        )  # fmt: skip
        session.add(
            CaseAccount(
                case_id=case, holder="云岭", bank="某行", number_sealed=f"sealed {case}",
                last_digits="1234", given_by=by, given_at=NOON,
            )
        )  # fmt: skip
        session.add(
            Appeal(
                case_id=case, kind="appeal", receipt_hash=f"r{case}", statement="…",
                contact_sealed=f"contact {case}", state="upheld", due_on=date(2026, 12, 1),
                made_at=NOON, decided_at=NOON,
            )
        )  # fmt: skip
        return case


def declare(house: House, company: int, value: str, **more: Any) -> int:
    """Let a company say something of itself, or a source that ``more`` names."""
    with house.database.writing() as session:
        row = FactRow(
            company_id=company, attribute="从业人员", value=json.dumps(value), received_at=NOON,
            **{"assurance": "declared", **more},
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def test_accounts_that_no_company_approved_end_after_half_a_year(house: House) -> None:
    company = house.company(CODE)
    unused, desk = house.person(Role.COMPANY, name=CANARY), house.person(Role.DESK)
    used = house.person(Role.COMPANY, companies=(company,))
    asking = house.person(Role.COMPANY)
    memberships.ask(house.accounts, asking, CODE, NOON + UNUSED_ACCOUNT)

    assert erasure.expire(house.accounts, NOON + UNUSED_ACCOUNT)["users"] == 0
    later = NOON + UNUSED_ACCOUNT + timedelta(seconds=1)
    assert erasure.expire(house.accounts, later)["users"] == 1
    assert CANARY not in everything(house)
    with house.database.reading() as session:
        closed = set(session.scalars(select(User.id).where(User.disabled_at.is_not(None))))
    assert closed == {unused.id}
    assert {used.id, desk.id, asking.id}.isdisjoint(closed)


def test_contacts_and_account_numbers_go_a_year_after_the_end(house: House) -> None:
    company = house.company(CODE)
    by = int(house.person(Role.COMPANY, companies=(company,)).id or 0)
    add_case(house, company, "archived", "a/1", by)
    add_case(house, company, "paid", "a/2", by)
    at, after = NOON + CONTACT_KEPT, NOON + CONTACT_KEPT + timedelta(seconds=1)
    found = erasure.expire(house.accounts, at)
    assert (found["contacts"], found["accounts"]) == (0, 0)
    found = erasure.expire(house.accounts, after)
    assert (found["contacts"], found["accounts"]) == (2, 1), "a case that goes on keeps its account"
    assert erasure.expire(house.accounts, after)["contacts"] == 0


def test_over_sessions_go(house: House) -> None:
    house.token(int(house.person(Role.DESK, second=True).id or 0))
    assert erasure.expire(house.accounts, NOON + timedelta(hours=12))["sessions"] == 0
    assert erasure.expire(house.accounts, NOON + timedelta(hours=12, seconds=1))["sessions"] == 1


def test_erasing_on_the_pages_asks_for_the_password(town: Town) -> None:
    company = town.house.company(CODE)
    person = town.house.person(Role.COMPANY, companies=(company,), login="owner")
    client = town.browser(person)
    here = f"/account/companies/{company}/erase"
    assert client.get(here).status_code == 200
    assert client.post(here, data={"old": "wrong"}).status_code == 422
    assert "填报数据 0 条" in client.post(here, data={"old": PASSWORD}).text
    assert client.post("/account/erase", data={"old": "wrong"}).status_code == 422
    assert client.post("/account/erase", data={"old": PASSWORD}).location == "/login"
    assert "账号已注销" in client.get("/login").text
    again = town.visitor().post("/login", data={"login": "owner", "password": PASSWORD})
    assert again.status_code == 422

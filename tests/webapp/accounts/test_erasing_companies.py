"""Erasing a company: what it said of itself is found nowhere any more, save in cases that were paid or go on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.webapp.accounts.conftest import House
from tests.webapp.accounts.test_erasure import CODE, add_case, audit_holds, declare, everything
from tests.webapp.conftest import NOON
from webapp.models import Base
from webapp.services.cases.appeals import OBJECTION
from webapp.services.cases.refusals import Missing
from webapp.services.evidence import Store, looked_at
from webapp.services.people import consents, erasure
from webapp.services.people.roles import Actor, Role
from webapp.services.registry.withheld import withheld
from webapp.tables.calls import Call, CallAnswer
from webapp.tables.cases import Appeal, CaseEvent, Contact, Evidence, FactSnapshot, Note
from webapp.tables.money import PaymentFile, PaymentLine
from webapp.tables.registry import FactConflict, FactRow
from webapp.tables.watch import InboxEvent

CUSTODIANS = frozenset({"税务局", "人社局"})
CASES = {"withdrawn": "a/1", "archived": "a/2", "notified": "a/3"}
"""One that is over without money, one that was paid, one that goes on."""
_CANARY = re.compile(r"金丝雀-\w+-\w+")
GOES = {
    "facts", "fact_conflicts", "fact_snapshots", "findings", "notes", "contacts", "calls",
    "call_answers", "appeals", "evidence", "case_events", "case_accounts", "consents",
    "subscriptions",  # they end, and what the company met is forgotten (tests/webapp/following)
}  # fmt: skip
STAYS = {
    "cases", "payment_lines", "paid", "notices",  # what was decided and paid, and that it was told
    "judgements",  # public acts with a document number
    "company_names",  # the public register
    "memberships",  # the persons' own, erased with their account
    "inbox",  # numbers alone
}  # fmt: skip


def canary(place: str, what: str) -> str:
    return f"金丝雀-{place}-{what}"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "evidence")


def keep(store: Store, house: House, case: int, appeal: int, name: str, data: bytes) -> None:
    """Hand in a file to an appeal."""
    handed = looked_at(f"{name}.pdf", b"%PDF-" + data)
    store.put_aside(handed, b"%PDF-" + data, NOON)
    with store.keeping([handed], house.database), house.database.writing() as session:
        session.add(
            Evidence(
                case_id=case, appeal_id=appeal, file_name=handed.name, size=handed.size,
                media_type=handed.media_type, sha256=handed.sha256, given_at=NOON,
            )
        )  # fmt: skip


def say_in_cases(house: House, store: Store, company: int, by: int) -> dict[str, int]:
    """Let a company say something in a case of each kind; one file lies in two of them."""
    cases = {state: add_case(house, company, state, id_, by) for state, id_ in CASES.items()}
    for state, case in cases.items():
        with house.database.writing() as session:
            appeal = session.scalars(select(Appeal).filter_by(case_id=case)).one()
            appeal.statement, appeal.reply = canary(state, "陈述"), canary(state, "答复")
            appeal.disputed = f'["{canary(state, "指标")}"]'
            id_ = appeal.id
            session.add(
                CaseEvent(
                    case_id=case, place=1, action="decline", before="notified", after="declined",
                    role="company", reason=canary(state, "理由"), at=NOON,
                )
            )  # fmt: skip
        keep(store, house, case, id_, canary(state, "文件"), canary(state, "内容").encode())
        keep(store, house, case, id_, f"{canary(state, '同一文件')}", b"the same")
    pay(house, company, cases["archived"], by)
    return cases


def pay(house: House, company: int, case: int, by: int) -> None:
    with house.database.writing() as session:
        file = PaymentFile(number="1", lines=1, total_fen=1, sha256="", made_by=by, made_at=NOON)
        session.add(file)
        session.flush()
        session.add(
            PaymentLine(
                file_id=file.id, place=1, case_id=case, company_id=company, period=2026,
                measure_id=CASES["archived"], holder="云岭", bank="某行", number_sealed="",
                amount_fen=1, state="paid",
            )
        )  # fmt: skip


def say_to_the_desk(house: House, company: int) -> None:
    by = int(house.person(Role.DESK, second=True).id or 0)
    with house.database.writing() as session:
        made: dict[str, Any] = {"company_id": company, "made_by": by}
        note = Note(kind="phone", text=canary("desk", "笔记"), made_at=NOON, **made)
        session.add(note)
        session.flush()
        session.add(
            Note(
                kind="phone", text=canary("desk", "更正"), corrects_id=note.id, made_at=NOON, **made
            )
        )
        session.add(Contact(measure_id="a/1", note_id=note.id, made_at=NOON, **made))
        call = Call(kind="phone", measure_id=canary("desk", "措施"), started_at=NOON, **made)
        session.add(call)
        session.flush()
        session.add(
            CallAnswer(
                call_id=call.id, place=1, fact=canary("desk", "所问"), outcome="answered",
                how="said", before="{}", after=f'{{"n":"{canary("desk", "所答")}"}}', at=NOON,
            )
        )  # fmt: skip


def left(house: House, store: Store) -> set[str]:
    """Give every canary that the database or a file still holds."""
    told = everything(house) + "".join(
        path.read_bytes().decode("utf-8", "replace")
        for path in store.folder.rglob("*")
        if path.is_file()
    )
    return set(_CANARY.findall(told))


def erase(house: House, store: Store, actor: Actor, company: int) -> erasure.Erased:
    return erasure.erase_company(house.accounts, store, actor, company, CUSTODIANS, NOON)


def test_what_a_company_said_is_found_nowhere_but_in_paid_and_open_cases(
    house: House, store: Store
) -> None:
    company, other = house.company(CODE), house.company("91340100MA2ABCDE1X", "别家")
    owner = house.person(Role.COMPANY, companies=(company,))
    by = int(owner.id or 0)
    declared = declare(house, company, canary("facts", "现在"))
    declare(house, company, canary("facts", "从前"), period="2025", known_until=NOON)
    attested = declare(house, company, "12", assurance="attested", custodian="人社局")
    foreign = declare(house, other, "别家的")
    with house.database.writing() as session:
        session.add(
            FactConflict(company_id=company, first_id=declared, second_id=attested, found_at=NOON)
        )
        session.add(
            FactSnapshot(
                company_id=company, digest="unused", facts=canary("facts", "快照"), known_at=NOON
            )
        )
    say_to_the_desk(house, company)
    cases = say_in_cases(house, store, company, by)
    before = left(house, store)
    assert len({one for one in before if "-withdrawn-" in one}) == 7

    erased = erase(house, store, owner, company)
    assert erased == erasure.Erased(
        facts=2, snapshots=1, notes=2, appeals=1, files=2, contacts=2, accounts=2,
        kept=tuple(sorted(cases.values())),
    )  # fmt: skip
    kept = {one for one in before if "-archived-" in one or "-notified-" in one}
    assert left(house, store) == kept
    assert b"%PDF-the same" in [p.read_bytes() for p in store.folder.rglob("*") if p.is_file()]
    with house.database.reading() as session:
        assert set(session.scalars(select(FactRow.id))) == {attested, foreign}
        assert session.scalars(select(Appeal.statement).order_by(Appeal.id)).first() == (
            erasure.FORGOTTEN
        )
        contacts = set(session.scalars(select(Appeal.contact_sealed)))
        assert contacts == {"", f"contact {cases['notified']}"}, "the case could not go on"
    assert audit_holds(house)
    assert erase(house, store, owner, company).files == 0, "a second time changes nothing"


def test_all_consents_are_taken_back_and_the_watch_is_told(house: House, store: Store) -> None:
    company = house.company(CODE)
    owner = house.person(Role.COMPANY, companies=(company,))
    for custodian in ("税务局", "科技局"):  # one that no rule knows any more
        known = CUSTODIANS | {custodian}
        consents.give(house.accounts, owner, company, custodian, known, NOON)
    erase(house, store, owner, company)
    with house.database.reading() as session:
        assert withheld(session, company) == CUSTODIANS | {"科技局"}
        events = session.scalars(select(InboxEvent.kind).filter_by(company_id=company)).all()
    assert consents.EVENT in events


def test_what_others_say_of_a_case_is_theirs(house: House, store: Store) -> None:
    company = house.company(CODE)
    owner = house.person(Role.COMPANY, companies=(company,))
    case = add_case(house, company, "withdrawn", "a/1", int(owner.id or 0))
    with house.database.writing() as session:
        plea = session.scalars(select(Appeal)).one()
        plea.kind, plea.statement = OBJECTION, canary("objection", "陈述")
        id_ = plea.id
    keep(store, house, case, id_, canary("objection", "文件"), b"theirs")
    assert erase(house, store, owner, company).appeals == 0
    assert left(house, store) == {canary("objection", "陈述"), canary("objection", "文件")}


def test_every_table_about_companies_is_decided_on() -> None:
    about = {"companies", "cases", "appeals", "calls", "notes", "company_names"}
    found = {
        table.name
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name in about
    }
    assert found == GOES | STAYS


def test_only_its_own_people_and_administrators_erase_a_company(house: House, store: Store) -> None:
    company = house.company(CODE)
    for other in (house.person(Role.COMPANY), house.person(Role.DESK), house.person(Role.AUDITOR)):
        with pytest.raises(Missing):
            erase(house, store, other, company)
    erase(house, store, house.person(Role.ADMIN), company)

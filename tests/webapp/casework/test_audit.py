"""The audit chain: nothing changed, removed, put in or cut off stays unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.webapp.casework.conftest import KEY, Office
from webapp.services.audit.chain import Deed, append, entry_hash
from webapp.services.audit.verify import Head, Signer, Verified, keep_head, verify
from webapp.services.cases.refusals import Refused
from webapp.services.people.roles import SYSTEM, Role

ENTRIES = 6


@pytest.fixture
def trail(office: Office) -> Office:
    """An office with six entries in its trail."""
    with office.work.database.writing() as session:
        for number in range(ENTRIES):
            deed = Deed("test.note", "thing", str(number), after=office.work.sealer.digest(number))
            append(session, SYSTEM, Role.SYSTEM.value, deed, office.now)
    return office


def checked(office: Office, *heads: Head) -> Verified:
    with office.work.database.reading() as session:
        return verify(session, Signer(KEY), heads)


def tampered(office: Office, statement: str) -> None:
    """Change the table as somebody with the database's own rights would."""
    with office.work.database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER audit_no_update"))
            connection.execute(text("DROP TRIGGER audit_no_delete"))
        else:
            connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER audit_only_added"))
        connection.execute(text(statement))


def codes(found: Verified) -> set[str]:
    return {flaw.code for flaw in found.flaws}


def kept(office: Office) -> Head:
    with office.work.database.writing() as session:
        head = keep_head(session, Signer(KEY), office.today + timedelta(days=1))
    assert head is not None
    return head


def test_an_untouched_trail_is_whole(trail: Office) -> None:
    assert checked(trail) == Verified(ENTRIES, 0, ())


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"]
)
def test_the_database_refuses_to_change_what_was_noted(trail: Office, statement: str) -> None:
    with (
        pytest.raises(DBAPIError, match="only added to"),
        trail.work.database.engine.begin() as connection,
    ):
        connection.execute(text(statement))
    assert checked(trail).flaws == ()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE audit_entries SET result = 'refused' WHERE place = 3", "changed"),
        ("UPDATE audit_entries SET role = 'admin' WHERE place = 1", "changed"),
        ("DELETE FROM audit_entries WHERE place = 3", "gap"),
        ("DELETE FROM audit_entries WHERE place = 1", "gap"),
        (
            "INSERT INTO audit_entries SELECT 7, at, actor, role, action, object, object_id, result,"
            " request, before, after, algorithm, previous, hash FROM audit_entries WHERE place = 6",
            "broken",
        ),
        ("DELETE FROM audit_entries WHERE place = 6", "end_differs"),
    ],
)
def test_a_change_behind_the_program_s_back_is_found(
    trail: Office, statement: str, code: str
) -> None:
    tampered(trail, statement)
    assert code in codes(checked(trail))


def test_a_cut_tail_with_a_mended_end_is_found_with_a_head(trail: Office) -> None:
    head = kept(trail)
    tampered(trail, "DELETE FROM audit_entries WHERE place > 4")
    with trail.work.database.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE audit_head SET place = 4,"
                " hash = (SELECT hash FROM audit_entries WHERE place = 4)"
            )
        )
        connection.execute(text("DELETE FROM audit_daily_heads"))
    assert checked(trail).flaws == ()  # without the head that was kept elsewhere it looks whole
    assert codes(checked(trail, head)) == {"tail_cut"}


def test_a_trail_written_anew_is_found_with_a_head(trail: Office) -> None:
    head = kept(trail)
    forged = Head(head.day, head.place, entry_hash({"at": trail.now}), head.signature)
    assert codes(checked(trail, forged)) == {"head_forged", "head_differs"}


def test_a_day_s_head_never_changes(trail: Office) -> None:
    first = kept(trail)
    with trail.work.database.writing() as session:
        append(session, SYSTEM, Role.SYSTEM.value, Deed("test.note", "thing", "7"), trail.now)
    assert kept(trail) == first


def test_a_refused_move_is_noted_too(office: Office) -> None:
    case = office.open(office.company("91440300MA0000001X", "深圳示例科技有限公司"))
    with pytest.raises(Refused, match="wrong_role"):
        office.do(case, "compare", Role.FINANCE)
    with office.work.database.reading() as session:
        last = session.execute(
            text("SELECT action, result FROM audit_entries ORDER BY place DESC LIMIT 1")
        ).one()
    assert tuple(last) == ("case.compare", "refused:wrong_role")

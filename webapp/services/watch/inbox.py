"""The durable inbox: what changed about which company, written in the commit of the change itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from typing import cast as typed

from sqlalchemy import CursorResult, String, cast, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

from webapp.models import UtcTime
from webapp.services.cases.refusals import Refused
from webapp.services.registry.companies import by_codes
from webapp.tables.registry import CompanyRow
from webapp.tables.watch import InboxEvent, Sweep

MAX_TRIES = 5
"""How often an event is tried before it is set aside."""
_AT_ONCE = 10_000
"""Companies that one statement names; SQLite takes at most some thirty thousand values."""


def insert_new(
    session: Session, table: type[DeclarativeBase], rows: Sequence[dict[str, Any]]
) -> None:
    """Insert rows; those whose key is there already are left as they are."""
    if rows:
        session.execute(_inserting(session, table).on_conflict_do_nothing(), list(rows))


def _inserting(session: Session, table: type[DeclarativeBase]) -> Any:
    dialect = session.get_bind().dialect.name
    return (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)


def note(session: Session, companies: Iterable[int], kind: str, key: str, now: datetime) -> None:
    """Note that something of companies changed; the same key counts once for each company."""
    wanted = sorted(set(companies))
    own = literal(f"{key}:", String) + cast(CompanyRow.id, String)
    events = select(
        own, CompanyRow.id, literal(kind), literal(now, UtcTime), literal(0), literal("")
    )
    for first in range(0, len(wanted), _AT_ONCE):
        some = events.where(CompanyRow.id.in_(wanted[first : first + _AT_ONCE]))
        names = ["key", "company_id", "kind", "received_at", "tries", "failure"]
        made = _inserting(session, InboxEvent).from_select(names, some.order_by(CompanyRow.id))
        session.execute(made.on_conflict_do_nothing())


def note_code(session: Session, code: str, kind: str, key: str, now: datetime) -> None:
    """Note an event that names a company by code; an unknown one is refused."""
    found = by_codes(session, [code])
    if not found:
        raise Refused("company_unknown")
    note(session, [row.id for row in found.values()], kind, key, now)


def sweep(session: Session, key: str, kind: str, now: datetime) -> None:
    """Ask for a look at many companies; the same key counts once."""
    insert_new(
        session, Sweep, [{"key": key, "kind": kind, "reached": 0, "made_at": now, "done_at": None}]
    )


def waiting(session: Session, limit: int) -> Sequence[InboxEvent]:
    """List the events to work on: those never tried first, each in the order of arrival."""
    return session.scalars(
        select(InboxEvent)
        .where(InboxEvent.done_at.is_(None), InboxEvent.tries < MAX_TRIES)
        .order_by(InboxEvent.tries, InboxEvent.id)
        .limit(limit)
    ).all()


def events_of(session: Session, companies: Iterable[int]) -> dict[int, list[int]]:
    """Give all events of companies that are to be worked on: one look at a company serves them all."""
    found: dict[int, list[int]] = {}
    rows = session.execute(
        select(InboxEvent.company_id, InboxEvent.id)
        .where(
            InboxEvent.company_id.in_(set(companies)),
            InboxEvent.done_at.is_(None),
            InboxEvent.tries < MAX_TRIES,
        )
        .order_by(InboxEvent.id)
    )
    for company, event in rows:
        found.setdefault(company, []).append(event)
    return found


def count_waiting(session: Session) -> int:
    """Count the events that still have to be worked on."""
    counted = select(func.count()).where(InboxEvent.done_at.is_(None), InboxEvent.tries < MAX_TRIES)
    return session.scalar(counted) or 0


def set_aside(session: Session, limit: int = 100) -> Sequence[InboxEvent]:
    """List the events that failed too often, the oldest first."""
    return session.scalars(
        select(InboxEvent)
        .where(InboxEvent.done_at.is_(None), InboxEvent.tries >= MAX_TRIES)
        .order_by(InboxEvent.id)
        .limit(limit)
    ).all()


def failed(session: Session, events: Sequence[int], failure: str) -> None:
    """Count a failed try and keep its reason, which names no value."""
    session.execute(
        update(InboxEvent)
        .where(InboxEvent.id.in_(events), InboxEvent.done_at.is_(None))
        .values(tries=InboxEvent.tries + 1, failure=failure)
    )


def try_again(session: Session) -> int:
    """Take what was set aside back into work; gives the number of events."""
    statement = (
        update(InboxEvent)
        .where(InboxEvent.done_at.is_(None), InboxEvent.tries >= MAX_TRIES)
        .values(tries=0)
    )
    return int(typed("CursorResult[Any]", session.execute(statement)).rowcount)


def finish(session: Session, events: Sequence[int], now: datetime) -> bool:
    """Mark events as done, in the commit of their effect; False where another was first."""
    statement = (
        update(InboxEvent)
        .where(InboxEvent.id.in_(events), InboxEvent.done_at.is_(None))
        .values(done_at=now)
        .execution_options(synchronize_session=False)
    )
    return typed("CursorResult[Any]", session.execute(statement)).rowcount == len(events)

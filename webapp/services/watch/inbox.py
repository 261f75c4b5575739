"""The durable inbox: what changed about which company, written in the commit of the change itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

from webapp.services.cases.refusals import Refused
from webapp.services.registry.companies import by_codes
from webapp.tables.watch import InboxEvent, Sweep

MAX_TRIES = 5
"""How often an event is tried before it is set aside."""


def insert_new(
    session: Session, table: type[DeclarativeBase], rows: Sequence[dict[str, Any]]
) -> None:
    """Insert rows; those whose key is there already are left as they are."""
    if not rows:
        return
    dialect = session.get_bind().dialect.name
    make: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    session.execute(make(table).on_conflict_do_nothing(), list(rows))


def note(session: Session, companies: Iterable[int], kind: str, key: str, now: datetime) -> None:
    """Note that something of companies changed; the same key counts once for each company."""
    rows = [
        {
            "key": f"{key}:{company}",
            "company_id": company,
            "kind": kind,
            "received_at": now,
            "tries": 0,
            "failure": "",
        }
        for company in sorted(set(companies))
    ]
    insert_new(session, InboxEvent, rows)


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
    return int(cast("CursorResult[Any]", session.execute(statement)).rowcount)


def finish(session: Session, events: Sequence[int], now: datetime) -> bool:
    """Mark events as done, in the commit of their effect; False where another was first."""
    statement = (
        update(InboxEvent)
        .where(InboxEvent.id.in_(events), InboxEvent.done_at.is_(None))
        .values(done_at=now)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == len(events)

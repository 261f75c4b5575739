"""Searching the audit from its end backwards, by place, a bounded stretch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.command_input import CHINA
from webapp.limits import AUDIT_LOOKED, PAGE_SIZE
from webapp.tables.api import ApiKey
from webapp.tables.audit import AuditEntry, AuditHead, DailyHead
from webapp.tables.people import User

_ONE = timedelta(days=1)
_USER, _KEY = "user:", "key:"


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: who (a login, ``user:7``, ``key:3``, ``system``), an action's beginning, a thing, a day."""

    actor: str = ""
    action: str = ""
    object: str = ""
    object_id: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a search found, the newest first; ``before`` is where to go on, None at the beginning.

    ``cut`` says that the stretch ended before a page was full.
    """

    entries: Sequence[AuditEntry]
    before: int | None
    cut: bool
    known: bool = True


def end_of(session: Session) -> int:
    """Give the place of the newest entry."""
    head = session.get(AuditHead, 1)
    return 0 if head is None else head.place


def seek(session: Session, sought: Sought, before: int | None = None) -> Stretch:
    """Find entries below a place; at most `AUDIT_LOOKED` are gone through."""
    actor = _actor(session, sought.actor)
    if actor is None:
        return Stretch((), None, cut=False, known=False)
    top, bottom = _bounds(session, sought.day)
    start = min(before or top + 1, top + 1)
    floor = max(start - AUDIT_LOOKED, bottom + 1)
    wanted = select(AuditEntry).where(AuditEntry.place < start, AuditEntry.place >= floor)
    if actor:
        wanted = wanted.where(AuditEntry.actor == actor)
    if sought.action:
        wanted = wanted.where(AuditEntry.action.startswith(sought.action, autoescape=True))
    for column, value in (
        (AuditEntry.object, sought.object),
        (AuditEntry.object_id, sought.object_id),
    ):
        if value:
            wanted = wanted.where(column == value)
    if sought.day is not None:
        wanted = wanted.where(
            AuditEntry.at >= _midnight(sought.day), AuditEntry.at < _midnight(sought.day + _ONE)
        )
    rows = session.scalars(wanted.order_by(AuditEntry.place.desc()).limit(PAGE_SIZE + 1)).all()
    if len(rows) > PAGE_SIZE:
        return Stretch(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].place, cut=False)
    more = floor > bottom + 1
    return Stretch(rows, floor if more else None, cut=more)


def names(session: Session, actors: Sequence[str]) -> dict[str, str]:
    """Give the names of people and of API keys that entries know by number."""
    found: dict[str, str] = {}
    for table, kind in ((User, _USER), (ApiKey, _KEY)):
        ids = {int(one.removeprefix(kind)) for one in actors if one.startswith(kind)}
        if ids:
            rows = session.execute(select(table.id, table.name).where(table.id.in_(ids)))
            found |= {f"{kind}{id_}": name for id_, name in rows}
    return found


def heads(session: Session, limit: int = 400) -> Sequence[DailyHead]:
    """List the heads of the last days, the newest first."""
    return session.scalars(select(DailyHead).order_by(DailyHead.day.desc()).limit(limit)).all()


def _actor(session: Session, said: str) -> str | None:
    """Give an actor as entries name it, "" for anyone, None for a login that nobody has."""
    said = said.strip()
    if not said or said.startswith((_USER, _KEY)) or said in ("system", "visitor"):
        return said
    user = session.scalar(select(User.id).where(User.login == said.casefold()))
    return None if user is None else f"{_USER}{user}"


def _bounds(session: Session, day: date | None) -> tuple[int, int]:
    """Give the last place that a day may have and the last of the days before, as far as heads tell."""
    end = end_of(session)
    if day is None:
        return end, 0

    heads_at = select(DailyHead.place).limit(1)
    top = session.scalar(heads_at.where(DailyHead.day >= day).order_by(DailyHead.day))
    bottom = session.scalar(heads_at.where(DailyHead.day < day).order_by(DailyHead.day.desc()))
    return end if top is None else top, bottom or 0


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)

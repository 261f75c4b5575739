"""What concerns many companies -> inbox events, a slice at a time, so that fresh events wait little.

A day's sweep looks at companies with a case under way, at those that somebody follows for, and at those for
whom a date of their facts has come or gone: a certificate granted or expired, an anniversary. New rules, lists
and parameters, measures and parameters that begin to count, the first of a month and days that were missed
look at everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, func, or_, select, update
from sqlalchemy.orm import Session

from webapp.services import failpoints
from webapp.services.following.subscriptions import followed
from webapp.services.registry.decided import counting
from webapp.services.registry.decisions import EVERYBODY
from webapp.services.watch import inbox
from webapp.services.watch.glance import Glance, under_way
from webapp.tables.registry import CompanyRow, FactRow, ParameterValue
from webapp.tables.watch import Sweep

DAY = "day"
SLICE = 2_000
"""Companies that one step goes through."""
ENOUGH = 2_000
"""With so many events waiting no more are added."""
_ONE = timedelta(days=1)


def begin_day(session: Session, today: date, now: datetime, *, everybody: bool = False) -> None:
    """Ask for the look at a new day, once; after missed days at everybody."""
    key = f"{DAY}:{today.isoformat()}"
    newest = session.scalar(
        select(func.max(Sweep.key)).where(Sweep.key.startswith(f"{DAY}:"), Sweep.key < key)
    )
    followed = newest == f"{DAY}:{(today - _ONE).isoformat()}"
    parameter = select(ParameterValue.id).where(
        ParameterValue.first_day == today, *counting(ParameterValue, None)
    )
    begins = session.scalars(parameter.limit(1)).first() is not None
    all_ = everybody or begins or not followed or today.day == 1
    inbox.sweep(session, key, EVERYBODY if all_ else DAY, now)


def begin_rules(session: Session, version: str, now: datetime) -> None:
    """Ask for the look at everybody under new rules, once a version."""
    inbox.sweep(session, f"rules:{version}", EVERYBODY, now)


def pending(session: Session) -> Sweep | None:
    """Give the oldest sweep that is not done."""
    return session.scalars(
        select(Sweep).where(Sweep.done_at.is_(None)).order_by(Sweep.made_at, Sweep.key).limit(1)
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class Slice:
    """Some companies that a sweep goes through: after which one, up to which, and those to look at."""

    key: str
    kind: str
    after: int
    last: int
    chosen: frozenset[int]
    ends: bool


def next_slice(session: Session, glance: Glance) -> Slice | None:
    """Choose whom to look at in the next slice of the oldest sweep; None where there is nothing to do now.

    What changes about a company meanwhile is an event of its own.
    """
    found = pending(session)
    if found is None or inbox.count_waiting(session) >= ENOUGH:
        return None
    window = session.scalars(
        select(CompanyRow).where(CompanyRow.id > found.reached).order_by(CompanyRow.id).limit(SLICE)
    ).all()
    if found.kind == EVERYBODY:
        chosen = glance.hinted(session, window)
    else:
        chosen = _of_the_day(session, window, _day_of(found, glance.today))
    last = window[-1].id if window else found.reached
    return Slice(found.key, found.kind, found.reached, last, frozenset(chosen), len(window) < SLICE)


def write(session: Session, slice_: Slice, now: datetime) -> None:
    """Make the events of a slice, once, and write how far the sweep is."""
    changes: dict[str, Any] = {"reached": slice_.last}
    if slice_.ends:
        changes["done_at"] = now
    moved = (
        update(Sweep)
        .where(Sweep.key == slice_.key, Sweep.reached == slice_.after, Sweep.done_at.is_(None))
        .values(**changes)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", session.execute(moved)).rowcount == 1:
        inbox.note(session, slice_.chosen, slice_.kind, slice_.key, now)
        failpoints.reach("watch.sweep")


def _day_of(found: Sweep, today: date) -> date:
    try:
        return date.fromisoformat(found.key.removeprefix(f"{DAY}:"))
    except ValueError:
        return today


def _of_the_day(session: Session, window: Sequence[CompanyRow], day: date) -> set[int]:
    if not window:
        return set()
    first, last = window[0].id, window[-1].id
    before = day - _ONE
    # Dates stand in the values as text; the year is left out, so that anniversaries are found too.
    dated = select(FactRow.company_id).where(
        FactRow.company_id.between(first, last),
        FactRow.known_until.is_(None),
        or_(
            FactRow.valid_from == day,
            FactRow.valid_to == before,
            FactRow.value.contains(f"-{day:%m-%d}"),
            FactRow.value.contains(f"-{before:%m-%d}"),
        ),
    )
    wanted = under_way(session, first, last) | followed(session, first, last)
    return wanted | set(session.scalars(dated))

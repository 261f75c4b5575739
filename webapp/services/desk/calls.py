"""A service from its beginning to its end: whom somebody serves, and what was asked so far."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.database import retrying
from webapp.services.audit.chain import Deed, append
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.desk.service import COMPANY, Desk, company_of, role_of
from webapp.services.people.roles import Actor, Permission
from webapp.tables.calls import Call, CallAnswer


class Channel(StrEnum):
    """How a company was spoken to."""

    PHONE = "phone"
    WINDOW = "window"
    VISIT = "visit"


class Outcome(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    UNSURE = "unsure"
    SKIPPED = "skipped"


class How(StrEnum):
    """How an answer was given. Seen on paper is noted; it is declared all the same."""

    SAID = "said"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a service, with how many measures stood where before and after it."""

    place: int
    fact: str
    outcome: Outcome
    how: How
    measure: str
    before: dict[str, Any]
    after: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Service:
    """A service: its record so far."""

    id: int
    company: int
    channel: Channel
    measure: str
    started: datetime
    ended: datetime | None
    asked: tuple[Asked, ...]

    @property
    def passed_over(self) -> tuple[str, ...]:
        """The questions that were not answered when they were last asked: they are not asked again."""
        last = {one.fact: one.outcome for one in self.asked}
        return tuple(fact for fact, outcome in last.items() if outcome is not Outcome.ANSWERED)


def begin(
    desk: Desk,
    actor: Actor,
    company: int,
    now: datetime,
    channel: Channel = Channel.PHONE,
    measure: str | None = None,
) -> Service:
    """Begin to serve a company, or go on where this person serves it already.

    ``measure`` None leaves the chosen measure as it is; "" looks at all. Raises `Missing`, `Refused`.
    """
    allow(actor)

    def unit() -> Service:
        with desk.database.writing() as session:
            company_of(session, company)
            row = open_call(session, actor, company)
            if row is None:
                row = Call(
                    company_id=company,
                    made_by=actor.id,
                    kind=channel.value,
                    measure_id=measure or "",
                    started_at=now,
                )
                session.add(row)
                session.flush()
                deed = Deed("company.serve", COMPANY, str(company))
                append(session, actor, role_of(actor), deed, now)
            elif measure is not None and row.measure_id != measure:
                row.measure_id = measure
            return service_of(session, row)

    try:
        return retrying(unit)
    except IntegrityError:  # another tab was first; its service is this one's too
        return retrying(unit)


def current(session: Session, actor: Actor, company: int) -> Service | None:
    """Give the open service of a person and a company."""
    row = open_call(session, actor, company)
    return None if row is None else service_of(session, row)


def latest(session: Session, actor: Actor, company: int) -> Service | None:
    """Give the newest service of a person and a company, open or ended."""
    wanted = select(Call).where(Call.company_id == company, Call.made_by == actor.id)
    row = session.scalars(wanted.order_by(Call.id.desc()).limit(1)).first()
    return None if row is None else service_of(session, row)


def end(desk: Desk, actor: Actor, company: int, now: datetime) -> bool:
    """End the service of a company; says whether one was open."""

    def unit() -> bool:
        with desk.database.writing() as session:
            statement = (
                update(Call)
                .where(
                    Call.company_id == company, Call.made_by == actor.id, Call.ended_at.is_(None)
                )
                .values(ended_at=now)
            )
            ended = cast("CursorResult[Any]", session.execute(statement)).rowcount > 0
            if ended:
                deed = Deed("company.served", COMPANY, str(company))
                append(session, actor, role_of(actor), deed, now)
            return ended

    return retrying(unit)


def allow(actor: Actor) -> None:
    """Raise `Refused` where somebody may not serve companies."""
    if actor.id is None or not actor.may(Permission.COMPANIES_CHECK):
        raise Refused("not_allowed")


def open_call(session: Session, actor: Actor, company: int) -> Call | None:
    """Give the row of a person's open service of a company."""
    return session.scalars(
        select(Call).where(
            Call.company_id == company, Call.made_by == actor.id, Call.ended_at.is_(None)
        )
    ).one_or_none()


def own_call(session: Session, actor: Actor, company: int) -> Call:
    """Give the row of a person's open service of a company, or raise `Missing`."""
    row = open_call(session, actor, company)
    if row is None:
        raise Missing
    return row


def service_of(session: Session, row: Call) -> Service:
    """Give a service with all that was asked."""
    answers = session.scalars(
        select(CallAnswer).where(CallAnswer.call_id == row.id).order_by(CallAnswer.place)
    )
    return Service(
        row.id,
        row.company_id,
        Channel(row.kind),
        row.measure_id,
        row.started_at,
        row.ended_at,
        _asked(answers.all()),
    )


def _asked(rows: Sequence[CallAnswer]) -> tuple[Asked, ...]:
    return tuple(
        Asked(
            row.place,
            row.fact,
            Outcome(row.outcome),
            How(row.how),
            row.measure_id,
            json.loads(row.before),
            json.loads(row.after),
            row.at,
        )
        for row in rows
    )

"""Checking the audit chain a stretch at a time, so that no request takes long; where it stands is stored.

A check goes from the first entry to the end that the chain had when it came there. The stretch after a
pause begins with the hash that the one before ended with, so nothing between them goes unseen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.database import Database, retrying
from webapp.limits import AUDIT_CHECKED
from webapp.services.audit.chain import EMPTY, Deed, append
from webapp.services.audit.verify import Flaw, Head, Signer, flaws_of
from webapp.services.cases.refusals import Refused
from webapp.services.people.roles import Actor, Permission
from webapp.tables.audit import AuditCheck, AuditEntry, AuditHead, DailyHead

MAX_FLAWS = 200
"""Flaws that a check keeps; the first ones tell where to look."""


@dataclass(frozen=True, slots=True)
class Check:
    """How far a check is, or how it ended."""

    reached: int
    end: int
    flaws: tuple[Flaw, ...]
    begun_at: datetime
    finished_at: datetime | None


def checks(session: Session) -> tuple[Check | None, Check | None]:
    """Give the check that goes on, and the last that ended."""
    newest = select(AuditCheck).order_by(AuditCheck.id.desc()).limit(1)
    going = session.scalars(newest.where(AuditCheck.finished_at.is_(None))).one_or_none()
    ended = session.scalars(newest.where(AuditCheck.finished_at.is_not(None))).one_or_none()
    end = _end(session)[0]
    return (
        None if going is None else _check(going, end),
        None if ended is None else _check(ended, ended.reached),
    )


def go_on(database: Database, signer: Signer, actor: Actor, now: datetime) -> Check:
    """Check the next stretch of the chain; begins anew where no check goes on."""
    if not actor.may(Permission.AUDIT_READ) or actor.id is None:
        raise Refused("not_allowed")

    def unit() -> Check:
        with database.writing() as session:
            row = session.scalars(
                select(AuditCheck)
                .where(AuditCheck.finished_at.is_(None))
                .order_by(AuditCheck.id.desc())
                .limit(1)
                .with_for_update()
            ).one_or_none()
            if row is None:
                row = AuditCheck(begun_by=actor.id, begun_at=now, reached=0, hash=EMPTY, flaws="[]")
                session.add(row)
                session.flush()
                deed = Deed("audit.verify", "audit", str(row.id))
                append(session, actor, min(actor.roles).value, deed, now)
            _stretch(session, signer, row, now)
            return _check(row, _end(session)[0])

    return retrying(unit)


def _stretch(session: Session, signer: Signer, row: AuditCheck, now: datetime) -> None:
    # What is written meanwhile lies beyond the end, which is read after the last place of all.
    top = session.scalar(select(func.max(AuditEntry.place))) or 0
    end = _end(session)
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.place > row.reached, AuditEntry.place <= end[0])
        .order_by(AuditEntry.place)
        .limit(AUDIT_CHECKED)
    ).all()
    found: list[Flaw] = []
    last, previous = row.reached, row.hash
    for entry in entries:
        found += flaws_of(entry, last, previous)
        last, previous = entry.place, entry.hash
    found += _heads(session, signer, row.reached, last)
    row.reached, row.hash = last, previous
    if len(entries) < AUDIT_CHECKED:
        found += [Flaw("tail_cut", place) for place in _beyond(session, last)]
        if (last, previous) != end or top > end[0]:
            found.append(Flaw("end_differs", last))
        row.finished_at = now
    kept = [Flaw(code, place) for code, place in json.loads(row.flaws)]
    every = list(dict.fromkeys([*kept, *found]))[:MAX_FLAWS]
    row.flaws = json.dumps([[flaw.code, flaw.place] for flaw in every])


def _heads(session: Session, signer: Signer, after: int, last: int) -> list[Flaw]:
    """Compare the signed heads of days with the entries of a stretch."""
    rows = session.execute(
        select(DailyHead, AuditEntry.hash)
        .join(AuditEntry, AuditEntry.place == DailyHead.place, isouter=True)
        .where(DailyHead.place > after, DailyHead.place <= last)
    )
    found = []
    for head, there in rows:
        if not signer.signed(Head(head.day, head.place, head.hash, head.signature)):
            found.append(Flaw("head_forged", head.place))
        if there is not None and there != head.hash:
            found.append(Flaw("head_differs", head.place))
    return found


def _beyond(session: Session, last: int) -> list[int]:
    return list(session.scalars(select(DailyHead.place).where(DailyHead.place > last)))


def _end(session: Session) -> tuple[int, str]:
    head = session.get(AuditHead, 1, populate_existing=True)
    return (0, EMPTY) if head is None else (head.place, head.hash)


def _check(row: AuditCheck, end: int) -> Check:
    flaws = tuple(Flaw(code, place) for code, place in json.loads(row.flaws))
    return Check(row.reached, end, flaws, row.begun_at, row.finished_at)

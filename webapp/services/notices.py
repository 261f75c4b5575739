"""What a company is told: written in the same commit as what it tells, shown with what was read.

What somebody follows is told to that person alone, about the company or, to staff, about none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from webapp.database import Database, retrying
from webapp.services.cases.refusals import Missing
from webapp.services.people.roles import Actor, Permission
from webapp.tables.cases import CaseRow, Notice

NOTIFIED = (
    "notify",
    "remind",
    "rules_arrive",
    "object",
    "suspend",
    "resume",
    "withdraw",
    "fail",
    "arrive",
    "stand",
    "recover",
)
"""The moves of a case that its company is told of, in `webapp.services.cases.effects`."""
DECIDED = ("appeal.upheld", "appeal.rejected", "objection.upheld", "objection.rejected")
"""What came of the company's own appeal (申诉), or of an objection (异议) to its case."""
FOLLOWED_RULES, FOLLOWED_MET, FOLLOWED_DAY = "following.rules", "following.met", "following.day"
"""What came of a theme that somebody follows: changed rules, measures newly met, cases opened on a day."""
KINDS = (
    *(f"case.{action}" for action in NOTIFIED),
    *DECIDED,
    FOLLOWED_RULES,
    FOLLOWED_MET,
    FOLLOWED_DAY,
)
"""Every kind that is written; each has its words, ``notice.<kind>`` in the translations."""


@dataclass(frozen=True, slots=True)
class Told:
    """One notice: its kind, the case and the measure that it is about, when it was made and read.

    ``details`` hold what else it tells, such as ``state``: where the case stood, where that says what is next.
    """

    id: int
    kind: str
    case: int | None
    measure: str
    made_at: datetime
    read: bool
    details: Mapping[str, Any]

    @property
    def state(self) -> str:
        """Where the case stood then, for kinds of which that is what happens next."""
        return str(self.details.get("state", ""))


def tell(
    session: Session, company: int, kind: str, case: int, now: datetime, **details: str
) -> None:
    """Write a notice to a company; it is there once what it tells of is."""
    session.execute(
        insert(Notice).values(
            company_id=company,
            case_id=case,
            kind=kind,
            details=json.dumps(details, ensure_ascii=False),
            made_at=now,
        )
    )


def tell_person(
    session: Session,
    key: str,
    kind: str,
    person: int,
    company: int | None,
    details: Mapping[str, Any],
    now: datetime,
) -> int | None:
    """Write a notice to a person and give its number; None where the same key was told before."""
    if session.scalar(select(Notice.id).where(Notice.key == key)) is not None:
        return None
    # Of two at the same moment the database refuses one, whose whole unit is run again and ends above.
    row = Notice(
        key=key,
        kind=kind,
        user_id=person,
        company_id=company,
        details=json.dumps(details, ensure_ascii=False),
        made_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def told(session: Session, company: int | None, person: int | None = None) -> list[Told]:
    """List what a company was told, with what is for this person of it; without a company what staff is told."""
    rows = session.execute(
        select(Notice, CaseRow.measure_id)
        .outerjoin(CaseRow, Notice.case_id == CaseRow.id)
        .where(_theirs(company, person))
        .order_by(Notice.id.desc())
    )
    return [
        Told(
            row.id,
            row.kind,
            row.case_id,
            measure or "",
            row.made_at,
            row.read_at is not None,
            json.loads(row.details),
        )
        for row, measure in rows
    ]


def unread(session: Session, companies: Sequence[int], person: int | None = None) -> dict[int, int]:
    """Count what each company, and this person for it, has not read."""
    rows = session.execute(
        select(Notice.company_id, func.count())
        .where(Notice.company_id.in_(companies), _for(person), Notice.read_at.is_(None))
        .group_by(Notice.company_id)
    )
    return {company: n for company, n in rows if company is not None}


def unread_by_staff(session: Session, person: int) -> int:
    """Count what somebody of staff has not read."""
    mine = select(func.count()).where(_theirs(None, person), Notice.read_at.is_(None))
    return session.scalar(mine) or 0


def mark_read(
    database: Database, actor: Actor, company: int | None, notice: int | None, now: datetime
) -> int | None:
    """Mark one notice as read, or all of a company's, or of staff's; give the case of the one. Raises `Missing`."""
    may = Permission.DESK if company is None else Permission.OWN_COMPANY
    if not actor.may(may, company):
        raise Missing
    mine = [_theirs(company, actor.id)]
    if notice is not None:
        mine.append(Notice.id == notice)

    def unit() -> int | None:
        with database.writing() as session:
            row = session.scalars(select(Notice).where(*mine)).first() if notice else None
            if notice is not None and row is None:
                raise Missing
            session.execute(
                update(Notice).where(*mine, Notice.read_at.is_(None)).values(read_at=now)
            )
            return None if row is None else row.case_id

    return retrying(unit)


def _for(person: int | None) -> ColumnElement[bool]:
    return or_(Notice.user_id.is_(None), Notice.user_id == person)


def _theirs(company: int | None, person: int | None) -> ColumnElement[bool]:
    """Say of a notice that it is a company's, or a person's for it; without a company that it is a person's alone."""
    if company is None:
        return and_(Notice.company_id.is_(None), Notice.user_id == person)
    return and_(Notice.company_id == company, _for(person))

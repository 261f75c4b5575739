"""What a company is told: written in the same commit as what it tells, shown with what was read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
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
KINDS = (*(f"case.{action}" for action in NOTIFIED), *DECIDED)
"""Every kind that is written; each has its words, ``notice.<kind>`` in the translations."""


@dataclass(frozen=True, slots=True)
class Told:
    """One notice: its kind, the case and the measure that it is about, when it was made and read.

    ``state`` is where the case stood then, for kinds of which that is what happens next.
    """

    id: int
    kind: str
    case: int | None
    measure: str
    made_at: datetime
    read: bool
    state: str = ""


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


def told(session: Session, company: int) -> list[Told]:
    """List what a company was told, the newest first."""
    rows = session.execute(
        select(Notice, CaseRow.measure_id)
        .outerjoin(CaseRow, Notice.case_id == CaseRow.id)
        .where(Notice.company_id == company)
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
            json.loads(row.details).get("state", ""),
        )
        for row, measure in rows
    ]


def unread(session: Session, companies: Sequence[int]) -> dict[int, int]:
    """Count what each company has not read."""
    rows = session.execute(
        select(Notice.company_id, func.count())
        .where(Notice.company_id.in_(companies), Notice.read_at.is_(None))
        .group_by(Notice.company_id)
    )
    return {company: n for company, n in rows if company is not None}


def mark_read(
    database: Database, actor: Actor, company: int, notice: int | None, now: datetime
) -> int | None:
    """Mark one notice of a company as read, or all of them; give the case of the one. Raises `Missing`."""
    if not actor.may(Permission.OWN_COMPANY, company):
        raise Missing
    mine = (
        [Notice.company_id == company, Notice.id == notice]
        if notice is not None
        else [Notice.company_id == company]
    )

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

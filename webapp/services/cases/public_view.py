"""What strangers see of public lists: the lists with their time, the lines with a reason, what came of objections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.services.cases.appeals import OBJECTION, REJECTED, UPHELD
from webapp.services.cases.publicity import OPEN_STATES, Listed, listed
from webapp.services.cases.told import Teller
from webapp.services.deadlines import Left, left
from webapp.services.workdays import Workdays
from webapp.tables.cases import Appeal, CaseRow, FindingRow, Publicity


@dataclass(frozen=True, slots=True)
class PublicList:
    """A public list: its number, its days, how many cases are on it, what was objected to."""

    id: int
    number: str
    title: str
    first_day: date
    last_day: date
    count: int
    due: Left
    objections: int
    upheld: int
    rejected: int

    @property
    def open(self) -> bool:
        """Say whether anyone may still object."""
        return self.due.days is None or self.due.days >= 0

    @property
    def undecided(self) -> int:
        """How many objections nobody has decided yet."""
        return self.objections - self.upheld - self.rejected


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: what `Listed` shows, and the conditions that were found to be met."""

    listed: Listed
    reasons: Sequence[str]
    objectable: bool


def lists_of(
    session: Session, rows: Sequence[Publicity], workdays: Workdays, today: date
) -> list[PublicList]:
    """Give lists as strangers see them, in the order given."""
    ids = [row.id for row in rows]
    counted = (
        select(CaseRow.publicity_id, func.count())
        .where(CaseRow.publicity_id.in_(ids))
        .group_by(CaseRow.publicity_id)
    )
    sizes = {id_: int(n) for id_, n in session.execute(counted)}
    said: dict[tuple[int | None, str], int] = {}
    pleas = (
        select(Appeal.publicity_id, Appeal.state, func.count())
        .where(Appeal.publicity_id.in_(ids), Appeal.kind == OBJECTION)
        .group_by(Appeal.publicity_id, Appeal.state)
    )
    for id_, state, n in session.execute(pleas):
        said[id_, state] = n
    return [
        PublicList(
            row.id,
            row.number,
            row.title,
            row.first_day,
            row.last_day,
            sizes.get(row.id, 0),
            left(workdays, today, row.last_day),
            sum(n for (id_, _), n in said.items() if id_ == row.id),
            said.get((row.id, UPHELD), 0),
            said.get((row.id, REJECTED), 0),
        )
        for row in rows
    ]


def by_number(session: Session, number: str) -> Publicity | None:
    """Find a list by its number."""
    return session.scalars(select(Publicity).filter_by(number=number)).one_or_none()


def lines_of(session: Session, row: Publicity, today: date, teller: Teller) -> list[Line]:
    """List the lines of a list."""
    found = session.execute(
        select(CaseRow.id, CaseRow.state, FindingRow)
        .outerjoin(FindingRow, CaseRow.frozen_finding_id == FindingRow.id)
        .where(CaseRow.publicity_id == row.id)
    )
    about = {id_: (state, finding) for id_, state, finding in found}
    lines = []
    for item in listed(session, row.id):
        state, finding = about[item.case]
        reasons = [] if finding is None else teller.line(finding)
        lines.append(Line(item, reasons, state in OPEN_STATES and today <= row.last_day))
    return lines


@dataclass(frozen=True, slots=True)
class Public:
    """A case that is on a public list now: what an objection to it is about."""

    listed: Listed
    publicity: PublicList
    finding: FindingRow | None
    objectable: bool


def public_case(session: Session, case: int, workdays: Workdays, today: date) -> Public | None:
    """Give a case that is on a public list, as strangers see it; None where it is on none."""
    row = session.get(CaseRow, case)
    if row is None or row.publicity_id is None:
        return None
    publicity = session.get_one(Publicity, row.publicity_id)
    (shown,) = lists_of(session, [publicity], workdays, today)
    line = next(item for item in listed(session, publicity.id) if item.case == case)
    finding = session.get(FindingRow, row.frozen_finding_id) if row.frozen_finding_id else None
    return Public(line, shown, finding, row.state in OPEN_STATES and shown.open)

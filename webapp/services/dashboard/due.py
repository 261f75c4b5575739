"""What must move and what money is left: cases by the day they are due on, budgets by how much is bound."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.services.cases import budgets
from webapp.services.cases.queue import OPEN_STATES, OVERDUE, SOON, days_left
from webapp.services.dashboard.figures import Figure, Show, rounded
from webapp.services.workdays import Workdays
from webapp.tables.cases import CaseRow

TEN, LATER, NO_DAY = "ten", "later", "none"
PILES = (OVERDUE, SOON, TEN, LATER, NO_DAY)
"""Late; due today or within three working days; within ten; later; without a day."""
SOON_DAYS, TEN_DAYS = 3, 10


@dataclass(frozen=True, slots=True)
class Pile:
    """Open cases that are due at about the same time."""

    name: str
    cases: Figure


def deadlines(
    session: Session, workdays: Workdays, today: date, show: Show, salt: str
) -> list[Pile]:
    """Count the open cases by when they are due."""
    counted = dict.fromkeys(PILES, 0)
    wanted = select(CaseRow.due_on, func.count()).where(CaseRow.state.in_(sorted(OPEN_STATES)))
    for due_on, n in session.execute(wanted.group_by(CaseRow.due_on)):
        counted[_pile(workdays, today, due_on)] += int(n)
    return [Pile(name, show(n, rounded(n, f"{salt}:{name}"))) for name, n in counted.items()]


def _pile(workdays: Workdays, today: date, due_on: date | None) -> str:
    if due_on is None:
        return NO_DAY
    if due_on < today:
        return OVERDUE
    left = days_left(workdays, today, due_on)
    if left is None or left > TEN_DAYS:
        return LATER  # no calendar reaches a day that is far off
    return SOON if left <= SOON_DAYS else TEN


@dataclass(frozen=True, slots=True)
class Burn:
    """One budget; ``cases`` are those that it is bound to. Sums of so few that they would tell are None."""

    measure: str
    total_fen: int
    spent_fen: int | None
    reserved_fen: int | None
    cases: Figure

    @property
    def left_fen(self) -> int | None:
        """What is neither spent nor bound."""
        if self.spent_fen is None or self.reserved_fen is None:
            return None
        return self.total_fen - self.spent_fen - self.reserved_fen


def burning(session: Session, year: int, show: Show, salt: str) -> list[Burn]:
    """List the budgets of a year with what is spent and bound, the most used first."""
    wanted = select(CaseRow.budget_id, func.count()).where(CaseRow.budget_id.is_not(None))
    counted = {row[0]: int(row[1]) for row in session.execute(wanted.group_by(CaseRow.budget_id))}
    found = []
    for row in budgets.budgets(session, year):
        n = counted.get(row.id, 0)
        figure = show(n, rounded(n, f"{salt}:{row.id}"))
        told = not figure.hidden
        found.append(
            Burn(
                row.measure_id,
                row.total_fen,
                row.spent_fen if told else None,
                row.reserved_fen if told else None,
                figure,
            )
        )
    return sorted(found, key=lambda one: (-_used(one), one.measure))


def _used(one: Burn) -> float:
    if one.spent_fen is None or one.reserved_fen is None:
        return 0.0
    return (one.spent_fen + one.reserved_fen) / one.total_fen

"""How much time is left until a day, in working days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from webapp.services.workdays import UnknownYear, Workdays


@dataclass(frozen=True, slots=True)
class Left:
    """A day and the working days until it: 0 is today, below zero is over; None where no calendar says."""

    day: date
    days: int | None

    @property
    def said(self) -> str:
        """Name the sentence: ``left.<said>`` in the translations."""
        if self.days is None:
            return "unknown"
        return "over" if self.days < 0 else "today" if self.days == 0 else "days"


def left(workdays: Workdays, today: date, day: date) -> Left:
    """Give how much time is left; a day that is over without a working day since counts as one over."""
    if day < today:
        return Left(day, min(_between(workdays, today, day) or -1, -1))
    return Left(day, 0 if day == today else _between(workdays, today, day))


def _between(workdays: Workdays, first: date, last: date) -> int | None:
    try:
        return workdays.between(first, last)
    except UnknownYear:
        return None

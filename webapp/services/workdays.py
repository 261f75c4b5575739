"""Working days of China, from dated files: 国务院办公厅's yearly notice, holidays and make-up days.

A year without a file is not guessed at: counting into it is refused with the name of what to import.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent.parent / "workdays"
_DAY = timedelta(days=1)
_SATURDAY = 5


class UnknownYear(ValueError):
    """The calendar of a year is not at hand; ``year`` says which one to import."""

    def __init__(self, year: int) -> None:
        super().__init__(f"没有 {year} 年的工作日历,请先导入国务院办公厅的放假通知")
        self.year = year


@dataclass(frozen=True, slots=True)
class Year:
    """One year's notice: its number, the days off on weekdays and weekends, the weekend days worked."""

    year: int
    source: str
    off: frozenset[date]
    worked: frozenset[date]


class Workdays:
    """Counts working days over the years that are known."""

    def __init__(self, years: Iterable[Year]) -> None:
        self.years = {year.year: year for year in years}

    @classmethod
    def read(cls, *folders: Path) -> Workdays:
        """Read the years of folders; a later folder's file goes before an earlier one's."""
        return cls(_year(path) for folder in folders for path in sorted(folder.glob("*.yaml")))

    def works(self, day: date) -> bool:
        """Say whether a day is a working day."""
        year = self.years.get(day.year)
        if year is None:
            raise UnknownYear(day.year)
        return day in year.worked or (day.weekday() < _SATURDAY and day not in year.off)

    def after(self, day: date, count: int) -> date:
        """Give the last of ``count`` working days that follow a day."""
        while count > 0:
            day += _DAY
            count -= self.works(day)
        return day

    def between(self, first: date, last: date) -> int:
        """Count the working days after ``first`` up to ``last``; below zero where ``last`` is earlier."""
        if last < first:
            return -self.between(last, first)
        return sum(self.works(first + _DAY * n) for n in range(1, (last - first).days + 1))


def _year(path: Path) -> Year:
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    off = {first + _DAY * n for first, last in read["放假"] for n in range((last - first).days + 1)}
    return Year(read["年份"], read["来源"], frozenset(off), frozenset(read["上班"]))

"""Titles and statuses in the columns of a facts table: what their stretches of time say.

The counterpart of `matcher.readers.titles`, which asks the same of one profile.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from matcher.layout import FIRST_DAY
from matcher.profile import FactKey
from matcher.readers.columns import (
    Column,
    Facts,
    all_of,
    any_of,
    cases,
    is_met,
    is_open,
    is_unmet,
    negate,
    where,
)
from matcher.tree import Event


class Spell:
    """One stretch of a title or status, in its columns; a part is None where there is no column."""

    def __init__(self, facts: Facts, key: FactKey, number: int) -> None:
        def part(name: str) -> Any:
            return facts.part(key, f"{name}{number}")

        self.exists = facts.main(key) >= number
        self.start, self.end = part("from"), part("to")
        self.level, self.first = part("level"), part("first")

    @property
    def undated(self) -> Column:
        """The stretch exists and its first day is not known."""
        return all_of(self.exists, is_open(self.start))

    def overlaps(self, first: date, last: date) -> Column:
        """The stretch touches a window; an end that is not known is open."""
        begun = True if self.start is None else self.start.isnull() | (self.start <= last)
        lasts = True if self.end is None else self.end.isnull() | (self.end >= first)
        return all_of(self.exists, begun, lasts)

    def began(self, first: date, last: date) -> Column:
        """The stretch began within a window, as far as its first day is known."""
        if self.start is None:
            return all_of(self.exists, False)
        within = (self.start >= first) & (self.start <= last)
        return all_of(self.exists, within.fill_null(False))


class TenureColumns:
    """All stretches of one title or status that the table has columns for."""

    def __init__(self, facts: Facts, key: FactKey) -> None:
        self.as_of, self.count, self.clear = facts.as_of, facts.main(key), facts.part(key, "clear")
        stretches = facts.stored(key).stretches
        self.spells = [Spell(facts, key, number) for number in range(1, stretches + 1)]

    def in_force(self, test: Callable[[Spell], Column] = lambda _: True) -> Column:
        """Say whether a stretch that is in force as of the run's date stands the test."""
        return any_of(
            *(all_of(spell.overlaps(self.as_of, self.as_of), test(spell)) for spell in self.spells)
        )

    def obtained_yearly(self, years: int) -> Column:
        """Say whether one began in each of the last years, ending with this year or the last one."""

        def in_year(year: int) -> Column:
            first, last = date(year, 1, 1), date(year, 12, 31)
            return any_of(*(spell.began(first, last) for spell in self.spells))

        ends = (self.as_of.year, self.as_of.year - 1)
        runs = [range(end - years + 1, end + 1) for end in ends]
        known = any_of(*(all_of(*map(in_year, run)) for run in runs))
        return cases((self.count.isnull(), None), (self._undated, None), otherwise=known)

    def happened(self, event: Event, first: date, last: date) -> Column:
        """Say whether an event lies within a window."""
        if event is Event.LISTED:
            listed = (spell.overlaps(first, last) for spell in self.spells)
            return any_of(*listed, self._absent(first))
        none = (self.count == 0).fill_null(False)
        began = self._began(event, first, last)
        return cases((self.count.isnull(), None), (none, self._absent(first)), otherwise=began)

    @property
    def _undated(self) -> Column:
        return any_of(*(is_met(spell.undated) for spell in self.spells))

    def _absent(self, first: date) -> Column:
        """Absence is known beside a stretch, and from the day on that it was checked."""
        checked = False if self.clear is None else (self.clear <= first).fill_null(False)
        return where(any_of((self.count > 0).fill_null(False), checked), False, None)

    def _began(self, event: Event, first: date, last: date) -> Column:
        spells, inside = self.spells, [is_met(spell.began(first, last)) for spell in self.spells]
        any_inside = any_of(*inside)
        if event is not Event.FIRST:
            return cases((any_inside, True), (self._undated, None), otherwise=False)
        before = any_of(*(is_met(spell.began(FIRST_DAY, first - timedelta(1))) for spell in spells))
        others = all_of(
            *(
                any_of(negate(i), is_unmet(spell.first))
                for i, spell in zip(inside, spells, strict=True)
            )
        )
        firsts = any_of(
            *(all_of(i, is_met(spell.first)) for i, spell in zip(inside, spells, strict=True))
        )
        return cases(
            (all_of(negate(any_inside), self._undated), None),
            (negate(any_inside), False),
            (any_of(before, others), False),
            (firsts, True),
            otherwise=None,
        )

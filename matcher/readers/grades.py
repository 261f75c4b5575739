"""The grades of a term (企业规模) that a profile's facts leave open."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from matcher.profile import FactKey
from matcher.tree import GradeCase, Grading

if TYPE_CHECKING:
    from matcher.readers.leaves import Judgement, LeafJudge


class Grades(NamedTuple):
    """The grades still possible (None: no row fits, 不可划型), what is missing and what was used."""

    possible: frozenset[str | None]
    missing: tuple[FactKey, ...] = ()
    used: tuple[FactKey, ...] = ()


class GradeFinder:
    """Finds the grades of terms for one profile; several leaves may ask for those of one term."""

    def __init__(self, judge: LeafJudge) -> None:
        self.judge = judge
        self._guards: dict[tuple[str, int], Judgement] = {}
        self._grades: dict[str, Grades] = {}

    def find(self, term: Grading) -> Grades:
        """Give all that can be said of a term."""
        if term.term not in self._grades:
            self._grades[term.term] = self._search(term, None)
        return self._grades[term.term]

    def settles(self, term: Grading, wanted: set[str]) -> Grades:
        """Give as much as tells whether the grades fit.

        The search ends once a wanted and an unwanted grade are both possible: no further case can
        settle it. What is missing is then not complete.
        """
        return self._search(term, wanted)

    def _search(self, term: Grading, wanted: set[str] | None) -> Grades:
        possible: set[str | None] = set()
        missing: list[FactKey] = []
        used: list[FactKey] = []
        for number, case in enumerate(term.cases):
            guard = self._guard(term, number)
            missing += guard.missing
            used += guard.used
            if guard.truth is False:
                continue
            self._row(case, possible, missing, used)
            undecided = wanted is not None and possible & wanted and possible - wanted
            if guard.truth is True or undecided:
                break
        else:
            possible.add(None)
        return Grades(
            frozenset(possible), tuple(dict.fromkeys(missing)), tuple(dict.fromkeys(used))
        )

    def _row(
        self,
        case: GradeCase,
        possible: set[str | None],
        missing: list[FactKey],
        used: list[FactKey],
    ) -> None:
        """Add what one row leaves possible: from the highest grade down to the first that is met."""
        for grade in case.grades:
            if grade.condition is None:
                possible.add(grade.option)
                return
            reached = self.judge.condition(grade.condition)
            used += reached.used
            missing += reached.missing
            if reached.truth is not False:
                possible.add(grade.option)
            if reached.truth is True:
                return

    def _guard(self, term: Grading, number: int) -> Judgement:
        """Judge the guard of a row once, for a search over other grades may have come this far."""
        known = self._guards.get((term.term, number))
        if known is None:
            known = self.judge.condition(term.cases[number].guard)
            self._guards[term.term, number] = known
        return known

"""Graded terms (企业规模) over table columns: which grades stay possible in a row.

The counterpart of `matcher.readers.grades`, which looks for the grades of one profile.
"""

from __future__ import annotations

from collections.abc import Callable

from matcher.profile import FactKey
from matcher.readers.columns import Column, all_of, any_of, cases, is_met, is_unmet, negate
from matcher.readers.said import Said, lacking
from matcher.tree import Condition, GradeCase, Grading

# Where each fact is missing, by fact.
Lacks = dict[FactKey, Column]


def graded(term: Grading, wanted: set[str], read: Callable[[Condition], Said]) -> Said:
    """Met where every grade still possible is wanted, unmet where none is.

    Folds the rows from the last to the first, so the expression grows with their number only: a row
    counts unless its guard is unmet, the rows after it unless it is met. Beyond the last row lies
    不可划型, which stays unknown.
    """
    fit: Column = False
    fail: Column = False
    beyond: Column = True
    missing: Lacks = {}
    for case in reversed(term.cases):
        guard = read(case.guard)
        applies, goes_on = negate(is_unmet(guard.truth)), negate(is_met(guard.truth))
        row_fit, row_fail, row_missing = _row(case, wanted, read)
        fit = any_of(all_of(applies, row_fit), all_of(goes_on, fit))
        fail = any_of(all_of(applies, row_fail), all_of(goes_on, fail))
        beyond = all_of(goes_on, beyond)
        missing = _either(
            dict(lacking(guard)), _where(applies, row_missing), _where(goes_on, missing)
        )
    vague = any_of(beyond, all_of(fit, fail))
    truth = cases((vague, None), (fit, True), (fail, False), otherwise=None)
    return Said(truth, tuple(missing.items()))


def _row(
    case: GradeCase, wanted: set[str], read: Callable[[Condition], Said]
) -> tuple[Column, Column, Lacks]:
    """Say whether a row leaves a wanted and an unwanted grade possible, and what it lacks.

    Every grade down to the first that is met is possible, unless it is unmet.
    """
    fit: Column = False
    fail: Column = False
    missing: Lacks = {}
    for grade in reversed(case.grades):
        said = Said(True) if grade.condition is None else read(grade.condition)
        possible, goes_on = negate(is_unmet(said.truth)), negate(is_met(said.truth))
        fits, fails = (possible, False) if grade.option in wanted else (False, possible)
        fit, fail = any_of(fits, all_of(goes_on, fit)), any_of(fails, all_of(goes_on, fail))
        missing = _either(dict(lacking(said)), _where(goes_on, missing))
    return fit, fail, missing


def _where(test: Column, missing: Lacks) -> Lacks:
    return {key: all_of(test, absent) for key, absent in missing.items()}


def _either(*several: Lacks) -> Lacks:
    keys = dict.fromkeys(key for missing in several for key in missing)
    return {key: any_of(*(missing.get(key, False) for missing in several)) for key in keys}

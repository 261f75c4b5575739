"""Kleene's three-valued logic over True, False and None (unknown).

The one place where "unknown is never no" is computed; the generated fast path and the tests use these
functions too.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

Truth = bool | None


class Verdict(Enum):
    """What the text says of a company: MET 符合, UNMET 不符合 or OPEN 待补充."""

    MET = "met"
    UNMET = "unmet"
    OPEN = "open"

    @classmethod
    def of(cls, truth: Truth) -> Verdict:
        """Give the verdict of a truth value."""
        return _VERDICTS[truth]

    @property
    def truth(self) -> Truth:
        """Give the truth value of the verdict."""
        return _TRUTHS[self]


_VERDICTS: dict[Truth, Verdict] = {
    True: Verdict.MET,
    False: Verdict.UNMET,
    None: Verdict.OPEN,
}
_TRUTHS: dict[Verdict, Truth] = {verdict: truth for truth, verdict in _VERDICTS.items()}


def all_of(parts: Iterable[Truth]) -> Truth:
    """Unmet when one part is unmet, else unknown when one is unknown, else met."""
    unknown = False
    for part in parts:
        if part is False:
            return False
        unknown = unknown or part is None
    return None if unknown else True


def any_of(parts: Iterable[Truth]) -> Truth:
    """Met when one part is met, else unknown when one is unknown, else unmet."""
    unknown = False
    for part in parts:
        if part is True:
            return True
        unknown = unknown or part is None
    return None if unknown else False


def negate(part: Truth) -> Truth:
    """Turn met and unmet around; unknown stays unknown."""
    return None if part is None else not part


def at_least(count: int, parts: Iterable[Truth]) -> Truth:
    """Met as soon as enough parts are met, unmet as soon as too few can still be."""
    values = list(parts)
    met = sum(part is True for part in values)
    possible = met + sum(part is None for part in values)
    if met >= count:
        return True
    return False if possible < count else None

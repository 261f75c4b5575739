"""What an amount comes to for one company, and the table of what works out each kind of amount.

`Case.of` works any amount out; the modules beside this one say how, one function a node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from matcher.payable.bounds import Bounds
from matcher.payable.ledger import Ledger
from matcher.payable.shown import Shown
from matcher.profile import FactKey
from matcher.readers.evaluate import Evaluate
from matcher.tree.amounts import Amount

NOT_NEGATIVE, ANYTHING = Bounds(0, None), Bounds(None, None)
NOTHING = Bounds.exactly(0)
A = TypeVar("A", bound=Amount)


@dataclass(frozen=True, slots=True)
class Worth:
    """An interval of a dimension (None: any), how it reads in a longer line, and why it is open.

    ``missing`` are the facts that would settle it, ``pending`` the parts that no fact settles (待认定,
    另行规定, no ledger). Where it does not apply there is no amount, which is not zero. ``ceiling`` says
    that only the most is stated, not what is due. ``parts`` name what each record brings to a sum.
    """

    bounds: Bounds
    dimension: str | None
    said: str = ""
    applies: bool = True
    missing: tuple[FactKey, ...] = ()
    pending: tuple[str, ...] = ()
    ceiling: bool = False
    lines: tuple[str, ...] = ()
    parts: tuple[tuple[str, Bounds], ...] = ()


@dataclass(frozen=True)
class Case:
    """For whom and when amounts are worked out.

    ``year`` is the calendar year of the payment. ``ledger`` None: what was paid already is not known.
    ``project`` is the name of the record that is worked out, empty where it has none.
    """

    evaluate: Evaluate
    measure: str
    year: int
    ledger: Ledger | None = None
    project: str | None = None
    language: str = "zh"

    @cached_property
    def shown(self) -> Shown:
        """What writes numbers and facts into lines."""
        judge = self.evaluate.judge
        return Shown(judge.vocabulary, judge.context, self.language)

    def of(self, amount: Amount) -> Worth:
        """Work out an amount."""
        return _WORKERS[type(amount)](amount, self)

    def all_of(self, amounts: Iterable[Amount]) -> list[Worth]:
        """Work out several amounts."""
        return [self.of(amount) for amount in amounts]

    def nothing(self, phrase: str, **words: Any) -> Worth:
        """Give the worth of what has no amount, with the reason as its line."""
        said = self.shown.say("not_applicable")
        return Worth(NOTHING, None, said, False, lines=(self.shown.say(phrase, **words),))

    def result(
        self, bounds: Bounds, dimension: str | None, parts: Iterable[Worth], formula: str
    ) -> Worth:
        """Close a calculation with its line; from then on the result stands for its parts."""
        found = gathered(bounds, dimension, parts)
        said = self.shown.bounds(bounds, dimension)
        return replace(found, said=said, lines=(*found.lines, f"{formula} = {said}"))


Worker = Callable[[Any, Case], Worth]
_WORKERS: dict[type[Amount], Worker] = {}


def works_out(*nodes: type[Amount]) -> Callable[[Worker], Worker]:
    """Enter a function as what works out some kinds of amount."""

    def enter(worker: Worker) -> Worker:
        _WORKERS.update(dict.fromkeys(nodes, worker))
        return worker

    return enter


def gathered(bounds: Bounds, dimension: str | None, parts: Iterable[Worth]) -> Worth:
    """Make the worth of several parts: what is open in one is open in the whole, unless it is exact."""
    parts = list(parts)
    open_ = [] if bounds.exact else parts
    return Worth(
        bounds,
        dimension,
        missing=united(part.missing for part in open_),
        pending=united(part.pending for part in open_),
        ceiling=any(part.ceiling for part in parts),
        lines=tuple(line for part in parts for line in part.lines),
    )


T = TypeVar("T")


def united(groups: Iterable[Iterable[T]]) -> tuple[T, ...]:
    """Put groups one after the other, each item once."""
    return tuple(dict.fromkeys(item for group in groups for item in group))


def absent(parts: Iterable[Worth]) -> Worth | None:
    """Give the first part that does not apply."""
    return next((part for part in parts if not part.applies), None)

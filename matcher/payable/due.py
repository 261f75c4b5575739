"""What one measure pays one company: the amount, what kind of figure it is, and its calculation.

In: a measure with a `Benefit`, a company's evaluation, its ledger. Out: a `Due`. Figures are whole 分,
a part of a 分 is dropped; nothing below zero is paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction

from matcher.documents.model import Benefit, Measure

# Each module enters what it works out.
from matcher.payable import choices, limits, sums
from matcher.payable.bounds import Bounds
from matcher.payable.ledger import PAYMENTS, Ledger
from matcher.payable.worth import NOTHING, Case, Worth
from matcher.profile import FactKey, Profile
from matcher.readers.evaluate import Evaluate
from matcher.readers.prose import ZH
from matcher.tree.amounts import PerRecord
from matcher.values import MONEY, Number
from matcher.vocabulary.model import Vocabulary

WORKERS = (choices, limits, sums)


class Figure(Enum):
    """What kind of figure an amount is, by its label in the vocabulary's 金额口径."""

    DUE = "应得"
    CEILING = "最高"
    BATCH = "待批次"
    FACTS = "待补充"
    PENDING = "待认定"
    NONE = "不适用"


@dataclass(frozen=True, slots=True)
class Due:
    """The least and the most 分 that a measure pays; ``high`` None is not limited by what is known.

    `Figure.DUE` is exact. A `CEILING` or `BATCH` figure states the most, never what is due. ``missing``
    are the facts that would settle the figure, ``pending`` what no fact settles. ``projects`` says what
    each project brings, where the sum is that of its projects.
    """

    measure: Measure
    figure: Figure
    low: int
    high: int | None
    missing: tuple[FactKey, ...] = ()
    pending: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    instalments: tuple[int, ...] = ()
    projects: tuple[tuple[str, int], ...] = ()

    @property
    def exact(self) -> int | None:
        """The 分 that are due, where that is known."""
        return self.low if self.figure is Figure.DUE else None


def due(
    measure: Measure,
    profile: Profile,
    as_of: date,
    vocabulary: Vocabulary,
    ledger: Ledger | None = None,
    language: str = ZH,
) -> Due | None:
    """Work out what a measure pays; None where it states no amount."""
    benefit = measure.benefit
    if benefit is None:
        return None
    evaluate = Evaluate(vocabulary, profile, as_of)
    case = Case(evaluate, measure.id, as_of.year, ledger, language=language)
    return _Work(measure, benefit, case).due()


@dataclass(frozen=True, slots=True)
class _Work:
    measure: Measure
    benefit: Benefit
    case: Case

    def due(self) -> Due:
        worth = self.case.of(self.benefit.amount)
        if not worth.applies:
            return Due(self.measure, Figure.NONE, 0, 0, lines=worth.lines)
        bounds = worth.bounds.at_least(NOTHING)
        low = _fen(bounds.low or 0)
        high = None if bounds.high is None else _fen(bounds.high)
        figure = self._figure(worth, low, high)
        instalments = self._instalments(low) if figure is Figure.DUE else ()
        return Due(
            self.measure,
            figure,
            low,
            high,
            worth.missing if low != high else (),
            self._pending(worth, low, high),
            (*worth.lines, *self._closing(worth, bounds, instalments)),
            instalments,
            tuple(self._projects(worth)) if figure is Figure.DUE else (),
        )

    def _projects(self, worth: Worth) -> Iterator[tuple[str, int]]:
        """Give each project's sum, unless rounding or a limit over all of them cuts it."""
        if isinstance(self.benefit.amount, PerRecord):
            for name, part in worth.parts:
                yield name, _fen(part.low or 0)

    def _figure(self, worth: Worth, low: int, high: int | None) -> Figure:
        """Say what kind of figure it is; what no fact can settle comes before missing facts."""
        if self.benefit.batch:
            return Figure.BATCH
        if low == high:
            return Figure.CEILING if worth.ceiling else Figure.DUE
        # What was paid, or a department decides, can only lower a ceiling: a known one stands.
        stands = worth.ceiling and high is not None
        if set(worth.missing) - ({PAYMENTS} if stands else set()):
            return Figure.FACTS
        return Figure.CEILING if stands or not worth.pending else Figure.PENDING

    def _pending(self, worth: Worth, low: int, high: int | None) -> tuple[str, ...]:
        pending = worth.pending if low != high else ()
        return (*pending, self.benefit.batch) if self.benefit.batch else pending

    def _closing(self, worth: Worth, bounds: Bounds, instalments: tuple[int, ...]) -> Iterator[str]:
        """Give the lines after the calculation: what was rounded or raised to nothing, instalments."""
        shown = self.case.shown
        low = worth.bounds.low
        if not worth.lines:
            yield worth.said
        if low is not None and low < 0 and bounds.exact:
            yield shown.say("below_zero")
        elif bounds.exact and Fraction(bounds.low or 0).denominator != 1:
            yield shown.say("rounded", result=self._money(_fen(bounds.low or 0)))
        if self.benefit.batch:
            yield shown.say("batch", why=self.benefit.batch)
        elif worth.ceiling:
            yield shown.say("ceiling")
        for number, fen in enumerate(instalments, start=1):
            yield shown.say("instalment", number=number, result=self._money(fen))

    def _instalments(self, fen: int) -> tuple[int, ...]:
        """Divide a sum by its shares; what rounding leaves over goes to the last one."""
        shares = self.benefit.instalments
        if not shares:
            return ()
        paid = [_fen(Fraction(fen) * Fraction(share)) for share in shares[:-1]]
        return (*paid, fen - sum(paid))

    def _money(self, fen: int) -> str:
        return self.case.shown.bounds(Bounds.exactly(fen), MONEY)


def _fen(value: Number) -> int:
    return int(Fraction(value) // 1)

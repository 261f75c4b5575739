"""Quantities as exact terms of z3: two ends of an interval, each a fraction that is never divided.

In: a quantity of the tree. Out: an `Amount`. What cannot be said raises `Unsayable`; the leaf then
counts as a free yes or no (see `matcher.readers.formulas`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import z3

from matcher import tree
from matcher.profile import FactKey
from matcher.readers.amounts import latest_start
from matcher.readers.formula_facts import Facts, real
from matcher.readers.measuring import compound_bound, key_of_figure, keys_of_total
from matcher.tree import Condition, Constant, Order, Quantity
from matcher.values import Number
from matcher.vocabulary.model import PARAMETER

NO, YES = z3.BoolVal(False), z3.BoolVal(True)


class Unsayable(Exception):
    """A quantity has no exact formula."""


@dataclass(frozen=True, slots=True)
class Said:
    """When a condition is met and when it is unmet; where neither, it is open."""

    met: z3.BoolRef
    unmet: z3.BoolRef

    @classmethod
    def exactly(cls, met: z3.BoolRef) -> Said:
        """Make one that is never open."""
        return cls(met, z3.Not(met))


@dataclass(frozen=True, slots=True)
class End:
    """``over`` ÷ ``under``; ``under`` is above zero wherever the amount is known."""

    over: Any
    under: Any

    @classmethod
    def of(cls, value: Number) -> End:
        """Give a constant."""
        return cls(real(value), real(1))


@dataclass(frozen=True, slots=True)
class Amount:
    """A number between two ends where ``known``; ``na`` goes before everything else."""

    low: End
    high: End
    known: z3.BoolRef = YES
    na: z3.BoolRef = NO

    @property
    def exact(self) -> bool:
        """Whether both ends are the same term."""
        return self.low is self.high


def ordered(left: Any, order: Order, right: Any) -> z3.BoolRef:
    """Compare two terms."""
    made: z3.BoolRef = {
        Order.AT_LEAST: left >= right,
        Order.AT_MOST: left <= right,
        Order.MORE: left > right,
        Order.LESS: left < right,
        Order.EQUAL: left == right,
    }[order]
    return made


def compare(left: End, order: Order, right: End) -> z3.BoolRef:
    """Compare two fractions crosswise."""
    return ordered(left.over * right.under, order, right.over * left.under)


class Measurer:
    """Turns quantities into amounts over the facts of a company; ``read`` reads a condition."""

    def __init__(self, facts: Facts, read: Callable[[Condition], Said]) -> None:
        self.facts, self.read = facts, read

    def __call__(self, quantity: Quantity) -> Amount:
        """Turn one quantity into an amount."""
        return _AMOUNTS[type(quantity)](self, quantity)

    def compared(self, left: Quantity, order: Order, right: Quantity) -> Said:
        """Say when two quantities compare so."""
        age = tree.age_of(left)
        if age is not None:
            if not isinstance(right, Constant):
                raise Unsayable
            return self._aged(age, order, right.value)
        one, two = self(left), self(right)
        if isinstance(left, tree.CompoundGrowth):
            if not isinstance(right, Constant):
                raise Unsayable
            bound = End.of(compound_bound(right.value, left.years))
            two = Amount(bound, bound)
        best, worst = _favourable(one, order, two)
        na, known = z3.Or(one.na, two.na), z3.And(one.known, two.known)
        return Said(z3.And(z3.Not(na), known, worst), z3.Or(na, z3.And(known, z3.Not(best))))

    def _aged(self, attribute: str, order: Order, years: Number) -> Said:
        """An age grows by days, so each bound is a day: the last one that is early enough."""
        fact = self.facts.of(FactKey(attribute))
        day, as_of = fact.parts["value"], self.facts.as_of
        enough, more = (
            day <= latest_start(years, as_of, included).toordinal() for included in (True, False)
        )
        holds = {
            Order.AT_LEAST: enough,
            Order.MORE: more,
            Order.LESS: z3.Not(enough),
            Order.AT_MOST: z3.Not(more),
            Order.EQUAL: z3.And(enough, z3.Not(more)),
        }[order]
        begun = day <= as_of.toordinal()
        return Said(
            z3.And(z3.Not(fact.na), begun, holds),
            z3.Or(fact.na, z3.And(begun, z3.Not(holds))),
        )

    # --- one method for each quantity -------------------------------------------------------------

    def constant(self, quantity: Constant) -> Amount:
        end = End.of(quantity.value)
        return Amount(end, end)

    def figure(self, quantity: tree.Figure) -> Amount:
        return self._total([key_of_figure(quantity, self.facts.context)])

    def total(self, quantity: tree.Total) -> Amount:
        return self._total(keys_of_total(quantity, self.facts.context))

    def parameter(self, quantity: tree.Parameter) -> Amount:
        return self._total([FactKey(PARAMETER, quantity.name)])

    def _total(self, keys: Sequence[FactKey]) -> Amount:
        facts = [self.facts.of(key) for key in keys]
        end = End(z3.Sum([fact.parts["value"] for fact in facts]), real(1))
        return Amount(end, end, YES, z3.Or(*(fact.na for fact in facts)))

    def _pair(self, attribute: str, year: int, years_before: int) -> tuple[Any, Any, z3.BoolRef]:
        """Give a figure, the figure some years before, and whether one of them is 不适用."""
        now, before = (
            self.facts.of(FactKey(attribute, None, one)) for one in (year, year - years_before)
        )
        return now.parts["value"], before.parts["value"], z3.Or(now.na, before.na)

    def growth(self, quantity: tree.Growth) -> Amount:
        year = self.facts.context.year_of(quantity.period)
        now, before, na = self._pair(quantity.attribute, year, 1)
        end = End(now - before, before)
        return Amount(end, end, before > 0, na)

    def compound(self, quantity: tree.CompoundGrowth) -> Amount:
        """Give last ÷ first, as the yearly rate itself is irrational."""
        last = self.facts.as_of.year - 1
        now, before, na = self._pair(quantity.attribute, last, quantity.years)
        end = End(now, before)
        return Amount(end, end, z3.And(before > 0, now >= 0), na)

    def indicator(self, quantity: tree.Indicator) -> Amount:
        said = self.read(quantity.condition)
        end = End(z3.If(said.met, real(1), real(0)), real(1))
        return Amount(end, end, z3.Or(said.met, said.unmet))

    def age(self, quantity: tree.Age) -> Amount:
        raise Unsayable

    def ratio(self, quantity: tree.Ratio) -> Amount:
        over, under = self(quantity.over), self(quantity.under)
        base = under.low
        end = End(over.low.over * base.under, over.low.under * base.over)
        known = [over.known, under.known, base.over > 0]
        if not over.exact:
            known.append(compare(over.low, Order.EQUAL, over.high))
        return Amount(end, end, z3.And(*known), z3.Or(over.na, under.na))

    def sum(self, quantity: tree.Sum) -> Amount:
        left, right = self(quantity.left), self(quantity.right)
        known, na = z3.And(left.known, right.known), z3.Or(left.na, right.na)
        ends = (right.high, right.low) if quantity.minus else (right.low, right.high)
        low = _added(left.low, ends[0], quantity.minus)
        exact = left.exact and right.exact
        high = low if exact else _added(left.high, ends[1], quantity.minus)
        return Amount(low, high, known, na)

    def derived(self, quantity: tree.Derived) -> Amount:
        if isinstance(quantity.definition, tree.Score):
            return self._score(quantity.definition)
        return self(quantity.definition)

    def _score(self, score: tree.Score) -> Amount:
        full = real(score.full)
        pairs = [self._item(item) for item in score.items]
        low, high = (_least(z3.Sum([pair[end] for pair in pairs]), full) for end in (0, 1))
        return Amount(End(low, real(1)), End(high, real(1)))

    def _item(self, item: tree.ScoreItem | tree.BestItem) -> tuple[Any, Any]:
        """Give the least and the most points of an item; of several ways the better one counts."""
        ways = (item,) if isinstance(item, tree.ScoreItem) else item.ways
        pairs = [self._points(way) for way in ways]
        low, high = (reduce(_most, (pair[end] for pair in pairs)) for end in (0, 1))
        return low, high

    def _points(self, item: tree.ScoreItem) -> tuple[Any, Any]:
        if tree.age_of(item.value) is None and not self(item.value).exact:
            raise Unsayable
        worth: Any = real(item.otherwise)
        vague: z3.BoolRef = NO
        for order, bound, points in reversed(item.bands):
            said = self.compared(item.value, order, Constant(bound))
            # 不适用 fails every band, so it comes to ``otherwise`` by itself.
            worth = z3.If(said.met, real(points), worth)
            vague = z3.Not(z3.Or(said.met, said.unmet))
        every = [band[2] for band in item.bands] + [item.otherwise]
        low, high = (z3.If(vague, real(end(every)), worth) for end in (min, max))
        return low, high


def _least(one: Any, two: Any) -> Any:
    return z3.If(one <= two, one, two)


def _most(one: Any, two: Any) -> Any:
    return z3.If(one >= two, one, two)


def _added(left: End, right: End, minus: bool) -> End:
    one, two = left.over * right.under, right.over * left.under
    return End(one - two if minus else one + two, left.under * right.under)


def _favourable(left: Amount, order: Order, right: Amount) -> tuple[z3.BoolRef, z3.BoolRef]:
    """Say when the comparison holds at the most and at the least favourable ends."""
    if left.exact and right.exact:
        holds = compare(left.low, order, right.low)
        return holds, holds
    if order in (Order.AT_LEAST, Order.MORE):
        return compare(left.high, order, right.low), compare(left.low, order, right.high)
    if order in (Order.AT_MOST, Order.LESS):
        return compare(left.low, order, right.high), compare(left.high, order, right.low)
    meet = z3.And(
        compare(left.high, Order.AT_LEAST, right.low),
        compare(right.high, Order.AT_LEAST, left.low),
    )
    pairs = ((left.low, left.high), (right.low, right.high), (left.low, right.low))
    return meet, z3.And(*(compare(one, Order.EQUAL, two) for one, two in pairs))


_AMOUNTS: dict[type[Quantity], Callable[[Measurer, Any], Amount]] = {
    Constant: Measurer.constant,
    tree.Figure: Measurer.figure,
    tree.Total: Measurer.total,
    tree.Growth: Measurer.growth,
    tree.CompoundGrowth: Measurer.compound,
    tree.Age: Measurer.age,
    tree.Indicator: Measurer.indicator,
    tree.Parameter: Measurer.parameter,
    tree.Ratio: Measurer.ratio,
    tree.Sum: Measurer.sum,
    tree.Derived: Measurer.derived,
}

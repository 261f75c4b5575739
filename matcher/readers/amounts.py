"""Quantities over table columns: exact rationals, or intervals of them where a score is not settled.

In: quantities of the tree and the columns of a facts table. Out: `Amount` values, and comparisons of
them as `Said`. The exact arithmetic is that of `matcher.readers.rationals`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import lcm
from typing import Any

import ibis

from matcher import tree
from matcher.layout import FIRST_DAY, MAX_NUMBER, scale_of
from matcher.profile import FactKey
from matcher.readers.columns import (
    Column,
    Facts,
    Unsayable,
    all_of,
    any_of,
    cases,
    is_met,
    is_open,
    is_unmet,
    where,
)
from matcher.readers.measuring import compound_bound, key_of_figure, keys_of_total
from matcher.readers.rationals import Rational, added, compare, divided, positive
from matcher.readers.said import Missing, Said, lacking
from matcher.tree import Condition, Constant, Order, Quantity
from matcher.values import Number, age_in_years
from matcher.vocabulary.model import PARAMETER


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity between two rationals (one and the same unless it is a score); None: unknown.

    ``outside`` says where 不适用 was answered, ``missing`` which facts it lacks: both two-valued.
    """

    low: Rational | None
    high: Rational | None
    outside: Column = False
    missing: Missing = ()

    @property
    def exact(self) -> bool:
        """Say whether it is a single number in every row."""
        return self.low is self.high


class Measurer:
    """Works out quantities over the columns of one facts table; ``read`` reads a condition."""

    def __init__(self, facts: Facts, read: Callable[[Condition], Said]) -> None:
        self.facts, self.vocabulary, self.read = facts, facts.vocabulary, read

    def __call__(self, quantity: Quantity) -> Amount:
        """Give a quantity as an expression."""
        return _AMOUNTS[type(quantity)](self, quantity)

    def compared(self, left: Quantity, order: Order, right: Quantity) -> Said:
        """Give the truth of a comparison and the facts it lacks."""
        aged = tree.age_of(left)
        if aged is not None:
            if not isinstance(right, Constant):
                raise Unsayable("年限只能与一个数比较")
            return self._aged(aged, order, right.value)
        one, two = self(left), self(right)
        if isinstance(left, tree.CompoundGrowth):
            if not isinstance(right, Constant):
                raise Unsayable("复合增长率只能与一个数比较")
            bound = Rational.of(compound_bound(right.value, left.years))
            two = Amount(bound, bound)
        truth = where(any_of(one.outside, two.outside), False, _interval(one, order, two))
        return Said(truth, one.missing + two.missing)

    def _aged(self, attribute: str, order: Order, bound: Number) -> Said:
        """Compare years up to as-of: the later the start, the fewer, so two days decide."""
        key = FactKey(attribute)
        start, as_of = self.facts.main(key), self.facts.as_of
        missing = ((key, self.facts.missing(key)),)
        if start is None:
            return Said(None, missing)
        enough, more = latest_start(bound, as_of, True), latest_start(bound, as_of, False)
        tests: dict[Order, Callable[[], Column]] = {
            Order.AT_LEAST: lambda: start <= enough,
            Order.MORE: lambda: start <= more,
            Order.AT_MOST: lambda: start > more,
            Order.LESS: lambda: start > enough,
            Order.EQUAL: lambda: (start > more) & (start <= enough),
        }
        truth = where((start > as_of).fill_null(False), None, tests[order]())
        return Said(where(self.facts.outside(key), False, truth), missing)

    # --- kinds of quantity -----------------------------------------------------------------------

    def _column(self, key: FactKey, scale: int) -> Amount:
        column = self.facts.main(key)
        value = None if column is None else Rational(column, scale, MAX_NUMBER, scale)
        missing = ((key, self.facts.missing(key)),)
        return Amount(value, value, self.facts.outside(key), missing)

    def _scale(self, attribute: str) -> int:
        unit = self.vocabulary.attributes[attribute].unit
        assert unit is not None
        return scale_of(unit, self.vocabulary.units)

    def constant(self, quantity: Constant) -> Amount:
        value = Rational.of(quantity.value)
        return Amount(value, value)

    def figure(self, quantity: tree.Figure) -> Amount:
        return self._column(
            key_of_figure(quantity, self.facts.context), self._scale(quantity.attribute)
        )

    def parameter(self, quantity: tree.Parameter) -> Amount:
        member = self.vocabulary.member(PARAMETER, quantity.name)
        assert member is not None
        unit = self.vocabulary.parameter_unit(member)
        return self._column(
            FactKey(PARAMETER, quantity.name), scale_of(unit, self.vocabulary.units)
        )

    def total(self, quantity: tree.Total) -> Amount:
        scale = self._scale(quantity.attribute)
        keys = keys_of_total(quantity, self.facts.context)
        summed = self._column(keys[0], scale)
        for key in keys[1:]:
            summed = _sum(summed, self._column(key, scale), minus=False)
        return summed

    def growth(self, quantity: tree.Growth) -> Amount:
        year = self.facts.context.year_of(quantity.period)
        now, before = self._years(quantity.attribute, year, year - 1)
        return self._rate(now, before, shrink=True)

    def compound(self, quantity: tree.CompoundGrowth) -> Amount:
        last = self.facts.as_of.year - 1
        now, before = self._years(quantity.attribute, last, last - quantity.years)
        return self._rate(now, before, shrink=False)

    def _years(self, attribute: str, now: int, before: int) -> tuple[Amount, Amount]:
        scale = self._scale(attribute)
        return (
            self._column(FactKey(attribute, None, now), scale),
            self._column(FactKey(attribute, None, before), scale),
        )

    @staticmethod
    def _rate(now: Amount, before: Amount, *, shrink: bool) -> Amount:
        """Give now ÷ before, less one where growth is asked; a base of zero or less is unknown."""
        outside, missing = any_of(now.outside, before.outside), now.missing + before.missing
        if now.low is None or before.low is None:
            return Amount(None, None, outside, missing)
        top, base = now.low.over, positive(before.low.over)
        if shrink:
            top, size = top - base, 2 * MAX_NUMBER
        else:
            top, size = ibis.ifelse(top >= 0, top, ibis.null(top.type())), MAX_NUMBER
        value = Rational(top, base, size, MAX_NUMBER)
        return Amount(value, value, outside, missing)

    def ratio(self, quantity: tree.Ratio) -> Amount:
        over, under = self(quantity.over), self(quantity.under)
        outside, missing = any_of(over.outside, under.outside), over.missing + under.missing
        if not (over.exact and under.exact):
            raise Unsayable("得分不能再作除法")
        if over.low is None or under.low is None:
            return Amount(None, None, outside, missing)
        value = divided(over.low, under.low)
        return Amount(value, value, outside, missing)

    def sum(self, quantity: tree.Sum) -> Amount:
        return _sum(self(quantity.left), self(quantity.right), quantity.minus)

    def derived(self, quantity: tree.Derived) -> Amount:
        if isinstance(quantity.definition, tree.Score):
            return self._score(quantity.definition)
        return self(quantity.definition)

    def age(self, quantity: tree.Age) -> Amount:
        raise Unsayable("年限不能参与运算")

    def indicator(self, quantity: tree.Indicator) -> Amount:
        said = self.read(quantity.condition)
        truth, missing = said.truth, lacking(said)
        if truth is None:
            return Amount(None, None, False, missing)
        if isinstance(truth, bool):
            value = Rational.of(int(truth))
        else:  # PostgreSQL casts no truth to a number, and NULL has to stay NULL
            unmet = ibis.ifelse(is_unmet(truth), ibis.literal(0, "int64"), ibis.null("int64"))
            value = Rational(ibis.ifelse(is_met(truth), ibis.literal(1, "int64"), unmet), 1, 1, 1)
        return Amount(value, value, False, missing)

    def _score(self, score: tree.Score) -> Amount:
        points = [
            Fraction(number)
            for item in score.items
            for way in (item.ways if isinstance(item, tree.BestItem) else (item,))
            for number in (*(band[2] for band in way.bands), way.otherwise)
        ]
        scale = lcm(*(number.denominator for number in (*points, Fraction(score.full))))
        low: Any = ibis.literal(0, "int64")
        high: Any = ibis.literal(0, "int64")
        missing: Missing = ()
        for item in score.items:
            bottom, top, lacking = self._item(item, scale)
            low, high, missing = low + bottom, high + top, missing + lacking
        full = int(score.full * scale)
        size = int(sum(abs(number) for number in points) * scale) + abs(full)
        low, high = (
            Rational(ibis.ifelse(end > full, full, end), scale, size, scale) for end in (low, high)
        )
        return Amount(low, high, False, missing)

    def _item(self, item: tree.ScoreItem | tree.BestItem, scale: int) -> tuple[Any, Any, Missing]:
        """Give the least and the most points of an item; of several ways the better one counts."""
        if isinstance(item, tree.ScoreItem):
            return self._points(item, scale)
        ways = [self._points(way, scale) for way in item.ways]
        missing = tuple(fact for _, _, lacking in ways for fact in lacking)
        low, high = (ibis.greatest(*(way[end] for way in ways)) for end in (0, 1))
        return low, high, missing

    def _points(self, item: tree.ScoreItem, scale: int) -> tuple[Any, Any, Missing]:
        """Give the least and the most points an item can have, and the facts it lacks."""
        bands: list[tuple[Column, int]] = []
        missing: Missing = ()
        for order, bound, points in item.bands:
            said = self.compared(item.value, order, Constant(bound))
            missing = said.missing
            bands.append((said.truth, int(points * scale)))
        if tree.age_of(item.value) is None and not self(item.value).exact:
            raise Unsayable("得分不能再作计分项")
        otherwise = int(item.otherwise * scale)
        every = [points for _, points in bands] + [otherwise]
        # 不适用 fails every band, so it comes to ``otherwise`` by itself.
        vague = is_open(bands[0][0]) if bands else False

        def worth(when_unknown: int) -> Any:
            value: Any = ibis.literal(otherwise, "int64")
            for truth, points in reversed(bands):
                value = _choose(is_met(truth), points, value)
            return _choose(vague, when_unknown, value)

        return worth(min(every)), worth(max(every)), missing


def _choose(test: Column, then: int, otherwise: Any) -> Any:
    chosen = ibis.literal(then, "int64")
    if isinstance(test, bool):
        return chosen if test else otherwise
    return ibis.ifelse(test, chosen, otherwise)


def _sum(left: Amount, right: Amount, minus: bool) -> Amount:
    outside, missing = any_of(left.outside, right.outside), left.missing + right.missing
    if left.low is None or right.low is None or left.high is None or right.high is None:
        return Amount(None, None, outside, missing)
    if left.exact and right.exact:
        value = added(left.low, right.low, minus=minus)
        return Amount(value, value, outside, missing)
    ends = (right.high, right.low) if minus else (right.low, right.high)
    low = added(left.low, ends[0], minus=minus)
    high = added(left.high, ends[1], minus=minus)
    return Amount(low, high, outside, missing)


def _interval(left: Amount, order: Order, right: Amount) -> Column:
    """Compare two intervals: met at the least favourable ends, unmet at the most favourable."""
    if left.low is None or left.high is None or right.low is None or right.high is None:
        return None
    if left.exact and right.exact:
        return compare(left.low, order, right.low)
    if order is Order.EQUAL:
        apart = any_of(
            compare(left.high, Order.LESS, right.low), compare(right.high, Order.LESS, left.low)
        )
        single = all_of(
            compare(left.low, Order.EQUAL, left.high),
            compare(right.low, Order.EQUAL, right.high),
            compare(left.low, Order.EQUAL, right.low),
        )
        return cases((apart, False), (single, True), otherwise=None)
    upward = order in (Order.AT_LEAST, Order.MORE)
    best, worst = (left.high, left.low) if upward else (left.low, left.high)
    easy, hard = (right.low, right.high) if upward else (right.high, right.low)
    return cases(
        (compare(worst, order, hard), True), (compare(best, order, easy), None), otherwise=False
    )


def latest_start(years: Number, as_of: date, included: bool) -> date:
    """Give the last day on which a start gives at least (``included``) or more than so many years.

    The day before `FIRST_DAY` where no start does.
    """
    first = FIRST_DAY.toordinal()

    def reaches(day: int) -> bool:
        age = age_in_years(date.fromordinal(day), as_of)
        return age is not None and (age >= years if included else age > years)

    days = range(first, as_of.toordinal() + 1)
    return date.fromordinal(
        first - 1 + bisect_right(days, 0, key=lambda day: int(not reaches(day)))
    )


_AMOUNTS: dict[type[Quantity], Callable[[Measurer, Any], Amount]] = {
    Constant: Measurer.constant,
    tree.Figure: Measurer.figure,
    tree.Total: Measurer.total,
    tree.Growth: Measurer.growth,
    tree.CompoundGrowth: Measurer.compound,
    tree.Age: Measurer.age,
    tree.Parameter: Measurer.parameter,
    tree.Ratio: Measurer.ratio,
    tree.Sum: Measurer.sum,
    tree.Derived: Measurer.derived,
    tree.Indicator: Measurer.indicator,
}

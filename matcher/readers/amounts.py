"""Quantities over table columns: exact rationals of whole-number columns, intervals for scores.

A ratio is never divided: it stays numerator and denominator, and a comparison multiplies crosswise. How
large each may become is followed from column to column, so that a product uses 64 bits where that is
safe, 38 digits where it must, and is refused where even those would not be exact.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor, lcm
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
    known_false,
    ordered,
    where,
)
from matcher.readers.measuring import compound_bound, key_of_figure, keys_of_total
from matcher.tree import Constant, Order, Quantity
from matcher.values import Number, age_in_years
from matcher.vocabulary.model import PARAMETER

INT64, DIGITS38 = 2**62, 10**37
WIDE = "decimal(38, 0)"
TOO_LARGE = "数值的乘积超出精确范围"


@dataclass(frozen=True, slots=True)
class Rational:
    """``over`` ÷ ``under``; each an expression or an int, with the largest size it can have.

    ``under`` is positive or NULL.
    """

    over: Any
    under: Any
    over_max: int
    under_max: int

    @classmethod
    def of(cls, value: Number) -> Rational:
        """Give a constant."""
        number = Fraction(value)
        return cls(number.numerator, number.denominator, abs(number.numerator), number.denominator)


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity between two rationals (one and the same unless it is a score); None: unknown.

    ``outside`` says where 不适用 was answered, ``missing`` which facts it lacks: both two-valued.
    """

    low: Rational | None
    high: Rational | None
    outside: Column = False
    missing: tuple[tuple[FactKey, Column], ...] = ()

    @property
    def exact(self) -> bool:
        """Say whether it is a single number in every row."""
        return self.low is self.high


def _sized(value: Any, size: int) -> Any:
    if size < INT64:
        return value
    if size >= DIGITS38:
        raise Unsayable(TOO_LARGE)
    if isinstance(value, int):
        return ibis.literal(value).cast(WIDE)
    return value if value.type().is_decimal() else value.cast(WIDE)


def _times(left: Any, left_max: int, right: Any, right_max: int) -> tuple[Any, int]:
    size = left_max * right_max
    if isinstance(left, int) and isinstance(right, int):
        return left * right, size
    if isinstance(left, int) and left == 1:
        return right, size
    if isinstance(right, int) and right == 1:
        return left, size
    return _sized(left, size) * _sized(right, size), size


def _plus(left: Rational, right: Rational, minus: bool) -> Rational:
    if isinstance(left.under, int) and isinstance(right.under, int):
        under = lcm(left.under, right.under)
        one, one_max = _times(left.over, left.over_max, under // left.under, under // left.under)
        two, two_max = _times(
            right.over, right.over_max, under // right.under, under // right.under
        )
        size = one_max + two_max
        return Rational(_added(one, two, size, minus), under, size, under)
    one, one_max = _times(left.over, left.over_max, right.under, right.under_max)
    two, two_max = _times(right.over, right.over_max, left.under, left.under_max)
    under, under_max = _times(left.under, left.under_max, right.under, right.under_max)
    size = one_max + two_max
    return Rational(_added(one, two, size, minus), under, size, under_max)


def _added(one: Any, two: Any, size: int, minus: bool) -> Any:
    if not (isinstance(one, int) and isinstance(two, int)):
        one, two = _sized(one, size), _sized(two, size)
    return one - two if minus else one + two


def _positive(value: Any) -> Any:
    """Give a denominator where it is above zero, else NULL."""
    if isinstance(value, int):
        return value if value > 0 else None
    return ibis.ifelse(value > 0, value, ibis.null(value.type()))


def compare(left: Rational, order: Order, right: Rational) -> Column:
    """Compare two rationals exactly."""
    if all(isinstance(end, int) for end in (left.over, left.under, right.over, right.under)):
        return order.holds(Fraction(left.over, left.under), Fraction(right.over, right.under))
    constant = isinstance(right.over, int) and isinstance(right.under, int)
    if constant and isinstance(left.under, int) and left.over_max < INT64:
        return _against(left.over, order, Fraction(right.over, right.under) * left.under)
    one, one_max = _times(left.over, left.over_max, right.under, right.under_max)
    two, two_max = _times(right.over, right.over_max, left.under, left.under_max)
    size = max(one_max, two_max)
    return ordered(_sized(one, size), order, _sized(two, size))


def _against(value: Any, order: Order, bound: Fraction) -> Column:
    """Compare a whole number with a fraction: only whole bounds can tell."""
    if order is Order.EQUAL:
        whole = bound.denominator == 1 and abs(bound) < INT64
        return value == bound.numerator if whole else known_false(value)
    up = order in (Order.AT_LEAST, Order.LESS)
    return ordered(value, order, max(-INT64, min(INT64, ceil(bound) if up else floor(bound))))


class Measurer:
    """Works out quantities over the columns of one facts table."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.vocabulary = facts, facts.vocabulary

    def __call__(self, quantity: Quantity) -> Amount:
        """Give a quantity as an expression."""
        return _AMOUNTS[type(quantity)](self, quantity)

    def compared(
        self, left: Quantity, order: Order, right: Quantity
    ) -> tuple[Column, tuple[tuple[FactKey, Column], ...]]:
        """Give the truth of a comparison and the facts it lacks."""
        aged = _age_of(left)
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
        return truth, one.missing + two.missing

    def _aged(
        self, attribute: str, order: Order, bound: Number
    ) -> tuple[Column, tuple[tuple[FactKey, Column], ...]]:
        """Compare years up to as-of: the later the start, the fewer, so two days decide."""
        key = FactKey(attribute)
        start, as_of = self.facts.main(key), self.facts.as_of
        missing = ((key, self.facts.missing(key)),)
        if start is None:
            return None, missing
        enough, more = latest_start(bound, as_of, True), latest_start(bound, as_of, False)
        tests: dict[Order, Callable[[], Column]] = {
            Order.AT_LEAST: lambda: start <= enough,
            Order.MORE: lambda: start <= more,
            Order.AT_MOST: lambda: start > more,
            Order.LESS: lambda: start > enough,
            Order.EQUAL: lambda: (start > more) & (start <= enough),
        }
        truth = where((start > as_of).fill_null(False), None, tests[order]())
        return where(self.facts.outside(key), False, truth), missing

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
        top, base = now.low.over, _positive(before.low.over)
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
        base = _positive(under.low.over)
        if base is None:
            return Amount(None, None, outside, missing)
        top, top_max = _times(
            over.low.over, over.low.over_max, under.low.under, under.low.under_max
        )
        bottom, bottom_max = _times(over.low.under, over.low.under_max, base, under.low.over_max)
        value = Rational(top, bottom, top_max, bottom_max)
        return Amount(value, value, outside, missing)

    def sum(self, quantity: tree.Sum) -> Amount:
        return _sum(self(quantity.left), self(quantity.right), quantity.minus)

    def derived(self, quantity: tree.Derived) -> Amount:
        if isinstance(quantity.definition, tree.Score):
            return self._score(quantity.definition)
        return self(quantity.definition)

    def age(self, quantity: tree.Age) -> Amount:
        raise Unsayable("年限不能参与运算")

    def _score(self, score: tree.Score) -> Amount:
        points = [
            Fraction(number)
            for item in score.items
            for number in (*(band[2] for band in item.bands), item.otherwise)
        ]
        scale = lcm(*(number.denominator for number in (*points, Fraction(score.full))))
        low: Any = ibis.literal(0, "int64")
        high: Any = ibis.literal(0, "int64")
        missing: tuple[tuple[FactKey, Column], ...] = ()
        for item in score.items:
            bottom, top, lacking = self._points(item, scale)
            low, high, missing = low + bottom, high + top, missing + lacking
        full = int(score.full * scale)
        size = int(sum(abs(number) for number in points) * scale) + abs(full)
        low, high = (
            Rational(ibis.ifelse(end > full, full, end), scale, size, scale) for end in (low, high)
        )
        return Amount(low, high, False, missing)

    def _points(
        self, item: tree.ScoreItem, scale: int
    ) -> tuple[Any, Any, tuple[tuple[FactKey, Column], ...]]:
        """Give the least and the most points an item can have, and the facts it lacks."""
        bands: list[tuple[Column, int]] = []
        missing: tuple[tuple[FactKey, Column], ...] = ()
        for order, bound, points in item.bands:
            truth, missing = self.compared(item.value, order, Constant(bound))
            bands.append((truth, int(points * scale)))
        if _age_of(item.value) is None and not self(item.value).exact:
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
        value = _plus(left.low, right.low, minus)
        return Amount(value, value, outside, missing)
    ends = (right.high, right.low) if minus else (right.low, right.high)
    low, high = _plus(left.low, ends[0], minus), _plus(left.high, ends[1], minus)
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


def _age_of(quantity: Quantity) -> str | None:
    if isinstance(quantity, tree.Derived) and isinstance(quantity.definition, Quantity):
        return _age_of(quantity.definition)
    return quantity.attribute if isinstance(quantity, tree.Age) else None


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
}

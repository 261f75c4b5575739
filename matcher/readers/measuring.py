"""Quantities of a profile: exact numbers, or intervals where a score is known in part.

An unknown input makes a quantity unknown, never zero; 不适用 stays 不适用 through arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from matcher.profile import NOT_APPLICABLE, FactKey, Profile
from matcher.tree import (
    Age,
    BestItem,
    CompoundGrowth,
    Condition,
    Constant,
    Days,
    Derived,
    Figure,
    Growth,
    Indicator,
    LastYears,
    Order,
    Parameter,
    Period,
    Quantity,
    Ratio,
    Score,
    ScoreItem,
    Sum,
    Total,
    Year,
    YearsBack,
)
from matcher.values import Number, add_years, age_in_years, whole
from matcher.vocabulary.model import PARAMETER

NO_BASE = "除数为零或为负"
TOO_YOUNG = "成立日期晚于基准日"


@dataclass(frozen=True, slots=True)
class Measured:
    """A number between ``low`` and ``high`` (equal where it is exact), or None: not known.

    ``missing`` are the facts that would make it known, ``used`` those it rests on.
    """

    low: Number | None = None
    high: Number | None = None
    missing: tuple[FactKey, ...] = ()
    used: tuple[FactKey, ...] = ()
    applies: bool = True
    why: str = ""

    @classmethod
    def exactly(cls, value: Number, used: tuple[FactKey, ...] = ()) -> Measured:
        """Make an exactly known number."""
        return cls(value, value, used=used)


@dataclass(frozen=True, slots=True)
class Context:
    """One profile at one as-of date; ``indicate`` counts a condition as 1 or 0, where one can be judged."""

    profile: Profile
    as_of: date
    indicate: Callable[[Condition], Measured] | None = field(
        default=None, compare=False, repr=False
    )

    def year_of(self, period: YearsBack | Year) -> int:
        """Give the calendar year a period means."""
        if isinstance(period, Year):
            return period.year
        return self.profile.base_year(self.as_of) - period.years

    def full_years(self, count: int) -> list[int]:
        """List the last full calendar years before as-of, newest first."""
        return [self.as_of.year - back for back in range(1, count + 1)]

    def window(self, period: Period) -> tuple[date, date]:
        """Give the days a period covers, for events: 近 N 年 ends at as-of."""
        if isinstance(period, Days):
            return period.first, period.last
        if isinstance(period, LastYears):
            return add_years(self.as_of, -period.years), self.as_of
        year = self.year_of(period)
        return date(year, 1, 1), date(year, 12, 31)


def measure(quantity: Quantity, context: Context) -> Measured:
    """Work out a quantity for a profile."""
    return _MEASURES[type(quantity)](quantity, context)


def keys_of_total(quantity: Total, context: Context) -> list[FactKey]:
    """List the facts a total adds up: one a year, or one for a span that is not whole years."""
    period = quantity.period
    if isinstance(period, LastYears):
        years = context.full_years(period.years)
    elif isinstance(period, Days):
        first, last = period.first, period.last
        whole_years = (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
        if not whole_years:
            return [FactKey(quantity.attribute, None, period)]
        years = list(range(last.year, first.year - 1, -1))
    else:
        years = [context.year_of(period)]
    return [FactKey(quantity.attribute, None, year) for year in years]


def key_of_figure(quantity: Figure, context: Context) -> FactKey:
    """Give the fact a figure is."""
    period = quantity.period
    if period is None or isinstance(period, Days):
        return FactKey(quantity.attribute, None, period)
    return FactKey(quantity.attribute, None, context.year_of(period))


def _facts(keys: Iterable[FactKey], context: Context, fold: Callable[..., Measured]) -> Measured:
    """Read number facts and fold them; unknown where one is missing."""
    keys = tuple(keys)
    values: list[Any] = [context.profile.value(key) for key in keys]
    if NOT_APPLICABLE in values:
        used = tuple(
            key for key, value in zip(keys, values, strict=True) if value is NOT_APPLICABLE
        )
        return Measured(applies=False, used=used)
    missing = tuple(key for key, value in zip(keys, values, strict=True) if value is None)
    if missing:
        return Measured(missing=missing, used=tuple(key for key in keys if key not in missing))
    return fold(values, keys)


def _constant(quantity: Constant, context: Context) -> Measured:
    return Measured.exactly(quantity.value)


def _figure(quantity: Figure, context: Context) -> Measured:
    return _facts(
        [key_of_figure(quantity, context)],
        context,
        lambda values, keys: Measured.exactly(values[0], keys),
    )


def _total(quantity: Total, context: Context) -> Measured:
    return _facts(
        keys_of_total(quantity, context),
        context,
        lambda values, keys: Measured.exactly(whole(Fraction(sum(values))), keys),
    )


def _growth(quantity: Growth, context: Context) -> Measured:
    year = context.year_of(quantity.period)
    keys = [FactKey(quantity.attribute, None, year), FactKey(quantity.attribute, None, year - 1)]
    return _facts(keys, context, _rate)


def _rate(values: list[Any], keys: tuple[FactKey, ...]) -> Measured:
    now, before = values
    if before <= 0:
        return Measured(used=keys, why=NO_BASE)
    return Measured.exactly(whole(Fraction(now) / Fraction(before) - 1), keys)


def _compound(quantity: CompoundGrowth, context: Context) -> Measured:
    """Give last ÷ first; the yearly rate itself is irrational (see `compound_bound`)."""
    last = context.as_of.year - 1
    keys = [
        FactKey(quantity.attribute, None, last),
        FactKey(quantity.attribute, None, last - quantity.years),
    ]

    def fold(values: list[Any], used: tuple[FactKey, ...]) -> Measured:
        if values[1] <= 0 or values[0] < 0:
            return Measured(used=used, why=NO_BASE)
        return Measured.exactly(whole(Fraction(values[0]) / Fraction(values[1])), used)

    return _facts(keys, context, fold)


def compound_bound(rate: Number, years: int) -> Number:
    """Give the ratio that a yearly rate means over some years, so the comparison stays exact."""
    return whole((1 + Fraction(rate)) ** years)


def _age(quantity: Age, context: Context) -> Measured:
    def fold(values: list[Any], keys: tuple[FactKey, ...]) -> Measured:
        years = age_in_years(values[0], context.as_of)
        if years is None:
            return Measured(used=keys, why=TOO_YOUNG)
        return Measured.exactly(whole(years), keys)

    return _facts([FactKey(quantity.attribute)], context, fold)


def _parameter(quantity: Parameter, context: Context) -> Measured:
    return _facts(
        [FactKey(PARAMETER, quantity.name)],
        context,
        lambda values, keys: Measured.exactly(values[0], keys),
    )


def _pair(left: Measured, right: Measured) -> Measured | None:
    """Join two operands where one is unknown or does not apply; None where both are known."""
    used, missing = left.used + right.used, left.missing + right.missing
    if not (left.applies and right.applies):
        return Measured(applies=False, used=used)
    if left.low is None or right.low is None:
        return Measured(missing=missing, used=used, why=left.why or right.why)
    return None


def _ratio(quantity: Ratio, context: Context) -> Measured:
    over, under = measure(quantity.over, context), measure(quantity.under, context)
    joined = _pair(over, under)
    if joined is not None:
        return joined
    used = over.used + under.used
    if under.low is None or under.low <= 0 or over.low is None or over.low != over.high:
        return Measured(used=used, why=NO_BASE)
    return Measured.exactly(whole(Fraction(over.low) / Fraction(under.low)), used)


def _sum(quantity: Sum, context: Context) -> Measured:
    left, right = measure(quantity.left, context), measure(quantity.right, context)
    joined = _pair(left, right)
    if joined is not None:
        return joined
    assert left.low is not None and left.high is not None
    assert right.low is not None and right.high is not None
    used, missing = left.used + right.used, left.missing + right.missing
    if quantity.minus:
        return Measured(left.low - right.high, left.high - right.low, missing, used)
    return Measured(left.low + right.low, left.high + right.high, missing, used)


def _derived(quantity: Derived, context: Context) -> Measured:
    if isinstance(quantity.definition, Score):
        return _score(quantity.definition, context)
    return measure(quantity.definition, context)


def _indicator(quantity: Indicator, context: Context) -> Measured:
    assert context.indicate is not None, "a context of a judge is needed to judge a condition"
    return context.indicate(quantity.condition)


def _score(score: Score, context: Context) -> Measured:
    low: Number = 0
    high: Number = 0
    missing: tuple[FactKey, ...] = ()
    used: tuple[FactKey, ...] = ()
    for item in score.items:
        bottom, top, value = item_points(item, context)
        low, high = low + bottom, high + top
        missing, used = missing + value.missing, used + value.used
    return Measured(min(low, score.full), min(high, score.full), missing, used)


def item_points(item: ScoreItem | BestItem, context: Context) -> tuple[Number, Number, Measured]:
    """Give the least and the most points an item can have, and what they rest on.

    A way that cannot beat what another way has earned already asks for nothing.
    """
    if isinstance(item, ScoreItem):
        return _points(item, context)
    ways = [_points(way, context) for way in item.ways]
    earned = max(low for low, _, _ in ways)
    missing = tuple(key for _, high, value in ways if high > earned for key in value.missing)
    used = tuple(key for _, _, value in ways for key in value.used)
    return earned, max(high for _, high, _ in ways), Measured(missing=missing, used=used)


def _points(item: ScoreItem, context: Context) -> tuple[Number, Number, Measured]:
    """Give the least and the most points an item can have."""
    value = measure(item.value, context)
    if not value.applies:
        return item.otherwise, item.otherwise, value
    if value.low is None:
        points = [band[2] for band in item.bands] + [item.otherwise]
        return min(points), max(points), value
    for order, bound, points_of in item.bands:
        if order.holds(value.low, bound):
            return points_of, points_of, value
    return item.otherwise, item.otherwise, value


_MEASURES: dict[type[Quantity], Callable[[Any, Context], Measured]] = {
    Constant: _constant,
    Figure: _figure,
    Total: _total,
    Growth: _growth,
    CompoundGrowth: _compound,
    Age: _age,
    Parameter: _parameter,
    Ratio: _ratio,
    Sum: _sum,
    Derived: _derived,
    Indicator: _indicator,
}


def compare(left: Measured, order: Order, right: Measured) -> bool | None:
    """Compare two measured quantities; None where the intervals leave it open."""
    if left.low is None or left.high is None or right.low is None or right.high is None:
        return None
    best, worst = _ends(left, order, right)
    if worst:
        return True
    return None if best else False


def _ends(left: Measured, order: Order, right: Measured) -> tuple[bool, bool]:
    """Say whether the comparison holds at the most and at the least favourable ends."""
    assert left.low is not None and left.high is not None
    assert right.low is not None and right.high is not None
    if order in (Order.AT_LEAST, Order.MORE):
        return order.holds(left.high, right.low), order.holds(left.low, right.high)
    if order in (Order.AT_MOST, Order.LESS):
        return order.holds(left.low, right.high), order.holds(left.high, right.low)
    apart = left.high < right.low or right.high < left.low
    exact = left.low == left.high == right.low == right.high
    return not apart, exact

"""One number of a profile -> the values of it at which a leaf may turn, all its other facts as they are.

A quantity in one fact x is (a·x + b) ÷ (c·x + d) for every formula but a product of two such. It meets a
bound, or loses its base, only at a few values, and between two of them a leaf says the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from matcher import tree
from matcher.profile import FactKey
from matcher.readers.measuring import (
    Context,
    compound_bound,
    key_of_figure,
    keys_of_total,
    measure,
)
from matcher.tree import Constant, Quantity, Score, ScoreItem
from matcher.values import Number, whole

Numeric = tree.Compare | tree.Within | tree.EachYear


class Bent(Exception):
    """The quantity is no such fraction of the one fact, or rests on other facts that are unknown."""


class Fractional(NamedTuple):
    """(``a``·x + ``b``) ÷ (``c``·x + ``d``)."""

    a: Fraction
    b: Fraction
    c: Fraction = Fraction(0)
    d: Fraction = Fraction(1)

    def zeros(self) -> Iterator[Fraction]:
        """Give where it is zero and where it loses its base."""
        if self.a:
            yield -self.b / self.a
        if self.c:
            yield -self.d / self.c

    def plus(self, other: Fractional, sign: int = 1) -> Fractional:
        """Give the sum, or the difference; two moving bases, or a moving base and a slope, are bent."""
        other = other._replace(a=sign * other.a, b=sign * other.b)
        curved, line = (other, self) if other.c else (self, other)
        if (curved.c, curved.d) == (line.c, line.d):
            return curved._replace(a=curved.a + line.a, b=curved.b + line.b)
        if line.c or (curved.c and line.a):
            raise Bent
        slope, offset = line.a / line.d, line.b / line.d
        return curved._replace(
            a=curved.a + slope * curved.d + offset * curved.c, b=curved.b + offset * curved.d
        )

    def over(self, other: Fractional) -> Fractional:
        """Give the quotient."""
        if not self.c and not other.c:
            return Fractional(
                self.a * other.d, self.b * other.d, other.a * self.d, other.b * self.d
            )
        if not other.a and not other.c and other.b:
            factor = other.d / other.b
            return self._replace(a=self.a * factor, b=self.b * factor)
        raise Bent


@dataclass(frozen=True, slots=True)
class _Shape:
    """Writes a quantity as a fraction of one fact; ``bases`` collects where a base is lost."""

    key: FactKey
    context: Context
    bases: list[Fraction]

    def of(self, quantity: Quantity) -> Fractional:
        if isinstance(quantity, tree.Derived):
            if isinstance(quantity.definition, Score):
                raise Bent
            return self.of(quantity.definition)
        if isinstance(quantity, tree.Figure):
            return self._fact(key_of_figure(quantity, self.context))
        if isinstance(quantity, tree.Total):
            return self._sum([self._fact(key) for key in keys_of_total(quantity, self.context)])
        if isinstance(quantity, tree.Growth):
            year = self.context.year_of(quantity.period)
            grown = self._by_year(quantity.attribute, year, year - 1)
            return grown.plus(_constant(1), -1)
        if isinstance(quantity, tree.CompoundGrowth):
            last = self.context.as_of.year - 1
            self.bases.append(Fraction(0))  # below zero there is no rate
            return self._by_year(quantity.attribute, last, last - quantity.years)
        if isinstance(quantity, tree.Ratio):
            return self._quotient(self.of(quantity.over), self.of(quantity.under))
        if isinstance(quantity, tree.Sum):
            left, right = self.of(quantity.left), self.of(quantity.right)
            return left.plus(right, -1 if quantity.minus else 1)
        return self._known(quantity)

    def _known(self, quantity: Quantity) -> Fractional:
        value = measure(quantity, self.context)
        if value.low is None or value.low != value.high or self.key in value.used:
            raise Bent
        return _constant(value.low)

    def _fact(self, key: FactKey) -> Fractional:
        if key == self.key:
            return Fractional(Fraction(1), Fraction(0))
        value = self.context.profile.value(key)
        if not isinstance(value, int | Fraction):
            raise Bent
        return _constant(value)

    @staticmethod
    def _sum(parts: list[Fractional]) -> Fractional:
        total = parts[0]
        for part in parts[1:]:
            total = total.plus(part)
        return total

    def _by_year(self, attribute: str, last: int, first: int) -> Fractional:
        now, before = (self._fact(FactKey(attribute, None, year)) for year in (last, first))
        return self._quotient(now, before)

    def _quotient(self, over: Fractional, under: Fractional) -> Fractional:
        if not under.a and not under.c and under.b / under.d <= 0:
            raise Bent  # there is no base, whatever the fact is
        self.bases.extend(under.zeros())
        return over.over(under)


def _constant(value: Number) -> Fractional:
    return Fractional(Fraction(0), Fraction(value))


def turning_points(leaf: Numeric, key: FactKey, context: Context) -> list[Number]:
    """List the values of a fact at which a leaf may turn, from below; none where they are not known."""
    found: set[Fraction] = set()
    try:
        for left, right in _pairs(leaf, context):
            found.update(_crossings(left, right, key, context))
    except Bent:
        return []
    return sorted(whole(value) for value in found)


def _pairs(leaf: Numeric, context: Context) -> Iterator[tuple[Quantity, Quantity]]:
    """Give what a leaf compares, two by two; a score by each of its items."""
    if isinstance(leaf, tree.EachYear):
        for year in context.full_years(leaf.years):
            yield tree.Figure(leaf.attribute, tree.Year(year)), leaf.bound
    elif isinstance(leaf, tree.Within):
        yield leaf.value, leaf.low
        yield leaf.value, leaf.high
    else:
        yield leaf.left, leaf.right


def _crossings(
    left: Quantity, right: Quantity, key: FactKey, context: Context
) -> Iterator[Fraction]:
    if isinstance(left, tree.Derived) and isinstance(left.definition, Score):
        for way in ways_of(left.definition):
            if key in facts_of(way.value, context):
                for _, bound, _ in way.bands:
                    yield from _crossings(way.value, Constant(bound), key, context)
        return
    if isinstance(left, tree.CompoundGrowth) and isinstance(right, Constant):
        right = Constant(compound_bound(right.value, left.years))
    if key not in facts_of(left, context) + facts_of(right, context):
        return
    shape = _Shape(key, context, [])
    yield from shape.of(left).plus(shape.of(right), -1).zeros()
    yield from shape.bases


def ways_of(score: Score) -> Iterator[ScoreItem]:
    """Walk every way to earn points of a score."""
    for item in score.items:
        yield from (item,) if isinstance(item, ScoreItem) else item.ways


def facts_of(quantity: Quantity, context: Context) -> list[FactKey]:
    """List the facts that a quantity rests on, known or not."""
    if isinstance(quantity, tree.Figure):
        return [key_of_figure(quantity, context)]
    if isinstance(quantity, tree.Total):
        return keys_of_total(quantity, context)
    if isinstance(quantity, tree.Derived):
        if isinstance(quantity.definition, Score):
            ways = ways_of(quantity.definition)
            return [key for way in ways for key in facts_of(way.value, context)]
        return facts_of(quantity.definition, context)
    if isinstance(quantity, tree.Ratio):
        return facts_of(quantity.over, context) + facts_of(quantity.under, context)
    if isinstance(quantity, tree.Sum):
        return facts_of(quantity.left, context) + facts_of(quantity.right, context)
    value = measure(quantity, context)
    return [*value.used, *value.missing]

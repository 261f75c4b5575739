"""Exact rationals of whole-number columns: fractions that are never divided.

A comparison multiplies crosswise. How large each side may become is followed from column to column, so
that a product uses 64 bits where that is safe, 38 digits where it must, and is refused where even those
would not be exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm
from typing import Any

import ibis

from matcher.readers.columns import Column, Unsayable, known_false, ordered
from matcher.tree import Order
from matcher.values import Number

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


def added(left: Rational, right: Rational, *, minus: bool) -> Rational:
    """Give the sum of two rationals, or the left less the right."""
    if isinstance(left.under, int) and isinstance(right.under, int):
        under = lcm(left.under, right.under)
        one, one_max = _times(left.over, left.over_max, under // left.under, under // left.under)
        two, two_max = _times(
            right.over, right.over_max, under // right.under, under // right.under
        )
        size = one_max + two_max
        return Rational(_joined(one, two, size, minus), under, size, under)
    one, one_max = _times(left.over, left.over_max, right.under, right.under_max)
    two, two_max = _times(right.over, right.over_max, left.under, left.under_max)
    under, under_max = _times(left.under, left.under_max, right.under, right.under_max)
    size = one_max + two_max
    return Rational(_joined(one, two, size, minus), under, size, under_max)


def _joined(one: Any, two: Any, size: int, minus: bool) -> Any:
    if not (isinstance(one, int) and isinstance(two, int)):
        one, two = _sized(one, size), _sized(two, size)
    return one - two if minus else one + two


def divided(over: Rational, under: Rational) -> Rational | None:
    """Give the left by the right: NULL where the right is not above zero, None where it never is."""
    base = positive(under.over)
    if base is None:
        return None
    top, top_max = _times(over.over, over.over_max, under.under, under.under_max)
    bottom, bottom_max = _times(over.under, over.under_max, base, under.over_max)
    return Rational(top, bottom, top_max, bottom_max)


def positive(value: Any) -> Any:
    """Give a denominator where it is above zero, else NULL; of a constant None."""
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

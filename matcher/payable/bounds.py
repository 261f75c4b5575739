"""Intervals of exact numbers: what an amount can still come to while facts are missing.

An end of None lies beyond every number. Sums and products take the outermost values that the ends allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from matcher.tree import Order
from matcher.values import Number, whole

INFINITE = float("inf")
# Comparing a fraction with an infinite float is exact; nothing else is done with such an end.
_End = Fraction | float


@dataclass(frozen=True, slots=True)
class Bounds:
    """All numbers from ``low`` to ``high``, both included; None is an open end."""

    low: Number | None
    high: Number | None

    @classmethod
    def exactly(cls, value: Number) -> Bounds:
        """Make the interval of one number."""
        return cls(value, value)

    @property
    def exact(self) -> bool:
        """Say whether one number is left."""
        return self.low is not None and self.low == self.high

    def _ends(self) -> tuple[_End, _End]:
        low = -INFINITE if self.low is None else Fraction(self.low)
        high = INFINITE if self.high is None else Fraction(self.high)
        return low, high

    def plus(self, other: Bounds) -> Bounds:
        """Add two intervals."""
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        return Bounds(low, high)

    def minus(self, other: Bounds) -> Bounds:
        """Subtract an interval."""
        low = None if self.low is None or other.high is None else self.low - other.high
        high = None if self.high is None or other.low is None else self.high - other.low
        return Bounds(low, high)

    def times(self, other: Bounds) -> Bounds:
        """Multiply two intervals; nothing times anything is nothing."""
        products = [_product(one, two) for one in self._ends() for two in other._ends()]
        return _bounds(min(products), max(products))

    def each(self, change: Callable[[Number], Number]) -> Bounds:
        """Apply a function that never falls to both ends."""
        low = None if self.low is None else change(self.low)
        high = None if self.high is None else change(self.high)
        return Bounds(low, high)

    def at_least(self, floor: Bounds) -> Bounds:
        """Give the larger of two numbers within the intervals."""
        (low, high), (low_floor, high_floor) = self._ends(), floor._ends()
        return _bounds(max(low, low_floor), max(high, high_floor))

    def at_most(self, cap: Bounds) -> Bounds:
        """Give the smaller of two numbers within the intervals."""
        (low, high), (low_cap, high_cap) = self._ends(), cap._ends()
        return _bounds(min(low, low_cap), min(high, high_cap))

    def holds(self, order: Order, bound: Number) -> bool | None:
        """Compare with a number; None where the ends differ."""
        low, high = self._ends()
        answers = {_holds(order, low, bound), _holds(order, high, bound)}
        return answers.pop() if len(answers) == 1 else None


def hull(parts: Iterable[Bounds]) -> Bounds:
    """Give the smallest interval around all of some."""
    parts = list(parts)
    ends = [part._ends() for part in parts]
    return _bounds(min(low for low, _ in ends), max(high for _, high in ends))


def _product(one: _End, two: _End) -> _End:
    if one == 0 or two == 0:
        return Fraction(0)
    if isinstance(one, Fraction) and isinstance(two, Fraction):
        return one * two
    return INFINITE if (one > 0) == (two > 0) else -INFINITE


def _bounds(low: _End, high: _End) -> Bounds:
    return Bounds(
        whole(low) if isinstance(low, Fraction) else None,
        whole(high) if isinstance(high, Fraction) else None,
    )


def _holds(order: Order, end: _End, bound: Number) -> bool:
    return order.holds(end, bound)  # type: ignore[arg-type] # infinite ends compare like numbers

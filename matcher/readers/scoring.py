"""Which facts can still decide a score: a score known in part is an interval (see `measuring`)."""

from __future__ import annotations

from collections.abc import Iterable

from matcher.profile import FactKey
from matcher.readers.measuring import Context, item_points
from matcher.tree import BestItem, Derived, Order, Quantity, Score, ScoreItem, Sum
from matcher.values import Number


def deciding(
    quantity: Quantity, order: Order, bound: Number, context: Context
) -> tuple[FactKey, ...] | None:
    """List the facts that can still decide how a score, or a sum of scores, compares with a bound.

    None where the quantity is no score. An item whose points cannot tip the balance, whatever the
    others come to, asks for nothing. The items count as independent, so the list may be too long but
    never too short.
    """
    scores = scores_of(quantity)
    if not scores:
        return None
    items = [[item_points(item, context) for item in score.items] for score in scores]
    if order is Order.EQUAL:  # more points may both reach and overshoot it
        every = [value for score in items for _, _, value in score]
        return tuple(dict.fromkeys(key for value in every for key in value.missing))
    worth = [
        [_possible(item, low, high) for item, (low, high, _) in zip(score.items, own, strict=True)]
        for score, own in zip(scores, items, strict=True)
    ]
    totals = [_capped(_sums(own), score.full) for score, own in zip(scores, worth, strict=True)]
    found: list[FactKey] = []
    for place, score in enumerate(scores):
        others = _sums(_without(totals, place))
        for at, (low, high, value) in enumerate(items[place]):
            ends = (
                (min(rest + low, score.full) + other, min(rest + high, score.full) + other)
                for rest in _sums(_without(worth[place], at))
                for other in others
            )
            if any(order.holds(least, bound) != order.holds(most, bound) for least, most in ends):
                found += value.missing
    return tuple(dict.fromkeys(found))


def scores_of(quantity: Quantity) -> tuple[Score, ...]:
    """List the scores that a quantity is the sum of; none where it is anything else."""
    if isinstance(quantity, Derived):
        inner = quantity.definition
        return (inner,) if isinstance(inner, Score) else scores_of(inner)
    if isinstance(quantity, Sum) and not quantity.minus:
        left, right = scores_of(quantity.left), scores_of(quantity.right)
        return left + right if left and right else ()
    return ()


def _without(several: list[frozenset[Number]], place: int) -> list[frozenset[Number]]:
    return several[:place] + several[place + 1 :]


def _sums(several: Iterable[frozenset[Number]]) -> frozenset[Number]:
    """Give every sum of one number of each set."""
    sums: frozenset[Number] = frozenset({0})
    for one in several:
        sums = frozenset(total + points for total in sums for points in one)
    return sums


def _capped(sums: frozenset[Number], full: Number) -> frozenset[Number]:
    return frozenset(min(total, full) for total in sums)


def _possible(item: ScoreItem | BestItem, low: Number, high: Number) -> frozenset[Number]:
    """List the points an item can come to within bounds."""
    ways = (item,) if isinstance(item, ScoreItem) else item.ways
    every = {points for way in ways for points in (*(band[2] for band in way.bands), way.otherwise)}
    return frozenset(points for points in every if low <= points <= high)

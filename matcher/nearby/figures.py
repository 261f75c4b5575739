"""A numeric leaf -> how one figure would have to change for the leaf to come out as wanted.

Of a ratio the part above the line moves, of growth the later year, of a total the newest year: the rest is
what it is. The figure is exact; where it does not end in the unit's second decimal it is rounded to the
side on which the leaf still holds. A score is reached by items that together give the points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from math import ceil, floor, prod
from typing import Any

from matcher import tree
from matcher.nearby.changes import Change, Changes
from matcher.profile import Fact, FactKey, Profile
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context, key_of_figure, keys_of_total
from matcher.readers.scoring import scores_of
from matcher.readers.turning import Numeric, facts_of, turning_points
from matcher.tree import AllOf, AnyOf, Condition, Constant, Leaf, Order, Quantity, Score
from matcher.values import Number, whole
from matcher.vocabulary.model import Changing, Kind, Vocabulary

DECIMALS = 100
ASSUMED = 1000
MAX_DAYS = 36525
MAX_CHOICES = 5000
_COUNTED = frozenset({"人数", "件数"})


def figure_moves(leaf: Numeric, wanted: bool, judge: LeafJudge) -> Iterator[Changes]:
    """Give the changes of figures, one or as many as are unknown, that make a leaf come out so."""
    context = judge.context
    quantities = _quantities(leaf, context)
    keys = list(dict.fromkeys(key for one in quantities for key in facts_of(one, context)))
    unknown = [key for key in keys if not judge.profile.knows(key)]
    movable = movable_facts(leaf, context)
    target = next((key for key in movable if key in unknown), None)
    others = [key for key in unknown if key != target] if target else unknown[1:]
    assumed = {key: _assumed(key, judge.vocabulary) for key in others}
    knowing = supposing(judge, assumed)
    for key in [target or unknown[0]] if unknown else dict.fromkeys(movable):
        kind = judge.vocabulary.attributes[key.attribute].kind
        found = (_dated if kind is Kind.DATE else _figure)(leaf, wanted, key, knowing)
        if found is not None:
            beside = (Change(other, value, leaf, wanted) for other, value in assumed.items())
            yield (*beside, found)


def movable_facts(leaf: Numeric, context: Context) -> list[FactKey]:
    """List the facts of a leaf that are still open to change."""
    return [key for one in _quantities(leaf, context) for key in _movable(one, context)]


def _quantities(leaf: Numeric, context: Context) -> list[Quantity]:
    if isinstance(leaf, tree.Compare):
        return [leaf.left, leaf.right]
    if isinstance(leaf, tree.Within):
        return [leaf.value]
    return [tree.Figure(leaf.attribute, tree.Year(year)) for year in context.full_years(leaf.years)]


def _movable(quantity: Quantity, context: Context) -> list[FactKey]:
    """List the facts of a quantity that are still open to change."""
    if isinstance(quantity, tree.Figure):
        return [key_of_figure(quantity, context)]
    if isinstance(quantity, tree.Total):
        return keys_of_total(quantity, context)[:1]
    if isinstance(quantity, tree.Growth | tree.CompoundGrowth):
        return facts_of(quantity, context)[:1]
    if isinstance(quantity, tree.Ratio):
        return _movable(quantity.over, context)
    if isinstance(quantity, tree.Sum):
        return [*_movable(quantity.left, context), *_movable(quantity.right, context)]
    if isinstance(quantity, tree.Derived) and not isinstance(quantity.definition, Score):
        return _movable(quantity.definition, context)
    return facts_of(quantity, context) if isinstance(quantity, tree.Age) else []


def supposing(judge: LeafJudge, facts: dict[FactKey, Any]) -> LeafJudge:
    """Give the judge of a profile in which some facts are so."""
    now = judge.profile
    known = {**now.facts, **{key: Fact(value) for key, value in facts.items()}}
    profile = Profile(known, now.filed, now.unsure)
    return LeafJudge(judge.vocabulary, Context(profile, judge.as_of))


def _assumed(key: FactKey, vocabulary: Vocabulary) -> Number:
    """Give a figure to count with where the real one is not known."""
    unit = vocabulary.attributes[key.attribute].unit
    return whole(ASSUMED * Fraction(unit.factor)) if unit else ASSUMED


def _figure(leaf: Numeric, wanted: bool, key: FactKey, judge: LeafJudge) -> Change | None:
    attribute = judge.vocabulary.attributes[key.attribute]
    if attribute.unit is None:
        return None
    now = judge.profile.value(key)
    step = Fraction(attribute.unit.factor)
    if attribute.unit.dimension not in _COUNTED:
        step /= DECIMALS
    points = turning_points(leaf, key, judge.context)
    values = {
        whole(side * step + extra * step)
        for point in points
        for side in (floor(point / step), ceil(point / step))
        for extra in (-1, 0, 1)
    }
    known = now if isinstance(now, int | Fraction) else None
    if known is None:
        values |= {0, _assumed(key, judge.vocabulary)}
    if known is not None and attribute.changing is Changing.TIME:
        values = {value for value in values if value > known}
    starts = points if known is None else [known]

    def away(value: Number) -> tuple[Fraction, Number]:
        return min((abs(Fraction(value) - one) for one in starts), default=Fraction(0)), value

    for value in sorted(values, key=away):
        sensible = attribute.may_be_negative or value >= 0
        sensible = sensible and (attribute.maximum is None or value <= attribute.maximum)
        if sensible and supposing(judge, {key: value}).judge(leaf).truth is wanted:
            return Change(key, value, leaf, wanted)
    return None


def _dated(leaf: Numeric, wanted: bool, key: FactKey, judge: LeafJudge) -> Change | None:
    """Find the day on which an age is reached, and the start that would have reached it today."""
    known = judge.profile.value(key)
    latest = known if isinstance(known, date) else judge.as_of

    def started(days: int) -> bool:
        start = latest - timedelta(days)
        return supposing(judge, {key: start}).judge(leaf).truth is wanted

    def reached(days: int) -> bool:
        later = Context(judge.profile, judge.as_of + timedelta(days))
        return LeafJudge(judge.vocabulary, later).judge(leaf).truth is wanted

    back = first_place(started)
    if back is None:
        return None
    value = latest - timedelta(back)
    if not isinstance(known, date):
        return Change(key, value, leaf, wanted)
    ahead = first_place(reached)
    if ahead is None:
        return None
    return Change(key, value, leaf, wanted, judge.as_of + timedelta(ahead))


def first_place(test: Callable[[int], bool]) -> int | None:
    """Give the first of many days on which a test holds that holds from then on; None if it never does."""
    low, high = 0, MAX_DAYS
    if not test(high):
        return 0 if test(0) else None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if test(middle) else (middle + 1, high)
    return low


# --- what stands for a leaf ----------------------------------------------------------------------


def spelled_out(leaf: Leaf, judge: LeafJudge) -> Condition | None:
    """Give a score, a grade or a row of years as the conditions that make it; None for other leaves."""
    if isinstance(leaf, tree.EachYear):
        figures = _quantities(leaf, judge.context)
        return AllOf(tuple(tree.Compare(one, leaf.order, leaf.bound) for one in figures))
    if isinstance(leaf, tree.OneOf | tree.Ranks) and leaf.term is not None:
        return _graded(leaf, leaf.term, judge)
    if isinstance(leaf, tree.Compare) and isinstance(leaf.right, Constant):
        if isinstance(leaf.left, tree.Indicator):
            return _counted(leaf.left.condition, leaf.order, leaf.right.value)
        scores = scores_of(leaf.left)
        return _scored(scores, leaf.order, leaf.right.value) if scores else None
    return None


def _counted(condition: Condition, order: Order, bound: Number) -> Condition | None:
    """Give what a condition that counts as 1 or 0 must come to for the number to compare so."""
    met, unmet = order.holds(1, bound), order.holds(0, bound)
    if met is unmet:
        return None
    return condition if met else tree.Not(condition)


def _graded(leaf: tree.OneOf | tree.Ranks, term: tree.Grading, judge: LeafJudge) -> Condition:
    """Every grade that fits, in the first row that may apply: reached, and no higher one."""
    fitting = _fitting(leaf)
    ways: list[Condition] = []
    for case in term.cases:
        guard = judge.condition(case.guard).truth
        if guard is False:
            continue
        higher: list[Condition] = [] if guard else [case.guard]
        for grade in case.grades:
            here = [*higher, grade.condition] if grade.condition else higher
            if grade.option in fitting:
                ways.append(AllOf(tuple(here)))
            if grade.condition is not None:
                higher = [*higher, tree.Not(grade.condition)]
        break
    return AnyOf(tuple(ways))


def _fitting(leaf: tree.OneOf | tree.Ranks) -> set[str]:
    if isinstance(leaf, tree.OneOf):
        return set(leaf.options)
    bound = leaf.options.index(leaf.option)
    return {one for place, one in enumerate(leaf.options) if leaf.order.holds(place, bound)}


def _scored(scores: Sequence[Score], order: Order, bound: Number) -> Condition | None:
    """Every choice of bands whose points reach the bound, without an item more than it takes."""
    if order not in (Order.AT_LEAST, Order.MORE):
        return None
    choices = [[_bands(item) for item in score.items] for score in scores]
    if prod(len(bands) for items in choices for bands in items) > MAX_CHOICES:
        return None
    ways: list[Condition] = []
    for chosen in product(*(product(*items) for items in choices)):
        kept = [band for items in chosen for _, band in items if band]
        if _reaches(scores, chosen, order, bound) and not any(
            _reaches(scores, _without(chosen, band), order, bound) for band in kept
        ):
            ways.append(AllOf(tuple(kept)))
    return AnyOf(tuple(ways))


Band = tuple[Number, Condition | None]


def _reaches(
    scores: Sequence[Score], chosen: Sequence[Sequence[Band]], order: Order, bound: Number
) -> bool:
    totals = (
        min(sum(points for points, _ in items), score.full)
        for score, items in zip(scores, chosen, strict=True)
    )
    return order.holds(sum(totals), bound)


def _without(chosen: Sequence[Sequence[Band]], band: Condition) -> list[list[Band]]:
    return [[item for item in items if item[1] is not band] for items in chosen]


def _bands(item: tree.ScoreItem | tree.BestItem) -> list[Band]:
    """Give what each band of an item earns; the first earns the least and asks nothing."""
    ways = (item,) if isinstance(item, tree.ScoreItem) else item.ways
    found: list[Band] = [(max(way.otherwise for way in ways), None)]
    for way in ways:
        found += [
            (points, tree.Compare(way.value, order, Constant(edge)))
            for order, edge, points in way.bands
        ]
    return found

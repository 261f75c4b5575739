"""Values for a fact, most of them on or beside an edge of what a condition asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from matcher import tree
from matcher.language.conditions import leaves
from matcher.profile import (
    NOT_APPLICABLE,
    Activity,
    Fact,
    FactKey,
    FactValue,
    Profile,
    Rank,
    Spell,
    Stage,
    Tenure,
)
from matcher.tree import Condition, Constant, Quantity, State
from matcher.values import Number, add_years, whole
from matcher.vocabulary.model import Attribute, Kind
from tests.conftest import AS_OF
from tests.leaf_strategies import DAYS, INDUSTRIES, REGIONS

if TYPE_CHECKING:
    from tests.strategies import Maker

_DAY = timedelta(days=1)
# The first and last days that any generated window, date or validity turns on, and those beside them.
EDGES = tuple(
    edge + step * _DAY
    for edge in (
        AS_OF,
        date(2024, 1, 1),
        date(2024, 12, 31),
        date(2024, 7, 1),
        date(2025, 6, 30),
        add_years(AS_OF, -3),
        *DAYS,
    )
    for step in (-1, 0, 1)
)


def values_of(maker: Maker, key: FactKey, condition: Condition) -> tuple[FactValue, ...]:
    """List values for a fact: every state its kind has, and the edges that the condition draws."""
    attribute = maker.vocabulary.attributes[key.attribute]
    return tuple(_values(maker, key, attribute, condition))


def _values(
    maker: Maker, key: FactKey, attribute: Attribute, condition: Condition
) -> Iterator[FactValue]:
    kind = attribute.kind
    if kind in (Kind.NUMBER, Kind.PARAMETER):
        yield from numbers(condition)
    elif kind is Kind.DATE:
        yield from (*EDGES, date(2019, 2, 28))
    elif kind is Kind.CHOICE:
        yield from (member.label for member in attribute.members)
    elif kind is Kind.REGION:
        places = (*REGIONS, "合肥市包河区", "江苏省", "芜湖市")
        ids = [maker.vocabulary.regions.find(name)[0].id for name in places]
        yield from ((id_,) for id_ in ids)
        yield (ids[-1], ids[2])
    elif kind is Kind.INDUSTRY:
        yield from ((code,) for code in (*INDUSTRIES, "3973", "6520", "8311"))
        yield ("8311", "3973")
        for leaf in leaves(condition):
            if isinstance(leaf, tree.OneOf | tree.Ranks) and leaf.term is not None:
                yield from _trades(leaf.term)
    elif kind in (Kind.TITLES, Kind.STATUS):
        yield from _tenures(key.member == "绿色工厂")
    elif kind is Kind.ACTIVITIES:
        yield from (Activity(state) for state in State)
        yield from (Activity(State.DONE, day) for day in EDGES)
        yield Activity(State.DOING, AS_OF)
    elif kind is Kind.STAGE:
        yield from _stages(attribute, key)
    elif kind is Kind.RANK:
        yield from (Rank(1, 20), Rank(2, 20), Rank(3, 20), Rank(10), Rank(11), Rank(1))
    elif kind is Kind.RECORDS:
        yield from _records()
    else:
        yield from (True, False)
    if kind in (Kind.NUMBER, Kind.DATE, Kind.CHOICE, Kind.YES_NO, Kind.RANK):
        yield NOT_APPLICABLE


def numbers(condition: Condition) -> Iterator[Number]:
    """List the numbers a condition compares with, those beside them, and the pairs of a ratio."""
    yield from (0, 1, 100, -5, 10**15)
    for bound in _bounds(condition):
        fraction = Fraction(bound)
        yield from (bound, whole(fraction + 1), whole(fraction - Fraction(1, 7)))
        yield from (fraction.numerator, fraction.denominator)
        yield from (
            100 * fraction.denominator + 100 * fraction.numerator,
            100 * fraction.denominator,
        )


def _bounds(condition: Condition) -> Iterator[Number]:
    for leaf in leaves(condition):
        if isinstance(leaf, tree.Compare):
            yield from _constants(leaf.left)
            yield from _constants(leaf.right)
        elif isinstance(leaf, tree.Within):
            yield from (leaf.low.value, leaf.high.value)
        elif isinstance(leaf, tree.EachYear):
            yield leaf.bound.value
        elif isinstance(leaf, tree.OneOf | tree.Ranks) and leaf.term is not None:
            for row in _rows(leaf.term):
                yield from _bounds(row)


def _rows(term: tree.Grading) -> Iterator[Condition]:
    for case in term.cases:
        yield from (grade.condition for grade in case.grades if grade.condition is not None)


def _trades(term: tree.Grading) -> Iterator[tuple[str, ...]]:
    """Give a trade of every row of a graded term."""
    for case in term.cases:
        for leaf in leaves(case.guard):
            assert isinstance(leaf, tree.InTree)
            yield (leaf.nodes[0],)


def _constants(quantity: Quantity) -> Iterator[Number]:
    if isinstance(quantity, Constant):
        yield quantity.value
    elif isinstance(quantity, tree.Sum):
        yield from _constants(quantity.left)
        yield from _constants(quantity.right)


def _tenures(graded: bool) -> Iterator[Tenure]:
    """Held, not held, and validities that begin or end on, before and after the as-of date."""
    yield from (Tenure(), Tenure(clear_since=date.min), Tenure(clear_since=AS_OF))
    yield Tenure((Spell(),))
    for step in (-1, 0, 1):
        edge = AS_OF + step * _DAY
        yield Tenure((Spell(date(2023, 3, 1), edge),))
        yield Tenure((Spell(edge, date(2028, 1, 1)),))
    for start in EDGES:
        yield Tenure((Spell(start, add_years(start, 3) - _DAY),))
    yield Tenure((Spell(date(2024, 8, 1), date(2026, 2, 28), first=True),))
    yield Tenure((Spell(date(2024, 8, 1), date(2026, 2, 27), first=False),))
    yield Tenure((Spell(date(2021, 5, 1), date(2024, 4, 30)), Spell(date(2024, 5, 1), None)))
    if graded:
        yield from (Tenure((Spell(level=level),)) for level in ("市级", "省级", "国家级"))


def _stages(attribute: Attribute, key: FactKey) -> Iterator[Stage]:
    yield Stage()
    names = attribute.stages_of(attribute.member(key.member or ""))
    for name in names:
        yield Stage(name)
        if name in ("股改", "受理"):
            yield from (Stage(name, ((name, day),)) for day in EDGES)


def _records() -> Iterator[tuple[Profile, ...]]:
    def project(cost: int | None, done: date | None) -> Profile:
        facts: dict[FactKey, Fact] = {}
        if cost is not None:
            facts[FactKey("设备投资额")] = Fact(cost * 1_000_000)
        if done is not None:
            facts[FactKey("竣工日期")] = Fact(done)
        return Profile(facts, AS_OF)

    large, small = project(500, date(2024, 12, 31)), project(499, date(2025, 1, 1))
    vague = project(None, date(2025, 6, 30))
    yield from ((), (large,), (small,), (vague,), (large, large), (large, small, vague))

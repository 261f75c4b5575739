"""Conditions and profiles made from the shipped vocabulary, for property and contract tests.

`Maker` makes them from one choosing function, so Hypothesis (which shrinks) and a seeded random
generator (which is fast) make the same things. A few attributes of every kind are used again and
again, so facts meet in several leaves, and values lie on and beside the thresholds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from matcher.catalogue import Catalogue, load
from matcher.profile import Assurance, Fact, FactKey, FactValue, Profile
from matcher.readers.evaluate import evaluate
from matcher.tree import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Days,
    LastYears,
    Leaf,
    Named,
    Not,
    When,
    Year,
    YearsBack,
)
from tests.conftest import AS_OF, RULES
from tests.leaf_strategies import LEAF_MAKERS
from tests.value_strategies import values_of

T = TypeVar("T")
FILED = (None, AS_OF, date(2025, 3, 1), date(2024, 12, 31))


@lru_cache(maxsize=1)
def shipped() -> Catalogue:
    """The shipped rules, for strategies, which see no fixtures."""
    return load(RULES)


class Maker:
    """Makes conditions, facts and profiles by choosing among options."""

    def __init__(self, pick: Callable[[Sequence[Any]], Any]) -> None:
        self.pick = pick
        self.vocabulary = shipped().vocabulary

    def some(self, options: Sequence[T], least: int = 1, most: int = 3) -> tuple[T, ...]:
        """Choose a few different options, in their order."""
        count = self.pick(range(least, min(most, len(options)) + 1))
        left = list(options)
        chosen = [left.pop(self.pick(range(len(left)))) for _ in range(count)]
        return tuple(item for item in options if item in chosen)

    def leaf(self, kinds: Sequence[type[Leaf]] = tuple(LEAF_MAKERS)) -> Leaf:
        """Make a leaf of one of the kinds."""
        made: Leaf = LEAF_MAKERS[self.pick(kinds)](self)
        return made

    def condition(
        self, depth: int = 4, kinds: Sequence[type[Leaf]] = tuple(LEAF_MAKERS)
    ) -> Condition:
        """Make a tree of any joints, nested up to ``depth``."""
        joint = self.pick(("leaf", "leaf", "all", "any", "not", "some", "when", "named"))
        if depth <= 1 or joint == "leaf":
            return self.leaf(kinds)
        if joint == "not":
            return Not(self.condition(depth - 1, kinds))
        if joint == "when":
            return When(self.condition(depth - 1, kinds), self.condition(depth - 1, kinds))
        if joint == "named":
            name = self.pick(tuple(self.vocabulary.named))
            return Named(name, self.vocabulary.named[name])
        parts = tuple(self.condition(depth - 1, kinds) for _ in range(self.pick((2, 2, 3))))
        if joint == "all":
            return AllOf(parts)
        return (
            AnyOf(parts) if joint == "any" else AtLeast(self.pick(range(1, len(parts) + 1)), parts)
        )

    def period(self) -> YearsBack | Year | LastYears | Days:
        """Make a window for events."""
        periods = (
            YearsBack(1),
            YearsBack(0),
            Year(2024),
            LastYears(1),
            LastYears(3),
            Days(date(2024, 7, 1), date(2025, 6, 30)),
        )
        made: YearsBack | Year | LastYears | Days = self.pick(periods)
        return made

    # --- facts -----------------------------------------------------------------------------------

    def value(self, key: FactKey, condition: Condition) -> FactValue:
        """Make a value for a fact, often on the edge of what the condition asks."""
        made: FactValue = self.pick(values_of(self, key, condition))
        return made

    def fact(self, key: FactKey, condition: Condition) -> Fact:
        """Make a fact, attested or declared."""
        return Fact(self.value(key, condition), self.pick(tuple(Assurance)))

    def profile(self, *conditions: Condition, known: int = 2) -> Profile:
        """Make a profile that knows about ``known`` in three of the facts the conditions ask."""
        empty = Profile({}, self.pick(FILED))
        facts = {}
        for condition in conditions:
            for key in keys_of(condition, empty):
                if key not in facts and self.pick(range(3)) < known:
                    facts[key] = self.fact(key, condition)
        return Profile(facts, empty.filed)


def keys_of(condition: Condition, profile: Profile) -> list[FactKey]:
    """List the unknown facts that the leaves of a condition ask a profile for."""
    outcome = evaluate(condition, profile, AS_OF, shipped().vocabulary)
    judgements = (leaf.judgement for leaf in outcome.leaves())
    asked: Iterable[FactKey] = (key for one in judgements if one for key in one.missing)
    return [key for key in dict.fromkeys(asked) if not profile.knows(key)]


@st.composite
def conditions(
    draw: st.DrawFn, depth: int = 4, kinds: Sequence[type[Leaf]] = tuple(LEAF_MAKERS)
) -> Condition:
    """Conditions of all joints and leaves."""
    return _maker(draw).condition(depth, kinds)


@st.composite
def matters(
    draw: st.DrawFn,
    depth: int = 4,
    kinds: Sequence[type[Leaf]] = tuple(LEAF_MAKERS),
    known: int = 2,
) -> tuple[Condition, Profile]:
    """A condition with a profile that knows some of the facts it asks."""
    maker = _maker(draw)
    condition = maker.condition(depth, kinds)
    return condition, maker.profile(condition, known=known)


def _maker(draw: st.DrawFn) -> Maker:
    return Maker(lambda options: draw(st.sampled_from(options)))


def drawn(data: st.DataObject) -> Maker:
    """A maker for choices made in the middle of a test."""
    return Maker(lambda options: data.draw(st.sampled_from(options)))


def seeded(seed: int) -> Maker:
    """A fast maker that makes the same things in every run."""
    return Maker(Random(seed).choice)  # noqa: S311 - test data

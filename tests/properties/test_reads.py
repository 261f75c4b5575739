"""What a condition is said to read is all that its verdict and the ways to it depend on."""

from __future__ import annotations

import pytest
from hypothesis import given

from matcher.nearby.changes import Changes
from matcher.nearby.nearness import ways_to
from matcher.nearby.reads import READERS, reads
from matcher.nearby.search import Search
from matcher.profile import FactKey, Profile
from matcher.readers.evaluate import evaluate
from matcher.readers.fold import LEAVES
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.tree import Condition, Leaf
from tests.conftest import AS_OF, seeds
from tests.strategies import matters, seeded, shipped

VOCABULARY = shipped().vocabulary


def found(condition: Condition, profile: Profile) -> tuple[list[Changes], list[Leaf]]:
    """Search a condition for a profile: the ways, and what stands against all of them."""
    search = Search(condition, LeafJudge(VOCABULARY, Context(profile, AS_OF)))
    return search.found(), search.fixed()


def test_every_leaf_says_what_it_reads() -> None:
    assert set(READERS) == set(LEAVES)


@given(matter=matters(depth=3), other=matters(depth=3))
def test_facts_that_are_not_read_make_no_difference(
    matter: tuple[Condition, Profile], other: tuple[Condition, Profile]
) -> None:
    condition, profile = matter
    more = profile.with_facts(other[1].facts.items())
    apart = reads(condition, VOCABULARY).of(more)

    assert evaluate(condition, apart, AS_OF, VOCABULARY) == evaluate(
        condition, more, AS_OF, VOCABULARY
    )
    assert found(condition, apart) == found(condition, more)


@given(matter=matters(depth=3))
def test_what_is_used_missing_or_changed_is_read(matter: tuple[Condition, Profile]) -> None:
    condition, profile = matter
    known = reads(condition, VOCABULARY)
    outcome = evaluate(condition, profile, AS_OF, VOCABULARY)
    changed = [change.key for changes in found(condition, profile)[0] for change in changes]

    assert all(key in known for key in (*outcome.used(), *outcome.missing(), *changed))


@pytest.mark.parametrize("seed", seeds(3))
def test_a_shipped_measure_depends_on_what_it_reads_alone(seed: int) -> None:
    maker, measures = seeded(900 + seed), shipped().measures
    profile = maker.profile(*(item.condition for item in measures), known=1 + seed % 2)
    together = ways_to(measures, profile, AS_OF, VOCABULARY)
    for measure, ways in zip(measures, together, strict=True):
        apart = reads(measure.condition, VOCABULARY).of(profile)
        assert len(apart.facts) < len(profile.facts)
        assert ways_to([measure], apart, AS_OF, VOCABULARY) == [ways]


@pytest.mark.parametrize("seed", seeds(4))
def test_a_national_title_depends_on_what_it_reads_alone(seed: int) -> None:
    """Their conditions have scores, and items that count a condition as 1 or 0."""
    maker = seeded(950 + seed)
    for condition in {item.condition for item in shipped().standards}:
        profile = maker.profile(condition, known=seed % 3)
        known = reads(condition, VOCABULARY)
        outcome = evaluate(condition, profile, AS_OF, VOCABULARY)

        assert known.of(profile) == profile
        assert all(key in known for key in (*outcome.used(), *outcome.missing()))
        assert FactKey("企业名称") not in known

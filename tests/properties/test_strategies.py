"""The generated conditions and profiles reach everything that the tests built on them speak of."""

from __future__ import annotations

from collections import Counter

import pytest

from matcher.language.conditions import leaves
from matcher.logic import Verdict
from matcher.readers.evaluate import evaluate
from matcher.readers.fold import JOINTS, LEAVES
from matcher.tree import Condition, Leaf
from tests.conftest import AS_OF
from tests.strategies import LEAF_MAKERS, seeded, shipped


def nodes(condition: Condition) -> list[type[Condition]]:
    found = [type(condition)]
    for child in condition.children:
        found += nodes(child)
    return found


def depth(condition: Condition) -> int:
    return 1 + max((depth(child) for child in condition.children), default=0)


@pytest.fixture(scope="module")
def sample() -> list[Condition]:
    maker = seeded(1)
    return [maker.condition() for _ in range(1500)]


def test_every_leaf_has_a_maker() -> None:
    assert set(LEAF_MAKERS) == set(LEAVES)


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_leaf_occurs(leaf: type[Leaf], sample: list[Condition]) -> None:
    assert any(isinstance(node, leaf) for condition in sample for node in leaves(condition))


@pytest.mark.parametrize("joint", JOINTS, ids=lambda joint: joint.__name__)
def test_every_joint_occurs(joint: type[Condition], sample: list[Condition]) -> None:
    assert any(joint in nodes(condition) for condition in sample)


def test_trees_nest_four_deep(sample: list[Condition]) -> None:
    # A named condition is the vocabulary's own and may add levels below.
    assert max(depth(condition) for condition in sample) >= 4


def test_every_leaf_comes_to_every_verdict() -> None:
    """A leaf that is never met in the sample would leave the contract untested."""
    maker, vocabulary = seeded(2), shipped().vocabulary
    for kind in LEAVES:
        seen: Counter[Verdict] = Counter()
        for _ in range(400):
            leaf = maker.leaf([kind])
            seen[evaluate(leaf, maker.profile(leaf), AS_OF, vocabulary).verdict] += 1
        assert set(seen) == set(Verdict), kind.__name__

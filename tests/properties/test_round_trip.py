"""Print, then read: the canonical text of a condition means the same condition."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings

from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Problems
from matcher.language.leaves import LeafGrammar
from matcher.language.printer import print_condition
from matcher.language.source import read_yaml
from matcher.readers.fold import LEAVES
from matcher.tree import Condition, Leaf
from tests.strategies import conditions, seeded, shipped

VOCABULARY = shipped().vocabulary
GRAMMAR = LeafGrammar(VOCABULARY.units)


def read_back(condition: Condition) -> tuple[Condition | None, str]:
    """Print a condition as a rule file would hold it, and read that."""
    text = yaml.safe_dump(print_condition(condition, VOCABULARY), allow_unicode=True, width=10_000)
    problems = Problems()
    node = read_yaml(text, "printed", problems)
    assert node is not None, text
    read = ConditionReader(VOCABULARY, GRAMMAR, problems).read(node)
    return read, text + "\n".join(item.render() for item in problems)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(condition=conditions())
def test_a_printed_condition_reads_back(condition: Condition) -> None:
    again, text = read_back(condition)
    assert again == condition, text


@pytest.mark.parametrize("kind", LEAVES, ids=lambda leaf: leaf.__name__)
def test_every_leaf_reads_back(kind: type[Leaf]) -> None:
    maker = seeded(3)
    for _ in range(150):
        leaf = maker.leaf([kind])
        again, text = read_back(leaf)
        assert again == leaf, text


def test_every_shipped_measure_reads_back() -> None:
    for measure in shipped().measures:
        for condition in (measure.own, *measure.exclusions):
            if condition is not None:
                again, text = read_back(condition)
                # The judgements of a measure are bound to it after reading.
                assert print_condition(condition, VOCABULARY) == (
                    print_condition(again, VOCABULARY) if again else None
                ), text

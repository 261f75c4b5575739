"""The formulas of a fully known company say what evaluate says, for every leaf with a formula."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

pytest.importorskip("z3")

import z3

from matcher.profile import (
    NOT_APPLICABLE,
    Fact,
    FactKey,
    FactValue,
    Profile,
    Stage,
    Tenure,
)
from matcher.readers.evaluate import evaluate
from matcher.readers.fold import LEAVES
from matcher.readers.formula_facts import Facts, is_whole
from matcher.readers.formulas import Formulas
from matcher.tree import Condition, Leaf, Not
from matcher.vocabulary.model import Kind
from tests.conftest import AS_OF, seeds
from tests.proofs.assignments import assignment, says
from tests.strategies import Maker, keys_of, seeded, shipped

VOCABULARY = shipped().vocabulary
PRECISE: tuple[type[Leaf], ...] = tuple(leaf for leaf in LEAVES if leaf not in Formulas.loose)


def in_scope(key: FactKey, value: FactValue) -> FactValue | None:
    """Give a value as the formulas understand it; None where they leave it aside."""
    attribute = VOCABULARY.attributes[key.attribute]
    if isinstance(value, Tenure) and len(value.in_force(AS_OF)) > 1:
        return None
    if isinstance(value, Stage) and value.reached:
        ((_, day),) = value.reached
        own = attribute.stages_of(attribute.member(key.member or ""))
        upto = own[: own.index(value.current or "") + 1]
        return replace(value, reached=tuple((label, day) for label in upto))
    number = attribute.kind is Kind.NUMBER and value is not NOT_APPLICABLE
    if number and is_whole(attribute.unit) and not isinstance(value, int):
        return None
    return value


def known_profile(maker: Maker, facts: Facts, condition: Condition) -> Profile:
    """Make a profile that knows every fact the formulas ask for, and those of free leaves."""
    made = {}
    asked = keys_of(condition, Profile({}, AS_OF))
    for key in dict.fromkeys((*facts.unknowns, *asked)):
        value = None
        while value is None:
            value = in_scope(key, maker.value(key, condition))
        made[key] = Fact(value)
    return Profile(made, AS_OF)


def agree(maker: Maker, condition: Condition, companies: int) -> set[bool | None]:
    """Hold the formulas of one condition to evaluate; give the truths that came up."""
    facts = Facts.asked_by([condition], VOCABULARY, AS_OF)
    reader = Formulas(facts)
    said = reader(condition)
    truths = set()
    for _ in range(companies):
        profile = known_profile(maker, facts, condition)
        pairs = assignment(facts, profile)
        free = {
            name: evaluate(leaf, profile, AS_OF, VOCABULARY).truth
            for leaf, name in reader.free.items()
        }
        if None in free.values():
            continue
        pairs += [(name, z3.BoolVal(truth)) for name, truth in free.items()]
        expected = evaluate(condition, profile, AS_OF, VOCABULARY).truth
        found = (says(said.met, pairs), says(said.unmet, pairs))
        assert found == (expected is True, expected is False), (condition, profile)
        truths.add(expected)
    return truths


@pytest.mark.parametrize("seed", seeds(4))
def test_generated_trees(seed: int) -> None:
    maker = seeded(seed)
    for _ in range(20):
        agree(maker, maker.condition(4, PRECISE), 8)


@pytest.mark.parametrize("leaf", PRECISE, ids=lambda leaf: leaf.__name__)
def test_every_leaf_with_a_formula(leaf: type[Leaf]) -> None:
    """Each comes out both ways among its companies, and its contrary the other way."""
    maker = seeded(11)
    truths: set[bool | None] = set()
    for _ in range(10):
        made = maker.leaf([leaf])
        truths |= agree(maker, made, 12)
        agree(maker, Not(made), 3)
    assert {True, False} <= truths


@pytest.mark.parametrize("seed", seeds(2))
def test_the_shipped_rules_and_standards(seed: int) -> None:
    maker, catalogue = seeded(seed), shipped()
    conditions = [measure.condition for measure in catalogue.measures[seed::12]]
    for condition in (*conditions, *(item.condition for item in catalogue.standards)):
        agree(maker, condition, 3)


@pytest.mark.parametrize("leaf", sorted(Formulas.loose, key=lambda leaf: leaf.__name__))
def test_what_has_no_formula_is_free(leaf: type[Leaf]) -> None:
    """Equal leaves are one and the same free yes or no."""
    one, other = seeded(3).leaf([leaf]), seeded(3).leaf([leaf])
    reader = Formulas(Facts.asked_by([one], VOCABULARY, date(2025, 9, 1)))
    assert reader(one).met.eq(reader(other).met)
    assert list(reader.free) == [one]

"""The fast path gives the verdict that evaluate gives, on generated trees and on the shipped rules."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from matcher.finding import Matcher
from matcher.profile import Profile
from matcher.readers.compiled import compile_conditions
from matcher.readers.evaluate import Evaluate, evaluate
from matcher.tree import AllOf, Condition, Judged
from tests.conftest import AS_OF, seeds
from tests.strategies import matters, seeded, shipped

VOCABULARY = shipped().vocabulary


@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(matter=matters())
def test_one_condition(matter: tuple[Condition, Profile]) -> None:
    condition, profile = matter
    compiled = compile_conditions([condition], VOCABULARY)
    expected = evaluate(condition, profile, AS_OF, VOCABULARY).truth
    assert compiled(profile, AS_OF) == [expected]


@pytest.mark.parametrize("seed", seeds(10))
def test_many_conditions_in_one_function(seed: int) -> None:
    """Leaves that several conditions share are judged once, and say the same to each."""
    maker = seeded(seed)
    conditions = [maker.condition() for _ in range(60)]
    compiled = compile_conditions(conditions, VOCABULARY)
    for _ in range(5):
        profile = maker.profile(*conditions)
        evaluation = Evaluate(VOCABULARY, profile, AS_OF)
        expected = [evaluation(condition).truth for condition in conditions]
        assert compiled(profile, AS_OF) == expected


@pytest.mark.parametrize("seed", seeds(10))
def test_conditions_that_open_alike(seed: int) -> None:
    """Measures of one document stand under one test of their opening, which may go either way."""
    maker = seeded(100 + seed)
    openings = [(maker.condition(2), maker.condition(2)) for _ in range(4)]
    conditions = [
        AllOf((*opening, maker.condition(3), maker.leaf()))
        for opening in openings
        for _ in range(8)
    ]
    compiled = compile_conditions(conditions, VOCABULARY)
    for _ in range(8):
        profile = maker.profile(*conditions)
        evaluation = Evaluate(VOCABULARY, profile, AS_OF)
        expected = [evaluation(condition).truth for condition in conditions]
        assert compiled(profile, AS_OF) == expected


@pytest.mark.parametrize("seed", seeds(40))
def test_the_shipped_rules(seed: int) -> None:
    maker, catalogue = seeded(seed), shipped()
    conditions = [measure.condition for measure in catalogue.measures]
    profile = maker.profile(*conditions, catalogue.exclusion, known=seed % 4)
    evaluation = Evaluate(VOCABULARY, profile, AS_OF)
    expected = [evaluation(condition).truth for condition in conditions]
    assert Matcher(catalogue).verdicts(profile, AS_OF) == expected


def test_a_judgement_for_the_measure_goes_before_a_general_one() -> None:
    """Both readers look for the measure's own judgement first."""
    maker = seeded(4)
    own, general = Judged("运转成效", "hefei-2025/1.1"), Judged("运转成效")
    for _ in range(40):
        profile = maker.profile(own, general)
        condition = AllOf((own, general))
        compiled = compile_conditions([condition, own, general], VOCABULARY)
        evaluation = Evaluate(VOCABULARY, profile, AS_OF)
        expected = [evaluation(item).truth for item in (condition, own, general)]
        assert compiled(profile, AS_OF) == expected

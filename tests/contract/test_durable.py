"""durable_rules fires exactly where evaluate says MET, for every tree that it can say."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from matcher.documents.model import Measure
from matcher.logic import Verdict
from matcher.profile import NOT_APPLICABLE, Fact, FactKey, Profile
from matcher.readers import durable
from matcher.readers.durable import DurableRules
from matcher.readers.evaluate import Evaluate
from matcher.readers.fold import LEAVES
from matcher.readers.rulesets import LIMIT, DurableWriter, exact
from matcher.tree import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Constant,
    Derived,
    Figure,
    Holds,
    IsTrue,
    Leaf,
    Not,
    Order,
    Score,
    ScoreItem,
    TitleLeft,
    YearsBack,
)
from tests.conftest import AS_OF, seeds, skip_or_fail
from tests.strategies import seeded, shipped

VOCABULARY = shipped().vocabulary
SAYABLE: tuple[type[Leaf], ...] = tuple(leaf for leaf in LEAVES if leaf not in DurableWriter.cannot)


@pytest.fixture(autouse=True)
def _durable_rules() -> None:
    if not durable.available():
        skip_or_fail(durable.why_not())


def agree(conditions: dict[str, Condition], rules: DurableRules, profile: Profile) -> int:
    """Hold durable_rules to evaluate; give how many conditions were compared."""
    fired = rules.met(profile, AS_OF)
    evaluation = Evaluate(VOCABULARY, profile, AS_OF)
    said = {id_: item for id_, item in conditions.items() if id_ not in rules.unsayable}
    met = {id_ for id_, item in said.items() if evaluation(item).truth is True}
    assert fired == met
    return len(said)


def test_it_says_met_and_declares_it() -> None:
    assert DurableWriter.verdicts == {Verdict.MET}
    assert not DurableWriter.cannot & set(SAYABLE)


@pytest.mark.parametrize("seed", seeds(8))
def test_generated_trees(seed: int) -> None:
    """40 trees in a few rulesets, eight companies each: some 2,500 pairs in all."""
    maker = seeded(seed)
    conditions = {f"c{number}": maker.condition(4, SAYABLE) for number in range(40)}
    rules = DurableRules(conditions, VOCABULARY)
    pairs = sum(agree(conditions, rules, maker.profile(*conditions.values())) for _ in range(8))
    assert pairs >= 1500 / 8


@pytest.mark.parametrize("leaf", SAYABLE, ids=lambda leaf: leaf.__name__)
def test_every_leaf_and_its_contrary(leaf: type[Leaf]) -> None:
    """A leaf and its 非: unknown fires neither, 不适用 fires the contrary."""
    maker = seeded(7)
    leaves = [maker.leaf([leaf]) for _ in range(12)]
    conditions: dict[str, Condition] = {f"yes{n}": item for n, item in enumerate(leaves)}
    conditions |= {f"no{n}": Not(item) for n, item in enumerate(leaves)}
    rules = DurableRules(conditions, VOCABULARY)
    assert len(rules.unsayable) < len(conditions)
    for _ in range(20):
        agree(conditions, rules, maker.profile(*leaves))


@pytest.mark.parametrize("seed", seeds(20))
def test_the_shipped_rules(seed: int) -> None:
    maker, measures = seeded(seed), shipped().measures
    profile = maker.profile(*(measure.condition for measure in measures), known=seed % 4)
    fired, unsayable = durable.match(measures, VOCABULARY, profile, AS_OF)
    evaluation = Evaluate(VOCABULARY, profile, AS_OF)
    said = [measure for measure in measures if measure.id not in unsayable]
    assert fired == [m.id for m in said if evaluation(m.condition).truth is True]
    assert len(said) >= 0.95 * len(measures)


# --- what it cannot say --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "leaf", sorted(DurableWriter.cannot, key=str), ids=lambda leaf: leaf.__name__
)
def test_a_leaf_that_it_cannot_say_makes_the_measure_unsayable(leaf: type[Leaf]) -> None:
    maker = seeded(3)
    condition = AllOf((IsTrue("民营企业"), AnyOf((maker.leaf([leaf]), IsTrue("国有控股")))))
    rules = DurableRules({"m": condition}, VOCABULARY)
    assert rules.unsayable == {"m": leaf.__name__}
    assert rules.met(Profile({FactKey("民营企业"): Fact(True)}), AS_OF) == set()


REVENUE = FactKey("营业收入", None, AS_OF.year - 1)


def revenue(order: Order, fen: int | Fraction) -> Compare:
    return Compare(Figure("营业收入", YearsBack(1)), order, Constant(fen, "元"))


def reasons(condition: Condition) -> set[str]:
    return set(DurableRules({"m": condition}, VOCABULARY).unsayable.values())


def test_two_figures_and_scores_are_unsayable() -> None:
    left, right = Figure("营业收入", YearsBack(1)), Figure("研发费用", YearsBack(1))
    assert reasons(Compare(left, Order.MORE, right)) == {"two figures"}
    score = Score(100, (ScoreItem("规模", left, ((Order.AT_LEAST, 100, 60),), 0),))
    sixty = Compare(Derived("得分", score), Order.AT_LEAST, Constant(60, "分"))
    assert reasons(sixty) == {"a score"}


def test_a_rule_beyond_its_limits_is_refused_before_it_is_loaded() -> None:
    members = [item.label for item in VOCABULARY.titles.members]
    many = tuple(Holds("资质", (member,)) for member in members[:62])
    assert reasons(AllOf(many)) == {"more than 60 tests"}
    pairs = tuple(AnyOf(many[n : n + 2]) for n in range(0, 20, 2))
    assert reasons(AllOf(pairs)) == {"more than 512 ways to fire"}
    nested: Condition = many[0]
    for number in range(1, 20):
        nested = AllOf((many[number], nested)) if number % 2 else AnyOf((many[number], nested))
    assert reasons(nested) == {"more than 15 joints"}
    assert reasons(revenue(Order.MORE, LIMIT)) == {"a bound beyond exact numbers"}


# --- exact numbers -------------------------------------------------------------------------------


@pytest.mark.parametrize("order", Order, ids=lambda order: order.name)
@pytest.mark.parametrize("bound", [0, 200_000_000, 10**15, -(10**15), LIMIT - 1, Fraction(1, 3)])
def test_money_is_exact_at_the_threshold(order: Order, bound: int | Fraction) -> None:
    conditions: dict[str, Condition] = {
        "holds": revenue(order, bound),
        "fails": Not(revenue(order, bound)),
    }
    rules = DurableRules(conditions, VOCABULARY)
    beside = (bound - 1, bound - Fraction(1, 10**9), bound, bound + Fraction(1, 10**9), bound + 1)
    for value in (*beside, 10**23, -(10**23), NOT_APPLICABLE):
        assert agree(conditions, rules, Profile({REVENUE: Fact(value)})) == 2


def test_a_number_keeps_its_place_among_whole_bounds() -> None:
    assert exact(3) == 3
    assert exact(Fraction(7, 3)) == 2.5
    assert exact(Fraction(-1, 1000)) == -0.5
    assert exact(10**30) == LIMIT
    assert exact(-(10**30)) == -LIMIT


# --- running -------------------------------------------------------------------------------------


def test_one_company_leaves_nothing_behind_for_the_next() -> None:
    conditions: dict[str, Condition] = {"private": IsTrue("民营企业"), "state": IsTrue("国有控股")}
    rules = DurableRules(conditions, VOCABULARY)
    private = Profile({FactKey("民营企业"): Fact(True)})
    owned = Profile({FactKey("国有控股"): Fact(True)})
    for _ in range(1200):  # past the 1,024 states that durable_rules can keep
        assert rules.met(private, AS_OF) == {"private"}
        assert rules.met(owned, AS_OF) == {"state"}
        assert rules.met(Profile(), AS_OF) == set()


def test_a_title_is_held_on_its_first_and_last_day() -> None:
    maker = seeded(8)
    title = Holds("资质", ("高新技术企业",))
    rules = DurableRules({"m": title}, VOCABULARY)
    for _ in range(60):
        agree({"m": title}, rules, maker.profile(title, known=3))


def test_unsayable_measures_are_named(catalogue_measure: Measure) -> None:
    fired, unsayable = durable.match([catalogue_measure], VOCABULARY, Profile(), date(2026, 1, 1))
    assert fired == []
    assert unsayable == [catalogue_measure.id]


@pytest.fixture
def catalogue_measure() -> Measure:
    """A shipped measure, changed to ask for something durable_rules cannot say."""
    from dataclasses import replace

    return replace(shipped().measures[0], condition=TitleLeft("高新技术企业", Order.AT_LEAST, 180))

"""What more knowledge can and cannot do to a verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from matcher.finding import Matcher
from matcher.language.conditions import leaves
from matcher.logic import Truth
from matcher.profile import Fact, FactKey, Profile
from matcher.readers.evaluate import Evaluate, Outcome, evaluate
from matcher.readers.missing import missing_facts
from matcher.tree import (
    AllOf,
    AnyOf,
    AtStage,
    Compare,
    Condition,
    Constant,
    DateIs,
    EachYear,
    Figure,
    Holds,
    InTree,
    IsTrue,
    Judged,
    Leaf,
    Listed,
    Not,
    NotApplicable,
    OneOf,
    Order,
    Ranks,
    When,
    Within,
    YearsBack,
)
from tests.conftest import AS_OF, seeds
from tests.strategies import Maker, drawn, keys_of, matters, seeded, shipped

VOCABULARY = shipped().vocabulary
seriously = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def judged(condition: Condition, profile: Profile) -> Outcome:
    return evaluate(condition, profile, AS_OF, VOCABULARY)


def missing(condition: Condition, profile: Profile) -> tuple[FactKey, ...]:
    evaluation = Evaluate(VOCABULARY, profile, AS_OF)
    return missing_facts(evaluation(condition), evaluation.judge)


@seriously
@given(matter=matters(), data=st.data())
def test_a_settled_verdict_stays(matter: tuple[Condition, Profile], data: st.DataObject) -> None:
    """Learning one more fact never overturns MET or UNMET."""
    condition, profile = matter
    before = judged(condition, profile).verdict
    unknown = keys_of(condition, profile)
    assume(before.truth is not None and unknown)
    maker = drawn(data)
    key = maker.pick(unknown)
    learned = profile.with_fact(key, maker.fact(key, condition))

    assert judged(condition, learned).verdict is before


@seriously
@given(matter=matters())
def test_a_proof_alone_settles_the_verdict(matter: tuple[Condition, Profile]) -> None:
    condition, profile = matter
    outcome = judged(condition, profile)
    assume(outcome.truth is not None)
    proof = set(outcome.proof())
    kept = {key: fact for key, fact in profile.facts.items() if key in proof}

    assert proof <= set(profile.facts)
    assert judged(condition, replace(profile, facts=kept)).verdict is outcome.verdict


@seriously
@given(matter=matters())
def test_attested_facts_alone_grant_no_more(matter: tuple[Condition, Profile]) -> None:
    condition, profile = matter
    proven = judged(condition, profile.attested()).truth
    if proven is not None:
        assert judged(condition, profile).truth is proven


@pytest.mark.parametrize("seed", seeds(20))
def test_attested_facts_grant_no_measure_more(seed: int) -> None:
    """免申即享 never rests on what is not attested: the same on the shipped rules."""
    maker, matcher = seeded(seed), Matcher(shipped())
    profile = maker.profile(*(item.condition for item in shipped().measures))
    for whole, proven in zip(
        matcher.verdicts(profile, AS_OF), matcher.verdicts(profile.attested(), AS_OF), strict=True
    ):
        assert proven is None or whole is proven


# --- missing facts -------------------------------------------------------------------------------


def completed(condition: Condition, profile: Profile, maker: Maker, without: FactKey) -> Profile:
    """Fill in every unknown fact but one."""
    facts = {
        key: maker.fact(key, condition) for key in keys_of(condition, profile) if key != without
    }
    return profile.with_facts(facts.items())


@seriously
@given(matter=matters(), data=st.data())
def test_a_fact_that_is_not_listed_never_changes_the_verdict(
    matter: tuple[Condition, Profile], data: st.DataObject
) -> None:
    """Whatever the other facts turn out to be."""
    condition, profile = matter
    unlisted = sorted(set(keys_of(condition, profile)) - set(missing(condition, profile)), key=str)
    assume(unlisted)
    maker = drawn(data)
    key = maker.pick(unlisted)
    others = completed(condition, profile, maker, key)
    with_it = others.with_fact(key, maker.fact(key, condition))

    assert judged(condition, with_it).verdict is judged(condition, others).verdict


@pytest.mark.parametrize("seed", seeds(30))
def test_what_is_not_listed_never_matters_in_many_tries(seed: int) -> None:
    """The same over a great many small trees in which facts meet again and again."""
    maker = seeded(seed)
    for _ in range(60):
        condition = maker.condition(3, COMPARED)
        profile = maker.profile(condition, known=1)
        unlisted = set(keys_of(condition, profile)) - set(missing(condition, profile))
        for key in unlisted:
            others = completed(condition, profile, maker, key)
            with_it = others.with_fact(key, maker.fact(key, condition))
            assert judged(condition, with_it).verdict is judged(condition, others).verdict


# Leaves that compare a fact as it stands: the list is exact for these (see matcher/readers/missing.py).
COMPARED: tuple[type[Leaf], ...] = (
    IsTrue,
    Within,
    EachYear,
    OneOf,
    Ranks,
    Holds,
    InTree,
    DateIs,
    AtStage,
    Judged,
    Listed,
    NotApplicable,
)


@pytest.mark.parametrize("seed", seeds(30))
def test_every_listed_fact_can_change_the_verdict(seed: int) -> None:
    """Some way to know the others, or not, leaves the verdict to it."""
    maker = seeded(1000 + seed)
    for _ in range(40):
        condition = maker.condition(3, COMPARED)
        profile = maker.profile(condition, known=2)
        unknown = keys_of(condition, profile)
        if not 1 <= len(unknown) <= 4 or is_vague(condition, profile):
            continue
        for key in missing(condition, profile):
            if not profile.knows(key):
                assert can_change(key, condition, profile, maker), f"{key} in {condition}"


def is_vague(condition: Condition, profile: Profile) -> bool:
    """Say whether the list may be too long: a place or trade is coarse, or no row of a size is clear."""
    asked = missing(condition, profile)
    graded = any(isinstance(leaf, OneOf | Ranks) and leaf.term for leaf in leaves(condition))
    return any(profile.knows(key) for key in asked) or (graded and FactKey("行业") in asked)


def can_change(key: FactKey, condition: Condition, profile: Profile, maker: Maker) -> bool:
    """Look for a way to know the other facts in which learning this one changes the verdict."""
    others = [other for other in keys_of(condition, profile) if other != key]
    for _ in range(1500):
        facts = {other: maker.fact(other, condition) for other in others if maker.pick(range(5))}
        base = profile.with_facts(facts.items())
        truths: set[Truth] = {judged(condition, base).truth}
        if truths == {None}:
            for _ in range(12):
                learned = base.with_fact(key, maker.fact(key, condition))
                truths.add(judged(condition, learned).truth)
                if len(truths) > 1:
                    return True
    return False


def test_a_question_that_may_not_apply_asked_twice_can_also_be_answered() -> None:
    """Not only 不适用 is a way to answer it: with any date, the other question decides."""
    scored, founded = NotApplicable("亩均评价"), NotApplicable("成立日期")
    condition = AnyOf((When(scored, founded), AllOf((founded, IsTrue("民营企业")))))

    asked = {key.attribute for key in missing(condition, Profile())}

    assert {"亩均评价", "成立日期"} <= asked


def test_nothing_is_missing_once_settled() -> None:
    maker = seeded(5)
    for _ in range(300):
        condition = maker.condition()
        profile = maker.profile(condition)
        if judged(condition, profile).truth is not None:
            assert missing(condition, profile) == ()


# --- the case the module describes, and its neighbours -------------------------------------------

REVENUE = FactKey("营业收入", None, AS_OF.year - 1)
LISTED = FactKey("列入名单", "重点产业链企业名单")


def revenue(order: Order, yuan: int) -> Compare:
    return Compare(Figure("营业收入", YearsBack(1)), order, Constant(yuan * 10**10, "亿元"))


X = Listed("重点产业链企业名单")


def test_an_answer_that_closes_both_places_leaves_nothing_to_the_other_fact() -> None:
    """营业收入 ≥ 5 亿元, 且 (营业收入 ≥ 3 亿元 或 X): X never matters."""
    both = AllOf((revenue(Order.AT_LEAST, 5), AnyOf((revenue(Order.AT_LEAST, 3), X))))
    assert missing(both, Profile()) == (REVENUE,)


def test_the_other_fact_matters_between_the_thresholds() -> None:
    """营业收入 ≥ 3 亿元, 且 (营业收入 ≥ 5 亿元 或 X): from 3 to 5 it does."""
    between = AllOf((revenue(Order.AT_LEAST, 3), AnyOf((revenue(Order.AT_LEAST, 5), X))))
    assert missing(between, Profile()) == (REVENUE, LISTED)


def test_a_repeated_leaf_hides_what_stands_beside_it() -> None:
    """高新技术企业, 且 (高新技术企业 或 X): X never matters."""
    title = Holds("资质", ("高新技术企业",))
    repeated = AllOf((title, AnyOf((title, X))))
    assert missing(repeated, Profile()) == (FactKey("资质", "高新技术企业"),)


def test_where_any_answer_settles_it_all_are_named() -> None:
    """(A 或 非 A) 或 (B 或 非 B): either answer will do, so the company is told of both."""
    title = Holds("资质", ("高新技术企业",))
    either = AnyOf((title, Not(title), X, Not(X)))
    assert missing(either, Profile()) == (FactKey("资质", "高新技术企业"), LISTED)


def test_the_trade_decides_which_figures_a_size_asks_for() -> None:
    """Industry is classed by staff and revenue, so its total assets are not asked."""
    size = OneOf("企业规模", ("小型", "微型"), VOCABULARY.terms["企业规模"].grading)
    staff = FactKey("从业人员", None, AS_OF.year - 1)
    profile = Profile({FactKey("行业"): Fact(("3973",))})
    assert missing(size, profile) == (staff, REVENUE)

    few = profile.with_fact(staff, Fact(299))
    assert missing(size, few) == ()


def test_while_the_trade_is_unknown_every_figure_of_a_size_stays_listed() -> None:
    """Each row asks for others; the list may be too long there, never too short."""
    grading = VOCABULARY.terms["企业规模"].grading
    size = OneOf("企业规模", ("小型", "微型"), grading)
    figures = {key.attribute for key in missing(size, Profile())}
    assert figures == {"行业", "营业收入", "从业人员", "资产总额"}

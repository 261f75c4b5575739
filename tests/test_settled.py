"""A verdict is settled where every completion of the missing facts agrees, and only there."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher import tree
from matcher.catalogue import Catalogue
from matcher.finding import Delivery, Finding, Matcher
from matcher.language.profiles import Channel, read_company
from matcher.logic import Truth, Verdict
from matcher.profile import NOT_APPLICABLE, Activity, Fact, FactKey, Profile, Spell, Tenure
from matcher.readers.evaluate import Evaluate
from matcher.readers.prose import Wording
from matcher.readers.settled import Settled, settle
from matcher.tree import AllOf, AnyOf, AtLeast, Condition, Constant, Not, Order, State, When
from tests.conftest import AS_OF, seeds
from tests.strategies import keys_of, seeded, shipped

VOCABULARY = shipped().vocabulary
LAST = AS_OF.year - 1
REVENUE, EXPENSE = FactKey("营业收入", None, LAST), FactKey("研发费用", None, LAST)
HUNDRED_MILLION = 10**10
TITLE = tree.Holds("资质", ("高新技术企业",))
X = tree.Listed("重点产业链企业名单")


def settled(condition: Condition, profile: Profile | None = None) -> Settled | None:
    evaluation = Evaluate(VOCABULARY, profile or Profile(), AS_OF)
    return settle(evaluation(condition), evaluation.judge)


def verdict(condition: Condition, profile: Profile | None = None) -> Verdict:
    found = settled(condition, profile)
    return found.verdict if found else Verdict.OPEN


def revenue(order: Order, amount: int) -> tree.Compare:
    figure = tree.Figure("营业收入", tree.YearsBack(1))
    return tree.Compare(figure, order, Constant(amount * HUNDRED_MILLION, "亿元"))


def place(name: str) -> tree.InTree:
    return tree.InTree("注册地", (VOCABULARY.regions.find(name)[0].id,))


# --- cases of the domain -------------------------------------------------------------------------


def test_held_or_not_held() -> None:
    found = settled(AnyOf((TITLE, Not(TITLE))))
    assert found == Settled(Verdict.MET, (FactKey("资质", "高新技术企业"),), ())
    assert verdict(AllOf((TITLE, Not(TITLE)))) is Verdict.UNMET
    assert verdict(AnyOf((TITLE, Not(X)))) is Verdict.OPEN


def test_a_comparison_is_false_of_a_figure_that_does_not_apply() -> None:
    """营业收入 ≥ 3 亿元 或 营业收入 < 5 亿元: both are false of 不适用, so the verdict stays open."""
    either = AnyOf((revenue(Order.AT_LEAST, 3), revenue(Order.LESS, 5)))
    assert verdict(either) is Verdict.OPEN
    assert verdict(AnyOf((*either.parts, tree.NotApplicable("营业收入")))) is Verdict.MET
    assert verdict(AnyOf((revenue(Order.AT_LEAST, 3), Not(revenue(Order.AT_LEAST, 5))))) is (
        Verdict.MET
    )
    assert verdict(AllOf((revenue(Order.AT_LEAST, 5), revenue(Order.LESS, 3)))) is Verdict.UNMET


def test_every_option_but_not_applicable() -> None:
    labels = tuple(item.label for item in VOCABULARY.attributes["企业类型"].members)
    parts = tuple(tree.OneOf("企业类型", (label,)) for label in labels)
    assert verdict(AnyOf(parts)) is Verdict.OPEN
    assert verdict(AnyOf((*parts, tree.NotApplicable("企业类型")))) is Verdict.MET
    assert verdict(AllOf(parts[:2])) is Verdict.UNMET


def test_a_size_of_any_grade_once_the_trade_is_known() -> None:
    grading = VOCABULARY.terms["企业规模"].grading
    small = tree.OneOf("企业规模", ("小型", "微型"), grading)
    large = tree.OneOf("企业规模", ("中型", "大型"), grading)
    known = Profile({FactKey("行业"): Fact(("3973",))})

    assert verdict(AnyOf((small, large)), known) is Verdict.MET
    assert verdict(AnyOf((small, large))) is Verdict.OPEN  # 不可划型 is possible


def test_places_within_places() -> None:
    either = AnyOf((place("合肥市"), Not(place("合肥市蜀山区"))))
    assert verdict(either) is Verdict.MET
    assert verdict(AllOf((Not(place("合肥市")), place("合肥市蜀山区")))) is Verdict.UNMET
    coarse = Profile({FactKey("注册地"): Fact(place("合肥市").nodes)})
    district = place("合肥市蜀山区")
    assert verdict(AnyOf((district, Not(district))), coarse) is Verdict.MET


def test_several_trades_at_once() -> None:
    """A company may have three trades, so being outside one of three is not certain."""
    trades = tuple(tree.InTree("行业", (code,)) for code in ("13", "39", "65"))
    assert verdict(AnyOf(tuple(map(Not, trades)))) is Verdict.OPEN
    assert verdict(AllOf((trades[0], tree.InTree("行业", ("C",)), Not(trades[0])))) is Verdict.UNMET
    assert verdict(AnyOf((Not(trades[1]), tree.InTree("行业", ("C",))))) is Verdict.MET


def test_steps_of_an_activity() -> None:
    begun = tree.Holds("事项", ("技术改造",), 1, State.DOING)
    meant = tree.Holds("事项", ("技术改造",), 1, State.PLANNED)
    assert verdict(AnyOf((meant, Not(begun)))) is Verdict.MET
    assert verdict(AnyOf((begun, Not(meant)))) is Verdict.OPEN


def test_two_of_three_where_two_exclude_each_other() -> None:
    assert verdict(AtLeast(1, (TITLE, Not(TITLE), X))) is Verdict.MET
    assert verdict(AtLeast(2, (TITLE, Not(TITLE), X))) is Verdict.OPEN
    assert verdict(AtLeast(3, (TITLE, Not(TITLE), X))) is Verdict.UNMET


def test_a_ratio_whose_base_is_known() -> None:
    share = tree.Ratio(
        tree.Figure("研发费用", tree.YearsBack(1)), tree.Figure("营业收入", tree.YearsBack(1))
    )
    enough = tree.Compare(share, Order.AT_LEAST, Constant(tree_share(3), "%"))
    much = tree.Compare(share, Order.AT_LEAST, Constant(tree_share(5), "%"))
    known = Profile({REVENUE: Fact(HUNDRED_MILLION)})
    assert verdict(AnyOf((enough, Not(much))), known) is Verdict.MET
    assert verdict(AnyOf((enough, Not(much)))) is Verdict.OPEN  # a revenue of zero has no ratio


def tree_share(percent: int) -> Any:
    return VOCABULARY.units.parse(f"{percent}%", VOCABULARY.units.by_name["%"])


def test_items_of_a_score_that_make_up_for_each_other() -> None:
    """Three patents earn by the first item, fewer by the second: 20 points either way."""
    figure = tree.Figure("发明专利")
    many = tree.ScoreItem("多", figure, ((Order.AT_LEAST, 3, 20),), 0)
    few = tree.ScoreItem("少", figure, ((Order.AT_LEAST, 3, 0),), 20)
    score = tree.Derived("得分", tree.Score(100, (many, few)))

    assert verdict(tree.Compare(score, Order.AT_LEAST, Constant(20))) is Verdict.MET
    assert verdict(tree.Compare(score, Order.MORE, Constant(20))) is Verdict.UNMET
    assert verdict(tree.Compare(score, Order.AT_LEAST, Constant(21))) is Verdict.UNMET


def test_what_the_company_reads() -> None:
    found = settled(AnyOf((TITLE, Not(TITLE))))
    assert found is not None
    said = Wording(VOCABULARY).whatever(found.whatever, found.verdict)
    assert said == "无论资质 高新技术企业是哪一种,都符合"


# --- findings ------------------------------------------------------------------------------------

ON_RECORD = """
统一社会信用代码: {值: 91340100MA0000001K, 来源: 市场监管局}
注册地: {值: 合肥市, 来源: 市场监管局}
信用名单:
  失信被执行人: {值: 没有, 来源: 人民法院}
  严重违法失信名单: {值: 没有, 来源: 市场监管局}
"""


def finding(matcher: Matcher, catalogue: Catalogue, own: Condition, text: str) -> Finding:
    measure = catalogue.by_id["hefei-2025/1.4"]
    opening = measure.condition.children[:2]
    made = replace(measure, condition=AllOf((*opening, own)))
    trusted = Channel(everything=True)
    company = read_company(text, "company", matcher.vocabulary, AS_OF, trusted)
    (found,) = matcher.match(company.profile, AS_OF, [made]).findings
    return found


def test_a_settled_finding_misses_nothing(matcher: Matcher, catalogue: Catalogue) -> None:
    found = finding(matcher, catalogue, AnyOf((TITLE, Not(TITLE))), "注册地: 合肥市")

    assert found.verdict is Verdict.MET
    assert found.missing == ()
    assert found.whatever == (FactKey("资质", "高新技术企业"),)
    assert found.delivery is Delivery.EXPRESS
    assert FactKey("注册地") in found.to_prove
    assert not found.automatic_if_checked


def test_without_application_takes_a_plain_proof(matcher: Matcher, catalogue: Catalogue) -> None:
    """All it rests on is on record, yet what goes out unasked rests on facts, not on cases."""
    found = finding(matcher, catalogue, AnyOf((TITLE, Not(TITLE))), ON_RECORD)
    assert found.verdict is Verdict.MET
    assert found.delivery is Delivery.EXPRESS

    plain = finding(matcher, catalogue, place("合肥市"), ON_RECORD)
    assert plain.delivery is Delivery.AUTOMATIC


def test_settled_against_the_company(matcher: Matcher, catalogue: Catalogue) -> None:
    found = finding(matcher, catalogue, AllOf((TITLE, Not(TITLE))), "注册地: 合肥市")
    assert found.verdict is Verdict.UNMET
    assert found.delivery is None


# --- against brute force -------------------------------------------------------------------------

TRADES = ("C", "39", "397", "65")
DOMAINS: dict[FactKey, tuple[Any, ...]] = {
    FactKey("民营企业"): (True, False, NOT_APPLICABLE),
    FactKey("资质", "高新技术企业"): (Tenure(), Tenure((Spell(),))),
    FactKey("事项", "技术改造"): tuple(Activity(state) for state in State),
    FactKey("新三板层级"): ("未挂牌", "基础层", "创新层", NOT_APPLICABLE),
    FactKey("发明专利"): (0, 1, 2, 3, 4, 5, NOT_APPLICABLE),
    FactKey("行业"): (
        *((code,) for code in ("3971", "3911", "1311", "6510", "0111")),
        ("6510", "3971"),
        ("6510", "3911"),
        ("6510", "1311"),
        NOT_APPLICABLE,
    ),
}
NUMBERS = st.integers(1, 4).map(Constant)
LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.just(tree.IsTrue("民营企业")),
    st.just(TITLE),
    st.sampled_from(list(State)[1:]).map(lambda state: tree.Holds("事项", ("技术改造",), 1, state)),
    st.sets(st.sampled_from(("未挂牌", "基础层", "创新层")), min_size=1).map(
        lambda labels: tree.OneOf("新三板层级", tuple(sorted(labels)))
    ),
    st.builds(tree.Compare, st.just(tree.Figure("发明专利")), st.sampled_from(Order), NUMBERS),
    st.sampled_from(("发明专利", "新三板层级")).map(tree.NotApplicable),
    st.sampled_from(TRADES).map(lambda code: tree.InTree("行业", (code,))),
)


def _joints(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(AllOf),
        several.map(AnyOf),
        several.map(lambda made: AtLeast(2, made)),
        parts.map(Not),
        st.builds(When, parts, parts),
    )


TREES = st.recursive(LEAVES, _joints, max_leaves=6)


def completions(condition: Condition, profile: Profile) -> set[Truth]:
    """Give the truths of every way to fill in the facts that a condition asks."""
    unknown = keys_of(condition, profile)
    return {
        Evaluate(
            VOCABULARY,
            profile.with_facts(zip(unknown, map(Fact, values), strict=True)),
            AS_OF,
        )(condition).truth
        for values in product(*(DOMAINS[key] for key in unknown))
    }


@settings(max_examples=250, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(condition=TREES, known=st.sets(st.sampled_from(sorted(DOMAINS, key=str)), max_size=2))
def test_settled_exactly_where_all_completions_agree(
    condition: Condition, known: set[FactKey]
) -> None:
    profile = Profile({key: Fact(DOMAINS[key][0]) for key in known})
    plain = Evaluate(VOCABULARY, profile, AS_OF)(condition).truth
    truths = completions(condition, profile)

    said = plain if plain is not None else verdict(condition, profile).truth
    assert said == (next(iter(truths)) if len(truths) == 1 else None)


@pytest.mark.parametrize("seed", seeds(12))
def test_no_completion_contradicts_a_settled_verdict(seed: int) -> None:
    """The same over every leaf there is; values that cannot be listed may leave it open."""
    maker = seeded(7000 + seed)
    for _ in range(60):
        leaves = tuple(maker.leaf() for _ in range(2))
        parts = tuple(
            maker.pick((Not(leaf), leaf)) for leaf in (*leaves, maker.pick(leaves), maker.leaf())
        )
        condition = maker.pick((AllOf, AnyOf))(parts)
        profile = maker.profile(condition, known=1)
        found = settled(condition, profile)
        if found is None:
            continue
        for _ in range(20):
            facts = {key: maker.fact(key, condition) for key in keys_of(condition, profile)}
            learned = Evaluate(VOCABULARY, profile.with_facts(facts.items()), AS_OF)(condition)
            assert learned.truth in (None, found.verdict.truth)

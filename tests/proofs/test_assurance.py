"""Parts that decide nothing are found, shown and, where the text is so, confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

pytest.importorskip("z3")

import z3

from matcher import tree
from matcher.catalogue import Catalogue
from matcher.documents.model import Confirmed
from matcher.logic import Verdict
from matcher.profile import NOT_APPLICABLE, Fact, FactKey, FactValue, Profile, Spell, Tenure
from matcher.proofs.assurance import assure
from matcher.proofs.solving import Prover
from matcher.readers.evaluate import evaluate
from matcher.tree import AllOf, AnyOf, AtLeast, Condition, Constant, Not, When
from tests.conftest import AS_OF, seeds
from tests.proofs.reading import DAY, proven, with_measure
from tests.strategies import Maker, seeded, shipped


def said(text: str) -> list[tuple[str, int]]:
    return [(one.kind, one.place.line) for one in proven(text) if one.place]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- 民营企业\n- 从业人员 ≥ 10 人", []),
        # Nothing can be both, which no single line says.
        ("- 企业规模 为 大型\n- 中小企业", [("永不成立", 1)]),
        # But a company may name two trades, and the first row that fits one of them decides.
        ("- 从业人员 < 10 人\n- 企业规模 为 大型\n- 行业 属于 制造业", []),
        ("- 注册地 属于 合肥市\n- 注册地 不属于 安徽省", [("永不成立", 1)]),
        ("- 研发投入强度 ≥ 5%\n- 研发投入强度 < 4%", [("永不成立", 1)]),
        # What the others already ask.
        ("- 注册地 属于 合肥市\n- 注册地 属于 安徽省", [("多余", 2)]),
        ("- 事项 已完成 技术改造\n- 事项 含 技术改造", [("多余", 2)]),
        ("- 行业 属于 C39\n- 民营企业\n- 行业 属于 制造业", [("多余", 3)]),
        ("- 上市阶段 不早于 受理\n- 上市阶段 不早于 股改", [("多余", 2)]),
        # A branch inside another, and one that the rest rules out.
        ("任一:\n  - 从业人员 ≥ 10 人\n  - 从业人员 ≥ 20 人", [("多余", 3)]),
        ("- 民营企业\n- 任一:\n    - 非: 民营企业\n    - 外贸企业", [("走不到", 3)]),
        # The two halves leave nothing out only where 不适用 is left out of account: here it is not.
        ("任一:\n  - 从业人员 ≥ 10 人\n  - 从业人员 < 10 人", []),
        # Tiers say their range though the easier tier would take those beyond it anyway.
        (
            "任一:\n  - 全部: [营业收入 不足 2000 万元, 研发投入强度 ≥ 20%]\n"
            "  - 全部: [营业收入 ≥ 2000 万元, 研发投入强度 ≥ 10%]",
            [],
        ),
        # A requirement in a case that the rest rules out, or that always holds in it.
        ("- 民营企业\n- 当: {非: 民营企业}\n  则: 外贸企业", [("多余", 2)]),
        ("当: {全部: [民营企业, 非: 民营企业]}\n则: 外贸企业", [("走不到", 1)]),
        ("当: 从业人员 ≥ 20 人\n则: 从业人员 ≥ 10 人", [("多余", 1)]),
        ("- 民营企业\n- 非:\n    全部: [外贸企业, 非: 民营企业]", [("多余", 2)]),
        ("非:\n  任一:\n    - 外贸企业\n    - 全部: [民营企业, 外贸企业]", [("多余", 4)]),
        ("- 近 3 年 曾获 国家级科技奖励\n- 近 5 年 曾获 国家级科技奖励", [("多余", 2)]),
        # Of the past little is said: that nobody newly gets what they hold already is not.
        ("- 2024 年 新获 高新技术企业\n- 资质 含 高新技术企业", []),
    ],
)
def test_what_a_condition_is_told(text: str, expected: list[tuple[str, int]]) -> None:
    assert said(text) == expected


def test_a_contradiction_names_the_parts_that_make_it() -> None:
    (found,) = proven("- 民营企业\n- 研发投入强度 ≥ 5%\n- 外贸企业\n- 研发投入强度 < 4%")

    assert "“研发投入强度 ≥ 5 %”、“研发投入强度 < 4 %”" in found.message
    assert "民营" not in found.message


def test_a_branch_inside_another_is_shown_by_a_company_that_meets_the_wider() -> None:
    (found,) = proven("任一:\n  - 从业人员 ≥ 10 人\n  - 从业人员 ≥ 20 人")

    assert found.witness is not None
    assert found.witness.verdicts == (Verdict.MET, Verdict.UNMET)
    value = found.witness.profile.value(FactKey("从业人员", None, DAY.year - 1))
    assert isinstance(value, int)
    assert 10 <= value < 20


# --- measures ------------------------------------------------------------------------------------

TWIN, FIRST = "bozhou-2025-38/11.4", "bozhou-2025-38/10.1"


def found_of(catalogue: Catalogue, id_: str) -> list[tuple[str, str]]:
    return [(one.kind, one.other) for one in assure(catalogue, DAY) if one.measure == id_]


def test_two_measures_that_give_the_same_to_the_same(catalogue: Catalogue) -> None:
    unconfirmed = with_measure(catalogue, TWIN, confirmed=())
    assert found_of(unconfirmed, TWIN) == [("重复", FIRST)]

    other_benefit = with_measure(unconfirmed, TWIN, instruments=("补助",))
    assert found_of(other_benefit, TWIN) == []


def test_what_an_author_confirmed_is_not_reported(catalogue: Catalogue) -> None:
    assert found_of(catalogue, TWIN) == []


@pytest.mark.parametrize(
    "confirmed", [Confirmed("重复", "bozhou-2025-38/10.2", "同句"), Confirmed("多余", "", "同句")]
)
def test_a_confirmation_of_nothing_is_reported(confirmed: Confirmed, catalogue: Catalogue) -> None:
    beside = (*catalogue.by_id[TWIN].confirmed, confirmed)

    assert found_of(with_measure(catalogue, TWIN, confirmed=beside), TWIN) == [("已核失效", "")]


def test_the_shipped_measures_leave_nothing_to_report(catalogue: Catalogue) -> None:
    assert [one.message for one in assure(catalogue, DAY) if one.measure] == []


# --- against brute force -------------------------------------------------------------------------

PEOPLE, PRIVATE = FactKey("从业人员", None, AS_OF.year - 1), FactKey("民营企业")
LEVEL, TITLE = FactKey("亩均评价"), FactKey("资质", "高新技术企业")


def small_leaf(maker: Maker) -> Condition:
    """A leaf over one of four facts, each with a handful of values."""
    labels = [member.label for member in maker.vocabulary.attributes[LEVEL.attribute].members]
    people = tree.Figure("从业人员", tree.YearsBack(1))
    made: Condition = maker.pick(
        (
            tree.IsTrue("民营企业"),
            tree.NotApplicable("民营企业"),
            tree.Holds("资质", ("高新技术企业",)),
            tree.OneOf("亩均评价", maker.some(labels, 1, 2)),
            tree.Compare(people, maker.pick(tuple(tree.Order)), Constant(maker.pick((0, 1, 2)))),
            tree.Within(
                people, Constant(1), Constant(maker.pick((1, 2))), maker.pick((True, False))
            ),
        )
    )
    return made


def small_tree(maker: Maker, depth: int) -> Condition:
    joint = maker.pick(("leaf", "all", "any", "not", "when", "some"))
    if depth == 0 or joint == "leaf":
        return small_leaf(maker)
    if joint == "not":
        return Not(small_tree(maker, depth - 1))
    parts = tuple(small_tree(maker, depth - 1) for _ in range(3))
    if joint == "when":
        return When(parts[0], parts[1])
    if joint == "some":
        return AtLeast(2, parts)
    return AllOf(parts) if joint == "all" else AnyOf(parts)


def every_company() -> Iterator[Profile]:
    """All companies that such leaves can tell apart."""
    labels = [item.label for item in shipped().vocabulary.attributes[LEVEL.attribute].members]
    values: dict[FactKey, list[FactValue]] = {
        PEOPLE: [0, 1, 2, 3, NOT_APPLICABLE],
        PRIVATE: [True, False, NOT_APPLICABLE],
        LEVEL: [*labels, NOT_APPLICABLE],
        TITLE: [Tenure((Spell(),)), Tenure(clear_since=AS_OF)],
    }
    for chosen in product(*values.values()):
        facts = zip(values, map(Fact, chosen), strict=True)
        yield Profile(dict(facts), AS_OF)


@pytest.mark.parametrize("seed", seeds(40))
def test_never_and_implied_are_what_trying_every_company_says(seed: int) -> None:
    maker, vocabulary = seeded(seed), shipped().vocabulary
    one, other = small_tree(maker, 2), small_tree(maker, 2)
    prover = Prover([one, other], vocabulary, AS_OF)
    first, second = prover.said(one), prover.said(other)

    truths = {
        (
            evaluate(one, profile, AS_OF, vocabulary).truth,
            evaluate(other, profile, AS_OF, vocabulary).truth,
        )
        for profile in every_company()
    }

    assert prover.never(first.met) == all(truth is not True for truth, _ in truths)
    assert prover.never(first.unmet) == all(truth is not False for truth, _ in truths)
    implied = all(then is True for truth, then in truths if truth is True)
    assert prover.never(first.met, z3.Not(second.met)) == implied
    same = all((truth is True) == (then is True) for truth, then in truths)
    assert prover.never(z3.Xor(first.met, second.met)) == same

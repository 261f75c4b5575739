"""Bands that cannot be reached, gaps between bands, rows that overlap."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

pytest.importorskip("z3")

from matcher import tree
from matcher.proofs.tiers import Band, Fault, band_faults, gap, grading_faults, score_faults
from matcher.tree import Order, ScoreItem
from tests.proofs.reading import DAY, condition
from tests.strategies import shipped

VOCABULARY = shipped().vocabulary
LEAST, MOST, LESS, MORE = Order.AT_LEAST, Order.AT_MOST, Order.LESS, Order.MORE


def bands(*pairs: tuple[Order, int]) -> list[Band]:
    return [Band(f"{order.value} {bound}", order, bound) for order, bound in pairs]


def told(faults: list[Fault]) -> list[str]:
    return [f"{fault.code} {fault.message}" for fault in faults]


@pytest.mark.parametrize(
    ("pairs", "faults"),
    [
        ([(LEAST, 500), (LEAST, 100), (LEAST, 10)], []),
        ([(LESS, 10), (LESS, 100), (LEAST, 100)], []),
        ([(LEAST, 100), (LEAST, 500)], ["unreachable 档“≥ 500”走不到,前面的档已经取走这些数"]),
        ([(LEAST, 100), (LEAST, 100)], ["unreachable 档“≥ 100”走不到,前面的档已经取走这些数"]),
        ([(LESS, 0), (LEAST, 0)], ["unreachable 档“< 0”走不到,前面的档已经取走这些数"]),
        ([(MORE, 100), (LESS, 100)], ["gap 各档之间漏了一段,如 100"]),
        ([(MORE, 100), (MOST, 50)], ["gap 各档之间漏了一段,如 100"]),
    ],
)
def test_bands_of_one_number(pairs: list[tuple[Order, int]], faults: list[str]) -> None:
    assert told(list(band_faults(bands(*pairs), 0))) == faults


def test_a_gap_needs_bands_on_both_sides() -> None:
    assert gap(bands((LEAST, 500), (LEAST, 100))) is None
    assert gap(bands((LEAST, 500), (LESS, 100))) in (100, 500)


def item(*pairs: tuple[Order, Fraction]) -> ScoreItem:
    share = tree.Ratio(
        tree.Figure("研发费用", tree.YearsBack(1)), tree.Figure("营业收入", tree.YearsBack(1))
    )
    return ScoreItem("投入", share, tuple((order, bound, 10) for order, bound in pairs), 0)


def test_a_score_band_that_no_company_reaches() -> None:
    five, three = Fraction(5, 100), Fraction(3, 100)
    good, bad = item((LEAST, five), (LEAST, three)), item((LEAST, three), (LEAST, five))

    assert list(score_faults(tree.Score(100, (good,)), VOCABULARY, DAY)) == []
    (fault,) = score_faults(tree.Score(100, (bad,)), VOCABULARY, DAY)
    assert fault.message == "计分项“投入”的档“≥ 0.05”走不到"


def test_the_grades_of_a_term() -> None:
    grading = VOCABULARY.terms["企业规模"].grading
    assert grading is not None
    assert list(grading_faults(grading, VOCABULARY, DAY)) == []

    first, *others = grading.cases
    turned = replace(first, grades=(*reversed(first.grades[:-1]), first.grades[-1]))
    faults = grading_faults(replace(grading, cases=(turned, *others)), VOCABULARY, DAY)
    lost = [fault.message for fault in faults]
    assert lost == ["情形“农林牧渔业”的“中型”走不到", "情形“农林牧渔业”的“大型”走不到"]

    wide = replace(first, name="农业和工业", guard=condition("行业 属于任一 (A、B)"))
    faults = grading_faults(replace(grading, cases=(*grading.cases, wide)), VOCABULARY, DAY)
    assert [(fault.code, fault.message) for fault in faults] == [
        ("unreachable", "情形“农业和工业”走不到"),
        ("overlap", "情形“农林牧渔业”和“农业和工业”有重叠,先写的算"),
        ("overlap", "情形“工业”和“农业和工业”有重叠,先写的算"),
    ]

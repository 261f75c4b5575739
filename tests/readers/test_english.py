"""English sentences for every leaf; only names without an English label stay Chinese."""

from __future__ import annotations

from datetime import date

import pytest

from matcher import tree
from matcher.catalogue import Catalogue
from matcher.readers.english import SAYERS, number
from matcher.readers.fold import LEAVES
from matcher.readers.prose import EN, Wording
from matcher.tree import Constant, Event, LastYears, Leaf, Order, State, Year, YearsBack
from tests.leaf_strategies import LEAF_MAKERS
from tests.strategies import seeded

MILLION = 100_000_000  # a million yuan in 分
REVENUE = tree.Figure("营业收入", YearsBack(1))


def test_every_leaf_has_its_english_sentence() -> None:
    assert set(SAYERS) == set(LEAVES)


@pytest.mark.parametrize(
    ("leaf", "sentence"),
    [
        (tree.IsTrue("民营企业"), "Private enterprise"),
        (
            tree.Compare(REVENUE, Order.AT_LEAST, Constant(20 * MILLION, "万元")),
            "Revenue, last year: at least 20,000,000 yuan",
        ),
        (
            tree.Within(REVENUE, Constant(MILLION, "元"), Constant(2 * MILLION, "元"), True, False),
            "Revenue, last year: at least 1,000,000 yuan and less than 2,000,000 yuan",
        ),
        (
            tree.EachYear("研发费用", 2, Order.AT_LEAST, Constant(MILLION, "万元")),
            "R&D expense in each of the last 2 years: at least 1,000,000 yuan",
        ),
        (
            tree.Compare(
                tree.Total("研发费用", LastYears(3)), Order.MORE, Constant(MILLION, "万元")
            ),
            "total R&D expense, the last 3 years: more than 1,000,000 yuan",
        ),
        (tree.Holds("资质", ("高新技术企业",)), "holds: High-tech enterprise"),
        (
            tree.Holds("事项", ("技术改造",), 1, State.PLANNED),
            "plans or does: Technical renovation",
        ),
        (
            tree.TitleDate("高新技术企业", Order.AT_MOST, date(2021, 6, 30)),
            "High-tech enterprise obtained on or before 2021-06-30",
        ),
        (
            tree.TitleLeft("高新技术企业", Order.AT_LEAST, 180),
            "High-tech enterprise valid for at least 180 more days",
        ),
        (
            tree.Happened("资质", "高新技术企业", Event.FIRST, Year(2024)),
            "High-tech enterprise obtained for the first time in 2024",
        ),
        (
            tree.DateIs("成立日期", Order.LESS, date(2024, 1, 1)),
            "Date of establishment before 2024-01-01",
        ),
    ],
)
def test_a_leaf_in_english(catalogue: Catalogue, leaf: Leaf, sentence: str) -> None:
    assert Wording(catalogue.vocabulary, EN).leaf(leaf) == sentence


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1, "人", "1 person"),
        (300, "人", "300 persons"),
        (30_000, "万人", "30000 persons"),
        (2, "家", "2 entities"),
        (20_000_00, "元/人", "20000 yuan per person"),
    ],
)
def test_a_number_with_its_unit(catalogue: Catalogue, value: int, unit: str, said: str) -> None:
    assert number(Constant(value, unit), Wording(catalogue.vocabulary, EN)) == said


def test_generated_leaves_of_every_type_can_be_said(catalogue: Catalogue) -> None:
    wording = Wording(catalogue.vocabulary, EN)
    for kind in LEAF_MAKERS:
        maker = seeded(7)
        for _ in range(20):
            assert wording.leaf(maker.leaf((kind,)))

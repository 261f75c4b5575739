"""A score known in part against brute force: every way to fill in the unknown facts."""

from __future__ import annotations

from datetime import date
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from matcher import tree
from matcher.catalogue import Catalogue
from matcher.profile import Fact, FactKey, Profile
from matcher.readers.evaluate import evaluate
from matcher.tree import BestItem, Compare, Constant, Derived, Indicator, Order, Score, ScoreItem

DAY = date(2026, 4, 1)
NAMES = ("Ⅰ类知识产权", "Ⅱ类知识产权", "发明专利", "主导制定标准数")
DOMAIN = range(4)
points = st.integers(0, 9)


@st.composite
def banded(draw: st.DrawFn, name: str) -> ScoreItem:
    """One attribute with up to two bands, from the higher bound down."""
    bounds = sorted(draw(st.sets(st.integers(1, 3), min_size=1, max_size=2)), reverse=True)
    bands = tuple((Order.AT_LEAST, bound, draw(points)) for bound in bounds)
    return ScoreItem(name, tree.Figure(name), bands, draw(points))


@st.composite
def decided(draw: st.DrawFn, name: str) -> ScoreItem:
    """One attribute that a condition counts by."""
    bound = Constant(draw(st.integers(1, 3)))
    node: tree.Condition = Compare(tree.Figure(name), Order.AT_LEAST, bound)
    if draw(st.booleans()):
        node = tree.Not(node)
    return ScoreItem(name, Indicator(node), ((Order.AT_LEAST, 1, draw(points)),), draw(points))


def ways(name: str) -> st.SearchStrategy[ScoreItem]:
    """One way to earn points by one attribute."""
    return banded(name) | decided(name)


@st.composite
def comparisons(draw: st.DrawFn) -> Compare:
    """Two plain items and one that counts by the better of two: in one score, or in a sum of two."""
    one, two, three, four = (draw(ways(name)) for name in NAMES)
    better = BestItem("取高", (three, four))
    full = st.integers(5, 30)
    whole = Derived("得分", Score(draw(full), (one, two, better)))
    parts = (Score(draw(full), (one, better)), Score(draw(full), (two,)))
    total = Derived("总分", tree.Sum(*(Derived("分项", part) for part in parts)))
    left = draw(st.sampled_from((whole, total)))
    return Compare(left, draw(st.sampled_from(Order)), Constant(draw(st.integers(0, 30))))


def profile(values: dict[str, int]) -> Profile:
    return Profile({FactKey(name): Fact(value) for name, value in values.items()})


@given(comparison=comparisons(), known=st.dictionaries(st.sampled_from(NAMES), st.integers(0, 3)))
def test_an_interval_says_what_every_completion_says(
    catalogue: Catalogue, comparison: Compare, known: dict[str, int]
) -> None:
    """MET and UNMET are what all completions agree on; a fact left out of missing never decides."""
    said = evaluate(comparison, profile(known), DAY, catalogue.vocabulary)
    unknown = [name for name in NAMES if name not in known]
    truths = {
        filled: evaluate(
            comparison,
            profile({**known, **dict(zip(unknown, filled, strict=True))}),
            DAY,
            catalogue.vocabulary,
        ).truth
        for filled in product(DOMAIN, repeat=len(unknown))
    }
    if said.truth is not None:
        assert set(truths.values()) == {said.truth}
        return
    asked = {key.attribute for key in said.missing()}
    for filled, truth in truths.items():
        for place, name in enumerate(unknown):
            if name not in asked:
                others = ((*filled[:place], value, *filled[place + 1 :]) for value in DOMAIN)
                assert all(truths[other] is truth for other in others)
    if comparison.order is not Order.EQUAL:
        assert set(truths.values()) == {True, False}

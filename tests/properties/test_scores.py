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
from matcher.tree import BestItem, Compare, Constant, Derived, Order, Score, ScoreItem

DAY = date(2026, 4, 1)
NAMES = ("Ⅰ类知识产权", "Ⅱ类知识产权", "发明专利", "主导制定标准数")
DOMAIN = range(4)
points = st.integers(0, 9)


@st.composite
def ways(draw: st.DrawFn, name: str) -> ScoreItem:
    """One attribute with up to two bands, from the higher bound down."""
    bounds = sorted(draw(st.sets(st.integers(1, 3), min_size=1, max_size=2)), reverse=True)
    bands = tuple((Order.AT_LEAST, bound, draw(points)) for bound in bounds)
    return ScoreItem(name, tree.Figure(name), bands, draw(points))


@st.composite
def comparisons(draw: st.DrawFn) -> Compare:
    """A score of two plain items and one that counts by the better of two."""
    one, two, three, four = (draw(ways(name)) for name in NAMES)
    score = Score(draw(st.integers(5, 30)), (one, two, BestItem("取高", (three, four))))
    left = Derived("得分", score)
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

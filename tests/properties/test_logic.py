"""Kleene's three-valued logic: the laws that hold, and the one of two-valued logic that must not."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.logic import Truth, Verdict, all_of, any_of, at_least, negate

TRUTHS: tuple[Truth, ...] = (True, False, None)
truths = st.sampled_from(TRUTHS)
lists = st.lists(truths, max_size=6)


@pytest.mark.parametrize("one", TRUTHS)
def test_double_negation_says_the_same(one: Truth) -> None:
    assert negate(negate(one)) is one


@given(parts=lists)
def test_de_morgan(parts: list[Truth]) -> None:
    assert negate(all_of(parts)) is any_of([negate(part) for part in parts])
    assert negate(any_of(parts)) is all_of([negate(part) for part in parts])


@given(parts=lists, data=st.data())
def test_the_order_of_parts_does_not_matter(parts: list[Truth], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(parts))
    assert all_of(shuffled) is all_of(parts)
    assert any_of(shuffled) is any_of(parts)


@given(parts=lists, more=lists)
def test_joints_nest(parts: list[Truth], more: list[Truth]) -> None:
    assert all_of([all_of(parts), all_of(more)]) is all_of(parts + more)
    assert any_of([any_of(parts), any_of(more)]) is any_of(parts + more)


@pytest.mark.parametrize(("one", "two", "three"), list(product(TRUTHS, repeat=3)))
def test_joints_distribute(one: Truth, two: Truth, three: Truth) -> None:
    assert all_of([one, any_of([two, three])]) is any_of([all_of([one, two]), all_of([one, three])])
    assert any_of([one, all_of([two, three])]) is all_of([any_of([one, two]), any_of([one, three])])


@given(parts=st.lists(truths, min_size=1, max_size=6))
def test_at_least_counts_from_any_to_all(parts: list[Truth]) -> None:
    assert at_least(1, parts) is any_of(parts)
    assert at_least(len(parts), parts) is all_of(parts)


@given(parts=st.lists(truths, min_size=1, max_size=6), data=st.data())
def test_at_least_turns_around(parts: list[Truth], data: st.DataObject) -> None:
    """Not n of m is the same as m - n + 1 of the parts turned around."""
    count = data.draw(st.integers(1, len(parts)))
    turned = [negate(part) for part in parts]
    assert negate(at_least(count, parts)) is at_least(len(parts) - count + 1, turned)


@given(parts=lists, data=st.data())
def test_knowing_more_never_overturns(parts: list[Truth], data: st.DataObject) -> None:
    """What is settled with some parts unknown stays so, whatever they turn out to be."""
    known = [data.draw(st.booleans()) if part is None else part for part in parts]
    count = data.draw(st.integers(1, max(1, len(parts))))
    for before, after in (
        (all_of(parts), all_of(known)),
        (any_of(parts), any_of(known)),
        (at_least(count, parts), at_least(count, known)),
    ):
        assert after is not None
        assert before is None or after is before


@given(parts=lists, data=st.data())
def test_what_is_open_could_go_either_way(parts: list[Truth], data: st.DataObject) -> None:
    """At least n is open only where some way to know the rest meets it and another does not."""
    count = data.draw(st.integers(1, max(1, len(parts))))
    best = at_least(count, [part is not False for part in parts])
    worst = at_least(count, [part is True for part in parts])
    assert (at_least(count, parts) is None) == (best is not worst)


def test_the_unknown_is_neither_met_nor_ruled_out() -> None:
    """The excluded middle does not hold: unknown or not unknown stays unknown."""
    assert any_of([None, negate(None)]) is None
    assert all_of([None, negate(None)]) is None


def test_no_parts_ask_nothing() -> None:
    assert all_of([]) is True
    assert any_of([]) is False


@pytest.mark.parametrize("truth", TRUTHS)
def test_verdicts_are_truths_by_name(truth: Truth) -> None:
    assert Verdict.of(truth).truth is truth

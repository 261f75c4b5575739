"""What those who may not see single companies learn of counts: nothing that names a few of them."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webapp.dashboard.runs import stored
from webapp.services.dashboard import reach
from webapp.services.dashboard.cube import ROUNDED, with_rounded
from webapp.services.dashboard.figures import (
    SMALL,
    Figure,
    at_most,
    exactly,
    roughly,
    rounded,
)
from webapp.services.dashboard.stored import Scope

COUNTS = st.integers(0, 10**7)


@given(COUNTS, COUNTS)
def test_whoever_sees_companies_sees_the_count(n: int, other: int) -> None:
    assert exactly(n, other).said == f"{n:,}"
    assert exactly(n, other).cell == n


@given(st.integers(0, SMALL - 1), COUNTS)
def test_a_small_count_is_hidden_zero_too(n: int, other: int) -> None:
    figure = roughly(n, other)
    assert (figure.said, figure.cell, figure.n) == ("<5", "<5", 0)


@given(st.integers(SMALL, 10**7), st.integers(0, 10**7))
def test_of_a_larger_count_only_what_it_was_rounded_to_is_shown(n: int, other: int) -> None:
    assert roughly(n, other).n == max(SMALL, other)


@given(COUNTS, st.text())
def test_rounding_goes_to_a_multiple_of_five_beside_the_count(n: int, salt: str) -> None:
    assert rounded(n, salt) % SMALL == 0
    assert abs(rounded(n, salt) - n) < SMALL
    assert rounded(n, salt) == rounded(n, salt)


def test_rounding_keeps_sums_about_right() -> None:
    """Of a thousand companies in cells of one about a thousand are left, not none."""
    assert 800 < sum(rounded(1, f"cell {n}") for n in range(1_000)) < 1_200


@given(COUNTS, COUNTS, st.booleans())
def test_a_part_is_never_shown_larger_than_its_whole(n: int, whole: int, hidden: bool) -> None:
    part = at_most(Figure(n), Figure(0 if hidden else whole, hidden))
    assert part.n <= whole
    assert part.hidden is hidden


SCOPES = [Scope(county, section) for county, section in product((None, 0, 3, 7), (None, 0, 2))]


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_nothing_small_is_shown_and_nothing_follows_from_totals(out: Path, scope: Scope) -> None:
    """All that is shown are sums of cells that were rounded once, so no difference tells a small one."""
    counts = stored(out)
    exact = {row.id: row for row in reach.by_county(counts, scope, exactly)}
    shown = {row.id: row for row in reach.by_county(counts, scope, roughly)}
    assert set(exact) == set(shown)
    for id_, row in shown.items():
        for name in ("companies", "decided", "met", "automatic"):
            n, figure = getattr(exact[id_], name).n, getattr(row, name)
            if n < SMALL:
                assert figure.hidden
            if not figure.hidden:
                assert figure.n % SMALL == 0
                assert figure.n >= SMALL
        assert row.automatic.n <= row.met.n <= row.decided.n <= row.companies.n
    measures = zip(
        sorted(reach.by_measure(counts, scope, exactly), key=lambda row: row.id),
        sorted(reach.by_measure(counts, scope, roughly), key=lambda row: row.id),
        strict=True,
    )
    for true, told in measures:
        for name in ("met", "automatic", "open", "waiting", "unmet"):
            figure = getattr(told, name)
            assert figure.hidden or (figure.n % SMALL == 0 and figure.n >= SMALL)
            assert figure.hidden or getattr(true, name).n >= SMALL


def test_a_total_less_the_others_tells_no_small_count_from_another() -> None:
    """Whether one, two, three or four companies are hidden, the difference is 0 or 5."""
    seen: dict[int, set[int]] = {}
    for n in range(1, SMALL):
        for _ in range(200):
            table = with_rounded(pl.DataFrame({"n": [n, 23, 48]}))
            cells = table.get_column("n" + ROUNDED)
            total = roughly(n + 71, int(cells.sum()))
            others = [roughly(23, int(cells[1])), roughly(48, int(cells[2]))]
            seen.setdefault(n, set()).add(total.n - sum(figure.n for figure in others))
    assert set(map(frozenset, seen.values())) == {frozenset({0, SMALL})}

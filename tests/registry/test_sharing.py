"""The few facts that settle the most open findings, against all sets of facts on small domains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from matcher.catalogue import Catalogue
from matcher.profile import FactKey
from matcher.registry.findings import shopping_list
from matcher.registry.sharing import Waiting
from matcher.registry.summary import Better, Step
from matcher.registry.tables import shopping_list as table_of
from tests.registry.summaries import empty

FACTS = "甲乙丙丁戊己"
Sets = Mapping[frozenset[str], int]


def waiting() -> st.SearchStrategy[Sets]:
    """Findings that wait for some of six facts."""
    sets = st.frozensets(st.sampled_from(FACTS), max_size=4)
    return st.dictionaries(sets, st.integers(1, 20), max_size=12)


def by_hand(sets: Sets, size: int) -> int:
    """Try every set of so many facts."""
    return max(
        sum(count for keys, count in sets.items() if keys and keys <= set(chosen))
        for chosen in combinations(FACTS, size)
    )


@given(sets=waiting(), size=st.integers(1, 6))
def test_the_best_facts_are_the_best_of_all_sets(sets: Sets, size: int) -> None:
    findings = Waiting(sets, str)
    size = min(size, len(findings.facts))
    best = findings.best(size)
    assert best.proven
    assert best.settled == by_hand(sets, size) == findings.settled(best.facts)
    assert len(best.facts) <= size


@given(sets=waiting(), visits=st.integers(0, 6))
def test_nothing_is_called_proven_that_is_not_the_best(sets: Sets, visits: int) -> None:
    findings = Waiting(sets, str)
    size = min(3, len(findings.facts))
    best = findings.best(size, visits=visits)
    assert best.settled == findings.settled(best.facts)
    assert not best.proven or best.settled == by_hand(sets, size)


@given(sets=waiting())
def test_the_list_is_held_against_the_best_at_each_length(sets: Sets) -> None:
    findings = Waiting(sets, str)
    listed = findings.listed(4)
    facts = [item.fact for item in listed]
    assert len(set(facts)) == len(facts) == min(4, len(findings.facts))
    for length, item in enumerate(listed, start=1):
        assert item.settled == findings.settled(facts[:length])
        assert item.best.settled == by_hand(sets, length) >= item.settled


@given(sets=waiting())
def test_the_order_of_what_comes_in_does_not_matter(sets: Sets) -> None:
    turned = dict(reversed(sets.items()))
    assert Waiting(sets, str).listed(6) == Waiting(turned, str).listed(6)


def test_facts_worth_nothing_apart_come_in_together() -> None:
    """Whoever only ever looks at one more fact takes 丁 before 甲 and 乙."""
    sets = {frozenset("甲乙"): 100, frozenset("丙"): 10, frozenset("丁"): 5}
    listed = Waiting(sets, str).listed(3)
    assert [(item.fact, item.settled, item.best.settled) for item in listed] == [
        ("丙", 10, 10),
        ("甲", 10, 100),
        ("乙", 110, 110),
    ]
    assert listed[1].best == (frozenset("甲乙"), 100, True)


def test_a_search_that_is_cut_short_claims_nothing() -> None:
    sets = {frozenset("甲乙"): 100, frozenset("丙"): 10, frozenset("丁"): 5}
    assert Waiting(sets, str).best(2, visits=0) == (frozenset("丙丁"), 15, False)


def test_nothing_waits_for_nothing() -> None:
    assert Waiting({}, str).listed(3) == []
    assert Waiting({frozenset(): 4}, str).listed(3) == []


# --- the shopping list ---------------------------------------------------------------------------

PLACE, TRADE = FactKey("注册地"), FactKey("行业")
STAFF, REVENUE = FactKey("从业人员", None, 2024), FactKey("营业收入", None, 2024)
OPEN = Counter(
    {
        frozenset({PLACE}): 50,
        frozenset({STAFF}): 20,
        frozenset({STAFF, TRADE}): 5,
        frozenset({REVENUE, TRADE}): 40,
    }
)


def test_each_step_says_whether_other_facts_settle_more(catalogue: Catalogue) -> None:
    """行业 and 营业收入 settle more than 从业人员 does, but only together."""
    assert shopping_list(OPEN, catalogue.vocabulary) == (
        Step("注册地", "市场监管局", 50, 50, None, proven=True),
        Step("2024 年 从业人员", "税务局", 20, 70, None, proven=True),
        Step(
            "行业",
            "统计局",
            5,
            75,
            Better(("2024 年 从业人员",), ("2024 年 营业收入",), 90),
            proven=True,
        ),
        Step("2024 年 营业收入", "税务局", 40, 115, None, proven=True),
    )


def test_the_table_says_what_to_exchange(catalogue: Catalogue) -> None:
    steps = shopping_list(OPEN, catalogue.vocabulary)
    last = replace(steps[3], proven=False)
    better = replace(steps[2], proven=False)
    table = table_of(replace(empty(), shopping_list=(*steps[:3], better, last)))
    assert table.values("与同样项数的其他数据比") == [
        "同样项数里最多",
        "同样项数里最多",
        "把“2024 年 从业人员”换成“2024 年 营业收入”,累计能确定 90",
        "把“2024 年 从业人员”换成“2024 年 营业收入”,累计能确定 90(没有证明是最多)",
        "没有证明是最多",
    ]

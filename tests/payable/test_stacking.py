"""The best legal combination is the best of all combinations, and each loss has its reason."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.documents.model import Benefit, Exclusive, Measure, SharedCap
from matcher.payable.due import Due, Figure
from matcher.payable.stacking import Combination, Limit, combine
from matcher.tree import AllOf, Constant
from matcher.tree.amounts import Given
from tests.payable.amounts import WAN

ONE = Given(Constant(WAN, "万元"), "万元")
PLAIN = Measure(
    id="",
    document="demo",
    clause="一",
    title="奖补",
    beneficiary="企业",
    scope="本地企业",
    kind="支持",
    quote="",
    spans=(),
    instruments=(),
    benefit_basis="金额明确",
    condition=AllOf(()),
)


def paid(
    number: int,
    wan: int,
    *groups: str,
    shared: str = "",
    high: int | None = None,
    project: str = "",
) -> Due:
    """Make what one measure pays: a sum, the groups that exclude it, the limit it shares."""
    exclusive = tuple(Exclusive(group, "就高", per_project=bool(project)) for group in groups)
    cap = SharedCap(shared, ONE) if shared else None
    benefit = Benefit(ONE, exclusive=exclusive, shared=cap)
    measure = replace(PLAIN, id=f"demo/1.{number}", benefit=benefit)
    figure = Figure.DUE if high is None else Figure.FACTS
    top = wan if high is None else high
    projects = ((project, wan * WAN),) if project else ()
    return Due(measure, figure, wan * WAN, top * WAN, projects=projects)


def names(found: Combination) -> list[str]:
    return [item.due.measure.id.partition("/")[2] for item in found.had]


def test_what_excludes_nothing_is_had_together() -> None:
    found = combine([paid(1, 10), paid(2, 20)])
    assert (names(found), found.total, found.lost) == (["1.1", "1.2"], 30 * WAN, ())


def test_of_a_group_the_highest_is_had_and_the_others_say_why_not() -> None:
    found = combine([paid(1, 10, "称号"), paid(2, 30, "称号"), paid(3, 20, "称号"), paid(4, 1)])
    assert (names(found), found.total) == (["1.2", "1.4"], 31 * WAN)
    assert [(lost.item.due.measure.id, lost.group, lost.rule) for lost in found.lost] == [
        ("demo/1.1", "称号", "就高"),
        ("demo/1.3", "称号", "就高"),
    ]
    assert [lost.others[0].due.measure.id for lost in found.lost] == ["demo/1.2", "demo/1.2"]


def test_two_small_sums_may_beat_the_highest_one() -> None:
    """1.2 excludes both others, which do not exclude each other: 15 + 15 is more than 20."""
    found = combine([paid(1, 15, "甲"), paid(2, 20, "甲", "乙"), paid(3, 15, "乙")])
    assert (names(found), found.total) == (["1.1", "1.3"], 30 * WAN)


def test_equal_sums_are_decided_by_their_ids() -> None:
    assert names(combine([paid(2, 10, "甲"), paid(1, 10, "甲")])) == ["1.1"]


def test_a_shared_limit_cuts_what_comes_last() -> None:
    found = combine(
        [paid(1, 30, shared="流片"), paid(2, 30, shared="流片")], [Limit("流片", 50 * WAN)]
    )
    assert found.total == 50 * WAN
    (lost,) = found.lost
    assert (lost.item.due.measure.id, lost.left, lost.rule) == ("demo/1.2", 20 * WAN, "")


def test_a_sum_that_is_not_known_decides_nothing_it_could_overturn() -> None:
    known, open_ = paid(1, 10, "甲"), paid(2, 0, "甲", high=20)
    found = combine([known, open_])
    assert (found.had, found.total) == ((), 0)
    assert [[item.due for item in group] for group in found.open] == [[known, open_]]
    # Where it cannot be more than the other, it cannot win.
    assert names(combine([known, paid(2, 0, "甲", high=9)])) == ["1.1"]


def test_different_projects_do_not_exclude_each_other() -> None:
    apart = combine([paid(1, 10, "项目", project="一期"), paid(2, 20, "项目", project="二期")])
    assert apart.total == 30 * WAN
    same = combine([paid(1, 10, "项目", project="一期"), paid(2, 20, "项目", project="一期")])
    assert (names(same), same.total) == (["1.2"], 20 * WAN)


groups = st.lists(st.sampled_from("甲乙丙"), max_size=2, unique=True)
dues = st.lists(
    st.tuples(st.integers(1, 9), groups, st.sampled_from(["", "", "限"])), min_size=1, max_size=7
)


@settings(max_examples=200)
@given(dues, st.integers(0, 30))
def test_no_other_combination_is_worth_more(
    given_: list[tuple[int, list[str], str]], left: int
) -> None:
    """Held against every subset that no group forbids."""
    made = [paid(n, wan, *own, shared=cap) for n, (wan, own, cap) in enumerate(given_, start=1)]
    best = 0
    for picked in _subsets(list(zip(given_, made, strict=True))):
        used = [group for (_, own, _), _ in picked for group in own]
        if len(used) == len(set(used)):
            shared = sum(wan for (wan, _, cap), _ in picked if cap)
            best = max(best, sum(wan for (wan, _, cap), _ in picked if not cap) + min(shared, left))
    found = combine(made, [Limit("限", left * WAN)])
    assert found.total == best * WAN
    assert {item.due.measure.id for item in found.had} | {
        lost.item.due.measure.id for lost in found.lost
    } == {one.measure.id for one in made}
    assert combine(list(reversed(made)), [Limit("限", left * WAN)]) == found


def _subsets(items: list) -> chain:  # type: ignore[type-arg]
    return chain.from_iterable(combinations(items, size) for size in range(len(items) + 1))

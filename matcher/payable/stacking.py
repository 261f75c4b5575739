"""What may be had together: the best legal combination of amounts, and why each other one lost.

In: the amounts a company is due, what it was paid already. Measures hang together where they exclude
each other or share a limit; each such group is small and is searched whole, so the result is exact and
always the same. Where a sum is not known yet the choice is made only if no possible sum can change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from matcher.payable.due import Due, Figure

MAX_TOGETHER = 20  # items of one group that are searched whole


@dataclass(frozen=True, slots=True)
class Item:
    """One sum that is had or not: a measure's, or what a measure gives for one project."""

    due: Due
    low: int
    high: int | None
    project: str = ""

    @property
    def name(self) -> tuple[str, str]:
        """What orders items and tells them apart."""
        return self.due.measure.id, self.project


@dataclass(frozen=True, slots=True)
class Limit:
    """What is left of a limit that several measures share; ``low`` and ``high`` in 分."""

    group: str
    left: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A sum that is not had in full: why, for the sake of which others, and the 分 that remain."""

    item: Item
    group: str
    rule: str
    others: tuple[Item, ...]
    left: int = 0


@dataclass(frozen=True, slots=True)
class Combination:
    """The best legal combination: what is had, the total in 分, what lost, what is still open."""

    had: tuple[Item, ...]
    total: int
    lost: tuple[Lost, ...] = ()
    open: tuple[tuple[Item, ...], ...] = ()


def combine(dues: Iterable[Due], limits: Sequence[Limit] = ()) -> Combination:
    """Choose the best legal combination of all amounts; ceilings and open sums do not count as money."""
    items = sorted(_items(dues), key=lambda item: item.name)
    search = _Search(items, {limit.group: limit.left for limit in limits})
    had: list[Item] = []
    lost: list[Lost] = []
    open_: list[tuple[Item, ...]] = []
    total = 0
    for group in search.groups():
        best = search.best(group)
        if best is None:
            open_.append(group)
            continue
        had += best
        total += search.worth(best)
        lost += search.lost(group, best)
    return Combination(tuple(sorted(had, key=lambda i: i.name)), total, tuple(lost), tuple(open_))


def _items(dues: Iterable[Due]) -> Iterator[Item]:
    for due in dues:
        if due.figure is Figure.NONE:
            continue
        exclusive = due.measure.benefit.exclusive if due.measure.benefit else ()
        if due.projects and any(item.per_project for item in exclusive):
            for name, fen in due.projects:
                yield Item(due, fen, fen, name)
        elif due.figure is Figure.DUE:
            yield Item(due, due.low, due.low)
        else:
            yield Item(due, 0 if due.figure is not Figure.FACTS else due.low, due.high)


class _Search:
    def __init__(self, items: Sequence[Item], limits: dict[str, int]) -> None:
        self.items, self.limits = items, limits
        self.clashes = {
            frozenset((one.name, two.name)): clash
            for one, two in combinations(items, 2)
            if (clash := _clash(one, two)) is not None
        }

    def groups(self) -> Iterator[tuple[Item, ...]]:
        """Part the items into groups that do not touch each other."""
        left = list(self.items)
        while left:
            group, wave = [], [left.pop(0)]
            while wave:
                group += wave
                near = [item for item in left if any(self._touch(item, one) for one in wave)]
                left = [item for item in left if item not in near]
                wave = near
            yield tuple(sorted(group, key=lambda item: item.name))

    def _touch(self, one: Item, two: Item) -> bool:
        shared = _shared(one)
        together = bool(shared) and shared == _shared(two) and shared in self.limits
        return together or frozenset((one.name, two.name)) in self.clashes

    def best(self, group: tuple[Item, ...]) -> tuple[Item, ...] | None:
        """Give the combination of a group that is worth most; None where that cannot be said yet."""
        sets = list(self._legal(group[:MAX_TOGETHER]))
        if len(group) > MAX_TOGETHER:
            return None
        chosen = max(
            sets, key=lambda picked: (self.worth(picked), [-group.index(i) for i in picked])
        )
        exact = all(item.low == item.high for item in group)
        if exact or all(_beats(chosen, other) for other in sets):
            return chosen
        return None

    def _legal(self, group: tuple[Item, ...]) -> Iterator[tuple[Item, ...]]:
        """List the combinations to which nothing can be added, smaller names first."""

        def grow(picked: tuple[Item, ...], rest: tuple[Item, ...]) -> Iterator[tuple[Item, ...]]:
            if not rest:
                if all(item in picked or self._clashing(item, picked) for item in group):
                    yield picked
                return
            first, others = rest[0], rest[1:]
            if not self._clashing(first, picked):
                yield from grow((*picked, first), others)
            if any(self._clashing(first, (other,)) for other in (*others, *picked)):
                yield from grow(picked, others)

        return grow((), group)

    def _clashing(self, item: Item, picked: Iterable[Item]) -> bool:
        return any(frozenset((item.name, other.name)) in self.clashes for other in picked)

    def worth(self, picked: Iterable[Item]) -> int:
        """Add up what is surely had, within the shared limits."""
        plain, shared = 0, dict.fromkeys(self.limits, 0)
        for item in picked:
            group = _shared(item)
            if group in shared:
                shared[group] += item.low
            else:
                plain += item.low
        return plain + sum(min(sum_, self.limits[group]) for group, sum_ in shared.items())

    def lost(self, group: tuple[Item, ...], had: tuple[Item, ...]) -> Iterator[Lost]:
        """Say of each sum that is not had, or not in full, what stands against it."""
        for item in group:
            if item not in had:
                others = tuple(o for o in had if self._clashing(item, (o,)))
                name, rule = self.clashes[frozenset((item.name, others[0].name))]
                yield Lost(item, name, rule, others)
        for name, left in self.limits.items():
            members = tuple(item for item in had if _shared(item) == name)
            if sum(item.low for item in members) > left:
                for item, rest in _cut(members, left):
                    yield Lost(item, name, "", tuple(m for m in members if m is not item), rest)


def _cut(members: tuple[Item, ...], left: int) -> Iterator[tuple[Item, int]]:
    """Fill a limit with the sums in their order; give those that do not get all of theirs."""
    for item in members:
        rest = min(item.low, left)
        left -= rest
        if rest < item.low:
            yield item, rest


def _beats(one: tuple[Item, ...], two: tuple[Item, ...]) -> bool:
    """Say whether a combination is worth at least as much as another, whatever the open sums are."""
    theirs = [item.high for item in two if item not in one]
    ours = sum(item.low for item in one if item not in two)
    return None not in theirs and ours >= sum(high for high in theirs if high is not None)


def _shared(item: Item) -> str:
    benefit = item.due.measure.benefit
    return benefit.shared.group if benefit and benefit.shared else ""


def _clash(one: Item, two: Item) -> tuple[str, str] | None:
    """Give the group by which two sums exclude each other, and its rule."""
    mine, theirs = one.due.measure.benefit, two.due.measure.benefit
    if mine is None or theirs is None or one.due.measure is two.due.measure:
        return None
    for item in mine.exclusive:
        for other in theirs.exclusive:
            if item.group != other.group:
                continue
            # Where a project has no name it may be the same one: the narrower reading.
            apart = one.project and two.project and one.project != two.project
            if not (item.per_project and apart):
                return item.group, item.rule
    return None

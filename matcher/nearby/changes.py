"""One change of a fact, sets of them, and the order in which sets are shown.

Fewest facts first; then the set whose hardest change is easiest, by `Effort`; then the shortest way in
numbers, each as a part of the figure, then as it is; then the order of the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from fractions import Fraction
from itertools import product

from matcher.profile import Activity, Fact, FactKey, FactValue, Profile, Tenure
from matcher.tree import Leaf


class Effort(IntEnum):
    """What a change takes, from the least to the most; a fact not known may be so already."""

    CONFIRM = 0
    WAIT = 1
    BEGIN = 2
    REACH = 3
    OBTAIN = 4


@dataclass(frozen=True, slots=True)
class Change:
    """A fact as it would have to be, for the sake of a leaf; ``on`` is when waiting alone brings it."""

    key: FactKey
    value: FactValue
    leaf: Leaf
    wanted: bool
    on: date | None = None


Changes = tuple[Change, ...]
_NOTHING = Fraction(0)


def applied(profile: Profile, changes: Changes) -> Profile:
    """Give the profile with the changes made, as declared facts."""
    facts = {**profile.facts, **{change.key: Fact(change.value) for change in changes}}
    return replace(profile, facts=facts)


def effort(change: Change, profile: Profile) -> Effort:
    """Say what a change takes of a company."""
    if not profile.knows(change.key):
        return Effort.CONFIRM
    if change.on is not None:
        return Effort.WAIT
    if isinstance(change.value, Activity):
        return Effort.BEGIN
    return Effort.OBTAIN if isinstance(change.value, Tenure) else Effort.REACH


def _gap(change: Change, profile: Profile) -> tuple[Fraction, Fraction]:
    """Give how far a number is from where it must be, and the larger of both."""
    now, then = profile.value(change.key), change.value
    if not isinstance(now, int | Fraction) or not isinstance(then, int | Fraction):
        return _NOTHING, _NOTHING
    before, after = Fraction(now), Fraction(then)
    return abs(after - before), max(abs(before), abs(after))


Cost = tuple[int, tuple[int, ...], Fraction, Fraction]


def cost(changes: Changes, profile: Profile) -> Cost:
    """Give what sets of changes are ordered by."""
    efforts = sorted((int(effort(item, profile)) for item in changes), reverse=True)
    gaps = [pair for change in changes if (pair := _gap(change, profile))[0]]
    return (
        len(changes),
        tuple(efforts),
        sum((gap / size for gap, size in gaps), _NOTHING),
        sum((gap for gap, _ in gaps), _NOTHING),
    )


def joined(one: Changes, two: Changes) -> Iterator[Changes]:
    """Put two sets together; where both change one fact, either value may be the one to take."""
    first, second = ({change.key: change for change in changes} for changes in (one, two))
    yield tuple({**first, **second}.values())
    if any(first[key].value != second[key].value for key in first.keys() & second.keys()):
        yield tuple({**second, **first}.values())


def marks(changes: Changes) -> frozenset[tuple[FactKey, str]]:
    """Give what two sets share that change the same; records have no hash, so values are spelled out."""
    return frozenset((change.key, repr(change.value)) for change in changes)


def cheapest(sets: Iterable[Changes], profile: Profile, keep: int) -> list[Changes]:
    """Keep the cheapest sets, each once."""
    sets = list(sets)
    if len(sets) < 2:
        return sets[:keep]
    made: dict[frozenset[tuple[FactKey, str]], Changes] = {}
    for item in sets:
        made.setdefault(marks(item), item)
    return sorted(made.values(), key=lambda item: cost(item, profile))[:keep]


def together(parts: list[list[Changes]], profile: Profile, keep: int) -> list[Changes]:
    """Give the sets that do something for every part."""
    made: list[Changes] = [()]
    for part in parts:
        pairs = (both for one, two in product(made, part) for both in joined(one, two))
        made = cheapest(pairs, profile, keep)
    return made

"""A company's results and a change it could bring about -> the results as they would be.

A change is named by a measure that is one step away and the place of a way to it: what would meet it is
supposed. So an address holds no fact of the company, and means the same step as long as the company's
answers stay. Only what a
company can do itself is supposed; nothing that time brings, and nothing that still has to be confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.finding import Finding
from matcher.logic import Truth, Verdict
from matcher.nearby.changes import Changes, applied, marks
from matcher.nearby.nearness import Way
from webapp.services.matching import Matchmaker, Results

MOST_CHIPS = 6
_PLACE = "~"


@dataclass(frozen=True, slots=True)
class Chip:
    """One change to suppose: its name in addresses, and what it would bring and cost."""

    id: str
    changes: Changes
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Supposed:
    """Results under changes that are not so: the measures that would be met, and those no longer."""

    ids: tuple[str, ...]
    changes: Changes
    results: Results
    gained: tuple[Finding, ...]
    lost: tuple[Finding, ...]


def own_doing(way: Way) -> bool:
    """Say whether a company alone can bring a way about."""
    return not way.confirm and all(change.on is None for change in way.change)


def suppose(matchmaker: Matchmaker, now: Results, ids: Sequence[str]) -> Supposed | None:
    """Give the results under the changes named; None where none of them can be supposed.

    What is read and given are values: nothing is stored.
    """
    chosen = {id_: way for id_ in ids if (way := _way(now, id_))}
    if not chosen:
        return None
    changes = tuple(change for way in chosen.values() for change in way.changes)
    then = matchmaker.results_of(applied(now.profile, changes), now.as_of, judged=now.judged)
    return Supposed(tuple(chosen), changes, then, *_differing(now.findings, then.findings))


def chips(matchmaker: Matchmaker, now: Results) -> list[Chip]:
    """List the single changes that would bring most, each once, by the first measure they lead to."""
    named: dict[frozenset[object], tuple[str, Changes]] = {}
    for finding in now.near:
        id_ = finding.measure.id
        for place, way in enumerate(now.all_ways[id_], start=1):
            if own_doing(way) and len(way.changes) == 1:
                name = f"{id_}{_PLACE}{place}"
                named.setdefault(frozenset(marks(way.changes)), (name, way.changes))
    before = matchmaker.matcher.verdicts(now.profile, now.as_of)
    made = [_chip(matchmaker, now, before, *item) for item in named.values()]
    return sorted(made, key=lambda chip: chip.lost - chip.gained)[:MOST_CHIPS]


def _way(now: Results, name: str) -> Way | None:
    """Find a way by its name; None where there is none, or where it is not the company's own doing."""
    id_, _, place = name.partition(_PLACE)
    named = {str(n): way for n, way in enumerate(now.all_ways.get(id_, ()), start=1)}
    way = named.get(place)
    return way if way is not None and own_doing(way) else None


def _chip(
    matchmaker: Matchmaker, now: Results, before: Sequence[Truth], name: str, changes: Changes
) -> Chip:
    """Count what changes would bring: only measures that can come out otherwise are matched again."""
    then = applied(now.profile, changes)
    measures = matchmaker.catalogue.measures
    after = matchmaker.matcher.verdicts(then, now.as_of)
    touched = {item.id for item in matchmaker.near.reading(measures, (c.key for c in changes))}
    turned = [
        measure
        for measure, one, two in zip(measures, before, after, strict=True)
        if measure.id in touched and (two is None or one is not two)
    ]
    findings = matchmaker.matcher.match(then, now.as_of, turned).findings
    was = {item.measure.id: item for item in now.findings}
    gained, lost = _differing([was[item.measure.id] for item in findings], findings)
    return Chip(name, changes, len(gained), len(lost))


def _differing(
    now: Sequence[Finding], then: Sequence[Finding]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """Give what is met only then, and what is met only now."""
    pairs = [
        (one, two)
        for one, two in zip(now, then, strict=True)
        if (one.verdict is Verdict.MET) is not (two.verdict is Verdict.MET)
    ]
    gained = tuple(two for _, two in pairs if two.verdict is Verdict.MET)
    return gained, tuple(one for one, _ in pairs if one.verdict is Verdict.MET)

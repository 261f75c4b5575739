"""Findings that are not met -> what the company would have to confirm, wait for or do.

In: a matcher, a profile, a day. Out: for each such measure at most five sets of changes, cheapest first,
every one of which makes the finding 符合 when it is applied; where there is none, the conditions that no
effort changes. Other things are taken to stay as they are, also where a set says to wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from matcher.documents.model import Measure
from matcher.finding import Finding, Matcher
from matcher.logic import Verdict
from matcher.nearby.changes import Changes, Effort, effort
from matcher.nearby.search import Around, Search
from matcher.profile import Profile
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.tree import Leaf
from matcher.vocabulary.model import Vocabulary


@dataclass(frozen=True, slots=True)
class Way:
    """One set of changes: what may be so already, and what has to change."""

    changes: Changes
    confirm: Changes
    change: Changes


@dataclass(frozen=True, slots=True)
class Nearness:
    """The cheapest ways to a measure; ``fixed`` are the conditions that stand in every way."""

    finding: Finding
    ways: tuple[Way, ...]
    fixed: tuple[Leaf, ...]

    @property
    def measure(self) -> Measure:
        """The measure it is about."""
        return self.finding.measure


def nearness(
    matcher: Matcher, profile: Profile, as_of: date, measures: Sequence[Measure] | None = None
) -> list[Nearness]:
    """Work out how near a company is to every measure in force that it does not meet."""
    judge = LeafJudge(matcher.vocabulary, Context(profile, as_of))
    around = Around(judge)
    found = []
    for finding in matcher.match(profile, as_of, measures).findings:
        if finding.verdict is Verdict.MET:
            continue
        search = Search(finding.measure.condition, judge, around)
        ways = _ways(search)
        found.append(Nearness(finding, ways, () if ways else tuple(search.fixed())))
    return found


def ways_to(
    measures: Iterable[Measure], profile: Profile, as_of: date, vocabulary: Vocabulary
) -> list[tuple[Way, ...]]:
    """Give the ways to each of some measures that are not met, as `nearness` does, and nothing else."""
    judge = LeafJudge(vocabulary, Context(profile, as_of))
    around = Around(judge)
    return [_ways(Search(item.condition, judge, around)) for item in measures]


def _ways(search: Search) -> tuple[Way, ...]:
    return tuple(_way(changes, search.profile) for changes in search.found())


def _way(changes: Changes, profile: Profile) -> Way:
    open_ones = [item for item in changes if effort(item, profile) is Effort.CONFIRM]
    return Way(changes, tuple(open_ones), tuple(c for c in changes if c not in open_ones))

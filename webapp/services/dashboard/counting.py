"""The numbers of a run, batch by batch -> counts by place and section, none of which grows with the registry.

In: one whole number a company and measure (`matcher.registry.outcomes`). Beside the outcome it says which facts
are missing that could still change it, so the gaps are counted from the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.profile import FactKey
from matcher.registry.findings import MAX_COUNTED_BITS
from matcher.registry.outcomes import (
    AUTOMATIC,
    MET,
    OPEN,
    OUTCOME_BITS,
    OUTCOME_MASK,
    UNMET,
    Asked,
)
from matcher.vocabulary.model import DECIDED_BY_OTHERS, Vocabulary
from webapp.services.dashboard.groups import Groups, Places

WAITING, JUDGED = 4, 5
"""Open, and only for what departments decide or keep by list; JUDGED where that is 认定 or a rank: 申报."""
KINDS = (UNMET, MET, AUTOMATIC, OPEN, WAITING, JUDGED)
NONE_DECIDED, DECIDED, WITH_MET, WITH_AUTOMATIC = range(4)
"""How far a company comes: no measure decided, one decided, one met, one met without applying."""
Flags = NDArray[np.bool_]
Numbers = NDArray[Any]


class Outcomes:
    """Counts companies by group, measure and outcome, and by group and how far they come."""

    def __init__(self, asked: Sequence[Asked], groups: Groups, vocabulary: Vocabulary) -> None:
        self.asked, self.groups = asked, groups
        self.judged = [one.judged_bits(vocabulary) for one in asked]
        self.others = [_others_bits(one, vocabulary) for one in asked]
        self.cells = np.zeros((len(asked), groups.count * len(KINDS)), np.int64)
        self.reach = np.zeros(groups.count * 4, np.int64)
        self.companies = 0

    def take(self, batch: pl.DataFrame, groups: Places) -> pl.DataFrame:
        """Count one batch; gives the outcome of each measure for each company as small numbers."""
        level = np.zeros(batch.height, np.uint8)
        kinds = {}
        for place, one in enumerate(self.asked):
            numbers = batch.get_column(one.column).to_numpy()
            kind = _kinds(numbers, self.others[place], self.judged[place])
            at = groups * len(KINDS) + kind
            self.cells[place] += np.bincount(at, minlength=self.cells.shape[1])
            np.maximum(level, _LEVEL_OF[kind], out=level)
            kinds[one.column] = kind
        self.reach += np.bincount(groups * 4 + level, minlength=len(self.reach))
        self.companies += batch.height
        return pl.DataFrame(kinds)

    def cell_table(self) -> pl.DataFrame:
        """Give the counts that are not zero: county, section, measure, outcome, n."""
        measures, places = np.nonzero(self.cells)
        county, section = self.groups.split(places // len(KINDS))
        return _table(
            self.cells[measures, places],
            county=county,
            section=section,
            measure=measures,
            outcome=places % len(KINDS),
        )

    def reach_table(self) -> pl.DataFrame:
        """Give how many companies come how far: county, section, level, n."""
        places = np.flatnonzero(self.reach)
        county, section = self.groups.split(places // 4)
        return _table(self.reach[places], county=county, section=section, level=places % 4)


def _others_bits(asked: Asked, vocabulary: Vocabulary) -> int:
    """Give the bits of facts that the company cannot answer, as `webapp.services.matching.waits_only` has them."""
    kinds = [vocabulary.attributes[key.attribute].kind for key in asked.facts]
    return sum(1 << bit for bit, kind in enumerate(kinds) if kind in DECIDED_BY_OTHERS)


def _kinds(numbers: Numbers, others: int, judged: int) -> NDArray[np.uint8]:
    kind = (numbers & OUTCOME_MASK).astype(np.uint8)
    bits = np.where(kind == OPEN, numbers >> OUTCOME_BITS, 0)
    for mask, meant in ((others, WAITING), (judged, JUDGED)):
        if mask:
            kind[(bits != 0) & (bits & ~mask == 0)] = meant
    return kind


_LEVEL_OF = np.zeros(len(KINDS), np.uint8)
_LEVEL_OF[[UNMET, MET, AUTOMATIC]] = DECIDED, WITH_MET, WITH_AUTOMATIC


class Gaps:
    """Counts what is missing: by fact, and by who keeps it.

    Of each: companies with an open finding that it holds open, with one that it alone would settle, and the
    findings of each measure.
    """

    def __init__(self, asked: Sequence[Asked], groups: Groups, vocabulary: Vocabulary) -> None:
        self.asked, self.groups = asked, groups
        plain = [[key._replace(measure=None) for key in one.facts] for one in asked]
        self.facts = tuple(dict.fromkeys(key for keys in plain for key in keys))
        keepers = {key: vocabulary.custodian(key.attribute, key.member)[0] for key in self.facts}
        self.keepers = tuple(dict.fromkeys(keepers[key] for key in self.facts))
        self.wants = [_masks(keys, keepers, self.facts, self.keepers) for keys in plain]
        things, pairs = len(self.facts) + len(self.keepers), sum(map(len, self.wants))
        self.blocked = np.zeros((things, groups.count), np.int64)
        self.settled = np.zeros((things, groups.count), np.int64)
        self.findings = np.zeros((pairs, groups.count), np.int64)
        self.alone = np.zeros((pairs, groups.count), np.int64)

    def take(self, batch: pl.DataFrame, groups: Places) -> None:
        """Count one batch."""
        blocked = np.zeros((len(self.blocked), batch.height), np.bool_)
        settled = np.zeros_like(blocked)
        first = 0
        for one, wants in zip(self.asked, self.wants, strict=True):
            numbers = batch.get_column(one.column).to_numpy()
            # A finding that is settled lacks nothing.
            bits = np.where(numbers & OUTCOME_MASK == OPEN, numbers >> OUTCOME_BITS, 0)
            sets, which = _distinct(bits)
            found = self._by_set(groups, which, len(sets))
            for pair, (thing, mask) in enumerate(wants, first):
                missing = sets & mask != 0
                if missing.any():
                    alone = missing & (sets & ~mask == 0)
                    self.findings[pair] += found[:, missing].sum(axis=1)
                    self.alone[pair] += found[:, alone].sum(axis=1)
                    blocked[thing] |= missing[which]
                    settled[thing] |= alone[which]
            first += len(wants)
        for counted, flags in ((self.blocked, blocked), (self.settled, settled)):
            for thing, where in enumerate(flags):
                counted[thing] += np.bincount(groups[where], minlength=self.groups.count)

    def _by_set(self, groups: Places, which: Numbers, sets: int) -> Numbers:
        """Count the findings of each group by which facts they lack."""
        counted = np.bincount(groups * sets + which, minlength=self.groups.count * sets)
        return counted.reshape(self.groups.count, sets)

    def thing_table(self) -> pl.DataFrame:
        """Give the companies: county, section, thing, blocked, settled.

        A thing is a fact by its place in ``facts``, or a keeper by its place behind them.
        """
        things, groups = np.nonzero(self.blocked)
        county, section = self.groups.split(groups)
        counted = _table(self.blocked[things, groups], county=county, section=section, thing=things)
        settled = pl.Series("settled", self.settled[things, groups])
        return counted.rename({"n": "blocked"}).with_columns(settled)

    def pair_table(self) -> pl.DataFrame:
        """Give the findings: county, section, thing, measure, findings, alone."""
        pairs, groups = np.nonzero(self.findings)
        county, section = self.groups.split(groups)
        known = [(thing, measure) for measure, wants in enumerate(self.wants) for thing, _ in wants]
        named = np.array(known, np.int64).reshape(len(known), 2)[pairs]
        counted = _table(
            self.findings[pairs, groups],
            county=county,
            section=section,
            thing=named[:, 0],
            measure=named[:, 1],
        )
        alone = pl.Series("alone", self.alone[pairs, groups])
        return counted.rename({"n": "findings"}).with_columns(alone)


def _masks(
    keys: Sequence[FactKey],
    keepers: dict[FactKey, str],
    facts: Sequence[FactKey],
    kept_by: Sequence[str],
) -> list[tuple[int, int]]:
    """Give each fact and keeper of a measure with its bits; bits of one judgement for two measures are one."""
    places = {key: place for place, key in enumerate(facts)}
    behind = {keeper: len(facts) + place for place, keeper in enumerate(kept_by)}
    found: dict[int, int] = {}
    for bit, key in enumerate(keys):
        for thing in (places[key], behind[keepers[key]]):
            found[thing] = found.get(thing, 0) | 1 << bit
    return sorted(found.items())


def _table(counts: Numbers, **places: Numbers) -> pl.DataFrame:
    columns = {name: pl.Series(numbers, dtype=pl.Int32) for name, numbers in places.items()}
    return pl.DataFrame({**columns, "n": pl.Series(counts, dtype=pl.Int64)})


def _distinct(bits: Numbers) -> tuple[Numbers, Numbers]:
    """Give the distinct sets of missing facts, and for each finding which of them it lacks."""
    if int(bits.max()) >= 1 << MAX_COUNTED_BITS:
        sets, which = np.unique(bits, return_inverse=True)
        return sets, which
    there = np.bincount(bits) > 0
    return np.flatnonzero(there), (np.cumsum(there) - 1)[bits]

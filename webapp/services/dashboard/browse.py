"""Single findings of a run: facets with counts from the stored counts, and one page of lines from the index.

A finding is a company and a measure. They stand measure by measure in the order of the rules, the companies of each
in the order of the run; so which measures a page is about follows from the counts, and only their columns are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from matcher.finding import Delivery
from matcher.logic import Verdict
from matcher.registry.outcomes import AUTOMATIC, MET, OPEN, UNMET
from webapp.services.dashboard import lookup
from webapp.services.dashboard.counting import JUDGED, KINDS, WAITING
from webapp.services.dashboard.cube import CELLS, ROUNDED
from webapp.services.dashboard.figures import Figure, Show
from webapp.services.dashboard.stored import Stored, Sums

FACETS = ("verdict", "delivery", "county", "industry", "measure")
PAGE = 20
MAX_VALUES = 12
"""Values of one facet that an address may hold."""
VERDICTS = {
    UNMET: Verdict.UNMET,
    MET: Verdict.MET,
    AUTOMATIC: Verdict.MET,
    OPEN: Verdict.OPEN,
    WAITING: Verdict.OPEN,
    JUDGED: Verdict.OPEN,
}
NO_DELIVERY = "none"
"""The id of a finding that no 兑现方式 follows for."""
Chosen = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet: its id in addresses, what it would leave, whether it is chosen."""

    id: str
    figure: Figure
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: the company as the run has it, the measure, its verdict and delivery."""

    code: str
    name: str
    county: str
    section: str
    measure: str
    outcome: int
    verdict: Verdict
    delivery: str

    @property
    def waits(self) -> bool:
        """Whether only a department's decision is missing."""
        return self.outcome in (WAITING, JUDGED)


class Browser:
    """The findings of a run under a choice of values."""

    def __init__(self, stored: Stored, chosen: Chosen) -> None:
        self.stored, self.chosen = stored, chosen
        self.cells = _named(stored)

    # --- facets --------------------------------------------------------------------------------------

    def facets(self, show: Show) -> dict[str, list[Value]]:
        """Count what every value would leave with everything else as chosen."""
        return {name: self._facet(name, show) for name in FACETS}

    def _facet(self, name: str, show: Show) -> list[Value]:
        ids = self._ids(name)
        sums = Sums(self._fitting(without=name), [name], show, "n")
        chosen = self.chosen.get(name, ())
        values = [Value(id_, sums.figure(place), id_ in chosen) for place, id_ in enumerate(ids)]
        if name in ("verdict", "delivery"):
            return values
        return sorted(values, key=lambda one: (not one.chosen, not one.id, -one.figure.n))

    def total(self, show: Show) -> Figure:
        """Count the findings that are left."""
        sums = self._fitting().select(pl.col("n", "n" + ROUNDED).sum()).row(0)
        return show(int(sums[0] or 0), int(sums[1] or 0))

    def _ids(self, name: str) -> Sequence[str]:
        return {
            "verdict": VERDICT_IDS,
            "delivery": DELIVERY_IDS,
            "county": self.stored.counties,
            "industry": self.stored.sections,
            "measure": self.stored.measures,
        }[name]

    def knows(self, name: str, id_: str) -> bool:
        """Say whether a facet has a value."""
        return id_ in self._ids(name)

    def _fitting(self, without: str = "") -> pl.DataFrame:
        cells = self.cells
        for name in FACETS:
            wanted = self._wanted(name)
            if wanted and name != without:
                cells = cells.filter(pl.col(name).is_in(wanted))
        return cells

    def _wanted(self, name: str) -> list[int]:
        ids = self._ids(name)
        return [ids.index(id_) for id_ in self.chosen.get(name, ()) if id_ in ids]

    # --- lines ---------------------------------------------------------------------------------------

    def lines(self, number: int) -> list[Line]:
        """Give a page of findings, by its number from 1."""
        left = self._fitting()
        counts = left.group_by("measure").agg(pl.col("n").sum()).sort("measure")
        skipped, wanted = (number - 1) * PAGE, PAGE
        found: list[tuple[int, int, int]] = []
        for measure, count in counts.iter_rows():
            if skipped >= count:
                skipped -= count
                continue
            kinds = left.filter(pl.col("measure") == measure).get_column("outcome").unique()
            found += self._some(measure, kinds.to_list(), skipped, wanted - len(found))
            skipped = 0
            if len(found) == wanted:
                break
        return list(self._told(found))

    def _some(
        self, measure: int, kinds: Sequence[int], first: int, most: int
    ) -> Iterator[tuple[int, int, int]]:
        """Give some findings of one measure: row, measure, outcome."""
        outcomes = lookup.outcomes(self.stored, measure)
        fits = np.isin(outcomes, kinds)
        for name, column in (("county", "county"), ("industry", "section")):
            wanted = self._wanted(name)
            if wanted:
                fits &= np.isin(lookup.groups(self.stored, column), wanted)
        for row in np.flatnonzero(fits)[first : first + most]:
            yield int(row), measure, int(outcomes[row])

    def _told(self, found: Sequence[tuple[int, int, int]]) -> Iterator[Line]:
        companies = lookup.companies(self.stored, [row for row, _, _ in found])
        for row, place, outcome in found:
            code, name, county, section = companies[row]
            yield Line(
                code,
                name,
                self.stored.counties[county],
                self.stored.sections[section],
                self.stored.measures[place],
                outcome,
                VERDICTS[outcome],
                self.stored.about["deliveries"][place][KINDS.index(outcome)],
            )


VERDICT_IDS = [verdict.value for verdict in (Verdict.MET, Verdict.OPEN, Verdict.UNMET)]
DELIVERY_IDS = [*(one.name.lower() for one in Delivery), NO_DELIVERY]


@lru_cache(8)
def _named(stored: Stored) -> pl.DataFrame:
    """Give the counts with the verdict and the delivery of each outcome, as numbers of their ids."""
    rows = [
        (
            place,
            kind,
            VERDICT_IDS.index(VERDICTS[kind].value),
            DELIVERY_IDS.index(own or NO_DELIVERY),
        )
        for place, deliveries in enumerate(stored.about["deliveries"])
        for kind, own in zip(KINDS, deliveries, strict=True)
    ]
    names = ["measure", "outcome", "verdict", "delivery"]
    ids = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int32), orient="row")
    cells = stored.table(CELLS).rename({"section": "industry"})
    return cells.join(ids, on=["measure", "outcome"])

"""What a batch run counted: the data behind ``summary.xlsx``, ``summary.html`` and ``run.json``.

Plain values only, so that the writers know nothing of engines and tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class MeasureCount:
    """How many companies came to what for one measure; ``deliveries`` counts the met by 兑现方式."""

    measure: str
    title: str
    document: str
    benefit_basis: str
    departments: tuple[str, ...]
    met: int
    open: int
    unmet: int
    deliveries: dict[str, int]

    @property
    def companies(self) -> int:
        """All companies that were looked at."""
        return self.met + self.open + self.unmet

    @property
    def undecided(self) -> int:
        """Those met for whom no 兑现方式 follows yet."""
        return self.met - sum(self.deliveries.values())


@dataclass(frozen=True, slots=True)
class GroupCount:
    """Companies of one county or industry: how many, with any measure met, and findings met.

    ``automatic`` counts companies that get at least one measure as 免申即享.
    """

    name: str
    companies: int
    with_met: int
    met: int
    automatic: int


@dataclass(frozen=True, slots=True)
class Gap:
    """One fact that is missing: how many findings it holds open, and how many it alone does."""

    fact: str
    custodian: str
    attestable: bool
    findings: int
    alone: int


@dataclass(frozen=True, slots=True)
class Better:
    """Other facts, no more of them, that settle more findings: which to leave out for which."""

    without: tuple[str, ...]
    instead: tuple[str, ...]
    settled: int


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the shopping list: the open findings that this fact settles after those before it.

    ``settled`` counts all up to here. ``better`` are the best facts found, as many as there are up to
    here, where they settle more; ``proven`` where no others can.
    """

    fact: str
    custodian: str
    added: int
    settled: int
    better: Better | None
    proven: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole run; counties, industries and gaps come in the order in which people read them."""

    input: str
    as_of: date
    rules_version: str
    engine: str
    rows: int
    accepted: int
    rejected: int
    branches: int
    with_met: int
    automatic: int
    measures: tuple[MeasureCount, ...]
    counties: tuple[GroupCount, ...]
    industries: tuple[GroupCount, ...]
    open_findings: int
    gaps: tuple[Gap, ...]
    shopping_list: tuple[Step, ...]
    warnings: tuple[str, ...] = field(default=())
    refused: tuple[str, ...] = field(default=())

    @property
    def met(self) -> int:
        """All findings that are met."""
        return sum(item.met for item in self.measures)

    @property
    def unmet(self) -> int:
        """All findings that are not met."""
        return sum(item.unmet for item in self.measures)

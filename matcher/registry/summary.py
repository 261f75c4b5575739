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
class Step:
    """One line of the shopping list: with this fact too, so many open findings are settled in all."""

    fact: str
    custodian: str
    settled: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole run."""

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

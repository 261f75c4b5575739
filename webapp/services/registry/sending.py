"""A file that a custodian sent: how it is to be read, and what became of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from matcher.catalogue import Catalogue
from webapp.database import Database
from webapp.services.audit.chain import Sealer
from webapp.services.registry.learning import Learned
from webapp.services.registry.reading import Line, RowFault
from webapp.tables.registry import CompanyRow


class ImportFault(ValueError):
    """The file cannot be taken over; the message says why and what to do, in Chinese."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A file that a custodian sent, and how it is to be read.

    ``registers`` None: as the mapping says (新企业). ``dry`` looks at everything and changes nothing.
    """

    path: Path
    custodian: str
    as_of: date
    mapping: Path | None = None
    sheet: str | None = None
    valid_to: date | None = None
    registers: bool | None = None
    dry: bool = False
    name: str = ""


@dataclass
class Report:
    """What became of a file. ``reported`` names what it says without being its custodian.

    ``faults`` counts what is wrong; a row may have several, and a workbook's wrong cells refuse no row.
    """

    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    faults: int = 0
    created: int = 0
    renamed: int = 0
    learned: Learned = field(default_factory=Learned)
    reported: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: Counter[str] = field(default_factory=Counter)
    resumed_after: int = 0


@dataclass(frozen=True)
class Office:
    """What taking over files needs."""

    database: Database
    sealer: Sealer
    catalogue: Catalogue
    rules: Path


@dataclass
class Unit:
    """What one unit of work did."""

    faults: list[RowFault]
    accepted: int = 0
    rejected: int = 0
    created: list[CompanyRow] = field(default_factory=list)
    renamed: int = 0
    learned: Learned = field(default_factory=Learned)
    warnings: Counter[str] = field(default_factory=Counter)
    seen: dict[str, int] = field(default_factory=dict)

    def fault(self, line: Line, column: str, value: str, reason: str, repair: str) -> None:
        """Refuse a line."""
        self.faults.append(RowFault(line.row, column, value, reason, repair))

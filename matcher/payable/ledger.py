"""What a company was paid already (已领): the ledger that limits over time and 补差 look into.

A profile without a ledger is not one that was paid nothing: what is left of a limit is then unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from matcher.profile import FactKey
from matcher.tree.amounts import Span

PAID = "已领"
# What is missing where nobody said what was paid; it stands beside the facts of a profile.
PAYMENTS = FactKey(PAID)


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment: for which measure or group, how many 分, when, and for which project."""

    to: str
    fen: int
    day: date
    project: str = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """All payments of a company."""

    payments: tuple[Payment, ...] = ()

    def paid(self, to: str, span: Span, year: int) -> int:
        """Add up what was paid for a measure or group: in one calendar year, or ever."""
        return sum(payment.fen for payment in self._of(to, span, year))

    def paid_for_project(self, to: str, span: Span, year: int, project: str) -> tuple[int, int]:
        """Give the least and the most that was paid for one project of a measure.

        A payment that names no project may be for any; a project without a name may be any of those paid.
        """
        payments = list(self._of(to, span, year))
        least = sum(item.fen for item in payments if project and item.project == project)
        most = sum(item.fen for item in payments if not project or item.project in ("", project))
        return least, most

    def _of(self, to: str, span: Span, year: int) -> Iterator[Payment]:
        for payment in self.payments:
            if payment.to == to and (span is Span.EVER or payment.day.year == year):
                yield payment

"""What is known of companies now, as far as what is told of them is compared with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.tables.registry import CompanyRow, FactRow


class Current(NamedTuple):
    """A row that is known now."""

    id: int
    company_id: int
    attribute: str
    member: str
    period: str
    value: str
    assurance: str
    custodian: str
    source: str
    valid_from: date | None
    valid_to: date | None

    @property
    def place(self) -> tuple[str, str, str]:
        """What the fact is about, whoever says it."""
        return self.attribute, self.member, self.period


def current_rows(session: Session, companies: Iterable[int]) -> dict[int, list[Current]]:
    """Give what is known of companies now; their rows are held, so that writers follow each other."""
    wanted = sorted(companies)
    session.execute(
        select(CompanyRow.id)
        .where(CompanyRow.id.in_(wanted))
        .order_by(CompanyRow.id)
        .with_for_update()
    )
    found: dict[int, list[Current]] = {company: [] for company in wanted}
    columns = [FactRow.__table__.c[name] for name in Current._fields]
    rows = select(*columns).where(FactRow.company_id.in_(wanted), FactRow.known_until.is_(None))
    for row in map(Current._make, session.execute(rows)):
        found[row.company_id].append(row)
    return found

"""Whose facts of a company are not used, because the company took its consent back.

What departments share counts until the company says no. From then on nothing of that source is used:
not what it attests, not what it reports of others' matters. So what rested on it is open, never "no".
Decisions with a document number (认定, 名单, 参数) are public acts, no shared data; they always count.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.tables.people import Consent


def withheld(session: Session, company: int, at: datetime | None = None) -> frozenset[str]:
    """Give the custodians whose facts a company withholds at a moment (now, if none is named)."""
    rows = session.execute(
        select(Consent.custodian, Consent.given_at, Consent.ended_at).where(
            Consent.company_id == company
        )
    ).all()
    told = [row for row in rows if at is None or row.given_at <= at]
    standing = {
        row.custodian
        for row in told
        if row.ended_at is None or (at is not None and row.ended_at > at)
    }
    return frozenset(row.custodian for row in told) - standing

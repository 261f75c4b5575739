"""What every page of a company shows around its content: whose data this is, and what was not read yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from webapp.access import actor, own
from webapp.services.notices import unread
from webapp.tables.registry import CompanyRow


@dataclass(frozen=True, slots=True)
class Band:
    """The company that a page is about, and how many notices it has not read."""

    id: int
    name: str
    code: str
    unread: int


def frame(session: Session, company: int) -> dict[str, Any]:
    """Give what `mine/frame.html` shows; a company that is not the actor's own does not exist (404)."""
    row = session.get_one(CompanyRow, own(company))
    return {
        "mine": Band(
            row.id, row.name, row.code, unread(session, [company], actor().id).get(company, 0)
        ),
        "company": company,
    }

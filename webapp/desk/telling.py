"""What the desk's pages of data tell the audit: whose data somebody looked at, and what left the house."""

from __future__ import annotations

from collections.abc import Iterable

from webapp.access import actor
from webapp.database import retrying
from webapp.people import people
from webapp.services.audit.chain import Deed, append
from webapp.services.desk.service import COMPANY, role_of
from webapp.shared import portal


def looked_at(action: str, companies: Iterable[int]) -> None:
    """Tell the audit of each company whose data a page shows, in one unit of work."""
    who, now, shown = actor(), portal().now(), sorted(set(companies))

    def unit() -> None:
        with portal().database.writing() as session:
            for company in shown:
                append(session, who, role_of(who), Deed(action, COMPANY, str(company)), now)

    if shown:
        retrying(unit)


def told(action: str, thing: str, name: str, result: str = "done") -> None:
    """Tell the audit of something that changed nothing: a look, a download."""
    people().accounts.told(actor(), Deed(action, thing, name, result), portal().now())

"""Forgetting what a source said of a company: its consent ended, or it asks for erasure.

Facts go for good, with the conflicts they stood in. The audit keeps that it was done, never what was
forgotten. Findings of cases keep their snapshots for as long as the archive rules say.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select
from sqlalchemy.orm import Session

from webapp.services.audit.chain import Deed, append
from webapp.services.people.roles import Actor
from webapp.services.watch.inbox import note
from webapp.tables.registry import CompanyName, CompanyRow, FactConflict, FactRow


def forget_source(
    session: Session, actor: Actor, company: int, custodian: str, now: datetime
) -> int:
    """Forget all that one source said of a company ("" is the company itself); gives the number of rows.

    Runs inside an open unit of work; cases whose proof is gone by it are stopped by the watch.
    """
    rows = select(FactRow.id).where(FactRow.company_id == company, FactRow.custodian == custodian)
    return _forget(session, actor, company, rows, f"erase:{custodian}", now)


def forget_company(session: Session, actor: Actor, company: int, now: datetime) -> int:
    """Forget every fact of a company and its earlier names; gives the number of facts."""
    rows = select(FactRow.id).where(FactRow.company_id == company)
    session.execute(
        delete(CompanyName).where(CompanyName.company_id == company, CompanyName.until.is_not(None))
    )
    return _forget(session, actor, company, rows, "erase:all", now)


def _forget(
    session: Session, actor: Actor, company: int, rows: Any, key: str, now: datetime
) -> int:
    session.get_one(CompanyRow, company, with_for_update=True)
    involved = or_(
        FactConflict.first_id.in_(rows),
        FactConflict.second_id.in_(rows),
        FactConflict.chosen_id.in_(rows),
        FactConflict.proposed_id.in_(rows),
    )
    session.execute(delete(FactConflict).where(involved))
    statement = delete(FactRow).where(FactRow.id.in_(rows))
    gone = int(cast("CursorResult[Any]", session.execute(statement)).rowcount)
    deed = Deed("facts.erase", "company", str(company))
    place = append(session, actor, min(actor.roles).value, deed, now)
    if gone:
        note(session, [company], "erase", f"{key[:20]}:{place}", now)
    return gone

"""Forgetting what a company said of itself, when it asks for erasure.

Facts go for good, with the conflicts they stood in. The audit keeps that it was done, never what was
forgotten. Findings of cases keep their snapshots for as long as the archive rules say.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select
from sqlalchemy.orm import Session

from matcher.profile import Assurance
from webapp.services.audit.chain import Deed, append
from webapp.services.people.roles import Actor
from webapp.services.watch.inbox import note
from webapp.tables.registry import CompanyRow, FactConflict, FactRow


def forget_declared(session: Session, actor: Actor, company: int, now: datetime) -> int:
    """Forget what no custodian attests: the company's own word and what others reported of it.

    Runs inside an open unit of work and gives the number of facts; cases whose proof is gone by it are
    stopped by the watch.
    """
    rows = select(FactRow.id).where(
        FactRow.company_id == company, FactRow.assurance == Assurance.DECLARED.value
    )
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
        note(session, [company], "erase", f"erase:declared:{place}", now)
    return gone

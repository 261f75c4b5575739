"""Forgetting what a source said of a company: its consent ended, or it asks for erasure.

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
from webapp.services.registry.companies import former_names
from webapp.services.registry.grams import forget_pieces
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


def forget_declared(session: Session, actor: Actor, company: int, now: datetime) -> int:
    """Forget what no custodian attests: the company's own word and what others reported of it."""
    rows = select(FactRow.id).where(
        FactRow.company_id == company, FactRow.assurance == Assurance.DECLARED.value
    )
    return _forget(session, actor, company, rows, "erase:declared", now)


def forget_company(session: Session, actor: Actor, company: int, now: datetime) -> int:
    """Forget every fact of a company and its earlier names; gives the number of facts."""
    rows = select(FactRow.id).where(FactRow.company_id == company)
    former = [(name.id, name.folded, name.initials) for name in former_names(session, company)]
    forget_pieces(session, former)
    session.execute(delete(CompanyName).where(CompanyName.id.in_([id_ for id_, *_ in former])))
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

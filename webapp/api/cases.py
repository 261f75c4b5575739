"""Cases (免申即享事项), for keys that may see them; nothing is moved here."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from matcher.logic import Verdict
from webapp.api.companies import company_id
from webapp.api.guard import actor
from webapp.api.lists import page
from webapp.api.shapes.registry import CasesAsked
from webapp.api.working import Json, answered
from webapp.desk.shell import desk
from webapp.refusing import move_name, state_name
from webapp.services.cases import queue
from webapp.services.cases.refusals import Missing
from webapp.services.cases.showing import timeline
from webapp.services.desk.service import looked
from webapp.shared import portal
from webapp.tables.cases import CaseEvent, CaseRow, FindingRow


def cases(query: CasesAsked) -> Response:
    """List the cases that still move, or all there ever were, what is due first before the others."""
    shared, today = portal(), portal().today()
    with shared.database.reading() as session:
        company = company_id(session, query.company) if query.company else None
        asked = queue.Asked(query.show, query.due, query.measure, company)
        first = (query.page - 1) * query.limit
        items, total = queue.page_items(
            session, asked, shared.casework.workdays, today, first, query.limit
        )
    return page([_told(item) for item in items], total, query)


def case(id: int) -> Response:
    """Give one case with the finding that it rests on and all that was done with it."""
    shared, today = portal(), portal().today()
    with shared.database.reading() as session:
        found = queue.items_of(session, [id], shared.casework.workdays, today).get(id)
    if found is None:
        raise Missing
    looked(desk(), actor(), "case.look", found.company, shared.now())
    with shared.database.reading() as session:
        row = session.get_one(CaseRow, id)
        more = {
            "opened_at": row.opened_at.isoformat(),
            "moved_at": row.moved_at.isoformat(),
            "finding": _finding(session, row),
            "events": [_event(done.event) for done in timeline(session, id)],
        }
    return answered({**_told(found), **more})


def _told(item: queue.Item) -> Json:
    return {
        "id": item.id,
        "version": item.version,
        "credit_code": item.code,
        "company": item.name,
        "measure": item.measure,
        "period": item.period,
        "state": item.state.id,
        "state_said": state_name(item.state.id),
        "amount_fen": item.amount_fen,
        "due_on": item.due_on.isoformat() if item.due_on else None,
        "working_days_left": item.left,
    }


def _finding(session: Session, case: CaseRow) -> Json:
    row = session.get_one(FindingRow, case.frozen_finding_id or case.finding_id)
    return {
        "as_of": row.as_of.isoformat(),
        "rules_version": row.rules_version,
        "verdict": Verdict[row.verdict].value,
        "general": row.general,
        "delivery": row.delivery or None,
        "frozen": case.frozen_finding_id is not None,
    }


def _event(event: CaseEvent) -> Json:
    return {
        "action": event.action,
        "said": move_name(event.action),
        "before": event.before,
        "after": event.after,
        "role": event.role,
        "at": event.at.isoformat(),
    }

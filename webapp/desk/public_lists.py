"""Public lists as the desk sees them: what is public until when, and where its cases stand."""

from __future__ import annotations

from flask import abort
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from webapp.desk.common import page, work
from webapp.services.cases import queue
from webapp.services.cases.guards import UNDECIDED
from webapp.services.cases.publicity import open_lists, past_lists
from webapp.shared import portal
from webapp.tables.cases import Appeal, CaseRow, Publicity
from webapp.tables.people import User

PAST_SHOWN = 50


def public_lists() -> ResponseReturnValue:
    """List what is public now and what was."""
    today = portal().today()
    with portal().database.reading() as session:
        running, over = open_lists(session, today), past_lists(session, today, PAST_SHOWN)
        held = select(CaseRow.publicity_id, func.count()).group_by(CaseRow.publicity_id)
        counted = {row[0]: row[1] for row in session.execute(held)}
        waiting = (
            select(CaseRow.publicity_id, func.count(Appeal.id))
            .join(Appeal, Appeal.case_id == CaseRow.id)
            .where(Appeal.state.in_(UNDECIDED))
            .group_by(CaseRow.publicity_id)
        )
        objections = {row[0]: row[1] for row in session.execute(waiting)}
        session.expunge_all()
    left = {one.id: queue.days_left(work().workdays, today, one.last_day) for one in running}
    return page(
        "desk/public_lists.html",
        running=running,
        over=over,
        counted=counted,
        objections=objections,
        left=left,
    )


def public_list(listing: int) -> ResponseReturnValue:
    """Show one list with its cases."""
    today = portal().today()
    with portal().database.reading() as session:
        row = session.get(Publicity, listing)
        if row is None:
            abort(404)
        maker = session.get_one(User, row.made_by).name
        held = session.scalars(select(CaseRow.id).where(CaseRow.publicity_id == listing))
        items = queue.items_of(session, list(held), work().workdays, today)
        session.expunge_all()
    return page(
        "desk/public_list.html",
        row=row,
        maker=maker,
        items=list(items.values()),
        left=queue.days_left(work().workdays, today, row.last_day),
        over=today > row.last_day,
    )

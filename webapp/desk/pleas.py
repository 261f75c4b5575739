"""The appeals desk: what the companies and others say, the answer that one proposes and another signs."""

from __future__ import annotations

import json
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from webapp.access import actor
from webapp.desk import shell
from webapp.desk.common import looked, page, refused_page, sent_key, words, work
from webapp.pages import language
from webapp.services.cases import appeals, queue, showing
from webapp.services.cases.guards import UNDECIDED
from webapp.services.cases.refusals import Refused
from webapp.services.people.roles import Role
from webapp.shared import portal
from webapp.tables.cases import Appeal, CaseEvent, CaseRow, Evidence
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow

DECIDED_SHOWN = 50
UPHOLD, REJECT = "uphold", "reject"


def pleas() -> ResponseReturnValue:
    """List what waits for an answer, due first, and what was answered lately."""
    today, office = portal().today(), work()
    with portal().database.reading() as session:
        waiting = (
            select(Appeal, CaseRow, CompanyRow)
            .join(CaseRow, Appeal.case_id == CaseRow.id)
            .join(CompanyRow, CaseRow.company_id == CompanyRow.id)
        )
        open_ = session.execute(
            waiting.where(Appeal.state.in_(UNDECIDED)).order_by(Appeal.due_on, Appeal.id)
        ).all()
        closed = session.execute(
            waiting.where(Appeal.state.not_in(UNDECIDED))
            .order_by(Appeal.decided_at.desc())
            .limit(DECIDED_SHOWN)
        ).all()
        left = {
            plea.id: queue.days_left(office.workdays, today, plea.due_on) for plea, _, _ in open_
        }
        values = {"open_": [tuple(row) for row in open_], "closed": [tuple(row) for row in closed]}
        session.expunge_all()
    return page("desk/pleas.html", left=left, **values)


def plea(plea: int) -> ResponseReturnValue:
    """Show one appeal or objection beside what it disputes."""
    values = _plea(plea)
    looked("appeal.look", values["company"].id)
    return page("desk/plea.html", **values)


def propose(plea: int) -> ResponseReturnValue:
    """Preview the letter, or propose the answer."""
    uphold, reply = request.form.get("decision", ""), words("reply")
    typed = {"decision": uphold, "reply": reply}
    try:
        if uphold not in (UPHOLD, REJECT):
            raise Refused("decision_missing")
        if request.form.get("then") == "preview":
            if not reply:
                raise Refused("reply_missing")
            return page("desk/plea.html", **_plea(plea), typed=typed, preview=True)
        appeals.propose(work(), actor(), plea, uphold == UPHOLD, reply, portal().now())
    except Refused as refused:
        return refused_page("desk/plea.html", refused, **_plea(plea), typed=typed)
    flash("pleas.proposed")
    return redirect(url_for("desk.plea", plea=plea), 303)


def decide(plea: int) -> ResponseReturnValue:
    """Sign the proposed answer, or send it back."""
    agree = request.form.get("then") == "sign"
    seen, now = request.form.get("seen", ""), portal().now()
    try:
        state = appeals.decide(
            work(), actor(), plea, agree, sent_key(), now, portal().today(), seen or "-"
        )
    except Refused as refused:
        return refused_page("desk/plea.html", refused, **_plea(plea))
    flash(f"pleas.now.{state}")
    return redirect(url_for("desk.plea", plea=plea), 303)


def _plea(plea: int) -> dict[str, Any]:
    office, today = work(), portal().today()
    with portal().database.reading() as session:
        row = session.get(Appeal, plea)
        if row is None:
            abort(404)
        case = session.get_one(CaseRow, row.case_id)
        company = session.get_one(CompanyRow, case.company_id)
        shell.show_band(company)
        match = showing.match_of(session, office, case, actor(), language())
        present = showing.present(session, office, case, actor(), language(), today)
        proposal = json.loads(row.reply) if row.state == appeals.PROPOSED else {}
        values = {
            "row": row,
            "case": case,
            "company": company,
            "match": match,
            "present": present,
            "finding": match.finding,
            "explain": match.explain,
            "disputed": _disputed(row, match),
            "facts": [one for one in showing.compared(match, present, language()) if one.decides],
            "left": queue.days_left(office.workdays, today, row.due_on),
            "files": _files(session, row),
            "proposal": proposal,
            "proposer": _name(session, row.proposed_by),
            "decider": _name(session, row.decided_by),
            "seen": appeals.proposal_digest(row.reply),
            "barred": _barred(session, row),
            "others": _others(session, row),
            "documents_known": {one.id for one in portal().catalogue.documents},
        }
        session.expunge_all()
    return values


def _files(session: Any, row: Appeal) -> list[Evidence]:
    return list(session.scalars(select(Evidence).filter_by(appeal_id=row.id).order_by(Evidence.id)))


def _name(session: Any, user: int | None) -> str:
    return "" if user is None else str(session.get_one(User, user).name)


def _disputed(row: Appeal, match: showing.Match) -> list[tuple[str, Any]]:
    """Pair each disputed condition with its reason in the match; None where the words name none."""
    said = [str(one) for one in json.loads(row.disputed or "[]")]
    reasons = {leaf.text: leaf for leaf in _leaves(match.explain.reason(match.finding.outcome))}
    return [(words_, reasons.get(words_)) for words_ in said]


def _leaves(reason: Any) -> list[Any]:
    inside = [leaf for part in (*reason.parts, *reason.settled) for leaf in _leaves(part)]
    return inside if reason.joint else [reason, *inside]


def _barred(session: Any, row: Appeal) -> str:
    """Name the move by which this person had a hand in what is disputed, or the proposal; "" for none."""
    who = actor()
    if row.state == appeals.PROPOSED and row.proposed_by == who.id:
        return "propose"
    made = select(CaseEvent.action).where(
        CaseEvent.case_id == row.case_id,
        CaseEvent.actor_id == who.id,
        CaseEvent.action.in_(appeals.JUDGED),
    )
    return str(session.scalars(made).first() or "")


def _others(session: Any, row: Appeal) -> list[str]:
    """Name the reviewers who may decide."""
    made = select(CaseEvent.actor_id).where(
        CaseEvent.case_id == row.case_id,
        CaseEvent.action.in_(appeals.JUDGED),
        CaseEvent.actor_id.is_not(None),
    )
    names = showing.people_with(session, [Role.REVIEWER.value], made)
    return [name for name in names if name != _name(session, row.proposed_by)]

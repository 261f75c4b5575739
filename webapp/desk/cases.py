"""The queue of cases, one case, and sending cases to a public list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor
from webapp.desk import shell
from webapp.desk.common import (
    Page,
    chosen,
    looked,
    number,
    page,
    sent_key,
    words,
    work,
)
from webapp.limits import PAGE_SIZE
from webapp.pages import language, text
from webapp.portal.selection import page_number
from webapp.refusing import said
from webapp.refusing import word as refused_word
from webapp.services.cases import publicity, queue, showing, withdrawals
from webapp.services.cases.appeals import pleas_of
from webapp.services.cases.columns import Column
from webapp.services.cases.lifecycle import STATES, moves_from
from webapp.services.cases.moves import Moved, Wish, possible
from webapp.services.cases.moves import move as move_case
from webapp.services.cases.picked import MOST as MOST_PICKED
from webapp.services.cases.picked import Chosen
from webapp.services.cases.queue import EVERY, OPEN, Asked
from webapp.services.cases.refusals import Missing, Refused, Stale
from webapp.services.workdays import UnknownYear
from webapp.shared import portal
from webapp.tables.cases import CaseAccount, CaseRow, Publicity
from webapp.tables.registry import CompanyRow

LIST, BOARD = "list", "board"
READY = "confirmed"
"""The state from which a case may go on a public list."""
MOST = 400
"""Cases that one form can carry (`webapp.limits.MAX_FORM_PARTS`)."""
MOST_REASON = 1_000


@dataclass(frozen=True, slots=True)
class View:
    """What the address of the queue says."""

    asked: Asked
    view: str = LIST

    def arguments(self, **changes: object) -> dict[str, object]:
        """Give the address' arguments, with changes; what goes without saying is left out."""
        given: dict[str, object] = {
            "view": "" if self.view == LIST else self.view,
            "show": "" if self.asked.show == OPEN else self.asked.show,
            "due": self.asked.due,
            "measure": self.asked.measure,
            "company": self.asked.company or "",
            "may": "1" if self.asked.may else "",
            **changes,
        }
        return {name: value for name, value in given.items() if value not in ("", None)}

    def address(self, **changes: object) -> str:
        """Give the address of the queue with changes."""
        return url_for("desk.cases", **self.arguments(**changes))  # type: ignore[arg-type]


def asked_view() -> View:
    """Read the address; a value that there is not is not found."""
    given = request.args
    show, due, shown = given.get("show") or OPEN, given.get("due", ""), given.get("view") or LIST
    company = given.get("company", "")
    known = show in (OPEN, EVERY, *Column) and due in ("", *queue.DUES) and shown in (LIST, BOARD)
    if not known or not (company == "" or (company.isascii() and company.isdigit())):
        abort(404)
    may = given.get("may") == "1"
    asked = Asked(
        show=show,
        due=due,
        measure=given.get("measure", "")[:64],
        company=int(company) if company and len(company) < 19 else None,
        may=may,
        states=queue.states_for(actor()) if may else frozenset(),
    )
    return View(asked, shown)


def cases() -> ResponseReturnValue:
    """List the cases that wait, or lay them out by column."""
    shown = asked_view()
    office, today = work(), portal().today()
    with portal().database.reading() as session:
        counted = queue.counts(session, shown.asked, office.workdays, today)
        values: dict[str, Any] = {"measures": queue.measures_of(session)}
        if shown.view == BOARD:
            piles = queue.board(session, shown.asked, office.workdays, today)
            values |= {"piles": piles, "total": sum(pile.total for pile in piles)}
        else:
            at = page_number()
            items, total = queue.page_items(
                session, shown.asked, office.workdays, today, (at - 1) * PAGE_SIZE, PAGE_SIZE
            )
            values |= {"items": items, "total": total, "at": at}
            values["pages"] = max(1, -(-total // PAGE_SIZE))
            if not 1 <= at <= values["pages"]:
                abort(404)
    return page(
        "desk/cases.html",
        shown=shown,
        counted=counted,
        columns=_columns(counted),
        dues=queue.DUES,
        ways=_ways,
        ready=READY,
        **values,
    )


def _columns(counted: dict[str, int]) -> list[tuple[Column, int]]:
    return [
        (column, sum(n for state, n in counted.items() if STATES[state].column is column))
        for column in Column
    ]


def _ways(item: queue.Item) -> list[Any]:
    """List the moves by form that a card offers to the actor; guards are asked when one is chosen."""
    roles = actor().roles
    return [
        move
        for move in moves_from(item.state.id)
        if move.action in showing.BY_FORM
        and move.roles & roles
        and move.amount in (None, item.amount_fen is not None)
    ]


# --- one case ----------------------------------------------------------------------------------------


def case(case: int) -> ResponseReturnValue:
    """Show one case."""
    looked("case.look", _company(case))
    return page("desk/case.html", **_case(case))


def case_print(case: int) -> ResponseReturnValue:
    """Show one case as the file that is printed: facts, reasons, evidence, all that was done, both names."""
    looked("case.print", _company(case))
    return page("desk/case_print.html", **_case(case))


def move(case: int) -> ResponseReturnValue:
    """Move a case as its form says; what stands against it is shown on the case's page."""
    action, seen = request.form.get("action", ""), number(request.form.get("seen", ""))
    try:
        if request.form.get("column"):
            action = _dropped(case, request.form["column"])
        if action not in showing.BY_FORM:
            abort(400)
        wish = Wish(case, action, seen, sent_key(), _reason(action))
        _not_too_long(wish)
        moved = move_case(work(), actor(), wish, portal().now(), portal().today())
    except Refused as refused:
        return _not_moved(case, refused, action)
    flash(_flash(moved))
    shown = asked_view()
    if request.args.get("to") == "queue":
        return redirect(shown.address(), 303)
    return redirect(url_for("desk.case", case=case, **shown.arguments()), 303)  # type: ignore[arg-type]


def _dropped(case: int, column: str) -> str:
    """Give the move that leads a card into the column of the board on which it was dropped."""
    if column not in set(Column):
        abort(400)
    with portal().database.reading() as session:
        row = session.get(CaseRow, case)
        return abort(404) if row is None else showing.way_to(row, Column(column))


def _flash(moved: Moved) -> str:
    return (
        f"cases.now.{moved.state}"
        if portal().texts.has(f"cases.now.{moved.state}")
        else "cases.moved"
    )


def _not_moved(case: int, refused: Refused, action: str) -> Page:
    if isinstance(refused, Missing):
        abort(404)
    values = {
        "tried": action,
        "typed": words("reason"),
        "reason_chosen": request.form.get("why", ""),
    }
    body = page("desk/case.html", problem=said(refused), **(_case(case) | values))
    return body, 409 if isinstance(refused, Stale) else 422


def _reason(action: str) -> str:
    """Put the reason together: the one that was chosen in Chinese words, then what was typed."""
    why, typed = request.form.get("why", ""), words("reason")
    if why not in showing.REASONS or why == showing.REASONS[-1]:
        return typed
    named = portal().texts.get("zh", f"cases.why.{why}")
    return f"{named}:{typed}" if typed else named


def _not_too_long(wish: Wish) -> None:
    if len(wish.reason) > MOST_REASON:
        raise Refused("statement_long", most=MOST_REASON)


def _company(case: int) -> int:
    with portal().database.reading() as session:
        row = session.get(CaseRow, case)
        return abort(404) if row is None else row.company_id


def _case(case: int) -> dict[str, Any]:
    office, who, today, now = work(), actor(), portal().today(), portal().now()
    with portal().database.reading() as session:
        row = session.get(CaseRow, case)
        if row is None:
            abort(404)
        company = session.get_one(CompanyRow, row.company_id)
        shell.show_band(company)
        match = showing.match_of(session, office, row, who, language())
        present = showing.present(session, office, row, who, language(), today)
        values: dict[str, Any] = {
            "case": row,
            "item": queue.items_of(session, [case], office.workdays, today)[case],
            "company": company,
            "match": match,
            "finding": match.finding,
            "explain": match.explain,
            "credit_then": match.explain.general(match.catalogue, match.as_of),
            "credit_now": _credit(present, office.prover.catalogue, today),
            "present": present,
            "facts": showing.compared(match, present, language()),
            "choices": showing.choices(session, office, who, row, now, today),
            "done": showing.timeline(session, case),
            "evidence": showing.evidence_of(session, case),
            "pleas": pleas_of(session, case),
            "account": session.get(CaseAccount, case),
            "sent": withdrawals.sent(session, case),
            "publicity": row.publicity_id and session.get(Publicity, row.publicity_id),
            "step": showing.step(row.state, row.resume),
            "steps": showing.STEPS,
            "waits_said": refused_word("roles", sorted(showing.waits_for(row))),
            "documents_known": {one.id for one in portal().catalogue.documents},
            "other_ways": _elsewhere(row),
            "reasons_listed": showing.REASONS,
            "ending": showing.ending(row.state),
            "shown": asked_view(),
            "tried": "",
        }
        session.expunge_all()
    return values


def _credit(present: showing.Present, catalogue: Any, today: Any) -> list[Any]:
    return [] if present.explain is None else present.explain.general(catalogue, today)


def _elsewhere(row: CaseRow) -> list[str]:
    """Name the moves from here that the actor may make on a page of their own."""
    return [
        one.action
        for one in possible(actor(), row)
        if one.action in ("publicise", "file", "dismiss", "uphold", "pay")
    ]


# --- public lists --------------------------------------------------------------------------------------


def publish() -> ResponseReturnValue:
    """Show which cases would go on a public list and which cannot; put them on it."""
    if request.method == "GET":
        return _publish_page(_ready())
    picked = chosen()
    if not picked or len(picked) > MOST_PICKED:
        flash("cases.too_many" if picked else "cases.nothing_chosen")
        return redirect(asked_view().address(), 303)
    if request.form.get("then") != "do":
        return _publish_page(picked)
    title = words("title")
    try:
        list_, _ = publicity.publicise(
            work(), actor(), title, picked, sent_key(), portal().now(), portal().today()
        )
    except Refused as refused:
        return _publish_page(picked, problem=said(refused), title=title), 422
    flash("cases.published")
    return redirect(url_for("desk.public_list", listing=list_), 303)


def _ready() -> list[Chosen]:
    """Give all confirmed cases that the address narrows to."""
    asked = replace(asked_view().asked, show=EVERY, states=frozenset({READY}), may=False)
    office = work()
    with portal().database.reading() as session:
        items, _ = queue.page_items(session, asked, office.workdays, portal().today(), 0, MOST)
    return [Chosen(item.id, item.version) for item in items]


def _publish_page(picked: list[Chosen], problem: str = "", title: str = "") -> str:
    office, today = work(), portal().today()
    refused: dict[int, Refused] = {}
    if picked:
        refused = publicity.rehearse(office, actor(), picked, portal().now(), today)
    with portal().database.reading() as session:
        items = queue.items_of(session, [one.case for one in picked], office.workdays, today)
    rows = [(items.get(one.case), one) for one in picked]
    return page(
        "desk/publish.html",
        able=[(item, one) for item, one in rows if item and one.case not in refused],
        unable=[(item, one, refused[one.case]) for item, one in rows if one.case in refused],
        last_day=_last_day(),
        problem=problem,
        title=title or text("cases.publish_title", day=today.isoformat()),
        shown=asked_view(),
    )


def _last_day() -> Any:
    office = work()
    try:
        return office.workdays.after(portal().today(), office.terms["publicity"])
    except UnknownYear:
        return None

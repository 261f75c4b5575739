"""Where staff begin, and the search. Nobody is named before a search: the client may see the screen."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor
from webapp.desk.shell import client_sees, desk, turn_client
from webapp.limits import MAX_SEARCH
from webapp.services.cases import withdrawals
from webapp.services.desk import notes
from webapp.services.desk.search import search
from webapp.services.desk.service import sought
from webapp.services.notices import unread_by_staff
from webapp.services.people.roles import Permission
from webapp.shared import portal

BACK = ("desk.company", "desk.check", "desk.start")
"""The pages that switch for the client, and lead back there."""


def start() -> ResponseReturnValue:
    """Show the search box and what waits, in numbers alone."""
    cases = backs = stopped = None
    told = 0
    if not client_sees():
        with portal().database.reading() as session:
            due, waiting = notes.waiting(session, portal().today())
            told = unread_by_staff(session, actor().id or 0)
            if actor().may(Permission.PAYMENTS_MAKE):
                stopped = withdrawals.unlisted(session)
        cases = due if actor().may(Permission.CASES_SEE) else None
        backs = waiting if actor().may(Permission.NOTES_WRITE) else None
    waits = {"cases": cases, "backs": backs, "stopped": stopped, "told": told}
    return render_template("desk/start.html", q="", **waits)


def companies() -> ResponseReturnValue:
    """Show the companies that a search finds; without words there is none."""
    words = request.args.get("q", "").strip()[:MAX_SEARCH]
    if not words or client_sees():
        return redirect(url_for("desk.start"), 303)
    sought(desk(), actor(), words, portal().now())
    with portal().database.reading() as session:
        found = search(session, words, request.args.get("county", ""))
    return render_template("desk/companies.html", found=found, q=words)


def call_backs() -> ResponseReturnValue:
    """List who is to be called back."""
    if client_sees():
        return redirect(url_for("desk.start"), 303)
    with portal().database.reading() as session:
        found = notes.call_backs(session, portal().today())
    sought(desk(), actor(), "call backs", portal().now())
    return render_template("desk/call_backs.html", found=found)


def client_view() -> ResponseReturnValue:
    """Switch what the client may not see on or off, and go back."""
    turn_client(request.form.get("to") == "on")
    page = request.form.get("page", "")
    company = request.form.get("company", type=int)
    if page not in BACK or page == "desk.start" or company is None:
        return redirect(url_for("desk.start"), 303)
    return redirect(url_for(page, company=company), 303)

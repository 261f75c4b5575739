"""For which companies a person acts, what waits in each, and asking for one more."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor
from webapp.accounts.forms import refused_page, typed
from webapp.people import people
from webapp.services import notices
from webapp.services.cases import own
from webapp.services.cases.refusals import Refused
from webapp.services.people import memberships
from webapp.services.people.memberships import State
from webapp.shared import portal


def listing() -> str:
    """List the companies with what waits in each."""
    return render_template("mine/companies.html", **_about())


def ask() -> ResponseReturnValue:
    """Ask to act for a company, by its code."""
    code = typed("code")
    try:
        memberships.ask(people().accounts, actor(), code, portal().now())
    except Refused as refused:
        return refused_page("mine/companies.html", refused, code=code, **_about())
    flash("member.asked")
    return redirect(url_for("mine.companies"), 303)


def _about() -> dict[str, Any]:
    person = actor().id
    with portal().database.reading() as session:
        wishes = [] if person is None else memberships.of_person(session, person)
        ids = [one.company for one in wishes if one.state is State.APPROVED]
        return {
            "wishes": [one for one in wishes if one.state is not State.ENDED],
            "waiting": own.waiting(session, ids),
            "unread": notices.unread(session, ids, person),
        }

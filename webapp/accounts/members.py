"""The desk's page for who acts for which company: look at the papers, approve or refuse, end."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor
from webapp.accounts.forms import refused_page, typed
from webapp.limits import PAGE_SIZE
from webapp.people import people
from webapp.services.cases.refusals import Refused
from webapp.services.people import memberships
from webapp.shared import portal


def listing() -> str:
    """List what waits, and the newest memberships that stand."""
    return render_template("accounts/members.html", **_about())


def _about() -> dict[str, object]:
    with portal().database.reading() as session:
        return {
            "waiting": memberships.waiting(session),
            "approved": memberships.approved(session, PAGE_SIZE),
        }


def decide(member: int) -> ResponseReturnValue:
    """Approve or refuse a wish, or end a membership."""
    then, accounts, now = typed("then"), people().accounts, portal().now()
    if then not in ("approve", "refuse", "end"):
        abort(400)
    try:
        if then == "end":
            memberships.end(accounts, actor(), member, now)
        else:
            approve = then == "approve"
            memberships.decide(accounts, actor(), member, approve, typed("ground"), now)
    except Refused as refused:
        given = {"about": member, "ground": typed("ground")}
        return refused_page("accounts/members.html", refused, **_about(), **given)
    flash(f"members.{then}_done")
    return redirect(url_for("accounts.members"), 303)

"""A company says yes or no to what was found for it, and names the account that the money goes to."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor
from webapp.casewords import teller
from webapp.limits import MAX_TEXT
from webapp.mine.shell import frame
from webapp.refusing import said
from webapp.services.cases import own
from webapp.services.cases.bank import Account
from webapp.services.cases.moves import Wish, move
from webapp.services.cases.own import Whole
from webapp.services.cases.refusals import Missing, Refused, Stale
from webapp.shared import portal
from webapp.tables.columns import LABEL
from webapp.tables.registry import CompanyRow

FIELDS = ("holder", "bank", "number")
DONE = {
    "confirm": frozenset({"confirmed", "awaiting_rules"}),
    "decline": frozenset({"declined"}),
    "new_account": frozenset(),
}
"""Where a case stands once a wish was carried out: whoever comes too late with the same wish is content."""


def confirm(company: int, case: int) -> ResponseReturnValue:
    """Show what was found and why; take the yes, with the account where a sum is paid."""
    found = _whole(company, case)
    if found.case.waits != "confirm":
        return _elsewhere(company, case)
    if request.method == "GET":
        return _page("mine/confirm.html", company, case)
    faults: dict[str, str] = {}
    details: dict[str, object] = {"promised": True}
    if found.case.amount_fen is not None:
        details |= _account(company, faults)
    if request.form.get("promise") != "yes":
        faults["promise"] = said(Refused("promise_missing"))
    if faults:
        return _page("mine/confirm.html", company, case, faults), 422
    return _do(company, case, "confirm", details, "mine/confirm.html")


def decline(company: int, case: int) -> ResponseReturnValue:
    """Take the no; a box has to be ticked, so that one wrong button gives nothing away."""
    found = _whole(company, case)
    template = "mine/confirm.html" if found.case.waits == "confirm" else "mine/case.html"
    if not found.case.may_decline:
        return _elsewhere(company, case)
    if request.form.get("sure") != "yes":
        fault = {"sure": said(Refused("decline_unsure"))}
        return _page(template, company, case, fault), 422
    return _do(company, case, "decline", {}, template)


def account(company: int, case: int) -> ResponseReturnValue:
    """Take another account after a payment failed."""
    found = _whole(company, case)
    if found.case.waits != "account":
        return _elsewhere(company, case)
    if request.method == "GET":
        return _page("mine/account.html", company, case)
    faults: dict[str, str] = {}
    details = _account(company, faults)
    if faults:
        return _page("mine/account.html", company, case, faults), 422
    return _do(company, case, "new_account", details, "mine/account.html")


def _account(company: int, faults: dict[str, str]) -> dict[str, object]:
    """Read the account of the form; what is wrong is added by field."""
    given = Account.read(*(request.form.get(name, "")[: MAX_TEXT + 1] for name in FIELDS))
    with portal().database.reading() as session:
        name = session.get_one(CompanyRow, company).name
    faults |= {field: said(refused) for field, refused in given.faults(name).items()}
    return dict(given.details)


def _do(
    company: int, case: int, action: str, details: Mapping[str, object], template: str
) -> ResponseReturnValue:
    """Carry a wish out; the same one again, or one that was carried out already, is as good."""
    seen = request.form.get("seen", "")
    wish = Wish(
        case,
        action,
        int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1,
        request.form.get("key", "")[:LABEL] or secrets.token_urlsafe(16),
        details=details,
    )
    try:
        move(portal().casework, actor(), wish, portal().now(), portal().today())
    except Missing:
        abort(404)
    except Stale as stale:
        if stale.values["state"] not in DONE[action]:
            return _page(template, company, case, {"": said(stale)}), 409
        flash(f"mine.{action}_before")
    except Refused as refused:
        return _page(template, company, case, {"": said(refused)}), 422
    else:
        flash(f"mine.{action}_done")
    return redirect(url_for("mine.case", company=company, case=case), 303)


def _elsewhere(company: int, case: int) -> ResponseReturnValue:
    """Go to where the case can be seen: what was asked for is over, or not yet."""
    flash("mine.not_now")
    return redirect(url_for("mine.case", company=company, case=case), 303)


def _whole(company: int, case: int) -> Whole:
    with portal().database.reading() as session:
        frame(session, company)
        try:
            return own.whole(session, company, case, portal().casework.workdays, portal().today())
        except Missing:
            abort(404)


def _page(template: str, company: int, case: int, faults: Mapping[str, str] | None = None) -> str:
    """Show a page with what was typed; the case is read anew, so its version is the present one."""
    with portal().database.reading() as session:
        shown = frame(session, company)
        found = own.whole(session, company, case, portal().casework.workdays, portal().today())
        return render_template(
            template,
            whole=found,
            reasons=teller().reasons(session, found.finding),
            typed={name: request.form.get(name, "") for name in FIELDS},
            promised=request.form.get("promise") == "yes",
            faults=faults or {},
            problem=bool(faults),
            key=secrets.token_urlsafe(16),
            **shown,
        )

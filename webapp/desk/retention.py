"""For how long data are kept, deleting what is over, and erasing what a company or a person asked for."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import limits
from webapp.access import actor
from webapp.accounts.companies import custodians
from webapp.desk.asked import Wrong, again, typed
from webapp.people import people
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people import erasure, users
from webapp.services.registry.companies import by_codes
from webapp.shared import portal

TERMS = (
    ("profiles", limits.KEPT_FOR),
    ("users", limits.UNUSED_ACCOUNT),
    ("contacts", limits.CONTACT_KEPT),
    ("accounts", limits.CONTACT_KEPT),
    ("files", limits.FACT_FILE_KEPT),
    ("mails", limits.MAIL_KEPT),
    ("followed", limits.SUBSCRIPTION_KEPT),
)
"""What is kept for a term, as the page names it."""


def retention() -> ResponseReturnValue:
    """Say what is kept for how long; delete what is over; erase on request."""
    if request.method == "GET":
        return render_template("desk/retention.html", terms=TERMS)
    then = typed("then")
    try:
        if then == "expire":
            gone = erasure.expire(people().accounts, portal().now())
            return render_template("desk/retention.html", terms=TERMS, gone=gone)
        if then == "company":
            _sure()
            erased = _company()
            return render_template("desk/retention.html", terms=TERMS, erased=erased)
        if then == "person":
            _sure()
            _person()
            return render_template("desk/retention.html", terms=TERMS, person=True)
    except Missing:
        wrong = "login_unknown" if then == "person" else "company_unknown"
        refused = Wrong("login" if then == "person" else "code", wrong)
        return again("desk/retention.html", refused, terms=TERMS, given=request.form)
    except Refused as refused:
        return again("desk/retention.html", refused, terms=TERMS, given=request.form)
    return redirect(url_for("desk.retention"), 303)


def _sure() -> None:
    if typed("sure") != "yes":
        raise Wrong(f"sure-{typed('then')}", "not_sure")


def _company() -> erasure.Erased:
    with portal().database.reading() as session:
        found = by_codes(session, [typed("code")])
        company = next((row.id for row in found.values()), None)
    if company is None:
        raise Missing
    return erasure.erase_company(
        people().accounts, portal().evidence, actor(), company, custodians(), portal().now()
    )


def _person() -> None:
    with portal().database.reading() as session:
        person = users.by_login(session, typed("login"))
    erasure.erase_person(people().accounts, actor(), person.id, portal().now())

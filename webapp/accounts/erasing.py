"""Having one's data erased: a person's account, or what a company said of itself."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor, forget, own, request_id
from webapp.accounts.companies import custodians
from webapp.accounts.forms import refused_page, secret, somebody
from webapp.people import people
from webapp.services.cases.refusals import Refused
from webapp.services.people import erasure, signing_in
from webapp.shared import portal
from webapp.tables.registry import CompanyRow


def person() -> ResponseReturnValue:
    """Say what goes and what stays, then erase the account; the password is asked."""
    if request.method != "POST":
        return render_template("accounts/erase.html", what="account")
    signed, accounts, now = somebody(), people().accounts, portal().now()
    try:
        signing_in.confirm_password(accounts, signed, secret("old"), request_id(), now)
        erasure.erase_person(accounts, actor(), signed.user, now)
    except Refused as refused:
        return refused_page("accounts/erase.html", refused, what="account")
    response = forget(redirect(url_for("accounts.login"), 303))
    flash("erase.account_done")
    return response


def company(company: int) -> ResponseReturnValue:
    """Say what goes and what stays, then erase what a company said of itself."""
    with portal().database.reading() as session:
        row = session.get_one(CompanyRow, own(company))
        about = {"what": "company", "company": company, "company_name": row.name}
    if request.method != "POST":
        return render_template("accounts/erase.html", **about)
    signed, accounts, now = somebody(), people().accounts, portal().now()
    try:
        signing_in.confirm_password(accounts, signed, secret("old"), request_id(), now)
        erased = erasure.erase_company(
            accounts, portal().evidence, actor(), company, custodians(), now
        )
    except Refused as refused:
        return refused_page("accounts/erase.html", refused, **about)
    return render_template("accounts/erased.html", erased=erased, **about)

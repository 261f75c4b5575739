"""For which companies a person acts, and what each of them lets be used."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor, own
from webapp.accounts.forms import refused_page, typed
from webapp.accounts.own import back_home, refused_account
from webapp.people import people
from webapp.services.cases.refusals import Refused
from webapp.services.people import consents as consenting
from webapp.services.people import memberships
from webapp.shared import portal
from webapp.tables.registry import CompanyRow


def ask() -> ResponseReturnValue:
    """Ask to act for a company."""
    code = typed("code")
    try:
        memberships.ask(people().accounts, actor(), code, portal().now())
    except Refused as refused:
        return refused_account(refused, form="ask", code=code)
    flash("member.asked")
    return back_home()


def leave(member: int) -> ResponseReturnValue:
    """Give up acting for a company, or take the wish back."""
    try:
        memberships.end(people().accounts, actor(), member, portal().now())
    except Refused as refused:
        return refused_account(refused)
    flash("member.ended")
    return back_home()


def consents(company: int) -> ResponseReturnValue:
    """Show and change a company's consents, custodian by custodian."""
    who, accounts, now = actor(), people().accounts, portal().now()
    if request.method != "POST":
        return render_template("accounts/consents.html", **_about(company))
    custodian = typed("custodian")
    try:
        if typed("then") == "end":
            consenting.end(accounts, who, company, custodian, custodians(), now)
        else:
            consenting.give(accounts, who, company, custodian, custodians(), now)
    except Refused as refused:
        return refused_page("accounts/consents.html", refused, **_about(company))
    flash("consent.saved")
    return redirect(url_for("accounts.consents", company=company), 303)


def custodians() -> frozenset[str]:
    """Give all departments that can attest something; what a company alone can say is not among it."""
    vocabulary = portal().catalogue.vocabulary
    found = {
        vocabulary.custodian(name, member)
        for name, attribute in vocabulary.attributes.items()
        for member in (None, *(one.label for one in attribute.members))
    }
    return frozenset(custodian for custodian, attestable in found if custodian and attestable)


def _about(company: int) -> dict[str, object]:
    with portal().database.reading() as session:
        row = session.get_one(CompanyRow, own(company))
        return {
            "company": company,
            "company_name": row.name,
            "company_code": row.code,
            "words": consenting.words(session, company, custodians()),
            "history": consenting.history(session, company),
        }

"""One company: all that is known of it with its sources, its sheet; and a company that is new here."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matcher.language.profiles import CODE, NAME
from matcher.profile import Fact, FactKey
from webapp.access import actor
from webapp.desk.shell import client_sees, desk, refused, show_band
from webapp.pages import language, text, wording
from webapp.portal.takeaway import SHORT, writer
from webapp.services.cases.lifecycle import STATES
from webapp.services.cases.refusals import Refused
from webapp.services.desk import notes
from webapp.services.desk.company import Reader, access_log, cases
from webapp.services.desk.coverage import View
from webapp.services.desk.entering import enter
from webapp.services.desk.service import Standing, looked, standing
from webapp.services.people.roles import Permission
from webapp.services.reasons import Explainer, Own
from webapp.services.sheet import Sheet, qr_code
from webapp.shared import portal
from webapp.tables.registry import CompanyRow

TOP = 5
"""Findings of a group that the page of a company names."""
NOTES = 5


class CoveredExplainer(Explainer):
    """Explains to somebody who may not see all: what is covered is said to be, its value is not given."""

    def __init__(self, view: View) -> None:
        super().__init__(wording(), portal().questionnaire, view.profile)
        self.view = view

    def _own(self, key: FactKey, fact: Fact) -> Own:
        custodian = self.view.hidden.get(key)
        if custodian is None:
            return super()._own(key, fact)
        by = self.wording.word("部门", custodian)
        return Own(self.wording.fact(key), text("desk.hidden", custodian=by), by, None)

    def own(self, key: FactKey, fact: Fact) -> Own:
        """Give a value of the company with where it comes from, or say that it is covered."""
        return self._own(key, fact)


def company(company: int) -> ResponseReturnValue:
    """Show all that is known of a company, as far as the role covers it."""
    row = looked(desk(), actor(), "company.view", company, portal().now())
    show_band(row)
    found = standing(desk(), actor(), company, portal().today())
    reader = Reader(wording(), actor(), portal().today())
    with portal().database.reading() as session:
        titles = reader.titles(session, company)
        shown: dict[str, Any] = {
            "groups": reader.facts(session, company, found.facts),
            "titles": titles,
            "alerts": reader.alerts(session, company, row.status, found, titles),
            "cases": cases(session, company) if actor().may(Permission.CASES_SEE) else None,
            "notes": _notes(session, company),
            "log": None if client_sees() else access_log(session, company),
        }
        session.expunge_all()
    return render_template(
        "desk/company.html",
        company=row,
        results=found.shown,
        explain=CoveredExplainer(found.view),
        states=STATES,
        top=TOP,
        **shown,
    )


def _notes(session: Any, company: int) -> list[notes.Noted] | None:
    if client_sees() or not actor().may(Permission.NOTES_WRITE):
        return None
    return notes.listing(session, company, NOTES)


def sheet(company: int) -> ResponseReturnValue:
    """Show the results as they are printed and handed over: no note, nothing that is covered."""
    row = looked(desk(), actor(), "company.sheet", company, portal().now())
    show_band(row)
    found = standing(desk(), actor(), company, portal().today())
    address = url_for("portal.measures", _external=True)
    return render_template(
        "desk/sheet.html",
        company=row,
        sheet=sheet_of(row, found) if found.results.judged else None,
        full=request.args.get("full") == "1",
        short=SHORT,
        address=address,
        qr=qr_code(address),
    )


def sheet_of(row: CompanyRow, found: Standing) -> Sheet:
    """Write the sheet of a company as this person may see it."""
    return writer(language()).write(found.shown, {NAME: row.name, CODE: row.code})


def new() -> ResponseReturnValue:
    """Enter a company that the registry does not know."""
    code, name = request.values.get("code", ""), request.values.get("name", "")
    if request.method == "GET":
        return render_template("desk/company_new.html", code=code, name=name)
    try:
        entered = enter(desk(), actor(), code, name, portal().now())
    except Refused as refusal:
        page = render_template(
            "desk/company_new.html",
            code=code,
            name=name,
            problem=refused(refusal),
            field=refusal.code.removeprefix("company_"),
        )
        return page, 422
    flash("desk.entered" if entered.new else "desk.there")
    if entered.new and not entered.digit_fits:
        flash("desk.digit")
    return redirect(url_for("desk.company", company=entered.id), 303)

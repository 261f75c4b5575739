"""A company's cases: the list with what waits for it, and one case with all that happened."""

from __future__ import annotations

from flask import abort, render_template

from webapp.casewords import teller
from webapp.mine.shell import frame
from webapp.services.cases import own
from webapp.services.cases.refusals import Missing
from webapp.shared import portal


def listing(company: int) -> str:
    """List a company's cases, what waits for its answer first."""
    with portal().database.reading() as session:
        shown = frame(session, company)
        found = own.own_cases(session, company, portal().casework.workdays, portal().today())
    return render_template("mine/cases.html", cases=found, **shown)


def one(company: int, case: int) -> str:
    """Show one case: where it stands, what it waits for, what happened, why."""
    with portal().database.reading() as session:
        shown = frame(session, company)
        try:
            found = own.whole(session, company, case, portal().casework.workdays, portal().today())
        except Missing:
            abort(404)
        reasons = teller().reasons(session, found.finding)
        return render_template("mine/case.html", whole=found, reasons=reasons, **shown)

"""A company says that what was found for it is wrong."""

from __future__ import annotations

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import pleas
from webapp.access import actor
from webapp.casewords import measure_name
from webapp.mine.shell import frame
from webapp.pages import language
from webapp.pleas import Asking, Condition, Draft
from webapp.services.cases import own
from webapp.services.cases.appeals import Receipt, make_appeal
from webapp.services.cases.lifecycle import APPEALED
from webapp.services.cases.refusals import Missing
from webapp.services.cases.told import conditions
from webapp.shared import portal
from webapp.texts import LANGUAGES


def appeal(company: int, case: int) -> ResponseReturnValue:
    """Take an appeal where one is possible; else say why, and what else can be done."""
    with portal().database.reading() as session:
        shown = frame(session, company)
        try:
            found = own.whole(session, company, case, portal().casework.workdays, portal().today())
        except Missing:
            abort(404)
        disputable = conditions(found.finding)
    # Who pressed the button twice gets the receipt of the first time.
    sent_again = request.method == "POST" and found.case.state.id in APPEALED
    if not found.case.may_appeal and not sent_again:
        return render_template("mine/no_appeal.html", whole=found, **shown), 409
    chinese = language() == LANGUAGES[0]
    options = [
        Condition(
            leaf["text"],
            leaf["text" if chinese else "text_en"],
            tuple(fact["value"] for fact in leaf.get("facts", ())),
        )
        for leaf in disputable
    ]

    def make(draft: Draft) -> Receipt:
        """Send the appeal; the case waits until somebody else has decided."""
        sent = request.form.get("seen", "")
        seen = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else -1
        plea = draft.plea(case, options)
        now, today = portal().now(), portal().today()
        return make_appeal(portal().casework, actor(), plea, seen, draft.key, now, today)

    values = {**shown, "whole": found, "title": measure_name(found.case.measure)}
    back = url_for("mine.case", company=company, case=case)
    try:
        return pleas.answer(Asking("appeal", "mine/frame.html", options, values, make, back))
    except Missing:
        abort(404)

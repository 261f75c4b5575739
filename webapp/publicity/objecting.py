"""Objections of anyone, and the way back to the answer by the receipt's number."""

from __future__ import annotations

from dataclasses import replace

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import pleas
from webapp.access import request_id
from webapp.casewords import days_left, measure_name
from webapp.limits import GUESS_DAY, GUESS_HOUR, MAX_TEXT, OBJECTION_WAITS, RECEIPT_WAITS
from webapp.pages import language
from webapp.people import people
from webapp.pleas import Asking, Condition, Draft
from webapp.publicity.lists import case_number
from webapp.refusing import said
from webapp.services.cases.appeals import Receipt, by_receipt, make_objection
from webapp.services.cases.public_view import Public, public_case
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.cases.told import Told, conditions
from webapp.services.people.guessing import TooSoon
from webapp.services.people.roles import VISITOR
from webapp.shared import portal
from webapp.tables.cases import CaseRow, Publicity
from webapp.texts import LANGUAGES

OBJECTION = "objection"


def new() -> ResponseReturnValue:
    """Ask first who speaks, for the rules differ; then let a stranger object."""
    case = case_number()
    with portal().database.reading() as session:
        found = public_case(session, case, portal().casework.workdays, portal().today())
        if found is None:
            abort(404)
        company = session.get_one(CaseRow, case).company_id
        disputable = [] if found.finding is None else conditions(found.finding)
    if not found.objectable:
        return render_template("publicity/closed.html", found=found), 410
    if request.args.get("kind") != OBJECTION:
        own = url_for("mine.appeal", company=company, case=case)
        return render_template("publicity/who.html", found=found, case=case, own=own)
    try:
        return pleas.answer(_asking(case, found, disputable))
    except Missing:
        abort(404)


def _asking(case: int, found: Public, disputable: list[Told]) -> Asking:
    shown = "text" if language() == LANGUAGES[0] else "text_en"
    options = [Condition(leaf["text"], leaf[shown]) for leaf in disputable]

    def make(draft: Draft) -> Receipt:
        """Send an objection; all of an address count, those that are sent again too."""
        now = portal().now()
        tries = [pleas.counter(OBJECTION, GUESS_DAY, OBJECTION_WAITS)]
        people().accounts.guessing.begin(tries, now)
        plea = draft.plea(case, options)
        # Whoever it is, nobody is named: an objection counts by its words.
        visitor = replace(VISITOR, request=request_id())
        return make_objection(portal().casework, plea, now, portal().today(), draft.key, visitor)

    return Asking(
        OBJECTION,
        "publicity/frame.html",
        options,
        {"found": found, "title": measure_name(found.listed.measure)},
        make,
        url_for("publicity.one", number=found.publicity.number),
    )


def find() -> ResponseReturnValue:
    """Ask for a receipt's number and go to its answer."""
    if request.method == "GET":
        return render_template("publicity/find.html")
    typed = request.form.get("receipt", "").strip()[:MAX_TEXT]
    number = "".join(sign for sign in typed if sign.isalnum() and sign.isascii())
    if not number:
        return _not_found(typed, Refused("receipt_missing"))
    return redirect(url_for("publicity.receipt", receipt=_grouped(number)), 303)


def receipt(receipt: str) -> ResponseReturnValue:
    """Show where a plea stands: nothing personal, and nothing that the list did not show."""
    with portal().database.reading() as session:
        row = by_receipt(session, receipt)
        if row is not None:
            case = session.get_one(CaseRow, row.case_id)
            public = session.get(Publicity, row.publicity_id) if row.publicity_id else None
            return render_template(
                "publicity/receipt.html",
                plea=row,
                number=_grouped(receipt),
                due=days_left(row.due_on),
                measure=case.measure_id,
                publicity="" if public is None else public.number,
            )
    try:
        tries = [pleas.counter("receipt", GUESS_HOUR, RECEIPT_WAITS)]
        people().accounts.guessing.begin(tries, portal().now())
    except TooSoon as soon:
        return _not_found("", soon)
    return _not_found("", Refused("receipt_unknown"), 404)


def _not_found(typed: str, refused: Refused, status: int = 422) -> ResponseReturnValue:
    body = render_template("publicity/find.html", typed=typed, fault=said(refused), problem=True)
    if isinstance(refused, TooSoon):
        return body, 429, {"Retry-After": str(refused.seconds)}
    return body, status


def _grouped(number: str) -> str:
    plain = "".join(sign for sign in number.upper() if sign.isalnum())
    return "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))

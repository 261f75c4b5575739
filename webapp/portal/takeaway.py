"""What a company takes away: the printed sheet of its results, and a calendar of its dates."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.pages import language, text
from webapp.portal.company import frame, saved_profile
from webapp.services import shares
from webapp.services.calendar import Calendar, write
from webapp.services.sheet import SheetWriter, qr_code
from webapp.shared import portal

SHORT = {"open": 10, "near": 6}
"""How many findings of a group the short sheet lists, so that it takes two sheets of paper."""


def writer(language: str) -> SheetWriter:
    """Give the writer of sheets in a language."""
    return SheetWriter(portal().catalogue, portal().questionnaire, portal().texts, language)


def sheet(token: str) -> str:
    """Show the results as they are printed, short or (?full=1) with every finding."""
    saved = saved_profile(token)
    shown = frame(token, saved)
    if not shown["answered"]:
        return render_template("sheet.html", sheet=None, **shown)
    found = portal().matchmaker.results(saved.facts, portal().today(), judged=True)
    shared = next(iter(shares.own(portal().database, token, portal().now())), None)
    address = (
        url_for("portal.shared", code=shared.code, _external=True)
        if shared
        else url_for("portal.measures", _external=True)
    )
    return render_template(
        "sheet.html",
        sheet=writer(language()).write(found, saved.facts),
        full=request.args.get("full") == "1",
        short=SHORT,
        address=address,
        shared=shared,
        qr=qr_code(address),
        **shown,
    )


def dates(token: str) -> Response:
    """Give the company's dates as a calendar file, or say that there are none to keep."""
    saved = saved_profile(token)
    calendar = Calendar(portal().matchmaker, portal().texts, language())
    events = (
        calendar.events(saved.facts, portal().today()) if frame(token, saved)["answered"] else []
    )
    if not events:
        flash("calendar.none")
        return redirect(url_for("portal.results", token=token), 303)
    body = write(
        events,
        name=text("calendar.name"),
        secret=token,
        now=portal().now(),
        address=lambda id_: url_for("portal.measure", id_=id_, _external=True),
    )
    return FlaskResponse(
        body,
        mimetype="text/calendar",
        headers={"Content-Disposition": 'attachment; filename="mianshen-dates.ics"'},
    )

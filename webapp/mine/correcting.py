"""What is known of a company, with its sources; a department's fact that is wrong can be contradicted."""

from __future__ import annotations

from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor
from webapp.cards import Card, new_card, radio_name, read_card
from webapp.mine.shell import frame
from webapp.refusing import said
from webapp.services.asking import Asked, asked_of
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.checking import Checker
from webapp.services.profiles import Facts
from webapp.services.questions import UNSURE
from webapp.services.registry import correcting
from webapp.services.registry.correcting import MOST_WORDS, Shown
from webapp.shared import portal

UNSURE_ID = "unsure"


def listing(company: int) -> str:
    """List all that is known, with who said it and since when."""
    vocabulary = portal().catalogue.vocabulary
    with portal().database.reading() as session:
        shown = frame(session, company)
        facts = correcting.shown(session, company, vocabulary, portal().today())
        return render_template("mine/facts.html", facts=facts, asked=_asked, **shown)


def correct(company: int, fact: int) -> ResponseReturnValue:
    """Ask what is right, and put it beside what the department says."""
    vocabulary = portal().catalogue.vocabulary
    with portal().database.reading() as session:
        frame(session, company)
        try:
            found = correcting.one_shown(session, company, fact, vocabulary, portal().today())
        except Missing:
            abort(404)
        session.expunge_all()
    asked = _asked(found)
    if asked is None:
        return _page(company, found, None), 200 if request.method == "GET" else 422
    checker = _checker(found)
    if request.method == "GET":
        return _page(company, found, new_card(asked, None, checker, {}))
    card = read_card(0, asked, checker, {})
    if card.faults or card.given is None or card.given == UNSURE:
        faults = {} if card.faults else {"": said(Refused("correction_missing"))}
        return _page(company, found, card, faults), 422
    right: Facts = asked.put({}, card.given, vocabulary, checker.year)
    words, now = request.form.get("words", ""), portal().now()
    try:
        correcting.correct(
            portal().database,
            portal().casework.sealer,
            vocabulary,
            actor(),
            company,
            fact,
            right,
            words,
            now,
        )
    except Missing:
        abort(404)
    except Refused as refused:
        name = "words" if refused.code == "correction_words" else ""
        return _page(company, found, card, {name: said(refused)}), 422
    flash("correct.done")
    return redirect(url_for("mine.facts", company=company), 303)


def _asked(found: Shown) -> Asked | None:
    """Give how the right value is asked; None where the form has no question for it.

    不清楚 is no correction, so it is not among the answers.
    """
    if found.key is None or not found.attested:
        return None
    asked = asked_of(found.key, portal().questionnaire)
    if asked is None or not (found.row.period == "" or found.row.period.isdigit()):
        return None
    options = {id_: answer for id_, answer in asked.options.items() if id_ != UNSURE_ID}
    return Asked(asked.question, asked.member, options)


def _checker(found: Shown) -> Checker:
    """Check by today, and yearly figures by the year of the fact."""
    today = portal().today()
    period = found.row.period
    return Checker(portal().catalogue.vocabulary, today, int(period) if period else today.year - 1)


def _page(
    company: int, found: Shown, card: Card | None, faults: dict[str, str] | None = None
) -> str:
    with portal().database.reading() as session:
        shown = frame(session, company)
    return render_template(
        "mine/correct.html",
        found=found,
        card=card,
        radio_name=radio_name,
        words=request.form.get("words", ""),
        most_words=MOST_WORDS,
        faults=faults or {},
        problem=bool(faults) or bool(card and card.faults),
        year=_year(found),
        **shown,
    )


def _year(found: Shown) -> int:
    today: date = portal().today()
    return int(found.row.period) if found.row.period.isdigit() else today.year - 1

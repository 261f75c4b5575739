"""What the pickers fetch and browse: lines of business and places found, and the table level by level."""

from __future__ import annotations

from flask import Response, abort, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from matcher.language.profiles import FILED
from matcher.vocabulary.model import Attribute, Kind
from webapp.limits import MAX_INDUSTRIES, MAX_SEARCH
from webapp.pages import text
from webapp.portal.company import frame, saved_profile
from webapp.services import profiles
from webapp.services.checking import Checker
from webapp.services.places import Place, Places
from webapp.services.profiles import Facts
from webapp.services.questions import answer, with_answers
from webapp.services.trades import Hit, Levels, Trade, Trades, refined
from webapp.shared import portal


def _asked() -> str:
    return request.args.get("q", "").strip()[:MAX_SEARCH]


def trades_found() -> Response:
    """Give the lines of business that some words may mean, as the picker shows them."""
    found = Trades.of(portal().catalogue.vocabulary).find(_asked())
    options = [_option(hit.trade, _note(hit)) for hit in found.hits]
    options += [_option(trade, text("trade.wider")) for trade in found.wider]
    said = text("trade.hits", n=len(options)) if options else text("trade.no_hits")
    return jsonify(options=options, said=said)


def _note(hit: Hit) -> str:
    if hit.former:
        return text("trade.former", code=hit.former)
    if hit.by:
        return text("trade.by", words=hit.by)
    wide = hit.trade.level != "class"
    enough = wide and not Levels.of(portal().catalogue).matters(hit.trade.code)
    return text("trade.enough") if enough else ""


def _option(trade: Trade, note: str) -> dict[str, str]:
    return {
        "value": trade.code,
        "name": trade.said,
        "path": " › ".join(trade.path),
        "note": note,
    }


def places_found() -> Response:
    """Give the places that some words may mean."""
    vocabulary = portal().catalogue.vocabulary
    checker = Checker(vocabulary, portal().today())
    found = Places.of(vocabulary).find(_asked())
    options = [{"value": checker.region(one.id), "name": one.name} for one in found]
    said = text("trade.hits", n=len(options)) if options else text("fault.unknown-name")
    return jsonify(options=options, said=said)


def places_below() -> Response:
    """Give the second and the third choice that go with a first one."""
    places = Places.of(portal().catalogue.vocabulary)
    city = request.args.get("of", "")
    return jsonify(county=_named(places.second(city)), park=_named(places.third(city)))


def _named(places: tuple[Place, ...]) -> list[list[str]]:
    return [[place.id, place.name] for place in places]


def browse(token: str) -> str | Answer | tuple[str, int]:
    """Show all lines of business level by level; the one that is chosen joins the company's answer."""
    saved = saved_profile(token)
    attribute = portal().catalogue.vocabulary.one(Kind.INDUSTRY)
    group = portal().questionnaire.group_of[attribute.label]
    trades = Trades.of(portal().catalogue.vocabulary)
    back = url_for("portal.group", token=token, group=group.id, _anchor=f"q-{attribute.id}")
    fault = ""
    if request.method == "POST":
        fault = _add(token, attribute, request.form.get("trade", ""), trades)
        if not fault:
            flash("trade.added")
            return redirect(back, 303)
    page = render_template(
        "industries.html",
        trades=trades,
        back=back,
        fault=fault,
        limit=MAX_INDUSTRIES,
        **frame(token, saved),
    )
    return (page, 422) if fault else page


def _add(token: str, attribute: Attribute, code: str, trades: Trades) -> str:
    """Add a line of business to the stored ones; gives the fault that stops it."""
    if code not in trades.industries.names:
        return "unknown-choice" if code else "no-answer"
    checker = Checker(trades.vocabulary, portal().today())
    full = False

    def change(facts: Facts) -> Facts:
        nonlocal full
        stored = answer(facts, attribute, checker.year)
        given = stored if isinstance(stored, list) else [stored] if stored else []
        known = [one for item in given if (one := trades.industries.find(str(item)))]
        codes = refined([*known, code], trades.industries)
        full = len(codes) > MAX_INDUSTRIES
        if full:
            return facts
        named = [checker.industry(one) for one in codes]
        put = {attribute.label: named if len(named) > 1 else named[0]}
        dated = {**facts, FILED: checker.filed.isoformat()}
        return with_answers(dated, put, checker.vocabulary, checker.year)

    if profiles.save(portal().database, token, change, portal().now()) is None:
        abort(404)
    return "too-many" if full else ""

"""Home: what this is, start, resume."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, ValidationError
from werkzeug.wrappers import Response

from matcher.language.profiles import CODE, NAME
from matcher.values import fold
from webapp.limits import MAX_RECOVERY_TRIES
from webapp.services import profiles
from webapp.services.checking import Fault, refuse
from webapp.services.identity import Identity, has_companies, identity, meant
from webapp.services.questions import new_facts
from webapp.services.recovery import TooManyTries
from webapp.shared import portal


def home() -> str:
    """Show the way in."""
    return _home()


def _home(**faults: object) -> str:
    return render_template("home.html", documents=portal().catalogue.documents, **faults)


def start() -> Response | tuple[str, int]:
    """Make an empty profile, with the name or the code where one was typed.

    Where the registry holds companies whose names fit, the visitor is asked first which one is meant.
    """
    # Who plans a company has no name to give; what stands in the box is left out.
    planned = "planned" in request.form
    typed = "" if planned else request.form.get("company", "").strip()
    refused = refuse(typed)
    if refused is not None:
        return _home(start_fault=refused, typed=typed), 422
    facts = new_facts(portal().today().isoformat())
    if "chosen" in request.form:
        facts |= _chosen(request.form["chosen"], typed)
    elif typed:
        with portal().database.reading() as session:
            found, looked = meant(session, typed), has_companies(session)
        if found.choices:
            missed = "asked" in request.form
            page = render_template("choose.html", typed=typed, found=found, missed=missed)
            return page, 422 if missed else 200
        facts |= _facts_of(found.known) if found.known else _typed(typed)
        if looked and not found.known:
            flash("home.unknown_company")
    token = profiles.create(portal().database, facts, portal().now())
    portal().recovery.enrol(token)
    first = portal().questionnaire.groups[0]
    return redirect(url_for("portal.group", token=token, group=first.id), 303)


def _chosen(code: str, typed: str) -> dict[str, str]:
    """Give the public identity of the company that was chosen; of none, what was typed."""
    with portal().database.reading() as session:
        found = identity(session, code)
    return _typed(typed) if found is None else _facts_of(found)


def _facts_of(known: Identity) -> dict[str, str]:
    return {CODE: known.code, NAME: known.name}


def _typed(typed: str) -> dict[str, str]:
    if not typed:
        return {}
    return {CODE: _code(typed)} if _is_code(typed) else {NAME: typed}


def _code(typed: str) -> str:
    return fold(typed).replace(" ", "").upper()


def _is_code(typed: str) -> bool:
    """Say whether a text has the shape of a credit code; a failing check digit still counts."""
    try:
        uscc.validate(_code(typed))
    except InvalidChecksum:
        return True
    except ValidationError:
        return False
    return True


def resume() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Go back to a saved profile by its recovery code or address."""
    typed = request.form.get("code", "").strip()
    try:
        token = portal().recovery.find(typed, request.remote_addr or "", portal().now())
    except TooManyTries:
        fault = Fault("too-many-tries", limit=MAX_RECOVERY_TRIES)
        return _home(resume_fault=fault), 429, {"Retry-After": "60"}
    if token is None:
        return _home(resume_fault=Fault("no-profile"), typed_code=typed), 422
    return redirect(url_for("portal.hub", token=token), 303)


def deleted() -> str:
    """Say that the data is gone."""
    return render_template("deleted.html")

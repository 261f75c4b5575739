"""The desk's page for API keys: making them, handing a secret over once, revoking."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor
from webapp.desk.shell import refused
from webapp.limits import KEY_DAY, KEY_DAYS, KEY_MINUTE
from webapp.pages import wording
from webapp.people import people
from webapp.services.cases.refusals import Refused
from webapp.services.people.custodians import known_custodians
from webapp.services.people.keys import Wanted, add, listed, revoke
from webapp.services.people.roles import SCOPES
from webapp.shared import portal

_FIELDS = {
    "name_shape": "name",
    "key_scope_unknown": "scopes",
    "custodian_unknown": "custodian",
    "key_custodian_missing": "custodian",
    "key_quota": "per_minute",
    "key_days": "days",
}
"""The field that a refusal is about."""
_MOST_DIGITS = 9


def keys() -> ResponseReturnValue:
    """List the keys; make one more and show its secret this once."""
    if request.method != "POST":
        return render_template("desk/keys.html", **_shown())
    wanted, vocabulary = _wanted(), portal().catalogue.vocabulary
    try:
        _, secret = add(people().accounts, actor(), wanted, vocabulary, portal().now())
    except Refused as refusal:
        wrong = {"problem": refused(refusal), "field": _FIELDS.get(refusal.code, "")}
        return render_template("desk/keys.html", given=request.form, **wrong, **_shown()), 422
    return render_template("desk/key_made.html", name=wanted.name, secret=secret)


def revoke_key(key: int) -> ResponseReturnValue:
    """Revoke a key."""
    revoke(people().accounts, actor(), key, portal().now())
    flash("keys.revoked_now")
    return redirect(url_for("desk.keys"), 303)


def _wanted() -> Wanted:
    sent = request.form
    return Wanted(
        name=sent.get("name", "").strip(),
        scopes=frozenset(sent.getlist("scopes")),
        custodian=sent.get("custodian", ""),
        per_minute=_number("per_minute", KEY_MINUTE),
        per_day=_number("per_day", KEY_DAY),
        days=_number("days", KEY_DAYS),
    )


def _number(name: str, usual: int) -> int:
    """Read a number; what is none is out of bounds, as the service will say."""
    typed = request.form.get(name, str(usual)).strip()
    good = typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS
    return int(typed) if good else 0


def _shown() -> dict[str, Any]:
    with portal().database.reading() as session:
        found = listed(session)
    words = wording()
    custodians = known_custodians(portal().catalogue.vocabulary)
    return {
        "keys": found,
        "now": portal().now(),
        "scopes": SCOPES,
        "usual": Wanted(""),
        "custodians": [(one, words.word("部门", one)) for one in custodians],
    }

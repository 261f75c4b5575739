"""What the forms of accounts share: reading a field, and showing a refusal beside the field it is about."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from matcher.cli import CHINA
from webapp.access import signed_in
from webapp.limits import MAX_PASSWORD, MAX_TEXT
from webapp.pages import language, text
from webapp.services.cases.refusals import Missing, Refused, Stale
from webapp.services.people.guessing import TooSoon
from webapp.services.people.roles import LABELS, Role
from webapp.services.people.sessions import Signed
from webapp.texts import LANGUAGES

Page = str | tuple[str, int] | tuple[str, int, dict[str, str]]

FIELDS = {
    "login_wrong": "login",
    "login_shape": "login",
    "login_taken": "login",
    "name_shape": "name",
    "password_wrong": "old",
    "code_wrong": "code",
    "company_unknown": "code",
    "membership_there": "code",
    "memberships_full": "code",
    "offer_over": "code",
    "roles_missing": "roles",
    "ground_missing": "ground",
    "custodians_of_data": "custodians",
}
"""Which field a refusal is about; of a new password all that begins with ``password_``."""


def typed(name: str) -> str:
    """Give what was typed in a field, cut to what any field holds."""
    return request.form.get(name, "").strip()[: MAX_TEXT + 1]


def secret(name: str) -> str:
    """Give a password as it was typed; one sign over the limit is enough to be refused."""
    return request.form.get(name, "")[: MAX_PASSWORD + 1]


def refused_page(template: str, refused: Refused, **values: Any) -> Page:
    """Show a form again with what is wrong; what may be shown of the input comes in ``values``."""
    if isinstance(refused, Missing):
        return render_template("accounts/gone.html"), 404
    body = render_template(template, problem=said(refused), field=field_of(refused), **values)
    if isinstance(refused, TooSoon):
        return body, 429, {"Retry-After": str(refused.seconds)}
    return body, 409 if isinstance(refused, Stale) else 422


def field_of(refused: Refused) -> str:
    """Give the name of the field that a refusal is about, "" for the form as a whole."""
    known = FIELDS.get(refused.code)
    if known is not None:
        return known
    return "password" if refused.code.startswith("password_") else ""


def said(refused: Refused) -> str:
    """Put a refusal into words."""
    values = dict(refused.values)
    if "roles" in values:
        place, joint = LANGUAGES.index(language()), "、" if language() == LANGUAGES[0] else ", "
        values["roles"] = joint.join(LABELS[Role(str(role))][place] for role in values["roles"])
    return text(f"refused.{refused.code}", **values)


def somebody() -> Signed:
    """Give who is signed in; only for views that the guard lets nobody else into."""
    signed = signed_in()
    if signed is None:
        raise LookupError("a view without a guard")
    return signed


def moment(value: Any) -> str:
    """Write a moment in China's time, to the minute."""
    return str(value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M"))

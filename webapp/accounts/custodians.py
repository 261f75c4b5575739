"""The administrator's form that says for which departments a person of the data departments speaks."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor
from webapp.accounts.users import refused_user
from webapp.people import people
from webapp.services.cases.refusals import Refused
from webapp.services.people import custodians
from webapp.shared import portal


def bind(user: int) -> ResponseReturnValue:
    """Set the departments of an account."""
    words, chosen = portal().catalogue.vocabulary, request.form.getlist("custodians")
    try:
        custodians.bind(people().accounts, actor(), user, chosen, words, portal().now())
    except Refused as refused:
        return refused_user(user, refused)
    flash("users.custodians_saved")
    return redirect(url_for("accounts.user", user=user), 303)

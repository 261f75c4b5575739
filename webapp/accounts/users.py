"""The desk's pages for accounts of staff: making them, roles, one-time passwords, closing."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor
from webapp.accounts.forms import Page, refused_page, typed
from webapp.people import people
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people import custodians, users
from webapp.services.people.roles import STAFF, Role
from webapp.shared import portal

CHOICES = tuple(role for role in Role if role in STAFF)


def listing() -> ResponseReturnValue:
    """List staff; make an account for one more."""
    if request.method != "POST":
        return render_template("accounts/users.html", **_all())
    login, name = typed("login"), typed("name")
    try:
        password = users.add(people().accounts, actor(), login, name, _roles(), portal().now())
    except Refused as refused:
        given = {"login": login, "name": name, "chosen": request.form.getlist("roles")}
        return refused_page("accounts/users.html", refused, **_all(), **given)
    return render_template("accounts/handed.html", login=login, password=password)


def _all() -> dict[str, Any]:
    with portal().database.reading() as session:
        return {"people": users.listed(session), "choices": CHOICES}


def one(user: int) -> ResponseReturnValue:
    """Show one account."""
    try:
        return render_template("accounts/user.html", **_one(user))
    except Missing as missing:
        return refused_page("accounts/user.html", missing)


def _one(user: int) -> dict[str, Any]:
    with portal().database.reading() as session:
        return {
            "person": users.person(session, user),
            "choices": CHOICES,
            "own": actor().id == user,
            "departments": custodians.known_custodians(portal().catalogue.vocabulary),
            "bound": custodians.stored(session, user),
        }


def roles(user: int) -> ResponseReturnValue:
    """Set the roles of an account."""
    try:
        users.set_roles(people().accounts, actor(), user, _roles(), portal().now())
    except Refused as refused:
        return refused_user(user, refused)
    flash("users.roles_saved")
    return redirect(url_for("accounts.user", user=user), 303)


def reset(user: int) -> ResponseReturnValue:
    """Hand out a one-time password; the second factor goes too where it was lost."""
    lost = typed("second") == "lost"
    try:
        password = users.reset(people().accounts, actor(), user, lost, portal().now())
        login = _one(user)["person"].login
    except Refused as refused:
        return refused_user(user, refused)
    return render_template("accounts/handed.html", login=login, password=password)


def opening(user: int) -> ResponseReturnValue:
    """Close an account, or open it again."""
    change = users.enable if typed("then") == "enable" else users.disable
    try:
        change(people().accounts, actor(), user, portal().now())
    except Refused as refused:
        return refused_user(user, refused)
    flash("users.enabled_now" if change is users.enable else "users.disabled_now")
    return redirect(url_for("accounts.user", user=user), 303)


def refused_user(user: int, refused: Refused) -> Page:
    """Show an account again with what stands against a change of it."""
    if isinstance(refused, Missing):
        return refused_page("accounts/user.html", refused)
    return refused_page("accounts/user.html", refused, **_one(user))


def _roles() -> list[Role]:
    """Read the ticked roles; what is no role of staff is left out, and refused where none is left."""
    known = {role.value: role for role in CHOICES}
    return [known[name] for name in request.form.getlist("roles") if name in known]

"""Coming in and going out: password, second factor, registering for a company."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.access import (
    AFTER_LOGIN,
    cookie_name,
    forget,
    keep,
    landing,
    request_id,
    signed_in,
)
from webapp.accounts.forms import refused_page, secret, somebody, typed
from webapp.people import people
from webapp.services.cases.refusals import Refused
from webapp.services.people import signing_in, users
from webapp.services.people.sessions import Pending
from webapp.services.people.signing_in import Comer
from webapp.shared import portal

DEVICE, DEVICE_SECONDS = "device", 365 * 24 * 3600


def login() -> ResponseReturnValue:
    """Ask for name and password."""
    there = signed_in()
    if request.method != "POST":
        if there is not None:
            return redirect(landing(there), 303)
        return render_template("accounts/login.html", issuer=people().issuer)
    name = typed("login")
    try:
        opened = signing_in.with_password(
            people().accounts, people().devices, name, secret("password"), comer(), portal().now()
        )
    except Refused as refused:
        return refused_page("accounts/login.html", refused, login=name, issuer=people().issuer)
    response = welcome(opened.token)
    kept = request.cookies.get(cookie_name(DEVICE), "")
    response.set_cookie(
        cookie_name(DEVICE),
        people().devices.joined(kept, opened.device),
        max_age=DEVICE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return response


def comer() -> Comer:
    """Give where a try comes from."""
    device = request.cookies.get(cookie_name(DEVICE), "")
    return Comer(request.remote_addr or "", request_id(), device)


def welcome(token: str) -> Response:
    """Hand out a new session and go on to where the person wanted to, or to the next step.

    The session that the browser had before, if any, ends: nobody else's goes on under a new name.
    """
    wanted = str(session.get(AFTER_LOGIN, ""))
    before = request.cookies.get(cookie_name(), "")
    if before:
        people().accounts.sessions.end(before)
    signed = people().accounts.sessions.find(token, portal().now())
    if signed is None:
        return redirect(url_for("accounts.login"), 303)
    whole = signed.pending is None
    response = keep(redirect(wanted if whole and wanted else landing(signed), 303), token)
    if wanted and not whole:
        session[AFTER_LOGIN] = wanted
    return response


def second() -> ResponseReturnValue:
    """Ask for the second factor of a session that has only the password."""
    signed = somebody()
    if signed.pending is not Pending.SECOND:
        return redirect(landing(signed), 303)
    if request.method != "POST":
        return render_template("accounts/second.html")
    try:
        token = signing_in.with_code(
            people().accounts, signed, typed("code"), request_id(), portal().now()
        )
    except Refused as refused:
        return refused_page("accounts/second.html", refused)
    return welcome(token)


def logout() -> Response:
    """End the session."""
    signing_in.leave(people().accounts, somebody(), request_id(), portal().now())
    response = forget(redirect(url_for("accounts.login"), 303))
    flash("login.left")
    return response


def register() -> ResponseReturnValue:
    """Make an account for a company's person."""
    if request.method != "POST":
        return render_template("accounts/register.html")
    given = {"login": typed("login"), "name": typed("name")}
    try:
        token = users.register(
            people().accounts,
            **given,
            password=secret("password"),
            comer=comer(),
            now=portal().now(),
        )
    except Refused as refused:
        return refused_page("accounts/register.html", refused, **given)
    response = welcome(token)
    flash("register.done")
    response.location = url_for("accounts.account")
    return response

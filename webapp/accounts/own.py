"""One's own account: companies, password, second factor, spare codes."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import keep, landing, request_id
from webapp.accounts.entry import welcome
from webapp.accounts.forms import Page, refused_page, secret, somebody, typed
from webapp.people import people
from webapp.services.cases.refusals import Refused
from webapp.services.notices import unread_by_staff
from webapp.services.people import memberships, signing_in, users
from webapp.services.people.roles import Role
from webapp.services.people.second_factor import address, step_of
from webapp.services.sheet import qr_code
from webapp.shared import portal


def account() -> str:
    """Show one's own account."""
    return render_template("accounts/account.html", **about())


def about() -> dict[str, Any]:
    """Give what the page of an account shows."""
    signed, shared = somebody(), people()
    with portal().database.reading() as session:
        return {
            "me": signed,
            "companies": memberships.of_person(session, signed.user),
            "spares_left": shared.accounts.second.spares_left(session, signed.user),
            "is_company": Role.COMPANY in signed.roles,
            "begin": landing(signed),
            "following_unread": unread_by_staff(session, signed.user),
            "issuer": shared.issuer,
            "linked": users.linked(shared.accounts, signed.user) if shared.issuer else 0,
        }


def refused_account(refused: Refused, **values: object) -> Page:
    """Show the page of the account with what was refused."""
    return refused_page("accounts/account.html", refused, **about(), **values)


def password() -> ResponseReturnValue:
    """Change the password; the old one is asked."""
    signed, accounts, now = somebody(), people().accounts, portal().now()
    if request.method != "POST":
        return render_template("accounts/password.html", me=signed)
    try:
        signing_in.confirm_password(accounts, signed, secret("old"), request_id(), now)
        token = users.change_password(accounts, signed, secret("password"), request_id(), now)
    except Refused as refused:
        return refused_page("accounts/password.html", refused, me=signed)
    response = welcome(token)
    flash("account.password_changed")
    return response


def enrol() -> ResponseReturnValue:
    """Switch a second factor on, or another one in its place."""
    signed, accounts, now = somebody(), people().accounts, portal().now()
    if request.method != "POST":
        sealed = accounts.second.offer(signed.user, now)
        return render_template("accounts/enrol.html", me=signed, **_offer(sealed))
    sealed = request.form.get("offer", "")
    secret_ = accounts.second.offered(sealed, signed.user, now)
    if secret_ is None:
        again = accounts.second.offer(signed.user, now)
        over = Refused("offer_over")
        return refused_page("accounts/enrol.html", over, me=signed, **_offer(again))
    try:
        signing_in.confirm_password(accounts, signed, secret("old"), request_id(), now)
        step = step_of(secret_, typed("code").replace(" ", ""), now)
        if step is None:
            raise Refused("code_wrong")
        token, codes = users.switch_on_second(accounts, signed, secret_, step, request_id(), now)
    except Refused as refused:
        return refused_page("accounts/enrol.html", refused, me=signed, **_offer(sealed))
    begin = accounts.sessions.find(token, now)
    body = render_template(
        "accounts/spares.html", codes=codes, begin=landing(begin) if begin else "/"
    )
    return keep(make_response(body), token)


def _offer(sealed: str) -> dict[str, Any]:
    """Give what the page shows of an offered secret: the picture, and the same in letters."""
    signed = somebody()
    secret_ = people().accounts.second.offered(sealed, signed.user, portal().now()) or ""
    letters = " ".join(secret_[at : at + 4] for at in range(0, len(secret_), 4))
    return {"offer": sealed, "letters": letters, "qr": qr_code(address(secret_, signed.login))}


def spares() -> ResponseReturnValue:
    """Make new spare codes; the password is asked."""
    signed, accounts, now = somebody(), people().accounts, portal().now()
    try:
        signing_in.confirm_password(accounts, signed, secret("old"), request_id(), now)
        codes = users.new_spares(accounts, signed, request_id(), now)
    except Refused as refused:
        return refused_account(refused, form="spares")
    return render_template("accounts/spares.html", codes=codes, begin=url_for("accounts.account"))


def back_home() -> ResponseReturnValue:
    """Go back to the page of the account."""
    return redirect(url_for("accounts.account"), 303)

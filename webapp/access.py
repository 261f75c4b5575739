"""Who is asking, and whether the page is theirs to open: one guard before every view.

Each route says what permission it needs; an application with a route that says nothing is not built.
A page that anyone may open never asks who is signed in, so it stays the same for everyone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast

from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from matcher.readers.prose import EN, ZH
from webapp import errors
from webapp.people import people
from webapp.services.audit.chain import Deed
from webapp.services.people.roles import GRANTS, LABELS, STAFF, Actor, Permission, Role
from webapp.services.people.sessions import Pending, Signed
from webapp.services.people.users import administrators
from webapp.shared import portal

COOKIE = "mianshen"
AFTER_LOGIN = "after_login"
API = "api"
"""The blueprint that asks for a key by itself (`webapp.api.guard`); a session opens nothing there."""
NAMED = 3
"""Administrators that a refusal names."""
LANDING = {True: "/desk", False: "/my"}
"""Where staff and companies' people begin; their account's page stands in until such a page is there."""
STEPS = {
    Pending.SECOND: "accounts.second",
    Pending.PASSWORD: "accounts.password",
    Pending.ENROL: "accounts.enrol",
}
"""The page of each step that a half session still has to take."""
_MARK = "needs_permission"

View = Callable[..., ResponseReturnValue]


class Undeclared(RuntimeError):
    """Routes say nothing about who may open them."""


class Lacking(Exception):
    """Somebody who is signed in has none of the roles that a page needs."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(permission)
        self.permission = permission


def needs(permission: Permission) -> Callable[[View], View]:
    """Say what permission a view needs."""

    def declare(view: View) -> View:
        @wraps(view)
        def answer(**arguments: object) -> ResponseReturnValue:
            return view(**arguments)

        setattr(answer, _MARK, permission)
        return answer

    return declare


def install(app: Flask) -> None:
    """Put the guard before every view."""
    app.view_functions["static"] = needs(Permission.PUBLIC)(app.view_functions["static"])
    app.before_request(_guard)
    app.register_error_handler(Lacking, _lacking)
    app.context_processor(lambda: {"signed": shown(), "role_labels": LABELS})


def check(app: Flask) -> None:
    """Raise `Undeclared` where a route has no permission; to be called once all are registered."""
    bare = sorted(
        {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if permission_of(app, rule.endpoint) is None
        }
    )
    if bare:
        raise Undeclared(f"these routes need @needs(Permission.…): {', '.join(bare)}")


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """Give the permission that a route needs, None where it says nothing."""
    return cast("Permission | None", getattr(app.view_functions[endpoint], _MARK, None))


def is_public() -> bool:
    """Say whether the page of this request is anyone's; what does not exist is, too."""
    if request.endpoint is None:
        return True
    return permission_of(current_app, request.endpoint) is Permission.PUBLIC


def signed_in() -> Signed | None:
    """Give who is signed in, looked up once a request; half sessions count."""
    if "signed" not in g:
        token = request.cookies.get(cookie_name(), "")
        g.signed = people().accounts.sessions.find(token, portal().now()) if token else None
    return cast("Signed | None", g.signed)


def shown() -> Signed | None:
    """Give who is signed in for the band of a page; nobody on pages that anyone may open."""
    if is_public():
        return None
    found: Signed | None = g.get("signed")
    return found if found is not None and found.pending is None else None


def actor() -> Actor:
    """Give who is asking, as services know it."""
    signed = signed_in()
    return (
        Actor(None, "visitor", request=request_id())
        if signed is None
        else signed.actor(request_id())
    )


def own(company: int) -> int:
    """Give a company's number back where it is the actor's own; else it does not exist (404)."""
    if not actor().may(Permission.OWN_COMPANY, company):
        abort(404)
    return company


def request_id() -> str:
    """Give the number of the request, as logs and audit know it."""
    return str(g.get("request_id", ""))


def cookie_name(base: str = COOKIE) -> str:
    """Give the name of a cookie; under TLS one that no other host and no path can set."""
    return f"__Host-{base}" if current_app.config["SESSION_COOKIE_SECURE"] else base


def keep(response: Response, token: str) -> Response:
    """Hand a session's token to the browser; whatever it held before belongs to nobody now."""
    session.clear()
    response.set_cookie(
        cookie_name(),
        token,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return response


def forget(response: Response) -> Response:
    """Take a session's token from the browser."""
    session.clear()
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.delete_cookie(cookie_name(), httponly=True, samesite="Lax", secure=secure)
    return response


def landing(signed: Signed) -> str:
    """Give the address where a person begins: the next step, staff's desk or the company's own pages."""
    if signed.pending is not None:
        return url_for(STEPS[signed.pending])
    begin = LANDING[signed.staff]
    there = current_app.url_map.bind("").test(begin, "GET")
    return begin if there else url_for("accounts.account")


def _guard() -> Response | None:
    if request.endpoint is None:
        return None
    permission = permission_of(current_app, request.endpoint)
    if permission is None:
        raise Undeclared(request.endpoint)
    if permission is Permission.PUBLIC or request.blueprint == API:
        return None
    signed = signed_in()
    if signed is None:
        return _to_login()
    if signed.pending is not None and request.endpoint not in (
        STEPS[signed.pending],
        "accounts.logout",
    ):
        return redirect(url_for(STEPS[signed.pending]), 303)
    _may(signed, permission)
    return None


def _may(signed: Signed, permission: Permission) -> None:
    grant = GRANTS[permission]
    if not signed.roles & grant.roles:
        raise Lacking(permission)
    company = (request.view_args or {}).get("company")
    if grant.own and company is not None and company not in signed.companies:
        abort(404)


def _to_login() -> Response:
    """Send to the login; a page that was asked for opens afterwards, what was posted does not."""
    if request.method in ("GET", "HEAD"):
        session[AFTER_LOGIN] = request.path
    else:
        flash("login.over")
    return redirect(url_for("accounts.login"), 303)


def _lacking(lacking: Lacking) -> ResponseReturnValue:
    """Say which role is missing and whom to ask."""
    signed = signed_in()
    if signed is not None:
        deed = Deed("access", "page", str(request.endpoint), "refused:wrong_role")
        people().accounts.told(actor(), deed, portal().now())
    roles = sorted(GRANTS[lacking.permission].roles, key=list(Role).index)
    more = {
        language: {
            "roles": joint.join(LABELS[role][place] for role in roles),
            "whom": _whom(signed, place, joint),
        }
        for place, (language, joint) in enumerate(((ZH, "、"), (EN, ", ")))
    }
    return errors.page(403, "lacking", more=more)


def _whom(signed: Signed | None, place: int, joint: str) -> str:
    if signed is None or not signed.roles & STAFF:
        return "12345"
    try:
        with portal().database.reading() as unit:
            names = administrators(unit)[:NAMED]
    except SQLAlchemyError:
        names = []
    label = LABELS[Role.ADMIN][place]
    return f"{label} {joint.join(names)}" if names else label

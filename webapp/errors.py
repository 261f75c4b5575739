"""Answers to what goes wrong: a page in two languages that says what to do next."""

from __future__ import annotations

from flask import Flask, Response, g, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from webapp.limits import MAX_BODY_BYTES, MAX_FORM_BYTES
from webapp.logs import log_exception
from webapp.services.profiles import Overtaken

KNOWN = frozenset({400, 403, 404, 405, 409, 410, 413, 422, 500, 503})


def install(app: Flask) -> None:
    """Register the pages."""
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(CSRFError, lambda error: page(400, "csrf"))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Overtaken, lambda error: page(503))
    app.register_error_handler(OperationalError, _unavailable)


def _http(error: HTTPException) -> tuple[str, int, dict[str, str]] | HTTPException:
    code = error.code or 500
    if code < 400:
        return error  # a redirect that routing raises
    body, status, headers = page(code)
    allowed = getattr(error, "valid_methods", None)
    return body, status, headers | ({"Allow": ", ".join(allowed)} if allowed else {})


def _unknown_host(error: SecurityError) -> Response:
    """Answer without links: under a host that is not ours no address can be built."""
    return Response("网址的主机名不对。 Unknown host.", 400, mimetype="text/plain")


def _unavailable(error: OperationalError) -> tuple[str, int, dict[str, str]]:
    log_exception((type(error), error, error.__traceback__))
    return page(503)


def page(code: int, reason: str = "") -> tuple[str, int, dict[str, str]]:
    """Render the page of an error; no database and no session is needed for it."""
    shown = code if code in KNOWN else (400 if code < 500 else 500)
    key = f"error.{reason or shown}"
    values = {"kib": MAX_FORM_BYTES // 1024, "mib": MAX_BODY_BYTES // 2**20}
    body = render_template("error.html", code=code, key=key, values=values, number=_number())
    return body, code, {"Retry-After": "5"} if code == 503 else {}


def _number() -> str:
    return str(g.get("request_id", ""))

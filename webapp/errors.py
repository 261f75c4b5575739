"""Answers to what goes wrong: a page in two languages that says what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response, g, render_template, request
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException, SecurityError

from matcher.cli import CHINA
from matcher.readers.prose import EN, ZH
from webapp import problems
from webapp.limits import MAX_FORM_BYTES, MAX_RECOVERY_TRIES
from webapp.logs import log_exception
from webapp.services.profiles import Overtaken
from webapp.services.quotas import QuotasDown
from webapp.shared import portal
from webapp.texts import LANGUAGES
from webapp.uploads import body_limit

KNOWN = frozenset({400, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503})
SEARCHABLE = frozenset({404, 410})
"""Errors after which a visitor may want to look for something else."""
MINUTE, BUSY, DOWN = 60, 5, 30
"""Seconds after which to try again: too many tries, a save that others overtook, no database."""
UNREACHABLE = (OperationalError, InterfaceError, NoConnection)

Answer = tuple[str, int, dict[str, str]]


def install(app: Flask) -> None:
    """Register the pages."""
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(CSRFError, lambda error: page(400, "csrf"))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Overtaken, lambda error: page(503, "busy", BUSY))
    for kind in (*UNREACHABLE, QuotasDown):
        app.register_error_handler(kind, _unavailable)


def _http(error: HTTPException) -> Answer | HTTPException:
    code = error.code or 500
    if code < 400:
        return error  # a redirect that routing raises
    body, status, headers = page(code)
    allowed = getattr(error, "valid_methods", None)
    return body, status, headers | ({"Allow": ", ".join(allowed)} if allowed else {})


def _unknown_host(error: SecurityError) -> Response:
    """Answer without links: under a host that is not ours no address can be built."""
    if problems.concerned():
        return problems.of_status(400)
    return Response("网址的主机名不对。 Unknown host.", 400, mimetype="text/plain")


def _unavailable(error: Exception) -> Answer:
    log_exception((type(error), error, error.__traceback__))
    return page(503)


def page(
    code: int,
    reason: str = "",
    seconds: int = 0,
    more: Mapping[str, Mapping[str, object]] | None = None,
) -> Answer:
    """Render the page of an error; no database and no session is needed for it.

    ``more`` are further values of its text in each language.
    """
    shown = code if code in KNOWN else (400 if code < 500 else 500)
    key = f"error.{reason or shown}"
    wait = seconds or {429: MINUTE, 503: DOWN}.get(code, 0)
    if problems.concerned():
        told = problems.of_status(code, wait)
        return told.get_data(as_text=True), told.status_code, dict(told.headers)
    values = {
        "kib": MAX_FORM_BYTES // 1024,
        "mib": body_limit(request.endpoint) // 2**20,
        "tries": MAX_RECOVERY_TRIES,
        "seconds": wait,
        "time": portal().now().astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
    }
    told = {language: {**values, **(more or {}).get(language, {})} for language in LANGUAGES}
    try:
        search = code in SEARCHABLE
        body = render_template(
            "error.html", code=code, key=key, values=told, number=_number(), search=search
        )
    except Exception as error:  # what failed may be the very frame that all pages share
        log_exception((type(error), error, error.__traceback__))
        body = _bare(code, key, told)
    return body, code, {"Retry-After": str(wait)} if wait else {}


def _bare(code: int, key: str, values: Mapping[str, Mapping[str, object]]) -> str:
    """Give the page of an error without any template, in both languages."""
    texts = portal().texts
    title = escape(texts.get(ZH, f"{key}.title"))
    parts = [
        f"<section lang='{tag}'><h{level}>{escape(texts.get(language, f'{key}.title'))}</h{level}>"
        f"<p>{escape(texts.get(language, f'{key}.text', **values[language]))}</p>"
        f"<p>{escape(texts.get(language, 'error.number', number=_number()))}</p></section>"
        for language, tag, level in ((ZH, "zh-CN", 1), (EN, "en", 2))
    ]
    head = f"<meta charset='utf-8'><title>{title} · {code}</title>"
    return (
        "<!doctype html><html lang='zh-CN'>"
        f"<head>{head}</head><body><main>{''.join(parts)}</main></body></html>"
    )


def _number() -> str:
    return str(g.get("request_id", ""))

"""One JSON line per request: who did what and how it ended, never a path value, query, body or fact."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import Any

from flask import Flask, Response, g, request

from webapp.operations.lines import Line, failure_of

LOGGER = logging.getLogger("mianshen.web")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CONVERTER = re.compile("<[^<>]*:")
_OUTCOMES = {4: "refused", 5: "failed"}


def install(app: Flask) -> None:
    """Number each request and log how it ended."""
    app.before_request(_begin)
    app.after_request(_end)
    # Flask's own record of a failure holds the exception's message, which may quote what was typed.
    app.log_exception = log_exception  # type: ignore[method-assign, assignment]


def _begin() -> None:
    g.request_id = secrets.token_hex(4).upper()
    g.started = time.perf_counter()


def _end(response: Response) -> Response:
    line = Line(
        request=g.request_id,
        actor=_actor(),
        method=method(),
        route=route(),
        status=response.status_code,
        outcome=_OUTCOMES.get(response.status_code // 100, "ok"),
        ms=round(taken() * 1000),
    )
    LOGGER.info(line)
    return response


def route() -> str:
    """Give the template of the request's address, never what stands in its place."""
    return _CONVERTER.sub("<", request.url_rule.rule) if request.url_rule else "-"


def method() -> str:
    """Give the request's method; a word that is none, which anyone may send, is not repeated."""
    return request.method if request.method in METHODS else "other"


def taken() -> float:
    """Give the seconds since the request came."""
    return time.perf_counter() - float(g.started)


def _actor() -> int | str | None:
    """Give the number of who is signed in, where the page asked, or of the API key; a public page never asks."""
    caller = g.get("caller")
    if caller is not None and caller.key is not None:
        return str(caller.said)
    signed = g.get("signed")
    return None if signed is None else int(signed.user)


def log_exception(info: Any, *_: Any) -> None:
    """Log the kind of a failure and where it happened, without its message."""
    LOGGER.error(Line(request=g.get("request_id", "-"), actor=_actor(), **failure_of(info)))

"""One JSON line per request: the route's template, never a path value, query, body or fact."""

from __future__ import annotations

import json
import logging
import secrets
import time
import traceback
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, request

LOGGER = logging.getLogger("mianshen.web")


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
    rule = request.url_rule.rule if request.url_rule else "-"
    _write(
        logging.INFO,
        request=g.request_id,
        method=request.method,
        route=rule,
        status=response.status_code,
        ms=round((time.perf_counter() - g.started) * 1000),
    )
    return response


def log_exception(
    info: tuple[type[BaseException] | None, BaseException | None, TracebackType | None] | Any,
    *_: Any,
) -> None:
    """Log the kind of a failure and where it happened, without its message."""
    kind, _error, trace = info
    frames = [f"{step.filename}:{step.lineno} {step.name}" for step in traceback.extract_tb(trace)]
    name = kind.__name__ if kind else "?"
    _write(logging.ERROR, request=g.get("request_id", "-"), error=name, frames=frames)


def _write(level: int, **fields: object) -> None:
    # json escapes line breaks, so one record stays one line.
    LOGGER.log(level, json.dumps(fields, ensure_ascii=False))

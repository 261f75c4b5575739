"""The addresses for those who run the service: /healthz, /readyz, /metrics. No cookie, no session, no page."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from ipaddress import ip_address
from typing import cast

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request

from webapp.access import needs
from webapp.database import newest_revision
from webapp.errors import DOWN
from webapp.limits import READY_KEPT
from webapp.operations import health, metrics
from webapp.operations.gauges import Stored
from webapp.operations.health import Answer
from webapp.operations.kept import Kept
from webapp.services.people.roles import Permission
from webapp.shared import portal

EXTENSION = "mianshen.operations"
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")
"""What a proxy adds: a request with one of these did not begin on this machine."""


@dataclass(frozen=True)
class Watched:
    """What is kept between two questions."""

    answers: Kept[dict[str, Answer]]
    stored: Stored


def install(app: Flask) -> None:
    """Count requests, and keep the answers of checks and figures for a moment."""
    metrics.install(app)
    newest_revision()  # read now, so that the first question is answered quickly too
    with app.app_context():
        shared = portal()
    answers = Kept(lambda: health.look(shared), READY_KEPT)
    app.extensions[EXTENSION] = Watched(answers, Stored(shared))


def _watched() -> Watched:
    return cast(Watched, current_app.extensions[EXTENSION])


def healthz() -> Response:
    """Say that the process answers."""
    return _fresh(Response("ok\n", mimetype="text/plain"))


def readyz() -> Response:
    """Say whether all that answers rest on is there, check by check."""
    answers = _watched().answers.get()
    ready = health.is_ready(answers)
    response = jsonify(ready=ready, checks=answers)
    if not ready:
        response.status_code = 503
        response.headers["Retry-After"] = str(DOWN)
    return _fresh(response)


def figures() -> Response:
    """Give the figures for Prometheus; for anyone else there is nothing here."""
    if not _may_read():
        abort(404)
    text, media_type = metrics.exposition(request.headers.get("Accept", ""), _watched().stored)
    return _fresh(Response(text, content_type=media_type))


def _may_read() -> bool:
    """Ask for the token where one is set; else only programs of this machine may read."""
    token = current_app.config["METRICS_TOKEN"]
    if token:
        told = request.headers.get("Authorization", "")
        return hmac.compare_digest(told.encode(), f"Bearer {token}".encode())
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _fresh(response: Response) -> Response:
    response.cache_control.no_store = True
    return response


blueprint = Blueprint("operations", __name__)
for rule, name, view in (
    ("/healthz", "healthz", healthz),
    ("/readyz", "readyz", readyz),
    ("/metrics", "metrics", figures),
):
    blueprint.add_url_rule(rule, name, needs(Permission.PUBLIC)(view), methods=["GET"])

"""Security headers on every answer, and limits that Flask does not set by itself."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from webapp import access
from webapp.limits import MAX_COLUMN_BYTES, MAX_COLUMN_PARTS, MAX_FORM_BYTES, MAX_FORM_PARTS
from webapp.uploads import TAKES_FILES, body_limit

# Bootstrap's stylesheet draws ticks and arrows from data: images; nothing else is let in.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LONGER = {"desk.batch_columns": (MAX_COLUMN_PARTS, MAX_COLUMN_BYTES)}
"""Forms with more fields than others: how many, and how many bytes."""
PRIVATE = ("/p/", "/s/", "/appeals/", "/mail/")


def install(app: Flask) -> None:
    """Add the headers and the limit on the number of form fields."""
    app.before_request(_limit_form)
    app.after_request(_add_headers)


def _limit_form() -> None:
    """Refuse plain forms that are too long or have too many fields.

    Flask applies MAX_FORM_MEMORY_SIZE and MAX_FORM_PARTS to multipart forms only.
    """
    if request.method != "POST" or request.blueprint == access.API:
        return
    parts, size = LONGER.get(request.endpoint or "", (MAX_FORM_PARTS, MAX_FORM_BYTES))
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = size
        request.max_form_memory_size = size
    elif request.endpoint in TAKES_FILES:
        request.max_content_length = body_limit(request.endpoint)
    if sum(1 for _ in request.form.items(multi=True)) > parts:
        raise RequestEntityTooLarge


def _add_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    private = request.path.startswith(PRIVATE) or not access.is_public()
    response.headers["Referrer-Policy"] = "no-referrer" if private else "same-origin"
    if private:
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    passing = response.cache_control.no_store  # what a view says itself
    if private or passing or request.method == "POST" or response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    elif request.endpoint != "static":
        # A page differs by the language cookie, so a browser may keep it but asks each time.
        response.headers["Cache-Control"] = "private, no-cache"
        response.vary.add("Cookie")
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response

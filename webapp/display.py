"""How pages are shown to those who need it otherwise: 关怀版 (larger, one column) and 高对比 (yellow on black).

Both are switches in the toolbar, kept in a cookie each and rendered by the server: no script, and every
link keeps them.
"""

from __future__ import annotations

from flask import Flask, Response, g, request

SWITCHES = ("care", "contrast")
ON, OFF = "1", "0"
COOKIE_SECONDS = 365 * 24 * 3600


def install(app: Flask) -> None:
    """Read the switches before each request and keep what was chosen."""
    app.before_request(_choose)
    app.after_request(_keep)


def chosen() -> tuple[str, ...]:
    """Give the switches that are on, in order: the classes of the page, and part of its validator."""
    found: tuple[str, ...] = g.get("display", ())
    return found


def _choose() -> None:
    g.display = tuple(
        name for name in SWITCHES if request.args.get(name, request.cookies.get(name, OFF)) == ON
    )


def _keep(response: Response) -> Response:
    for name in SWITCHES:
        if request.args.get(name) in (ON, OFF):
            response.set_cookie(
                name,
                ON if name in chosen() else OFF,
                max_age=COOKIE_SECONDS,
                httponly=True,
                samesite="Lax",
            )
    return response

"""Which site a form came from, for the few forms that stand on pages without a form token.

The home page is the same for everyone, so that browsers may keep it; its two forms therefore carry no token.
They change nothing that exists: one begins an empty profile, the other opens a profile whose code was
typed. Still no other site may send them in a visitor's name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from flask import abort, request
from flask.typing import ResponseReturnValue

OWN = frozenset({"same-origin", "none"})
"""What a browser says of a form of ours; "none" is the visitor's own doing, such as a reload."""

View = Callable[..., ResponseReturnValue]


def from_here(view: View) -> View:
    """Refuse what a browser says another site has sent; a client that says nothing is let in."""

    @wraps(view)
    def answer(**arguments: str) -> ResponseReturnValue:
        if not _own():
            abort(403)
        return view(**arguments)

    return answer


def _own() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in OWN
    origin = request.headers.get("Origin")
    # The scheme may differ behind a proxy that speaks TLS for us.
    return origin is None or urlsplit(origin).netloc == request.host

"""gzip for pages and style sheets, so that the program needs no proxy in front to be quick."""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Flask, Response, request

MIN_BYTES = 1024
PACKED = "-gzip"
"""What the tag of a packed page has more than that of the page itself."""
FILES = frozenset({"static", "api.docs_file"})
"""The views that give files, which are packed once."""
_TYPES = ("text/", "application/json", "image/svg+xml")


def install(app: Flask) -> None:
    """Compress answers for browsers that take gzip."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if (
        response.status_code != 200
        or "Content-Encoding" in response.headers
        or not (response.mimetype or "").startswith(_TYPES)
        or not request.accept_encodings["gzip"]
    ):
        return response
    response.vary.add("Accept-Encoding")
    static = request.endpoint in FILES
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < MIN_BYTES:
        return response
    # Without the time of day in it, the same page is packed into the same bytes.
    response.set_data(_packed_once(body) if static else gzip.compress(body, 6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    tag, _ = response.get_etag()
    if tag and static:
        # The bytes differ from the file's, so its strong tag may only promise equal meaning.
        response.set_etag(tag, weak=True)
    elif tag:
        response.set_etag(tag + PACKED)
    return response


@lru_cache(maxsize=16)
def _packed_once(body: bytes) -> bytes:
    return gzip.compress(body, 9)

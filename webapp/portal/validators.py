"""Pages that anyone may read answer 304 where the visitor has them already.

Such a page is made of the rules, the program with its texts and templates, the day, the language and its
address, and of nothing else: no form token, no session, no company. So these make its tag, and a page that has not
changed is not even rendered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path

from flask import Response, make_response, request, session
from flask.typing import ResponseReturnValue

from webapp import display
from webapp.compression import PACKED
from webapp.pages import language
from webapp.shared import portal

PROGRAM = Path(__file__).parents[2]
FOLDERS = ("webapp", "matcher")
SUFFIXES = frozenset({".py", ".html", ".yaml", ".css", ".svg", ".js"})
FLASHES = "_flashes"

View = Callable[..., ResponseReturnValue]


def validated(view: View) -> View:
    """Give the answers of a view a strong ETag, and answer 304 where the visitor's is the same."""

    @wraps(view)
    def answer(**arguments: str) -> ResponseReturnValue:
        if FLASHES in session:
            # The page would say something once that belongs to this visitor alone.
            return view(**arguments)
        tag = _tag()
        response = held(tag) or make_response(view(**arguments))
        return tagged(response, tag) if response.status_code == 200 else response

    return answer


def held(tag: str) -> Response | None:
    """Answer 304 where what the visitor holds has this tag, packed or not."""
    theirs = request.if_none_match.as_set(include_weak=True)
    known = next((one for one in (tag, tag + PACKED) if one in theirs), None)
    return None if known is None else tagged(Response(status=304), known)


def tagged(response: Response, tag: str) -> Response:
    """Give an answer its tag."""
    response.set_etag(tag)
    response.vary.add("Accept-Encoding")
    return response


def _tag() -> str:
    return tag_of(repr(portal().site), language(), *display.chosen())


def tag_of(*more: str) -> str:
    """Give the tag of what is made of the rules, the program, the day, the address and a few things more."""
    parts = (
        portal().catalogue.version,
        program_version(),
        portal().today().isoformat(),
        *more,
        request.full_path,
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]


@lru_cache(maxsize=1)
def program_version() -> str:
    """Give a digest of everything of the program that a page is made of."""
    digest = hashlib.sha256()
    for folder in FOLDERS:
        for path in sorted((PROGRAM / folder).rglob("*")):
            if path.suffix in SUFFIXES:
                digest.update(str(path.relative_to(PROGRAM)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()

"""What goes wrong under /api, in one shape (RFC 9457): what it is, what to do, and where, as JSON pointers.

Whatever stands under that address answers in this shape, also what no view was found for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import flask_babel
from flask import Response, g, request

from matcher.language.diagnostics import Diagnostic
from matcher.language.json_nodes import pointer_of
from matcher.readers.prose import ZH
from webapp.shared import portal
from webapp.texts import LANGUAGES

ROOT = "/api/"
MEDIA = "application/problem+json"
KIND = "urn:problem-type:mianshen:"
BODY, QUERY, PATH, HEADER = "body", "query", "path", "header"
"""Where in a request something is wrong."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing wrong with a request: where it stands, its code (docs/errors.md), a sentence, a repair."""

    pointer: str
    detail: str
    code: str = ""
    repair: str = ""
    where: str = BODY

    def told(self) -> dict[str, str]:
        """Give it as answers hold it."""
        said = {"in": self.where, "pointer": self.pointer, "detail": self.detail}
        more = {"code": self.code, "repair": self.repair}
        return {**said, **{name: value for name, value in more.items() if value}}


class Problem(Exception):
    """A request to the API that is refused: its status, its kind, a sentence, and all that is wrong with it."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        wrong: Iterable[Wrong] = (),
        seconds: int = 0,
        **more: object,
    ) -> None:
        super().__init__(status, kind)
        self.status, self.kind, self.detail = status, kind, detail
        self.wrong, self.seconds, self.more = tuple(wrong), seconds, more


def concerned() -> bool:
    """Say whether the request is one to the API."""
    return request.path.startswith(ROOT)


def speak(asked: str = "") -> str:
    """Let answers be in a language: the one asked for, else what Accept-Language prefers; no cookie counts."""
    tags = (tag.split("-")[0].lower() for tag, quality in request.accept_languages if quality)
    wanted = next((one for one in (asked, *tags) if one in LANGUAGES), ZH)
    g.language = wanted
    flask_babel.refresh()
    return wanted


def language() -> str:
    """Give the language that answers are in."""
    found = g.get("language")
    return found if found in LANGUAGES else ZH


def text(key: str, **values: object) -> str:
    """Give one of the program's own texts in the language of the answer."""
    return portal().texts.get(language(), key, **values)


def answer(problem: Problem) -> Response:
    """Give the answer of a problem; no database is needed for it."""
    told: dict[str, object] = {
        "type": KIND + problem.kind,
        "title": text(f"api.title.{problem.status}"),
        "status": problem.status,
        "detail": problem.detail,
        "instance": str(g.get("request_id", "")),
        **problem.more,
    }
    if problem.wrong:
        told["errors"] = [item.told() for item in problem.wrong]
    response = Response(json.dumps(told, ensure_ascii=False), problem.status, mimetype=MEDIA)
    if problem.seconds:
        response.headers["Retry-After"] = str(problem.seconds)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="mianshen"'
    response.vary.add("Accept-Language")
    return response


def of_status(status: int, seconds: int = 0) -> Response:
    """Answer for what the program itself stumbles over: an unknown address, a method, a fault, an outage."""
    speak()
    known = status if portal().texts.has(f"api.title.{status}") else 400 if status < 500 else 500
    return answer(
        Problem(
            known,
            f"http_{known}",
            text(f"api.detail.{known}", kinds="application/json"),
            seconds=seconds,
        )
    )


def wrong_by(diagnostics: Iterable[Diagnostic]) -> tuple[Wrong, ...]:
    """Give the mistakes that the engine's readers found."""
    return tuple(
        Wrong(pointer_of(item.place), item.message, item.code, item.hint) for item in diagnostics
    )

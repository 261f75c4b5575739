"""A profile of a request -> what the engine works with, and what every answer about it begins with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from flask import Response, current_app

from matcher.language.diagnostics import Diagnostic, SourceError
from matcher.language.json_nodes import nodes_of, pointer_of
from matcher.language.profiles import CODE, MAX_MISTAKES, NAME, CompanyFile, read_company_node
from matcher.language.source import Mapping
from matcher.profile import Profile
from webapp.api.reading import unread
from webapp.api.shapes.common import Profile as Sent
from webapp.api.shapes.findings import Options
from webapp.limits import MAX_PROFILE_VALUES
from webapp.shared import portal

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """A profile as it was read on a day, and with this deployment's parameters added."""

    as_of: date
    file: CompanyFile
    profile: Profile


def day_of(asked: Options) -> date:
    """Give the day to match on: today unless another is asked for."""
    return asked.as_of or portal().today()


def read(sent: Sent, day: date, pointer: str, most: int = MAX_MISTAKES) -> Work:
    """Read a profile; what it claims of its sources counts for nothing. Raises `SourceError`."""
    matchmaker = portal().matchmaker
    node = nodes_of(sent.root, pointer, MAX_PROFILE_VALUES)
    file = read_company_node(node, matchmaker.catalogue.vocabulary, day, most=most)
    return Work(day, file, matchmaker.enriched(file.profile, day))


def work_of(sent: Sent, asked: Options) -> Work:
    """Read the profile of a request, or refuse the request."""
    try:
        return read(sent, day_of(asked), "/profile")
    except SourceError as error:
        raise unread(error) from error


def mapping_of(sent: Sent, pointer: str) -> Mapping:
    """Give a part of a request as nodes that know where they stand in it."""
    try:
        return cast(
            Mapping, nodes_of(sent.root, pointer, MAX_PROFILE_VALUES)
        )  # it was read as an object
    except SourceError as error:
        raise unread(error) from error


def company(profile: Profile) -> Json:
    """Say who a profile says that it is."""
    return {"name": profile.text(NAME) or None, "credit_code": profile.text(CODE) or None}


def notes(diagnostics: Iterable[Diagnostic]) -> list[Json]:
    """Give what is noted of a profile, with its places."""
    return [
        {
            "pointer": pointer_of(item.place),
            "detail": item.message,
            "code": item.code,
            "repair": item.hint or None,
        }
        for item in diagnostics
    ]


def answered(told: object, status: int = 200) -> Response:
    """Give an answer as JSON, its keys in the order in which they were made."""
    body = current_app.json.dumps(told, sort_keys=False, ensure_ascii=False)
    return Response(body, status, mimetype="application/json")


def created(told: str, *, again: bool = False) -> Response:
    """Give the kept answer of a request that created something; ``again`` says that it was created before."""
    response = Response(told, 201, mimetype="application/json")
    if again:
        response.headers["Idempotent-Replayed"] = "true"
    return response

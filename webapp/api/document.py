"""The OpenAPI document, written from the operations and their shapes, and the page that shows it.

JSON Schema comes from pydantic; what a profile may hold comes from the vocabulary, all sentences from the
program's texts. The page's script and style sheet are files of a package, served from here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any, cast

from flask import Response, current_app, render_template, send_from_directory
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from webapp.api.lists import unchanging
from webapp.api.operations import Operation
from webapp.api.profile_schema import profile_schema
from webapp.api.shapes.common import Problem
from webapp.limits import KEY_DAY, KEY_MINUTE, MAX_ONCE_KEY, OPEN_DAY, OPEN_MINUTE
from webapp.problems import MEDIA, language, text
from webapp.services.facets import NAMES
from webapp.services.people.roles import Permission
from webapp.shared import portal

EXTENSION = "mianshen-api"
OPENAPI = "3.1.0"
DIST = str(files("flask_swagger_ui") / "dist")
_REF = "#/components/schemas/{model}"
_TEXT = "api.says."
_PATH = re.compile(r"<(?:(?P<converter>[^:<>]*(?:\([^)]*\))?):)?(?P<name>\w+)>")
_CODE = r"^[0-9A-Za-z]{18}$"
Json = dict[str, Any]


@dataclass
class Documented:
    """The operations of the API, and its document in each language, written once."""

    prefix: str
    operations: tuple[Operation, ...]
    written: dict[str, Json] = field(default_factory=dict)


@unchanging
def openapi() -> Response:
    """Give the OpenAPI document of the API, in the language of the request."""
    made = cast(Documented, current_app.extensions[EXTENSION])
    if language() not in made.written:
        made.written[language()] = write(made)
    return Response(
        current_app.json.dumps(made.written[language()], sort_keys=False, ensure_ascii=False),
        mimetype="application/json",
    )


def docs() -> str:
    """Show the document as a page on which what changes nothing can be tried out."""
    return render_template("api/docs.html")


def docs_file(name: str) -> ResponseReturnValue:
    """Give a file of the page that comes with a package."""
    return send_from_directory(DIST, name)


def write(made: Documented) -> Json:
    """Write the document in the language of the request."""
    paths: dict[str, Json] = {}
    for one in made.operations:
        address = made.prefix + _PATH.sub(r"{\g<name>}", one.rule)
        paths.setdefault(address, {})[one.method.lower()] = _operation(one)
    tags = dict.fromkeys(one.tag for one in made.operations)
    key = {"type": "http", "scheme": "bearer", "description": text("api.says.key")}
    told = {
        "openapi": OPENAPI,
        "info": {
            "title": text("api.title"),
            "version": version("mianshen"),
            "description": text(
                "api.about",
                minute=OPEN_MINUTE,
                day=OPEN_DAY,
                key_minute=KEY_MINUTE,
                key_day=KEY_DAY,
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag, "description": text(f"api.tag.{tag}")} for tag in tags],
        "paths": paths,
        "components": {"schemas": _schemas(made), "securitySchemes": {"key": key}},
    }
    return cast(Json, _worded(told))


def _schemas(made: Documented) -> Json:
    queries = {one.query.__name__ for one in made.operations if one.query is not None}
    every = _shapes(made.operations)[1].items()
    written = {name: schema for name, schema in every if name not in queries}
    written["Profile"] = profile_schema(portal().catalogue.vocabulary, language())
    return written


@cache
def _shapes(operations: tuple[Operation, ...]) -> tuple[Mapping[Any, Json], Json]:
    """Give the JSON Schema of every shape, and the components that they refer to."""
    answers: Iterator[type[BaseModel]] = (one.answer for one in operations)
    asked = [one.body for one in operations if one.body is not None]
    asked += [one.query for one in operations if one.query is not None]
    wanted: list[Any] = [(model, "validation") for model in dict.fromkeys(asked)]
    wanted += [(model, "serialization") for model in dict.fromkeys([*answers, Problem])]
    refs, definitions = models_json_schema(wanted, ref_template=_REF)
    return refs, definitions["$defs"]


def _made() -> Documented:
    return cast(Documented, current_app.extensions[EXTENSION])


def _ref(model: type[BaseModel], mode: str) -> Json:
    return dict(_shapes(_made().operations)[0][model, mode])  # type: ignore[index]


def _operation(one: Operation) -> Json:
    told: Json = {
        "operationId": one.name,
        "summary": text(f"api.does.{one.name}"),
        "tags": [one.tag],
        "parameters": [*_addressed(one), *_asked(one), *_headers(one)],
        "responses": _responses(one),
        "security": [{"key": []}] if one.permission is not Permission.PUBLIC else [{}, {"key": []}],
    }
    if one.permission is not Permission.PUBLIC:
        told["description"] = text("api.needs_scope", scope=one.permission.value)
    if one.body is not None:
        schema = _ref(one.body, "validation")
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    if one.files:
        binary = {"schema": {"type": "string", "format": "binary"}}
        # Generators of clients know no other kind of file.
        told["requestBody"] = {"required": True, "content": {one.files[0]: binary}}
    if one.once:
        told["x-changes"] = True
    return told


def _addressed(one: Operation) -> Iterator[Json]:
    """Give the parts of an address that a caller fills in."""
    for match in _PATH.finditer(one.rule):
        name, converter = match["name"], match["converter"] or ""
        schema: Json = {"type": "string", "minLength": 1}
        if converter.startswith("int"):
            schema = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
        elif name == "code":
            schema = {"type": "string", "pattern": _CODE}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _asked(one: Operation) -> Iterator[Json]:
    """Give the parameters of the query."""
    if one.query is None:
        return
    shape = _shapes(_made().operations)[1][one.query.__name__]
    for name, schema in shape["properties"].items():
        known = {key: value for key, value in schema.items() if key not in ("title", "description")}
        if one.tagged and name in NAMES:
            known["items"] = {"type": "string", "enum": list(portal().facets.ids(name))}
        yield {
            "name": name,
            "in": "query",
            "required": name in shape.get("required", ()),
            "description": schema.get("description", ""),
            "schema": known,
        }


def _headers(one: Operation) -> Iterator[Json]:
    if one.once:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": text("api.says.once"),
            "schema": {"type": "string", "pattern": f"^[!-~]{{1,{MAX_ONCE_KEY}}}$"},
        }


def _responses(one: Operation) -> Json:
    good: Json = {
        "description": text(f"api.gives.{one.name}"),
        "content": {"application/json": {"schema": _ref(one.answer, "serialization")}},
    }
    header = {"schema": {"type": "string"}}
    names = [*(["ETag"] if one.tagged else []), *(["Link"] if _is_list(one) else [])]
    if names:
        good["headers"] = dict.fromkeys(names, header)
    told = {str(one.status): good}
    if one.tagged:
        told["304"] = {"description": text("api.gives.304")}
    for status in one.statuses:
        problem: Json = {
            "description": text(f"api.title.{status}"),
            "content": {MEDIA: {"schema": _ref(Problem, "serialization")}},
        }
        if status in (429, 503):
            problem["headers"] = {"Retry-After": {"schema": {"type": "string"}}}
        told[str(status)] = problem
    return told


def _is_list(one: Operation) -> bool:
    return "pages" in one.answer.model_fields


def _worded(told: Any) -> Any:
    """Put the program's texts in the place of their keys."""
    if isinstance(told, dict):
        return {key: _worded(value) for key, value in told.items()}
    if isinstance(told, list):
        return [_worded(item) for item in told]
    return text(told) if isinstance(told, str) and told.startswith(_TEXT) else told

"""What a request says -> a model of `webapp.api.shapes`; all that is wrong is named in one answer, with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_origin

from flask import request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from matcher.language.diagnostics import SourceError, nearest
from matcher.language.json_nodes import Unreadable, read_json, step
from matcher.language.source import unseen
from matcher.readers.prose import ZH
from webapp.problems import BODY, HEADER, QUERY, Problem, Wrong, language, speak, text, wrong_by
from webapp.shared import portal

M = TypeVar("M", bound=BaseModel)
JSON = "application/json"


def body_of(model: type[M]) -> M:
    """Read the body; the language that it asks for holds for the answer."""
    data, most = request.get_data(cache=False), (request.max_content_length or 0) - 1
    if len(data) > most:
        raise too_large(most)
    try:
        value = read_json(data)
    except Unreadable as error:
        wrong = wrong_by(error.diagnostics)
        raise Problem(400, "malformed", text("api.malformed"), wrong) from error
    except SourceError as error:
        raise unread(error) from error
    if isinstance(value, dict):
        asked = value.get("language")
        speak(asked if isinstance(asked, str) else "")
    return _validated(model, value, BODY)


def query_of(model: type[M]) -> M:
    """Read the query; a parameter that comes twice where one is wanted is wrong."""
    given: dict[str, Any] = {}
    wrong = []
    for name, values in request.args.lists():
        field = model.model_fields.get(name)
        several = field is not None and get_origin(field.annotation) is list
        given[name] = [value for value in values if value] if several else values[0]
        if len(values) > 1 and not several:
            wrong.append(_in_query(name, "api.field.repeated", "duplicate-key"))
        if any(unseen(value) is not None for value in values):
            wrong.append(_in_query(name, "api.field.unseen", "yaml"))
    return _validated(model, given, QUERY, wrong)


def _in_query(name: str, key: str, code: str) -> Wrong:
    return Wrong(step(name), text(key), code, where=QUERY)


def header_of(name: str, most: int) -> str:
    """Read a header that must be there: visible ASCII of at most so many characters."""
    found = request.headers.get(name, "")
    if not found:
        wrong = Wrong(step(name), text("api.field.missing"), "missing-key", where=HEADER)
        raise Problem(400, "header_missing", text("api.header_missing", name=name), [wrong])
    if len(found) > most or not all("!" <= sign <= "~" for sign in found):
        wrong = Wrong(step(name), text("api.header_shape", most=most), where=HEADER)
        raise Problem(400, "header_shape", text("api.header_wrong", name=name), [wrong])
    return found


def too_large(most: int) -> Problem:
    """Refuse a body that is larger than its operation takes."""
    return Problem(413, "http_413", text("api.too_large", kib=most // 1024))


def invalid(wrong: Iterable[Wrong]) -> Problem:
    """Refuse a request that can be read but says something that cannot be."""
    found = tuple(wrong)
    return Problem(422, "invalid", text("api.invalid", n=len(found)), found)


def unread(error: SourceError) -> Problem:
    """Refuse a profile that the engine's readers cannot read."""
    return invalid(wrong_by(error.diagnostics))


def _validated(model: type[M], value: Any, where: str, wrong: Iterable[Wrong] = ()) -> M:
    """Give the model of a value, or refuse it with all that is wrong, also what was seen before."""
    found = list(wrong)
    try:
        made = model.model_validate(value)
    except ValidationError as error:
        found += [_wrong(item, model, where) for item in error.errors()]
    if found:
        raise invalid(found)
    return made


def _wrong(item: ErrorDetails, model: type[BaseModel], where: str) -> Wrong:
    """Put what the model found into a sentence of ours."""
    kind, values = item["type"], {**item.get("ctx", {})}
    pointer = "".join(step(part) for part in item["loc"])
    if kind == "extra_forbidden":
        return _unknown(str(item["loc"][-1]), pointer, model, where)
    key = f"api.field.{kind}"
    known = key if portal().texts.has(key) else "api.field.other"
    said = str(values.get("said") or text(known, **_told(values)))
    return Wrong(pointer, said, _CODES.get(kind, "wrong-shape"), where=where)


def _unknown(name: str, pointer: str, model: type[BaseModel], where: str) -> Wrong:
    near = nearest(name, model.model_fields)
    repair = text("api.field.near", name=near[0]) if near else ""
    return Wrong(pointer, text("api.field.unknown", name=name), "unknown-key", repair, where)


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the bounds that a sentence may name."""
    bounds = ("ge", "le", "max_length", "min_length", "expected")
    found = {name: values.get(name, "") for name in bounds}
    if language() == ZH:
        found["expected"] = str(found["expected"]).replace(" or ", " 或 ")
    return found


_CODES = {
    "missing": "missing-key",
    "bad_date": "bad-date",
    "int_parsing": "bad-number",
    "int_from_float": "bad-number",
    "greater_than_equal": "bad-number",
    "less_than_equal": "bad-number",
    "too_long": "limit",
    "string_too_long": "limit",
    "literal_error": "unknown-member",
}
"""The codes of docs/errors.md for what a model finds; all else has the wrong shape."""

"""JSON -> plain values whose numbers stay as they were written, and nodes that know their JSON pointer.

What JSON leaves open is refused: a key that comes twice, NaN, characters that nobody sees, deep nesting.
A number is a `Figure`, a text like any other, until the reader of its attribute measures it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from matcher.language.diagnostics import Diagnostic, Place, SourceError, SourceFile
from matcher.language.source import (
    MAX_DEPTH,
    MAX_NODES,
    Mapping,
    Node,
    Scalar,
    Sequence,
    fail,
    unseen,
)

_LITERALS = {True: "true", False: "false", None: "null"}


class Figure(str):
    """A number as it was written."""

    __slots__ = ()


class Unreadable(SourceError):
    """A text is no JSON, or nested so deeply that it was not read to its end."""


class _Constant(str):
    """What some programs write for a number that is none: NaN, Infinity."""

    __slots__ = ()


class _Doubled(dict[str, Any]):
    """An object in which a key came twice."""

    key = ""


@dataclass(frozen=True, slots=True)
class JsonSource(SourceFile):
    """A JSON text whose places are the numbers of its values, in their order."""

    steps: list[tuple[int, str]] = field(default_factory=list, repr=False, compare=False)

    def place(self, above: int, step: str) -> Place:
        """Give the place of a further value: the number of the one that holds it, and the step to it."""
        self.steps.append((above, step))
        return Place(self, len(self.steps), 1)

    def at(self, line: int) -> str:
        """Name a value by its pointer."""
        return self.pointer(line)

    def pointer(self, number: int) -> str:
        """Give the JSON pointer of a value."""
        parts = []
        while number:
            number, step = self.steps[number - 1]
            parts.append(step)
        return "".join(reversed(parts))


def pointer_of(place: Place | None) -> str:
    """Give the JSON pointer of a place; the whole text where it is in no JSON text."""
    if place is None or not isinstance(place.source, JsonSource):
        return ""
    return place.source.pointer(place.line)


def step(key: str | int) -> str:
    """Write one step of a pointer (RFC 6901)."""
    return "/" + str(key).replace("~", "~0").replace("/", "~1")


def read_json(data: bytes) -> Any:
    """Read a JSON text; raises `Unreadable` where it is none, `SourceError` with the place of what is refused in it."""
    try:
        text = data.decode("utf-8-sig")
        value = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise Unreadable(_said("yaml", "内容不是 UTF-8 编码", "", "以 UTF-8 发送")) from error
    except json.JSONDecodeError as error:
        message = f"第 {error.lineno} 行第 {error.colno} 列不是合法的 JSON"
        raise Unreadable(_said("yaml", message, "", "检查括号、引号和逗号是否成对")) from error
    except RecursionError as error:
        raise Unreadable(_said("limit", _too_deep(), "", "去掉多余的括号")) from error
    _check(value, "", 1)
    return value


def nodes_of(value: Any, pointer: str = "", most: int = MAX_NODES) -> Node:
    """Turn a value of `read_json` into at most so many nodes; ``pointer`` is where it stands in its text."""
    return _Builder(JsonSource("", ""), most).node(value, 0, pointer)


class _Builder:
    def __init__(self, source: JsonSource, most: int) -> None:
        self.source, self.most = source, most

    def node(self, value: Any, above: int, way: str) -> Node:
        place = self.source.place(above, way)
        number = place.line
        if number > self.most:
            raise fail("limit", f"内容超过 {self.most} 项", place, "只保留这家企业的指标")
        if isinstance(value, str):
            return Scalar(value, place, quoted=not isinstance(value, Figure), exact=False)
        if isinstance(value, dict):
            return Mapping(tuple(self._pairs(value, number)), place)
        if isinstance(value, list):
            items = (self.node(item, number, f"/{at}") for at, item in enumerate(value))
            return Sequence(tuple(items), place)
        return Scalar(_LITERALS[value], place, exact=False)

    def _pairs(self, value: dict[str, Any], number: int) -> Iterator[tuple[Scalar, Node]]:
        for key, item in value.items():
            node = self.node(item, number, step(key))
            yield Scalar(key, node.place, quoted=True, exact=False), node


def _check(value: Any, pointer: str, depth: int) -> None:
    """Look for what is refused in a value and below it."""
    if isinstance(value, _Constant):
        hint = "不知道的数写“不清楚”,或不写"
        raise _wrong("bad-number", f"“{value}”不是一个数", pointer, hint)
    if isinstance(value, str):
        _check_text(value, pointer)
    elif isinstance(value, dict | list):
        if depth > MAX_DEPTH:
            raise _wrong("limit", _too_deep(), pointer, "去掉多余的括号")
        if isinstance(value, _Doubled):
            hint = "两处合成一处,或改正其中一个键"
            raise _wrong("duplicate-key", f"“{value.key}”写了两次", pointer + step(value.key), hint)
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            if isinstance(key, str):
                _check_text(key, pointer)
            _check(item, pointer + step(key), depth + 1)


def _check_text(text: str, pointer: str) -> None:
    found = unseen(text)
    if found is not None:
        code = f"U+{ord(text[found]):04X}"
        raise _wrong("yaml", f"有看不见的字符({code})", pointer, "删去这个字符")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    doubled, seen = _Doubled(made), set()
    for key, _ in pairs:
        if key in seen:
            doubled.key = key
        seen.add(key)
    return doubled


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=Figure, parse_float=Figure, parse_constant=_Constant
)


def _too_deep() -> str:
    return f"层次超过 {MAX_DEPTH} 层"


def _wrong(code: str, message: str, pointer: str, hint: str) -> SourceError:
    return SourceError(_said(code, message, pointer, hint))


def _said(code: str, message: str, pointer: str, hint: str) -> list[Diagnostic]:
    return [Diagnostic(code, message, JsonSource("", "").place(0, pointer), hint)]

"""YAML text -> nodes that know their place.

Every scalar stays a string; duplicate keys, aliases, anchors and tags are refused; size, node count
and depth are limited, so that no file can cost more to read than it is long (the figures are those of
docs/limits.md). Built on PyYAML's events: nothing is composed before it is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from matcher.language.diagnostics import (
    Diagnostic,
    Place,
    Problems,
    SourceError,
    SourceFile,
    why_unreadable,
)

MAX_BYTES = 256 * 1024
MAX_NODES = 20_000
MAX_DEPTH = 20

# Control characters, line breaks that editors do not show as such, bidirectional overrides and
# zero-width characters: a reader of the file would not see what the program reads.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)

# The C parser is ten times faster and gives the same marks; the pure one serves where it is missing.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word, number or sentence, always as text.

    ``exact`` says that the characters of the text stand in the file as they are: on one line, without
    escapes.
    """

    text: str
    place: Place
    quoted: bool = False
    exact: bool = True

    def part(self, start: int, length: int) -> Place:
        """Find characters of the text in the file; the whole scalar where they stand otherwise."""
        if not self.exact:
            return self.place
        return self.place.part(start + (1 if self.quoted else 0), length)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    place: Place

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and nodes in the order written."""

    pairs: tuple[tuple[Scalar, Node], ...]
    place: Place
    index: dict[str, Node] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {key.text: value for key, value in self.pairs})

    def get(self, key: str) -> Node | None:
        """Give the node under a key, or None."""
        return self.index.get(key)


Node = Scalar | Sequence | Mapping


def fail(code: str, message: str, place: Place | None, hint: str = "") -> SourceError:
    """Make the error of one mistake that ends the reading of a file."""
    return SourceError([Diagnostic(code, message, place, hint)])


def read_yaml(text: str, name: str, problems: Problems, max_bytes: int = MAX_BYTES) -> Node | None:
    """Read one YAML text into nodes.

    Returns None for an empty file. Mistakes that leave the rest readable (a duplicate key) go to
    ``problems``; others raise `SourceError`.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    source = SourceFile(name, text)
    if len(text.encode("utf-8", "surrogatepass")) > max_bytes:
        limit = f"{max_bytes // 1024} KiB" if max_bytes < 2**20 else f"{max_bytes // 2**20} MiB"
        raise fail("limit", f"文件超过 {limit}", Place(source, 1, 1), "请拆成几个文件")
    found = unseen(text)
    if found is not None:
        code = f"U+{ord(text[found]):04X}"
        raise fail("yaml", f"有看不见的字符({code})", _place_at(source, found), "删去这个字符")
    try:
        return _Builder(source, problems).build()
    except yaml.MarkedYAMLError as error:
        raise _explained(error, source) from error


def unseen(text: str) -> int | None:
    """Find the first character that a reader of the text would not see."""
    found = _UNSEEN.search(text)
    return found.start() if found else None


def read_mapping(path: Path, problems: Problems) -> Mapping | None:
    """Read one file of a rules folder; None after reporting why it cannot be used.

    A file that cannot be read at all is one mistake among the others of its folder, so nothing is
    raised.
    """
    name = "/".join(path.parts[-3:])
    start = Place(SourceFile(name, ""), 1, 1)
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
        node = read_yaml(text, name, problems)
    except OSError as error:
        problems.add("yaml", f"读不到文件({why_unreadable(error)})", start, "核对文件名和权限")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        message = "文件不是 UTF-8 编码"
        problems.add("yaml", message, Place(start.source, line, 1), "用编辑器另存为 UTF-8")
    except SourceError as error:
        problems.items += error.diagnostics
    else:
        if isinstance(node, Mapping):
            return node
        message = "文件是空的" if node is None else "文件应写成“键: 值”"
        place = start if node is None else node.place
        problems.add("wrong-shape", message, place, "开头写一个键,如“条款: 一”")
    return None


def _place_at(source: SourceFile, offset: int) -> Place:
    before = source.text[:offset]
    return Place(source, before.count("\n") + 1, offset - before.rfind("\n"))


# What the parser says, in the words of the people who write rule files.
_PARSER_SAYS = {
    "found character that cannot start any token": "这里不能以这个字符开头",
    "mapping values are not allowed": "这一行里多了一个“: ”,或缩进不对",
    "could not find expected ':'": "这一行缺少“: ”",
    "did not find expected key": "这里应是一个键,多半是缩进不对",
    "did not find expected ',' or ']'": "方括号里缺少逗号或“]”",
    "did not find expected ',' or '}'": "花括号里缺少逗号或“}”",
    "did not find expected '-' indicator": "列表的“- ”没有对齐",
    "found unexpected end of stream": "引号没有写完",
    "did not find expected alphabetic or numeric character": "不能用 YAML 的锚点(&)和别名(*)",
    "did not find expected node content": "括号没有写完",
    "found undefined alias": "不能用 YAML 的锚点(&)和别名(*)",
}


_HINT = "检查缩进、冒号后的空格和引号;含“: ”“ #”的内容要加双引号"
_HINTS = {"不能用 YAML 的锚点(&)和别名(*)": "把内容直接写出来;以 & 或 * 开头的词要加双引号"}


def _explained(error: yaml.MarkedYAMLError, source: SourceFile) -> SourceError:
    said = str(error.problem or error.context or "")
    place = _marked(error, said, source)
    if "\t" in source.line(place.line)[: place.column]:
        return fail("yaml", "缩进用了制表符", place, "缩进用空格,每层两个")
    known = next((chinese for english, chinese in _PARSER_SAYS.items() if english in said), "")
    message = known or f"不是合法的 YAML({said})"
    return fail("yaml", message, place, _HINTS.get(message, _HINT))


def _marked(error: yaml.MarkedYAMLError, said: str, source: SourceFile) -> Place:
    """Point at what was opened rather than at where its end was missed."""
    mark, opened = error.problem_mark, error.context_mark
    end = len(source.text.rstrip())
    if opened and ("or ']'" in said or "or '}'" in said or (mark and mark.index >= end)):
        mark = opened
    if mark is None or mark.index >= end:
        return _place_at(source, max(end - 1, 0))
    return Place(source, mark.line + 1, mark.column + 1)


class _Builder:
    def __init__(self, source: SourceFile, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.events: Iterator[Any] = yaml.parse(source.text, Loader=_LOADER)
        self.count = 0

    def build(self) -> Node | None:
        node: Node | None = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if node is not None:
                    raise fail(
                        "yaml", "一个文件只写一份内容", self._place(event), "删去多余的“---”"
                    )
                node = self._node(next(self.events), 1)
        if isinstance(node, Scalar) and not node.text:
            return None
        return node

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return Place(self.source, start.line + 1, start.column + 1, max(length, 1))

    def _node(self, event: Any, depth: int) -> Node:
        place = self._place(event)
        self.count += 1
        if self.count > MAX_NODES:
            raise fail("limit", f"内容超过 {MAX_NODES} 项", place, "请拆成几个文件")
        if depth > MAX_DEPTH:
            raise fail("limit", f"层次超过 {MAX_DEPTH} 层", place, "把内层条件写成可引用的条件")
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise fail("yaml", "不能用 YAML 的锚点(&)和别名(*)", place, "把内容直接写出来")
        if event.tag is not None:
            raise fail("yaml", "不能用 YAML 的标签(!)", place, "删去标签,值都按文字读")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(place, depth)
        return self._mapping(place, depth)

    def _scalar(self, event: Any, place: Place) -> Scalar:
        quoted = event.style in ("'", '"')
        start = place.column - 1 + quoted
        exact = self.source.line(place.line)[start : start + len(event.value)] == event.value
        if event.style in ("|", ">"):
            place = place.part(0, 1)
        return Scalar(event.value, place, quoted, exact)

    def _sequence(self, place: Place, depth: int) -> Sequence:
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Sequence(tuple(items), place)

    def _mapping(self, place: Place, depth: int) -> Mapping:
        pairs: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self.events), depth + 1)
            if not isinstance(key, Scalar):
                raise fail(
                    "yaml", "键必须是一个词", key.place, "花括号和方括号开头的内容要加双引号"
                )
            if key.text in pairs:
                first = pairs[key.text][0].place.line
                self.problems.add(
                    "duplicate-key",
                    f"“{key.text}”在第 {first} 行已经写过",
                    key.place,
                    "两处合成一处,或改正其中一个键",
                )
                continue
            pairs[key.text] = (key, value)
        return Mapping(tuple(pairs.values()), place)

"""YAML text -> nodes that know their place.

Every scalar stays a string; duplicate keys, aliases, anchors and tags are refused; size, node count
and depth are limited, so that no file can cost more to read than it is long (the figures are those of
docs/limits.md). Built on PyYAML's events: nothing is composed before it is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from matcher.language.diagnostics import Diagnostic, Place, Problems, SourceError, SourceFile

MAX_BYTES = 256 * 1024
MAX_NODES = 20_000
MAX_DEPTH = 20

# The C parser is ten times faster and gives the same marks; the pure one serves where it is missing.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word, number or sentence, always as text."""

    text: str
    place: Place
    quoted: bool = False

    def part(self, start: int, length: int) -> Place:
        """Find characters of the text in the file."""
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
    source = SourceFile(name, text)
    if len(text.encode("utf-8", "surrogatepass")) > max_bytes:
        limit = f"{max_bytes // 1024} KiB" if max_bytes < 2**20 else f"{max_bytes // 2**20} MiB"
        raise fail("limit", f"文件超过 {limit}", Place(source, 1, 1), "请拆成几个文件")
    try:
        return _Builder(source, problems).build()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(source, mark.line + 1, mark.column + 1) if mark else Place(source, 1, 1)
        raise fail(
            "yaml",
            f"不是合法的 YAML({error.problem or error.context})",
            place,
            "检查缩进、冒号后的空格和引号;含“: ”“ #”的内容要加双引号",
        ) from error
    except yaml.YAMLError as error:
        raise fail(
            "yaml", "文件里有不允许的字符", Place(source, 1, 1), "删去控制字符后再试"
        ) from error


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
            return Scalar(event.value, place, event.style in ("'", '"'))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(place, depth)
        return self._mapping(place, depth)

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

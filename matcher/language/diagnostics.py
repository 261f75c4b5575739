"""Mistakes in a rule or company file, said so that the author can repair them.

In: places in source files. Out: messages of one shape, ``file:line:column: kind [code]: sentence``
with the line, a caret drawn by display width, the clause it belongs to and a repair.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process
from wcwidth import wcwidth

KINDS: dict[str, str] = {
    "yaml": "文件格式",
    "limit": "超出限制",
    "unknown-key": "未知的键",
    "missing-key": "缺少内容",
    "duplicate-key": "键重复",
    "wrong-shape": "写法不对",
    "leaf-syntax": "条件写法",
    "unknown-attribute": "未知指标",
    "unknown-member": "未知选项",
    "unknown-name": "未知名称",
    "wrong-operator": "算符不合",
    "wrong-type": "类型不合",
    "wrong-unit": "单位不合",
    "missing-unit": "缺少单位",
    "wrong-period": "期间不合",
    "bad-number": "数不对",
    "bad-date": "日期不对",
    "always-true": "永远成立",
    "always-false": "永不成立",
    "unreachable": "走不到",
    "cycle": "循环定义",
    "duplicate-id": "编号重复",
    "quote-not-found": "引文不在条款内",
    "quote-ambiguous": "引文不止一处",
    "quote-overlap": "引文重叠",
    "clause-not-found": "找不到条款",
    "missing-text": "读不到原文",
    "place-only": "只有地域条件",
    "contradiction": "前后矛盾",
    "check-digit": "校验位",
    "not-attested": "来源未采信",
    "unlisted-code": "未列代码",
    "implausible": "值得核对",
}


# A source line is shown up to this many characters.
MAX_SHOWN = 240


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A text as it was read, for messages that show its lines."""

    name: str
    text: str
    lines: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lines", tuple(self.text.split("\n")))

    def line(self, number: int) -> str:
        """Give a line by its number from 1; nothing beyond the end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def at(self, line: int) -> str:
        """Name a line in a sentence."""
        return f"第 {line} 行"

    def __reduce__(self) -> tuple[type[SourceFile], tuple[str, str]]:
        # A cached catalogue keeps the places of its rules, not a second copy of their text.
        return (SourceFile, (self.name, ""))


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a source file: line and column count characters from 1."""

    source: SourceFile
    line: int
    column: int
    length: int = 1

    def part(self, start: int, length: int) -> Place:
        """Narrow the place to ``length`` characters from the zero-based ``start``."""
        return Place(self.source, self.line, self.column + start, max(length, 1))

    @property
    def order(self) -> tuple[str, int, int]:
        """The place in reading order: file, line, column."""
        return self.source.name, self.line, self.column

    @property
    def said(self) -> str:
        """The place as a sentence names it."""
        return self.source.at(self.line)

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake: a stable code, a sentence, its place, its clause and a repair."""

    code: str
    message: str
    place: Place | None
    hint: str = ""
    clause: str = ""
    warning: bool = False

    @property
    def kind(self) -> str:
        """The Chinese name of the code."""
        return KINDS[self.code]

    def render(self) -> str:
        """Write the message with its line and caret."""
        head = f"{self.place}: " if self.place else ""
        lines = [f"{head}{self.kind} [{self.code}]: {self.message}"]
        if (
            self.place
            and self.place.source.text
            and self.place.line <= len(self.place.source.lines)
        ):
            lines += self._excerpt(self.place)
        if self.clause:
            lines.append(f"   = {self.clause}")
        if self.hint:
            lines.append(f"   建议: {self.hint}")
        return "\n".join(lines)

    @staticmethod
    def _excerpt(place: Place) -> list[str]:
        text, start = _window(place.source.line(place.line), place.column - 1)
        gutter = " " * max(3, len(str(place.line)) + 2)
        # A caret under an over-long quote would wrap: the start of it is what the eye needs.
        marked = text[start : start + place.length] or " "
        caret = " " * display_width(text[:start]) + "^" * max(1, min(display_width(marked), 76))
        number = f"{place.line} ".rjust(len(gutter))
        return [f"{gutter}|", f"{number}| {text}", f"{gutter}| {caret}"]


def _window(line: str, start: int) -> tuple[str, int]:
    """Cut what is shown of a long line (JSON often is one) and show every character that is there."""
    shown = "".join(_shown(character) for character in line)
    if len(shown) <= MAX_SHOWN:
        return shown, start
    first = max(start - MAX_SHOWN // 3, 0)
    head = "…" if first else ""
    tail = "…" if len(shown) > first + MAX_SHOWN else ""
    return head + shown[first : first + MAX_SHOWN] + tail, start - first + len(head)


def _shown(character: str) -> str:
    if character == "\t":
        return " "
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character)[0] == "C" else character


def display_width(text: str) -> int:
    """Count terminal columns: two for a Chinese character, none for a combining mark."""
    return sum(max(wcwidth(character), 0) for character in text)


class Problems:
    """Collects the mistakes of many files, so that one run reports them all.

    With ``most`` a further mistake ends the reading: looking for the nearest word costs more than a mistake.
    """

    def __init__(self, most: int | None = None) -> None:
        self.items: list[Diagnostic] = []
        self.clause = ""
        self.most = most

    def add(
        self, code: str, message: str, place: Place | None, hint: str = "", *, warning: bool = False
    ) -> None:
        """Note one mistake; a warning does not stop the work."""
        if self.most is not None and len(self.items) >= self.most:
            if warning:
                return
            said = f"还有更多要改的,只列出前 {self.most} 处"
            self.items.append(Diagnostic("limit", said, place, "先改正前面这些"))
            raise SourceError(self.errors)
        self.items.append(Diagnostic(code, message, place, hint, self.clause, warning))

    @contextmanager
    def within(self, clause: str) -> Iterator[None]:
        """Say of every mistake noted inside which clause it belongs to."""
        before, self.clause = self.clause, clause
        try:
            yield
        finally:
            self.clause = before

    @property
    def errors(self) -> list[Diagnostic]:
        """The mistakes that stop the work, in file order."""
        return [item for item in self if not item.warning]

    @property
    def warnings(self) -> list[Diagnostic]:
        """The notes that do not stop the work, in file order."""
        return [item for item in self if item.warning]

    def __iter__(self) -> Iterator[Diagnostic]:
        """Go through the mistakes by file, line and column; those without a place come last."""
        placed = sorted(
            (item for item in self.items if item.place is not None),
            key=lambda item: item.place.order if item.place else ("", 0, 0),
        )
        return iter([*placed, *(item for item in self.items if item.place is None)])

    def raise_if_any(self) -> None:
        """Raise `SourceError` with every mistake collected so far."""
        if self.errors:
            raise SourceError(self.errors)


class SourceError(ValueError):
    """A rule, vocabulary or company file holds mistakes; ``diagnostics`` names them all."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n\n".join(item.render() for item in self.diagnostics))


def nearest(word: str, choices: Iterable[str], count: int = 1) -> list[str]:
    """Give the choices most like the word, best first; empty where nothing is near."""
    found = process.extract(word, list(choices), scorer=fuzz.WRatio, limit=count, score_cutoff=46)
    return [match for match, _, _ in found]


def did_you_mean(word: str, choices: Iterable[str], table: str = "") -> str:
    """Say the nearest valid word, and where all of them stand."""
    near = nearest(word, choices)
    sentence = f"是否想写“{near[0]}”?" if near else ""
    return f"{sentence} {table}".strip()


def why_unreadable(error: OSError) -> str:
    """Say in Chinese why a file cannot be read."""
    reasons: dict[type[OSError], str] = {
        FileNotFoundError: "没有这个文件",
        PermissionError: "没有读取的权限",
        IsADirectoryError: "这是一个目录",
    }
    return reasons.get(type(error), error.strerror or "读取出错")

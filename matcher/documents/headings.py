"""How a policy text numbers its clauses: found from its lines, said as a format for document.yaml."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_TITLE = 40
MAX_LABEL = 24
_DIGITS = "〇一二三四五六七八九"
_NUMERAL = rf"[{_DIGITS}零十百]+|[0-9]{{1,3}}"
# The marks of a heading, from the coarsest; what stands before and after the number.
_MARKS = (
    ("第", "条"),
    ("", "、"),
    ("", "."),
    ("(", ")"),
    ("\N{FULLWIDTH LEFT PARENTHESIS}", "\N{FULLWIDTH RIGHT PARENTHESIS}"),
)


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading: where it starts, its number, the words after it, and what parts and ends them."""

    start: int
    number: str
    space: str
    title: str
    end: str

    @property
    def brief(self) -> bool:
        """Say whether the words could be a title, not the first sentence of the clause itself."""
        return 0 < len(self.title) <= MAX_TITLE and not re.search("[,,;;]", self.title)


@dataclass(frozen=True, slots=True)
class Numbering:
    """The clauses of a text and the format of their headings."""

    format: str
    headings: tuple[Heading, ...]


def find_numbering(text: str) -> Numbering:
    """Find the clauses of a text; a text without any is one clause, headed by its first words."""
    chosen: tuple[str, str] | None = None
    headings: list[Heading] = []
    for marks in _MARKS:
        found = _numbered(text, marks)
        if len(found) >= 2 and (chosen is None or _finer(headings, found)):
            chosen, headings = marks, found
    if chosen is None:
        line = next(line.strip() for line in text.splitlines() if line.strip())
        return Numbering("{标题}", (Heading(text.index(line), "1", "", line[:MAX_LABEL], ""),))
    before, after = chosen
    return Numbering(f"{before}{{条款}}{after}{_title_format(text, headings)}", tuple(headings))


def _title_format(text: str, headings: list[Heading]) -> str:
    """Give what follows the number in every heading; nothing where the clauses have no titles."""
    spaces, ends = {heading.space for heading in headings}, {heading.end for heading in headings}
    stops = [heading.start for heading in headings[1:]] + [len(text)]
    bodies = [
        text[heading.start : stop].partition(heading.title)[2].strip("。 \u3000\r\n")
        for heading, stop in zip(headings, stops, strict=True)
    ]
    titled = all(heading.brief for heading in headings) and sum(map(bool, bodies)) * 2 > len(bodies)
    if not titled or len(spaces) > 1:
        return ""
    return f"{spaces.pop()}{{标题}}{ends.pop() if len(ends) == 1 else ''}"


def _numbered(text: str, marks: tuple[str, str]) -> list[Heading]:
    """List the lines that a kind of mark numbers 1, 2, 3 … through the whole text; else nothing."""
    before, after = (re.escape(mark) for mark in marks)
    pattern = re.compile(
        rf"^{before}({_NUMERAL}){after}(?![0-9])([ \u3000]*)([^。\r\n]*)(。?)", re.MULTILINE
    )
    found = [
        Heading(match.start(), *(match.group(part) for part in (1, 2, 3, 4)))
        for match in pattern.finditer(text)
    ]
    counted = [_value(heading.number) for heading in found]
    return found if counted == list(range(1, len(found) + 1)) else []


def _finer(coarse: list[Heading], fine: list[Heading]) -> bool:
    """Say whether the finer numbering runs through every part of the coarser one."""
    ends = [heading.start for heading in coarse[1:]] + [fine[-1].start + 1]
    return len(fine) > len(coarse) and all(
        any(part.start < item.start < end for item in fine)
        for part, end in zip(coarse, ends, strict=True)
    )


def _value(number: str) -> int:
    """Read 十二 or 12."""
    if number.isdigit():
        return int(number)
    total = digit = 0
    for character in number.replace("零", "〇"):
        if character in _DIGITS:
            digit = _DIGITS.index(character)
        else:
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
    return total + digit


def label_of(heading: Heading) -> str:
    """Give a clause a short name: its title, or its first words."""
    words = heading.title.strip()
    if heading.brief:
        return words
    return re.split("[,,;;:、]", words, maxsplit=1)[0][:MAX_LABEL] or f"第{heading.number}条"

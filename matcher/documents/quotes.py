"""Finding quotes, clauses and department lines in a policy text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from matcher.documents.model import Span

ELLIPSIS = "…"
SEPARATORS = "、, "
_DEPARTMENTS = re.compile(r"\(牵头单位[::]([^;;)]*)(?:[;;]配合单位[::]([^)]*))?\)\s*$")
_NOTE = re.compile(r"[;;]以下[^)]*$")


class QuoteFault(ValueError):
    """A quote is not where it should be; ``code`` says which way, ``piece`` which part."""

    def __init__(self, code: str, piece: str) -> None:
        self.code, self.piece = code, piece
        super().__init__(piece)


def find_quote(text: str, within: Span, quote: str, occurrence: int | None) -> tuple[Span, ...]:
    """Find a quote inside a stretch of text, piece by piece where it is joined by …

    Raises `QuoteFault` where a piece is missing, or occurs twice and nothing says which is meant.
    """
    pieces = [quote] if text.find(quote, *within) >= 0 else quote.split(ELLIPSIS)
    spans: list[Span] = []
    start = within.start
    for piece in pieces:
        found = text.find(piece, start, within.end) if piece else -1
        if found < 0:
            raise QuoteFault("quote-not-found", piece or quote)
        if not spans:
            found = _nth(text, within, piece, found, occurrence)
        spans.append(Span(found, found + len(piece)))
        start = found + len(piece)
    return tuple(spans)


def _nth(text: str, within: Span, piece: str, first: int, occurrence: int | None) -> int:
    count = text.count(piece, *within)
    if occurrence is None:
        if count > 1:
            raise QuoteFault("quote-ambiguous", piece)
        return first
    if not 1 <= occurrence <= count:
        raise QuoteFault("quote-not-found", piece)
    found = first
    for _ in range(occurrence - 1):
        found = text.find(piece, found + 1, within.end)
    return found


def find_heading(text: str, heading: str) -> int:
    """Find a heading at the start of a line; -1 where there is none."""
    if text.startswith(heading):
        return 0
    found = text.find("\n" + heading)
    return found + 1 if found >= 0 else -1


def department_line(
    text: str, clause: Span, known: Iterable[str]
) -> tuple[Span, tuple[str, ...], tuple[str, ...]] | None:
    """Find the closing ``(牵头单位:…;配合单位:…)`` of a clause and the names in it."""
    match = _DEPARTMENTS.search(text, clause.start, clause.end)
    if match is None:
        return None
    names = sorted(known, key=len, reverse=True)
    lead = tuple(_names(match.group(1), names))
    others = tuple(_names(_NOTE.sub("", match.group(2) or ""), names))
    return Span(match.start(), match.start() + len(match.group().rstrip())), lead, others


def _names(text: str, known: list[str]) -> list[str]:
    """Split a list of departments; a known name may hold the separator (各县、区人民政府)."""
    found: list[str] = []
    while text := text.lstrip(SEPARATORS):
        name = next((name for name in known if text.startswith(name)), None)
        name = name or re.split("[、,,]", text, maxsplit=1)[0]
        found.append(name)
        text = text[len(name) :]
    return found

"""A source text -> lines of segments, each with the measures that quote it or the reason it is none.

Overlapping quotes are split at their ends, so a segment lists all its measures. Joining the segments
of a line, and the lines with line feeds, gives the source back character by character.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from matcher.documents.model import Clause, Document, Measure, Span


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one line in which the same measures and reasons hold.

    ``notes`` are the measures whose quote ends here: their footnotes follow the segment. ``starts``
    are those that begin here, and ``clause`` the clause, for the anchors.
    """

    text: str
    measures: tuple[Measure, ...] = ()
    reason: str = ""
    notes: tuple[Measure, ...] = ()
    starts: tuple[Measure, ...] = ()
    clause: Clause | None = None

    @property
    def kind(self) -> str:
        """What the segment is: measure, other, blank or uncovered."""
        if self.measures:
            return "measure"
        if self.reason:
            return "other"
        return "uncovered" if self.text.strip() else "blank"


def lines(document: Document) -> list[tuple[Segment, ...]]:
    """Split a document's text into lines of segments."""
    marked = _Marks(document)
    start, found = 0, []
    for line in document.text.split("\n"):
        found.append(tuple(marked.segments(Span(start, start + len(line)))))
        start += len(line) + 1
    return found


def only_measures(whole: list[tuple[Segment, ...]]) -> list[tuple[Segment, ...]]:
    """Keep the lines that a measure quotes and the headings of clauses that have measures."""
    return [
        line
        for line in whole
        if any(item.measures or (item.clause and item.clause.measures) for item in line)
    ]


class _Marks:
    def __init__(self, document: Document) -> None:
        self.text = document.text
        self.measures = [(span, item) for item in document.measures for span in item.spans]
        self.others = [
            (span, passage.reason) for passage in document.all_passages() for span in passage.spans
        ]
        self.clauses = {clause.span.start: clause for clause in document.clauses}
        spans = [span for span, _ in self.measures] + [span for span, _ in self.others]
        self.cuts = sorted({place for span in spans for place in span} | set(self.clauses))
        # A quote may lie in several pieces: its anchor is the first, its footnote the last.
        self.first = {item.id: min(item.spans) for item in document.measures if item.spans}
        self.last = {item.id: max(item.spans) for item in document.measures if item.spans}

    def segments(self, line: Span) -> Iterator[Segment]:
        """Give the segments of one line; an empty line has none."""
        inside = [cut for cut in self.cuts if line.start < cut < line.end]
        stops = [line.start, *inside, line.end]
        for start, end in pairwise(stops):
            if start < end:
                yield self._segment(Span(start, end))

    def _segment(self, piece: Span) -> Segment:
        over = {item.id: item for span, item in self.measures if _covers(span, piece)}
        reason = next((reason for span, reason in self.others if _covers(span, piece)), "")
        return Segment(
            self.text[slice(*piece)],
            tuple(over.values()),
            reason,
            notes=tuple(i for i in over.values() if self.last[i.id].end == piece.end),
            starts=tuple(i for i in over.values() if self.first[i.id].start == piece.start),
            clause=self.clauses.get(piece.start),
        )


def _covers(span: Span, piece: Span) -> bool:
    return span.start <= piece.start and piece.end <= span.end


def number(measure: Measure) -> str:
    """Give the number of a measure within its document: 1.4 of hefei-2025/1.4."""
    return measure.id.removeprefix(f"{measure.document}/")

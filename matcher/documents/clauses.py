"""One clause file -> `Clause`: its place in the text, its measures and what is no measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matcher.documents.context import DocumentContext
from matcher.documents.measures import MeasureReader
from matcher.documents.model import Clause, Measure, Passage, Span
from matcher.documents.quotes import department_line, find_heading
from matcher.language.entries import Entry
from matcher.language.keys import CLAUSE_KEYS
from matcher.language.source import Scalar, read_mapping

HEADING, DEPARTMENTS = "标题", "牵头配合单位"


@dataclass
class _ClauseFile:
    entry: Entry
    number: Scalar
    title: str
    start: int


class ClauseReader:
    """Reads the clause files of one document, in the order of its text."""

    def __init__(self, document: DocumentContext, heading: str) -> None:
        self.document, self.heading = document, heading
        self.problems = document.problems
        self.text = document.text or ""

    def read(self, paths: Sequence[Path], passages: Sequence[Passage]) -> tuple[Clause, ...]:
        """Read the files; a clause ends where the next one, or a passage of the document, begins."""
        files = [clause for path in paths if (clause := self._file(path)) is not None]
        files.sort(key=lambda item: item.start)
        starts = [span.start for passage in passages for span in passage.spans]
        stops = sorted([*starts, *(item.start for item in files), len(self.text)])
        self._check_numbers(files)
        clauses = []
        for item in files:
            end = next((stop for stop in stops if stop > item.start), len(self.text))
            with self.problems.within(f"条款{item.number.text} {item.title}"):
                clauses.append(self._clause(item, Span(item.start, end)))
        return tuple(clauses)

    def _file(self, path: Path) -> _ClauseFile | None:
        node = read_mapping(path, self.problems)
        if node is None:
            return None
        entry = Entry(node, self.problems, CLAUSE_KEYS)
        number, title = entry.scalar("条款"), entry.scalar("标题")
        if number is None or title is None:
            return None
        heading = self._heading(number.text, title.text)
        start = find_heading(self.text, heading) if self.document.text is not None else 0
        if start >= 0:
            return _ClauseFile(entry, number, title.text, start)
        self.problems.add(
            "clause-not-found",
            f"原文里没有“{heading}”",
            title.place,
            "条款号和标题照原文抄写,格式见 document.yaml 的“条款格式”",
        )
        return None

    def _heading(self, number: str, title: str) -> str:
        return self.heading.replace("{条款}", number).replace("{标题}", title)

    def _check_numbers(self, files: list[_ClauseFile]) -> None:
        seen: dict[str, Scalar] = {}
        for item in files:
            first = seen.setdefault(item.number.text, item.number)
            if first is not item.number:
                message = f"条款“{item.number.text}”已写在 {first.place.source.name}"
                self.problems.add("duplicate-id", message, item.number.place, "合成一个文件")

    def _clause(self, item: _ClauseFile, span: Span) -> Clause:
        heading = len(self._heading(item.number.text, item.title))
        heading = min(heading, span.end - span.start)
        body = Span(span.start + heading, span.end)
        passages = [Passage((Span(span.start, body.start),), HEADING)]
        line = department_line(self.text, body, self._known_departments())
        lead: tuple[str, ...] = ()
        others: tuple[str, ...] = ()
        if line is not None:
            passages.append(Passage((line[0],), DEPARTMENTS))
            lead, others = line[1:]
            body = Span(body.start, line[0].start)
        measures = []
        for entry in item.entry.entries("措施"):
            measure = MeasureReader(self.document, entry, item.number.text, body).read()
            if measure is not None:
                if not measure.lead_departments:
                    measure = replace(measure, lead_departments=lead, other_departments=others)
                measures.append(measure)
        passages += self.document.passages(item.entry, body)
        english = self.document.english(item.entry)
        item.entry.done()
        self._check_overlap(measures, passages)
        return Clause(item.number.text, item.title, span, tuple(measures), tuple(passages), english)

    def _known_departments(self) -> list[str]:
        words = self.document.vocabulary.words("责任单位") | self.document.vocabulary.words("部门")
        return [name for word in words.values() for name in (word.label, *word.aliases)]

    def _check_overlap(self, measures: list[Measure], passages: list[Passage]) -> None:
        quoted = {
            place
            for measure in measures
            if not measure.refines
            for span in measure.spans
            for place in range(*span)
        }
        for passage in passages:
            both = sorted(
                place for span in passage.spans for place in range(*span) if place in quoted
            )
            if both:
                text = self.text[both[0] : both[-1] + 1][:30]
                self.problems.add(
                    "quote-overlap",
                    f"“{text}”既是措施依据,又列为非措施({passage.reason})",
                    passage.place,
                    "同一段文字只归一类",
                )

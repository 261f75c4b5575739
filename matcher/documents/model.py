"""Policy documents, their clauses and the measures they hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from matcher.language.diagnostics import Place
from matcher.tree import AllOf, AnyOf, Condition, Not
from matcher.tree.amounts import Amount
from matcher.values import Number, within

# What decides a sum, by the labels of the vocabulary's 兑付依据.
STATED, BY_RULES, DIRECTIONAL, NO_MONEY = "金额明确", "另行规定", "方向性", "无资金"


class Span(NamedTuple):
    """Characters ``start`` to ``end`` (excluded) of a document's source text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """An ambiguous passage: how it is taken, and why (存疑)."""

    taken: str
    reason: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a proof finds of a measure and its author has confirmed to be the text's own (已核)."""

    finding: str
    other: str
    reason: str
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Exclusive:
    """Measures of one group are not had together; ``per_project``: not for one and the same project."""

    group: str
    rule: str
    per_project: bool = False
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SharedCap:
    """A limit that the measures of one group have together: in a year, over all years."""

    group: str
    year: Amount | None = None
    ever: Amount | None = None


@dataclass(frozen=True, slots=True)
class Benefit:
    """How much a measure gives, and what it may not be combined with.

    ``instalments`` are shares that add up to 1. ``batch`` says why the sum depends on all who apply.
    """

    amount: Amount
    exclusive: tuple[Exclusive, ...] = ()
    shared: SharedCap | None = None
    instalments: tuple[Number, ...] = ()
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One beneficiary × one act or title × one benefit bundle (支持措施).

    ``condition`` is the whole tree: scope, beneficiary, own conditions, and the stated exclusions
    turned around. ``own`` and ``exclusions`` are what the author wrote. ``english`` is a gloss of the title.
    """

    id: str
    document: str
    clause: str
    title: str
    beneficiary: str
    scope: str
    kind: str
    quote: str
    spans: tuple[Span, ...]
    instruments: tuple[str, ...]
    benefit_basis: str
    condition: Condition
    own: Condition | None = None
    exclusions: tuple[Condition, ...] = ()
    lead_departments: tuple[str, ...] = ()
    other_departments: tuple[str, ...] = ()
    target_title: str = ""
    target_level: str = ""
    for_all: str = ""
    commitments: tuple[str, ...] = ()
    reading: str = ""
    doubt: Doubt | None = None
    refines: str = ""
    source: str = ""
    first_day: date | None = None
    last_day: date | None = None
    confirmed: tuple[Confirmed, ...] = ()
    benefit: Benefit | None = None
    english: str = ""
    place: Place | None = field(default=None, compare=False, repr=False)

    def in_period(self, day: date) -> bool:
        """Say whether a day lies in the measure's own period; its document may have ended."""
        return within(day, self.first_day, self.last_day)

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments in charge, then those that take part."""
        return self.lead_departments + self.other_departments


@dataclass(frozen=True, slots=True)
class Passage:
    """Text that is no measure, with the reason (非措施)."""

    spans: tuple[Span, ...]
    reason: str
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a document's rules on a day (沿革), in one sentence.

    ``measures`` are the ids it concerns, none for the whole document. ``former`` is an id that stands no
    longer: ``measures`` took its place.
    """

    day: date
    said: str
    measures: tuple[str, ...] = ()
    former: str = ""
    place: Place | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered article: its place in the text, its measures and its other passages."""

    number: str
    title: str
    span: Span
    measures: tuple[Measure, ...]
    passages: tuple[Passage, ...]
    english: str = ""

    @property
    def said(self) -> str:
        """The clause as messages name it."""
        return f"条款{self.number} {self.title}"


@dataclass(frozen=True, slots=True)
class Document:
    """One issued text with everything that was encoded of it."""

    id: str
    title: str
    number: str
    issuer: str
    issued: date
    text: str = field(repr=False)
    clauses: tuple[Clause, ...] = ()
    passages: tuple[Passage, ...] = ()
    source: str = ""
    sample: bool = False
    history: tuple[Change, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    english: str = ""
    place: Place | None = field(default=None, compare=False, repr=False)

    @property
    def in_force_from(self) -> date:
        """The day from which the document counts; its issue date unless it states another."""
        return self.first_day or self.issued

    def in_force(self, day: date) -> bool:
        """Say whether the document is in force on a day."""
        return within(day, self.in_force_from, self.last_day)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """All measures in the order of the text."""
        return tuple(measure for clause in self.clauses for measure in clause.measures)

    def all_passages(self) -> tuple[Passage, ...]:
        """All passages that are no measure."""
        return self.passages + tuple(item for clause in self.clauses for item in clause.passages)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a text is accounted for; white space does not count."""

    document: str
    characters: int
    measures: int
    passages: int
    uncovered: tuple[Span, ...]

    @property
    def covered(self) -> int:
        """Characters that a measure quotes or a reason explains."""
        return self.measures + self.passages


def coverage(document: Document) -> Coverage:
    """Count every non-white character of a text as measure, other passage or uncovered."""
    marks = [" "] * len(document.text)
    for passage in document.all_passages():
        for span in passage.spans:
            marks[span.start : span.end] = "p" * (span.end - span.start)
    for measure in document.measures:
        for span in measure.spans:
            marks[span.start : span.end] = "m" * (span.end - span.start)
    counts = {"m": 0, "p": 0, " ": 0}
    uncovered: list[Span] = []
    for place, (character, mark) in enumerate(zip(document.text, marks, strict=True)):
        if character.isspace():
            continue
        counts[mark] += 1
        if mark == " ":
            if uncovered and not document.text[uncovered[-1].end : place].strip():
                uncovered[-1] = Span(uncovered[-1].start, place + 1)
            else:
                uncovered.append(Span(place, place + 1))
    return Coverage(document.id, sum(counts.values()), counts["m"], counts["p"], tuple(uncovered))


def whole_condition(
    scope: Condition | None,
    beneficiary: Condition | None,
    own: Condition | None,
    exclusions: tuple[Condition, ...],
) -> Condition:
    """Join what a measure asks: scope, beneficiary, own conditions, no stated exclusion."""
    parts = [part for part in (scope, beneficiary) if part is not None]
    if isinstance(own, AllOf):
        parts += own.parts
    elif own is not None:
        parts.append(own)
    if exclusions:
        any_of = exclusions[0] if len(exclusions) == 1 else AnyOf(exclusions)
        parts.append(Not(any_of))
    return AllOf(tuple(parts))

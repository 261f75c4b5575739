"""All questions of the form with their answers, for people who check what they said.

Every question appears: with its value, with 不清楚 or 不适用, or as not answered; the topics of a
question are rows of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from matcher.language.claims import NEVER
from matcher.language.profiles import FILED
from matcher.vocabulary.model import Attribute, Member, Word
from webapp.services.profiles import Facts
from webapp.services.questions import (
    HELD,
    NO,
    NONE,
    NOT_APPLICABLE,
    SPANS,
    UNSURE,
    YEARS,
    YES,
    Answer,
    Group,
    Part,
    Question,
    Questionnaire,
    answer,
)

_ABSENT = frozenset({NO, NONE, *NEVER})
_PLAIN = frozenset({YES, HELD})


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of one member: that it holds, and details such as dates."""

    member: Member
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One question, or one topic of it, and what was said.

    ``texts`` are the words of a simple answer. Of a question with members ``held`` are those that
    hold, and the counts say how many are known not to, are 不清楚, and were not answered.
    """

    attribute: Attribute
    topic: Word | None = None
    texts: tuple[str, ...] = ()
    held: tuple[Told, ...] = ()
    absent: int = 0
    unsure: int = 0
    unanswered: int = 0

    @property
    def state(self) -> str:
        """Say in a word how the row stands: value, unsure, na or open."""
        if self.texts:
            marks = {UNSURE: "unsure", NOT_APPLICABLE: "na"}
            return marks.get(self.texts[0], "value")
        if self.held or self.absent:
            return "value"
        return "unsure" if self.unsure else "open"


@dataclass(frozen=True, slots=True)
class Answers:
    """The rows of all groups, and the labels of stored facts that the form does not ask for."""

    groups: tuple[tuple[Group, tuple[Row, ...]], ...]
    others: tuple[str, ...]


def answers(questionnaire: Questionnaire, facts: Facts, year: int) -> Answers:
    """List every question with its answer; yearly figures are those of ``year``."""
    groups = tuple(
        (group, tuple(row for question in group.questions for row in _rows(question, facts, year)))
        for group in questionnaire.groups
    )
    asked = {row.attribute.label for _, rows in groups for row in rows}
    others = [name for name in facts if name not in asked | {FILED, YEARS, SPANS}]
    others += [
        f"{period} {name}"
        for periods in (facts.get(YEARS, {}), facts.get(SPANS, {}))
        for period, figures in periods.items()
        for name in figures
        if name not in asked or period != str(year)
    ]
    return Answers(groups, tuple(others))


def _rows(question: Question, facts: Facts, year: int) -> Iterator[Row]:
    given = answer(facts, question.attribute, year)
    if not question.parts:
        texts = given if isinstance(given, list) else [given] if given is not None else []
        yield Row(question.attribute, texts=tuple(str(text) for text in texts))
        return
    known = given if isinstance(given, Mapping) else {}
    for part in question.parts:
        yield _part(question.attribute, part, known)


def _part(attribute: Attribute, part: Part, known: Mapping[str, Answer]) -> Row:
    said = [(member, known.get(member.label)) for member in part.members]
    plain = [given for _, given in said if given is None or isinstance(given, str)]
    return Row(
        attribute,
        part.word,
        held=tuple(
            Told(member, tuple(_details(given)))
            for member, given in said
            if given is not None and not (isinstance(given, str) and given in _ABSENT | {UNSURE})
        ),
        absent=sum(given in _ABSENT for given in plain),
        unsure=plain.count(UNSURE),
        unanswered=plain.count(None),
    )


def _details(given: Any) -> Iterator[str]:
    if isinstance(given, Mapping):
        yield from (f"{key} {value}" for key, value in given.items())
    elif isinstance(given, list):
        for one in given:
            yield from _details(one)
    elif given not in _PLAIN:
        yield str(given)

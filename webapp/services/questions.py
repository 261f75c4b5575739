"""The form's questions, from the vocabulary, and where their answers stand in a company file.

An answer is what `matcher.language.profiles` reads under the attribute's label; a yearly figure stands
under its calendar year, so that it stays true when the year changes. No answer at all is None.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from typing import Any

from matcher.language.profiles import CODE, FILED, NAME
from matcher.vocabulary.model import Attribute, Kind, Member, Vocabulary, Word
from webapp.services.profiles import Facts

Answer = Any
YEARS, SPANS = "年度", "区间"
UNSURE, NOT_APPLICABLE, NO, NONE, YES, HELD = "不清楚", "不适用", "否", "没有", "是", "有"
MEMBERWISE = frozenset({Kind.SET, Kind.ACTIVITIES, Kind.TITLES, Kind.STATUS, Kind.STAGE})
IDENTITY = frozenset({NAME, CODE})
"""Answers that say who the company is; no measure turns on them."""


class Progress(Enum):
    """How far a question or a group of questions is answered."""

    OPEN = "open"
    PARTLY = "partly"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Part:
    """Members of one question that are answered together: a topic, a family, or all of them."""

    word: Word | None
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One attribute as the form asks for it."""

    attribute: Attribute
    parts: tuple[Part, ...] = ()

    @property
    def may_not_apply(self) -> bool:
        """Whether 不适用 is offered: where the attribute's help tells people to choose it."""
        return NOT_APPLICABLE in self.attribute.help

    @property
    def closes_itself(self) -> bool:
        """Whether what is not ticked counts as no as soon as one option is ticked."""
        return self.attribute.closed_by_answer


@dataclass(frozen=True, slots=True)
class Group:
    """One page of the form (表单分组)."""

    word: Word
    questions: tuple[Question, ...]

    @property
    def id(self) -> str:
        """The group's id, as in its address."""
        return self.word.id


@dataclass(frozen=True, slots=True)
class Status:
    """How many questions of a group are answered to the end."""

    done: int
    touched: int
    total: int

    @property
    def progress(self) -> Progress:
        """The status in a word."""
        if self.done == self.total:
            return Progress.DONE
        return Progress.PARTLY if self.touched else Progress.OPEN


class Questionnaire:
    """All groups of the form, and where each attribute is asked."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.groups = tuple(
            Group(word, tuple(_questions(vocabulary, word.label)))
            for word in vocabulary.words("表单分组").values()
        )
        self.by_id = {group.id: group for group in self.groups}
        self.group_of = {
            question.attribute.label: group for group in self.groups for question in group.questions
        }

    def after(self, group: Group) -> Group | None:
        """Give the group that follows, None after the last."""
        place = self.groups.index(group) + 1
        return self.groups[place] if place < len(self.groups) else None

    def status(self, group: Group, facts: Facts, year: int) -> Status:
        """Count what is answered of a group; each topic of a question counts on its own."""
        steps = [
            progress
            for question in group.questions
            for progress in _progress(question, answer(facts, question.attribute, year))
        ]
        done = sum(step is Progress.DONE for step in steps)
        return Status(done, sum(step is not Progress.OPEN for step in steps), len(steps))

    def answered(self, facts: Facts, year: int) -> int:
        """Count the questions that have an answer, who the company is left out."""
        return sum(
            progress is not Progress.OPEN
            for group in self.groups
            for question in group.questions
            if question.attribute.label not in IDENTITY
            for progress in _progress(question, answer(facts, question.attribute, year))
        )


def _questions(vocabulary: Vocabulary, group: str) -> Iterable[Question]:
    for attribute in vocabulary.attributes.values():
        if attribute.group == group and attribute.in_form:
            yield Question(attribute, tuple(_parts(vocabulary, attribute)))


def _parts(vocabulary: Vocabulary, attribute: Attribute) -> Iterable[Part]:
    if attribute.kind is Kind.ACTIVITIES:
        for word in vocabulary.words("主题").values():
            chosen = tuple(item for item in attribute.members if item.topic == word.label)
            if chosen:
                yield Part(word, chosen)
    elif attribute.kind in MEMBERWISE:
        yield Part(None, attribute.members)


def _progress(question: Question, given: Answer | None) -> Iterable[Progress]:
    if not question.parts:
        yield Progress.OPEN if given is None else Progress.DONE
        return
    known = given if isinstance(given, Mapping) else {}
    for part in question.parts:
        answered = sum(member.label in known for member in part.members)
        if answered == len(part.members) or (answered and question.closes_itself):
            yield Progress.DONE
        else:
            yield Progress.PARTLY if answered else Progress.OPEN


# --- answers in a company file -------------------------------------------------------------------


def new_facts(filed: str) -> Facts:
    """Give the facts of a profile in which nothing is answered."""
    return {FILED: filed}


def answer(facts: Facts, attribute: Attribute, year: int) -> Answer | None:
    """Give the answer to a question; yearly figures are those of ``year``."""
    if not attribute.yearly:
        return facts.get(attribute.label)
    return facts.get(YEARS, {}).get(str(year), {}).get(attribute.label)


def with_answers(
    facts: Facts, answers: Mapping[str, Answer | None], vocabulary: Vocabulary, year: int
) -> Facts:
    """Give the facts with some answers, by attribute label, put in, replaced or (None) taken out."""
    changed = deepcopy(facts)
    for label, given in answers.items():
        place = changed
        if vocabulary.attributes[label].yearly:
            place = changed.setdefault(YEARS, {}).setdefault(str(year), {})
        if given is None:
            place.pop(label, None)
        else:
            place[label] = given
    _drop_empty_years(changed)
    return changed


def _drop_empty_years(facts: Facts) -> None:
    years = {year: figures for year, figures in facts.get(YEARS, {}).items() if figures}
    facts.pop(YEARS, None)
    if years:
        facts[YEARS] = years


def digest(facts: Facts, group: Group, year: int) -> str:
    """Digest the answers of a group, so that a page can tell whether they changed meanwhile."""
    given = {item.attribute.label: answer(facts, item.attribute, year) for item in group.questions}
    text = json.dumps([year, given], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

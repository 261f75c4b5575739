"""One fact, asked on its own: what can be answered, and the answer -> the facts with it put in.

Of a question with members only one member is asked, and what was said of the others stays. What cannot
be said in a word (a number, a place, a date) is typed into the field that the form has for it; then
``options`` is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matcher.nearby.questions import NextQuestion
from matcher.profile import FactKey
from matcher.vocabulary.model import Kind, Member, Vocabulary
from webapp.services.profiles import Facts
from webapp.services.questions import (
    HELD,
    NO,
    NONE,
    NOT_APPLICABLE,
    UNSURE,
    YES,
    Answer,
    Question,
    Questionnaire,
    answer,
    with_answers,
)

_SEPARATOR = "."
_YES_NO = {"yes": YES, "no": NO}
_HELD_OR_NOT = {"held": HELD, "none": NONE}


@dataclass(frozen=True, slots=True)
class Asked:
    """One fact as it is asked: its question in the form, the member asked about, answers by their ids."""

    question: Question
    member: Member | None
    options: Mapping[str, Answer]

    @property
    def id(self) -> str:
        """The fact's name in a form."""
        own = self.question.attribute.id
        return f"{own}{_SEPARATOR}{self.member.id}" if self.member else own

    @property
    def whole(self) -> bool:
        """Whether the question is asked as a whole: one choice answers for all its members."""
        return self.member is None or self.question.closes_itself

    def put(self, facts: Facts, given: Answer, vocabulary: Vocabulary, year: int) -> Facts:
        """Give the facts with the answer put in."""
        attribute = self.question.attribute
        if self.member is not None and not self.question.closes_itself:
            before = answer(facts, attribute, year)
            known = before if isinstance(before, Mapping) else {}
            given = {**known, self.member.label: given}
        return with_answers(facts, {attribute.label: given}, vocabulary, year)


def asked_of(key: FactKey, questionnaire: Questionnaire) -> Asked | None:
    """Give how a fact is asked; None where the form does not ask for it."""
    attribute = questionnaire.vocabulary.attributes[key.attribute]
    return find(
        f"{attribute.id}{_SEPARATOR}{member.id}"
        if (member := attribute.member(key.member or ""))
        else attribute.id,
        questionnaire,
    )


def find(id_: str, questionnaire: Questionnaire) -> Asked | None:
    """Find a fact by its name in a form."""
    own, _, rest = id_.partition(_SEPARATOR)
    every = (question for group in questionnaire.groups for question in group.questions)
    question = next((one for one in every if one.attribute.id == own), None)
    if question is None:
        return None
    members = [one for part in question.parts for one in part.members if one.id == rest]
    if bool(question.parts) is not bool(members):
        return None
    member = members[0] if members else None
    return Asked(question, member, _options(question, member, questionnaire.vocabulary))


def _options(
    question: Question, member: Member | None, vocabulary: Vocabulary
) -> dict[str, Answer]:
    attribute = question.attribute
    if question.closes_itself:
        # What is not chosen counts as no, so that a choice among all members is the shortest answer.
        named = {one.id: {one.label: YES} for one in attribute.members}
        return {**named, "unsure": {one.label: UNSURE for one in attribute.members}}
    words: dict[str, Answer] = {}
    if attribute.kind is Kind.ACTIVITIES:
        words = {word.id: word.label for word in vocabulary.words("事项状态").values()}
    elif attribute.kind is Kind.STAGE:
        stages = attribute.stages_of(member)
        words = {"none": NONE, **{str(place): stage for place, stage in enumerate(stages)}}
    elif attribute.kind is Kind.CHOICE:
        words = {one.id: one.label for one in attribute.members}
    elif attribute.kind in (Kind.TITLES, Kind.STATUS):
        words = dict(_HELD_OR_NOT)
    elif attribute.kind in (Kind.YES_NO, Kind.SET):
        words = dict(_YES_NO)
    else:
        return {}
    if question.may_not_apply and member is None:
        words["na"] = NOT_APPLICABLE
    return {**words, "unsure": UNSURE}


def first_ones(
    questions: list[NextQuestion], questionnaire: Questionnaire, count: int
) -> list[tuple[NextQuestion, Asked]]:
    """Give the best questions that settle something, each about another attribute, as they are asked.

    Two members of one attribute are one question of the form, so they are no good start together.
    """
    found: dict[str, tuple[NextQuestion, Asked]] = {}
    for one in questions:
        asked = asked_of(one.key, questionnaire)
        if one.most and asked:
            found.setdefault(one.key.attribute, (one, asked))
    return list(found.values())[:count]


def best(questions: list[NextQuestion], questionnaire: Questionnaire) -> NextQuestion | None:
    """Give the first question that settles something with some answer."""
    return next((one for one, _ in first_ones(questions, questionnaire, 1)), None)

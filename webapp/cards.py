"""One question on a page: its control, what was sent, and what was wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from matcher.nearby.questions import NextQuestion
from webapp.forms.fields import AnswerField
from webapp.forms.group import GroupForm, form_class
from webapp.services.asking import Asked
from webapp.services.checking import Checker, Fault
from webapp.services.profiles import Facts
from webapp.services.questions import Answer, Group
from webapp.shared import portal


@dataclass(frozen=True, slots=True)
class Card:
    """One question as it is shown: what it brings, its control, what was sent and what was wrong with it."""

    asked: Asked
    question: NextQuestion | None
    field: AnswerField | None
    sent: str = ""
    given: Answer | None = None
    faults: tuple[Fault, ...] = ()


def new_card(asked: Asked, question: NextQuestion | None, checker: Checker, facts: Facts) -> Card:
    """Give a question that nothing was sent for yet."""
    field = None if asked.options else _form(asked, checker, facts).questions[0]
    return Card(asked, question, field)


def radio_name(place: int) -> str:
    """Name the radios of a question by its place on the card."""
    return f"answer-{place + 1}" if place else "answer"


def read_card(place: int, asked: Asked, checker: Checker, facts: Facts) -> Card:
    """Read what was sent of one fact: one of its words, or what was typed into its field."""
    if asked.options:
        sent = request.form.get(radio_name(place), "")
        known = asked.options.get(sent)
        faults = (Fault("unknown-choice"),) if sent and known is None else ()
        return Card(asked, None, None, sent, known, faults)
    form = _form(asked, checker, facts)
    form.validate()
    (field,) = form.questions
    return Card(asked, None, field, "", field.answer, tuple(field.errors))


def _form(asked: Asked, checker: Checker, facts: Facts) -> GroupForm:
    """Make the form's own field for a fact that is typed."""
    group = portal().questionnaire.group_of[asked.question.attribute.label]
    alone = form_class(Group(group.word, (asked.question,)), portal().catalogue.vocabulary)
    return alone(checker, facts)

"""The form of one group of questions."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import HiddenField

from matcher.language.profiles import FILED
from matcher.vocabulary.model import Kind, Vocabulary
from webapp.forms.fields import UNSURE_MARK, AnswerField
from webapp.forms.members import FIELDS
from webapp.services.checking import Checker
from webapp.services.profiles import Facts
from webapp.services.questions import UNSURE, Answer, Group, Question, answer, with_answers


class GroupForm(FlaskForm):
    """What all groups share: the digest of the answers that the page showed."""

    seen = HiddenField()

    def __init__(self, checker: Checker, facts: Facts, **kwargs: Any) -> None:
        self.checker = checker
        fields = type(self).names.values()
        stored = {name: answer(facts, q.attribute, checker.year) for name, q in fields}
        super().__init__(data=stored, **kwargs)

    names: ClassVar[dict[str, tuple[str, Question]]] = {}

    @property
    def questions(self) -> list[AnswerField]:
        """The fields of the questions, in order."""
        return [self[name] for name, _ in type(self).names.values()]

    def fitting(self, facts: Facts) -> Facts:
        """Give the facts with the answers that fit, filed on the checker's day; mistakes are left out."""
        fit = {field.attribute.label: field.answer for field in self.questions if not field.errors}
        dated = {**facts, FILED: self.checker.filed.isoformat()}
        return with_answers(dated, fit, self.checker.vocabulary, self.checker.year)

    def answers(self) -> dict[str, Answer | None]:
        """The answers by attribute label; None where there is none."""
        return {field.attribute.label: field.answer for field in self.questions}


def form_class(group: Group, vocabulary: Vocabulary) -> type[GroupForm]:
    """Make the form class of a group."""
    fields: dict[str, Any] = {}
    names: dict[str, tuple[str, Question]] = {}
    for question in group.questions:
        attribute = question.attribute
        kind = FIELDS[attribute.kind]
        if attribute.kind is Kind.ACTIVITIES:
            states = {word.id: word.label for word in vocabulary.words("事项状态").values()}
            kind = type(kind.__name__, (kind,), {"states": {**states, UNSURE_MARK: UNSURE}})
        # A prefix keeps an attribute's id clear of the names that a form class uses itself.
        name = f"a_{attribute.id}"
        fields[name] = kind(question, label=attribute.question or attribute.label)
        names[attribute.label] = (name, question)
    return type(f"{group.id.title()}Form", (GroupForm,), {**fields, "names": names})

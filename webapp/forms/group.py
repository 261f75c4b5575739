"""The form of one group of questions."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import HiddenField

from matcher.language.profiles import FILED
from matcher.vocabulary.model import Kind, Vocabulary
from webapp.forms.fields import UNSURE_MARK, AnswerField
from webapp.forms.members import FIELDS
from webapp.forms.pickers import PlaceField, TradeField
from webapp.services.checking import Checker
from webapp.services.places import Places, followed
from webapp.services.profiles import Facts
from webapp.services.questions import UNSURE, Answer, Group, Question, answer, with_answers
from webapp.services.trades import Trades

LOOK, STEP = "look", "step"
"""What a button of a picker asks for: find what was typed, show the next step of a place."""


class GroupForm(FlaskForm):
    """What all groups share: the digest of the answers that the page showed."""

    seen = HiddenField()

    def __init__(self, checker: Checker, facts: Facts, **kwargs: Any) -> None:
        self.checker, self._facts = checker, facts
        fields = type(self).names.values()
        stored = {name: answer(facts, q.attribute, checker.year) for name, q in fields}
        super().__init__(data=stored, **kwargs)
        for field in self._places():
            field.compare(self._stored(field.follows))

    names: ClassVar[dict[str, tuple[str, Question]]] = {}

    @property
    def questions(self) -> list[AnswerField]:
        """The fields of the questions, in order."""
        return [self[name] for name, _ in type(self).names.values()]

    def _places(self) -> list[PlaceField]:
        return [
            field for field in self.questions if isinstance(field, PlaceField) and field.follows
        ]

    def _stored(self, label: str) -> Answer | None:
        attribute = self.checker.vocabulary.attributes[label]
        return answer(self._facts, attribute, self.checker.year)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check every answer; places that are taken from another question follow it then."""
        fits = super().validate(extra_validators)
        for field in self._places():
            name, _ = type(self).names.get(field.follows, ("", None))
            other = self[name] if name else None
            if other is None:
                field.follow(self._stored(field.follows), wrong=False)
            else:
                field.follow(other.answer, wrong=bool(other.errors))
        return bool(fits)

    def picking(self, asked: str) -> bool:
        """Take a step in a picker where a button asks for one; nothing is checked or saved then."""
        if asked == LOOK:
            for field in self.questions:
                if isinstance(field, TradeField):
                    field.look()
        return asked in (LOOK, STEP)

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
        elif attribute.kind is Kind.INDUSTRY:
            kind = type("TradeField", (TradeField,), {"trades": Trades.of(vocabulary)})
        elif attribute.kind is Kind.REGION:
            bound = {"places": Places.of(vocabulary), "follows": followed(attribute, vocabulary)}
            kind = type("PlaceField", (PlaceField,), bound)
        # A prefix keeps an attribute's id clear of the names that a form class uses itself.
        name = f"a_{attribute.id}"
        fields[name] = kind(question, label=attribute.question or attribute.label)
        names[attribute.label] = (name, question)
    return type(f"{group.id.title()}Form", (GroupForm,), {**fields, "names": names})

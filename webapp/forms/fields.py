"""One WTForms field per kind of question.

A field keeps what was typed as it was typed (``typed``), and gives the answer of a company file
(``answer``) or what is wrong (``errors``, a list of `Fault`). ``previous`` is the stored answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from wtforms import Field

from matcher.vocabulary.model import Kind
from webapp.services.checking import Checker, Fault, refuse
from webapp.services.questions import NO, NOT_APPLICABLE, UNSURE, YES, Answer, Question

UNSURE_MARK, NA_MARK = "unsure", "na"
_MARKS = {UNSURE_MARK: UNSURE, NA_MARK: NOT_APPLICABLE}
_MARKED = {answer: mark for mark, answer in _MARKS.items()}


class AnswerField(Field, ABC):
    """The base of all questions."""

    shape = ""

    def __init__(self, question: Question, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.question, self.attribute = question, question.attribute
        self.anchor = f"q-{question.attribute.id}"
        self.previous: Answer | None = None
        self.answer: Answer | None = None
        self.typed: Any = None
        self.notes: tuple[Fault, ...] = ()

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take what was sent, else what is stored."""
        self.process_errors: list[str] = []
        self.errors: list[Fault] = []
        self.previous = data
        self.typed = self.show(data) if formdata is None else self.read(formdata)

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Check what was typed; `answer` is set where nothing is wrong."""
        self.errors = list(self.check(form.checker))
        return not self.errors

    def part(self, formdata: Any, name: str) -> str:
        """Give one part of what was sent, trimmed."""
        return str(formdata.get(f"{self.name}-{name}" if name else self.name) or "").strip()

    @abstractmethod
    def show(self, stored: Answer | None) -> Any:
        """Turn a stored answer into what the controls show."""

    @abstractmethod
    def read(self, formdata: Any) -> Any:
        """Turn what was sent into what the controls show."""

    @abstractmethod
    def check(self, checker: Checker) -> tuple[Fault, ...]:
        """Set ``answer`` from ``typed``; give what is wrong."""

    def take(self, checker: Checker, text: str) -> tuple[Fault, ...]:
        """Let the engine read a text and keep the answer."""
        checked = checker.text(self.question, text)
        self.answer, self.notes = checked.answer, checked.notes
        return checked.faults


class LineField(AnswerField):
    """A text or a number: one line, or a mark that stands for it."""

    shape = "line"

    def show(self, stored: Answer | None) -> dict[str, str]:
        if stored in _MARKED:
            return {"text": "", "mark": _MARKED[stored]}
        text = ";".join(stored) if isinstance(stored, list) else str(stored or "")
        if self.attribute.unit is not None:
            text = text.removesuffix(f" {self.attribute.unit.name}")
        return {"text": text, "mark": ""}

    def read(self, formdata: Any) -> dict[str, str]:
        # A near name that was picked stands for the text that was not understood.
        text = self.part(formdata, "pick") or self.part(formdata, "")
        return {"text": text, "mark": self.part(formdata, "mark")}

    @property
    def near(self) -> tuple[str, ...]:
        """Names near the text that was not understood, to pick from; one wrong word at a time."""
        found = [fault.near for fault in self.errors if fault.near]
        return found[0] if len(found) == 1 and len(self.errors) == 1 else ()

    def check(self, checker: Checker) -> tuple[Fault, ...]:
        return self._marked(self.typed["text"], checker)

    def _marked(self, text: str, checker: Checker) -> tuple[Fault, ...]:
        mark = self.typed["mark"]
        if mark and text:
            return (Fault("both"),)
        if mark:
            self.answer = _MARKS.get(mark)
            return () if self.answer else (Fault("unknown-choice"),)
        return self.take(checker, text) if text else ()


class DayField(LineField):
    """A date in three boxes: year, month, day."""

    shape = "day"
    boxes = ("year", "month", "day")

    def show(self, stored: Answer | None) -> dict[str, str]:
        if stored in _MARKED or not stored:
            return dict.fromkeys(self.boxes, "") | {"mark": _MARKED.get(stored or "", "")}
        parts = (part.lstrip("0") for part in str(stored).split("-"))
        return dict(zip(self.boxes, parts, strict=True)) | {"mark": ""}

    def read(self, formdata: Any) -> dict[str, str]:
        return {box: self.part(formdata, box) for box in (*self.boxes, "mark")}

    def check(self, checker: Checker) -> tuple[Fault, ...]:
        given = [self.typed[box] for box in self.boxes]
        if any(given) and not all(given):
            return (Fault("date-incomplete"),)
        return self._marked("-".join(given) if any(given) else "", checker)


class ChoiceField(AnswerField):
    """Yes or no, or one of some options; nothing is chosen beforehand."""

    shape = "choice"

    def __init__(self, question: Question, **kwargs: Any) -> None:
        super().__init__(question, **kwargs)
        if self.attribute.kind is Kind.YES_NO:
            self.answers = {"yes": YES, "no": NO}
        else:
            self.answers = {member.id: member.label for member in self.attribute.members}
        self.marks = [UNSURE_MARK, *([NA_MARK] if question.may_not_apply else [])]

    def show(self, stored: Answer | None) -> str:
        named = {answer: id_ for id_, answer in self.answers.items()} | _MARKED
        return named.get(stored, "") if isinstance(stored, str) else ""

    def read(self, formdata: Any) -> str:
        return self.part(formdata, "")

    def check(self, checker: Checker) -> tuple[Fault, ...]:
        if not self.typed:
            return ()
        marks = {mark: _MARKS[mark] for mark in self.marks}
        self.answer = (self.answers | marks).get(self.typed)
        return () if self.answer else (Fault("unknown-choice"),)


def clean(values: Mapping[str, str]) -> Fault | None:
    """Refuse unfit characters in any of some texts."""
    return next((fault for text in values.values() if (fault := refuse(text))), None)

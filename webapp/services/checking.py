"""What people type into one field -> an answer of a company file, or what is wrong with it.

The engine's own reader of company files decides; this module only builds the smallest file that holds
the one answer, and writes what was understood in one canonical way.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from matcher.language.diagnostics import SourceError, nearest
from matcher.language.profiles import CODE, FILED, read_company
from matcher.profile import FactKey, FactValue
from matcher.values import fold
from matcher.vocabulary.model import Attribute, Kind, Vocabulary
from webapp.limits import MAX_INDUSTRIES, MAX_TEXT
from webapp.services.profiles import Facts
from webapp.services.questions import NOT_APPLICABLE, UNSURE, YEARS, Answer, Question

_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BARE_NUMBER = re.compile(r"-?[\d,]+(\.\d+)?")
_INDUSTRY_BREAK = re.compile("[;；\n]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: a stable code, the engine's sentence and repair in Chinese, near words."""

    code: str
    message: str = ""
    hint: str = ""
    member: str = ""
    near: tuple[str, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer as it is stored, what is wrong with it, and notes that do not stop it."""

    answer: Answer | None
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()


class Checker:
    """Checks the answers of one day; yearly figures are of the year before, or of ``year``."""

    def __init__(self, vocabulary: Vocabulary, filed: date, year: int | None = None) -> None:
        self.vocabulary, self.filed = vocabulary, filed
        self.year = filed.year - 1 if year is None else year

    def text(self, question: Question, typed: str) -> Checked:
        """Check what was typed for a text, number, date, region or industry."""
        attribute = question.attribute
        refused = refuse(typed)
        if refused is not None:
            return Checked(None, (refused,))
        if typed in (UNSURE, NOT_APPLICABLE):
            return Checked(typed)
        if attribute.kind is Kind.INDUSTRY:
            return self._industries(attribute, typed)
        said = self._with_unit(attribute, typed)
        if said.startswith("-") and not attribute.may_be_negative:
            return Checked(None, (Fault("negative"),))
        checked, value = self._read(attribute, said)
        if checked.faults and attribute.kind is Kind.REGION:
            return Checked(None, tuple(self._near_regions(item, typed) for item in checked.faults))
        if checked.faults or value is None:
            return checked
        return Checked(self._canonical(attribute, value), (), checked.notes)

    def member(self, attribute: Attribute, member: str, given: Answer) -> Checked:
        """Check what was said of one title, status or listing board."""
        checked, _ = self._read(attribute, {member: given})
        faults = tuple(Fault(item.code, item.message, item.hint, member) for item in checked.faults)
        return Checked(given, faults, checked.notes)

    def whole(self, facts: Facts) -> tuple[Fault, ...]:
        """Check a whole company file before it is stored."""
        try:
            read_company(dump(facts), "", self.vocabulary, self.filed)
        except SourceError as error:
            return _faults(error)
        return ()

    def _read(self, attribute: Attribute, given: Answer) -> tuple[Checked, FactValue | None]:
        file: Facts = {FILED: self.filed.isoformat()}
        period = None
        if attribute.yearly:
            period = self.year
            file[YEARS] = {str(self.year): {attribute.label: given}}
        else:
            file[attribute.label] = given
        try:
            company = read_company(dump(file), "", self.vocabulary, self.filed)
        except SourceError as error:
            return Checked(None, _faults(error, attribute.label)), None
        notes = tuple(Fault(item.code, item.message, item.hint) for item in company.warnings)
        value = company.profile.value(FactKey(attribute.label, None, period))
        return Checked(given, (), notes), value

    @staticmethod
    def _with_unit(attribute: Attribute, typed: str) -> str:
        """Add the field's unit to a bare number; a typed unit (0.3 亿元) counts as typed."""
        folded = fold(typed).replace(" ", "")
        if attribute.unit is not None and _BARE_NUMBER.fullmatch(folded):
            return f"{folded} {attribute.unit.name}"
        return folded if attribute.label == CODE else typed

    def _industries(self, attribute: Attribute, typed: str) -> Checked:
        words = [word.strip() for word in _INDUSTRY_BREAK.split(typed) if word.strip()]
        if len(words) > MAX_INDUSTRIES:
            return Checked(None, (Fault("too-many", limit=MAX_INDUSTRIES),))
        codes: list[str] = []
        faults: list[Fault] = []
        notes: list[Fault] = []
        for word in words:
            checked, value = self._read(attribute, word)
            faults += [self._near_industries(item, word) for item in checked.faults]
            notes += checked.notes
            if isinstance(value, tuple):
                codes += [code for code in value if isinstance(code, str)]
        known = [self.industry(code) for code in dict.fromkeys(codes)]
        if faults or not known:
            return Checked(None, tuple(faults) or (Fault("wrong-shape"),))
        return Checked(known[0] if len(known) == 1 else known, (), tuple(notes))

    def industry(self, code: str) -> str:
        """Write an industry so that the reader finds it again: code, then name."""
        name = self.vocabulary.industries.name(code)
        return code if name.endswith(f"({code})") else f"{code} {name}"

    def region(self, id_: str) -> str:
        """Write a region by its name, or by its code where the name is not enough."""
        name = self.vocabulary.regions.name(id_)
        found = [item.id for item in self.vocabulary.regions.find(name)]
        return name if found == [id_] else id_

    def _near_industries(self, fault: Fault, typed: str) -> Fault:
        names = {name: code for code, name in self.vocabulary.industries.names.items()}
        near = [self.industry(names[name]) for name in nearest(typed, names, 4)]
        return Fault(fault.code, fault.message, near=tuple(near))

    def _near_regions(self, fault: Fault, typed: str) -> Fault:
        regions = self.vocabulary.regions
        several = [item.id for item in regions.find(typed)]
        names = {self.region(id_): id_ for id_ in regions.by_id}
        near = [self.region(id_) for id_ in several] or nearest(typed, names, 4)
        return Fault(fault.code, fault.message, near=tuple(near))

    def _canonical(self, attribute: Attribute, value: FactValue) -> Answer:
        if attribute.kind is Kind.REGION and isinstance(value, tuple):
            (place,) = value
            return self.region(str(place))
        if attribute.kind is Kind.NUMBER and attribute.unit is not None:
            return self.vocabulary.units.show(value, attribute.unit)  # type: ignore[arg-type]
        return value.isoformat() if isinstance(value, date) else str(value)


def dump(facts: Facts) -> str:
    """Write facts as the text of a company file; JSON is YAML too."""
    return json.dumps(facts, ensure_ascii=False)


def _faults(error: SourceError, label: str = "") -> tuple[Fault, ...]:
    """Give the mistakes; the page names the question, so the sentence need not."""
    return tuple(
        Fault(item.code, item.message.removeprefix(f"{label}:"), item.hint)
        for item in error.diagnostics
    )


def refuse(typed: str) -> Fault | None:
    """Refuse text that is too long, or holds control, invisible or direction characters."""
    if len(typed) > MAX_TEXT:
        return Fault("too-long", limit=MAX_TEXT)
    if any(unicodedata.category(character) in _REFUSED for character in typed):
        return Fault("bad-text")
    return None

"""An uploaded company file -> answers as the form stores them, and what was left out.

Whatever 来源 a file claims, all of it becomes the company's own declaration: the stored answers hold
no source. What only departments can say (认定, 名单, 参数) and what was paid (已领) is left out and named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from matcher.language.diagnostics import Diagnostic, Place, Problems, SourceError, SourceFile
from matcher.language.printer import period_text
from matcher.language.profiles import FILED, read_company
from matcher.language.source import Mapping as Entries
from matcher.language.source import Node, Scalar, read_yaml
from matcher.payable.ledger import PAID
from matcher.profile import NOT_APPLICABLE, FactKey, FactValue, Profile
from matcher.proofs.companies import CompanyWriter
from matcher.tree import Days
from matcher.values import ValueFault, parse_date
from matcher.vocabulary.model import Kind, Vocabulary
from webapp.services.profiles import Facts
from webapp.services.questions import HELD, NO, SPANS, UNSURE, YEARS, YES

NOT_TAKEN = frozenset({Kind.JUDGEMENT, Kind.LIST, Kind.PARAMETER})
"""What a company's own file cannot answer: a department's finding, list or dated figure."""
_END = "有效期至"
ZIPPED = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Import:
    """What was understood of a file: answers, notes with their places, and what is left out."""

    facts: Facts
    notes: tuple[Diagnostic, ...] = ()
    left_out: tuple[str, ...] = ()


def read_text(content: bytes, name: str) -> str:
    """Decode a file; raises `SourceError` where it is not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        place = Place(SourceFile(name, ""), line, 1)
        hint = "用编辑器另存为 UTF-8"
        raise SourceError([Diagnostic("yaml", "文件不是 UTF-8 编码", place, hint)]) from error


def understand(text: str, name: str, vocabulary: Vocabulary, today: date) -> Import:
    """Read a company file in YAML or JSON; raises `SourceError` with every mistake found."""
    company = read_company(text, name, vocabulary, today)
    writer = _AnswerWriter(vocabulary, _Stated.of(text, name, vocabulary))
    facts = writer.write(company.profile, today)
    left_out = sorted(writer.left_out) + ([PAID] if company.ledger is not None else [])
    return Import(facts, company.warnings, tuple(left_out))


def merge(present: Facts, added: Facts) -> Facts:
    """Give the present answers with those of a file put in: year by year and member by member."""
    merged = deepcopy(present)
    for name, given in added.items():
        known = merged.get(name)
        if not isinstance(known, Mapping) or not isinstance(given, Mapping):
            merged[name] = deepcopy(given)
        elif name in (YEARS, SPANS):
            merged[name] = {**known, **{p: {**known.get(p, {}), **given[p]} for p in given}}
        else:
            merged[name] = {**known, **given}
    return merged


def as_yaml(facts: Facts) -> str:
    """Write answers as a company file for people, which reads back the same."""
    return str(yaml.safe_dump(facts, allow_unicode=True, sort_keys=False, width=1000))


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a file itself says: the attributes it names (the reader presumes others) and its dates."""

    attributes: frozenset[str]
    days: frozenset[str]

    @classmethod
    def of(cls, text: str, name: str, vocabulary: Vocabulary) -> _Stated:
        node = read_yaml(text, name, Problems())
        keys = [key.text for key, _ in node.pairs] if isinstance(node, Entries) else []
        found = (vocabulary.attribute(key) for key in keys)
        labels = frozenset(attribute.label for attribute in found if attribute is not None)
        return cls(labels, frozenset(_days(node)))


def _days(node: Node | None) -> Iterator[str]:
    if isinstance(node, Scalar):
        with suppress(ValueFault):
            yield parse_date(node.text).isoformat()
    elif isinstance(node, Entries):
        for _, value in node.pairs:
            yield from _days(value)
    elif node is not None:
        for item in node:
            yield from _days(item)


class _AnswerWriter:
    """Writes the facts of a profile the way the form stores its answers."""

    def __init__(self, vocabulary: Vocabulary, stated: _Stated) -> None:
        self.vocabulary, self.stated = vocabulary, stated
        self.values = CompanyWriter(vocabulary)
        self.left_out: set[str] = set()
        self.written: Facts = {}

    def write(self, profile: Profile, today: date) -> Facts:
        """Write all facts and all 不清楚; the profile is filed today, when the company says so."""
        self.written = {FILED: today.isoformat()}
        for key, fact in profile.facts.items():
            self._keep(key, self._value(key, fact.value))
        for key in profile.unsure:
            self._keep(key, UNSURE)
        labels = [FILED, *self.vocabulary.attributes, YEARS, SPANS]
        return {label: self.written[label] for label in labels if label in self.written}

    def _keep(self, key: FactKey, value: Any) -> None:
        attribute = self.vocabulary.attributes[key.attribute]
        if attribute.kind in NOT_TAKEN:
            self.left_out.add(attribute.label)
            return
        if attribute.presumed and attribute.label not in self.stated.attributes:
            return
        place = self.written
        if isinstance(key.period, int):
            place = place.setdefault(YEARS, {}).setdefault(str(key.period), {})
        elif isinstance(key.period, Days):
            place = place.setdefault(SPANS, {}).setdefault(period_text(key.period), {})
        if key.member is None:
            place[key.attribute] = value
        else:
            place.setdefault(key.attribute, {})[key.member] = value

    def _value(self, key: FactKey, value: FactValue) -> Any:
        attribute = self.vocabulary.attributes[key.attribute]
        if attribute.kind is Kind.NUMBER and attribute.unit and value is not NOT_APPLICABLE:
            # The form shows a figure in its own unit.
            return self.vocabulary.units.show(value, attribute.unit)  # type: ignore[arg-type]
        if attribute.kind is Kind.SET and isinstance(value, bool):
            return YES if value else NO
        written = self.values.value(key, value)
        if attribute.kind is Kind.TITLES and isinstance(written, Mapping):
            # The reader adds the end of a title's term by itself, and that term may change later.
            days = self.stated.days
            return {k: v for k, v in written.items() if k != _END or v in days} or HELD
        return written

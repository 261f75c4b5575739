"""What each column of a registry means: proposed by its name, corrected by a person, written as a mapping file.

A column's meaning is said in words, ``2024年营业收入`` or ``高新技术企业有效期至``, and read like the name of a column;
an empty meaning leaves the column out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from matcher.language.answers import CODE
from matcher.language.diagnostics import SourceError, nearest
from matcher.layout import WHOLE
from matcher.registry.columns import (
    LAYERS,
    MappedColumn,
    clashes,
    is_yearly,
    may_attest,
)
from matcher.registry.headers import Headers, Named
from matcher.registry.mapping import read_mapping_file
from matcher.registry.recognise import part_label, recognise, suggested
from matcher.registry.sources import SourceColumn
from matcher.registry.synonyms import Meaning, RegistryWords, plain
from matcher.vocabulary.model import Kind, Vocabulary

_NEAR = 3
TEMPLATE = (
    "统一社会信用代码",
    "企业名称",
    "注册地",
    "成立日期",
    "行业",
    "营业收入(万元)",
    "从业人员",
    "研发费用(万元)",
    "研发人员",
    "科技型中小企业有效期至",
    "高新技术企业有效期至",
    "创新型中小企业有效期至",
    "专精特新中小企业有效期至",
    "专精特新小巨人有效期至",
    "严重违法失信名单",
    "失信被执行人",
)
"""The columns of the template that people fill in: what many measures ask for, under names that are certain."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a column is said to mean; ``unit`` is "" where its name or its fact leaves no doubt."""

    column: str
    meaning: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What is said of a registry: its columns, whose data these are ("" for nobody's) and as of which day."""

    columns: tuple[Choice, ...]
    custodian: str = ""
    noted_on: date | None = None

    def to_json(self) -> str:
        """Write the choices as a run keeps them."""
        told = {
            "columns": [[one.column, one.meaning, one.unit] for one in self.columns],
            "custodian": self.custodian,
            "noted_on": self.noted_on.isoformat() if self.noted_on else None,
        }
        return json.dumps(told, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Choices:
        """Read what `to_json` wrote."""
        told = json.loads(text)
        day = told["noted_on"]
        return cls(
            tuple(Choice(*one) for one in told["columns"]),
            told["custodian"],
            date.fromisoformat(day) if day else None,
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the names of the columns say: choices, and for columns left out what they may be."""

    choices: tuple[Choice, ...]
    likely: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something to change: at which column ("" for none in particular), and a code with what it is about.

    Without a code ``said`` is a sentence of its own.
    """

    column: str
    code: str
    said: str


class Reader:
    """Reads and writes meanings of columns under one vocabulary."""

    def __init__(self, vocabulary: Vocabulary, words: RegistryWords) -> None:
        self.vocabulary, self.words = vocabulary, words
        self.headers = Headers(vocabulary, words)
        self._own: dict[str, str] | None = None

    def read(self, text: str) -> Named | None:
        """Read a meaning in words; None where it names no fact."""
        return self.headers.read(text)

    def near(self, text: str) -> list[str]:
        """Give the facts whose names are most like a text."""
        found = (
            self.word(self.headers.spellings()[one])
            for one in nearest(plain(text), self.headers.spellings())
        )
        return list(dict.fromkeys(one for one in found if one))[:_NEAR]

    def propose(self, columns: Sequence[SourceColumn]) -> Proposal:
        """Propose what columns mean: what is certain as choices, what is likely apart."""
        mapped, unused = recognise(columns, self.vocabulary, self.words, None)
        second = {id(later) for _, later in clashes(mapped)}
        meant: dict[str, Choice] = {}
        for column in mapped:
            if id(column) not in second:
                unit = column.unit.name if column.unit else ""
                meant |= {
                    name: Choice(name, self._said(name, column), unit) for name in column.names
                }
        likely = {
            one.column: word
            for one in suggested(unused, self.vocabulary, self.words)
            if (word := self.word(one.meaning))
        }
        return Proposal(tuple(meant.get(one.name, Choice(one.name)) for one in columns), likely)

    def word(self, meaning: Meaning) -> str:
        """Say a meaning in words that are read back as the same; "" where there are none."""
        member, part = meaning.member, part_label(meaning) if meaning.part else ""
        bases = [meaning.attribute.label]
        if member is not None:
            bases = [member.label, f"{meaning.attribute.label}{member.label}"]
        for base in bases:
            for text in (f"{base}{part}", f"{base}{part}日期"):
                found = self.headers.read(text)
                if found is not None and _about(found.meaning) == _about(meaning):
                    return text
        return ""

    def units(self, named: Named) -> list[str]:
        """Give the units among which a person chooses: none where only one makes sense."""
        unit = named.meaning.attribute.unit
        if (
            unit is None
            or named.meaning.attribute.kind is not Kind.NUMBER
            or unit.dimension in WHOLE
        ):
            return []
        return list(self.vocabulary.units.names(unit.dimension))

    def known(self) -> dict[str, str]:
        """Give every meaning that can be said, with the group of the form that its fact belongs to."""
        if self._own is None:
            found: dict[str, str] = {}
            for meaning in self._meanings():
                word = self.word(meaning)
                if word:
                    found.setdefault(word, meaning.attribute.group)
            self._own = found
        return self._own

    def _meanings(self) -> Iterator[Meaning]:
        seen = set()
        for meaning in self.headers.spellings().values():
            for one in (replace(meaning, part="", layer="", second=False, lenient=False), meaning):
                if _about(one) not in seen:
                    seen.add(_about(one))
                    yield one
                if one.attribute.kind is Kind.TITLES and one.member is not None:
                    yield replace(one, part="from")
                    yield replace(one, part="to")

    def _said(self, name: str, column: MappedColumn) -> str:
        """Say what a column of a certain name means: in our words, or in its own where only these say it whole."""
        if len(column.names) > 1:
            return name
        word = self.word(Meaning(column.attribute, column.member, column.part))
        if column.year is not None and word:
            word = f"{column.year}年{word}"
        return word or name

    # --- the mapping file ------------------------------------------------------------------------------

    def mapping_text(self, choices: Choices) -> str:
        """Write the mapping file of choices: one fact a line, as JSON, which is YAML too."""
        return self._written(choices)[0]

    def mistakes(
        self, choices: Choices, columns: Sequence[SourceColumn], as_of: date
    ) -> list[Mistake]:
        """Give everything that has to be changed before the choices can be used."""
        found = [one for choice in choices.columns for one in self._doubts(choice)]
        named = [self.read(one.meaning) for one in choices.columns]
        if not any(one is not None and one.meaning.attribute.label == CODE for one in named):
            found.insert(0, Mistake("", "code_missing", ""))
        if found:
            return found
        text, places = self._written(choices)
        try:
            read_mapping_file(text, "", columns, self.vocabulary, self.words, as_of)
        except SourceError as error:
            for one in error.diagnostics:
                line = one.place.line - 2 if one.place else -1
                column = places[line] if 0 <= line < len(places) else ""
                found.append(
                    Mistake(column, "", f"{one.message}。{one.hint}" if one.hint else one.message)
                )
        return found

    def _doubts(self, choice: Choice) -> Iterator[Mistake]:
        said = choice.meaning.strip()
        if not said:
            return
        named = self.read(said)
        if named is None:
            yield Mistake(choice.column, "meaning_unknown", "、".join(self.near(said)))
        elif self.units(named) and not (choice.unit or named.unit):
            yield Mistake(choice.column, "unit_missing", named.meaning.attribute.label)

    def _written(self, choices: Choices) -> tuple[str, list[str]]:
        """Write the mapping file; gives the column of each line of facts too, from the second line on."""
        read = [(one, self.read(one.meaning)) for one in choices.columns]
        layers: dict[str, dict[str, str]] = {}
        for one, named in read:
            if named is not None and named.meaning.layer:
                own = layers.setdefault(named.meaning.attribute.label, {})
                own.setdefault(named.meaning.layer, one.column)
        lines, places = ["列:"], []
        for one, named in read:
            if named is None:
                continue
            own = layers.get(named.meaning.attribute.label, {})
            joined = [own[layer] for layer in LAYERS if layer in own]
            if named.meaning.layer and one.column in joined[1:]:
                continue  # it stands in the line of the widest
            names = joined if named.meaning.layer and one.column in joined else [one.column]
            entry = self._entry(one, names, named, choices)
            lines.append(f"  - {json.dumps(entry, ensure_ascii=False)}")
            places.append(one.column)
        left_out = [one.column for one, named in read if named is None]
        lines.append(f"忽略: {json.dumps(left_out, ensure_ascii=False)}")
        if choices.noted_on:
            lines.append(f"填报日期: {choices.noted_on.isoformat()}")
        return "\n".join(lines) + "\n", places

    def _entry(
        self, one: Choice, names: Sequence[str], named: Named, choices: Choices
    ) -> dict[str, Any]:
        meaning = named.meaning
        entry: dict[str, Any] = {
            "列": names[0] if len(names) == 1 else list(names),
            "指标": meaning.attribute.label,
        }
        if meaning.member is not None:
            entry["项"] = meaning.member.label
        if meaning.part:
            entry["部分"] = part_label(meaning)
        if named.year is not None and is_yearly(meaning.attribute):
            entry["年度"] = str(named.year)
        unit = one.unit or (named.unit.name if named.unit else "")
        if unit and self.units(named):
            entry["单位"] = unit
        if meaning.lenient:
            entry["读不懂时"] = "未知"
        if self._keeps(choices.custodian, meaning) and choices.noted_on:
            entry["来源"], entry["日期"] = choices.custodian, choices.noted_on.isoformat()
        return entry

    def _keeps(self, custodian: str, meaning: Meaning) -> bool:
        """Say whether a department vouches for a fact: only for what it keeps itself."""
        if not custodian:
            return False
        attribute, member = meaning.attribute, meaning.member
        column = MappedColumn(("",), attribute, member, source=custodian)
        members = attribute.members if column.is_list else (member,)
        label = member.label if member else None
        if attribute.kind is Kind.JUDGEMENT:
            return self.vocabulary.custodian(attribute.label, label)[0] == custodian
        return any(may_attest(column, one, self.vocabulary) for one in members)


def words_of(one: Mistake, text: Callable[..., str]) -> str:
    """Put a mistake into a sentence; ``text`` gives the program's texts by their keys."""
    if not one.code:
        return one.said
    key = f"batches.wrong.{one.code}"
    return text(
        f"{key}.plain" if one.code == "meaning_unknown" and not one.said else key, said=one.said
    )


def _about(meaning: Meaning) -> tuple[str, str | None, str]:
    member = meaning.member.label if meaning.member else None
    return meaning.attribute.label, member, meaning.part

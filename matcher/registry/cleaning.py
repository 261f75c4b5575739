"""Raw rows -> rows of a facts table (`matcher.layout`), with a reason for every row that is refused.

The facts are those that a company file of the same content gives (`matcher.language.profiles`): unknown
stays unknown, and nothing is guessed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Protocol

import polars as pl

from matcher.holdings import Holdings
from matcher.language.answers import CODE as CODE_LABEL
from matcher.language.profiles import NAME as NAME_LABEL
from matcher.layout import BRANCH, CODE, NAME, ROW, Layout, Stored, column_name
from matcher.profile import FactKey
from matcher.registry.amounts import NumberReader
from matcher.registry.cells import Batch, saying
from matcher.registry.codes import read_codes
from matcher.registry.columns import MappedColumn, RegistryMapping, may_attest, needs_member
from matcher.registry.completing import (
    VOUCHED,
    Columns,
    Facts,
    Lists,
    Shared,
    parameters,
    presumptions,
)
from matcher.registry.lists import ListReader
from matcher.registry.members import Fact, make_fact
from matcher.registry.places import Dictionary, TreeReader
from matcher.registry.plausible import Parts
from matcher.registry.series import TYPES, constant, nulled
from matcher.registry.simple import has_na, read_text, reader_of
from matcher.tree import State
from matcher.vocabulary.model import Attribute, Kind, Member, Vocabulary

if TYPE_CHECKING:
    from matcher.registry.sources import Chunk

_LEGAL_FORM, _BRANCH_FORM = "企业类型", "分支机构"
_TREES = (Kind.REGION, Kind.INDUSTRY)
UNTRUSTED = "没有写来源,认定不算数"


@dataclass(frozen=True)
class Cleaned:
    """A chunk of the facts table, a row for each input row, and what was wrong.

    ``faults`` has the columns row_number, column, value, reason, repair; a row with a fault is not to
    be used. ``warnings`` counts rows by sentence.
    """

    facts: pl.DataFrame
    faults: pl.DataFrame
    warnings: dict[str, int]


class Reader(Protocol):
    """Reads one column into the columns of its fact, by part."""

    def read(self, batch: Batch) -> Columns:
        """Read the cells of a chunk."""


class Step(Protocol):
    """Adds facts that no column gives."""

    facts: Facts

    def fill(self, batch: Batch, columns: Columns) -> None:
        """Fill their columns for a chunk."""


THREADS = min(4, os.cpu_count() or 1)


class Cleaner:
    """Turns chunks of one registry into facts.

    The layout is complete from the start; only its dictionaries grow as chunks are cleaned, and the
    number of a value never changes.
    """

    def __init__(
        self,
        mapping: RegistryMapping,
        vocabulary: Vocabulary,
        as_of: date,
        holdings: Holdings | None = None,
    ) -> None:
        self.mapping, self.vocabulary, self.words = mapping, vocabulary, mapping.words
        self.day = mapping.filed or as_of
        self.facts: Facts = {}
        self.dictionaries = {
            label: Dictionary()
            for label, attribute in vocabulary.attributes.items()
            if attribute.kind in _TREES
        }
        self.readers: list[tuple[Stored, Reader]] = []
        self.lists: list[ListReader] = []
        self.members: list[tuple[Stored, Fact, list[ListReader]]] = []
        columns = [c for c in mapping.columns if self._counts(c)]
        self._text(columns)
        self._plain(columns)
        self._members(columns)
        self.steps: list[Step] = []
        shared = [*mapping.shared, *parameters(holdings, vocabulary, as_of)]
        self._step(Parts(columns, self.facts, vocabulary))
        self._step(Shared(shared, vocabulary, self.dictionaries))
        self._step(Lists(holdings, vocabulary, as_of, self.facts))
        for step in presumptions(vocabulary, self.facts, columns):
            self._step(step)

    @property
    def layout(self) -> Layout:
        """The facts that the table has columns for, and the values met so far."""
        values = {label: d.values for label, d in self.dictionaries.items() if d.codes}
        return Layout(self.facts, self.mapping.filed, values)

    @property
    def code_column(self) -> str:
        """The input column that holds the credit code."""
        return self.code.name

    def restore(self, dictionaries: Mapping[str, Iterable[Sequence[str]]]) -> None:
        """Go on with the values that an interrupted run had numbered."""
        for label, values in dictionaries.items():
            self.dictionaries[label].codes = Dictionary(values).codes

    # --- what the columns say --------------------------------------------------------------------

    def _counts(self, column: MappedColumn) -> bool:
        """Leave out judgements that no department stands for."""
        return column.attribute.kind is not Kind.JUDGEMENT or bool(column.source)

    def _text(self, columns: list[MappedColumn]) -> None:
        by_label = {c.attribute.label: c for c in columns if c.attribute.kind is Kind.TEXT}
        # A row without a code is no company, however unreadable cells are to be taken.
        self.code = replace(by_label[CODE_LABEL], lenient=False)
        self.name = by_label.get(NAME_LABEL)
        for column, name in ((self.code, CODE), (self.name, NAME)):
            if column is not None:
                self.facts[column.key] = self._stored(name, column, None)

    def _plain(self, columns: list[MappedColumn]) -> None:
        for column in columns:
            attribute = column.attribute
            if needs_member(attribute) or attribute.kind is Kind.TEXT:
                continue
            parts = {"na"} if has_na(attribute, column.types) else set()
            if attribute.kind is Kind.RANK:
                parts.add("total")
            name = column_name(column.key, self.vocabulary)
            stored = self._stored(name, column, None, frozenset(parts))
            self.facts[column.key] = stored
            self.readers.append((stored, self._reader(column)))

    def _reader(self, column: MappedColumn) -> Reader:
        kind = column.attribute.kind
        if kind is Kind.NUMBER:
            return NumberReader(column, self.vocabulary, self.words)
        if kind in _TREES:
            dictionary = self.dictionaries[column.attribute.label]
            return TreeReader(column, self.vocabulary, self.words, dictionary)
        return reader_of(column, self.words, self.day)

    def _members(self, columns: list[MappedColumn]) -> None:
        lists = {}
        grouped: dict[FactKey, list[MappedColumn]] = {}
        for column in columns:
            if column.is_list:
                reader = ListReader(column, self.vocabulary, self.words)
                lists[column.attribute.label] = reader
                self.lists.append(reader)
                for member in column.attribute.members:
                    grouped.setdefault(FactKey(column.attribute.label, member.label), [])
            elif column.member is not None:
                grouped.setdefault(column.key, []).append(column)
        for key, own in grouped.items():
            attribute = self.vocabulary.attributes[key.attribute]
            named = attribute.member(key.member or "")
            assert named is not None
            self._member(attribute, named, own, lists.get(key.attribute))

    def _member(
        self,
        attribute: Attribute,
        member: Member,
        own: list[MappedColumn],
        listed: ListReader | None,
    ) -> None:
        columns = [*own, *([listed.column] if listed else [])]
        # The fact is noted when its own columns are: all of one fact have one source.
        day = columns[0].noted_on or self.day
        fact = make_fact(
            own, attribute, member, self.words, self.vocabulary, day, listed is not None
        )
        key = FactKey(attribute.label, member.label)
        name = column_name(key, self.vocabulary)
        stored = self._stored(name, columns[0], member, fact.parts)
        if attribute.kind is Kind.ACTIVITIES and stored.attested:
            # 打算 is always the company's own word, whoever passes it on.
            vouched = name + VOUCHED
            stored = Stored(name, fact.parts, False, vouched, stored.source)
        self.facts[key] = stored
        self.members.append((stored, fact, [listed] if listed else []))

    def _stored(
        self,
        name: str,
        column: MappedColumn,
        member: Member | None,
        parts: frozenset[str] = frozenset(),
    ) -> Stored:
        attested = may_attest(column, member, self.vocabulary)
        return Stored(name, parts, attested, source=column.source if attested else "")

    def _step(self, step: Step) -> None:
        self.steps.append(step)
        self.facts |= step.facts

    # --- one chunk -------------------------------------------------------------------------------

    def clean(self, chunk: Chunk) -> Cleaned:
        """Clean a chunk: every input row gives one row of facts, and a fault for all that is wrong."""
        height = chunk.frame.height
        rows = pl.int_range(chunk.first_row, chunk.first_row + height, dtype=pl.Int64, eager=True)
        batch = Batch(chunk.frame, rows, self.words)
        columns: Columns = {ROW: rows, CODE: read_codes(self.code, batch)}
        columns[NAME] = (
            read_text(self.name, batch) if self.name else constant(None, height, pl.String)
        )
        for stored, reader in self.readers:
            self._keep(columns, stored, reader.read(batch))
        self._read_members(batch, columns)
        for step in self.steps:
            step.fill(batch, columns)
        columns[BRANCH] = self._branches(columns)
        for column in self.mapping.columns:
            if not self._counts(column):
                cells = batch.cells(column)
                blank = saying(cells, self.words.blanks, any_case=True) | cells.is_null()
                batch.warn(column, UNTRUSTED, int((~blank).sum()))
        warnings = dict(sorted(batch.warnings.items()))
        return Cleaned(self._table(columns, height), batch.all_faults(), warnings)

    @staticmethod
    def _keep(columns: Columns, stored: Stored, read: Columns) -> None:
        columns[stored.name] = read[""]
        for part in stored.parts & set(read):
            columns[stored.part(part)] = read[part]

    def _read_members(self, batch: Batch, columns: Columns) -> None:
        numbers = {id(reader): reader.read(batch) for reader in self.lists}

        def read(one: tuple[Stored, Fact, list[ListReader]]) -> Columns:
            _, fact, lists = one
            listed = next((r.of(fact.member, numbers[id(r)]) for r in lists), None)
            return fact.read(batch, listed)

        # Polars leaves the interpreter free while it works, so facts are read side by side.
        with ThreadPoolExecutor(THREADS) as readers:
            answers = list(readers.map(read, self.members))
        for (stored, _, _), answer in zip(self.members, answers, strict=True):
            self._keep(columns, stored, answer)
            if stored.attested_name:
                state = columns[stored.name]
                columns[stored.attested_name] = nulled(state, state == State.PLANNED.value)

    def _branches(self, columns: Columns) -> pl.Series:
        """Flag branches by the ending of their name or by their legal form."""
        endings = "|".join(map(re.escape, self.words.branch_endings))
        named = columns[NAME].str.contains(f"(?:{endings})(?:[(\uff08].*[)\uff09])?$")
        stored = self.facts.get(FactKey(_LEGAL_FORM))
        if not endings:
            named = named & False
        if stored is None:
            return named
        members = self.vocabulary.attributes[_LEGAL_FORM].members
        place = next(n for n, member in enumerate(members) if member.label == _BRANCH_FORM)
        formed = columns[stored.name] == place
        # A name says yes or no by itself; an unknown form does not make it unknown.
        unknown = named.is_null() & formed.is_null()
        return nulled(named.fill_null(False) | formed.fill_null(False), unknown)

    def _table(self, columns: Columns, height: int) -> pl.DataFrame:
        kinds = self.layout.columns(self.vocabulary)
        return pl.DataFrame(
            {
                name: columns[name].cast(TYPES[kind])
                if name in columns
                else constant(None, height, TYPES[kind])
                for name, kind in kinds.items()
            }
        )

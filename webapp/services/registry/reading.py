"""A custodian's file -> lines of what it says of companies, and what is wrong with each line.

A table (CSV, XLSX, Parquet) is mapped and cleaned like a registry of a batch; a company file (YAML or
JSON, one company or a list of them) and the filled workbook of the portal are read as they always are.
Only what the custodian keeps is attested; what else the file says is reported by it, and named.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from matcher.catalogue import Catalogue
from matcher.language.answers import CODE, Channel
from matcher.language.diagnostics import Diagnostic, Problems, SourceError
from matcher.language.printer import period_text
from matcher.language.profiles import NAME, read_company
from matcher.language.source import Mapping, Node, Scalar, Sequence, read_yaml
from matcher.layout import CODE as CODE_COLUMN
from matcher.layout import NAME as NAME_COLUMN
from matcher.layout import ROW
from matcher.profile import Activity, Fact, FactKey, Profile
from matcher.proofs.companies import CompanyWriter
from matcher.registry.batch import Request, mapping_of
from matcher.registry.cleaning import Cleaner
from matcher.registry.codes import fold_one
from matcher.registry.columns import MappedColumn, RegistryMapping
from matcher.registry.completing import Presumed
from matcher.registry.encoding import decode
from matcher.registry.faults import RegistryFault
from matcher.registry.sources import Chunk, Source
from matcher.tree import Days, State
from matcher.vocabulary.model import Vocabulary
from webapp.services.questions import Questionnaire
from webapp.services.registry.facts import DECISIONS
from webapp.services.registry.learning import Told
from webapp.services.spreadsheet import Busy
from webapp.services.spreadsheet import read as read_template

CHUNK = 5_000
"""Rows that are cleaned at a time."""
MAX_FILE = 8 * 2**20
"""A company file or workbook; a table may be larger, it is read in pieces."""
COMPANY_FILES = (".yaml", ".yml", ".json")
_QUOTED = re.compile("“([^”]*)”")
_CODE_COLUMN = "统一社会信用代码"


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in a row: its number, the column, the value as it came, the reason and the repair."""

    row: int
    column: str
    value: str
    reason: str
    repair: str


@dataclass(frozen=True, slots=True)
class Line:
    """What one row says of one company."""

    row: int
    code: str
    name: str
    facts: tuple[Told, ...]


@dataclass
class Lines:
    """Consecutive rows: those that can be used, and the faults of the others."""

    first: int
    last: int
    good: list[Line]
    faults: list[RowFault]
    warnings: Counter[str] = field(default_factory=Counter)

    def cut(self, rows: int, facts: int, done: int) -> Iterator[Lines]:
        """Cut into pieces of at most so many rows, and facts beyond one row; one piece ends at ``done``."""
        told = {line.row: len(line.facts) for line in self.good}
        first, said = self.first, 0
        for row in range(self.first, self.last + 1):
            said += told.get(row, 0)
            following = said + told.get(row + 1, 0)
            if row in (done, self.last) or row - first + 1 == rows or following > facts:
                yield self._part(first, row)
                first, said = row + 1, 0

    def _part(self, first: int, last: int) -> Lines:
        good = [line for line in self.good if first <= line.row <= last]
        faults = [fault for fault in self.faults if first <= fault.row <= last]
        warnings = self.warnings if first == self.first else Counter()
        return Lines(first, last, good, faults, Counter(warnings))


class Teller:
    """Turns facts of a profile into what a custodian tells: attested only what it keeps."""

    def __init__(self, custodian: str, vocabulary: Vocabulary) -> None:
        self.custodian, self.vocabulary = custodian, vocabulary
        self.writer = CompanyWriter(vocabulary)
        self.reported: set[str] = set()
        self.left_out: set[str] = set()
        self._kept: dict[tuple[str, str | None], bool] = {}
        self._own: dict[str, bool] = {"": True}

    def tell(self, facts: Iterable[tuple[FactKey, Fact]]) -> tuple[Told, ...]:
        """Give what is told; facts that only decisions answer are left out and named."""
        told = []
        for key, fact in facts:
            if key.attribute in DECISIONS:
                self.left_out.add(key.attribute)
                continue
            attested = self.attests(key, fact)
            if not attested and key.attribute in (CODE, NAME):
                continue  # every file names its companies; that tells nothing new
            if not attested:
                self.reported.add(key.attribute)
            told.append(self._told(key, fact, attested))
        return tuple(told)

    def attests(self, key: FactKey, fact: Fact) -> bool:
        """Say whether the custodian vouches for a fact; 打算 is always the company's own word."""
        about, source = key[:2], fact.source
        if about not in self._kept:
            self._kept[about] = self.vocabulary.custodian(*about) == (self.custodian, True)
        if source not in self._own:
            self._own[source] = self.vocabulary.department(source) == self.custodian
        planned = isinstance(fact.value, Activity) and fact.value.state is State.PLANNED
        return self._kept[about] and self._own[source] and not planned

    def _told(self, key: FactKey, fact: Fact, attested: bool) -> Told:
        period = key.period
        said = period_text(period) if isinstance(period, Days) else str(period or "")
        value = json.dumps(self.writer.value(key, fact.value), ensure_ascii=False)
        return Told(key.attribute, key.member or "", said, value, attested)


class TableReading:
    """A table, mapped and cleaned chunk by chunk."""

    def __init__(
        self,
        source: Source,
        catalogue: Catalogue,
        rules: Path,
        custodian: str,
        as_of: date,
        mapping: Path | None,
    ) -> None:
        request = Request(source.name, Path(), as_of, mapping)
        self.text, read = mapping_of(request, source, catalogue, rules)
        self.teller = Teller(custodian, catalogue.vocabulary)
        self.source, self.vocabulary = source, catalogue.vocabulary
        self.mapping = self._attested(read, custodian, as_of)
        self.registers, self.notes = read.registers, read.notes
        self.cleaner = Cleaner(self.mapping, self.vocabulary, as_of)
        # What goes without saying is said again whenever facts are read; the file does not say it.
        self.cleaner.steps = [s for s in self.cleaner.steps if not isinstance(s, Presumed)]
        said = {column.attribute.label for column in self.mapping.columns}
        self.said = said | {key.attribute for key, _ in self.mapping.shared}

    def _attested(self, mapping: RegistryMapping, custodian: str, as_of: date) -> RegistryMapping:
        """Put the custodian in place of any source that the mapping names."""
        columns: list[MappedColumn] = []
        for column in mapping.columns:
            if column.attribute.label in DECISIONS:
                self.teller.left_out.add(column.attribute.label)
                continue
            noted = column.noted_on or as_of
            columns.append(replace(column, source=custodian, noted_on=noted))
        return replace(mapping, columns=tuple(columns))

    def lines(self) -> Iterator[Lines]:
        """Give the lines of the table in order."""
        for chunk in self.source.chunks(CHUNK):
            yield self._lines(chunk)

    def _lines(self, chunk: Chunk) -> Lines:
        cleaned = self.cleaner.clean(chunk)
        faults = [
            RowFault(row, column, value or "", reason, repair or "")
            for row, column, value, reason, repair in cleaned.faults.iter_rows()
        ]
        bad = {fault.row for fault in faults}
        usable = cleaned.facts.filter(~pl.col(ROW).is_in(sorted(bad)))
        head = usable.select(ROW, CODE_COLUMN, NAME_COLUMN).iter_rows()
        good = [
            Line(row, code, name or "", tuple(told))
            for (row, code, name), told in zip(head, self._told(usable), strict=True)
        ]
        last = chunk.first_row + chunk.frame.height - 1
        return Lines(chunk.first_row, last, good, faults, Counter(cleaned.warnings))

    def _told(self, facts: pl.DataFrame) -> list[list[Told]]:
        """Give what each row tells, fact by fact: the same cells of one fact always tell the same."""
        told: list[list[Told]] = [[] for _ in range(facts.height)]
        layout = self.cleaner.layout
        for key, stored in layout.facts.items():
            if key.attribute not in self.said:
                continue
            parts = (stored.part(part) for part in sorted(stored.parts))
            named = (stored.name, *parts, stored.attested_name)
            names = [name for name in named if name]
            own = replace(layout, facts={key: stored})
            heard: dict[tuple[Any, ...], tuple[Told, ...]] = {}
            for said, cells in zip(told, facts.select(names).iter_rows(), strict=True):
                if cells not in heard:
                    row = dict(zip(names, cells, strict=True))
                    heard[cells] = self.teller.tell(decode(row, own, self.vocabulary).facts.items())
                said += heard[cells]
        return told


class FileReading:
    """A company file with one company or a list of them; an item is a row."""

    registers = False
    text = ""
    notes: tuple[str, ...] = ()

    def __init__(
        self, path: Path, given: str, catalogue: Catalogue, custodian: str, as_of: date
    ) -> None:
        self.vocabulary, self.as_of = catalogue.vocabulary, as_of
        self.teller = Teller(custodian, catalogue.vocabulary)
        problems = Problems()
        node = read_yaml(_text(path, given), given, problems, MAX_FILE)
        problems.raise_if_any()
        items = list(node) if isinstance(node, Sequence) else [node]
        if not items or not all(isinstance(item, Mapping) for item in items):
            raise RegistryFault(f"{given}:应写成一家企业的“指标: 值”,或由这样的企业组成的列表")
        self.items = [plain(item) for item in items if isinstance(item, Mapping)]

    def lines(self) -> Iterator[Lines]:
        """Give the companies in pieces."""
        for first in range(0, len(self.items), CHUNK):
            piece = self.items[first : first + CHUNK]
            lines = Lines(first + 1, first + len(piece), [], [])
            for row, item in enumerate(piece, first + 1):
                read_into(lines, row, item, self.teller, self.as_of)
            yield lines


class TemplateReading(FileReading):
    """The filled workbook of the portal: one company; a cell that is wrong is left out and named."""

    def __init__(
        self, path: Path, given: str, catalogue: Catalogue, custodian: str, as_of: date
    ) -> None:
        self.vocabulary, self.as_of = catalogue.vocabulary, as_of
        self.teller = Teller(custodian, catalogue.vocabulary)
        content = _bytes(path, given)
        try:
            sheet = read_template(content, given, Questionnaire(self.vocabulary), as_of, {})
        except Busy as busy:
            raise RegistryFault(f"{given}:正在读取的工作簿太多,请稍后再试") from busy
        self.items = [dict(sheet.facts)]
        self.wrong = [
            RowFault(1, f"{one.about}({one.cell})", "", one.fault.message, one.fault.hint)
            for one in sheet.faults
        ]

    def lines(self) -> Iterator[Lines]:
        """Give the one company; its wrong cells are told, its others count."""
        for lines in super().lines():
            lines.faults += self.wrong
            yield lines


def read_into(lines: Lines, row: int, item: dict[str, Any], teller: Teller, as_of: date) -> None:
    """Read one company of a file into lines: as a good one, or as the faults it has."""
    code = fold_one(str(item.get(CODE) or item.get("credit_code") or ""))
    if not code:
        missing = "没有统一社会信用代码"
        lines.faults.append(RowFault(row, _CODE_COLUMN, "", missing, "补上 18 位代码"))
        return
    item = {**item, "来源": teller.custodian}
    text = json.dumps(item, ensure_ascii=False)
    channel = Channel(frozenset({teller.custodian}))
    try:
        company = read_company(text, "", teller.vocabulary, as_of, channel)
    except SourceError as error:
        lines.faults += [_fault(row, one) for one in error.diagnostics]
        return
    facts = stated(company.profile, item, teller.vocabulary)
    name = company.profile.text(NAME)
    lines.good.append(Line(row, code, name, teller.tell(facts)))


def stated(
    profile: Profile, item: Iterable[str], vocabulary: Vocabulary
) -> list[tuple[FactKey, Fact]]:
    """Give the facts that a file itself states by its keys, without what goes unsaid."""
    named = (vocabulary.attribute(key) for key in item)
    labels = {attribute.label for attribute in named if attribute is not None}
    facts = []
    for key, fact in profile.facts.items():
        attribute = vocabulary.attributes[key.attribute]
        if attribute.presumed and attribute.label not in labels:
            continue
        facts.append((key, fact))
    return facts


def _fault(row: int, wrong: Diagnostic) -> RowFault:
    attribute, colon, reason = wrong.message.partition(":")
    column = attribute if colon else ""
    quoted = _QUOTED.findall(wrong.message)  # messages quote the value as it came, last of all
    value = quoted[-1] if quoted else ""
    return RowFault(row, column, value, reason if colon else wrong.message, wrong.hint)


def plain(node: Node) -> Any:
    """Give a node of a file as plain values; every scalar is a text."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.pairs}
    return [plain(item) for item in node]


def _bytes(path: Path, given: str) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise RegistryFault(f"{given}:文件超过 {MAX_FILE // 2**20} MiB,请拆开或改用 CSV")
        return path.read_bytes()
    except OSError as error:
        raise RegistryFault(f"{given}:读不到文件({error.strerror})。请核对路径和权限") from error


def _text(path: Path, given: str) -> str:
    try:
        return _bytes(path, given).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RegistryFault(f"{given}:不是 UTF-8 编码,请另存为 UTF-8") from error

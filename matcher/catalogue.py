"""Everything a rules folder holds, read, checked and compiled: vocabulary, documents, measures.

``load`` reads it anew; `matcher.cache` keeps the result between runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from matcher.documents.benefits import check_groups
from matcher.documents.history import check_history
from matcher.documents.load import DOCUMENT_FILE, DocumentReader
from matcher.documents.measures import bind_judgements
from matcher.documents.model import Clause, Document, Measure, whole_condition
from matcher.documents.standards import FOLDER as STANDARDS
from matcher.documents.standards import Standard, read_standards
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Diagnostic, Problems, did_you_mean
from matcher.language.entries import Entry
from matcher.language.keys import CONDITION, NAMED, NATIONAL_KEYS
from matcher.language.leaves import LeafGrammar
from matcher.language.lint import lint, lint_condition
from matcher.language.source import read_mapping
from matcher.readers.compiled import Compiled, compile_conditions
from matcher.tree import AllOf, AnyOf, Condition, Note
from matcher.vocabulary.load import FOLDER as VOCABULARY
from matcher.vocabulary.load import load_vocabulary
from matcher.vocabulary.model import Vocabulary

NATIONAL = "national"
UNREADABLE = frozenset({"yaml", "limit"})
PREVAILING = Note(basis="通行")


@dataclass(frozen=True, slots=True)
class General:
    """One prevailing condition (通行): what excludes, where that stands, what is doubtful of it."""

    name: str
    id: str
    exclusion: Condition
    source: str
    doubt: str = ""
    english: str = ""


@dataclass(frozen=True)
class Catalogue:
    """All that the engine knows of the rules; built once, shared freely."""

    vocabulary: Vocabulary
    documents: tuple[Document, ...]
    general: tuple[General, ...]
    version: str
    standards: tuple[Standard, ...] = ()
    warnings: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """All measures of all documents, in order."""
        return tuple(measure for document in self.documents for measure in document.measures)

    @cached_property
    def by_id(self) -> dict[str, Measure]:
        """The measures by id."""
        return {measure.id: measure for measure in self.measures}

    @cached_property
    def exclusion(self) -> Condition:
        """The prevailing exclusions as one condition: met means a hit."""
        return AnyOf(tuple(item.exclusion for item in self.general))

    @cached_property
    def compiled(self) -> Compiled:
        """One function for the truth of every measure, then of the prevailing exclusion."""
        conditions = [measure.condition for measure in self.measures]
        return compile_conditions([*conditions, self.exclusion], self.vocabulary)

    @cached_property
    def successors(self) -> dict[str, tuple[str, ...]]:
        """The ids that took the place of one that stands no longer."""
        changes = (change for document in self.documents for change in document.history)
        return {change.former: change.measures for change in changes if change.former}

    def document(self, id_: str) -> Document | None:
        """Find a document by id."""
        return next((item for item in self.documents if item.id == id_), None)


def load(
    rules: Path,
    problems: Problems | None = None,
    *,
    industries: str | None = None,
    include: Container[str] | None = (),
) -> Catalogue:
    """Read a rules folder, with a complete industry table (CSV text) where one was imported.

    Documents that are samples (样例) are left out unless their folder is in ``include``; None takes all.

    With ``problems`` given, mistakes are collected there and what could be read is returned; without
    it, any mistake raises `SourceError` naming all of them.
    """
    found = problems if problems is not None else Problems()
    vocabulary = load_vocabulary(rules / VOCABULARY, found, industries)
    if any(item.code in UNREADABLE for item in found):
        # Half a vocabulary would make every word of the rules a mistake and hide the real one.
        if problems is None:
            found.raise_if_any()
        return Catalogue(vocabulary, (), (), rules_version(rules))
    general, standards, read = read_rules(rules, vocabulary, found, include)
    if problems is None:
        found.raise_if_any()
    version = rules_version(rules, read)
    return Catalogue(vocabulary, read, general, version, standards, tuple(found.warnings))


def read_rules(
    rules: Path, vocabulary: Vocabulary, problems: Problems, include: Container[str] | None = ()
) -> tuple[tuple[General, ...], tuple[Standard, ...], tuple[Document, ...]]:
    """Read and check the national conditions, the standards and every document with one vocabulary."""
    grammar = LeafGrammar(vocabulary.units)
    general = tuple(_national(rules / NATIONAL, vocabulary, grammar, problems))
    documents = []
    for path in sorted(rules.glob(f"*/{DOCUMENT_FILE}")):
        reader = DocumentReader(path.parent, vocabulary, grammar, problems)
        document = reader.read(samples=include is None or path.parent.name in include)
        if document is not None:
            documents.append(document)
    documents.sort(key=lambda item: (item.issued, item.id))
    read = _refine(tuple(documents), problems)
    _check_ids(read, problems)
    check_history(read, problems)
    for document in read:
        for clause in document.clauses:
            with problems.within(clause.said):
                for measure in clause.measures:
                    lint(measure, vocabulary, problems)
    check_groups((m.benefit for item in read for m in item.measures if m.benefit), problems)
    conditions = ConditionReader(vocabulary, grammar, problems)
    return general, read_standards(rules / NATIONAL / STANDARDS, conditions), read


def rules_version(rules: Path, documents: tuple[Document, ...] = ()) -> str:
    """Give a short digest of every rule file and source text: same digest, same answers."""
    digest = hashlib.sha256()
    for path in sorted(rules.rglob("*")):
        if path.suffix in (".yaml", ".csv", ".txt"):
            digest.update(str(path.relative_to(rules)).encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    for document in documents:
        digest.update(document.text.encode())
    return digest.hexdigest()[:12]


def _national(
    folder: Path, vocabulary: Vocabulary, grammar: LeafGrammar, problems: Problems
) -> Iterator[General]:
    conditions = ConditionReader(vocabulary, grammar, problems)
    for path in sorted(folder.glob("*.yaml")):
        node = read_mapping(path, problems)
        if node is None:
            continue
        entry = Entry(node, problems, NATIONAL_KEYS)
        for item in entry.entries(NAMED):
            label, condition = item.text("名称"), _condition(item, CONDITION, conditions)
            item.done()
            if condition is not None:
                vocabulary.named[label] = condition
        for item in entry.entries("通行条件"):
            exclusion = _condition(item, "排除", conditions)
            read = [item.text(key) for key in ("名称", "编号", "来源", "存疑", "英文")]
            item.done()
            if exclusion is not None:
                name, id_, source, doubt, english = read
                noted = replace(exclusion, note=PREVAILING)
                yield General(name, id_, noted, source, doubt, english)
        entry.done()


def _condition(item: Entry, key: str, conditions: ConditionReader) -> Condition | None:
    node = item.get(key)
    condition = conditions.read(node) if node else None
    if condition is not None:
        lint_condition(condition, conditions.vocabulary, conditions.problems)
    return condition


def _refine(documents: tuple[Document, ...], problems: Problems) -> tuple[Document, ...]:
    """Complete every 细化: it inherits its parent's quote and conditions and adds its own."""
    known = {measure.id: measure for item in documents for measure in item.measures}

    def completed(clause: Clause) -> Clause:
        with problems.within(clause.said):
            measures = (_completed(measure, known, problems) for measure in clause.measures)
            return replace(clause, measures=tuple(measures))

    return tuple(
        replace(document, clauses=tuple(completed(clause) for clause in document.clauses))
        for document in documents
    )


def _completed(measure: Measure, known: dict[str, Measure], problems: Problems) -> Measure:
    if not measure.refines:
        return measure
    parent = known.get(measure.refines)
    if parent is None or parent.refines:
        others = [id_ for id_, item in known.items() if not item.refines]
        problems.add(
            "unknown-name",
            f"{measure.id} 细化的“{measure.refines}”不是一项措施",
            measure.place,
            did_you_mean(measure.refines, others, "写被细化措施的编号,如 hefei-2025/1.4"),
        )
        return measure
    own = whole_condition(None, None, measure.own, measure.exclusions)
    joined = AllOf((*_parts(parent.condition), *_parts(own)))
    return replace(
        measure,
        quote=parent.quote,
        spans=parent.spans if parent.document == measure.document else (),
        condition=bind_judgements(joined, measure.id),
    )


def _parts(condition: Condition) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, AllOf) else (condition,)


def _check_ids(documents: tuple[Document, ...], problems: Problems) -> None:
    seen: dict[str, Measure] = {}
    ids: set[str] = set()
    for document in documents:
        if document.id in ids:
            message = f"两份文件都叫 {document.id}"
            problems.add("duplicate-id", message, document.place, "改其中一个的编号")
        ids.add(document.id)
        for clause in document.clauses:
            with problems.within(clause.said):
                for measure in clause.measures:
                    _check_id(measure, seen, problems)


def _check_id(measure: Measure, seen: dict[str, Measure], problems: Problems) -> None:
    first = seen.setdefault(measure.id, measure)
    if first is not measure:
        problems.add(
            "duplicate-id",
            f"编号 {measure.id} 用了两次(“{first.title}”和“{measure.title}”)",
            measure.place,
            "编号一经公布不再改动,给后一项换一个新编号",
        )

"""Everything a rules folder holds, read, checked and compiled: vocabulary, documents, measures.

``load`` reads it anew; `matcher.cache` keeps the result between runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from matcher.documents.load import DOCUMENT_FILE, DocumentReader, bind_judgements
from matcher.documents.model import Document, Measure, whole_condition
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Diagnostic, Place, Problems, did_you_mean
from matcher.language.entries import Entry, entries_of
from matcher.language.leaves import LeafGrammar
from matcher.language.lint import lint
from matcher.language.source import Mapping, read_yaml
from matcher.readers.compiled import Compiled, compile_conditions
from matcher.tree import AllOf, AnyOf, Condition, Note
from matcher.vocabulary.load import FOLDER as VOCABULARY
from matcher.vocabulary.load import load_vocabulary
from matcher.vocabulary.model import Vocabulary

NATIONAL = "national"
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

    def document(self, id_: str) -> Document | None:
        """Find a document by id."""
        return next((item for item in self.documents if item.id == id_), None)


def load(
    rules: Path, problems: Problems | None = None, *, industries: str | None = None
) -> Catalogue:
    """Read a rules folder, with a complete industry table (CSV text) where one was imported.

    With ``problems`` given, mistakes are collected there and what could be read is returned; without
    it, any mistake raises `SourceError` naming all of them.
    """
    found = problems if problems is not None else Problems()
    vocabulary = load_vocabulary(rules / VOCABULARY, found, industries)
    grammar = LeafGrammar(vocabulary.units)
    general = tuple(_national(rules / NATIONAL, vocabulary, grammar, found))
    documents = []
    for path in sorted(rules.glob(f"*/{DOCUMENT_FILE}")):
        document = DocumentReader(path.parent, vocabulary, grammar, found).read()
        if document is not None:
            documents.append(document)
    documents.sort(key=lambda item: (item.issued, item.id))
    read = _refine(tuple(documents), found)
    _check_ids(read, found)
    for document in read:
        for measure in document.measures:
            lint(measure, vocabulary, found)
    if problems is None:
        found.raise_if_any()
    return Catalogue(vocabulary, read, general, rules_version(rules, read), tuple(found.warnings))


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
        name = f"{folder.parent.name}/{folder.name}/{path.name}"
        node = read_yaml(path.read_text(encoding="utf-8"), name, problems)
        if not isinstance(node, Mapping):
            continue
        entry = Entry(node, problems)
        for item in entries_of(entry.get("条件定义"), "条件定义", problems):
            label, condition = item.text("名称", needed=True), item.get("条件")
            read = conditions.read(condition) if condition else None
            if read is not None:
                vocabulary.named[label] = read
            for key in ("来源", "说明", "存疑"):
                item.get(key)
            item.done()
        for item in entries_of(entry.get("通行条件"), "通行条件", problems):
            one = _general(item, conditions)
            if one is not None:
                yield one
        entry.done()


def _general(item: Entry, conditions: ConditionReader) -> General | None:
    node = item.get("排除")
    condition = conditions.read(node) if node else None
    read = {key: item.text(key) for key in ("名称", "编号", "来源", "存疑", "英文")}
    item.done()
    if condition is None:
        return None
    exclusion = replace(condition, note=PREVAILING)
    return General(read["名称"], read["编号"], exclusion, read["来源"], read["存疑"], read["英文"])


def _refine(documents: tuple[Document, ...], problems: Problems) -> tuple[Document, ...]:
    """Complete every 细化: it inherits its parent's quote and conditions and adds its own."""
    known = {measure.id: measure for item in documents for measure in item.measures}

    def completed(measure: Measure) -> Measure:
        if not measure.refines:
            return measure
        parent = known.get(measure.refines)
        if parent is None or parent.refines:
            problems.add(
                "unknown-name",
                f"{measure.id} 细化的“{measure.refines}”不是一项措施",
                _place(measure),
                did_you_mean(measure.refines, known),
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

    return tuple(
        replace(
            document,
            clauses=tuple(
                replace(clause, measures=tuple(completed(item) for item in clause.measures))
                for clause in document.clauses
            ),
        )
        for document in documents
    )


def _parts(condition: Condition) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, AllOf) else (condition,)


def _place(measure: Measure) -> Place | None:
    return measure.own.place if measure.own else None


def _check_ids(documents: tuple[Document, ...], problems: Problems) -> None:
    seen: dict[str, Measure] = {}
    ids: set[str] = set()
    for document in documents:
        if document.id in ids:
            problems.add("duplicate-id", f"两份文件都叫 {document.id}", None, "改其中一个的编号")
        ids.add(document.id)
        for measure in document.measures:
            if measure.id in seen:
                problems.add(
                    "duplicate-id",
                    f"编号 {measure.id} 用了两次(“{seen[measure.id].title}”和“{measure.title}”)",
                    _place(measure),
                    "编号一经公布不再改动,给后一项换一个新编号",
                )
            seen[measure.id] = measure

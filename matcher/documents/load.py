"""A folder of rule files and the source text -> `Document`: quotes found, conditions read.

``document.yaml`` is read here, each clause file by `matcher.documents.clauses`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from matcher.documents.clauses import ClauseReader
from matcher.documents.context import DocumentContext
from matcher.documents.history import read_history
from matcher.documents.measures import IMPLIED
from matcher.documents.model import Document, Span
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Problems, why_unreadable
from matcher.language.entries import Entry
from matcher.language.keys import DOCUMENT_KEYS
from matcher.language.leaves import LeafGrammar
from matcher.language.source import read_mapping
from matcher.tree import Condition
from matcher.vocabulary.model import Vocabulary

DOCUMENT_FILE = "document.yaml"
CLAUSE_FORMAT = "{条款}、{标题}。"


class DocumentReader:
    """Reads one document folder; mistakes of all its files go to ``problems``."""

    def __init__(
        self, folder: Path, vocabulary: Vocabulary, grammar: LeafGrammar, problems: Problems
    ) -> None:
        self.folder, self.vocabulary, self.problems = folder, vocabulary, problems
        self.conditions = ConditionReader(vocabulary, grammar, problems)

    def read(self, *, samples: bool = False) -> Document | None:
        """Read the document; None where its own file or its text cannot be used.

        A sample (样例) is no law: it is left out unless samples are asked for.
        """
        node = read_mapping(self.folder / DOCUMENT_FILE, self.problems)
        if node is None:
            self._check_clauses()
            return None
        entry = Entry(node, self.problems, DOCUMENT_KEYS)
        sample = entry.flag("样例")
        if sample and not samples:
            return None
        context = DocumentContext(
            id=entry.text("编号") or self.folder.name,
            text=self._source(entry),
            vocabulary=self.vocabulary,
            problems=self.problems,
            conditions=self.conditions,
            scope=self._scope(entry, "范围"),
            planned=self._scope(entry, "拟落地"),
            glossed=entry.node.get("英文") is not None,
        )
        passages = tuple(context.passages(entry, Span(0, len(context.text or ""))))
        issued = entry.day("印发日期")
        document = Document(
            id=context.id,
            title=entry.text("名称"),
            number=entry.text("文号"),
            issuer=entry.text("发文机关"),
            issued=issued or date.min,
            text=context.text or "",
            passages=passages,
            source=entry.text("来源"),
            sample=sample,
            history=read_history(entry),
            first_day=entry.day("施行日期"),
            last_day=entry.day("失效日期"),
            english=entry.text("英文"),
            place=node.pairs[0][0].place,
        )
        heading = entry.text("条款格式") or CLAUSE_FORMAT
        entry.done()
        clauses = ClauseReader(context, heading).read(self._clause_files(), passages)
        if issued is None or context.text is None:
            return None
        return replace(document, clauses=clauses)

    def _clause_files(self) -> list[Path]:
        return [path for path in sorted(self.folder.glob("*.yaml")) if path.name != DOCUMENT_FILE]

    def _check_clauses(self) -> None:
        """Check the clause files by themselves, so that one run names their mistakes too."""
        context = DocumentContext(
            self.folder.name, None, self.vocabulary, self.problems, self.conditions
        )
        ClauseReader(context, CLAUSE_FORMAT).read(self._clause_files(), ())

    def _source(self, entry: Entry) -> str | None:
        node = entry.scalar("原文")
        if node is None:
            return None
        try:
            return (self.folder / node.text).read_bytes().decode("utf-8")
        except OSError as error:
            reason = f"读不到原文“{node.text}”({why_unreadable(error)})"
            self.problems.add("missing-text", reason, node.place, "路径从本文件所在的目录算起")
        except UnicodeDecodeError:
            reason = f"原文“{node.text}”不是 UTF-8 编码"
            self.problems.add("missing-text", reason, node.place, "另存为 UTF-8 后再试")
        return None

    def _scope(self, entry: Entry, key: str) -> Condition | None:
        node = entry.get(key)
        condition = self.conditions.read(node) if node else None
        return replace(condition, note=IMPLIED) if condition else None

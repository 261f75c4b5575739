"""A folder of rule files and the source text -> `Document`: quotes found, conditions read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from matcher.documents.model import (
    Clause,
    Document,
    Doubt,
    Measure,
    Passage,
    Span,
    whole_condition,
)
from matcher.documents.quotes import QuoteFault, department_line, find_heading, find_quote
from matcher.language.conditions import ConditionReader, leaves
from matcher.language.diagnostics import Place, Problems, SourceFile, did_you_mean, nearest
from matcher.language.entries import Entry, one_of, place_of
from matcher.language.leaves import LeafGrammar
from matcher.language.source import Mapping, Scalar, Sequence, read_yaml
from matcher.tree import AllOf, AnyOf, Condition, Holds, InTree, Judged, Note
from matcher.vocabulary.model import Kind, Vocabulary

DOCUMENT_FILE = "document.yaml"
HEADING, DEPARTMENTS = "标题", "牵头配合单位"
ENTERPRISE, TALENT = "企业", "人才"
ALSO_PLANNED = "本地或拟落地"
IMPLIED = Note(basis="隐含")


@dataclass
class _ClauseFile:
    entry: Entry
    number: str
    title: str
    start: int


class DocumentReader:
    """Reads one document folder; mistakes of all its files go to ``problems``."""

    def __init__(
        self,
        folder: Path,
        vocabulary: Vocabulary,
        grammar: LeafGrammar,
        problems: Problems,
    ) -> None:
        self.folder, self.vocabulary, self.problems = folder, vocabulary, problems
        self.conditions = ConditionReader(vocabulary, grammar, problems)
        self.text = ""
        self.id = folder.name
        self.scope: Condition | None = None
        self.planned: Condition | None = None

    def read(self) -> Document | None:
        """Read the document; None where its own file cannot be used."""
        entry = self._file(self.folder / DOCUMENT_FILE)
        if entry is None:
            return None
        self.id = entry.text("编号", self.folder.name)
        if not self._source(entry):
            return None
        heading = entry.text("条款格式", "{条款}、{标题}。")
        self._scopes(entry)
        passages = self._passages(entry, Span(0, len(self.text)))
        issued = entry.day("印发日期", needed=True)
        first_day, last_day = entry.day("施行日期"), entry.day("失效日期")
        known = {key: entry.text(key) for key in ("名称", "文号", "发文机关", "来源")}
        entry.done()
        clauses = self._clauses(heading, passages)
        if issued is None:
            return None
        return Document(
            self.id,
            known["名称"],
            known["文号"],
            known["发文机关"],
            issued,
            self.text,
            clauses,
            passages,
            known["来源"],
            first_day,
            last_day,
        )

    def _file(self, path: Path) -> Entry | None:
        name = f"{self.folder.parent.name}/{self.folder.name}/{path.name}"
        try:
            node = read_yaml(path.read_text(encoding="utf-8"), name, self.problems)
        except UnicodeDecodeError:
            place = Place(SourceFile(name, ""), 1, 1)
            self.problems.add("yaml", "文件不是 UTF-8 编码", place, "另存为 UTF-8")
            return None
        if isinstance(node, Mapping):
            return Entry(node, self.problems)
        self.problems.add(
            "wrong-shape", "文件是空的或不是“键: 值”", Place(SourceFile(name, ""), 1, 1)
        )
        return None

    def _source(self, entry: Entry) -> bool:
        node = entry.scalar("原文", needed=True)
        if node is None:
            return False
        path = self.folder / node.text
        try:
            self.text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            self.problems.add(
                "quote-not-found",
                f"读不到原文“{node.text}”",
                node.place,
                "核对相对路径,文件用 UTF-8",
            )
            return False
        return True

    def _scopes(self, entry: Entry) -> None:
        for key in ("范围", "拟落地"):
            node = entry.get(key)
            condition = self.conditions.read(node) if node else None
            if condition is not None:
                condition = replace(condition, note=IMPLIED)
            if key == "范围":
                self.scope = condition
            else:
                self.planned = condition

    # --- clauses ---------------------------------------------------------------------------------

    def _clauses(self, heading: str, passages: tuple[Passage, ...]) -> tuple[Clause, ...]:
        files: list[_ClauseFile] = []
        for path in sorted(self.folder.glob("*.yaml")):
            if path.name == DOCUMENT_FILE:
                continue
            entry = self._file(path)
            clause = self._heading(entry, heading) if entry else None
            if clause is not None:
                files.append(clause)
        files.sort(key=lambda item: item.start)
        stops = sorted(
            [item.start for item in files]
            + [span.start for passage in passages for span in passage.spans]
            + [len(self.text)]
        )
        clauses = []
        for item in files:
            end = next(stop for stop in stops if stop > item.start)
            clauses.append(self._clause(item, Span(item.start, end), heading))
        self._check_numbers(files)
        return tuple(clauses)

    def _heading(self, entry: Entry, pattern: str) -> _ClauseFile | None:
        number, title = entry.scalar("条款", needed=True), entry.scalar("标题", needed=True)
        if number is None or title is None:
            return None
        start = find_heading(self.text, _heading_text(pattern, number.text, title.text))
        if start < 0:
            self.problems.add(
                "clause-not-found",
                f"原文里没有“{_heading_text(pattern, number.text, title.text)}”",
                title.place,
                "条款号和标题照原文抄写,格式见 document.yaml 的“条款格式”",
            )
            return None
        return _ClauseFile(entry, number.text, title.text, start)

    def _check_numbers(self, files: list[_ClauseFile]) -> None:
        seen: set[str] = set()
        for item in files:
            if item.number in seen:
                self.problems.add("duplicate-id", f"条款“{item.number}”写了两次", item.entry.place)
            seen.add(item.number)

    def _clause(self, item: _ClauseFile, span: Span, pattern: str) -> Clause:
        self.problems.clause = f"条款{item.number} {item.title}"
        heading = len(_heading_text(pattern, item.number, item.title))
        passages = [Passage((Span(span.start, span.start + heading),), HEADING)]
        body = Span(span.start + heading, span.end)
        line = department_line(self.text, body, self._known_departments())
        lead: tuple[str, ...] = ()
        others: tuple[str, ...] = ()
        if line is not None:
            passages.append(Passage((line[0],), DEPARTMENTS))
            lead, others = line[1:]
            body = Span(body.start, line[0].start)
        measures = []
        for entry in item.entry.entries("措施"):
            measure = _MeasureReader(self, entry, item.number, body).read()
            if measure is not None:
                if not measure.lead_departments:
                    measure = replace(measure, lead_departments=lead, other_departments=others)
                measures.append(measure)
        passages += self._passages(item.entry, body)
        item.entry.done()
        self._check_overlap(item.entry, measures, passages)
        self.problems.clause = ""
        return Clause(item.number, item.title, span, tuple(measures), tuple(passages))

    def _known_departments(self) -> list[str]:
        words = self.vocabulary.words("责任单位") | self.vocabulary.words("部门")
        return [name for word in words.values() for name in (word.label, *word.aliases)]

    def _passages(self, entry: Entry, within: Span) -> tuple[Passage, ...]:
        passages = []
        reasons = self.vocabulary.words("非措施理由")
        for item in entry.entries("非措施"):
            reason = item.scalar("理由", needed=True)
            spans = self.quote(item, within)
            item.done()
            said = one_of(reason, reasons, "非措施理由", self.problems) if reason else None
            if spans and said:
                passages.append(Passage(spans, said))
        return tuple(passages)

    def quote(self, entry: Entry, within: Span) -> tuple[Span, ...]:
        """Find the 依据 of an entry in a stretch of the text; empty after reporting."""
        node, nth = entry.scalar("依据", needed=True), entry.number("第")
        if node is None:
            return ()
        try:
            occurrence = int(nth) if nth is not None else None
            return find_quote(self.text, within, node.text, occurrence)
        except QuoteFault as fault:
            place = node.part(max(node.text.find(fault.piece), 0), len(fault.piece))
            if fault.code == "quote-ambiguous":
                self.problems.add(
                    fault.code,
                    f"“{fault.piece[:20]}”在本条里不止一处",
                    place,
                    "加一行“第: 1”或“第: 2”",
                )
            else:
                self.problems.add(
                    fault.code,
                    f"本条里没有“{fault.piece[:40]}”",
                    place,
                    self._similar(fault, within),
                )
            return ()

    def _similar(self, fault: QuoteFault, within: Span) -> str:
        sentences = self.text[slice(*within)].replace("。", "。\n").split("\n")
        near = nearest(fault.piece, [sentence for sentence in sentences if sentence.strip()])
        return f"原文相近的一句:{near[0][:60]}" if near else "引文要照原文逐字抄写"

    def _check_overlap(
        self, entry: Entry, measures: list[Measure], passages: list[Passage]
    ) -> None:
        quoted = {
            place
            for measure in measures
            if not measure.refines
            for span in measure.spans
            for place in range(*span)
        }
        for passage in passages:
            both = sorted(
                place for span in passage.spans for place in range(*span) if place in quoted
            )
            if both:
                text = self.text[both[0] : both[-1] + 1][:30]
                self.problems.add(
                    "quote-overlap",
                    f"“{text}”既是措施依据,又列为非措施({passage.reason})",
                    place_of(entry.node.get("非措施"), entry.place),
                    "同一段文字只归一类",
                )


def _heading_text(pattern: str, number: str, title: str) -> str:
    return pattern.replace("{条款}", number).replace("{标题}", title)


class _MeasureReader:
    """Reads one measure of a clause."""

    def __init__(self, document: DocumentReader, entry: Entry, clause: str, body: Span) -> None:
        self.document, self.entry, self.clause, self.body = document, entry, clause, body
        self.problems, self.vocabulary = document.problems, document.vocabulary

    def read(self) -> Measure | None:
        entry = self.entry
        number = entry.scalar("编号", needed=True)
        title = entry.text("名称", needed=True)
        refines = entry.text("细化")
        beneficiary = self._word("对象", ENTERPRISE)
        scope = self._word("适用", "本地企业")
        kind = self._word("类型", "支持")
        basis = self._word("兑付依据", needed=True)
        spans = () if refines else self.document.quote(entry, self.body)
        quote = "…".join(self.document.text[slice(*span)] for span in spans)
        instruments = self._words("支持方式", "支持方式")
        own = self._own(quote)
        exclusions = tuple(self._conditions("除外"))
        first_day, last_day = self._period()
        measure = Measure(
            id=f"{self.document.id}/{number.text if number else '?'}",
            document=self.document.id,
            clause=self.clause,
            title=title,
            beneficiary=beneficiary,
            scope=scope,
            kind=kind,
            quote=quote,
            spans=spans,
            instruments=instruments,
            benefit_basis=basis,
            condition=AllOf(()),
            own=own,
            exclusions=exclusions,
            lead_departments=entry.words("牵头单位"),
            target_title=self._target(),
            for_all=entry.text("面向全体"),
            commitments=entry.words("承诺"),
            reading=entry.text("解读"),
            doubt=self._doubt(),
            refines=refines,
            source=entry.text("来源"),
            first_day=first_day,
            last_day=last_day,
        )
        entry.done("措施可写的键见 docs/writing-a-rule.zh-CN.md")
        self._check_place_only(measure)
        if (not refines and not spans) or number is None:
            return None
        return self._completed(measure)

    def _completed(self, measure: Measure) -> Measure:
        """Give the measure its whole condition, judgements bound to the measure."""
        condition = whole_condition(
            self._scope(measure), self._beneficiary(measure), measure.own, measure.exclusions
        )
        return replace(measure, condition=bind_judgements(condition, measure.id))

    def _scope(self, measure: Measure) -> Condition | None:
        here, planned = self.document.scope, self.document.planned
        if measure.scope == ALSO_PLANNED and here is not None and planned is not None:
            return AnyOf((here, planned), note=IMPLIED)
        return here

    def _beneficiary(self, measure: Measure) -> Condition | None:
        if measure.beneficiary == TALENT:
            return None
        attribute = self.vocabulary.attribute("主体类别")
        if attribute is None or attribute.member(measure.beneficiary) is None:
            return None
        return Holds(attribute.label, (measure.beneficiary,), note=IMPLIED)

    def _word(self, key: str, default: str = "", *, needed: bool = False) -> str:
        node = self.entry.scalar(key, needed=needed)
        if node is None:
            return default
        return one_of(node, self.vocabulary.words(key), key, self.problems) or default

    def _words(self, key: str, words: str) -> tuple[str, ...]:
        found = []
        for node in self.entry.scalars(key):
            word = one_of(node, self.vocabulary.words(words), words, self.problems)
            if word:
                found.append(word)
        return tuple(found)

    def _own(self, quote: str) -> Condition | None:
        node = self.entry.get("条件")
        if node is None:
            return None
        condition = self.document.conditions.read_all(node)
        if condition is not None:
            self._check_leaf_quotes(condition, quote)
        return condition

    def _check_leaf_quotes(self, condition: Condition, quote: str) -> None:
        for part in _walk(condition):
            said = part.note.quote
            if said and said not in quote:
                self.problems.add(
                    "quote-not-found",
                    f"条件的依据“{said[:40]}”不在本措施的依据里",
                    part.place,
                    "条件的依据须是措施依据中的原字",
                )

    def _conditions(self, key: str) -> list[Condition]:
        node = self.entry.get(key)
        if node is None:
            return []
        items = node.items if isinstance(node, Sequence) else (node,)
        read = [self.document.conditions.read(item) for item in items]
        return [condition for condition in read if condition is not None]

    def _target(self) -> str:
        node = self.entry.scalar("目标资质")
        if node is None:
            return ""
        member = self.vocabulary.titles.member(node.text)
        if member is None:
            names = [item.label for item in self.vocabulary.titles.members]
            self.problems.add(
                "unknown-member",
                f"没有名为“{node.text}”的资质",
                node.place,
                did_you_mean(node.text, names),
            )
            return ""
        return member.label

    def _doubt(self) -> Doubt | None:
        node = self.entry.get("存疑")
        if isinstance(node, Scalar):
            return Doubt("", node.text)
        if isinstance(node, Mapping):
            inner = Entry(node, self.problems)
            doubt = Doubt(inner.text("取法"), inner.text("理由"))
            inner.done()
            return doubt
        return None

    def _period(self) -> tuple[date | None, date | None]:
        inner = self.entry.entry("施行期间")
        if inner is None:
            return None, None
        period = inner.day("自"), inner.day("至")
        inner.done()
        return period

    def _check_place_only(self, measure: Measure) -> None:
        attributes = self.vocabulary.attributes
        tests = list(leaves(measure.own)) if measure.own else []
        place_only = all(
            isinstance(leaf, InTree) and attributes[leaf.attribute].kind is Kind.REGION
            for leaf in tests
        )
        unread = measure.own is None and self.entry.node.get("条件") is not None
        other = measure.beneficiary not in (ENTERPRISE, TALENT)
        if place_only and not (measure.for_all or measure.refines or unread or other):
            self.problems.add(
                "place-only",
                f"措施 {measure.id} 只有地域条件",
                self.entry.place,
                "补上条件;确实面向全体企业的,写“面向全体: 理由”",
            )


def _walk(condition: Condition) -> list[Condition]:
    return [condition, *(part for child in condition.children for part in _walk(child))]


def bind_judgements(condition: Condition, measure: str) -> Condition:
    """Give every judgement in a tree the measure it is made for."""
    return rebuild(
        condition,
        lambda node: replace(node, measure=measure) if isinstance(node, Judged) else node,
    )


def rebuild(condition: Condition, change: Callable[[Condition], Condition]) -> Condition:
    """Make a tree anew, children first, changing each node."""
    if not condition.children:
        return change(condition)
    parts = tuple(rebuild(child, change) for child in condition.children)
    if hasattr(condition, "parts"):
        return change(replace(condition, parts=parts))  # type: ignore[call-arg]
    names = {"Not": ("part",), "When": ("guard", "then"), "Named": ("condition",)}
    fields = dict(zip(names[type(condition).__name__], parts, strict=True))
    return change(replace(condition, **fields))  # type: ignore[arg-type]

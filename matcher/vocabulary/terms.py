"""Terms (派生指标): formulas, scores, graded cases and named conditions over other attributes.

Terms form a graph without cycles; a cycle is reported with its path. A term is read when the first
sentence needs it, so the order of the files does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Tree

from matcher.language.comparisons import split_order
from matcher.language.conditions import ConditionReader
from matcher.language.diagnostics import Problems
from matcher.language.entries import Entry
from matcher.language.leaves import LeafGrammar
from matcher.language.quantities import QuantityResolver, Sized
from matcher.language.sentences import Unreadable
from matcher.language.source import Mapping, Node, Scalar, Sequence
from matcher.tree import (
    BestItem,
    Grade,
    GradeCase,
    Grading,
    Indicator,
    Order,
    Quantity,
    Score,
    ScoreItem,
)
from matcher.values import Number, ValueFault, fold, parse_number
from matcher.vocabulary.model import Attribute, English, Kind, Member, Term, Vocabulary


class TermReader:
    """Reads the terms of a vocabulary into it."""

    def __init__(self, vocabulary: Vocabulary, problems: Problems) -> None:
        self.vocabulary, self.problems = vocabulary, problems
        self.grammar = LeafGrammar(vocabulary.units)
        self.entries: dict[str, Entry] = {}
        self.reading: list[str] = []

    def read(self, entries: list[Entry]) -> None:
        """Read all terms; every name is known before the first definition is read."""
        for entry in entries:
            attribute = self._attribute(entry)
            if add_named(self.vocabulary, attribute, entry, self.problems):
                self.entries[attribute.label] = entry
        self.vocabulary.terms = _LazyTerms(self)
        for label in self.entries:
            self.vocabulary.terms.get(label)
        self.vocabulary.terms = dict(self.vocabulary.terms)

    def _attribute(self, entry: Entry) -> Attribute:
        kind_node = entry.scalar("类型", needed=True)
        kind = Kind(kind_node.text) if kind_node and kind_node.text in _KINDS else Kind.NUMBER
        if kind_node and kind_node.text not in _KINDS:
            self.problems.add(
                "unknown-member",
                f"派生指标没有“{kind_node.text}”类型",
                kind_node.place,
                "、".join(_KINDS),
            )
        unit = self.vocabulary.units.find(entry.text("单位")) if kind is Kind.NUMBER else None
        if kind is Kind.NUMBER and unit is None:
            unit = self.vocabulary.units.find("分")
        english = entry.node.get("英文")
        named = Entry(english, self.problems) if isinstance(english, Mapping) else None
        entry.asked.add("英文")
        members = [_option(item) for item in entry.entries("选项")]
        attribute = Attribute(
            label=entry.text("名称", needed=True),
            id=entry.text("编号", needed=True),
            kind=kind,
            unit=unit,
            help=entry.text("说明"),
            english=English(
                named.text("名称") if named else entry.text("英文"),
                help=named.text("说明") if named else "",
            ),
            aliases=entry.words("别名"),
            members=tuple(members),
            ordered=entry.flag("有序"),
            in_form=False,
            by_label={fold(name): item for item in members for name in (item.label, item.id)},
        )
        return attribute

    def define(self, label: str) -> Term | None:
        """Read the definition of one term; None after reporting a mistake."""
        entry = self.entries[label]
        if label in self.reading:
            path = " → ".join([*self.reading[self.reading.index(label) :], label])
            name = entry.node.get("名称")
            self.problems.add(
                "cycle",
                f"派生指标循环定义:{path}",
                name.place if name else entry.place,
                "改其中一个定义,不引用自己",
            )
            return None
        self.reading.append(label)
        try:
            return self._definition(label, entry)
        finally:
            self.reading.pop()

    def _definition(self, label: str, entry: Entry) -> Term | None:
        attribute = self.vocabulary.attributes[label]
        formula, score = entry.scalar("公式"), entry.entry("计分")
        condition, cases = entry.get("条件"), entry.get("情形")
        term = Term(
            attribute,
            formula=self._formula(formula) if formula else None,
            score=self._score(score) if score else None,
            grading=self._grading(label, cases, entry) if cases else None,
            condition=self._reader().read(condition) if condition else None,
            source=entry.text("来源"),
            doubt=entry.text("存疑"),
        )
        entry.done()
        if not any((formula, score, condition, cases)):
            self.problems.add(
                "missing-key", f"“{label}”没有定义", entry.place, "写 公式、计分、情形 或 条件 之一"
            )
        return term

    def _reader(self) -> ConditionReader:
        return ConditionReader(self.vocabulary, self.grammar, self.problems)

    def _formula(self, node: Scalar) -> Quantity | None:
        # A formula is the left side of a comparison; borrowing one lets the grammar stay as it is.
        padded = Scalar(f"{node.text} ≥ 0", node.place, node.quoted)
        tree = self.grammar.parse(padded, self.problems)
        if tree is None or not isinstance(tree.children[0], Tree):
            return None
        try:
            return (
                QuantityResolver(self.vocabulary, self.problems, node)
                .read(tree.children[0])
                .quantity
            )
        except Unreadable:
            return None

    def _score(self, entry: Entry) -> Score:
        full = entry.number("满分")
        items = tuple(item for node in entry.entries("项") if (item := self._item(node)))
        entry.done()
        return Score(full if full is not None else 0, items)

    def _item(self, entry: Entry) -> ScoreItem | BestItem | None:
        if entry.get("取高") is None:
            return self._way(entry, entry.text("名称", needed=True))
        name = entry.text("名称", needed=True)
        ways = [self._way(node, name) for node in entry.entries("取高")]
        entry.done()
        return BestItem(name, tuple(way for way in ways if way)) if any(ways) else None

    def _way(self, entry: Entry, name: str) -> ScoreItem | None:
        condition = entry.get("条件")
        return self._decided(condition, entry, name) if condition else self._banded(entry, name)

    def _decided(self, condition: Node, entry: Entry, name: str) -> ScoreItem | None:
        """Read an item that a condition decides: these points where it is met, else those."""
        points, otherwise = entry.number("得分"), entry.number("否则")
        for key in ("值", "档"):
            node = entry.get(key)
            if node is not None:
                message = f"由条件计分的项不写“{key}”"
                self.problems.add("unknown-key", message, node.place, f"删去“{key}”,或另写一项")
        if entry.node.get("得分") is None:
            entry.missing("得分")
        entry.done()
        read = self._reader().read(condition)
        if read is None or points is None:
            return None
        return ScoreItem(name, Indicator(read), ((Order.AT_LEAST, 1, points),), otherwise or 0)

    def _banded(self, entry: Entry, name: str) -> ScoreItem | None:
        value, bands = entry.scalar("值", needed=True), entry.get("档")
        entry.done()
        sized = self._sized(value) if value else None
        if sized is None:
            return None
        if not isinstance(bands, Sequence) or not bands.items:
            place = bands.place if bands else entry.place
            self.problems.add("wrong-shape", "“档”应是一列", place, "写成 [[≥ 30%, 20], [其余, 0]]")
            return None
        return self._bands(bands, sized, name)

    def _bands(self, bands: Sequence, sized: Sized, name: str) -> ScoreItem:
        """Read the bands of an item; the first that is reached counts, so each has to lie lower."""
        read: list[tuple[Order, Number, Number]] = []
        rest: Number | None = None
        for band in bands:
            cells = self._band(band)
            if cells is None:
                continue
            where, points = cells
            if rest is not None:
                self._unreachable("前一档已经是“其余”,这一档走不到", where, "把“其余”放在最后")
            elif where.text == REST:
                rest = points
            elif bound := self._bound(where, sized):
                if read and _covers(read[-1], bound):
                    message = "前一档已经包括这一档,永远走不到"
                    self._unreachable(message, where, "把更难达到的档写在前面")
                read.append((*bound, points))
        return ScoreItem(name, sized.quantity, tuple(read), rest or 0)

    def _unreachable(self, message: str, node: Scalar, hint: str) -> None:
        self.problems.add("unreachable", message, node.place, hint)

    def _band(self, band: Node) -> tuple[Scalar, Number] | None:
        """Read one band: where it begins, and its points."""
        cells = list(band) if isinstance(band, Sequence) else []
        texts = [cell for cell in cells if isinstance(cell, Scalar)]
        if len(texts) != 2:
            self.problems.add("wrong-shape", "每一档写成 [≥ 30%, 20]", band.place)
            return None
        try:
            return texts[0], parse_number(texts[1].text)
        except ValueFault as fault:
            self.problems.add(fault.code, str(fault), texts[1].place, fault.hint)
            return None

    def _sized(self, node: Scalar) -> Sized | None:
        padded = Scalar(f"{node.text} ≥ 0", node.place, node.quoted)
        tree = self.grammar.parse(padded, self.problems)
        if tree is None or not isinstance(tree.children[0], Tree):
            return None
        try:
            return QuantityResolver(self.vocabulary, self.problems, node).read(tree.children[0])
        except Unreadable:
            return None

    def _bound(self, node: Scalar, against: Sized) -> tuple[Order, Number] | None:
        parted, unit = split_order(fold(node.text).strip()), against.unit
        if parted is None or unit is None:
            self.problems.add("wrong-shape", f"“{node.text}”不是档的下限", node.place, "如 ≥ 30%")
            return None
        try:
            value = self.vocabulary.units.parse(parted[1], unit)
        except ValueFault as fault:
            self.problems.add(fault.code, str(fault), node.place, fault.hint)
            return None
        return parted[0], value

    def _grading(self, label: str, node: Node, entry: Entry) -> Grading | None:
        options = {member.label for member in self.vocabulary.attributes[label].members}
        if not isinstance(node, Sequence):
            self.problems.add("wrong-shape", "“情形”应是一列", node.place)
            return None
        cases = []
        for item in node:
            if isinstance(item, Mapping):
                case = self._case(Entry(item, self.problems), options)
                cases += [case] if case else []
        return Grading(label, tuple(cases), entry.text("无此情形", "不可划型"))

    def _case(self, entry: Entry, options: set[str]) -> GradeCase | None:
        guard_node, then = entry.get("当"), entry.entry("则")
        name = entry.text("名称")
        entry.get("存疑")
        entry.done()
        guard = self._reader().read(guard_node) if guard_node else None
        if guard is None or then is None:
            self.problems.add("missing-key", "情形要写“当”和“则”", entry.place)
            return None
        grades = tuple(self._grades(then, options))
        then.done()
        return GradeCase(name, guard, grades)

    def _grades(self, entry: Entry, options: set[str]) -> Iterator[Grade]:
        closed = False
        for item in entry.entries("分级"):
            if closed:
                self.problems.add(
                    "unreachable", "前一级已经是“其余”,这一级走不到", item.place, "把“其余”放在最后"
                )
            level, rest = item.scalar("级", needed=True), item.flag("其余")
            closed = closed or rest
            node = item.get("条件")
            item.done()
            if level is not None and level.text not in options:
                self.problems.add("unknown-member", f"选项里没有“{level.text}”", level.place)
            condition = self._reader().read(node) if node else None
            if level is not None and (condition is not None or rest):
                yield Grade(level.text, condition)


def _covers(before: tuple[Order, Number, Number], bound: tuple[Order, Number]) -> bool:
    """Say whether whatever reaches a bound has reached the band before already."""
    (order, value, _), (second, other) = before, bound
    if Order.EQUAL in (order, second) or (order in _UPWARD) is not (second in _UPWARD):
        return (order, value) == (second, other)
    if value == other:
        return order is second or order in (Order.AT_LEAST, Order.AT_MOST)
    return (other > value) is (order in _UPWARD)


def add_named(
    vocabulary: Vocabulary, attribute: Attribute, entry: Entry, problems: Problems
) -> bool:
    """Add an attribute; False after reporting that one of its names is another's."""
    taken = vocabulary.add(attribute)
    if not taken:
        return True
    owner = vocabulary.attribute(taken)
    problems.add(
        "duplicate-id",
        f"“{attribute.label}”的名称、编号或别名“{taken}”已用于“{owner.label if owner else taken}”",
        entry.place,
        "换一个名称或编号",
    )
    return False


REST = "其余"
_UPWARD = (Order.AT_LEAST, Order.MORE)
_KINDS = (Kind.NUMBER.value, Kind.CHOICE.value, Kind.YES_NO.value)


def _option(entry: Entry) -> Member:
    member = Member(
        entry.text("名称", needed=True),
        entry.text("编号", needed=True),
        English(entry.text("英文")),
    )
    entry.get("说明")
    entry.done()
    return member


class _LazyTerms(dict[str, Term]):
    """Terms that read themselves when first asked for."""

    def __init__(self, reader: TermReader) -> None:
        super().__init__()
        self.reader = reader

    def get(self, key: str, default: Term | None = None) -> Term | None:  # type: ignore[override]
        if key not in self and key in self.reader.entries:
            term = self.reader.define(key)
            if term is not None:
                self[key] = term
        return super().get(key, default)

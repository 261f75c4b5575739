"""YAML structure -> condition tree: 全部, 任一, 非, 至少, 当/则, 引用, records and the long form of a leaf."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from matcher.language.diagnostics import Place, Problems, did_you_mean
from matcher.language.entries import Entry, one_of
from matcher.language.leaves import LeafGrammar
from matcher.language.resolve import resolve_leaf
from matcher.language.source import Mapping, Node, Scalar, Sequence
from matcher.tree import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Leaf,
    Named,
    Not,
    Note,
    Records,
    When,
)
from matcher.values import ValueFault, parse_number
from matcher.vocabulary.model import Kind, Vocabulary

ALL, ANY, NOT, AT_LEAST, WHEN, THEN, REFER = "全部", "任一", "非", "至少", "当", "则", "引用"
STRUCTURE = (ALL, ANY, NOT, AT_LEAST, WHEN, REFER)
LONG_FORM = ("条件", "依据", "性质", "解读")
BASES = ("原文", "隐含", "通行")
_RECORDS = re.compile(r"(\S+)\s*中(有一项|至少\s*(\d+)\s*[项家个件])\s*满足")


class ConditionReader:
    """Reads conditions with one vocabulary, noting mistakes in ``problems``."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        grammar: LeafGrammar,
        problems: Problems,
        named: Callable[[str], Condition | None] | None = None,
    ) -> None:
        self.vocabulary, self.grammar, self.problems = vocabulary, grammar, problems
        self._named = named or vocabulary.named.get

    def read(self, node: Node) -> Condition | None:
        """Read a condition: a sentence, a list (all of them) or a mapping of one structure key."""
        if isinstance(node, Scalar):
            return resolve_leaf(node, self.vocabulary, self.grammar, self.problems)
        if isinstance(node, Sequence):
            return self._all(node, node.place)
        return self._mapping(node)

    def read_all(self, node: Node) -> Condition | None:
        """Read the 条件 of a measure, where several keys side by side all count."""
        if isinstance(node, Mapping) and not self._is_long(node):
            keys = [key.text for key, _ in node.pairs]
            if len(keys) > 1 and WHEN not in keys:
                parts = [self._pair(key, value) for key, value in node.pairs]
                return _joined(AllOf, parts, node.place)
        return self.read(node)

    def _is_long(self, node: Mapping) -> bool:
        return node.get("条件") is not None

    def _mapping(self, node: Mapping) -> Condition | None:
        if self._is_long(node):
            return self._long(node)
        if node.get(WHEN) is not None or node.get(THEN) is not None:
            return self._when(node)
        if len(node.pairs) != 1:
            self.problems.add(
                "wrong-shape",
                "一个条件只写一个键",
                node.place,
                f"并列的条件写成“- ”列表;可用的键:{'、'.join((*STRUCTURE, '条件'))}",
            )
            return None
        return self._pair(*node.pairs[0])

    def _pair(self, key: Scalar, value: Node) -> Condition | None:
        if key.text == ALL:
            return self._all(value, key.place)
        if key.text == ANY:
            return _joined(AnyOf, self._list(value, ANY), key.place)
        if key.text == NOT:
            part = self.read(value)
            return Not(part, place=key.place) if part else None
        if key.text == AT_LEAST:
            return self._at_least(value)
        if key.text == REFER:
            return self._refer(value)
        match = _RECORDS.fullmatch(key.text)
        if match:
            return self._records(key, match, value)
        self.problems.add(
            "unknown-key",
            f"没有“{key.text}”这种条件",
            key.place,
            did_you_mean(key.text, STRUCTURE, f"可用:{'、'.join(STRUCTURE)}"),
        )
        return None

    def _list(self, node: Node, key: str) -> list[Condition | None]:
        if not isinstance(node, Sequence) or not node.items:
            self.problems.add("wrong-shape", f"“{key}”下面应是一列条件", node.place)
            return [None]
        return [self.read(item) for item in node]

    def _all(self, node: Node, place: Place) -> Condition | None:
        return _joined(AllOf, self._list(node, ALL), place)

    def _long(self, node: Mapping) -> Condition | None:
        entry = Entry(node, self.problems)
        inner = entry.get("条件")
        assert inner is not None
        condition = self.read(inner)
        basis = entry.scalar("性质")
        said = one_of(basis, BASES, "性质", self.problems) if basis else ""
        note = Note(entry.text("依据"), said or "", entry.text("解读"))
        entry.done()
        return replace(condition, note=note) if condition else None

    def _when(self, node: Mapping) -> Condition | None:
        entry = Entry(node, self.problems)
        guard, then = entry.get(WHEN), entry.get(THEN)
        entry.done()
        if guard is None or then is None:
            missing = THEN if then is None else WHEN
            self.problems.add("missing-key", f"“当”和“则”要成对,缺少“{missing}”", node.place)
            return None
        first, second = self.read(guard), self.read(then)
        return When(first, second, place=node.place) if first and second else None

    def _at_least(self, node: Node) -> Condition | None:
        if not isinstance(node, Mapping):
            self.problems.add(
                "wrong-shape", "“至少”要写 项数 和 其中", node.place, "至少: {项数: 2, 其中: […]}"
            )
            return None
        entry = Entry(node, self.problems)
        count, parts = entry.number("项数"), entry.get("其中")
        entry.done()
        if parts is None or not isinstance(count, int):
            self.problems.add("missing-key", "“至少”缺少 项数 或 其中", node.place)
            return None
        read = self._list(parts, AT_LEAST)
        if not 1 <= count <= len(read):
            code = "always-false" if count > len(read) else "always-true"
            message = f"列了 {len(read)} 项,要求至少 {count} 项"
            self.problems.add(code, message, node.place, "改正项数")
            return None
        known = _complete(read)
        return AtLeast(count, known, place=node.place) if known else None

    def _refer(self, node: Node) -> Condition | None:
        if not isinstance(node, Scalar):
            self.problems.add("wrong-shape", "“引用”后面写条件的名称", node.place)
            return None
        condition = self._named(node.text)
        if condition is None:
            self.problems.add(
                "unknown-name",
                f"没有名为“{node.text}”的条件",
                node.place,
                did_you_mean(node.text, self.vocabulary.named),
            )
            return None
        return Named(node.text, condition, place=node.place)

    def _records(self, key: Scalar, match: re.Match[str], value: Node) -> Condition | None:
        attribute = self.vocabulary.attribute(match.group(1))
        if attribute is None or attribute.kind is not Kind.RECORDS:
            names = [
                item.label
                for item in self.vocabulary.attributes.values()
                if item.kind is Kind.RECORDS
            ]
            self.problems.add(
                "unknown-attribute",
                f"没有名为“{match.group(1)}”的记录指标",
                key.part(0, len(match.group(1))),
                did_you_mean(match.group(1), names),
            )
            return None
        inner = ConditionReader(
            record_vocabulary(self.vocabulary, attribute.label), self.grammar, self.problems
        )
        condition = inner.read(value)
        if condition is None:
            return None
        try:
            count = int(parse_number(match.group(3))) if match.group(3) else 1
        except ValueFault:
            count = 1
        return Records(attribute.label, count, condition, place=key.place)


def record_vocabulary(vocabulary: Vocabulary, attribute: str) -> Vocabulary:
    """Give the words that hold inside one record: its own fields only."""
    fields = Vocabulary(vocabulary.units, vocabulary.regions, vocabulary.industries)
    for item in vocabulary.attributes[attribute].fields:
        fields.add(item)
    return fields


def _complete(parts: Iterable[Condition | None]) -> tuple[Condition, ...]:
    """Give the parts, or nothing where one of them could not be read."""
    read = list(parts)
    return () if None in read else tuple(part for part in read if part is not None)


def _joined(
    make: Callable[..., Condition], parts: list[Condition | None], place: Place
) -> Condition | None:
    known = _complete(parts)
    if not known:
        return None
    return known[0] if len(known) == 1 else make(known, place=place)


def leaves(condition: Condition) -> Iterable[Leaf]:
    """Walk every leaf of a tree, left to right."""
    if isinstance(condition, Leaf):
        yield condition
    for child in condition.children:
        yield from leaves(child)

"""YAML structure -> condition tree: 全部, 任一, 非, 至少, 当/则, 引用, records and the long form of a leaf."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from matcher.language.diagnostics import Place, Problems, did_you_mean
from matcher.language.entries import Entry
from matcher.language.keys import (
    ALL,
    ANY,
    AT_LEAST,
    AT_LEAST_KEYS,
    BASIS,
    CONDITION,
    LONG_KEYS,
    NOT,
    REFER,
    STRUCTURE,
    THEN,
    WHEN,
    WHEN_KEYS,
)
from matcher.language.leaves import LeafGrammar
from matcher.language.resolve import resolve_leaf
from matcher.language.source import Mapping, Node, Scalar, Sequence
from matcher.tree import AllOf, AnyOf, AtLeast, Condition, Leaf, Named, Not, Note, Records, When
from matcher.values import ValueFault, parse_number
from matcher.vocabulary.model import Kind, Vocabulary

RECORDS_PATTERN = r"(\S+)\s*中(有一项|至少\s*([0-9]+)\s*[项家个件部])\s*满足"
_RECORDS = re.compile(RECORDS_PATTERN)


class ConditionReader:
    """Reads conditions with one vocabulary, noting mistakes in ``problems``."""

    def __init__(self, vocabulary: Vocabulary, grammar: LeafGrammar, problems: Problems) -> None:
        self.vocabulary, self.grammar, self.problems = vocabulary, grammar, problems

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
        return node.get(CONDITION) is not None

    def _mapping(self, node: Mapping) -> Condition | None:
        if self._is_long(node):
            return self._long(node)
        if node.get(WHEN) is not None or node.get(THEN) is not None:
            return self._when(node)
        if len(node.pairs) != 1:
            self.problems.add(
                "wrong-shape",
                "一个条件只写一个键",
                node.pairs[1][0].place if node.pairs else node.place,
                f"并列的条件写成“- ”列表;可用的键:{'、'.join((*STRUCTURE, CONDITION))}",
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
            hint = "每条条件一行,前面写“- ”"
            self.problems.add("wrong-shape", f"“{key}”下面应是一列条件", node.place, hint)
            return [None]
        return [self.read(item) for item in node]

    def _all(self, node: Node, place: Place) -> Condition | None:
        return _joined(AllOf, self._list(node, ALL), place)

    def _long(self, node: Mapping) -> Condition | None:
        entry = Entry(node, self.problems, LONG_KEYS)
        inner = entry.get(CONDITION)
        condition = self.read(inner) if inner else None
        bases = self.vocabulary.words(BASIS)
        note = Note(entry.text("依据"), entry.word(BASIS, bases), entry.text("解读"))
        entry.done()
        return replace(condition, note=note) if condition else None

    def _when(self, node: Mapping) -> Condition | None:
        entry = Entry(node, self.problems, WHEN_KEYS)
        guard, then = entry.get(WHEN), entry.get(THEN)
        entry.done()
        first = self.read(guard) if guard else None
        second = self.read(then) if then else None
        return When(first, second, place=node.place) if first and second else None

    def _at_least(self, node: Node) -> Condition | None:
        if not isinstance(node, Mapping):
            self.problems.add(
                "wrong-shape", "“至少”要写 项数 和 其中", node.place, "至少: {项数: 2, 其中: […]}"
            )
            return None
        entry = Entry(node, self.problems, AT_LEAST_KEYS)
        number, parts = entry.scalar("项数"), entry.get("其中")
        count = entry.count("项数") if number else None
        entry.done()
        read = self._list(parts, AT_LEAST) if parts else []
        if number is None or count is None or not read:
            return None
        if count > len(read):
            message = f"列了 {len(read)} 项,要求至少 {count} 项"
            self.problems.add("always-false", message, number.place, "改正项数")
            return None
        known = _complete(read)
        return AtLeast(count, known, place=node.place) if known else None

    def _refer(self, node: Node) -> Condition | None:
        if not isinstance(node, Scalar):
            hint = "一次引用一处,几处各写一行"
            self.problems.add("wrong-shape", "“引用”后面写条件的名称", node.place, hint)
            return None
        condition = self.vocabulary.named.get(node.text)
        if condition is None:
            self.problems.add(
                "unknown-name",
                f"没有名为“{node.text}”的条件",
                node.place,
                did_you_mean(
                    node.text, self.vocabulary.named, "可引用的条件见 rules/national/,先定义后引用"
                ),
            )
            return None
        return Named(node.text, condition, place=node.place)

    def _records(self, key: Scalar, match: re.Match[str], value: Node) -> Condition | None:
        name = match.group(1)
        attribute = self.vocabulary.attribute(name)
        if attribute is None or attribute.kind is not Kind.RECORDS:
            records = (x for x in self.vocabulary.attributes.values() if x.kind is Kind.RECORDS)
            self.problems.add(
                "unknown-attribute",
                f"没有名为“{name}”的记录指标",
                key.part(0, len(name)),
                did_you_mean(name, [item.label for item in records]),
            )
            return None
        words = self.vocabulary.inside_record(attribute.label)
        inner = ConditionReader(words, self.grammar, self.problems)
        condition = inner.read(_sentences(value))
        count = self._record_count(key, match)
        if condition is None or count is None:
            return None
        return Records(attribute.label, count, condition, place=key.place)

    def _record_count(self, key: Scalar, match: re.Match[str]) -> int | None:
        if not match.group(3):
            return 1
        place = key.part(match.start(3), len(match.group(3)))
        try:
            count = parse_number(match.group(3))
        except ValueFault as fault:
            self.problems.add(fault.code, str(fault), place, fault.hint)
            return None
        if count < 1:
            self.problems.add("always-true", "至少 0 项,总是成立", place, "写 1 或更大的数")
            return None
        return int(count)


def _sentences(node: Node) -> Node:
    """Read ``{A, B}``, which YAML takes for keys without values, as the list of sentences it is."""
    if isinstance(node, Mapping) and len(node.pairs) > 0:
        values = [value for _, value in node.pairs]
        if all(isinstance(value, Scalar) and not value.text for value in values):
            return Sequence(tuple(key for key, _ in node.pairs), node.place)
    return node


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

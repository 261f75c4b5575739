"""表 of an amount: one to three sides, and a cell for each combination that the text names.

A side is a choice attribute, whose options name the cells, or a name with cells that say their own
condition. A table reads as nested cases; a combination without a cell has no amount (不适用).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.language.amount_sentences import Sum
from matcher.language.diagnostics import did_you_mean
from matcher.language.source import Mapping, Node, Scalar, Sequence
from matcher.tree import Condition, OneOf
from matcher.tree.amounts import Cases, Choice
from matcher.vocabulary.model import Kind

if TYPE_CHECKING:
    from matcher.language.amounts import AmountReader

MAX_SIDES = 3
Side = dict[str, Condition]


class TableReader:
    """Reads 表 and 格."""

    def __init__(self, amounts: AmountReader) -> None:
        self.amounts, self.vocabulary = amounts, amounts.vocabulary

    def read(self, sides: Node, cells: Node | None) -> Sum | None:
        """Read a table as nested cases."""
        nodes = list(sides) if isinstance(sides, Sequence) else [sides]
        if not 1 <= len(nodes) <= MAX_SIDES:
            self._fault("limit", f"表有一到 {MAX_SIDES} 个方面", sides, "再多就拆成几种情形")
            return None
        read = [self._side(node) for node in nodes]
        known = [side for side in read if side]
        if cells is None or len(known) < len(read):
            return None
        return self._cells(cells, known)

    def _side(self, node: Node) -> Side:
        if isinstance(node, Scalar):
            return self._options(node)
        if not isinstance(node, Mapping) or len(node.pairs) != 1:
            self._fault("wrong-shape", "表的每个方面写 指标,或 名称: {格名: 条件}", node)
            return {}
        inner = node.pairs[0][1]
        if not isinstance(inner, Mapping):
            self._fault("wrong-shape", "这里写 {格名: 条件}", inner)
            return {}
        side: Side = {}
        for key, value in inner.pairs:
            condition = self.amounts.guarded(value)
            if condition is None:
                return {}
            side[key.text] = condition
        return side

    def _options(self, node: Scalar) -> Side:
        attribute = self.vocabulary.attribute(node.text)
        if attribute is None or attribute.kind is not Kind.CHOICE:
            choices = [
                item.label
                for item in self.vocabulary.attributes.values()
                if item.kind is Kind.CHOICE
            ]
            hint = did_you_mean(node.text, choices, "不是单选指标的,写 名称: {格名: 条件}")
            self._fault("unknown-attribute", f"没有名为“{node.text}”的单选指标", node, hint)
            return {}
        term = self.vocabulary.term(attribute.label)
        grading = term.grading if term else None
        return {
            member.label: OneOf(attribute.label, (member.label,), grading, place=node.place)
            for member in attribute.members
        }

    def _cells(self, node: Node, sides: list[Side]) -> Sum | None:
        if not sides:
            return self.amounts.read(node)
        if not isinstance(node, Mapping):
            self._fault("wrong-shape", "这里写 {格名: 金额}", node)
            return None
        cases: list[Choice] = []
        sums: list[Sum] = []
        for key, value in node.pairs:
            guard = sides[0].get(key.text)
            if guard is None:
                hint = did_you_mean(key.text, sides[0], f"这一面有 {'、'.join(sides[0])}")
                self._fault("unknown-member", f"表里没有“{key.text}”这一格", key, hint)
                return None
            found = self._cells(value, sides[1:])
            if found is None:
                return None
            cases.append(Choice(key.text, guard, found.amount))
            sums.append(found)
        if not cases:
            self._fault("wrong-shape", "表里没有一格", node)
            return None
        return self.amounts.alike(sums, node, lambda _: Cases(tuple(cases)))

    def _fault(self, code: str, message: str, node: Node, hint: str = "") -> None:
        self.amounts.fault(code, message, node, hint)

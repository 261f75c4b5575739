"""The bands of an amount: 阶梯 (one band takes all) and 累进 (each slice at its own rate).

Bands are bounds on one quantity. They must go one way, or a band would be hidden by the one before it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from matcher.language.amount_sentences import Sum
from matcher.language.comparisons import split_order
from matcher.language.entries import Entry
from matcher.language.keys import BANDS, REST
from matcher.language.source import Node, Scalar, Sequence
from matcher.tree import Constant, Order
from matcher.tree.amounts import (
    Amount,
    Band,
    Given,
    Slice,
    Sliced,
    Tiered,
    product_dimension,
    stated,
)
from matcher.values import ValueFault, fold

if TYPE_CHECKING:
    from matcher.language.amounts import AmountReader

REST_LAST = "把“其余”放在最后"
_UPWARDS = (Order.AT_LEAST, Order.MORE)


class BandReader:
    """Reads the 档 of an amount."""

    def __init__(self, amounts: AmountReader) -> None:
        self.amounts, self.units = amounts, amounts.vocabulary.units

    def tiered(self, node: Node, entry: Entry) -> Sum | None:
        """Read 阶梯 with its bands."""
        value, rows = self._value(node), self._rows(entry.get(BANDS))
        if value is None or not rows:
            return None
        bands: list[Band] = []
        sums: list[Sum] = []
        otherwise: Amount | None = None
        for bound, amount in rows:
            if otherwise is not None:
                self._fault("unreachable", "前面已是“其余”,这一档走不到", bound, REST_LAST)
                return None
            found = self.amounts.read(amount)
            if found is None:
                return None
            sums.append(found)
            if bound.text == REST:
                otherwise = found.amount
                continue
            read = self._bound(bound, value)
            if read is None or not self._follows(bands, read, bound):
                return None
            bands.append(Band(*read, found.amount))
        if not bands:
            self._fault("wrong-shape", "至少要有一档写明界限", rows[0][0])
            return None
        return self.amounts.alike(
            sums, node, lambda _: Tiered(value.amount, tuple(bands), otherwise)
        )

    def sliced(self, node: Node, entry: Entry) -> Sum | None:
        """Read 累进 with its slices."""
        value, rows = self._value(node), self._rows(entry.get(BANDS))
        if value is None or not rows:
            return None
        slices: list[Slice] = []
        dimensions: set[str | None] = set()
        for bound, rate in rows:
            found = self.amounts.read(rate)
            if found is None or value.dimension is None:
                return None
            upto = None if bound.text == REST else self._number(bound, value, bound.text)
            if upto is None and bound.text != REST:
                return None
            if found.dimension is not None:
                dimensions.add(product_dimension(value.dimension, found.dimension))
            slices.append(Slice(upto, found.amount))
        if len(dimensions) > 1 or None in dimensions:
            self._fault(
                "wrong-unit",
                f"各段的率乘以{value.dimension},算不出同一种量",
                node,
                "率写成 元/平方米 这样的单价或比例",
            )
            return None
        if not self._rising(slices, rows):
            return None
        return Sum(Sliced(value.amount, tuple(slices)), next(iter(dimensions), None))

    def _rising(self, slices: list[Slice], rows: list[tuple[Scalar, Node]]) -> bool:
        for (before, after), (bound, _) in zip(pairwise(slices), rows[1:], strict=True):
            if before.upto is None:
                self._fault("unreachable", "前面已是“其余”,这一段走不到", bound, REST_LAST)
                return False
            if after.upto is not None and stated(after.upto) <= stated(before.upto):
                self._fault(
                    "unreachable", "这一段没有比前一段更远,两段重叠", bound, "各段从小到大写"
                )
                return False
        return True

    def _value(self, node: Node) -> Sum | None:
        if isinstance(node, Scalar):
            return self.amounts.sentence(node)
        self._fault("wrong-shape", "这里写一个数量,如 上年度 营业收入", node)
        return None

    def _rows(self, node: Node | None) -> list[tuple[Scalar, Node]]:
        rows: list[tuple[Scalar, Node]] = []
        if node is None:
            return rows
        for row in node if isinstance(node, Sequence) else [node]:
            cells = list(row) if isinstance(row, Sequence) else []
            if len(cells) != 2 or not isinstance(cells[0], Scalar):
                self._fault(
                    "wrong-shape", "每一档写成 [界限, 金额]", row, "如 - [≥ 5 亿元, 50 万元]"
                )
                return []
            rows.append((cells[0], cells[1]))
        return rows

    def _bound(self, node: Scalar, against: Sum) -> tuple[Order, Given] | None:
        parted = split_order(fold(node.text).strip())
        if parted is None or parted[0] is Order.EQUAL:
            self._fault(
                "wrong-shape", f"“{node.text}”不是一档的界限", node, "如 ≥ 5 亿元 或 < 2000 万元"
            )
            return None
        order, text = parted
        found = self._number(node, against, text)
        return (order, found) if found else None

    def _number(self, node: Scalar, against: Sum, text: str) -> Given | None:
        expected = next(
            (u for u in self.units.by_name.values() if u.dimension == against.dimension), None
        )
        if expected is None:
            self._fault("wrong-type", "这个量不能分档", node)
            return None
        try:
            value = self.units.parse(text, expected)
        except ValueFault as fault:
            self._fault(fault.code, str(fault), node, fault.hint)
            return None
        unit = fold(text).strip().lstrip("-0123456789.,").strip()
        known = self.units.fitting(unit, expected) if unit else expected
        return Given(Constant(value, known.name if known else ""), expected.name)

    def _follows(self, bands: list[Band], new: tuple[Order, Given], node: Scalar) -> bool:
        """Say whether a band can be reached after the bands before it."""
        if not bands:
            return True
        order, bound = new
        last = bands[-1]
        if (order in _UPWARDS) != (last.order in _UPWARDS):
            self._fault(
                "unreachable", "各档的界限方向不一", node, "都写 ≥ 从高到低,或都写 < 从低到高"
            )
            return False
        one, two = stated(last.bound), stated(bound)
        strict, loose = (
            (Order.MORE, Order.AT_LEAST) if order in _UPWARDS else (Order.LESS, Order.AT_MOST)
        )
        wider = two < one if order in _UPWARDS else two > one
        wider = wider or (one == two and last.order is strict and order is loose)
        if not wider:
            self._fault(
                "unreachable", "这一档已被前一档盖住,走不到", node, "≥ 的从高到低写,< 的从低到高写"
            )
        return wider

    def _fault(self, code: str, message: str, node: Node, hint: str = "") -> None:
        self.amounts.fault(code, message, node, hint)

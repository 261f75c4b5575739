"""One amount sentence -> its tree: ``研发费用 × 15%, 不低于 10 万元, 不超过 100 万元``.

Every unit is followed through: money by a share is money, a price by an area is money, and what does
not come out as money in the end is refused where the words stand.
"""

from __future__ import annotations

from dataclasses import dataclass

from lark import Token, Tree

from matcher.language.comparisons import ORDERS
from matcher.language.diagnostics import Problems
from matcher.language.leaves import AMOUNT, LeafGrammar
from matcher.language.names import NameResolver
from matcher.language.quantities import Sized
from matcher.language.sentences import Unreadable, first_token
from matcher.language.source import Scalar
from matcher.tree import CompoundGrowth, Constant, Order
from matcher.tree.amounts import (
    Amount,
    Ceiling,
    Decided,
    Elsewhere,
    Given,
    Less,
    Limited,
    Steps,
    added,
    product,
    product_dimension,
)
from matcher.values import SHARE, Number, Unit, ValueFault, in_base
from matcher.vocabulary.model import Vocabulary

TIMES = "倍"  # what a bare number in an amount means


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount and the dimension of its value; None fits anywhere, as 另行规定 does."""

    amount: Amount
    dimension: str | None


def read_sentence(
    node: Scalar, vocabulary: Vocabulary, grammar: LeafGrammar, problems: Problems
) -> Sum | None:
    """Read one amount sentence; None after its mistakes have been reported."""
    tree = grammar.parse(node, problems, AMOUNT)
    if tree is None:
        return None
    try:
        return _AmountResolver(vocabulary, problems, node).money(tree)
    except Unreadable:
        return None


class _AmountResolver(NameResolver):
    def money(self, tree: Tree[Token]) -> Sum:
        ceiling, total, *limits = tree.children
        assert isinstance(total, Tree)
        found = self.total(total)
        floors: list[Amount] = []
        caps: list[Amount] = []
        for item in limits:
            if isinstance(item, Tree):
                order, limit = self._limit(item, found)
                (floors if order is Order.AT_LEAST else caps).append(limit)
        amount = found.amount
        if floors or caps:
            amount = Limited(amount, tuple(floors), tuple(caps), place=self.node.place)
        if ceiling is not None:
            amount = Ceiling(amount, place=self.node.place)
        return Sum(amount, found.dimension)

    def _limit(self, tree: Tree[Token], of: Sum) -> tuple[Order, Amount]:
        sign, total = tree.children
        assert isinstance(sign, Token) and isinstance(total, Tree)
        order = ORDERS[str(sign)]
        if order not in (Order.AT_LEAST, Order.AT_MOST):
            raise self.fault(
                "wrong-operator", f"金额后面不能写“{sign}”", sign, "写 不低于 或 不超过"
            )
        limit = self.total(total)
        if None not in (limit.dimension, of.dimension) and limit.dimension != of.dimension:
            raise self.fault(
                "wrong-unit",
                f"限额是{limit.dimension},金额是{of.dimension}",
                first_token(total),
                "限额和金额要是同一种量",
            )
        return order, limit.amount

    def total(self, tree: Tree[Token]) -> Sum:
        if tree.data in ("money_plus", "money_minus"):
            return self._together(tree)
        if tree.data == "times":
            return self._times(tree)
        if tree.data == "brackets":
            inner = tree.children[1]
            assert isinstance(inner, Tree)
            return self.total(inner)
        if tree.data == "steps":
            return self._steps(tree)
        if tree.data == "decided":
            return self._decided(tree)
        if tree.data == "elsewhere":
            return Sum(Elsewhere(self._said(tree), place=self.node.place), None)
        if tree.data == "amount":
            return self._constant(tree)
        return self._quantity(tree)

    def _quantity(self, tree: Tree[Token]) -> Sum:
        sized: Sized = self.read(tree)
        if isinstance(sized.quantity, CompoundGrowth) or sized.unit is None:
            raise self.fault("wrong-type", "这个量不能用来算金额", first_token(tree))
        given = Given(sized.quantity, sized.unit.name, place=self.node.place)
        return Sum(given, sized.unit.dimension)

    def _constant(self, tree: Tree[Token]) -> Sum:
        value, unit, _ = self._number(tree)
        return Sum(
            Given(Constant(value, unit.name), unit.name, place=self.node.place), unit.dimension
        )

    def _number(self, tree: Tree[Token]) -> tuple[Number, Unit, Token]:
        number, unit_token = tree.children
        assert isinstance(number, Token)
        value = self.number(number)
        if unit_token is None:
            unit = self.vocabulary.units.find(TIMES)
        else:
            unit = self.vocabulary.units.find(str(unit_token).removeprefix("个"))
        if unit is None:
            raise self.fault("wrong-unit", f"没有单位“{unit_token}”", number)
        if value < 0:
            raise self.fault(
                "bad-number", f"“{number}”是负数,金额里不写负数", number, "要减的写在“ - ”后面"
            )
        try:
            return in_base(value, unit), unit, number
        except ValueFault as error:
            raise self.fault(error.code, str(error), number, error.hint) from None

    def _together(self, tree: Tree[Token]) -> Sum:
        left_tree, _, right_tree = tree.children
        assert isinstance(left_tree, Tree) and isinstance(right_tree, Tree)
        left, right = self.total(left_tree), self.total(right_tree)
        if None not in (left.dimension, right.dimension) and left.dimension != right.dimension:
            raise self.fault(
                "wrong-unit",
                f"{left.dimension}和{right.dimension}不能相加减",
                first_token(right_tree),
                "两边要是同一种量",
            )
        dimension = left.dimension or right.dimension
        if tree.data == "money_minus":
            return Sum(Less(left.amount, right.amount, place=self.node.place), dimension)
        return Sum(added(left.amount, right.amount, place=self.node.place), dimension)

    def _times(self, tree: Tree[Token]) -> Sum:
        left_tree, _, right_tree = tree.children
        assert isinstance(left_tree, Tree) and isinstance(right_tree, Tree)
        left, right = self.total(left_tree), self.total(right_tree)
        dimension = None
        if left.dimension is not None and right.dimension is not None:
            dimension = product_dimension(left.dimension, right.dimension)
            if dimension is None:
                raise self.fault(
                    "wrong-unit",
                    f"{left.dimension}乘以{right.dimension},算不出金额",
                    first_token(right_tree),
                    "基数乘比例,或数量乘单价,如 20 万元/人",
                )
        return Sum(product(left.amount, right.amount, place=self.node.place), dimension)

    def _steps(self, tree: Tree[Token]) -> Sum:
        value_tree, _, step_tree = tree.children
        assert isinstance(value_tree, Tree) and isinstance(step_tree, Tree)
        value = self.total(value_tree)
        step, unit, number = self._number(step_tree)
        if value.dimension != unit.dimension:
            raise self.fault(
                "wrong-unit", f"{value.dimension}不能按{unit.name}来分", number, "两边要是同一种量"
            )
        if step <= 0:
            raise self.fault("bad-number", "每一步要大于零", number, "如 每满 1000 万元")
        given = Given(Constant(step, unit.name), unit.name, place=self.node.place)
        return Sum(Steps(value.amount, given, place=self.node.place), SHARE)

    def _decided(self, tree: Tree[Token]) -> Sum:
        return Sum(Decided(self._said(tree), place=self.node.place), None)

    def _said(self, tree: Tree[Token]) -> str:
        """Give the word after 待认定 or 另行规定."""
        word = tree.children[1]
        return str(self.value_tokens(word)[0]) if isinstance(word, Tree) else ""

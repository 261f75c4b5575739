"""Tree -> text: the one canonical form of each meaning, which reads back as the same tree."""

from __future__ import annotations

from typing import Any

from matcher import tree
from matcher.readers.fold import Fold
from matcher.tree import Condition, Constant, Leaf, Order, Period, Quantity, State
from matcher.values import Units, decimal_text
from matcher.vocabulary.model import Vocabulary

Structure = str | list[Any] | dict[str, Any]
_DATE_ORDERS = {
    Order.LESS: "早于",
    Order.MORE: "晚于",
    Order.AT_LEAST: "不早于",
    Order.AT_MOST: "不晚于",
}
_RANK_ORDERS = {
    Order.LESS: "低于",
    Order.MORE: "高于",
    Order.AT_LEAST: "不低于",
    Order.AT_MOST: "不高于",
    Order.EQUAL: "等于",
}
_STATES = {State.PLANNED: "含", State.DOING: "在做", State.DONE: "已完成"}


class Printer(Fold[Structure]):
    """Writes a condition as YAML structure: sentences, lists and mappings."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.numbers = QuantityPrinter(vocabulary)

    # --- joints ----------------------------------------------------------------------------------

    def visit_all_of(self, node: tree.AllOf, parts: tuple[Structure, ...]) -> Structure:
        return {"全部": list(parts)}

    def visit_any_of(self, node: tree.AnyOf, parts: tuple[Structure, ...]) -> Structure:
        return {"任一": list(parts)}

    def visit_not(self, node: tree.Not, parts: tuple[Structure, ...]) -> Structure:
        return {"非": parts[0]}

    def visit_at_least(self, node: tree.AtLeast, parts: tuple[Structure, ...]) -> Structure:
        return {"至少": {"项数": str(node.count), "其中": list(parts)}}

    def visit_when(self, node: tree.When, parts: tuple[Structure, ...]) -> Structure:
        return {"当": parts[0], "则": parts[1]}

    def visit_named(self, node: tree.Named, parts: tuple[Structure, ...]) -> Structure:
        return {"引用": node.name}

    # --- leaves ----------------------------------------------------------------------------------

    def visit_leaf(self, node: Leaf, parts: tuple[Structure, ...]) -> Structure:
        return leaf_text(node, self.vocabulary)

    def visit_records(self, node: tree.Records, parts: tuple[Structure, ...]) -> Structure:
        inner = Printer(self.vocabulary.inside_record(node.attribute))
        count = "有一项" if node.count == 1 else f"至少 {node.count} 项"
        return {f"{node.attribute} 中{count} 满足": inner(node.condition)}


class QuantityPrinter:
    """Writes quantities in the language of the rules."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.units: Units = vocabulary.units

    def text(self, quantity: Quantity) -> str:
        """Write one quantity."""
        if isinstance(quantity, Constant):
            return self.constant(quantity)
        if isinstance(quantity, tree.Figure):
            return self._with_period(quantity.attribute, quantity.period)
        if isinstance(quantity, tree.Total):
            return f"{period_text(quantity.period)} 累计 {quantity.attribute}"
        if isinstance(quantity, tree.Ratio):
            return f"{self.text(quantity.over)} ÷ {self.text(quantity.under)}"
        if isinstance(quantity, tree.Sum):
            return self._sum(quantity)
        if isinstance(quantity, tree.Growth):
            return f"{self._with_period(quantity.attribute, quantity.period)} 同比增长"
        if isinstance(quantity, tree.CompoundGrowth):
            return f"近 {quantity.years} 年 {quantity.attribute} 复合增长率"
        if isinstance(quantity, tree.Age):
            return f"自 {quantity.attribute} 至 基准日"
        if isinstance(quantity, tree.Derived):
            return quantity.term
        assert isinstance(quantity, tree.Parameter)
        return f"参数 {quantity.name}"

    def _sum(self, quantity: tree.Sum) -> str:
        if _is_increase(quantity):
            return f"{self.text(quantity.left)} 同比增加"
        left, right = self.text(quantity.left), self.text(quantity.right)
        if isinstance(quantity.left, tree.Parameter) and isinstance(quantity.right, Constant):
            return f"{left} {right}"
        return f"{left} {'-' if quantity.minus else '+'} {right}"

    def _with_period(self, attribute: str, period: Period | None) -> str:
        if period is None or period == tree.YearsBack(1):
            known = self.vocabulary.attributes.get(attribute)
            return f"上年度 {attribute}" if known and known.yearly else attribute
        return f"{period_text(period)} {attribute}"

    def constant(self, node: Constant) -> str:
        """Write a number in the unit it was written in."""
        unit = self.units.find(node.unit) if node.unit else None
        if unit is None:
            return decimal_text(node.value)
        return self.units.show(node.value, unit)


def _is_increase(quantity: tree.Sum) -> bool:
    """Say whether a difference is that of a yearly figure and the same figure a year before."""
    now, before = quantity.left, quantity.right
    if not (quantity.minus and isinstance(now, tree.Figure) and isinstance(before, tree.Figure)):
        return False
    if not isinstance(now.period, tree.YearsBack | tree.Year):
        return False
    return before == tree.Figure(now.attribute, tree.year_before(now.period))


def period_text(period: Period) -> str:
    """Write a period."""
    if isinstance(period, tree.YearsBack):
        return ("本年度", "上年度", "前年度")[period.years]
    if isinstance(period, tree.Year):
        return f"{period.year} 年"
    if isinstance(period, tree.LastYears):
        return f"近 {period.years} 年"
    return f"{period.first} 至 {period.last}"


def leaf_text(node: Leaf, vocabulary: Vocabulary) -> str:
    """Write one leaf as its sentence."""
    numbers = QuantityPrinter(vocabulary)
    if isinstance(node, tree.Compare):
        return f"{numbers.text(node.left)} {node.order.value} {numbers.text(node.right)}"
    if isinstance(node, tree.Within):
        low, high = numbers.constant(node.low), numbers.constant(node.high)
        opening, closing = "[" if node.low_in else "(", "]" if node.high_in else ")"
        return f"{numbers.text(node.value)} 在 {opening}{low}, {high}{closing}"
    if isinstance(node, tree.EachYear):
        bound = numbers.constant(node.bound)
        return f"近 {node.years} 年 每年 {node.attribute} {node.order.value} {bound}"
    said: str = _WRITERS[type(node)](node, vocabulary)
    return said


def _options(words: tuple[str, ...]) -> str:
    return f"({'、'.join(words)})"


def _one_of(node: tree.OneOf, vocabulary: Vocabulary) -> str:
    if len(node.options) == 1:
        return f"{node.attribute} 为 {node.options[0]}"
    return f"{node.attribute} 属于 {_options(node.options)}"


def _holds(node: tree.Holds, vocabulary: Vocabulary) -> str:
    verb = _STATES[node.state] if node.state else "含"
    if len(node.members) == 1:
        return f"{node.attribute} {verb} {node.members[0]}"
    if verb != "含":
        return f"{node.attribute} {verb} {node.members[0]}"
    if node.count == 1:
        return f"{node.attribute} 含任一 {_options(node.members)}"
    if node.count == len(node.members):
        return f"{node.attribute} 含全部 {_options(node.members)}"
    return f"{node.attribute} 含至少 {node.count} 项 {_options(node.members)}"


def _in_tree(node: tree.InTree, vocabulary: Vocabulary) -> str:
    if node.group:
        return f"行业组 {node.group}"
    names = tuple(_node_name(node.attribute, code, vocabulary) for code in node.nodes)
    if len(names) == 1:
        return f"{node.attribute} 属于 {names[0]}"
    return f"{node.attribute} 属于任一 {_options(names)}"


def _node_name(attribute: str, code: str, vocabulary: Vocabulary) -> str:
    """Write a place by its full name and a trade by its code, which no other trade shares."""
    if vocabulary.attributes[attribute].kind.value == "区域":
        return vocabulary.regions.name(code)
    return code


def _happened(node: tree.Happened, vocabulary: Vocabulary) -> str:
    return f"{period_text(node.period)} {node.event.value} {node.member}"


def _stage(node: tree.AtStage, vocabulary: Vocabulary) -> str:
    subject = f"{node.board} {node.attribute}" if node.board else node.attribute
    word = {**_DATE_ORDERS, Order.EQUAL: "等于"}[node.order]
    return f"{subject} {word} {node.stage}"


def _stage_within(node: tree.StageWithin, vocabulary: Vocabulary) -> str:
    subject = f"{node.board} {node.attribute}" if node.board else node.attribute
    return f"{period_text(node.period)} {subject} 达到 {node.stage}"


def _top(node: tree.TopRanked, vocabulary: Vocabulary) -> str:
    name = node.attribute
    if node.places is not None:
        return f"{name} 前 {node.places} 名"
    assert node.share is not None
    return f"{name} 前 {decimal_text(node.share * 100)} %"


_WRITERS: dict[type[Leaf], Any] = {
    tree.IsTrue: lambda node, _: node.attribute,
    tree.OneOf: _one_of,
    tree.Ranks: lambda node, _: f"{node.attribute} {_RANK_ORDERS[node.order]} {node.option}",
    tree.Holds: _holds,
    tree.DoneWithin: lambda node, _: f"{period_text(node.period)} 已完成 {node.activity}",
    tree.TitleGrade: lambda node, _: f"{node.title} 级别 {_RANK_ORDERS[node.order]} {node.level}",
    tree.TitleDate: lambda node, _: (
        f"{node.title} 取得日期 {_DATE_ORDERS.get(node.order, '等于')} {node.day}"
    ),
    tree.TitleLeft: lambda node, _: f"{node.title} 剩余有效期 {node.order.value} {node.days} 天",
    tree.Happened: _happened,
    tree.HeldYears: lambda node, _: f"连续 {node.years} 年 获 {node.title}",
    tree.InTree: _in_tree,
    tree.AtStage: _stage,
    tree.StageWithin: _stage_within,
    tree.DateIs: lambda node, _: (
        f"{node.attribute} {_DATE_ORDERS.get(node.order, '等于')} {node.day}"
    ),
    tree.DateWithin: lambda node, _: f"{node.attribute} 在 {period_text(node.period)}",
    tree.Judged: lambda node, _: f"主管部门认定 {node.judgement}",
    tree.Listed: lambda node, _: f"列入 {node.list_name}",
    tree.TopRanked: _top,
    tree.NotApplicable: lambda node, _: f"{node.attribute} 不适用",
}


def print_condition(condition: Condition, vocabulary: Vocabulary) -> Structure:
    """Write a condition as the structure a rule file would hold."""
    return Printer(vocabulary)(condition)

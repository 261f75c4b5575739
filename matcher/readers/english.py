"""Leaves and quantities in English sentences; what has no English label keeps its Chinese one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from matcher import tree
from matcher.tree import Constant, Event, Leaf, Order, Period, Quantity, State
from matcher.values import MONEY, decimal_text
from matcher.vocabulary.model import JUDGEMENT, LIST, PARAMETER, Kind

if TYPE_CHECKING:
    from matcher.readers.prose import Wording

_ORDERS = {
    Order.AT_LEAST: "at least",
    Order.AT_MOST: "at most",
    Order.MORE: "more than",
    Order.LESS: "less than",
    Order.EQUAL: "exactly",
}
_DAYS = {
    Order.AT_LEAST: "on or after",
    Order.AT_MOST: "on or before",
    Order.MORE: "after",
    Order.LESS: "before",
    Order.EQUAL: "on",
}
_STATES = {
    State.PLANNED: "plans or does",
    State.DOING: "does",
    State.DONE: "has completed",
}
_EVENTS = {
    Event.NEWLY: "newly obtained",
    Event.FIRST: "obtained for the first time",
    Event.EVER: "obtained",
    Event.LISTED: "listed",
}


def say(node: Leaf, wording: Wording) -> str:
    """Say a leaf as an English sentence."""
    said: str = SAYERS[type(node)](node, wording)
    return said


def period(given: Period) -> str:
    """Say a period."""
    if isinstance(given, tree.YearsBack):
        return ("this year", "last year", "the year before last")[given.years]
    if isinstance(given, tree.Year):
        return str(given.year)
    if isinstance(given, tree.LastYears):
        return f"the last {given.years} years"
    return f"{given.first} to {given.last}"


def number(node: Constant, wording: Wording) -> str:
    """Write a number with its unit; money in yuan, so that no reader has to know 万."""
    units = wording.vocabulary.units
    unit = units.find(node.unit) if node.unit else None
    if unit is None:
        return decimal_text(node.value)
    if unit.dimension == MONEY:
        yuan = Fraction(node.value) / Fraction(units.by_name["元"].factor)
        return f"{yuan.numerator:,} yuan" if yuan.denominator == 1 else f"{decimal_text(yuan)} yuan"
    _, priced, per = unit.name.partition("/")
    if priced:
        unit = units.find(f"元/{per}") or unit
    if unit.english[:1].isdigit():  # 万人 and the like: "3 10,000 persons" is no number
        smaller = (one for one in units.by_name.values() if one.dimension == unit.dimension)
        unit = next((one for one in smaller if one.factor == 1), unit)
    amount = decimal_text(Fraction(node.value) / Fraction(unit.factor))
    name = unit.english or unit.name
    return f"{amount}%" if unit.name == "%" else f"{amount} {name if amount == '1' else many(name)}"


def many(name: str) -> str:
    """Give the plural of a unit's name."""
    head, of, rest = name.partition(" of ")
    if " per " in name or head.endswith(("s", "kWh", "mu", "mille")) or not head.isascii():
        return name
    return (f"{head[:-1]}ies" if head.endswith("y") else f"{head}s") + of + rest


def quantity(node: Quantity, wording: Wording) -> str:
    """Say a quantity."""
    if isinstance(node, Constant):
        return number(node, wording)
    if isinstance(node, tree.Derived):
        return wording.attribute(node.term)
    if isinstance(node, tree.Parameter):
        return wording.member(PARAMETER, node.name)
    if isinstance(node, tree.Ratio):
        return f"{quantity(node.over, wording)} ÷ {quantity(node.under, wording)}"
    if isinstance(node, tree.Sum):
        sign = "−" if node.minus else "+"
        return f"{quantity(node.left, wording)} {sign} {quantity(node.right, wording)}"
    return _figure(node, wording)


def _figure(node: Any, wording: Wording) -> str:
    name = wording.attribute(node.attribute)
    if isinstance(node, tree.Age):
        return f"years since {name}"
    if isinstance(node, tree.CompoundGrowth):
        return f"yearly growth of {name} over {node.years} years"
    if node.period is None:
        return name
    if isinstance(node, tree.Growth):
        return f"growth of {name}, {period(node.period)}"
    total = "total " if isinstance(node, tree.Total) else ""
    return f"{total}{name}, {period(node.period)}"


def _listed(names: tuple[str, ...] | list[str], joint: str = " or ") -> str:
    return joint.join(names)


def _holds(node: tree.Holds, wording: Wording) -> str:
    names = [wording.member(node.attribute, member) for member in node.members]
    how = f"{node.count} of: " if node.count > 1 else ""
    listed = how + _listed(names, " or " if node.count == 1 else ", ")
    kind = wording.vocabulary.attributes[node.attribute].kind
    if kind is Kind.ACTIVITIES:
        return f"{_STATES[node.state or State.PLANNED]}: {listed}"
    if kind is Kind.TITLES:
        return f"holds: {listed}"
    return f"{wording.attribute(node.attribute)}: {listed}"


def _in_tree(node: tree.InTree, wording: Wording) -> str:
    vocabulary = wording.vocabulary
    subject = wording.attribute(node.attribute)
    if node.group:
        group = vocabulary.groups.get(node.group)
        return f"{subject} in the group: {group.english if group and group.english else node.group}"
    regional = vocabulary.attributes[node.attribute].kind is Kind.REGION
    name = vocabulary.regions.name if regional else vocabulary.industries.name
    return f"{subject} in {_listed([name(code) for code in node.nodes])}"


def _one_of(node: tree.OneOf, wording: Wording) -> str:
    options = [wording.member(node.attribute, option) for option in node.options]
    return f"{wording.attribute(node.attribute)} is {_listed(options)}"


def _ranks(node: tree.Ranks, wording: Wording) -> str:
    option = wording.member(node.attribute, node.option)
    return f"{wording.attribute(node.attribute)} is {_ORDERS[node.order]} {option}"


def _compare(node: tree.Compare, wording: Wording) -> str:
    left, right = quantity(node.left, wording), quantity(node.right, wording)
    return f"{left}: {_ORDERS[node.order]} {right}"


def _within(node: tree.Within, wording: Wording) -> str:
    low = f"{_ORDERS[Order.AT_LEAST if node.low_in else Order.MORE]} {number(node.low, wording)}"
    high = f"{_ORDERS[Order.AT_MOST if node.high_in else Order.LESS]} {number(node.high, wording)}"
    return f"{quantity(node.value, wording)}: {low} and {high}"


def _each_year(node: tree.EachYear, wording: Wording) -> str:
    name, bound = wording.attribute(node.attribute), number(node.bound, wording)
    return f"{name} in each of the last {node.years} years: {_ORDERS[node.order]} {bound}"


def _title(node: Any, wording: Wording) -> str:
    return wording.member(wording.vocabulary.titles.label, node.title)


def _happened(node: tree.Happened, wording: Wording) -> str:
    name = wording.member(node.attribute, node.member)
    return f"{name} {_EVENTS[node.event]} in {period(node.period)}"


def _board(node: Any, wording: Wording) -> str:
    name = wording.attribute(node.attribute)
    return f"{name} ({wording.member(node.attribute, node.board)})" if node.board else name


def _top(node: tree.TopRanked, wording: Wording) -> str:
    name = wording.attribute(node.attribute)
    if node.places is not None:
        return f"{name}: among the first {node.places}"
    return f"{name}: in the first {decimal_text((node.share or 0) * 100)}%"


def _done(node: tree.DoneWithin, wording: Wording) -> str:
    name = wording.member(wording.vocabulary.activities.label, node.activity)
    return f"has completed in {period(node.period)}: {name}"


SAYERS: dict[type[Leaf], Callable[[Any, Wording], str]] = {
    tree.IsTrue: lambda node, wording: wording.attribute(node.attribute),
    tree.Compare: _compare,
    tree.Within: _within,
    tree.EachYear: _each_year,
    tree.OneOf: _one_of,
    tree.Ranks: _ranks,
    tree.Holds: _holds,
    tree.DoneWithin: _done,
    tree.TitleGrade: lambda node, w: (
        f"{_title(node, w)}: {_ORDERS[node.order]} {w.level(node.level)}"
    ),
    tree.TitleDate: lambda node, w: f"{_title(node, w)} obtained {_DAYS[node.order]} {node.day}",
    tree.TitleLeft: lambda node, w: (
        f"{_title(node, w)} valid for {_ORDERS[node.order]} {node.days} more days"
    ),
    tree.Happened: _happened,
    tree.HeldYears: lambda node, w: f"{_title(node, w)} obtained {node.years} years running",
    tree.InTree: _in_tree,
    tree.AtStage: lambda node, w: f"{_board(node, w)}: {_ORDERS[node.order]} {node.stage}",
    tree.StageWithin: lambda node, w: (
        f"{_board(node, w)}: {node.stage} reached in {period(node.period)}"
    ),
    tree.DateIs: lambda node, w: f"{w.attribute(node.attribute)} {_DAYS[node.order]} {node.day}",
    tree.DateWithin: lambda node, w: f"{w.attribute(node.attribute)} in {period(node.period)}",
    tree.Records: lambda node, w: (
        f"{w.attribute(node.attribute)}: at least {node.count} with {w.inside(node)}"
    ),
    tree.Judged: lambda node, w: (
        f"the department in charge finds: {w.member(JUDGEMENT, node.judgement)}"
    ),
    tree.Listed: lambda node, w: f"on the list: {w.member(LIST, node.list_name)}",
    tree.TopRanked: _top,
    tree.NotApplicable: lambda node, w: f"{w.attribute(node.attribute)} does not apply",
}

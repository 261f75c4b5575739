"""Condition trees -> the expressions of durable_rules rules, and the fact properties that they test.

Every leaf becomes a test over plain properties (``事项 技术改造`` >= 1, ``上年度 营业收入`` >= 2000000000). A
property is left out where the fact is unknown, and durable_rules lets no operator match a property
that is not there. Each node carries two expressions, what makes it met and what makes it unmet, so 非
never reaches durable_rules. `matcher.readers.durable` runs the rules.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import combinations
from typing import Any, ClassVar

from matcher import tree
from matcher.language.printer import QuantityPrinter, period_text
from matcher.logic import Verdict
from matcher.profile import NOT_APPLICABLE, Activity, FactKey, Stage
from matcher.readers.fold import Fold
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import compound_bound, measure
from matcher.tree import Condition, Constant, Order, Quantity, State
from matcher.values import Number
from matcher.vocabulary.model import JUDGEMENT, LIST, Kind, Vocabulary

Json = dict[str, Any]
# A fact property of a profile, from what its facts say; None where they do not.
Property = Callable[[LeafJudge], Any]

LIMIT = 2**52  # whole numbers and the halves between them are exact doubles up to here
MAX_JOINTS = 15
_OPERATORS = {
    Order.AT_LEAST: ("$gte", "$lt"),
    Order.AT_MOST: ("$lte", "$gt"),
    Order.MORE: ("$gt", "$lte"),
    Order.LESS: ("$lt", "$gte"),
    Order.EQUAL: ("$eq", "$neq"),
}


class Unsayable(Exception):
    """durable_rules cannot say this condition."""


@dataclass(frozen=True, slots=True)
class Sides:
    """What makes a condition met, and what makes it unmet."""

    met: Json
    unmet: Json


def _test(operator: str, name: str, value: Any) -> Json:
    return {name: value} if operator == "$eq" else {operator: {name: value}}


def _join(joint: str, parts: Sequence[Json]) -> Json:
    """Join expressions; a joint inside an equal one is opened, for joints are scarce."""
    flat: list[Json] = []
    for part in parts:
        flat += part.get(joint, [part])
    return flat[0] if len(flat) == 1 else {joint: flat}


def _all(*parts: Json) -> Json:
    return _join("$and", parts)


def _any(*parts: Json) -> Json:
    return _join("$or", parts)


def exact(value: Number) -> int | float:
    """Give a number that compares with every whole bound below `LIMIT` as the exact one does.

    What lies between two whole numbers becomes the half between them, what lies beyond every bound
    the limit itself.
    """
    whole = math.floor(value)
    if abs(whole) >= LIMIT:
        return LIMIT if whole > 0 else -LIMIT
    return whole if whole == value else whole + 0.5


class DurableWriter(Fold[Sides]):
    """Writes a tree as durable_rules expressions and collects the properties that they test."""

    verdicts = frozenset({Verdict.MET})
    cannot: ClassVar[frozenset[type[Condition]]] = frozenset(
        {
            tree.TitleGrade,
            tree.TitleDate,
            tree.TitleLeft,
            tree.Happened,
            tree.HeldYears,
            tree.StageWithin,
            tree.Records,
            tree.TopRanked,
        }
    )

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.numbers = QuantityPrinter(vocabulary)
        self.properties: dict[str, Property] = {}

    def __call__(self, node: Condition) -> Sides:
        """Write a tree; `Unsayable` where a node cannot be said."""
        if type(node) in self.cannot:
            raise Unsayable(type(node).__name__)
        return super().__call__(node)

    def _property(self, name: str, value: Property) -> str:
        self.properties.setdefault(name, value)
        return name

    def _yes_no(self, name: str, value: Property) -> Sides:
        self._property(name, value)
        return Sides({name: True}, {name: False})

    # --- joints ----------------------------------------------------------------------------------

    def visit_all_of(self, node: tree.AllOf, parts: tuple[Sides, ...]) -> Sides:
        return Sides(_all(*(part.met for part in parts)), _any(*(part.unmet for part in parts)))

    def visit_any_of(self, node: tree.AnyOf, parts: tuple[Sides, ...]) -> Sides:
        return Sides(_any(*(part.met for part in parts)), _all(*(part.unmet for part in parts)))

    def visit_not(self, node: tree.Not, parts: tuple[Sides, ...]) -> Sides:
        return Sides(parts[0].unmet, parts[0].met)

    def visit_when(self, node: tree.When, parts: tuple[Sides, ...]) -> Sides:
        guard, then = parts
        return Sides(_any(guard.unmet, then.met), _all(guard.met, then.unmet))

    def visit_named(self, node: tree.Named, parts: tuple[Sides, ...]) -> Sides:
        return parts[0]

    def visit_at_least(self, node: tree.AtLeast, parts: tuple[Sides, ...]) -> Sides:
        spare = len(parts) - node.count + 1
        if math.comb(len(parts), node.count) + math.comb(len(parts), spare) > 2 * MAX_JOINTS:
            raise Unsayable("too many ways to choose")
        met = [_all(*(p.met for p in some)) for some in combinations(parts, node.count)]
        unmet = [_all(*(p.unmet for p in some)) for some in combinations(parts, spare)]
        return Sides(_any(*met), _any(*unmet))

    # --- single facts ----------------------------------------------------------------------------

    def visit_is_true(self, node: tree.IsTrue, parts: tuple[Sides, ...]) -> Sides:
        return self._judged_as_is(node.attribute, node)

    def visit_judged(self, node: tree.Judged, parts: tuple[Sides, ...]) -> Sides:
        return self._judged_as_is(f"{JUDGEMENT} {node.judgement} {node.measure}".strip(), node)

    def visit_listed(self, node: tree.Listed, parts: tuple[Sides, ...]) -> Sides:
        return self._judged_as_is(f"{LIST} {node.list_name}", node)

    def visit_not_applicable(self, node: tree.NotApplicable, parts: tuple[Sides, ...]) -> Sides:
        return self._judged_as_is(f"{node.attribute} 不适用", node)

    def visit_in_tree(self, node: tree.InTree, parts: tuple[Sides, ...]) -> Sides:
        """A place or trade carries its ancestors as facts; a coarse one leaves the fact out."""
        named = node.group or "、".join(node.nodes)
        return self._judged_as_is(f"{node.attribute} 属于 {named}", node)

    def _judged_as_is(self, name: str, leaf: tree.Leaf) -> Sides:
        return self._yes_no(name, lambda judge: judge.judge(leaf).truth)

    def visit_one_of(self, node: tree.OneOf, parts: tuple[Sides, ...]) -> Sides:
        if node.term is not None:
            return self._graded(node.term, set(node.options))
        attribute = self.vocabulary.attributes[node.attribute]
        if attribute.member(NOT_APPLICABLE.value) is not None:
            raise Unsayable("an option is called 不适用")

        def value(judge: LeafJudge) -> Any:
            found: Any = judge.profile.value(judge.plain_key(node.attribute))
            return found.value if found is NOT_APPLICABLE else found

        name = self._property(node.attribute, value)
        return Sides(
            _any(*({name: option} for option in node.options)),
            _all(*(_test("$neq", name, option) for option in node.options)),
        )

    def visit_ranks(self, node: tree.Ranks, parts: tuple[Sides, ...]) -> Sides:
        bound = node.options.index(node.option)
        if node.term is not None:
            fitting = {o for place, o in enumerate(node.options) if node.order.holds(place, bound)}
            return self._graded(node.term, fitting)

        def place(judge: LeafJudge) -> Any:
            found: Any = judge.profile.value(judge.plain_key(node.attribute))
            return node.options.index(found) if isinstance(found, str) else found

        return self._ordered(f"{node.attribute} 次序", place, node.order, bound)

    def _graded(self, term: tree.Grading, wanted: set[str]) -> Sides:
        """A graded term is a fact by grade: whether the figures still leave it possible."""
        grades = [member.label for member in self.vocabulary.attributes[term.term].members]

        def settled(judge: LeafJudge) -> Any:
            possible = judge.grades.find(term).possible
            return True if possible and None not in possible else None

        def possible(grade: str) -> Property:
            return lambda judge: grade in judge.grades.find(term).possible

        classed = {self._property(f"{term.term} 可划型", settled): True}
        ruled_out = {
            grade: {self._property(f"{term.term} 可能为 {grade}", possible(grade)): False}
            for grade in grades
        }
        return Sides(
            _all(classed, *(ruled_out[grade] for grade in grades if grade not in wanted)),
            _all(classed, *(ruled_out[grade] for grade in grades if grade in wanted)),
        )

    # --- numbers and dates -----------------------------------------------------------------------

    def visit_compare(self, node: tree.Compare, parts: tuple[Sides, ...]) -> Sides:
        if not isinstance(node.right, Constant) or isinstance(node.left, Constant):
            raise Unsayable("two figures")
        return self._figure(node.left, node.order, node.right.value)

    def visit_within(self, node: tree.Within, parts: tuple[Sides, ...]) -> Sides:
        above = Order.AT_LEAST if node.low_in else Order.MORE
        below = Order.AT_MOST if node.high_in else Order.LESS
        low = self._figure(node.value, above, node.low.value)
        high = self._figure(node.value, below, node.high.value)
        return Sides(_all(low.met, high.met), _any(low.unmet, high.unmet))

    def visit_each_year(self, node: tree.EachYear, parts: tuple[Sides, ...]) -> Sides:
        sides = []
        for back in range(1, node.years + 1):

            def value(judge: LeafJudge, back: int = back) -> Any:
                year = judge.as_of.year - back
                return judge.profile.value(FactKey(node.attribute, None, year))

            name = f"{node.attribute} 前第 {back} 年"
            sides.append(self._scaled(name, value, node.order, node.bound.value))
        return Sides(_all(*(side.met for side in sides)), _any(*(side.unmet for side in sides)))

    def _figure(self, quantity: Quantity, order: Order, bound: Number) -> Sides:
        if _scores(quantity):
            raise Unsayable("a score")
        if isinstance(quantity, tree.CompoundGrowth):
            bound = compound_bound(bound, quantity.years)

        def value(judge: LeafJudge) -> Any:
            found = measure(quantity, judge.context)
            return found.low if found.applies else NOT_APPLICABLE

        return self._scaled(self.numbers.text(quantity), value, order, bound)

    def _scaled(self, name: str, value: Property, order: Order, bound: Number) -> Sides:
        """Compare with a fraction as with a whole number: 3% as 3 against the hundredfold."""
        scale = Fraction(bound).denominator
        whole_bound = int(bound * scale)
        if abs(whole_bound) >= LIMIT:
            raise Unsayable("a bound beyond exact numbers")

        def scaled(judge: LeafJudge) -> Any:
            found = value(judge)
            return found if found is None or found is NOT_APPLICABLE else exact(found * scale)

        named = name if scale == 1 else f"{name} × {scale}"
        return self._ordered(named, scaled, order, whole_bound)

    def _ordered(self, name: str, value: Property, order: Order, bound: int) -> Sides:
        """Compare a number; 不适用 is known and fails every comparison."""

        def number(judge: LeafJudge) -> Any:
            found = value(judge)
            return None if found is NOT_APPLICABLE else found

        def foreign(judge: LeafJudge) -> Any:
            return True if value(judge) is NOT_APPLICABLE else None

        self._property(name, number)
        outside = {self._property(f"{name} 不可比", foreign): True}
        holds, fails = _OPERATORS[order]
        return Sides(_test(holds, name, bound), _any(_test(fails, name, bound), outside))

    def visit_date_is(self, node: tree.DateIs, parts: tuple[Sides, ...]) -> Sides:
        def value(judge: LeafJudge) -> Any:
            found = judge.profile.value(FactKey(node.attribute))
            return found.toordinal() if isinstance(found, date) else found

        return self._ordered(f"{node.attribute} 日序", value, node.order, node.day.toordinal())

    def visit_date_within(self, node: tree.DateWithin, parts: tuple[Sides, ...]) -> Sides:
        def day(judge: LeafJudge) -> Any:
            return judge.profile.value(FactKey(node.attribute))

        return self._window(node.attribute, day, node.period)

    def _window(self, name: str, day: Property, period: tree.Period) -> Sides:
        """Count the days from each end of a period, so the ruleset fits every as-of date."""

        def days_from(end: int) -> Property:
            def count(judge: LeafJudge) -> Any:
                found = day(judge)
                if not isinstance(found, date):
                    return found
                return (found - judge.context.window(period)[end]).days

            return count

        said = period_text(period)
        since = self._ordered(f"{name} 距 {said} 首日", days_from(0), Order.AT_LEAST, 0)
        until = self._ordered(f"{name} 距 {said} 末日", days_from(1), Order.AT_MOST, 0)
        return Sides(_all(since.met, until.met), _any(since.unmet, until.unmet))

    # --- sets, activities, stages ----------------------------------------------------------------

    def visit_holds(self, node: tree.Holds, parts: tuple[Sides, ...]) -> Sides:
        single = [tree.Holds(node.attribute, (member,), 1, node.state) for member in node.members]
        if len(single) > 1:
            return self._counted(node, single)
        if self.vocabulary.attributes[node.attribute].kind is Kind.ACTIVITIES:
            return self._activity(node.members[0], node.state or State.PLANNED)
        return self._judged_as_is(f"{node.attribute} {node.members[0]}", single[0])

    def _counted(self, node: tree.Holds, single: list[tree.Holds]) -> Sides:
        """Of several members, count those held and those not ruled out."""
        state = f" {node.state.name}" if node.state else ""
        name = f"{node.attribute} ({'、'.join(node.members)}){state}"

        def held(judge: LeafJudge) -> Any:
            return sum(judge.judge(leaf).truth is True for leaf in single)

        def possible(judge: LeafJudge) -> Any:
            return sum(judge.judge(leaf).truth is not False for leaf in single)

        return Sides(
            _test("$gte", self._property(f"{name} 具备", held), node.count),
            _test("$lt", self._property(f"{name} 可能", possible), node.count),
        )

    def _activity(self, member: str, state: State) -> Sides:
        label = self.vocabulary.activities.label

        def value(judge: LeafJudge) -> Any:
            found = judge.profile.value(FactKey(label, member))
            if isinstance(found, Activity):
                return found.state.value
            return None if found is None else State.NONE.value - 1

        name = self._property(f"{label} {member}", value)
        return Sides(_test("$gte", name, state.value), _test("$lt", name, state.value))

    def visit_done_within(self, node: tree.DoneWithin, parts: tuple[Sides, ...]) -> Sides:
        label = self.vocabulary.activities.label
        done = self._activity(node.activity, State.DONE)

        def day(judge: LeafJudge) -> Any:
            found = judge.profile.value(FactKey(label, node.activity))
            done = isinstance(found, Activity) and found.state is State.DONE
            return found.done_on if done and isinstance(found, Activity) else None

        inside = self._window(f"{label} {node.activity} 完成", day, node.period)
        return Sides(_all(done.met, inside.met), _any(done.unmet, inside.unmet))

    def visit_at_stage(self, node: tree.AtStage, parts: tuple[Sides, ...]) -> Sides:
        attribute = self.vocabulary.attributes[node.attribute]
        boards = [node.board] if node.board else [item.label for item in attribute.members]
        sides = []
        for board in boards:

            def place(judge: LeafJudge, board: str = board) -> Any:
                found = judge.profile.value(FactKey(node.attribute, board))
                if not isinstance(found, Stage):
                    return found
                return attribute.stages.index(found.current) if found.current else -1

            bound = attribute.stages.index(node.stage)
            sides.append(self._ordered(f"{board} {node.attribute}", place, node.order, bound))
        return Sides(_any(*(side.met for side in sides)), _all(*(side.unmet for side in sides)))


def _scores(quantity: Quantity) -> bool:
    """Say whether a score hides in a quantity: a score known in part is an interval."""
    if isinstance(quantity, tree.Derived):
        inner = quantity.definition
        return isinstance(inner, tree.Score) or _scores(inner)
    if isinstance(quantity, tree.Ratio):
        return _scores(quantity.over) or _scores(quantity.under)
    if isinstance(quantity, tree.Sum):
        return _scores(quantity.left) or _scores(quantity.right)
    return False

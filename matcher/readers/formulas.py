"""A condition tree -> formulas of z3: when it is met and when it is unmet, over complete knowledge.

In: a tree and the `Facts` it asks for. Out: `Said`. A leaf in ``loose``, or a quantity without an exact
formula, becomes a free yes or no, one for each equal leaf: what cannot be met then still cannot, but a
model is only a guess until `matcher.readers.evaluate` has confirmed it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import z3

from matcher import tree
from matcher.profile import FactKey
from matcher.readers.fold import Fold
from matcher.readers.formula_amounts import NO, YES, Measurer, Said, Unsayable, ordered
from matcher.readers.formula_facts import Facts, Unknown
from matcher.readers.leaves import judgement_keys
from matcher.tree import Condition, Grading, Leaf, Order, State
from matcher.vocabulary.model import LIST

Parts = tuple[Said, ...]


class Formulas(Fold[Said]):
    """Reads conditions over the facts of one company."""

    # What happened in the past has no formula here, nor have lists of records.
    loose: ClassVar[frozenset[type[Condition]]] = frozenset(
        {tree.Happened, tree.HeldYears, tree.Records}
    )

    def __init__(self, facts: Facts, free: dict[Leaf, z3.BoolRef] | None = None) -> None:
        """Read over some facts; two readers of one company share the ``free`` leaves."""
        self.facts, self.measurer = facts, Measurer(facts, self)
        self.free = {} if free is None else free
        self._read: dict[Leaf, Said] = {}

    def visit_leaf(self, node: Leaf, parts: Parts) -> Said:
        # Equal leaves of unequal terms are the same text, as a catalogue has one term of a name.
        known = self._read.get(node)
        if known is None:
            known = self._read[node] = self._leaf(node)
        return known

    def _leaf(self, node: Leaf) -> Said:
        read = _LEAVES.get(type(node))
        if read is not None:
            try:
                return read(self, node)
            except Unsayable:
                pass
        if node not in self.free:
            self.free[node] = z3.Bool(f"leaf#{len(self.free)}")
            self.facts.axioms += self._wider_windows(node)
        return Said.exactly(self.free[node])

    def _wider_windows(self, node: Leaf) -> Iterable[z3.BoolRef]:
        """What happened in a window happened in every window around it."""
        for other, name in self.free.items():
            if not (isinstance(node, tree.Happened) and isinstance(other, tree.Happened)):
                continue
            if (node.attribute, node.member, node.event) == (
                other.attribute,
                other.member,
                other.event,
            ):
                inner, outer = (self.facts.context.window(one.period) for one in (node, other))
                if outer[0] <= inner[0] and inner[1] <= outer[1]:
                    yield z3.Implies(self.free[node], name)
                if inner[0] <= outer[0] and outer[1] <= inner[1]:
                    yield z3.Implies(name, self.free[node])

    # --- joints ----------------------------------------------------------------------------------

    def visit_all_of(self, node: tree.AllOf, parts: Parts) -> Said:
        return _all_of(parts)

    def visit_any_of(self, node: tree.AnyOf, parts: Parts) -> Said:
        return _any_of(parts)

    def visit_not(self, node: tree.Not, parts: Parts) -> Said:
        return _not(parts[0])

    def visit_named(self, node: tree.Named, parts: Parts) -> Said:
        return parts[0]

    def visit_when(self, node: tree.When, parts: Parts) -> Said:
        return _any_of((_not(parts[0]), parts[1]))

    def visit_at_least(self, node: tree.AtLeast, parts: Parts) -> Said:
        return _at_least(node.count, parts)

    # --- single facts ----------------------------------------------------------------------------

    def is_true(self, leaf: tree.IsTrue) -> Said:
        fact = self.facts.plain(leaf.attribute)
        return _one(fact, fact.parts["value"])

    def not_applicable(self, leaf: tree.NotApplicable) -> Said:
        return Said.exactly(self.facts.plain(leaf.attribute).na)

    def one_of(self, leaf: tree.OneOf) -> Said:
        return self._chosen(leaf.attribute, leaf.term, set(leaf.options))

    def ranks(self, leaf: tree.Ranks) -> Said:
        bound = leaf.options.index(leaf.option)
        fitting = {
            option for place, option in enumerate(leaf.options) if leaf.order.holds(place, bound)
        }
        return self._chosen(leaf.attribute, leaf.term, fitting)

    def _chosen(self, attribute: str, term: Grading | None, wanted: set[str]) -> Said:
        if term is not None:
            return self._graded(term, wanted)
        fact = self.facts.plain(attribute)
        members = fact.attribute.members
        places = [place for place, member in enumerate(members) if member.label in wanted]
        return _one(fact, z3.Or(*(fact.parts["value"] == place for place in places)))

    def _graded(self, term: Grading, wanted: set[str]) -> Said:
        """Follow the search of `matcher.readers.grades`: which grades are possible, and is none?"""
        possible: dict[str, list[z3.BoolRef]] = {}
        before: list[z3.BoolRef] = []  # no earlier row is certain
        for case in term.cases:
            guard = self(case.guard)
            within = [*before, z3.Not(guard.unmet)]
            for grade in case.grades:
                reached = self(grade.condition) if grade.condition else Said(YES, NO)
                possible.setdefault(grade.option, []).append(z3.And(*within, z3.Not(reached.unmet)))
                within.append(z3.Not(reached.met))
            before.append(z3.Not(guard.met))
        fits, fails = (
            z3.Or(*(any_ for grade, any_ in _flat(possible) if (grade in wanted) is fitting))
            for fitting in (True, False)
        )
        classed = z3.Not(z3.And(*before))
        return Said(z3.And(fits, z3.Not(fails), classed), z3.And(fails, z3.Not(fits), classed))

    def date_is(self, leaf: tree.DateIs) -> Said:
        fact = self.facts.of(FactKey(leaf.attribute))
        return _one(fact, ordered(fact.parts["value"], leaf.order, leaf.day.toordinal()))

    def date_within(self, leaf: tree.DateWithin) -> Said:
        fact = self.facts.of(FactKey(leaf.attribute))
        return _one(fact, self._inside(fact.parts["value"], leaf.period))

    def _inside(self, day: z3.ArithRef, period: tree.Period) -> z3.BoolRef:
        first, last = self.facts.context.window(period)
        return z3.And(day >= first.toordinal(), day <= last.toordinal())

    def top_ranked(self, leaf: tree.TopRanked) -> Said:
        fact = self.facts.plain(leaf.attribute)
        place, total = fact.parts["value"], fact.parts["total"]
        if leaf.places is not None:
            return _one(fact, place <= leaf.places)
        if leaf.share is None:
            raise Unsayable
        over, under = leaf.share.numerator, leaf.share.denominator
        return _one(fact, place * under <= total * over, fact.parts["counted"])

    # --- numbers ---------------------------------------------------------------------------------

    def compare(self, leaf: tree.Compare) -> Said:
        return self.measurer.compared(leaf.left, leaf.order, leaf.right)

    def within(self, leaf: tree.Within) -> Said:
        above = Order.AT_LEAST if leaf.low_in else Order.MORE
        below = Order.AT_MOST if leaf.high_in else Order.LESS
        ends = ((above, leaf.low), (below, leaf.high))
        return _all_of(tuple(self.measurer.compared(leaf.value, order, end) for order, end in ends))

    def each_year(self, leaf: tree.EachYear) -> Said:
        years = self.facts.context.full_years(leaf.years)
        figures = (tree.Figure(leaf.attribute, tree.Year(year)) for year in years)
        return _all_of(
            tuple(self.measurer.compared(figure, leaf.order, leaf.bound) for figure in figures)
        )

    # --- members ---------------------------------------------------------------------------------

    def holds(self, leaf: tree.Holds) -> Said:
        facts = (self.facts.of(FactKey(leaf.attribute, member)) for member in leaf.members)
        needed = (leaf.state or State.PLANNED).value
        return _at_least(
            leaf.count,
            tuple(
                Said.exactly(fact.parts["state"] >= needed)
                if "state" in fact.parts
                else Said.exactly(fact.parts["value"])
                for fact in facts
            ),
        )

    def done_within(self, leaf: tree.DoneWithin) -> Said:
        key = FactKey(self.facts.vocabulary.activities.label, leaf.activity)
        parts = self.facts.of(key).parts
        done = parts["state"] == State.DONE.value
        inside, dated = self._inside(parts["done"], leaf.period), parts["dated"]
        return Said(z3.And(done, dated, inside), z3.Or(z3.Not(done), z3.And(dated, z3.Not(inside))))

    def _in_force(
        self, title: str, stated: Callable[[Unknown], z3.BoolRef], test: Callable[[Any], z3.BoolRef]
    ) -> Said:
        """Judge by the certificate in force; open where it does not state what is asked."""
        fact = self.facts.of(FactKey(self.facts.vocabulary.titles.label, title))
        held, said, holds = fact.parts["value"], stated(fact), test(fact.parts)
        return Said(z3.And(held, said, holds), z3.Or(z3.Not(held), z3.And(said, z3.Not(holds))))

    def title_grade(self, leaf: tree.TitleGrade) -> Said:
        bound = leaf.levels.index(leaf.level)
        return self._in_force(
            leaf.title,
            lambda fact: fact.parts["level"] >= 0,
            lambda parts: ordered(parts["level"], leaf.order, bound),
        )

    def title_date(self, leaf: tree.TitleDate) -> Said:
        return self._in_force(
            leaf.title,
            lambda fact: fact.parts["dated"],
            lambda parts: ordered(parts["start"], leaf.order, leaf.day.toordinal()),
        )

    def title_left(self, leaf: tree.TitleLeft) -> Said:
        today = self.facts.as_of.toordinal()
        return self._in_force(
            leaf.title,
            lambda fact: fact.parts["bounded"],
            lambda parts: ordered(parts["end"] - today, leaf.order, leaf.days),
        )

    # --- trees, stages, lists, judgements --------------------------------------------------------

    def in_tree(self, leaf: tree.InTree) -> Said:
        fact = self.facts.of(FactKey(leaf.attribute))
        inside, maybe = [], []
        for place, found in enumerate(self.facts.classes[leaf.attribute]):
            chosen = fact.parts[str(place)]
            sure = {found.within[node] for node in leaf.nodes}
            if True in sure:
                inside.append(chosen)
            if any(found.within[node] is not False for node in (*leaf.nodes, *leaf.partly)):
                maybe.append(chosen)
        return Said(z3.And(z3.Not(fact.na), z3.Or(*inside)), z3.Or(fact.na, z3.Not(z3.Or(*maybe))))

    def _boards(self, attribute: str, board: str | None) -> Iterable[Unknown]:
        members = self.facts.vocabulary.attributes[attribute].members
        boards = [board] if board else [member.label for member in members]
        return (self.facts.of(FactKey(attribute, one)) for one in boards)

    def at_stage(self, leaf: tree.AtStage) -> Said:
        bound = self.facts.vocabulary.attributes[leaf.attribute].stages.index(leaf.stage)
        boards = self._boards(leaf.attribute, leaf.board)
        return _any_of(
            tuple(Said.exactly(ordered(one.parts["value"], leaf.order, bound)) for one in boards)
        )

    def stage_within(self, leaf: tree.StageWithin) -> Said:
        bound = self.facts.vocabulary.attributes[leaf.attribute].stages.index(leaf.stage)

        def on_board(fact: Unknown) -> Said:
            reached = fact.parts["value"] >= bound
            if leaf.stage not in fact.parts:  # a stage that this board does not go through
                return Said(NO, z3.Not(reached))
            inside = self._inside(fact.parts[leaf.stage], leaf.period)
            dated = fact.parts["dated"]
            return Said(
                z3.And(reached, dated, inside),
                z3.Or(z3.Not(reached), z3.And(dated, z3.Not(inside))),
            )

        return _any_of(tuple(map(on_board, self._boards(leaf.attribute, leaf.board))))

    def judged(self, leaf: tree.Judged) -> Said:
        return Said.exactly(self.facts.of(judgement_keys(leaf)[0]).parts["value"])

    def listed(self, leaf: tree.Listed) -> Said:
        return Said.exactly(self.facts.of(FactKey(LIST, leaf.list_name)).parts["value"])


def _one(fact: Unknown, holds: z3.BoolRef, said: z3.BoolRef = YES) -> Said:
    """Judge one fact by a test: false where it is 不适用, open where it does not state enough."""
    return Said(z3.And(z3.Not(fact.na), said, holds), z3.Or(fact.na, z3.And(said, z3.Not(holds))))


def _flat(possible: dict[str, list[z3.BoolRef]]) -> Iterable[tuple[str, z3.BoolRef]]:
    return ((grade, one) for grade, ways in possible.items() for one in ways)


def _not(part: Said) -> Said:
    return Said(part.unmet, part.met)


def _all_of(parts: Parts) -> Said:
    return Said(z3.And(*(part.met for part in parts)), z3.Or(*(part.unmet for part in parts)))


def _any_of(parts: Parts) -> Said:
    return Said(z3.Or(*(part.met for part in parts)), z3.And(*(part.unmet for part in parts)))


def _at_least(count: int, parts: Parts) -> Said:
    if count == len(parts):
        return _all_of(parts)
    if count == 1:
        return _any_of(parts)
    most_unmet = len(parts) - count + 1
    return Said(
        z3.PbGe([(part.met, 1) for part in parts], count),
        z3.PbGe([(part.unmet, 1) for part in parts], most_unmet),
    )


_LEAVES: dict[type[Leaf], Callable[[Formulas, Any], Said]] = {
    tree.IsTrue: Formulas.is_true,
    tree.Compare: Formulas.compare,
    tree.Within: Formulas.within,
    tree.EachYear: Formulas.each_year,
    tree.OneOf: Formulas.one_of,
    tree.Ranks: Formulas.ranks,
    tree.Holds: Formulas.holds,
    tree.DoneWithin: Formulas.done_within,
    tree.TitleGrade: Formulas.title_grade,
    tree.TitleDate: Formulas.title_date,
    tree.TitleLeft: Formulas.title_left,
    tree.InTree: Formulas.in_tree,
    tree.AtStage: Formulas.at_stage,
    tree.StageWithin: Formulas.stage_within,
    tree.DateIs: Formulas.date_is,
    tree.DateWithin: Formulas.date_within,
    tree.Judged: Formulas.judged,
    tree.Listed: Formulas.listed,
    tree.TopRanked: Formulas.top_ranked,
    tree.NotApplicable: Formulas.not_applicable,
}

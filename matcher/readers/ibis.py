"""Condition trees -> Ibis expressions over a facts table: whole registries on any back end.

In: conditions, a table and its `Layout`, an as-of date. Out: boolean expressions with NULL = unknown, the
same tree on Polars, DuckDB, PostgreSQL and Spark. `IbisReader.cannot` names the leaves that no table of
one row a company can say; `Unsayable` is raised for those and where numbers would not stay exact.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

from matcher import tree
from matcher.profile import FactKey
from matcher.readers.amounts import Measurer
from matcher.readers.columns import (
    Column,
    Facts,
    Unsayable,
    all_of,
    among,
    cases,
    is_open,
    negate,
    ordered,
    where,
)
from matcher.readers.fold import Fold
from matcher.readers.grade_columns import graded
from matcher.readers.leaves import judgement_keys
from matcher.readers.said import Said, join
from matcher.readers.title_columns import Spell, TenureColumns
from matcher.tree import Condition, Leaf, State
from matcher.vocabulary.model import Kind

LARGEST_DAY, SMALLEST_DAY = date.max.toordinal(), date.min.toordinal()


class IbisReader(Fold[Said]):
    """Reads trees as expressions over one facts table.

    Equal leaves are made once. ``keep`` may put a leaf's expressions into columns of a table, so that
    the back end computes them once too.
    """

    cannot: ClassVar[frozenset[type[Condition]]] = frozenset({tree.Records})

    def __init__(self, facts: Facts, keep: Callable[[Leaf], Said] | None = None) -> None:
        self.facts, self.vocabulary = facts, facts.vocabulary
        self.measurer = Measurer(facts, self)
        self._keep = keep
        self._leaves: dict[Leaf, Said] = {}

    def __call__(self, node: Condition) -> Said:
        """Read a tree; `Unsayable` where a node cannot be said."""
        if type(node) in self.cannot:
            raise Unsayable("一行一家企业的表里放不下逐条记录")
        return super().__call__(node)

    def _join(self, node: Condition, parts: tuple[Said, ...]) -> Said:
        return join(node, parts)

    visit_all_of = visit_any_of = visit_not = _join
    visit_at_least = visit_when = visit_named = _join

    def visit_leaf(self, node: Leaf, parts: tuple[Said, ...]) -> Said:
        if node not in self._leaves:
            self._leaves[node] = (self._keep or self.leaf)(node)
        return self._leaves[node]

    def leaf(self, node: Leaf) -> Said:
        """Make the expressions of one leaf."""
        without, truth = self.facts.truth_without_columns(node)
        if without:
            missing = self.facts.ignorant.judge(node).missing if truth is None else ()
            return Said(truth, tuple((key, True) for key in missing))
        return _LEAVES[type(node)](self, node)

    # --- single facts ----------------------------------------------------------------------------

    def _one(self, key: FactKey, test: Callable[[Any], Column]) -> Said:
        """Test one fact: unknown where it is, false where it does not apply."""
        column = self.facts.main(key)
        if column is None:
            return Said(None, ((key, True),))
        truth = where(self.facts.outside(key), False, test(column))
        return Said(truth, ((key, is_open(truth)),))

    def _plain(self, attribute: str) -> FactKey:
        return self.facts.ignorant.plain_key(attribute)

    def is_true(self, leaf: tree.IsTrue) -> Said:
        return self._one(self._plain(leaf.attribute), lambda column: column)

    def not_applicable(self, leaf: tree.NotApplicable) -> Said:
        key = self._plain(leaf.attribute)
        known = negate(is_open(self.facts.main(key)))
        truth = cases((self.facts.outside(key), True), (known, False), otherwise=None)
        return Said(truth, ((key, is_open(truth)),))

    def one_of(self, leaf: tree.OneOf) -> Said:
        if leaf.term is not None:
            return graded(leaf.term, set(leaf.options), self)
        return self._chosen(leaf.attribute, set(leaf.options))

    def ranks(self, leaf: tree.Ranks) -> Said:
        bound = leaf.options.index(leaf.option)
        fitting = {o for place, o in enumerate(leaf.options) if leaf.order.holds(place, bound)}
        if leaf.term is not None:
            return graded(leaf.term, fitting, self)
        return self._chosen(leaf.attribute, fitting)

    def _chosen(self, attribute: str, fitting: set[str]) -> Said:
        members = self.vocabulary.attributes[attribute].members
        places = [place for place, member in enumerate(members) if member.label in fitting]
        return self._one(self._plain(attribute), lambda column: among(column, places))

    def date_is(self, leaf: tree.DateIs) -> Said:
        return self._one(
            FactKey(leaf.attribute), lambda column: ordered(column, leaf.order, leaf.day)
        )

    def date_within(self, leaf: tree.DateWithin) -> Said:
        first, last = self.facts.context.window(leaf.period)
        return self._one(
            FactKey(leaf.attribute), lambda column: (column >= first) & (column <= last)
        )

    def top_ranked(self, leaf: tree.TopRanked) -> Said:
        key = self._plain(leaf.attribute)

        def test(place: Any) -> Column:
            if leaf.places is not None:
                return place <= leaf.places
            total = self.facts.part(key, "total")
            if total is None or leaf.share is None:
                return None
            share = leaf.share
            return place.cast("int64") * share.denominator <= total.cast("int64") * share.numerator

        return self._one(key, test)

    # --- numbers ---------------------------------------------------------------------------------

    def compare(self, leaf: tree.Compare) -> Said:
        return self.measurer.compared(leaf.left, leaf.order, leaf.right)

    def within(self, leaf: tree.Within) -> Said:
        above = tree.Order.AT_LEAST if leaf.low_in else tree.Order.MORE
        below = tree.Order.AT_MOST if leaf.high_in else tree.Order.LESS
        low = self.measurer.compared(leaf.value, above, leaf.low)
        high = self.measurer.compared(leaf.value, below, leaf.high)
        return Said(all_of(low.truth, high.truth), low.missing)

    def each_year(self, leaf: tree.EachYear) -> Said:
        years = self.facts.context.full_years(leaf.years)
        figures = (tree.Figure(leaf.attribute, tree.Year(year)) for year in years)
        parts = (self.measurer.compared(figure, leaf.order, leaf.bound) for figure in figures)
        return join(tree.AllOf(()), tuple(parts))

    # --- sets, activities, stages ----------------------------------------------------------------

    def holds(self, leaf: tree.Holds) -> Said:
        parts = [self._held(FactKey(leaf.attribute, member), leaf) for member in leaf.members]
        if len(parts) == 1:
            return parts[0]
        node = tree.AnyOf(()) if leaf.count == 1 else tree.AtLeast(leaf.count, ())
        return join(node, tuple(parts))

    def _held(self, key: FactKey, leaf: tree.Holds) -> Said:
        kind = self.vocabulary.attributes[key.attribute].kind
        if kind is Kind.ACTIVITIES:
            state = (leaf.state or State.PLANNED).value
            return self._one(key, lambda column: column >= state)
        if kind in (Kind.TITLES, Kind.STATUS):
            return self._held_as(key, TenureColumns.in_force)
        return self._one(key, lambda column: column)

    def done_within(self, leaf: tree.DoneWithin) -> Said:
        key = FactKey(self.vocabulary.activities.label, leaf.activity)
        first, last = self.facts.context.window(leaf.period)
        day = self.facts.part(key, "done")
        inside = None if day is None else (day >= first) & (day <= last)
        return self._one(key, lambda column: all_of(column == State.DONE.value, inside))

    def _boards(self, attribute: str, board: str | None) -> list[FactKey]:
        members = self.vocabulary.attributes[attribute].members
        return [
            FactKey(attribute, one) for one in ([board] if board else [m.label for m in members])
        ]

    def at_stage(self, leaf: tree.AtStage) -> Said:
        bound = self.vocabulary.attributes[leaf.attribute].stages.index(leaf.stage)
        parts = [
            self._one(key, lambda column: ordered(column, leaf.order, bound))
            for key in self._boards(leaf.attribute, leaf.board)
        ]
        return join(tree.AnyOf(()), tuple(parts))

    def stage_within(self, leaf: tree.StageWithin) -> Said:
        bound = self.vocabulary.attributes[leaf.attribute].stages.index(leaf.stage)
        first, last = self.facts.context.window(leaf.period)

        def reached(key: FactKey) -> Callable[[Any], Column]:
            day = self.facts.part(key, f"on{bound}")

            def test(place: Any) -> Column:
                undated = all_of(place >= bound, None)
                if day is None:
                    return undated
                return where(day.notnull(), (day >= first) & (day <= last), undated)

            return test

        parts = [self._one(key, reached(key)) for key in self._boards(leaf.attribute, leaf.board)]
        return join(tree.AnyOf(()), tuple(parts))

    # --- titles and statuses ---------------------------------------------------------------------

    def _held_as(self, key: FactKey, test: Callable[[TenureColumns], Column]) -> Said:
        return self._one(key, lambda _: test(TenureColumns(self.facts, key)))

    def _title(self, title: str) -> FactKey:
        return FactKey(self.vocabulary.titles.label, title)

    def _in_force(self, title: str, test: Callable[[Spell], Column]) -> Said:
        return self._held_as(self._title(title), lambda held: held.in_force(test))

    def title_grade(self, leaf: tree.TitleGrade) -> Said:
        bound = leaf.levels.index(leaf.level)
        return self._in_force(leaf.title, lambda spell: _tested(spell.level, leaf.order, bound))

    def title_date(self, leaf: tree.TitleDate) -> Said:
        return self._in_force(leaf.title, lambda spell: _tested(spell.start, leaf.order, leaf.day))

    def title_left(self, leaf: tree.TitleLeft) -> Said:
        """So many days are left when the end lies that many days after as-of."""
        ordinal = self.facts.as_of.toordinal() + leaf.days
        day = date.fromordinal(max(SMALLEST_DAY, min(LARGEST_DAY, ordinal)))
        return self._in_force(leaf.title, lambda spell: _tested(spell.end, leaf.order, day))

    def held_years(self, leaf: tree.HeldYears) -> Said:
        return self._held_as(self._title(leaf.title), lambda held: held.obtained_yearly(leaf.years))

    def happened(self, leaf: tree.Happened) -> Said:
        first, last = self.facts.context.window(leaf.period)
        key = FactKey(leaf.attribute, leaf.member)
        return self._held_as(key, lambda held: held.happened(leaf.event, first, last))

    # --- trees, lists, judgements ----------------------------------------------------------------

    def in_tree(self, leaf: tree.InTree) -> Said:
        """Each distinct place or trade of the table is judged once, by the one who judges profiles."""
        values = self.facts.layout.dictionaries.get(leaf.attribute, ())
        truths = [self.facts.ignorant.lies_in(leaf, value) for value in values]
        inside = [code for code, truth in enumerate(truths) if truth is True]
        vague = [code for code, truth in enumerate(truths) if truth is None]

        def test(column: Any) -> Column:
            sure = among(column, inside)
            return where(column.isin(vague).fill_null(False), None, sure) if vague else sure

        return self._one(FactKey(leaf.attribute), test)

    def judged(self, leaf: tree.Judged) -> Said:
        own, general = judgement_keys(leaf)
        columns = [c for c in (self.facts.main(own), self.facts.main(general)) if c is not None]
        truth = columns[0] if len(columns) == 1 else columns[0].fill_null(columns[1])
        return Said(truth, ((own, is_open(truth)),))

    def listed(self, leaf: tree.Listed) -> Said:
        (key,) = self.facts.ignorant.judge(leaf).missing
        return self._one(key, lambda column: column)


def _tested(column: Any, order: tree.Order, bound: Any) -> Column:
    return None if column is None else ordered(column, order, bound)


_LEAVES: dict[type[Leaf], Callable[[IbisReader, Any], Said]] = {
    tree.IsTrue: IbisReader.is_true,
    tree.Compare: IbisReader.compare,
    tree.Within: IbisReader.within,
    tree.EachYear: IbisReader.each_year,
    tree.OneOf: IbisReader.one_of,
    tree.Ranks: IbisReader.ranks,
    tree.Holds: IbisReader.holds,
    tree.DoneWithin: IbisReader.done_within,
    tree.TitleGrade: IbisReader.title_grade,
    tree.TitleDate: IbisReader.title_date,
    tree.TitleLeft: IbisReader.title_left,
    tree.Happened: IbisReader.happened,
    tree.HeldYears: IbisReader.held_years,
    tree.InTree: IbisReader.in_tree,
    tree.AtStage: IbisReader.at_stage,
    tree.StageWithin: IbisReader.stage_within,
    tree.DateIs: IbisReader.date_is,
    tree.DateWithin: IbisReader.date_within,
    tree.Judged: IbisReader.judged,
    tree.Listed: IbisReader.listed,
    tree.TopRanked: IbisReader.top_ranked,
    tree.NotApplicable: IbisReader.not_applicable,
}

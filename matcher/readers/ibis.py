"""Condition trees -> Ibis expressions over a facts table: whole registries on any back end.

In: conditions, a table and its `Layout`, an as-of date. Out: boolean expressions with NULL = unknown, the
same tree on Polars, DuckDB, PostgreSQL and Spark. `IbisReader.cannot` names the leaves that no table of
one row a company can say; `Unsayable` is raised for those and where numbers would not stay exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from matcher import tree
from matcher.layout import FIRST_DAY, Stored
from matcher.profile import FactKey
from matcher.readers.amounts import Measurer
from matcher.readers.columns import (
    Column,
    Facts,
    Unsayable,
    all_of,
    among,
    any_of,
    at_least,
    cases,
    is_met,
    is_open,
    is_unmet,
    negate,
    ordered,
    where,
)
from matcher.readers.fold import Fold
from matcher.readers.leaves import judgement_keys
from matcher.tree import Condition, Event, Leaf, State
from matcher.vocabulary.model import Kind

__all__ = ["IbisReader", "Said", "Unsayable"]

Missing = tuple[tuple[FactKey, Column], ...]
LARGEST_DAY, SMALLEST_DAY = date.max.toordinal(), date.min.toordinal()


@dataclass(frozen=True, slots=True)
class Said:
    """A condition's truth, and for each fact it may lack whether it does: two-valued.

    A fact counts as lacking only in rows where the truth is unknown.
    """

    truth: Column
    missing: Missing = ()


def lacking(said: Said) -> Missing:
    """Give where each fact is missing and could still change the truth."""
    vague = is_open(said.truth)
    found: dict[FactKey, Column] = {}
    for key, absent in said.missing:
        found[key] = any_of(found.get(key, False), all_of(vague, absent))
    return tuple((key, absent) for key, absent in found.items() if absent is not False)


def join(node: Condition, parts: tuple[Said, ...]) -> Said:
    """Put the parts of a joint together; a part that is settled lacks nothing."""
    truths = [part.truth for part in parts]
    missing = tuple(pair for part in parts for pair in lacking(part))
    return Said(_joint(node, truths), missing)


def _joint(node: Condition, parts: list[Column]) -> Column:
    if isinstance(node, tree.AllOf):
        return all_of(*parts)
    if isinstance(node, tree.AnyOf):
        return any_of(*parts)
    if isinstance(node, tree.Not):
        return negate(parts[0])
    if isinstance(node, tree.AtLeast):
        return at_least(node.count, parts)
    if isinstance(node, tree.When):
        return any_of(negate(parts[0]), parts[1])
    assert isinstance(node, tree.Named)
    return parts[0]


class IbisReader(Fold[Said]):
    """Reads trees as expressions over one facts table.

    Equal leaves are made once. ``keep`` may put a leaf's expressions into columns of a table, so that
    the back end computes them once too.
    """

    cannot: ClassVar[frozenset[type[Condition]]] = frozenset({tree.Records})

    def __init__(self, facts: Facts, keep: Callable[[Leaf], Said] | None = None) -> None:
        self.facts, self.vocabulary = facts, facts.vocabulary
        self.measurer = Measurer(facts)
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
            return self._graded(leaf.term, set(leaf.options))
        return self._chosen(leaf.attribute, set(leaf.options))

    def ranks(self, leaf: tree.Ranks) -> Said:
        bound = leaf.options.index(leaf.option)
        fitting = {o for place, o in enumerate(leaf.options) if leaf.order.holds(place, bound)}
        if leaf.term is not None:
            return self._graded(leaf.term, fitting)
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
        return Said(*self.measurer.compared(leaf.left, leaf.order, leaf.right))

    def within(self, leaf: tree.Within) -> Said:
        above = tree.Order.AT_LEAST if leaf.low_in else tree.Order.MORE
        below = tree.Order.AT_MOST if leaf.high_in else tree.Order.LESS
        low, missing = self.measurer.compared(leaf.value, above, leaf.low)
        high, _ = self.measurer.compared(leaf.value, below, leaf.high)
        return Said(all_of(low, high), missing)

    def each_year(self, leaf: tree.EachYear) -> Said:
        parts = [
            Said(
                *self.measurer.compared(
                    tree.Figure(leaf.attribute, tree.Year(year)), leaf.order, leaf.bound
                )
            )
            for year in self.facts.context.full_years(leaf.years)
        ]
        return join(tree.AllOf(()), tuple(parts))

    # --- graded terms ----------------------------------------------------------------------------

    def _graded(self, term: tree.Grading, wanted: set[str]) -> Said:
        """Met where every grade still possible is wanted, unmet where none is.

        Folds the rows of `matcher.readers.grades` from the last to the first, so the expression grows
        with their number only: a row counts unless its guard is unmet, the rows after it unless it is
        met. Beyond the last row lies 不可划型, which stays unknown.
        """
        fit: Column = False
        fail: Column = False
        beyond: Column = True
        missing: dict[FactKey, Column] = {}
        for case in reversed(term.cases):
            guard = self(case.guard)
            applies, goes_on = negate(is_unmet(guard.truth)), negate(is_met(guard.truth))
            row_fit, row_fail, row_missing = self._row(case, wanted)
            fit = any_of(all_of(applies, row_fit), all_of(goes_on, fit))
            fail = any_of(all_of(applies, row_fail), all_of(goes_on, fail))
            beyond = all_of(goes_on, beyond)
            missing = _either(
                dict(lacking(guard)), _where(applies, row_missing), _where(goes_on, missing)
            )
        vague = any_of(beyond, all_of(fit, fail))
        truth = cases((vague, None), (fit, True), (fail, False), otherwise=None)
        return Said(truth, tuple(missing.items()))

    def _row(
        self, case: tree.GradeCase, wanted: set[str]
    ) -> tuple[Column, Column, dict[FactKey, Column]]:
        """Say whether a row leaves a wanted and an unwanted grade possible, and what it lacks.

        Every grade down to the first that is met is possible, unless it is unmet.
        """
        fit: Column = False
        fail: Column = False
        missing: dict[FactKey, Column] = {}
        for grade in reversed(case.grades):
            said = Said(True) if grade.condition is None else self(grade.condition)
            possible, goes_on = negate(is_unmet(said.truth)), negate(is_met(said.truth))
            fits, fails = (possible, False) if grade.option in wanted else (False, possible)
            fit, fail = any_of(fits, all_of(goes_on, fit)), any_of(fails, all_of(goes_on, fail))
            missing = _either(dict(lacking(said)), _where(goes_on, missing))
        return fit, fail, missing

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
            return self._one(key, lambda _: any_of(*self._in_force(key)))
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

    def _title(self, title: str) -> FactKey:
        return FactKey(self.vocabulary.titles.label, title)

    def _spells(self, key: FactKey) -> list[_Spell]:
        stored = self.facts.stored(key)
        return [_Spell(self.facts, key, stored, n) for n in range(1, stored.stretches + 1)]

    def _in_force(self, key: FactKey) -> list[Column]:
        return [spell.overlaps(self.facts.as_of, self.facts.as_of) for spell in self._spells(key)]

    def _of_one_in_force(self, title: str, test: Callable[[_Spell], Column]) -> Said:
        key = self._title(title)
        today = self.facts.as_of
        return self._one(
            key,
            lambda _: any_of(
                *(all_of(spell.overlaps(today, today), test(spell)) for spell in self._spells(key))
            ),
        )

    def title_grade(self, leaf: tree.TitleGrade) -> Said:
        bound = leaf.levels.index(leaf.level)
        return self._of_one_in_force(
            leaf.title, lambda spell: _tested(spell.level, leaf.order, bound)
        )

    def title_date(self, leaf: tree.TitleDate) -> Said:
        return self._of_one_in_force(
            leaf.title, lambda spell: _tested(spell.start, leaf.order, leaf.day)
        )

    def title_left(self, leaf: tree.TitleLeft) -> Said:
        """So many days are left when the end lies that many days after as-of."""
        ordinal = self.facts.as_of.toordinal() + leaf.days
        day = date.fromordinal(max(SMALLEST_DAY, min(LARGEST_DAY, ordinal)))
        return self._of_one_in_force(leaf.title, lambda spell: _tested(spell.end, leaf.order, day))

    def held_years(self, leaf: tree.HeldYears) -> Said:
        key = self._title(leaf.title)

        def in_year(year: int) -> Column:
            first, last = date(year, 1, 1), date(year, 12, 31)
            return any_of(*(spell.began(first, last) for spell in self._spells(key)))

        def test(column: Any) -> Column:
            ends = (self.facts.as_of.year, self.facts.as_of.year - 1)
            runs = [range(end - leaf.years + 1, end + 1) for end in ends]
            undated = any_of(*(is_met(spell.undated) for spell in self._spells(key)))
            known = any_of(*(all_of(*map(in_year, run)) for run in runs))
            return cases((column.isnull(), None), (undated, None), otherwise=known)

        return self._one(key, test)

    def happened(self, leaf: tree.Happened) -> Said:
        first, last = self.facts.context.window(leaf.period)
        key = FactKey(leaf.attribute, leaf.member)
        spells = self._spells(key)
        clear = self.facts.part(key, "clear")

        def absent(column: Any) -> Column:
            """Absence is known beside a stretch, and from the day on that it was checked."""
            checked = False if clear is None else (clear <= first).fill_null(False)
            return where(any_of((column > 0).fill_null(False), checked), False, None)

        def test(column: Any) -> Column:
            if leaf.event is Event.LISTED:
                return any_of(*(spell.overlaps(first, last) for spell in spells), absent(column))
            none = (column == 0).fill_null(False)
            began = self._began(spells, leaf.event, first, last)
            return cases((column.isnull(), None), (none, absent(column)), otherwise=began)

        return self._one(key, test)

    def _began(self, spells: list[_Spell], event: Event, first: date, last: date) -> Column:
        inside = [is_met(spell.began(first, last)) for spell in spells]
        any_inside = any_of(*inside)
        undated = any_of(*(is_met(spell.undated) for spell in spells))
        if event is not Event.FIRST:
            return cases((any_inside, True), (undated, None), otherwise=False)
        before = any_of(*(is_met(spell.began(FIRST_DAY, first - timedelta(1))) for spell in spells))
        others = all_of(
            *(
                any_of(negate(i), is_unmet(spell.first))
                for i, spell in zip(inside, spells, strict=True)
            )
        )
        firsts = any_of(
            *(all_of(i, is_met(spell.first)) for i, spell in zip(inside, spells, strict=True))
        )
        return cases(
            (all_of(negate(any_inside), undated), None),
            (negate(any_inside), False),
            (any_of(before, others), False),
            (firsts, True),
            otherwise=None,
        )

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


def _where(test: Column, missing: dict[FactKey, Column]) -> dict[FactKey, Column]:
    return {key: all_of(test, absent) for key, absent in missing.items()}


def _either(*several: dict[FactKey, Column]) -> dict[FactKey, Column]:
    keys = dict.fromkeys(key for missing in several for key in missing)
    return {key: any_of(*(missing.get(key, False) for missing in several)) for key in keys}


def _tested(column: Any, order: tree.Order, bound: Any) -> Column:
    return None if column is None else ordered(column, order, bound)


class _Spell:
    """One stretch of a title or status, in its columns."""

    def __init__(self, facts: Facts, key: FactKey, stored: Stored, number: int) -> None:
        def part(name: str) -> Any:
            return facts.part(key, f"{name}{number}")

        self.exists = facts.main(key) >= number
        self.start, self.end = part("from"), part("to")
        self.level, self.first = part("level"), part("first")

    @property
    def undated(self) -> Column:
        """The stretch exists and its first day is not known."""
        return all_of(self.exists, is_open(self.start))

    def overlaps(self, first: date, last: date) -> Column:
        """The stretch touches a window; an end that is not known is open."""
        begun = True if self.start is None else self.start.isnull() | (self.start <= last)
        lasts = True if self.end is None else self.end.isnull() | (self.end >= first)
        return all_of(self.exists, begun, lasts)

    def began(self, first: date, last: date) -> Column:
        """The stretch began within a window, as far as its first day is known."""
        if self.start is None:
            return all_of(self.exists, False)
        within = (self.start >= first) & (self.start <= last)
        return all_of(self.exists, within.fill_null(False))


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

"""What the facts of a profile say of one leaf: the meaning of every leaf, in one place.

Each leaf gives a truth value, the facts it rests on, and the unknown facts that would settle it. The
fast path and the explanations both come here; other readers are held to it by the contract tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from matcher import tree
from matcher.logic import Truth, all_of, any_of, at_least, negate
from matcher.profile import NOT_APPLICABLE, Activity, FactKey, Profile, Rank, Spell, Stage, Tenure
from matcher.readers.grades import GradeFinder
from matcher.readers.measuring import Context, Measured, compare, compound_bound, measure
from matcher.readers.scoring import deciding
from matcher.readers.titles import happened, obtained_yearly
from matcher.tree import Condition, Grading, Leaf, Order, State
from matcher.vocabulary.model import JUDGEMENT, LIST, Kind, Vocabulary


class Judgement(NamedTuple):
    """A leaf's truth, the facts that would still settle it, those it rests on, and a remark."""

    truth: Truth
    missing: tuple[FactKey, ...] = ()
    used: tuple[FactKey, ...] = ()
    why: str = ""


class LeafJudge:
    """Judges leaves for one profile at one date."""

    def __init__(
        self, vocabulary: Vocabulary, context: Context, *, truth_only: bool = False
    ) -> None:
        self.vocabulary = vocabulary
        self.context = Context(context.profile, context.as_of, self._indicate)
        self.truth_only = truth_only
        self.grades = GradeFinder(self)
        self.profile, self.as_of = context.profile, context.as_of
        self._regions, self._industries = vocabulary.regions, vocabulary.industries

    def judge(self, leaf: Leaf) -> Judgement:
        """Judge one leaf."""
        return _JUDGES[type(leaf)](self, leaf)

    def condition(self, node: Condition) -> Judgement:
        """Judge a condition inside a leaf: the grades of a term, the test of a record."""
        if isinstance(node, Leaf):
            return self.judge(node)
        parts = [self.condition(child) for child in node.children]
        truth = combine(node, [part.truth for part in parts])
        used = tuple(key for part in parts for key in part.used)
        missing: tuple[FactKey, ...] = ()
        if truth is None:
            missing = tuple(key for part in parts for key in part.missing)
        why = next((part.why for part in parts if part.why), "")
        return Judgement(truth, missing, used, why)

    # --- single facts ----------------------------------------------------------------------------

    def _one(self, key: FactKey, test: Callable[[Any], Truth], why: str = "") -> Judgement:
        value = self.profile.value(key)
        if value is None:
            return Judgement(None, (key,))
        if value is NOT_APPLICABLE:
            return Judgement(False, used=(key,))
        truth = test(value)
        return Judgement(
            truth, (key,) if truth is None else (), (key,), why if truth is None else ""
        )

    def is_true(self, leaf: tree.IsTrue) -> Judgement:
        return self._one(self.plain_key(leaf.attribute), lambda value: value is True)

    def not_applicable(self, leaf: tree.NotApplicable) -> Judgement:
        """An unanswered question may turn out not to apply, so it stays open."""
        attribute = self.vocabulary.attributes[leaf.attribute]
        period = self.context.year_of(tree.YearsBack(1)) if attribute.yearly else None
        key = FactKey(leaf.attribute, None, period)
        value = self.profile.value(key)
        if value is None:
            return Judgement(None, (key,))
        return Judgement(value is NOT_APPLICABLE, used=(key,))

    def one_of(self, leaf: tree.OneOf) -> Judgement:
        if leaf.term is not None:
            return self._graded(leaf.term, set(leaf.options))
        return self._one(self.plain_key(leaf.attribute), lambda value: value in leaf.options)

    def ranks(self, leaf: tree.Ranks) -> Judgement:
        bound = leaf.options.index(leaf.option)
        fitting = {
            option for place, option in enumerate(leaf.options) if leaf.order.holds(place, bound)
        }
        if leaf.term is not None:
            return self._graded(leaf.term, fitting)
        return self._one(self.plain_key(leaf.attribute), lambda value: value in fitting)

    def plain_key(self, attribute: str) -> FactKey:
        """Give the fact an attribute is: of last year where it is yearly."""
        known = self.vocabulary.attributes[attribute]
        period = self.context.year_of(tree.YearsBack(1)) if known.yearly else None
        return FactKey(attribute, None, period)

    def date_is(self, leaf: tree.DateIs) -> Judgement:
        return self._one(
            FactKey(leaf.attribute),
            lambda day: leaf.order.holds(day.toordinal(), leaf.day.toordinal()),
        )

    def date_within(self, leaf: tree.DateWithin) -> Judgement:
        first, last = self.context.window(leaf.period)
        return self._one(FactKey(leaf.attribute), lambda day: first <= day <= last)

    def top_ranked(self, leaf: tree.TopRanked) -> Judgement:
        def test(rank: Rank) -> Truth:
            if leaf.places is not None:
                return rank.place <= leaf.places
            if rank.total is None or leaf.share is None:
                return None
            return rank.place <= leaf.share * rank.total

        return self._one(self.plain_key(leaf.attribute), test)

    # --- numbers ---------------------------------------------------------------------------------

    def compare(self, leaf: tree.Compare) -> Judgement:
        left, right = measure(leaf.left, self.context), measure(leaf.right, self.context)
        if isinstance(leaf.left, tree.CompoundGrowth) and right.low is not None:
            bound = compound_bound(right.low, leaf.left.years)
            right = Measured(bound, bound, right.missing, right.used)
        judged = self._measured([left, right], compare(left, leaf.order, right))
        if judged.truth is not None or right.low is None:
            return judged
        decisive = deciding(leaf.left, leaf.order, right.low, self.context)
        return judged if decisive is None else judged._replace(missing=decisive)

    def _indicate(self, node: Condition) -> Measured:
        judged = self.condition(node)
        number = None if judged.truth is None else int(judged.truth)
        return Measured(number, number, judged.missing, judged.used, why=judged.why)

    def within(self, leaf: tree.Within) -> Judgement:
        value = measure(leaf.value, self.context)
        low, high = leaf.low.value, leaf.high.value
        if isinstance(leaf.value, tree.CompoundGrowth):
            low, high = (compound_bound(end, leaf.value.years) for end in (low, high))
        above = Order.AT_LEAST if leaf.low_in else Order.MORE
        below = Order.AT_MOST if leaf.high_in else Order.LESS
        truth = all_of(
            (
                compare(value, above, Measured.exactly(low)),
                compare(value, below, Measured.exactly(high)),
            )
        )
        return self._measured([value], truth)

    def _measured(self, values: Iterable[Measured], truth: Truth) -> Judgement:
        values = list(values)
        used = tuple(key for value in values for key in value.used)
        if not all(value.applies for value in values):
            return Judgement(False, used=used)
        missing = tuple(dict.fromkeys(key for value in values for key in value.missing))
        why = next((value.why for value in values if value.why), "")
        return Judgement(truth, missing if truth is None else (), used, why)

    def each_year(self, leaf: tree.EachYear) -> Judgement:
        parts = []
        for year in self.context.full_years(leaf.years):
            figure = tree.Figure(leaf.attribute, tree.Year(year))
            parts.append(self.compare(tree.Compare(figure, leaf.order, leaf.bound)))
        return _together(parts, all_of(part.truth for part in parts))

    # --- graded terms ----------------------------------------------------------------------------

    def _graded(self, term: Grading, wanted: set[str]) -> Judgement:
        """Judge by the grades still possible: met when all of them fit, unmet when none does."""
        grades = self.grades
        found = grades.settles(term, wanted) if self.truth_only else grades.find(term)
        # 不可划型 is not a grade: it neither fits nor fails, so it stays unknown.
        fitting = {None if grade is None else grade in wanted for grade in found.possible}
        if fitting == {True} or fitting == {False}:
            return Judgement(fitting == {True}, used=found.used)
        why = term.otherwise if None in found.possible and not found.missing else ""
        return Judgement(None, found.missing, found.used, why)

    # --- sets and activities ---------------------------------------------------------------------

    def holds(self, leaf: tree.Holds) -> Judgement:
        def test(value: Any) -> Truth:
            return self._is_held(value, leaf.state)

        if len(leaf.members) == 1:
            return self._one(FactKey(leaf.attribute, leaf.members[0]), test)
        parts = [self._one(FactKey(leaf.attribute, member), test) for member in leaf.members]
        return _together(parts, at_least(leaf.count, (part.truth for part in parts)))

    def _is_held(self, value: Any, state: State | None) -> Truth:
        if isinstance(value, Tenure):
            return value.held(self.as_of)
        if isinstance(value, Activity):
            return value.state.value >= (state or State.PLANNED).value
        return value is True

    def done_within(self, leaf: tree.DoneWithin) -> Judgement:
        first, last = self.context.window(leaf.period)

        def test(value: Activity) -> Truth:
            if value.state is not State.DONE:
                return False
            return None if value.done_on is None else first <= value.done_on <= last

        return self._one(FactKey(self.vocabulary.activities.label, leaf.activity), test)

    # --- titles and statuses ---------------------------------------------------------------------

    def _title(self, title: str, test: Callable[[Tenure], Truth], why: str) -> Judgement:
        return self._one(FactKey(self.vocabulary.titles.label, title), test, why)

    def _in_force(self, title: str, test: Callable[[Spell], Truth], why: str) -> Judgement:
        """Judge by the certificates in force: one that stands the test is enough."""
        return self._title(
            title, lambda tenure: any_of(map(test, tenure.in_force(self.as_of))), why
        )

    def title_grade(self, leaf: tree.TitleGrade) -> Judgement:
        bound = leaf.levels.index(leaf.level)

        def test(spell: Spell) -> Truth:
            if spell.level is None:
                return None
            return leaf.order.holds(leaf.levels.index(spell.level), bound)

        return self._in_force(leaf.title, test, "没有写明级别")

    def title_date(self, leaf: tree.TitleDate) -> Judgement:
        def test(spell: Spell) -> Truth:
            if spell.start is None:
                return None
            return leaf.order.holds(spell.start.toordinal(), leaf.day.toordinal())

        return self._in_force(leaf.title, test, "没有写明取得日期")

    def title_left(self, leaf: tree.TitleLeft) -> Judgement:
        def test(spell: Spell) -> Truth:
            if spell.end is None:
                return None
            return leaf.order.holds((spell.end - self.as_of).days, leaf.days)

        return self._in_force(leaf.title, test, "没有写明有效期")

    def held_years(self, leaf: tree.HeldYears) -> Judgement:
        """Obtained in each of the last years, ending with this year or the last one."""
        return self._title(
            leaf.title,
            lambda tenure: obtained_yearly(tenure, leaf.years, self.as_of),
            "没有写明取得日期",
        )

    def happened(self, leaf: tree.Happened) -> Judgement:
        first, last = self.context.window(leaf.period)
        return self._one(
            FactKey(leaf.attribute, leaf.member),
            lambda tenure: happened(tenure, leaf.event, first, last),
            "没有写明日期",
        )

    # --- trees, stages ---------------------------------------------------------------------------

    def in_tree(self, leaf: tree.InTree) -> Judgement:
        return self._one(
            FactKey(leaf.attribute),
            lambda given: self.lies_in(leaf, given),
            "代码只有一部分属于这一类,或填得不够细",
        )

    def lies_in(self, leaf: tree.InTree, given: tuple[str, ...]) -> Truth:
        """Say whether one of the places or trades lies where the leaf asks."""
        regional = self.vocabulary.attributes[leaf.attribute].kind is Kind.REGION
        any_within = (self._regions if regional else self._industries).any_within
        sure = any_within(given, leaf.nodes)
        if sure is not False or not leaf.partly:
            return sure
        return False if any_within(given, leaf.partly) is False else None

    def _boards(self, attribute: str, board: str | None) -> list[FactKey]:
        members = self.vocabulary.attributes[attribute].members
        boards = [board] if board else [member.label for member in members]
        return [FactKey(attribute, one) for one in boards]

    def at_stage(self, leaf: tree.AtStage) -> Judgement:
        stages = self.vocabulary.attributes[leaf.attribute].stages
        bound = stages.index(leaf.stage)

        def test(value: Stage) -> Truth:
            place = stages.index(value.current) if value.current else -1
            return leaf.order.holds(place, bound)

        parts = [self._one(key, test) for key in self._boards(leaf.attribute, leaf.board)]
        return _together(parts, any_of(part.truth for part in parts))

    def stage_within(self, leaf: tree.StageWithin) -> Judgement:
        stages = self.vocabulary.attributes[leaf.attribute].stages
        first, last = self.context.window(leaf.period)

        def test(value: Stage) -> Truth:
            day = dict(value.reached).get(leaf.stage)
            if day is not None:
                return first <= day <= last
            place = stages.index(value.current) if value.current else -1
            return None if place >= stages.index(leaf.stage) else False

        parts = [self._one(key, test) for key in self._boards(leaf.attribute, leaf.board)]
        return _together(parts, any_of(part.truth for part in parts))

    # --- records, lists, judgements --------------------------------------------------------------

    def records(self, leaf: tree.Records) -> Judgement:
        key, words = FactKey(leaf.attribute), self.vocabulary.inside_record(leaf.attribute)

        def test(rows: tuple[Profile, ...]) -> Truth:
            judges = (LeafJudge(words, Context(row, self.as_of)) for row in rows)
            return at_least(leaf.count, [one.condition(leaf.condition).truth for one in judges])

        return self._one(key, test, "有的记录没有填全")

    def judged(self, leaf: tree.Judged) -> Judgement:
        own, general = judgement_keys(leaf)
        key = own if self.profile.knows(own) or not self.profile.knows(general) else general
        return self._one(key, lambda value: value is True)

    def listed(self, leaf: tree.Listed) -> Judgement:
        return self._one(FactKey(LIST, leaf.list_name), lambda value: value is True)


def judgement_keys(leaf: tree.Judged) -> tuple[FactKey, FactKey]:
    """Give the fact of a judgement made for the leaf's measure, and of one made for any."""
    own = FactKey(JUDGEMENT, leaf.judgement, None, leaf.measure or None)
    return own, FactKey(JUDGEMENT, leaf.judgement)


def _together(parts: list[Judgement], truth: Truth) -> Judgement:
    if len(parts) == 1 and parts[0].truth is truth:
        return parts[0]
    used = tuple(key for part in parts for key in part.used)
    missing = tuple(key for part in parts if part.truth is None for key in part.missing)
    why = next((part.why for part in parts if part.why and part.truth is None), "")
    return Judgement(truth, missing if truth is None else (), used, why if truth is None else "")


def combine(node: Condition, parts: list[Truth]) -> Truth:
    """Put the truths of a joint's children together."""
    if isinstance(node, tree.AllOf):
        return all_of(parts)
    if isinstance(node, tree.AnyOf):
        return any_of(parts)
    if isinstance(node, tree.Not):
        return negate(parts[0])
    if isinstance(node, tree.AtLeast):
        return at_least(node.count, parts)
    if isinstance(node, tree.When):
        return any_of((negate(parts[0]), parts[1]))
    if isinstance(node, tree.Named):
        return parts[0]
    raise TypeError(f"{type(node).__name__} is not a joint")


_JUDGES: dict[type[Leaf], Callable[[LeafJudge, Any], Judgement]] = {
    tree.IsTrue: LeafJudge.is_true,
    tree.Compare: LeafJudge.compare,
    tree.Within: LeafJudge.within,
    tree.EachYear: LeafJudge.each_year,
    tree.OneOf: LeafJudge.one_of,
    tree.Ranks: LeafJudge.ranks,
    tree.Holds: LeafJudge.holds,
    tree.DoneWithin: LeafJudge.done_within,
    tree.TitleGrade: LeafJudge.title_grade,
    tree.TitleDate: LeafJudge.title_date,
    tree.TitleLeft: LeafJudge.title_left,
    tree.Happened: LeafJudge.happened,
    tree.HeldYears: LeafJudge.held_years,
    tree.InTree: LeafJudge.in_tree,
    tree.AtStage: LeafJudge.at_stage,
    tree.StageWithin: LeafJudge.stage_within,
    tree.DateIs: LeafJudge.date_is,
    tree.DateWithin: LeafJudge.date_within,
    tree.Records: LeafJudge.records,
    tree.Judged: LeafJudge.judged,
    tree.Listed: LeafJudge.listed,
    tree.TopRanked: LeafJudge.top_ranked,
    tree.NotApplicable: LeafJudge.not_applicable,
}

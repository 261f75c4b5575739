"""An open outcome -> the facts it asks for again and again, and the values of each that make a difference.

A fact asked once may come out either way. One asked in several places cannot, so whoever wants to know
what an open verdict can still become gives such a fact each of its distinguishing values in turn.

The values of a fact are listed where every value it can have makes all open leaves say what one of the
listed makes them say, or more. 不适用 is one of them, for a company may give that answer to any question
that is not known member by member. They are not listed for the details of a title, records and ranks,
for two unknown figures of one ratio, or where several rows of 企业规模 can still apply.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from matcher import tree
from matcher.profile import NOT_APPLICABLE, Activity, Fact, FactKey, Spell, Stage, Tenure
from matcher.readers.evaluate import Outcome
from matcher.readers.leaves import LeafJudge, combine
from matcher.readers.measuring import Context
from matcher.readers.places import places_of
from matcher.readers.turning import Numeric, facts_of, turning_points
from matcher.tree import Leaf, Score, State
from matcher.values import Number, whole
from matcher.vocabulary.model import Kind

MAX_CASES = 400
# Kinds to which 不适用 is an answer of its own; of the others it says what "no" says.
_MAY_NOT_APPLY = (Kind.NUMBER, Kind.DATE, Kind.CHOICE, Kind.REGION, Kind.INDUSTRY, Kind.RANK)


class TooManyCases(Exception):
    """More cases than are worth looking at."""


def open_leaves(outcome: Outcome) -> Iterator[Outcome]:
    """Walk the leaves that still matter, left to right."""
    if outcome.truth is not None:
        return
    if outcome.judgement is not None:
        yield outcome
    for part in outcome.parts:
        yield from open_leaves(part)


def repeated(outcome: Outcome, context: Context) -> dict[FactKey, int]:
    """Count the facts that are asked more than once.

    The rows of a graded term ask again and again; so may the items of a score.
    """
    asked: list[FactKey] = []
    for leaf in open_leaves(outcome):
        assert leaf.judgement is not None
        keys = leaf.judgement.missing
        score = _score(leaf.node)
        if score is not None:
            known = Counter(key for way in score_facts(score, context) for key in way)
            asked += [key for key in keys for _ in range(max(1, known[key]))]
        else:
            asked += keys * 2 if len(keys) > 1 and _term(leaf.node) is not None else keys
    if len(asked) == len(set(asked)):
        return {}
    return {key: count for key, count in Counter(asked).items() if count > 1}


def score_facts(score: Score, context: Context) -> Iterator[set[FactKey]]:
    """Give the facts of every way to earn points."""
    for item in score.items:
        for way in (item,) if isinstance(item, tree.ScoreItem) else item.ways:
            yield set(facts_of(way.value, context))


def _score(node: tree.Condition) -> Score | None:
    if isinstance(node, tree.Compare) and isinstance(node.left, tree.Derived):
        definition = node.left.definition
        return definition if isinstance(definition, Score) else None
    return None


def _term(node: tree.Condition) -> tree.Grading | None:
    return node.term if isinstance(node, tree.OneOf | tree.Ranks) else None


def knowing(judge: LeafJudge, chosen: dict[FactKey, Fact]) -> LeafJudge:
    """Give the judge of a profile that knows more."""
    profile = replace(judge.profile, facts={**judge.profile.facts, **chosen})
    return LeafJudge(judge.vocabulary, Context(profile, judge.as_of))


def again(outcome: Outcome, judge: LeafJudge, learned: FactKey) -> Outcome:
    """Judge once more the open parts that ask for a fact; what was settled stays settled."""
    if outcome.truth is not None:
        return outcome
    if outcome.judgement is not None:
        assert isinstance(outcome.node, Leaf)
        if learned not in outcome.judgement.missing:
            return outcome
        judgement = judge.judge(outcome.node)
        return Outcome(outcome.node, judgement.truth, (), judgement)
    parts = tuple(again(part, judge, learned) for part in outcome.parts)
    return Outcome(outcome.node, combine(outcome.node, [part.truth for part in parts]), parts)


class Values:
    """The values of a fact between which the open leaves can tell a difference."""

    def __init__(self, outcome: Outcome, judge: LeafJudge) -> None:
        self.judge, self.vocabulary = judge, judge.vocabulary
        self.asking: dict[FactKey, list[Leaf]] = {}
        self.too_many: set[FactKey] = set()
        for leaf in open_leaves(outcome):
            assert isinstance(leaf.node, Leaf) and leaf.judgement is not None
            for node, keys in self._plain(leaf.node, leaf.judgement.missing):
                for key in keys:
                    self.asking.setdefault(key, []).append(node)

    def _plain(
        self, leaf: Leaf, missing: tuple[FactKey, ...]
    ) -> Iterator[tuple[Leaf, tuple[FactKey, ...]]]:
        """Open a graded term into the leaves of its row, where only one row can apply."""
        term = _term(leaf)
        if term is None:
            yield leaf, missing
            return
        row = self._row(term)
        if row is None:
            self.too_many.update(missing)
            return
        for node in _leaves_of([grade.condition for grade in row.grades if grade.condition]):
            judgement = self.judge.judge(node)
            if judgement.truth is None:
                yield from self._plain(node, judgement.missing)

    def _row(self, term: tree.Grading) -> tree.GradeCase | None:
        for case in term.cases:
            guard = self.judge.condition(case.guard).truth
            if guard is not False:
                return case if guard else None
        return None

    def of(self, key: FactKey) -> list[Any]:
        """List the values of a fact; none where they cannot be listed."""
        if key in self.too_many:
            return []
        nodes = self.asking.get(key, [])
        values: list[Any] = []
        bounds: set[Number] = set()
        days: set[Number] = set()
        trees = [node for node in nodes if isinstance(node, tree.InTree)]
        for node in nodes:
            if isinstance(node, Numeric):
                known = turning_points(node, key, self.judge.context)
                if not known:
                    return []
                bounds.update(known)
            elif isinstance(node, tree.NotApplicable):
                values.append(NOT_APPLICABLE)
            elif isinstance(node, tree.DateIs | tree.DateWithin):
                days.update(self._days(node))
            elif not isinstance(node, tree.InTree):
                plain = self._plain_values(node, key)
                if not plain:
                    return []
                values += plain
        places = places_of(trees, self.judge) if trees else []
        if trees and not places:
            return []
        kind = self.vocabulary.attributes[key.attribute].kind
        values += _between(sorted(bounds)) + places
        values += [date.fromordinal(int(day)) for day in _between(sorted(days))]
        if kind in _MAY_NOT_APPLY and not self.judge.profile.knows(key):
            values.append(NOT_APPLICABLE)
        if values and set(values) == {NOT_APPLICABLE}:
            values.append(True)  # some value: nothing but 不适用 is asked
        return list(dict.fromkeys(values))

    def _days(self, node: tree.DateIs | tree.DateWithin) -> list[int]:
        """List the days that a date is compared with."""
        if isinstance(node, tree.DateIs):
            return [node.day.toordinal()]
        first, last = self.judge.context.window(node.period)
        return [first.toordinal(), last.toordinal()]

    def _plain_values(self, node: Leaf, key: FactKey) -> list[Any]:
        attribute = self.vocabulary.attributes[key.attribute]
        if isinstance(node, tree.IsTrue | tree.Judged | tree.Listed):
            return [True, False]
        if isinstance(node, tree.OneOf | tree.Ranks):
            return [member.label for member in attribute.members]
        if isinstance(node, tree.AtStage):
            return [Stage(), *(Stage(stage) for stage in attribute.stages)]
        if not isinstance(node, tree.Holds):
            return []
        if attribute.kind is Kind.ACTIVITIES:
            return [Activity(state) for state in State]
        held = attribute.kind in (Kind.TITLES, Kind.STATUS)
        return [Tenure((Spell(),)), Tenure()] if held else [True, False]


def _leaves_of(nodes: Sequence[tree.Condition]) -> Iterator[Leaf]:
    for node in nodes:
        if isinstance(node, Leaf):
            yield node
        yield from _leaves_of(node.children)


def _between(bounds: list[Number]) -> list[Number]:
    """Give each bound, what lies between two of them, below the first and above the last."""
    if not bounds:
        return []
    inner = [whole(Fraction(low + high) / 2) for low, high in pairwise(bounds)]
    return [bounds[0] - 1, *bounds, *inner, bounds[-1] + 1]

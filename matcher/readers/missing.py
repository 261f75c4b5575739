"""The unknown facts that can still change a verdict: no fact too many, none too few.

`Outcome.missing` reads them off the open parts, which is exact as long as every fact is asked once.
Where a fact is asked in several places, one answer may close both: of 「营业收入 ≥ 5 亿元, 且 (营业收入
≥ 3 亿元 或 X)」 X can never matter. There every such fact is given each value that makes a difference,
and a fact stays listed if it is still open in one of those cases while the others are known.

Facts are left listed, so the list may be too long but never too short, where a fact asked twice goes
into a ratio, a sum, growth or the details of a title, where a place or trade is known too coarsely,
where several rows of 企业规模 can still apply, or where there are more than ``MAX_CASES`` cases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

from matcher import tree
from matcher.logic import Truth, any_of
from matcher.profile import NOT_APPLICABLE, Activity, Fact, FactKey, Spell, Stage, Tenure
from matcher.readers.evaluate import Outcome
from matcher.readers.leaves import LeafJudge, combine
from matcher.readers.measuring import Context
from matcher.tree import Constant, Leaf, State
from matcher.values import Number, whole
from matcher.vocabulary.model import Kind

MAX_CASES = 400


def missing_facts(outcome: Outcome, judge: LeafJudge) -> tuple[FactKey, ...]:
    """List the unknown facts that can still change a verdict, in the order of the text."""
    listed = outcome.missing()
    repeated = _repeated(outcome)
    if not repeated:
        return listed
    search = _Search(judge)
    try:
        once = [key for key in listed if key not in repeated]
        for wanted in (once, *([key] for key in listed if key in repeated)):
            search.look(outcome, set(wanted), {})
    except _TooMany:
        return listed
    # Where any one answer alone would settle it, none needs another: then all are named.
    return tuple(key for key in listed if key in search.found) or listed


def _open_leaves(outcome: Outcome) -> Iterator[Outcome]:
    if outcome.truth is not None:
        return
    if outcome.judgement is not None:
        yield outcome
    for part in outcome.parts:
        yield from _open_leaves(part)


def _repeated(outcome: Outcome) -> dict[FactKey, int]:
    """Count the facts that are asked more than once; the rows of a graded term ask again and again."""
    asked: list[FactKey] = []
    for leaf in _open_leaves(outcome):
        assert leaf.judgement is not None
        keys = leaf.judgement.missing
        asked += keys * 2 if len(keys) > 1 and _term(leaf.node) is not None else keys
    if len(asked) == len(set(asked)):
        return {}
    return {key: count for key, count in Counter(asked).items() if count > 1}


def _term(node: tree.Condition) -> tree.Grading | None:
    return node.term if isinstance(node, tree.OneOf | tree.Ranks) else None


class _TooMany(Exception):
    """More cases than are worth looking at."""


class _Search:
    """Looks for cases of the repeated facts in which a fact is still open; notes it in ``found``."""

    def __init__(self, judge: LeafJudge) -> None:
        self.judge = judge
        self.cases = 0
        self.found: set[FactKey] = set()

    def look(self, outcome: Outcome, wanted: set[FactKey], chosen: dict[FactKey, Fact]) -> None:
        """Settle one repeated fact after the other, never a wanted one.

        What is not missing now will not be once more is known, so such a case is left.
        """
        self.cases += 1
        if self.cases > MAX_CASES:
            raise _TooMany
        still = wanted.intersection(outcome.missing()) - self.found
        if not still:
            return
        judge = self._knowing(chosen)
        values = _Values(outcome, judge)
        for key in _repeated(outcome):
            options = [] if key in wanted or judge.profile.knows(key) else values.of(key)
            if options:
                break
        else:
            self.found |= still
            return
        for value in options:
            more = {**chosen, key: Fact(value)}
            self.look(_again(outcome, self._knowing(more), key), wanted, more)

    def _knowing(self, chosen: dict[FactKey, Fact]) -> LeafJudge:
        profile = replace(self.judge.profile, facts={**self.judge.profile.facts, **chosen})
        return LeafJudge(self.judge.vocabulary, Context(profile, self.judge.as_of))


def _again(outcome: Outcome, judge: LeafJudge, learned: FactKey) -> Outcome:
    """Judge once more the open parts that ask for a fact; what was settled stays settled."""
    if outcome.truth is not None:
        return outcome
    if outcome.judgement is not None:
        assert isinstance(outcome.node, Leaf)
        if learned not in outcome.judgement.missing:
            return outcome
        judgement = judge.judge(outcome.node)
        return Outcome(outcome.node, judgement.truth, (), judgement)
    parts = tuple(_again(part, judge, learned) for part in outcome.parts)
    return Outcome(outcome.node, combine(outcome.node, [part.truth for part in parts]), parts)


class _Values:
    """The values of a fact between which the open leaves can tell a difference."""

    def __init__(self, outcome: Outcome, judge: LeafJudge) -> None:
        self.judge, self.vocabulary = judge, judge.vocabulary
        self.asking: dict[FactKey, list[Leaf]] = {}
        self.too_many: set[FactKey] = set()
        for leaf in _open_leaves(outcome):
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
            if isinstance(node, tree.Compare | tree.Within | tree.EachYear):
                known = _bounds(node)
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
        kind = self.vocabulary.attributes[key.attribute].kind
        values += _between(sorted(bounds)) + (self._places(trees) if trees else [])
        values += [date.fromordinal(int(day)) for day in _between(sorted(days))]
        if kind in (Kind.NUMBER, Kind.DATE, Kind.CHOICE):
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

    def _places(self, nodes: list[tree.InTree]) -> list[Any]:
        """List places or trades by what they answer: each named one, another one, and two at once.

        A named place stands for all places in it, for it settles no more than they do.
        """
        regional = self.vocabulary.attributes[nodes[0].attribute].kind is Kind.REGION
        table = self.vocabulary.regions.by_id if regional else self.vocabulary.industries.names
        named = dict.fromkeys(code for node in nodes for code in (*node.nodes, *node.partly))
        values: dict[tuple[Truth, ...], tuple[str, ...]] = {}
        for code in named:
            values.setdefault(self._answers(nodes, code), (code,))
        nowhere = (False,) * len(nodes)
        other = next((code for code in table if self._answers(nodes, code) == nowhere), None)
        if other is not None:
            values.setdefault(nowhere, (other,))
        for (one, place), (two, further) in combinations(list(values.items()), 2):
            both = tuple(any_of(pair) for pair in zip(one, two, strict=True))
            values.setdefault(both, place + further)
        return list(values.values())

    def _answers(self, nodes: list[tree.InTree], code: str) -> tuple[Truth, ...]:
        return tuple(self.judge.lies_in(node, (code,)) for node in nodes)


def _leaves_of(nodes: Sequence[tree.Condition]) -> Iterator[Leaf]:
    for node in nodes:
        if isinstance(node, Leaf):
            yield node
        yield from _leaves_of(node.children)


def _bounds(node: tree.Compare | tree.Within | tree.EachYear) -> list[Number]:
    """Give the numbers that a leaf compares a plain figure with; none where it is not plain."""
    if isinstance(node, tree.EachYear):
        return [node.bound.value]
    if isinstance(node, tree.Within):
        return [node.low.value, node.high.value] if isinstance(node.value, tree.Figure) else []
    plain = isinstance(node.left, tree.Figure) and isinstance(node.right, Constant)
    return [node.right.value] if plain and isinstance(node.right, Constant) else []


def _between(bounds: list[Number]) -> list[Number]:
    """Give each bound, what lies between two of them, below the first and above the last."""
    if not bounds:
        return []
    inner = [whole(Fraction(low + high) / 2) for low, high in pairwise(bounds)]
    return [bounds[0] - 1, *bounds, *inner, bounds[-1] + 1]

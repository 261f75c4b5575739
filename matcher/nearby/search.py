"""A condition that is not met -> the cheapest sets of changes that would make it so, each tried out.

From the leaves up, every node gives the sets that would make it come out as wanted. A set that is not
enough, because what it changes is asked elsewhere too, is worked on from where it leads. Best first, and
bounded: after so many tries what was found is all that is shown.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, count
from typing import Any

from matcher import tree
from matcher.logic import Truth, Verdict
from matcher.nearby.changes import Change, Changes, Cost, applied, cheapest, cost, marks, together
from matcher.nearby.figures import spelled_out, supposing
from matcher.nearby.moves import blank_context, moves
from matcher.profile import FactKey
from matcher.readers.evaluate import Outcome
from matcher.readers.leaves import LeafJudge, combine
from matcher.readers.measuring import Context
from matcher.readers.settled import settle
from matcher.readers.turning import Numeric
from matcher.tree import Condition, Leaf

SHOWN = 5
KEPT = 12
MAX_TRIES = 60
MAX_ROUNDS = 3


class Around:
    """The profiles around that of a judge: each is worked out once, whoever searches through it.

    Conditions share many leaves, above all those of their document's scope, and lead through the same
    changes, such as one title. Nothing here depends on the condition that is searched.
    """

    def __init__(self, judge: LeafJudge) -> None:
        self.judge, self.profile = judge, judge.profile
        self._options: dict[frozenset[tuple[FactKey, str]], Options] = {}

    def options(self, changes: Changes) -> Options:
        """Give the options of the profile with some changes made."""
        key = marks(changes)
        known = self._options.get(key)
        if known is None:
            profile = applied(self.profile, changes)
            judge = LeafJudge(self.judge.vocabulary, Context(profile, self.judge.as_of))
            known = self._options[key] = Options(judge)
        return known


class Search:
    """Searches the changes that would make one condition met for the profile of a judge.

    Searches of one profile and day may share what lies ``around`` it; they find the same without.
    """

    def __init__(
        self, condition: Condition, judge: LeafJudge, around: Around | None = None
    ) -> None:
        self.condition, self.judge = condition, judge
        self.around = around or Around(judge)
        self.profile = judge.profile

    def found(self) -> list[Changes]:
        """List the cheapest sets that do, none of which holds another, at most `SHOWN`."""
        order = count()
        waiting: list[tuple[Cost, int, int, Changes]] = []
        found: list[Changes] = []
        heapq.heappush(waiting, (cost((), self.profile), next(order), 0, ()))
        seen: set[frozenset[tuple[FactKey, str]]] = set()
        tries = 0
        while waiting and len(found) < SHOWN and tries < MAX_TRIES:
            _, _, rounds, changes = heapq.heappop(waiting)
            if marks(changes) in seen or any(_holds(changes, smaller) for smaller in found):
                continue
            seen.add(marks(changes))
            tries += 1
            options = self.around.options(changes)
            if options.met(self.condition):
                found.append(self._needed(changes))
            elif rounds < MAX_ROUNDS:
                for further in options.of(self.condition, True):
                    made = tuple({c.key: c for c in (*changes, *further)}.values())
                    entry = (cost(made, self.profile), next(order), rounds + 1, made)
                    heapq.heappush(waiting, entry)
        return found

    def _needed(self, changes: Changes) -> Changes:
        """Leave out what does without: one change may have made another needless."""
        for change in changes:
            fewer = tuple(one for one in changes if one is not change)
            if self.around.options(fewer).met(self.condition):
                changes = fewer
        return changes

    def fixed(self) -> list[Leaf]:
        """List the leaves that no change can turn and that stand in the way of every set."""
        options = self.around.options(())
        return list(dict.fromkeys(options.against(self.condition, True)))


def _holds(changes: Changes, smaller: Changes) -> bool:
    return {change.key for change in smaller} <= {change.key for change in changes}


class Options:
    """The sets of changes for every node of a condition, for one profile."""

    def __init__(self, judge: LeafJudge) -> None:
        self.judge = judge
        # A tree's hash walks the tree, so nodes are known by identity first; each stays alive here.
        self._nodes: dict[tuple[int, bool], tuple[Condition, list[Changes]]] = {}
        self._leaves: dict[tuple[Leaf | str, bool], list[Changes]] = {}
        self._truths: dict[int, tuple[Condition, Truth]] = {}

    def met(self, condition: Condition) -> bool:
        """Say whether a condition is met, by proof or because all cases agree."""
        truth = self.truth(condition)
        if truth is not None:
            return truth
        settled = settle(self._outcome(condition), self.judge)
        return settled is not None and settled.verdict is Verdict.MET

    def _outcome(self, node: Condition) -> Outcome:
        if isinstance(node, Leaf):
            judgement = self.judge.judge(node)
            return Outcome(node, judgement.truth, (), judgement)
        parts = tuple(self._outcome(child) for child in node.children)
        return Outcome(node, combine(node, [part.truth for part in parts]), parts)

    def truth(self, node: Condition) -> Truth:
        """Give what a node comes to now."""
        known = self._truths.get(id(node))
        if known is None:
            if isinstance(node, Leaf):
                truth = self.judge.judge(node).truth
            else:
                truth = combine(node, [self.truth(child) for child in node.children])
            known = self._truths[id(node)] = node, truth
        return known[1]

    def of(self, node: Condition, wanted: bool) -> list[Changes]:
        """List the cheapest sets that should make a node come out as wanted; none where nothing does."""
        if self.truth(node) is wanted:
            return [()]
        known = self._nodes.get((id(node), wanted))
        if known is None:
            if isinstance(node, Leaf):
                sets = self._of_leaf(node, wanted)
            else:
                sets = cheapest(self._made(node, wanted), self.judge.profile, KEPT)
            known = self._nodes[id(node), wanted] = node, sets
        return known[1]

    def _of_leaf(self, leaf: Leaf, wanted: bool) -> list[Changes]:
        """Work out equal leaves once, those that read alike: a unit is no part of equality."""
        worded = isinstance(leaf, Numeric | tree.Records)
        key = repr(leaf) if worded else leaf, wanted
        if key not in self._leaves:
            made = self._leaf(leaf, wanted)
            self._leaves[key] = cheapest(made, self.judge.profile, KEPT)
        return self._leaves[key]

    def _made(self, node: Condition, wanted: bool) -> list[Changes]:
        if isinstance(node, tree.Not):
            return self.of(node.part, not wanted)
        if isinstance(node, tree.Named):
            return self.of(node.condition, wanted)
        needed, parts = _parts_needed(node, wanted)
        possible = [sets for part, so in parts if (sets := self.of(part, so))]
        if len(possible) < needed:
            return []
        done = [sets for sets in possible if sets == [()]]
        left = [sets for sets in possible if sets != [()]]
        needed -= len(done)
        chosen = combinations(left, needed)
        return [one for group in chosen for one in together(list(group), self.judge.profile, KEPT)]

    def _leaf(self, leaf: Leaf, wanted: bool) -> list[Changes]:
        if isinstance(leaf, tree.Holds) and len(leaf.members) > 1:
            single = tuple(
                tree.Holds(leaf.attribute, (one,), 1, leaf.state) for one in leaf.members
            )
            return self.of(tree.AtLeast(leaf.count, single), wanted)
        if isinstance(leaf, tree.Records):
            return list(self._records(leaf, wanted))
        meaning = spelled_out(leaf, self.judge)
        if meaning is not None:
            return [self._seen_as(leaf, wanted, made) for made in self.of(meaning, wanted)]
        return list(moves(leaf, wanted, self.judge))

    def _seen_as(self, leaf: Leaf, wanted: bool, changes: Changes) -> Changes:
        """Let what is to be confirmed for a grade be the grade, not the one row that was tried."""
        if not isinstance(leaf, tree.OneOf | tree.Ranks):
            return changes
        return tuple(
            change
            if self.judge.profile.knows(change.key)
            else replace(change, leaf=leaf, wanted=wanted)
            for change in changes
        )

    def _records(self, leaf: tree.Records, wanted: bool) -> Iterator[Changes]:
        """Add as many records as are needed, each as the condition asks."""
        key = FactKey(leaf.attribute)
        if not wanted:
            if not self.judge.profile.knows(key):
                yield (Change(key, (), leaf, wanted),)
            return
        blank = blank_context(self.judge)
        words = self.judge.vocabulary.inside_record(leaf.attribute)
        ways = Search(leaf.condition, LeafJudge(words, blank)).found()
        now = self.judge.profile.value(key)
        held = now if isinstance(now, tuple) else ()
        for more in range(1, leaf.count + 1) if ways else ():
            made: Any = (*held, *[applied(blank.profile, ways[0])] * more)
            if supposing(self.judge, {key: made}).judge(leaf).truth:
                yield (Change(key, made, leaf, wanted),)
                return

    def against(self, node: Condition, wanted: bool) -> Iterator[Leaf]:
        """Walk the leaves for want of which a node has no set."""
        if self.of(node, wanted):
            return
        if isinstance(node, Leaf):
            yield node
        elif isinstance(node, tree.Not):
            yield from self.against(node.part, not wanted)
        elif isinstance(node, tree.Named):
            yield from self.against(node.condition, wanted)
        else:
            for part, so in _parts_needed(node, wanted)[1]:
                yield from self.against(part, so)


def _parts_needed(node: Condition, wanted: bool) -> tuple[int, list[tuple[Condition, bool]]]:
    """Say how many parts of a joint must come out how, for the joint to come out as wanted."""
    if isinstance(node, tree.When):
        both = [(node.guard, not wanted), (node.then, wanted)]
        return (1 if wanted else 2), both
    parts = [(part, wanted) for part in node.children]
    least = node.count if isinstance(node, tree.AtLeast) else 1
    if isinstance(node, tree.AllOf):
        least = len(parts)
    return (least if wanted else len(parts) - least + 1), parts

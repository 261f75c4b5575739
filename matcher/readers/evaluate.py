"""One company, one condition: a three-valued verdict with the outcome of every node.

In: a tree, a profile, a date. Out: an `Outcome` tree that says what each part came to, on which facts,
and which unknown facts can still change it. Verdicts alone, for every measure at once, come faster
from `matcher.readers.compiled`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from matcher import tree
from matcher.logic import Truth, Verdict
from matcher.profile import FactKey, Profile
from matcher.readers.fold import Fold
from matcher.readers.leaves import Judgement, LeafJudge, combine
from matcher.readers.measuring import Context
from matcher.tree import Condition, Leaf
from matcher.vocabulary.model import Vocabulary


class Outcome(NamedTuple):
    """What one node came to: its truth, its parts, and for a leaf the facts behind it."""

    node: Condition
    truth: Truth
    parts: tuple[Outcome, ...] = ()
    judgement: Judgement | None = None

    @property
    def verdict(self) -> Verdict:
        """The node's verdict."""
        return Verdict.of(self.truth)

    def leaves(self) -> Iterator[Outcome]:
        """Walk the leaf outcomes, left to right."""
        if self.judgement is not None:
            yield self
        for part in self.parts:
            yield from part.leaves()

    def missing(self) -> tuple[FactKey, ...]:
        """List the unknown facts of the open parts, in the order of the text.

        A settled part cannot be changed by learning more. Where several parts ask for one fact this
        may be more than can matter; `matcher.readers.missing` leaves out the rest.
        """
        if self.truth is not None:
            return ()
        if self.judgement is not None:
            return self.judgement.missing
        return tuple(dict.fromkeys(key for part in self.parts for key in part.missing()))

    def used(self) -> tuple[FactKey, ...]:
        """List the known facts that the leaves rest on."""
        return tuple(
            dict.fromkeys(
                key for leaf in self.leaves() if leaf.judgement for key in leaf.judgement.used
            )
        )

    def proof(self) -> tuple[FactKey, ...]:
        """List the facts of one proof of a settled verdict: what alone would settle it."""
        if self.judgement is not None:
            return self.judgement.used
        parts = [part for part in self.parts if part.truth is not None]
        if isinstance(self.node, tree.Not | tree.Named):
            return self.parts[0].proof()
        deciding = _deciding(self.node, self.truth, parts)
        return tuple(dict.fromkeys(key for part in deciding for key in part.proof()))


def _deciding(node: Condition, truth: Truth, parts: list[Outcome]) -> list[Outcome]:
    """Pick the settled parts that together settle a joint."""
    if isinstance(node, tree.When):
        guard, then = parts[0], parts[-1]
        return [guard] if truth and guard.truth is False else [then] if truth else parts
    agreeing = [part for part in parts if part.truth is truth]
    if isinstance(node, tree.AllOf):
        return agreeing if truth else agreeing[:1]
    if isinstance(node, tree.AnyOf):
        return agreeing[:1] if truth else agreeing
    if isinstance(node, tree.AtLeast):
        return agreeing[: node.count] if truth else agreeing
    return agreeing


class Evaluate(Fold[Outcome]):
    """Reads a tree as one company's outcome."""

    def __init__(self, vocabulary: Vocabulary, profile: Profile, as_of: date) -> None:
        self.judge = LeafJudge(vocabulary, Context(profile, as_of))
        self._leaves: dict[int, Outcome] = {}

    def visit_leaf(self, node: Leaf, parts: tuple[Outcome, ...]) -> Outcome:
        # Measures share the very leaves of their document's scope. An outcome keeps its node alive,
        # so an identity stands for one node as long as this reader lives.
        known = self._leaves.get(id(node))
        if known is None:
            judgement = self.judge.judge(node)
            known = self._leaves[id(node)] = Outcome(node, judgement.truth, (), judgement)
        return known

    def _joint(self, node: Condition, parts: tuple[Outcome, ...]) -> Outcome:
        return Outcome(node, combine(node, [part.truth for part in parts]), parts)

    visit_all_of = visit_any_of = visit_not = _joint
    visit_at_least = visit_when = visit_named = _joint


def evaluate(
    condition: Condition, profile: Profile, as_of: date, vocabulary: Vocabulary
) -> Outcome:
    """Evaluate one condition for a profile at a date."""
    return Evaluate(vocabulary, profile, as_of)(condition)

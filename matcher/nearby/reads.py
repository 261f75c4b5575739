"""A condition -> the facts that judging it, and searching for ways to it, can read of a profile.

Two profiles that agree on these facts and on 填报日期 come to the same verdict and the same ways on a day,
whatever else they know. So what was worked out for one stands for the other (`webapp.services.matching`),
and a change of any other fact need not be looked at. Too many facts would be harmless, one too few wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from matcher import tree
from matcher.profile import FactKey, Profile
from matcher.tree import Condition, Leaf, Quantity, Score
from matcher.vocabulary.model import JUDGEMENT, LIST, PARAMETER, Vocabulary

Asked = tuple[str, str | None]
"""An attribute and one member of it; without a member, the attribute with all that it has."""


@dataclass(frozen=True, slots=True)
class Reads:
    """The facts that a condition can read, of whatever period."""

    asked: frozenset[Asked]

    def __contains__(self, key: FactKey) -> bool:
        """Say whether a fact is among them."""
        return (key.attribute, key.member) in self.asked or (key.attribute, None) in self.asked

    def of(self, profile: Profile) -> Profile:
        """Give the profile that knows these facts alone."""
        return replace(profile, facts={k: fact for k, fact in profile.facts.items() if k in self})


def reads(condition: Condition, vocabulary: Vocabulary) -> Reads:
    """List the facts that a condition can read."""
    return Reads(frozenset(_condition(condition, vocabulary)))


def asks_again(condition: Condition, vocabulary: Vocabulary) -> bool:
    """Say whether a condition may ask for one fact in several places; no other verdict ever settles.

    The rows of a graded term ask again and again (`matcher.readers.cases.repeated`).
    """
    if _graded(condition):
        return True
    asked = list(_condition(condition, vocabulary))
    whole = {attribute for attribute, member in asked if member is None}
    places = [(one, None if one in whole else member) for one, member in asked]
    return len(set(places)) < len(places)


def _graded(node: Condition) -> bool:
    if isinstance(node, tree.OneOf | tree.Ranks) and node.term is not None:
        return True
    return any(_graded(child) for child in node.children)


def _condition(node: Condition, vocabulary: Vocabulary) -> Iterator[Asked]:
    if isinstance(node, Leaf):
        yield from READERS[type(node)](node, vocabulary)
    for child in node.children:
        yield from _condition(child, vocabulary)


def _attribute(node: Any, vocabulary: Vocabulary) -> Iterator[Asked]:
    yield node.attribute, None


def _members(node: tree.Holds, vocabulary: Vocabulary) -> Iterator[Asked]:
    yield from ((node.attribute, member) for member in node.members)


def _title(node: Any, vocabulary: Vocabulary) -> Iterator[Asked]:
    yield vocabulary.titles.label, node.title


def _choice(node: tree.OneOf | tree.Ranks, vocabulary: Vocabulary) -> Iterator[Asked]:
    yield node.attribute, None
    for case in node.term.cases if node.term else ():
        yield from _condition(case.guard, vocabulary)
        for grade in case.grades:
            if grade.condition is not None:
                yield from _condition(grade.condition, vocabulary)


def _compared(node: tree.Compare, vocabulary: Vocabulary) -> Iterator[Asked]:
    yield from _quantity(node.left, vocabulary)
    yield from _quantity(node.right, vocabulary)


def _quantity(node: Quantity, vocabulary: Vocabulary) -> Iterator[Asked]:
    if isinstance(node, tree.Ratio):
        yield from _quantity(node.over, vocabulary)
        yield from _quantity(node.under, vocabulary)
    elif isinstance(node, tree.Sum):
        yield from _quantity(node.left, vocabulary)
        yield from _quantity(node.right, vocabulary)
    elif isinstance(node, tree.Derived):
        if isinstance(node.definition, Score):
            yield from _score(node.definition, vocabulary)
        else:
            yield from _quantity(node.definition, vocabulary)
    elif isinstance(node, tree.Indicator):
        yield from _condition(node.condition, vocabulary)
    elif isinstance(node, tree.Parameter):
        yield PARAMETER, node.name
    elif isinstance(node, tree.Figure | tree.Total | tree.Growth | tree.CompoundGrowth | tree.Age):
        yield node.attribute, None
    else:
        assert isinstance(node, tree.Constant), f"{type(node).__name__} is not known here"


def _score(score: Score, vocabulary: Vocabulary) -> Iterator[Asked]:
    for item in score.items:
        for way in (item,) if isinstance(item, tree.ScoreItem) else item.ways:
            yield from _quantity(way.value, vocabulary)


READERS: dict[type[Leaf], Callable[[Any, Vocabulary], Iterator[Asked]]] = {
    tree.IsTrue: _attribute,
    tree.Compare: _compared,
    tree.Within: lambda node, vocabulary: _quantity(node.value, vocabulary),
    tree.EachYear: _attribute,
    tree.OneOf: _choice,
    tree.Ranks: _choice,
    tree.Holds: _members,
    tree.DoneWithin: lambda node, vocabulary: iter([(vocabulary.activities.label, node.activity)]),
    tree.TitleGrade: _title,
    tree.TitleDate: _title,
    tree.TitleLeft: _title,
    tree.Happened: lambda node, vocabulary: iter([(node.attribute, node.member)]),
    tree.HeldYears: _title,
    tree.InTree: _attribute,
    tree.AtStage: _attribute,
    tree.StageWithin: _attribute,
    tree.DateIs: _attribute,
    tree.DateWithin: _attribute,
    # What stands inside a record is part of the one fact that the records are.
    tree.Records: _attribute,
    tree.Judged: lambda node, vocabulary: iter([(JUDGEMENT, node.judgement)]),
    tree.Listed: lambda node, vocabulary: iter([(LIST, node.list_name)]),
    tree.TopRanked: _attribute,
    tree.NotApplicable: _attribute,
}

"""A leaf -> the changes of facts that make it come out as wanted.

What the vocabulary says cannot be changed (可变) is only ever confirmed: where such a fact is known and
stands against the company there is no move. Every candidate is judged, and none is given that does not
do. A title is never given up and a past event never undone; but a listing ends, and a window passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from matcher import tree
from matcher.nearby.changes import Change, Changes
from matcher.nearby.figures import figure_moves, first_place, movable_facts, supposing
from matcher.profile import (
    NOT_APPLICABLE,
    Activity,
    FactKey,
    FactValue,
    Profile,
    Rank,
    Spell,
    Stage,
    Tenure,
)
from matcher.readers.leaves import LeafJudge, judgement_keys
from matcher.readers.measuring import Context
from matcher.readers.places import places_of
from matcher.readers.turning import Numeric
from matcher.tree import Leaf, State
from matcher.values import add_months
from matcher.vocabulary.model import LIST, Changing, Kind

_DAY = timedelta(days=1)


def moves(leaf: Leaf, wanted: bool, judge: LeafJudge) -> Iterator[Changes]:
    """Give every way to make a leaf come out as wanted, each as a set of changes."""
    if isinstance(leaf, Numeric):
        found = figure_moves(leaf, wanted, judge)
    elif isinstance(leaf, tree.Holds) and len(leaf.members) > 1:
        return
    else:
        found = ((one,) for one in _single(leaf, wanted, judge))
    for changes in found:
        if all(_allowed(change, judge) for change in changes):
            made = {change.key: change.value for change in changes}
            if supposing(judge, made).judge(leaf).truth is wanted:
                yield changes


def _allowed(change: Change, judge: LeafJudge) -> bool:
    """Say whether a fact may change so: what is not known may be so already."""
    changing = judge.vocabulary.attributes[change.key.attribute].changing
    if not judge.profile.knows(change.key) or changing is Changing.EFFORT:
        return True
    if changing is Changing.ADDING:
        return change.wanted or change.on is not None
    number = isinstance(change.value, int | Fraction) and not isinstance(change.value, bool)
    return changing is Changing.TIME and (change.on is not None or number)


def takes_effort(leaf: Leaf, wanted: bool, judge: LeafJudge) -> bool:
    """Say whether a company's effort can change a fact that a leaf asks for, in the direction wanted."""
    keys = movable_facts(leaf, judge.context) if isinstance(leaf, Numeric) else _keys(leaf, judge)
    attributes = judge.vocabulary.attributes
    efforts = {Changing.EFFORT, Changing.ADDING} if wanted else {Changing.EFFORT}
    return any(attributes[key.attribute].changing in efforts for key in keys)


def _single(leaf: Leaf, wanted: bool, judge: LeafJudge) -> Iterator[Change]:
    """Give the candidates for leaves that ask for one fact, or for one on several boards."""
    for key in _keys(leaf, judge):
        for value, on in _candidates(leaf, wanted, key, judge):
            yield Change(key, value, leaf, wanted, on)


def _keys(leaf: Leaf, judge: LeafJudge) -> list[FactKey]:
    if isinstance(leaf, tree.Holds):
        return [FactKey(leaf.attribute, member) for member in leaf.members]
    if isinstance(leaf, tree.Happened):
        return [FactKey(leaf.attribute, leaf.member)]
    if isinstance(leaf, tree.DoneWithin):
        return [FactKey(judge.vocabulary.activities.label, leaf.activity)]
    if isinstance(leaf, tree.TitleGrade | tree.TitleDate | tree.TitleLeft | tree.HeldYears):
        return [FactKey(judge.vocabulary.titles.label, leaf.title)]
    if isinstance(leaf, tree.Judged):
        own, general = judgement_keys(leaf)
        known = judge.profile.knows(general) and not judge.profile.knows(own)
        return [general if known else own]
    if isinstance(leaf, tree.Listed):
        return [FactKey(LIST, leaf.list_name)]
    if isinstance(leaf, tree.AtStage | tree.StageWithin):
        members = judge.vocabulary.attributes[leaf.attribute].members
        boards = [leaf.board] if leaf.board else [member.label for member in members]
        return [FactKey(leaf.attribute, board) for board in boards]
    attribute = getattr(leaf, "attribute", "")
    return [judge.plain_key(attribute)] if attribute else []


def _candidates(
    leaf: Leaf, wanted: bool, key: FactKey, judge: LeafJudge
) -> Iterator[tuple[FactValue, date | None]]:
    """List values to try for a fact, the nearest first, each with the day that brings it, if any."""
    kind = judge.vocabulary.attributes[key.attribute].kind
    if kind in (Kind.TITLES, Kind.STATUS):
        yield from _tenures(leaf, wanted, key, judge)
        return
    values = _values(leaf, key, judge)
    fitting = (
        value for value in values if supposing(judge, {key: value}).judge(leaf).truth is wanted
    )
    nearest = next(fitting, None)
    if nearest is not None:
        yield nearest, None


def _values(leaf: Leaf, key: FactKey, judge: LeafJudge) -> Iterator[Any]:
    attribute, now = judge.vocabulary.attributes[key.attribute], judge.profile.value(key)
    if isinstance(leaf, tree.NotApplicable):
        yield NOT_APPLICABLE
    if isinstance(leaf, tree.InTree):
        named = [(node,) for node in leaf.nodes]
        yield from (*named, *places_of([leaf], LeafJudge(judge.vocabulary, blank_context(judge))))
    elif attribute.kind is Kind.CHOICE:
        labels = [member.label for member in attribute.members]
        place = labels.index(str(now)) if now in labels else 0
        yield from sorted(labels, key=lambda label: abs(labels.index(label) - place))
    elif attribute.kind is Kind.ACTIVITIES:
        yield from (Activity(state) for state in State)
        yield Activity(State.DONE, judge.as_of)
    elif attribute.kind is Kind.STAGE:
        yield from _stages(leaf, key, judge)
    elif attribute.kind is Kind.DATE:
        yield from _days(leaf, judge)
    elif attribute.kind is Kind.RANK:
        yield from (Rank(1, 1), Rank(1, 10**6), Rank(10**6, 10**6))
    else:
        yield from (True, False)


def blank_context(judge: LeafJudge) -> Context:
    """Give the same day for a company of which nothing is known."""
    return Context(Profile({}, judge.profile.filed), judge.as_of)


def _stages(leaf: Leaf, key: FactKey, judge: LeafJudge) -> Iterator[Stage]:
    """List the stages of a board from the one reached on, reached today; last, none at all."""
    attribute, now = judge.vocabulary.attributes[key.attribute], judge.profile.value(key)
    names = attribute.stages_of(attribute.member(key.member or ""))
    reached = now.reached if isinstance(now, Stage) else ()
    current = now.current if isinstance(now, Stage) else None
    start = names.index(current) if current in names else 0
    for name in names[start:]:
        yield Stage(name)
        yield Stage(name, (*reached, (name, judge.as_of)))
    if not judge.profile.knows(key):
        yield Stage()


def _days(leaf: Leaf, judge: LeafJudge) -> Iterator[date]:
    """List the days on and beside those that a date is compared with."""
    if isinstance(leaf, tree.DateIs):
        yield from (leaf.day, leaf.day - _DAY, leaf.day + _DAY)
    elif isinstance(leaf, tree.DateWithin):
        first, last = judge.context.window(leaf.period)
        yield from (last, first, first - _DAY)


# --- titles and statuses -------------------------------------------------------------------------


def _tenures(
    leaf: Leaf, wanted: bool, key: FactKey, judge: LeafJudge
) -> Iterator[tuple[FactValue, date | None]]:
    now = judge.profile.value(key)
    past = now.spells if isinstance(now, Tenure) else ()
    for spell in _granted(leaf, key, judge, first=not past) if wanted else ():
        made = Tenure((*past, spell))
        if supposing(judge, {key: made}).judge(leaf).truth:
            yield made, None
            return
    if not judge.profile.knows(key):
        yield Tenure(clear_since=date.min), None
        return
    if judge.vocabulary.attributes[key.attribute].kind is Kind.STATUS:
        yield Tenure(tuple(_ended(spell, judge.as_of) for spell in past), _clear(now)), None
    yield from _waited(leaf, wanted, key, judge)


def _granted(leaf: Leaf, key: FactKey, judge: LeafJudge, *, first: bool) -> Iterator[Spell]:
    """Give the certificate that a company would get today, at each level there is."""
    member = judge.vocabulary.member(key.attribute, key.member or "")
    end = None
    if member is not None and member.months_valid:
        end = add_months(judge.as_of, member.months_valid) - _DAY
    for level in (None, *(member.levels if member else ())):
        yield Spell(judge.as_of, end, level, first)
    if not judge.profile.knows(key) and isinstance(leaf, tree.TitleDate):
        yield Spell(leaf.day)
        yield Spell(leaf.day - _DAY)


def _ended(spell: Spell, as_of: date) -> Spell:
    """End a listing that is still running with the day before."""
    return replace(spell, end=as_of - _DAY) if spell.covers(as_of) else spell


def _clear(now: Any) -> date | None:
    return now.clear_since if isinstance(now, Tenure) else None


def _waited(
    leaf: Leaf, wanted: bool, key: FactKey, judge: LeafJudge
) -> Iterator[tuple[FactValue, date | None]]:
    """Find the day from which what happened lies before the window that a leaf looks at."""
    if not isinstance(leaf, tree.Happened) or wanted:
        return

    def passed(days: int) -> bool:
        later = Context(judge.profile, judge.as_of + timedelta(days))
        return LeafJudge(judge.vocabulary, later).judge(leaf).truth is wanted

    ahead = first_place(passed)
    if ahead:
        yield Tenure(clear_since=date.min), judge.as_of + timedelta(ahead)

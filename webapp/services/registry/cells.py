"""One attested fact -> the cells in which a registry file says it (docs/batch.md); none where no cell can.

A cell never says more than the fact: what a file cannot say is left out, so it is open there. Words are those
that `matcher.registry` reads back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from matcher import tree
from matcher.catalogue import Catalogue
from matcher.language.conditions import leaves
from matcher.language.members import absence
from matcher.layout import MAX_NUMBER, scale_of
from matcher.logic import Truth
from matcher.nearby.reads import reads
from matcher.profile import (
    NOT_APPLICABLE,
    Activity,
    Fact,
    FactKey,
    FactValue,
    Profile,
    Rank,
    Spell,
    Stage,
    Tenure,
)
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.tree import Event, Leaf
from matcher.values import Number, Unit, decimal_text
from matcher.vocabulary.model import JUDGEMENT, Attribute, Kind, Member, Vocabulary

YES, NO, NONE, NEVER, UNSURE, NA = "是", "否", "没有", "从未", "不清楚", "不适用"
GRANTED, ENDS, LEVEL, FIRST, DONE = "取得日期", "有效期至", "级别", "首次", "完成日期"
_ABOUT_TITLES = (tree.TitleGrade, tree.TitleDate, tree.TitleLeft, tree.HeldYears, tree.Happened)
_ELSEWHERE = frozenset({Kind.TEXT, Kind.RECORDS, Kind.PARAMETER, Kind.LIST})
"""Code and name have columns of their own; lists and parameters go into the holdings; records into no table."""
Cells = dict[str, str]
"""What a fact says, by 部分; the main cell stands under ""."""


class Teller:
    """Says the facts of companies on a day; what was said of a value is remembered."""

    def __init__(self, catalogue: Catalogue, today: date) -> None:
        self.vocabulary, self.today = catalogue.vocabulary, today
        self.shorter = _Shorter(catalogue, today)
        self._stages = [word.label for word in self.vocabulary.words("事项状态").values()]

    def cells(self, key: FactKey, value: FactValue) -> Cells:
        """Give the cells of a fact; none where a file cannot say it."""
        attribute = self.vocabulary.attributes[key.attribute]
        if attribute.kind in _ELSEWHERE or not isinstance(key.period, int | None) or key.measure:
            return {}
        if value is NOT_APPLICABLE:
            return {"": NA}
        if isinstance(value, Tenure):
            return self._tenure(key, value)
        return {part: text for part, text in self._plain(attribute, value).items() if text}

    def _plain(self, attribute: Attribute, value: Any) -> Cells:
        if isinstance(value, Activity):
            done = value.done_on.isoformat() if value.done_on else ""
            return {"": self._stages[value.state.value], DONE: done}
        if isinstance(value, Stage):
            return {"": value.current or NONE, **{label: f"{day}" for label, day in value.reached}}
        if isinstance(value, Rank):
            return {"": f"{value.place}/{value.total}" if value.total else f"{value.place}"}
        if isinstance(value, bool):
            return {"": YES if value else NONE if attribute.members else NO}
        if attribute.kind is Kind.NUMBER:
            return {"": _number(value, attribute, self.vocabulary)}
        if isinstance(value, tuple):
            return {"": (";" if attribute.kind is Kind.INDUSTRY else "、").join(value)}
        return {"": f"{value}"}

    # --- titles and statuses -------------------------------------------------------------------------

    def _tenure(self, key: FactKey, value: Tenure) -> Cells:
        member = self.vocabulary.member(key.attribute, key.member or "")
        if member is None:
            return {}
        if not value.spells:
            return self._absent(member, value.clear_since)
        spell = value.spells[0] if len(value.spells) == 1 else self.shorter.spell(key, value)
        if spell is None or not self._sayable(member, spell):
            return {}
        asked = self.shorter.leaves.get(key, [])
        told = {
            "": YES,
            GRANTED: spell.start.isoformat() if spell.start else "",
            ENDS: spell.end.isoformat() if spell.end else "",
        }
        if any(isinstance(leaf, tree.TitleGrade) for leaf in asked):
            told[LEVEL] = spell.level or ""
        if any(isinstance(leaf, tree.Happened) and leaf.event is Event.FIRST for leaf in asked):
            told[FIRST] = {None: "", True: YES, False: NO}[spell.first]
        return {part: text for part, text in told.items() if text}

    def _absent(self, member: Member, since: date | None) -> Cells:
        """Say "none" as far back as a cell reaches; a shorter absence than that cannot be said."""
        if since == date.min:
            return {"": NEVER}
        said = absence(member, self.today).clear_since
        return {"": NONE} if since is not None and said is not None and since <= said else {}

    def _sayable(self, member: Member, spell: Spell) -> bool:
        """Say whether a file can hold a stretch: begun by today, and no end where a term would be added."""
        if spell.start is None:
            return True
        endless = spell.end is None and bool(member.months_valid)
        backwards = spell.end is not None and spell.end < spell.start
        return spell.start <= self.today and not endless and not backwards


def _number(value: Number, attribute: Attribute, vocabulary: Vocabulary) -> str:
    unit = unit_of(attribute, vocabulary)
    if unit is None:
        return ""
    scaled = Fraction(value) * scale_of(unit, vocabulary.units)
    text = decimal_text(value, unit.factor)
    exact = scaled.denominator == 1 and abs(scaled) <= MAX_NUMBER and "/" not in text
    return text if exact else ""


def unit_of(attribute: Attribute, vocabulary: Vocabulary) -> Unit | None:
    """Give the smallest unit that a number of the attribute can be written in."""
    own = attribute.unit
    if own is None:
        return None
    units = vocabulary.units.by_name.values()
    fitting = [unit for unit in units if unit.dimension == own.dimension]
    return min(fitting, key=lambda unit: unit.factor, default=own)


class _Shorter:
    """Several stretches of one title -> the one that a file has room for.

    Only where every condition of the rules that asks for the title answers as before, or that it does not know.
    """

    def __init__(self, catalogue: Catalogue, today: date) -> None:
        self.vocabulary, self.today = catalogue.vocabulary, today
        self.leaves: dict[FactKey, list[Leaf]] = {}
        self.mixed: set[FactKey] = set()
        conditions = [*(one.condition for one in catalogue.measures), catalogue.exclusion]
        for leaf in dict.fromkeys(leaf for one in conditions for leaf in leaves(one)):
            for attribute, member in reads(leaf, self.vocabulary).asked:
                if member is not None:
                    self._note(FactKey(attribute, member), leaf)
        self._found: dict[tuple[FactKey, Tenure], Spell | None] = {}

    def _note(self, key: FactKey, leaf: Leaf) -> None:
        if isinstance(leaf, tree.Holds):
            leaf = replace(leaf, members=(key.member or "",), count=1)
        elif not isinstance(leaf, _ABOUT_TITLES):
            self.mixed.add(
                key
            )  # a term is made of several facts: one alone does not show what changes
        self.leaves.setdefault(key, []).append(leaf)

    def spell(self, key: FactKey, value: Tenure) -> Spell | None:
        """Give the stretch that stands for all, None where none does."""
        known = self._found
        if (key, value) not in known:
            if len(known) >= _REMEMBERED:
                known.clear()
            fits = (one for one in _candidates(value) if self._fits(key, value, one))
            known[key, value] = None if key in self.mixed else next(fits, None)
        return known[key, value]

    def _fits(self, key: FactKey, value: Tenure, spell: Spell) -> bool:
        full, short = self._judge(key, value), self._judge(key, Tenure((spell,)))
        return all(short(leaf) in (None, full(leaf)) for leaf in self.leaves.get(key, ()))

    def _judge(self, key: FactKey, value: Tenure) -> Callable[[Leaf], Truth]:
        profile = Profile({key: Fact(value)}, self.today)
        judge = LeafJudge(self.vocabulary, Context(profile, self.today), truth_only=True)
        return lambda leaf: judge.judge(leaf).truth


_REMEMBERED = 50_000


def _candidates(value: Tenure) -> Iterator[Spell]:
    """Give stretches that may stand for all: the latest ones first, said not to be the first ever."""
    ordered = sorted(value.spells, key=_end, reverse=True)
    for spell in ordered:
        earlier = any(
            one is not spell and one.start and spell.start and one.start < spell.start
            for one in value.spells
        )
        yield replace(spell, first=False) if earlier else spell


def _end(spell: Spell) -> tuple[date, date]:
    return spell.end or date.max, spell.start or date.min


# --- kinds of subject --------------------------------------------------------------------------------


def tell_closed(
    attribute: Attribute, held: dict[str, bool], tell: Callable[[str, str], None]
) -> None:
    """Say an attribute of which one answer closes the rest (主体类别), without closing what is not known.

    Who is known to be what goes without saying is left blank; whoever cannot be told is 不清楚.
    """
    if len(held) == len(attribute.members):
        for label, yes in held.items():
            tell(label, YES if yes else NONE)
    else:
        plain = held == {attribute.presumed: True}
        tell(attribute.presumed or attribute.members[0].label, "" if plain else UNSURE)


def closes(attribute: Attribute) -> bool:
    """Say whether something goes without saying where an attribute is not answered to the end."""
    return attribute.kind is Kind.SET and bool(attribute.presumed or attribute.closed_by_answer)


def decided_apart(keys: Iterable[FactKey]) -> frozenset[str]:
    """Give the judgements that were made for single measures: a table has one answer for all of them."""
    return frozenset(key.member or "" for key in keys if key.attribute == JUDGEMENT and key.measure)

"""Profiles <-> rows of a facts table, by the table of `matcher.layout`.

``encode`` is for profiles at hand (tests, benchmarks); ``decode`` turns one row back into the profile it
stands for, so that a finding of a whole registry can be explained like that of one company.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from matcher.layout import (
    CODE,
    FIRST_DAY,
    MAX_NUMBER,
    NAME,
    ROW,
    Layout,
    Stored,
    column_name,
    scale_of,
)
from matcher.profile import (
    NOT_APPLICABLE,
    Activity,
    Assurance,
    Fact,
    FactKey,
    FactValue,
    Profile,
    Rank,
    Spell,
    Stage,
    Tenure,
)
from matcher.tree import State
from matcher.values import Number, whole
from matcher.vocabulary.model import Attribute, Kind, Member, Vocabulary

Row = dict[str, Any]


class Unstorable(ValueError):
    """A value has no place in a facts table: records, or a number that is not whole at its scale."""


def scale(attribute: Attribute, member: Member | None, vocabulary: Vocabulary) -> int:
    """Give the scale of a number attribute or of one parameter."""
    unit = attribute.unit
    if attribute.kind is Kind.PARAMETER:
        assert member is not None
        unit = vocabulary.parameter_unit(member)
    assert unit is not None
    return scale_of(unit, vocabulary.units)


def levels_of(key: FactKey, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Give the levels that a title has."""
    member = vocabulary.member(key.attribute, key.member or "")
    return member.levels if member else ()


def encode(
    profiles: Sequence[Profile], vocabulary: Vocabulary, filed: date | None
) -> tuple[Layout, list[Row]]:
    """Write profiles as rows, with columns for every fact that one of them knows."""
    encoder = _Encoder(vocabulary)
    rows: list[Row] = []
    for number, profile in enumerate(profiles, 1):
        row: Row = {
            ROW: number,
            CODE: profile.text("统一社会信用代码"),
            NAME: profile.text("企业名称"),
        }
        for key, fact in profile.facts.items():
            encoder.put(row, key, fact.value)
        rows.append(row)
    return encoder.layout(filed), rows


class _Encoder:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.parts: dict[FactKey, set[str]] = {}
        self.codes: dict[str, dict[tuple[str, ...], int]] = {}

    def layout(self, filed: date | None) -> Layout:
        facts = {
            key: Stored(column_name(key, self.vocabulary), frozenset(parts), attested=True)
            for key, parts in self.parts.items()
        }
        dictionaries = {label: tuple(codes) for label, codes in self.codes.items()}
        return Layout(facts, filed, dictionaries)

    def put(self, row: Row, key: FactKey, value: FactValue) -> None:
        parts = self.parts.setdefault(key, set())
        stored = Stored(column_name(key, self.vocabulary))
        for part, cell in self._cells(key, value).items():
            row[stored.part(part) if part else stored.name] = cell
            if part:
                parts.add(part)

    def _cells(self, key: FactKey, value: FactValue) -> dict[str, Any]:
        """Give the cells of a value by part; the main one stands under ""."""
        attribute = self.vocabulary.attributes[key.attribute]
        if value is NOT_APPLICABLE:
            return {"na": True}
        if isinstance(value, Tenure):
            return self._tenure(key, value)
        if isinstance(value, Activity):
            return {"": value.state.value} | ({"done": value.done_on} if value.done_on else {})
        if isinstance(value, Stage):
            places = {label: place for place, label in enumerate(attribute.stages)}
            reached = {f"on{places[label]}": day for label, day in value.reached}
            return {"": places[value.current] if value.current else -1} | reached
        if isinstance(value, Rank):
            return {"": value.place} | ({"total": value.total} if value.total else {})
        return {"": self._plain(attribute, key, value)}

    def _plain(self, attribute: Attribute, key: FactKey, value: Any) -> Any:
        if attribute.kind in (Kind.NUMBER, Kind.PARAMETER):
            member = attribute.member(key.member) if key.member else None
            return stored_number(value, scale(attribute, member, self.vocabulary))
        if attribute.kind is Kind.CHOICE:
            return [member.label for member in attribute.members].index(value)
        if attribute.kind in (Kind.REGION, Kind.INDUSTRY):
            codes = self.codes.setdefault(attribute.label, {})
            return codes.setdefault(value, len(codes))
        if attribute.kind is Kind.RECORDS:
            raise Unstorable(f"{attribute.label} has records")
        return value

    def _tenure(self, key: FactKey, value: Tenure) -> dict[str, Any]:
        cells: dict[str, Any] = {"": len(value.spells)}
        if value.clear_since is not None:
            cells["clear"] = max(value.clear_since, FIRST_DAY)
        levels = levels_of(key, self.vocabulary)
        for number, spell in enumerate(value.spells, 1):
            level = None if spell.level is None else levels.index(spell.level)
            given = {"from": spell.start, "to": spell.end, "level": level, "first": spell.first}
            cells |= {f"{part}{number}": cell for part, cell in given.items() if cell is not None}
            # The layout reads the number of stretches off its parts.
            cells.setdefault(f"from{number}", None)
        return cells


def stored_number(value: Number, factor: int) -> int:
    """Give a number as a facts table holds it."""
    scaled = whole(Fraction(value) * factor)
    if not isinstance(scaled, int) or abs(scaled) > MAX_NUMBER:
        raise Unstorable(f"{value} is not whole at scale {factor}")
    return scaled


def decode(row: Mapping[str, Any], layout: Layout, vocabulary: Vocabulary) -> Profile:
    """Give the profile that a row of a facts table stands for, with the assurance of its columns."""
    facts = {}
    for key, stored in layout.facts.items():
        value = _value(key, stored, row, layout, vocabulary)
        if value is None:
            continue
        sure = stored.attested or (
            bool(stored.attested_name) and row.get(stored.attested_name) is not None
        )
        assurance = Assurance.ATTESTED if sure else Assurance.DECLARED
        facts[key] = Fact(value, assurance, stored.source, layout.filed)
    return Profile(facts, layout.filed)


def _value(
    key: FactKey, stored: Stored, row: Mapping[str, Any], layout: Layout, vocabulary: Vocabulary
) -> FactValue | None:
    attribute = vocabulary.attributes[key.attribute]
    if row.get(stored.part("na")):
        return NOT_APPLICABLE
    cell: Any = row.get(stored.name)
    if cell is None:
        return None
    kind = attribute.kind
    if kind in (Kind.NUMBER, Kind.PARAMETER):
        member = attribute.member(key.member) if key.member else None
        return whole(Fraction(cell, scale(attribute, member, vocabulary)))
    if kind is Kind.CHOICE:
        return attribute.members[int(cell)].label
    if kind in (Kind.REGION, Kind.INDUSTRY):
        return layout.dictionaries[attribute.label][int(cell)]
    if kind is Kind.ACTIVITIES:
        return Activity(State(cell), row.get(stored.part("done")))
    if kind in (Kind.TITLES, Kind.STATUS):
        return _stretches(key, stored, row, vocabulary)
    if kind is Kind.STAGE:
        days = ((label, row.get(stored.part(f"on{n}"))) for n, label in enumerate(attribute.stages))
        reached = tuple((label, day) for label, day in days if day is not None)
        return Stage(attribute.stages[cell] if cell >= 0 else None, reached)
    if kind is Kind.RANK:
        return Rank(cell, row.get(stored.part("total")))
    return cell  # type: ignore[no-any-return]


def _stretches(
    key: FactKey, stored: Stored, row: Mapping[str, Any], vocabulary: Vocabulary
) -> Tenure:
    spells = []
    levels = levels_of(key, vocabulary)
    for number in range(1, row[stored.name] + 1):
        start, end, level, first = (
            row.get(stored.part(f"{part}{number}")) for part in ("from", "to", "level", "first")
        )
        spells.append(Spell(start, end, None if level is None else levels[level], first))
    clear = row.get(stored.part("clear"))
    since = date.min if clear == FIRST_DAY else clear
    return replace(Tenure(tuple(spells)), clear_since=since)

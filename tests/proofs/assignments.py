"""A profile as values of the variables that stand for its facts."""

from __future__ import annotations

from datetime import date
from typing import Any

import z3

from matcher.profile import NOT_APPLICABLE, Activity, FactValue, Profile, Rank, Stage, Tenure
from matcher.readers.formula_facts import NO_LEVEL, NO_STAGE, Facts, Unknown, is_whole, real
from matcher.tree import State
from matcher.vocabulary.model import Kind

Pairs = list[tuple[Any, Any]]


def assignment(facts: Facts, profile: Profile) -> Pairs:
    """Give every variable its value for a profile that knows every fact."""
    pairs: Pairs = []
    for unknown in facts.unknowns.values():
        value = profile.value(unknown.key)
        assert value is not None, unknown.key
        if not z3.is_false(unknown.na):
            pairs.append((unknown.na, z3.BoolVal(value is NOT_APPLICABLE)))
        pairs += [(_variable(unknown.parts[n]), v) for n, v in _values(facts, unknown, value)]
    return pairs


def says(formula: z3.BoolRef, pairs: Pairs) -> bool:
    """Say whether a formula holds of an assignment that leaves nothing open."""
    said = z3.simplify(z3.substitute(formula, *pairs))
    assert z3.is_true(said) or z3.is_false(said), said
    return z3.is_true(said)


def _variable(part: Any) -> Any:
    return part.arg(0) if z3.is_app_of(part, z3.Z3_OP_TO_REAL) else part


def _values(facts: Facts, unknown: Unknown, value: FactValue) -> list[tuple[str, Any]]:
    if value is NOT_APPLICABLE:
        return [(name, _nothing(_variable(part))) for name, part in unknown.parts.items()]
    if isinstance(value, Tenure):
        return _tenure(unknown, value, facts.as_of)
    if isinstance(value, Activity):
        done = value.done_on or facts.as_of
        return [
            ("state", z3.IntVal(value.state.value)),
            ("dated", z3.BoolVal(value.state is State.DONE and value.done_on is not None)),
            ("done", z3.IntVal(done.toordinal())),
        ]
    if isinstance(value, Stage):
        return _stage(unknown, value, facts.as_of)
    if isinstance(value, Rank):
        return [
            ("value", z3.IntVal(value.place)),
            ("total", z3.IntVal(value.total or value.place)),
            ("counted", z3.BoolVal(value.total is not None)),
        ]
    if isinstance(value, tuple):
        return _located(facts, unknown, value)
    return [("value", _plain(unknown, value))]


def _plain(unknown: Unknown, value: FactValue) -> Any:
    if isinstance(value, bool):
        return z3.BoolVal(value)
    if isinstance(value, date):
        return z3.IntVal(value.toordinal())
    if isinstance(value, str):
        labels = [member.label for member in unknown.attribute.members]
        return z3.IntVal(labels.index(value))
    whole = unknown.attribute.kind is Kind.NUMBER and is_whole(unknown.attribute.unit)
    return z3.IntVal(value) if whole else real(value)  # type: ignore[arg-type]


def _nothing(variable: Any) -> Any:
    if z3.is_bool(variable):
        return z3.BoolVal(False)
    return z3.IntVal(0) if z3.is_int(variable) else z3.RealVal(0)


def _tenure(unknown: Unknown, tenure: Tenure, as_of: date) -> list[tuple[str, Any]]:
    spell = next(iter(tenure.in_force(as_of)), None)
    member = unknown.attribute.member(unknown.key.member or "")
    levels = member.levels if member else ()
    level = levels.index(spell.level) if spell and spell.level else NO_LEVEL
    start, end = (spell.start, spell.end) if spell else (None, None)
    return [
        ("value", z3.BoolVal(spell is not None)),
        ("dated", z3.BoolVal(start is not None)),
        ("start", z3.IntVal((start or as_of).toordinal())),
        ("bounded", z3.BoolVal(end is not None)),
        ("end", z3.IntVal((end or as_of).toordinal())),
        ("level", z3.IntVal(level)),
    ]


def _stage(unknown: Unknown, stage: Stage, as_of: date) -> list[tuple[str, Any]]:
    reached = dict(stage.reached)
    labels = [name for name in unknown.parts if name not in ("value", "dated")]
    place = unknown.attribute.stages.index(stage.current) if stage.current else NO_STAGE
    return [
        ("value", z3.IntVal(place)),
        ("dated", z3.BoolVal(bool(reached))),
        *((label, z3.IntVal(reached.get(label, as_of).toordinal())) for label in labels),
    ]


def _located(facts: Facts, unknown: Unknown, given: tuple[Any, ...]) -> list[tuple[str, Any]]:
    regional = unknown.attribute.kind is Kind.REGION
    table = facts.vocabulary.regions if regional else facts.vocabulary.industries
    chosen = set()
    for code in given:
        for place, found in enumerate(facts.classes[unknown.key.attribute]):
            if all(table.within(code, node) is said for node, said in found.within.items()):
                chosen.add(place)
    assert chosen
    return [(name, z3.BoolVal(int(name) in chosen)) for name in unknown.parts]

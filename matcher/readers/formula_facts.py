"""The facts of a company as variables of z3, over complete knowledge.

In: a fact key. Out: its `Unknown`, made once, with what every company's answer satisfies kept in
``axioms``. Each fact is known or 不适用. A title or status has at most one certificate in force, money
is a whole number of 分, people and things come whole, figures lie where a company file may put them, and
the profile was filed on the as-of date: what is proven is proven of such companies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

import z3

from matcher import tree
from matcher.language.facts import WHOLE
from matcher.profile import FactKey, Profile
from matcher.readers.measuring import Context
from matcher.tree import Condition, State
from matcher.values import FIRST_YEAR, LAST_YEAR, MONEY, Number, Unit
from matcher.vocabulary.model import Attribute, Kind, Vocabulary

FIRST, LAST = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()
FOUNDED = "成立日期"
NO_LEVEL = NO_STAGE = -1
# Kinds of which a company may say 不适用: those that are not known member by member.
_MAY_NOT_APPLY = frozenset(
    {Kind.YES_NO, Kind.NUMBER, Kind.DATE, Kind.CHOICE, Kind.REGION, Kind.INDUSTRY, Kind.RANK}
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """One fact: what of it varies, by name, and whether it is 不适用."""

    key: FactKey
    attribute: Attribute
    na: z3.BoolRef
    parts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Class:
    """Places or trades that no condition tells apart: one of them, and where it lies of all nodes."""

    sample: str
    within: Mapping[str, bool | None]


@dataclass
class Facts:
    """The unknown facts of one company at a date, as far as some conditions ask for them."""

    vocabulary: Vocabulary
    as_of: date
    classes: Mapping[str, tuple[Class, ...]]
    axioms: list[z3.BoolRef] = field(default_factory=list)
    unknowns: dict[FactKey, Unknown] = field(default_factory=dict)
    context: Context = field(init=False)

    def __post_init__(self) -> None:
        self.context = Context(Profile(filed=self.as_of), self.as_of)

    @classmethod
    def asked_by(
        cls, conditions: Iterable[Condition], vocabulary: Vocabulary, as_of: date
    ) -> Facts:
        """Make the facts for some conditions: places and trades fall apart by the nodes they name."""
        nodes: dict[str, set[str]] = {}
        for condition in conditions:
            for leaf in asked_leaves(condition):
                if isinstance(leaf, tree.InTree):
                    nodes.setdefault(leaf.attribute, set()).update(leaf.nodes, leaf.partly)
        classes = {
            attribute: _classes(vocabulary, attribute, frozenset(named))
            for attribute, named in nodes.items()
        }
        return cls(vocabulary, as_of, classes)

    def of(self, key: FactKey) -> Unknown:
        """Give the unknown of a fact."""
        known = self.unknowns.get(key)
        if known is None:
            known = self.unknowns[key] = self._made(key)
        return known

    def plain(self, attribute: str) -> Unknown:
        """Give the fact an attribute is: of last year where it is yearly."""
        yearly = self.vocabulary.attributes[attribute].yearly
        period = self.context.year_of(tree.YearsBack(1)) if yearly else None
        return self.of(FactKey(attribute, None, period))

    def _made(self, key: FactKey) -> Unknown:
        attribute = self.vocabulary.attributes[key.attribute]
        name = "/".join(str(part) for part in key if part is not None)
        na = z3.BoolVal(False)
        if attribute.kind in _MAY_NOT_APPLY:
            na = z3.Bool(f"{name}#na")
        make = _MAKERS.get(attribute.kind, _flag)
        parts, axioms = make(self, name, key, attribute)
        self.axioms += axioms
        if attribute.kind in (Kind.REGION, Kind.INDUSTRY):
            self.axioms.append(z3.Or(na, *parts.values()))
        made = Unknown(key, attribute, na, parts)
        self.axioms += self._contained(made)
        return made

    def _contained(self, made: Unknown) -> Iterable[z3.BoolRef]:
        """A figure that is a part of another is refused in a file where it is the larger one."""
        key = made.key
        for pair in self.vocabulary.parts:
            other = {pair.part: pair.whole, pair.whole: pair.part}.get(key.attribute)
            beside = self.unknowns.get(key._replace(attribute=other)) if other else None
            if pair.refused and beside is not None:
                part, whole = (made, beside) if key.attribute == pair.part else (beside, made)
                smaller = part.parts["value"] <= whole.parts["value"]
                yield z3.Or(part.na, whole.na, smaller)


def asked_leaves(condition: Condition) -> Iterable[tree.Leaf]:
    """Walk the leaves of a tree and those of the graded terms they ask for."""
    if isinstance(condition, tree.OneOf | tree.Ranks) and condition.term is not None:
        for case in condition.term.cases:
            yield from asked_leaves(case.guard)
            for grade in case.grades:
                if grade.condition is not None:
                    yield from asked_leaves(grade.condition)
    elif isinstance(condition, tree.Compare | tree.Within):
        for side in _quantities(condition):
            for inner in _indicated(side):
                yield from asked_leaves(inner)
    elif isinstance(condition, tree.Leaf):
        yield condition
    for child in condition.children:
        yield from asked_leaves(child)


def _quantities(leaf: tree.Compare | tree.Within) -> tuple[tree.Quantity, ...]:
    return (leaf.value,) if isinstance(leaf, tree.Within) else (leaf.left, leaf.right)


def _indicated(quantity: tree.Quantity) -> Iterable[Condition]:
    """List the conditions that count as numbers inside a quantity: items of a score."""
    if isinstance(quantity, tree.Indicator):
        yield quantity.condition
    elif isinstance(quantity, tree.Ratio):
        yield from (*_indicated(quantity.over), *_indicated(quantity.under))
    elif isinstance(quantity, tree.Sum):
        yield from (*_indicated(quantity.left), *_indicated(quantity.right))
    elif isinstance(quantity, tree.Derived) and isinstance(quantity.definition, tree.Score):
        for item in quantity.definition.items:
            for way in (item,) if isinstance(item, tree.ScoreItem) else item.ways:
                yield from _indicated(way.value)
    elif isinstance(quantity, tree.Derived):
        assert isinstance(quantity.definition, tree.Quantity)
        yield from _indicated(quantity.definition)


# --- places and trades ---------------------------------------------------------------------------


def _classes(vocabulary: Vocabulary, attribute: str, nodes: frozenset[str]) -> tuple[Class, ...]:
    """Sort every place or trade by where it lies of the nodes; the shortest code stands for each."""
    regional = vocabulary.attributes[attribute].kind is Kind.REGION
    kept: dict[object, tuple[Class, ...]] = vocabulary.remembered
    known = kept.get(("classes", regional, nodes))
    if known is None:
        table = vocabulary.regions if regional else vocabulary.industries
        codes = set(vocabulary.regions.by_id) if regional else _trades(vocabulary, nodes)
        found: dict[tuple[bool | None, ...], str] = {}
        ordered = sorted(nodes)
        # Deep codes are answers that people give; a named one reads better than an unlisted one.
        for code in sorted(codes, key=lambda code: (not _listed(vocabulary, code), code)):
            found.setdefault(tuple(table.within(code, node) for node in ordered), code)
        known = kept["classes", regional, nodes] = tuple(
            Class(sample, dict(zip(ordered, said, strict=True))) for said, sample in found.items()
        )
    return known


def _listed(vocabulary: Vocabulary, code: str) -> bool:
    return code in vocabulary.regions.by_id or vocabulary.industries.is_listed(code)


def _trades(vocabulary: Vocabulary, nodes: frozenset[str]) -> set[str]:
    """List the codes of the table, and below each one that neither the table nor a node names."""
    listed = set(vocabulary.industries.names) | nodes
    below = set()
    for code in listed:
        if code.isdigit() and len(code) in (2, 3):
            unnamed = (f"{code}{digit}" for digit in "0123456789")
            below |= {next((child for child in unnamed if child not in listed), code)}
    return listed | below


# --- one maker for each shape of fact ------------------------------------------------------------

_Made = tuple[dict[str, Any], list[z3.BoolRef]]


def is_whole(unit: Unit | None) -> bool:
    """Say whether amounts of a unit are whole in its base unit."""
    return unit is not None and (unit.dimension == MONEY or unit.dimension in WHOLE)


def _flag(facts: Facts, name: str, key: FactKey, attribute: Attribute) -> _Made:
    return {"value": z3.Bool(name)}, []


def _number(facts: Facts, name: str, key: FactKey, attribute: Attribute) -> _Made:
    unit = attribute.unit
    if attribute.kind is Kind.PARAMETER:
        return {"value": z3.Real(name)}, []
    value = z3.ToReal(z3.Int(name)) if is_whole(unit) else z3.Real(name)
    axioms = [] if attribute.may_be_negative else [value >= 0]
    if attribute.maximum is not None:
        axioms.append(value <= real(attribute.maximum))
    return {"value": value}, axioms


def real(value: Number) -> z3.ArithRef:
    """Give an exact number as a term."""
    made: z3.ArithRef = z3.RealVal(str(Fraction(value)))
    return made


def _date(facts: Facts, name: str, key: FactKey, attribute: Attribute) -> _Made:
    day = z3.Int(name)
    last = facts.as_of.toordinal() if attribute.label == FOUNDED else LAST
    return {"value": day}, [day >= FIRST, day <= last]


def _choice(facts: Facts, name: str, key: FactKey, attribute: Attribute) -> _Made:
    place = z3.Int(name)
    return {"value": place}, [place >= 0, place < len(attribute.members)]


def _activity(facts: Facts, name: str, key: FactKey, attribute: Attribute) -> _Made:
    state, dated, done = z3.Int(name), z3.Bool(f"{name}#dated"), z3.Int(f"{name}#done")
    return {"state": state, "dated": dated, "done": done}, [
        state >= State.NONE.value,
        state <= State.DONE.value,
        z3.Implies(dated, state == State.DONE.value),
        *_past(facts, done),
    ]


def _past(facts: Facts, day: z3.ArithRef) -> list[z3.BoolRef]:
    return [day >= FIRST, day <= facts.as_of.toordinal()]


def _tenure(facts: Facts, name: str, key: FactKey, attribute: Attribute) -> _Made:
    """A title or status: its one certificate in force, with the days and level that are stated."""
    member = attribute.member(key.member or "")
    start, end, level = (z3.Int(f"{name}#{part}") for part in ("start", "end", "level"))
    dated, bounded = z3.Bool(f"{name}#dated"), z3.Bool(f"{name}#bounded")
    levels = len(member.levels) if member else 0
    axioms = [*_past(facts, start), end >= facts.as_of.toordinal(), end <= LAST]
    axioms += [level >= NO_LEVEL, level < levels]
    if member and member.months_valid:
        axioms.append(z3.Implies(dated, bounded))
    held = z3.Bool(name)
    return {
        "value": held,
        "dated": dated,
        "start": start,
        "bounded": bounded,
        "end": end,
        "level": level,
    }, axioms


def _stage(facts: Facts, name: str, key: FactKey, attribute: Attribute) -> _Made:
    """The stage reached on one board, and the days of all stages up to it where they are stated."""
    stage, dated = z3.Int(name), z3.Bool(f"{name}#dated")
    own = attribute.stages_of(attribute.member(key.member or ""))
    places = [attribute.stages.index(label) for label in own]
    days = {label: z3.Int(f"{name}#{label}") for label in own}
    axioms = [z3.Or(stage == NO_STAGE, *(stage == place for place in places))]
    for day in days.values():
        axioms += _past(facts, day)
    ordered = list(days.values())
    axioms += [one <= two for one, two in pairwise(ordered)]
    return {"value": stage, "dated": dated, **days}, axioms


def _rank(facts: Facts, name: str, key: FactKey, attribute: Attribute) -> _Made:
    place, total, counted = z3.Int(name), z3.Int(f"{name}#total"), z3.Bool(f"{name}#counted")
    return {"value": place, "total": total, "counted": counted}, [place >= 1, total >= place]


def _located(facts: Facts, name: str, key: FactKey, attribute: Attribute) -> _Made:
    """One yes or no for each class: a company may name several places or trades."""
    classes = facts.classes.get(attribute.label, ())
    return {str(place): z3.Bool(f"{name}#{place}") for place in range(len(classes))}, []


_MAKERS: dict[Kind, Callable[[Facts, str, FactKey, Attribute], _Made]] = {
    Kind.NUMBER: _number,
    Kind.PARAMETER: _number,
    Kind.DATE: _date,
    Kind.CHOICE: _choice,
    Kind.ACTIVITIES: _activity,
    Kind.TITLES: _tenure,
    Kind.STATUS: _tenure,
    Kind.STAGE: _stage,
    Kind.RANK: _rank,
    Kind.REGION: _located,
    Kind.INDUSTRY: _located,
}

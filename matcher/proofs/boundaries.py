"""Companies just below, at and just above every number of a rule, all else being met.

In: a condition at a date. Out: `Edge`s with three companies each, whose verdicts are those of evaluate.
The three differ in one fact by the smallest step of its unit: a 分, a person, a day, a hundredth of what
comes in fractions. A number that decides nothing by itself, or is a score, has no edge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import z3

from matcher import tree
from matcher.language.conditions import leaves
from matcher.logic import Verdict
from matcher.profile import Fact, FactKey, Profile, Tenure
from matcher.proofs.companies import Company
from matcher.proofs.solving import Prover
from matcher.proofs.witnesses import Wanted, Witnesses
from matcher.proofs.wording import said
from matcher.readers.amounts import latest_start
from matcher.readers.formula_amounts import Unsayable
from matcher.readers.formula_facts import Facts, is_whole, real
from matcher.readers.measuring import Context, key_of_figure, keys_of_total
from matcher.tree import Compare, Condition, Leaf, Order, Quantity
from matcher.values import Number, whole
from matcher.vocabulary.model import Vocabulary

SIDES = {-1: "差一步", 0: "恰好", 1: "过一步"}
# Where the verdict turns at a number: the side that meets the condition, then the one that does not.
_TURNS = ((0, -1), (0, 1), (1, 0), (-1, 0))
DECIDED = frozenset({Verdict.MET, Verdict.UNMET})


@dataclass(frozen=True, slots=True)
class Step:
    """The fact that moves, which part of it, by how much, and where it stands at the number."""

    key: FactKey
    part: str
    size: Number
    at: z3.BoolRef


@dataclass(frozen=True, slots=True)
class Edge:
    """One number of a condition, with the company and verdict on each of `SIDES`."""

    leaf: Leaf
    text: str
    companies: dict[int, tuple[Company, Verdict]]


def edges(condition: Condition, vocabulary: Vocabulary, as_of: date) -> Iterator[Edge]:
    """Give the edges of every number in a condition; equal leaves once."""
    for leaf in dict.fromkeys(leaves(condition)):
        for bound, others in _bounds(leaf, as_of):
            edge = _Edging(condition, leaf, vocabulary, as_of).edge(bound, others)
            if edge is not None:
                yield edge


def _bounds(leaf: Leaf, as_of: date) -> Iterator[tuple[Leaf, list[Compare]]]:
    """List the single comparisons of a leaf with numbers, each with those that hold beside it."""
    if isinstance(leaf, tree.Within):
        for end in (leaf.low, leaf.high):
            yield Compare(leaf.value, Order.EQUAL, end), []
    elif isinstance(leaf, tree.EachYear):
        last, *others = (
            Compare(tree.Figure(leaf.attribute, tree.Year(year)), leaf.order, leaf.bound)
            for year in Context(Profile(filed=as_of), as_of).full_years(leaf.years)
        )
        yield last, others
    elif isinstance(leaf, tree.Compare | tree.DateIs | tree.TitleDate | tree.TitleLeft):
        yield leaf, []


class _Edging:
    """Finds the edge of one leaf of a condition."""

    def __init__(
        self, condition: Condition, leaf: Leaf, vocabulary: Vocabulary, as_of: date
    ) -> None:
        self.condition, self.leaf, self.vocabulary = condition, leaf, vocabulary
        self.prover = Prover([condition], vocabulary, as_of)
        self.facts = self.prover.facts
        self.said = self.prover.said(condition)
        self.wanted = [Wanted(condition, DECIDED, vocabulary)]

    def edge(self, bound: Leaf, others: list[Compare]) -> Edge | None:
        """Find companies around the number of one comparison, the others of the leaf being met."""
        step = _step(bound, self.prover)
        if step is None:
            return None
        beside = [step.at, *(self.prover.said(other).met for other in others)]
        for met, unmet in _TURNS:
            turns = [self._at(self.said.met, step, met), self._at(self.said.unmet, step, unmet)]
            if self.prover.never(*beside, *turns):
                continue
            # A number at the end of what a fact may be has a company on one side of it only.
            for sides in (tuple(SIDES), tuple(sorted({met, unmet}))):
                companies = self._companies([*beside, *turns], step, sides)
                if companies is not None:
                    return Edge(self.leaf, said(self.leaf, self.vocabulary), companies)
        return None

    def _at(self, formula: z3.BoolRef, step: Step, side: int) -> z3.BoolRef:
        """Give a formula with the one fact moved to a side."""
        part = self.facts.of(step.key).parts[step.part]
        variable = part.arg(0) if z3.is_app_of(part, z3.Z3_OP_TO_REAL) else part
        size = step.size * side
        moved = variable + (z3.IntVal(size) if z3.is_int(variable) else real(size))
        made: z3.BoolRef = z3.substitute(formula, (variable, moved))
        return made

    def _companies(
        self, formulas: list[z3.BoolRef], step: Step, sides: tuple[int, ...]
    ) -> dict[int, tuple[Company, Verdict]] | None:
        """Find a company that can stand on all of the sides, and give it there with its verdicts."""
        allowed = [self._at(axiom, step, side) for axiom in self.facts.axioms for side in sides]
        witnesses = Witnesses(self.prover)
        for profile in witnesses.profiles([*formulas, *allowed]):
            placed = {side: _shifted(profile, step, side) for side in sides}
            companies = self._placed(witnesses, placed, step)
            if companies is not None:
                return companies
        return None

    def _placed(
        self, witnesses: Witnesses, placed: dict[int, Profile], step: Step
    ) -> dict[int, tuple[Company, Verdict]] | None:
        needed: set[FactKey] = {step.key}
        for profile in placed.values():
            if witnesses.verdicts(profile, self.wanted) is None:
                return None
            needed |= witnesses.proof(profile, self.wanted)
        companies = {}
        for side, profile in placed.items():
            kept = {key: fact for key, fact in profile.facts.items() if key in needed}
            read = witnesses.read(replace(profile, facts=kept))
            verdicts = witnesses.verdicts(read[1], self.wanted) if read else None
            if read is None or verdicts is None:
                return None
            companies[side] = (read[0], verdicts[0])
        return companies if len({verdict for _, verdict in companies.values()}) == 2 else None


def _shifted(profile: Profile, step: Step, side: int) -> Profile:
    """Move the one fact by a step to a side."""
    fact = profile.facts[step.key]
    value: Any = fact.value
    if isinstance(value, Tenure):
        (spell,) = value.spells[-1:] or (None,)
        if spell is None:
            return profile
        day = getattr(spell, step.part) + timedelta(days=int(step.size) * side)
        value = Tenure((*value.spells[:-1], replace(spell, **{step.part: day})))
    elif isinstance(value, date):
        value = value + timedelta(days=int(step.size) * side)
    elif isinstance(value, int | Fraction):
        value = whole(Fraction(value + step.size * side))
    else:
        return profile
    return profile.with_fact(step.key, Fact(value))


# --- which fact moves ----------------------------------------------------------------------------


def _step(bound: Leaf, prover: Prover) -> Step | None:
    """Give the step over a number, or a day: None where no single fact crosses it."""
    facts = prover.facts
    if isinstance(bound, tree.DateIs):
        return _day_step(facts, FactKey(bound.attribute), "value", bound.day.toordinal())
    if isinstance(bound, tree.TitleDate | tree.TitleLeft):
        key = FactKey(facts.vocabulary.titles.label, bound.title)
        if isinstance(bound, tree.TitleDate):
            return _day_step(facts, key, "start", bound.day.toordinal(), "dated")
        return _day_step(facts, key, "end", facts.as_of.toordinal() + bound.days, "bounded")
    assert isinstance(bound, Compare)
    age = tree.age_of(bound.left)
    if age is not None and isinstance(bound.right, tree.Constant):
        day = latest_start(bound.right.value, facts.as_of, True).toordinal()
        made = _day_step(facts, FactKey(age), "value", day)
        return replace(made, size=-1)  # the older, the earlier
    figure = _key(bound.left, facts)
    if figure is None:
        return None
    unit = facts.vocabulary.attributes[figure.attribute].unit
    size = 1 if is_whole(unit) else whole(Fraction(unit.factor if unit else 1) / 100)
    try:
        at = prover.formulas.measurer.compared(bound.left, Order.EQUAL, bound.right).met
    except Unsayable:
        return None
    return Step(figure, "value", size, at)


def _day_step(facts: Facts, key: FactKey, part: str, day: int, stated: str = "") -> Step:
    parts = facts.of(key).parts
    at = parts[part] == day
    return Step(key, part, 1, z3.And(parts[stated], at) if stated else at)


def _key(quantity: Quantity, facts: Facts) -> FactKey | None:
    """Give the fact that moves a quantity most directly: what is counted, divided or grows."""
    context = facts.context
    if isinstance(quantity, tree.Figure):
        return key_of_figure(quantity, context)
    if isinstance(quantity, tree.Total):
        return keys_of_total(quantity, context)[0]
    if isinstance(quantity, tree.Growth):
        return FactKey(quantity.attribute, None, context.year_of(quantity.period))
    if isinstance(quantity, tree.CompoundGrowth):
        return FactKey(quantity.attribute, None, facts.as_of.year - 1)
    if isinstance(quantity, tree.Ratio):
        return _key(quantity.over, facts)
    if isinstance(quantity, tree.Sum):
        return _key(quantity.left, facts)
    if isinstance(quantity, tree.Derived) and isinstance(quantity.definition, Quantity):
        return _key(quantity.definition, facts)
    return None

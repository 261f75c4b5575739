"""Bands and guards: which can never be reached, which overlap, what they leave out.

In: formulas of the tiers in their order, whatever they come from: the bands of a score, the rows and
grades of a graded term, the steps of an amount. Out: `Fault`, each a sentence about tiers by their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import z3

from matcher.language.printer import QuantityPrinter
from matcher.proofs.solving import Prover
from matcher.readers.formula_amounts import ordered
from matcher.readers.formula_facts import real
from matcher.tree import BestItem, Constant, Grading, Order, Score, ScoreItem
from matcher.values import Number
from matcher.vocabulary.model import Vocabulary

UNREACHABLE, GAP, OVERLAP = "unreachable", "gap", "overlap"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with tiers."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Band:
    """A tier of one number: reached where the number compares so with the bound."""

    name: str
    order: Order
    bound: Number


def never_reached(guards: Sequence[z3.BoolRef], domain: Sequence[z3.BoolRef] = ()) -> list[int]:
    """List the tiers that an earlier one always takes, or that nothing reaches; first match wins."""
    solver = z3.Solver()
    solver.add(*domain)
    lost = []
    for place, guard in enumerate(guards):
        if solver.check(guard) == z3.unsat:
            lost.append(place)
        solver.add(z3.Not(guard))
    return lost


def overlapping(
    guards: Sequence[z3.BoolRef], domain: Sequence[z3.BoolRef] = ()
) -> list[tuple[int, int]]:
    """List the pairs of tiers that both fit somewhere."""
    solver = z3.Solver()
    solver.add(*domain)
    return [
        (first, second)
        for second in range(len(guards))
        for first in range(second)
        if solver.check(guards[first], guards[second]) == z3.sat
    ]


def gap(bands: Sequence[Band], low: Number | None = None) -> Number | None:
    """Give a number that no band takes though bands take numbers on both sides of it."""
    below, between, above = z3.Reals("below between above")

    def taken(number: z3.ArithRef) -> z3.BoolRef:
        return z3.Or(*(ordered(number, band.order, real(band.bound)) for band in bands))

    solver = z3.Solver()
    solver.add(below < between, between < above, taken(below), taken(above))
    solver.add(z3.Not(taken(between)))
    if low is not None:
        solver.add(below >= real(low))
    if solver.check() != z3.sat:
        return None
    # A bound that is left out says more than a number beside it.
    for band in bands:
        if solver.check(between == real(band.bound)) == z3.sat:
            return band.bound
    solver.check()
    value: Number = solver.model().eval(between, model_completion=True).as_fraction()
    return value


def band_faults(bands: Sequence[Band], low: Number | None = None) -> Iterator[Fault]:
    """Report the bands of one number that cannot be reached, and a gap between them."""
    number = z3.Real("number")
    domain = [] if low is None else [number >= real(low)]
    guards = [ordered(number, band.order, real(band.bound)) for band in bands]
    for place in never_reached(guards, domain):
        message = f"档“{bands[place].name}”走不到,前面的档已经取走这些数"
        yield Fault(UNREACHABLE, message, "各档按先后取第一个符合的,把窄的一档写在前面")
    left_out = gap(bands, low)
    if left_out is not None:
        message = f"各档之间漏了一段,如 {left_out}"
        yield Fault(GAP, message, "改正档的边界,使各档相接")


def score_faults(score: Score, vocabulary: Vocabulary, as_of: date) -> Iterator[Fault]:
    """Report the bands of a score that no company reaches."""
    for item in score.items:
        for way in item.ways if isinstance(item, BestItem) else (item,):
            yield from _item_faults(way, vocabulary, as_of)


def _item_faults(item: ScoreItem, vocabulary: Vocabulary, as_of: date) -> Iterator[Fault]:
    prover = Prover([], vocabulary, as_of)
    measurer, printer = prover.formulas.measurer, QuantityPrinter(vocabulary)
    guards = [
        measurer.compared(item.value, order, Constant(bound)).met for order, bound, _ in item.bands
    ]
    names = [f"{order.value} {printer.text(Constant(bound))}" for order, bound, _ in item.bands]
    for place in never_reached(guards, prover.facts.axioms):
        message = f"计分项“{item.name}”的档“{names[place]}”走不到"
        yield Fault(UNREACHABLE, message, "各档按先后取第一个符合的,把窄的一档写在前面")
    bands = [
        Band(name, order, bound) for name, (order, bound, _) in zip(names, item.bands, strict=True)
    ]
    left_out = gap(bands)
    if left_out is not None:
        message = f"计分项“{item.name}”的各档之间漏了一段,如 {printer.text(Constant(left_out))}"
        yield Fault(GAP, message, "改正档的边界,使各档相接")


def grading_faults(grading: Grading, vocabulary: Vocabulary, as_of: date) -> Iterator[Fault]:
    """Report the rows and grades of a graded term that no company reaches, and rows that overlap."""
    conditions = [case.guard for case in grading.cases]
    prover = Prover(
        [*conditions, *(g.condition for case in grading.cases for g in case.grades if g.condition)],
        vocabulary,
        as_of,
    )
    guards = [prover.said(guard).met for guard in conditions]
    domain = prover.facts.axioms
    for place in never_reached(guards, domain):
        name = grading.cases[place].name
        yield Fault(UNREACHABLE, f"情形“{name}”走不到", "前面的情形已经取走这些企业")
    single = [
        z3.AtMost(*fact.parts.values(), 1)
        for fact in prover.facts.unknowns.values()
        if fact.key.attribute in prover.facts.classes and len(fact.parts) > 1
    ]
    for first, second in overlapping(guards, [*domain, *single]):
        names = "”和“".join(grading.cases[place].name for place in (first, second))
        yield Fault(OVERLAP, f"情形“{names}”有重叠,先写的算", "改正两种情形的“当”,使它们分开")
    for case, guard in zip(grading.cases, guards, strict=True):
        reached = [
            prover.said(grade.condition).met if grade.condition else z3.BoolVal(True)
            for grade in case.grades
        ]
        for place in never_reached(reached, [*prover.facts.axioms, guard]):
            message = f"情形“{case.name}”的“{case.grades[place].option}”走不到"
            yield Fault(UNREACHABLE, message, "各级从高到低取第一个符合的,改正下限")

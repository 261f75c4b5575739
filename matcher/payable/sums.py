"""Arithmetic of amounts: facts and numbers, products, sums, differences, whole steps, the extremes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import reduce

from matcher.payable.bounds import Bounds
from matcher.payable.worth import (
    ANYTHING,
    NOT_NEGATIVE,
    NOTHING,
    Case,
    Worth,
    absent,
    works_out,
)
from matcher.readers.measuring import measure
from matcher.tree import Constant
from matcher.tree.amounts import (
    Added,
    Decided,
    Elsewhere,
    Given,
    Greatest,
    Least,
    Less,
    Product,
    Steps,
    product_dimension,
)
from matcher.values import SHARE


@works_out(Given)
def _given(amount: Given, case: Case) -> Worth:
    unit = case.shown.vocabulary.units.find(amount.unit)
    dimension = unit.dimension if unit else None
    value, name = measure(amount.quantity, case.evaluate.judge.context), ""
    if not isinstance(amount.quantity, Constant):
        name = case.shown.name(amount.quantity)
    if not value.applies:
        return replace(case.nothing("fact_not_applicable", name=name), dimension=dimension)
    if value.low is None:
        bounds = NOT_NEGATIVE if case.shown.never_negative(amount.quantity) else ANYTHING
        phrase = "unknown_why" if value.why else "unknown"
        said = case.shown.say(phrase, name=name, why=value.why)
        pending = () if value.missing else (said,)
        return Worth(bounds, dimension, said, missing=value.missing, pending=pending, lines=(said,))
    bounds = Bounds(value.low, value.high)
    number = case.shown.bounds(bounds, dimension, unit)
    said = case.shown.say("known", name=name, value=number) if name else number
    return Worth(bounds, dimension, said, missing=value.missing)


@works_out(Product)
def _product(amount: Product, case: Case) -> Worth:
    parts = case.all_of(amount.parts)
    missing = absent(parts)
    if missing is not None:
        return missing
    bounds = reduce(Bounds.times, (part.bounds for part in parts))
    dimension: str | None = SHARE
    for part in parts:
        if dimension is not None:
            known = part.dimension is not None
            dimension = product_dimension(dimension, part.dimension or "") if known else None
    return case.result(bounds, dimension, parts, " × ".join(part.said for part in parts))


@works_out(Added)
def _added(amount: Added, case: Case) -> Worth:
    parts = case.all_of(amount.parts)
    return together([part for part in parts if part.applies] or parts[:1], case)


def together(parts: list[Worth], case: Case) -> Worth:
    """Add up amounts; one alone stays as it is."""
    if len(parts) == 1:
        return parts[0]
    bounds = reduce(Bounds.plus, (part.bounds for part in parts))
    return case.result(bounds, _dimension(parts), parts, " + ".join(part.said for part in parts))


def _dimension(parts: list[Worth]) -> str | None:
    return next((part.dimension for part in parts if part.dimension is not None), None)


@works_out(Less)
def _less(amount: Less, case: Case) -> Worth:
    parts = case.all_of((amount.left, amount.right))
    missing = absent(parts)
    if missing is not None:
        return missing
    left, right = parts
    bounds = left.bounds.minus(right.bounds)
    return case.result(bounds, _dimension(parts), parts, f"{left.said} - {right.said}")


@works_out(Steps)
def _steps(amount: Steps, case: Case) -> Worth:
    value, step = case.of(amount.value), case.of(amount.step)
    if not value.applies:
        return value
    size = Fraction(step.bounds.low or 1)
    bounds = value.bounds.each(lambda number: Fraction(number) // size).at_least(NOTHING)
    formula = case.shown.say("steps", value=value.said, step=step.said)
    return case.result(bounds, SHARE, [value], formula)


@works_out(Greatest, Least)
def _extreme(amount: Greatest | Least, case: Case) -> Worth:
    parts = [part for part in case.all_of(amount.parts) if part.applies]
    if not parts:
        return case.of(amount.parts[0])
    if len(parts) == 1:
        return parts[0]
    greatest = isinstance(amount, Greatest)
    choose = Bounds.at_least if greatest else Bounds.at_most
    bounds = reduce(choose, (part.bounds for part in parts))
    said = case.shown.listed(part.said for part in parts)
    formula = case.shown.say("greatest" if greatest else "least", parts=said)
    return case.result(bounds, _dimension(parts), parts, formula)


@works_out(Decided, Elsewhere)
def _open(amount: Decided | Elsewhere, case: Case) -> Worth:
    decided = isinstance(amount, Decided)
    what = amount.name if isinstance(amount, Decided) else amount.reason
    phrase = "decided" if decided else "elsewhere"
    said = case.shown.say(phrase, what=what or case.shown.say("the_sum"))
    return Worth(NOT_NEGATIVE, None, said, pending=(said,))

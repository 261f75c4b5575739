"""Floors, caps, what is left of a limit after earlier payments, what was not paid yet, ceilings."""

from __future__ import annotations

from dataclasses import replace

from matcher.payable.bounds import Bounds
from matcher.payable.ledger import PAYMENTS
from matcher.payable.worth import NOT_NEGATIVE, NOTHING, Case, Worth, gathered, united, works_out
from matcher.tree.amounts import Ceiling, Limited, Outstanding, Remaining, Span
from matcher.values import MONEY


@works_out(Limited)
def _limited(amount: Limited, case: Case) -> Worth:
    found = case.of(amount.amount)
    if not found.applies:
        return found
    for phrase, limits, choose in (
        ("floor", amount.floors, Bounds.at_least),
        ("cap", amount.caps, Bounds.at_most),
    ):
        for limit in case.all_of(limits):
            if limit.applies:
                limit = _not_below_zero(limit, case)
                bounds = choose(found.bounds, limit.bounds)
                said = phrase if limit.bounds.exact else f"{phrase}_open"
                found = _bound(found, limit, bounds, case, said)
    return found


def _not_below_zero(limit: Worth, case: Case) -> Worth:
    """Give a limit that is no less than nothing: no cap takes back what was never paid."""
    bounds = limit.bounds.at_least(NOTHING)
    if bounds == limit.bounds:
        return limit
    return replace(limit, bounds=bounds, said=case.shown.bounds(bounds, limit.dimension))


def _bound(
    found: Worth, limit: Worth, bounds: Bounds, case: Case, phrase: str, **words: str
) -> Worth:
    """Give an amount after a limit, with the line that says so."""
    dimension = found.dimension or limit.dimension
    # A limit beside which the amount did not matter settles what was open in it, and the other way.
    made = gathered(bounds, dimension, [found, limit])
    said = case.shown.bounds(bounds, dimension)
    line = case.shown.say(phrase, limit=limit.said, result=said, **words)
    return replace(made, said=said, lines=(*made.lines, line))


def _paid(case: Case, span: Span, group: str) -> Bounds:
    if case.ledger is None:
        return NOT_NEGATIVE
    if case.project is not None and not group:
        return Bounds(*case.ledger.paid_for_project(case.measure, span, case.year, case.project))
    # A payment to a group may be noted under its name or under the measure that paid it.
    to = (case.measure, group) if group else (case.measure,)
    return Bounds.exactly(sum(case.ledger.paid(name, span, case.year) for name in to))


@works_out(Remaining)
def _remaining(amount: Remaining, case: Case) -> Worth:
    found = case.of(amount.amount)
    if not found.applies:
        return found
    paid = _paid(case, amount.span, "")
    known = case.ledger is not None
    words = {"span": case.shown.span(amount.span), "paid": case.shown.bounds(paid, MONEY)}
    for limit in case.all_of(amount.caps):
        if not limit.applies:
            continue
        left = limit.bounds.minus(paid).at_least(NOTHING)
        bounds = found.bounds.at_most(left)
        phrase = "remaining" if known else "remaining_unknown"
        found = _bound(found, limit, bounds, case, phrase, **words)
        if not known and not bounds.exact:
            found = replace(found, missing=united((found.missing, (PAYMENTS,))))
    return found


@works_out(Outstanding)
def _outstanding(amount: Outstanding, case: Case) -> Worth:
    found = case.of(amount.amount)
    if not found.applies:
        return found
    paid = _paid(case, amount.span, amount.group)
    bounds = found.bounds.minus(paid).at_least(NOTHING)
    known = case.ledger is not None
    formula = case.shown.say(
        "outstanding" if known else "outstanding_unknown",
        amount=found.said,
        span=case.shown.span(amount.span),
        paid=case.shown.bounds(paid, MONEY),
    )
    made = case.result(bounds, found.dimension, [found], formula)
    if known or bounds.exact:
        return made
    return replace(made, missing=united((made.missing, (PAYMENTS,))))


@works_out(Ceiling)
def _ceiling(amount: Ceiling, case: Case) -> Worth:
    found = case.of(amount.amount)
    return replace(found, ceiling=True) if found.applies else found

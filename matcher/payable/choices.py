"""Amounts that depend on where something falls: 阶梯, 累进, 情形 and 表, 逐项, 逐年."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from matcher.documents.measures import bind_judgements
from matcher.payable.bounds import Bounds, hull
from matcher.payable.sums import together
from matcher.payable.worth import (
    ANYTHING,
    NOT_NEGATIVE,
    NOTHING,
    Case,
    Worth,
    gathered,
    united,
    works_out,
)
from matcher.profile import NOT_APPLICABLE, FactKey, Profile
from matcher.readers.evaluate import Evaluate
from matcher.tree import Condition, Order
from matcher.tree.amounts import ByYear, Cases, PerRecord, Sliced, Tiered, product_dimension, stated
from matcher.values import MONEY, Number, whole

Possible = list[tuple[str, Worth]]


@works_out(Tiered)
def _tiered(amount: Tiered, case: Case) -> Worth:
    value = case.of(amount.value)
    if not value.applies:
        return value
    possible: Possible = []
    for band in amount.bands:
        holds = value.bounds.holds(band.order, stated(band.bound))
        if holds is not False:
            name = f"{band.order.value} {case.of(band.bound).said}"
            possible.append((name, case.of(band.amount)))
        if holds:
            break
    else:
        if amount.otherwise is not None:
            possible.append((case.shown.say("otherwise"), case.of(amount.otherwise)))
        else:
            outside = case.nothing("outside_bands", of=value.said)
            possible.append((outside.said, outside))
    return _picked(value, possible, case)


def _picked(of: Worth | None, possible: Possible, case: Case) -> Worth:
    """Give the one amount that a band or case leads to, or the interval of all still possible."""
    before = of.lines if of else ()
    plain = "" if of and of.said else "_plain"
    if len(possible) == 1:
        name, found = possible[0]
        if not found.applies:
            return replace(found, lines=(*before, *found.lines))
        line = case.shown.say(
            f"picked{plain}", of=of.said if of else "", name=name, result=found.said
        )
        return replace(found, lines=united((before, (line,), found.lines)))
    worths = [worth for _, worth in possible]
    present = [worth for worth in worths if worth.applies]
    if not present:
        return replace(worths[-1], lines=(*before, *worths[-1].lines))
    bounds = hull(worth.bounds for worth in worths)
    found = gathered(bounds, present[0].dimension, [*([of] if of else []), *present])
    said = case.shown.bounds(bounds, found.dimension)
    if bounds.exact and len(present) == len(worths):
        said = present[0].said
        cases = case.shown.listed(name for name, _ in possible)
        line = case.shown.say("alike", cases=cases, result=said)
    else:
        cases = case.shown.listed(
            name if name == worth.said else f"{name} {worth.said}" for name, worth in possible
        )
        line = case.shown.say(f"possible{plain}", of=of.said if of else "", cases=cases)
    return replace(found, said=said, lines=(*before, line))


@works_out(Sliced)
def _sliced(amount: Sliced, case: Case) -> Worth:
    value = case.of(amount.value)
    if not value.applies:
        return value
    total, parts, formulas = NOTHING, [value], []
    dimension: str | None = None
    below = Fraction(0)
    for item in amount.slices:
        top = None if item.upto is None else Fraction(stated(item.upto))
        part = Bounds(
            None if value.bounds.low is None else _inside(value.bounds.low, below, top),
            _inside(value.bounds.high, below, top),
        )
        rate = case.of(item.rate)
        if rate.dimension is not None and value.dimension is not None:
            dimension = product_dimension(value.dimension, rate.dimension)
        total = total.plus(part.times(rate.bounds))
        parts.append(rate)
        if part != NOTHING:
            formulas.append(f"{case.shown.bounds(part, value.dimension)} × {rate.said}")
        below = below if top is None else top
    last = amount.slices[-1].upto
    if last is not None and value.bounds.holds(Order.AT_MOST, stated(last)) is not True:
        beyond = case.shown.say("elsewhere", what=case.shown.say("beyond"))
        parts.append(Worth(NOT_NEGATIVE, dimension, beyond, pending=(beyond,)))
        total = total.plus(NOT_NEGATIVE)
        formulas.append(beyond)
    return case.result(total, dimension, parts, " + ".join(formulas) or value.said)


def _inside(value: Number | None, low: Fraction, high: Fraction | None) -> Number | None:
    """Give how much of a value lies in one slice; a value without end fills it."""
    if value is None:
        return None if high is None else whole(high - low)
    top = Fraction(value) if high is None else min(Fraction(value), high)
    return whole(max(Fraction(0), top - low))


@works_out(Cases)
def _cases(amount: Cases, case: Case) -> Worth:
    possible: Possible = []
    asked: list[FactKey] = []
    for choice in amount.cases:
        outcome = case.evaluate(_of_measure(choice.guard, case.measure))
        if outcome.truth is False:
            continue
        name = choice.name or case.shown.condition(choice.guard)
        possible.append((name, case.of(choice.amount)))
        if outcome.truth:
            break
        asked += outcome.missing()
    else:
        if amount.otherwise is not None:
            possible.append((case.shown.say("otherwise"), case.of(amount.otherwise)))
        else:
            none = case.nothing("no_case")
            possible.append((none.said, none))
    found = _picked(None, possible, case)
    return found if found.bounds.exact else replace(found, missing=united((asked, found.missing)))


@lru_cache(maxsize=1024)
def _of_measure(guard: Condition, measure: str) -> Condition:
    """Ask for the judgements made for this measure, as its conditions do."""
    return bind_judgements(guard, measure)


@works_out(PerRecord)
def _per_record(amount: PerRecord, case: Case) -> Worth:
    key = FactKey(amount.records)
    rows: Any = case.evaluate.judge.profile.value(key)
    records = case.shown.wording.attribute(amount.records)
    if rows is NOT_APPLICABLE:
        return case.nothing("fact_not_applicable", name=records)
    if rows is None:
        said = case.shown.say("unknown", name=records)
        return Worth(NOT_NEGATIVE, MONEY, said, missing=(key,), lines=(said,))
    tried = [_record(amount, row, number, case) for number, row in enumerate(rows, start=1)]
    found = [worth for worth in tried if worth is not None]
    without = united(worth.lines for worth in found if not worth.applies)
    present = [worth for worth in found if worth.applies]
    if not found:
        return case.nothing("no_record", records=records)
    if not present:
        return replace(found[0], lines=without)
    made = together(present, case)
    parts = united(worth.parts for worth in present)
    return replace(made, lines=(*without, *made.lines), parts=parts)


def _record(amount: PerRecord, row: Profile, number: int, case: Case) -> Worth | None:
    """Work out what one record brings; None where it does not satisfy the condition."""
    judge = case.evaluate.judge
    words = judge.vocabulary.inside_record(amount.records)
    evaluate = Evaluate(words, row, judge.context.as_of)
    truth = evaluate(amount.condition).truth if amount.condition is not None else True
    if truth is False:
        return None
    project = project_name(row)
    name = project or case.shown.say("record", records=amount.records, number=number)
    found = replace(case, evaluate=evaluate, project=project).of(amount.amount)
    if truth is None:
        found = replace(found, bounds=hull([NOTHING, found.bounds]))
    # What is missing in one record is asked for with the records as a whole.
    missing = () if found.bounds.exact else (FactKey(amount.records),)
    lines = found.lines or (found.said,)
    said = tuple(case.shown.say("of_record", record=name, line=line) for line in lines)
    parts = ((name, found.bounds),)
    return replace(found, missing=missing, lines=said, parts=parts)


def project_name(row: Profile) -> str:
    """Give the name that a record states, if it has a field for one."""
    names = (fact.value for key, fact in row.facts.items() if key.attribute.endswith("名称"))
    return next((name for name in names if isinstance(name, str)), "")


@works_out(ByYear)
def _by_year(amount: ByYear, case: Case) -> Worth:
    key = FactKey(amount.since)
    day = case.evaluate.judge.profile.value(key)
    since = case.shown.wording.attribute(amount.since)
    if day is NOT_APPLICABLE:
        return case.nothing("fact_not_applicable", name=since)
    if not isinstance(day, date):
        worths = [
            (case.shown.say("nth_year", number=number), case.of(part))
            for number, part in enumerate(amount.years, start=1)
        ]
        none = case.nothing("no_case")
        said = case.shown.say("unknown", name=since)
        return _picked(
            Worth(ANYTHING, None, said, missing=(key,)), [*worths, (none.said, none)], case
        )
    year = case.year - amount.back
    number = year - day.year + 1
    if not 1 <= number <= len(amount.years):
        count = len(amount.years)
        return case.nothing("outside_years", since=since, day=day, year=year, count=count)
    found = case.of(amount.years[number - 1])
    line = case.shown.say("year", since=since, day=day, year=year, number=number, result=found.said)
    return replace(found, lines=(line, *found.lines))

"""The eligibility check: read the question, note the answer, read the verdict; and what to say then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matcher.language.diagnostics import SourceError
from matcher.nearby.questions import NextQuestion
from matcher.readers.prose import EN
from matcher.values import ValueFault, parse_date
from webapp.access import actor
from webapp.cards import Card, new_card, read_card
from webapp.desk import shell
from webapp.desk.companies import CoveredExplainer, sheet_of
from webapp.desk.shell import desk, show_band
from webapp.limits import MAX_SEARCH
from webapp.pages import language, wording
from webapp.services.asking import Asked, asked_of, find, first_ones
from webapp.services.checking import Checker, Fault
from webapp.services.desk import calls
from webapp.services.desk import check as checking
from webapp.services.desk.calls import Channel, How, Service
from webapp.services.desk.check import Given, jumps, keys_of, passed_over, record, remaining
from webapp.services.desk.reply import Replies
from webapp.services.desk.service import Standing, looked, questions, standing
from webapp.services.questions import HELD
from webapp.services.reasons import Own
from webapp.shared import portal
from webapp.tables.registry import CompanyRow

UNTIL = ("until-year", "until-month", "until-day")
"""The boxes for the day until which a title is held."""
VALID_TO = "有效期至"
SKIP = "skip"
MET_NAMED = 5
"""Measures that are met which the page names while all are looked at."""


def check(company: int) -> ResponseReturnValue:
    """Ask the next question, or keep the answer of the one that was asked."""
    if request.method == "POST":
        return _answered(company)
    row = looked(desk(), actor(), "company.check", company, portal().now())
    measure = request.args.get("measure")
    if measure and measure not in portal().catalogue.by_id:
        abort(404)
    by = request.args.get("by", Channel.PHONE.value)
    channel = Channel(by) if by in set(Channel) else Channel.PHONE
    service = calls.begin(desk(), actor(), company, portal().now(), channel, measure)
    shell.serve(company)
    return _page(row, service)


def _answered(company: int) -> ResponseReturnValue:
    asked = find(request.form.get("fact", ""), portal().questionnaire) or abort(404)
    checker = Checker(portal().catalogue.vocabulary, portal().today())
    seen = How.SEEN if request.form.get("how") == How.SEEN.value else How.SAID
    if request.form.get("then") == SKIP:
        return _kept(company, Card(asked, None, None), Given(asked, None, seen))
    card = _dated(read_card(0, asked, checker, {}))
    if not card.faults and card.given is None:
        card = replace(card, faults=(Fault("no-answer"),))
    if card.faults:
        return _again(company, card)
    return _kept(company, card, Given(asked, card.given, seen))


def _dated(card: Card) -> Card:
    """Add the day until which a title is held, where one was given."""
    boxes = [request.form.get(name, "").strip() for name in UNTIL]
    if not any(boxes) or card.given != HELD or not checking.dated(card.asked):
        return card
    if not all(boxes):
        return replace(card, faults=(Fault("date-incomplete"),))
    try:
        day = parse_date("-".join(boxes))
    except ValueFault as fault:
        return replace(card, faults=(Fault(fault.code, str(fault), fault.hint),))
    return replace(card, given={VALID_TO: day.isoformat()})


def _kept(company: int, card: Card, given: Given) -> ResponseReturnValue:
    try:
        record(desk(), actor(), company, given, portal().now(), portal().today())
    except SourceError as error:
        faults = tuple(Fault(one.code, one.message, one.hint) for one in error.diagnostics)
        return _again(company, replace(card, faults=faults))
    # No fragment: a browser that is sent to one does not put the focus on the answer.
    return redirect(url_for("desk.check", company=company), 303)


def _again(company: int, card: Card) -> ResponseReturnValue:
    """Show the question again with what is wrong with its answer."""
    row = looked(desk(), actor(), "company.check", company, portal().now())
    service = calls.begin(desk(), actor(), company, portal().now())
    return _page(row, service, card), 422


@dataclass(frozen=True, slots=True)
class Jump:
    """A question that words were found in: its name in a form, and what it asks."""

    id: str
    attribute: str
    member: str


def _page(row: CompanyRow, service: Service, card: Card | None = None) -> str:
    show_band(row)
    year = portal().today().year - 1
    unsure = passed_over(service, portal().questionnaire, year)
    found = standing(desk(), actor(), row.id, portal().today(), unsure)
    card = card or _card(found, service)
    words = request.args.get("find", "").strip()[:MAX_SEARCH]
    last = service.asked[-1] if service.asked else None
    chosen = found.results.of(service.measure) if service.measure else None
    return render_template(
        "desk/check.html",
        company=row,
        service=service,
        measure=portal().catalogue.by_id.get(service.measure),
        results=found.shown,
        finding=chosen,
        card=card,
        focus_first=card is None or not card.faults,
        own=_own(found, card) if card else (),
        dated=checking.dated(card.asked) if card else False,
        until={name: request.form.get(name, "") for name in UNTIL},
        how=request.form.get("how", How.SAID.value),
        last=last,
        left=remaining(found, service.measure, portal().catalogue.vocabulary),
        words=words,
        jumps=_jumps(words),
        said=list(_said(service)),
        met_named=MET_NAMED,
        explain=CoveredExplainer(found.view),
        year=year,
    )


def _card(found: Standing, service: Service) -> Card | None:
    """Give the question that was jumped to, or the best one; None where no answer settles anything."""
    checker = Checker(portal().catalogue.vocabulary, portal().today())
    name = request.args.get("fact")
    if name is not None:
        asked = find(name, portal().questionnaire) or abort(404)
        return new_card(asked, None, checker, {})
    every = questions(desk(), found, service.measure)
    best = next(iter(first_ones(every, portal().questionnaire, 1)), None)
    if best is None and service.measure:
        # No single answer settles it: go on with the first that takes part in it.
        best = next(iter(_asked(every)), None)
    return None if best is None else new_card(best[1], best[0], checker, {})


def _asked(every: Iterable[NextQuestion]) -> Iterable[tuple[NextQuestion, Asked]]:
    for one in every:
        asked = asked_of(one.key, portal().questionnaire)
        if asked is not None:
            yield one, asked


def _own(found: Standing, card: Card) -> list[Own]:
    """Say what is known already of the fact that is asked for."""
    explain = CoveredExplainer(found.view)
    facts = found.view.profile.facts
    keys = keys_of(card.asked, portal().today().year - 1)
    return [explain.own(key, facts[key]) for key in sorted(keys, key=repr) if key in facts]


def _jumps(words: str) -> list[Jump]:
    found = []
    for id_ in jumps(portal().questionnaire, words):
        asked = find(id_, portal().questionnaire)
        if asked is not None:
            found.append(_jump(id_, asked))
    return found


def _jump(id_: str, asked: Asked) -> Jump:
    label = asked.question.attribute.label
    member = "" if asked.whole or asked.member is None else asked.member.label
    return Jump(id_, wording().attribute(label), wording().member(label, member) if member else "")


def _said(service: Service) -> Iterable[tuple[calls.Asked, Jump]]:
    """Give what was asked in this service, the newest first, each with what it is called."""
    for one in reversed(service.asked):
        asked = find(one.fact, portal().questionnaire)
        if asked is not None:
            yield one, _jump(one.fact, asked)


def reply(company: int) -> ResponseReturnValue:
    """Write an answer to read out or to copy."""
    row = looked(desk(), actor(), "company.check", company, portal().now())
    show_band(row)
    measure = request.args.get("measure", "")
    if measure and measure not in portal().catalogue.by_id:
        abort(404)
    found = standing(desk(), actor(), company, portal().today())
    said = Replies(portal().texts, language()).reply(sheet_of(row, found), measure)
    joint = " " if language() == EN else ""
    return render_template("desk/reply.html", company=row, said=joint.join(said), measure=measure)


def end(company: int) -> ResponseReturnValue:
    """End the service and clear the band."""
    looked_at = calls.end(desk(), actor(), company, portal().now())
    shell.serve_nobody()
    flash("desk.ended" if looked_at else "desk.ended_before")
    return redirect(url_for("desk.start"), 303)

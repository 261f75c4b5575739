"""Results: four groups with counts that add up, what to answer next, what a step would change, reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import abort, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from matcher.language.profiles import FILED
from matcher.nearby.wording import say_change, say_confirming
from webapp.cards import Card, new_card, radio_name, read_card
from webapp.pages import language, text, wording
from webapp.portal.company import Unfit, frame, saved_profile, since_last_visit
from webapp.portal.selection import Selection, page_number, selection
from webapp.services import profiles
from webapp.services.asking import Asked, find, first_ones
from webapp.services.checking import Checker, Fault
from webapp.services.matching import GROUPS, Results
from webapp.services.narrowing import narrow
from webapp.services.paging import page_of
from webapp.services.profiles import Facts, Saved
from webapp.services.questions import Answer
from webapp.services.reasons import Explainer, cited
from webapp.services.supposing import chips, suppose
from webapp.services.worth import Worths
from webapp.shared import portal

WAYS_SHOWN = 3
"""How many ways to a measure a page tells."""
FIRST_QUESTIONS = 2
"""How many questions are asked at once before the first answer."""


def results(token: str) -> str:
    """Show what fits, what is open, what is one step away and what does not fit."""
    saved = saved_profile(token)
    return _page(token, saved, selection(token))


def answer(token: str) -> Response | tuple[str, int]:
    """Save the answers to the questions of the card and show the results again."""
    saved, chosen = saved_profile(token), selection(token)
    names = request.form.getlist("fact")[:FIRST_QUESTIONS]
    every = [find(name, portal().questionnaire) or abort(404) for name in names] or abort(404)
    checker = Checker(portal().catalogue.vocabulary, portal().today())
    cards = [read_card(place, asked, checker, saved.facts) for place, asked in enumerate(every)]
    given = [(card.asked, card.given) for card in cards if card.given is not None]
    if given and not any(card.faults for card in cards):
        try:
            _save(token, given, checker)
        except Unfit as unfit:
            cards[0] = replace(cards[0], faults=unfit.faults)
        else:
            flash("next.saved")
            return redirect(chosen.address(_anchor="next"), 303)
    if not any(card.faults for card in cards):
        cards[0] = replace(cards[0], faults=(Fault("no-answer"),))
    return _page(token, saved, chosen, cards), 422


def _save(token: str, given: Sequence[tuple[Asked, Answer]], checker: Checker) -> None:
    """Put answers into the newest facts; the profile is then filed today."""

    def change(facts: Facts) -> Facts:
        new: Facts = {**facts, FILED: checker.filed.isoformat()}
        for asked, one in given:
            new = asked.put(new, one, checker.vocabulary, checker.year)
        faults = checker.whole(new)
        if faults:
            raise Unfit(faults)
        return new

    if profiles.save(portal().database, token, change, portal().now()) is None:
        abort(404)


def _page(token: str, saved: Saved, chosen: Selection, cards: Sequence[Card] = ()) -> str:
    """Render the results; ``cards`` are questions with an answer that was not understood."""
    matchmaker, shown = portal().matchmaker, frame(token, saved)
    real = matchmaker.results(saved.facts, portal().today(), judged=bool(shown["answered"]))
    supposed = suppose(matchmaker, real, chosen.supposed)
    found = supposed.results if supposed else real
    narrowed = narrow(found, chosen.chosen, portal().catalogue, _label)
    number, worths = page_number(), _worths(found)
    return render_template(
        "results.html",
        results=narrowed.results,
        facets=narrowed.facets,
        selection=chosen,
        group_address=lambda id_: chosen.at(id_).address(),
        supposed=supposed,
        chips=chips(matchmaker, real) if real.judged else (),
        cards=() if supposed else cards or _next_cards(real, saved.facts),
        radio_name=radio_name,
        worth=worths.of,
        together=worths.together() if found.judged else None,
        pages={
            name: page_of(narrowed.results.group(name), number if name == chosen.group else 1)
            or abort(404)
            for name in ([chosen.group] if chosen.group else GROUPS)
        },
        group=chosen.group,
        since=since_last_visit(token, real) if real.judged else None,
        gaps=lambda finding: _gaps(found, finding.measure.id),
        said_change=lambda change: say_change(change, real.profile, wording()),
        explain=Explainer(wording(), portal().questionnaire, found.profile),
        year=portal().today().year - 1,
        **shown,
    )


def _next_cards(found: Results, facts: Facts) -> list[Card]:
    """Give the next question with its control, the first ones before any answer; none settles, none is asked."""
    count = 1 if found.judged else FIRST_QUESTIONS
    checker = Checker(portal().catalogue.vocabulary, portal().today())
    cards = []
    questions = portal().matchmaker.questions(found)
    for question, asked in first_ones(questions, portal().questionnaire, count):
        cards.append(new_card(asked, question, checker, facts))
    return cards


def _worths(found: Results) -> Worths:
    return Worths(found, portal().matchmaker.matcher, portal().texts, language())


def _gaps(found: Results, measure: str) -> list[list[str]]:
    """Say what is lacking for a measure that is one step away, by each way, what must change first."""
    return [
        [
            *(say_change(one, found.profile, wording()) for one in way.change),
            *say_confirming(way.confirm, wording()),
        ]
        for way in found.all_ways.get(measure, ())[:WAYS_SHOWN]
    ]


def _label(facet: str, id_: str) -> str:
    """Name a value that the results can be narrowed by."""
    if facet == "delivery":
        return text(f"delivery.{id_}")
    return portal().facets.label(facet, id_, wording())


def why(token: str, id_: str) -> str:
    """Show one finding with all its reasons, the words of each condition marked in the text."""
    saved, chosen = saved_profile(token), selection(token)
    shown = frame(token, saved)
    real = portal().matchmaker.results(
        saved.facts, portal().today(), judged=bool(shown["answered"])
    )
    supposed = suppose(portal().matchmaker, real, chosen.supposed)
    found = supposed.results if supposed else real
    finding = (found.of(id_) if found.judged else None) or abort(404)
    document = portal().catalogue.document(finding.measure.document) or abort(404)
    explain = Explainer(wording(), portal().questionnaire, found.profile)
    return render_template(
        "why.html",
        results=found,
        finding=finding,
        selection=chosen,
        supposed=supposed,
        group=found.group_of(finding),
        gaps=_gaps(found, id_),
        cite=lambda reason: cited(reason.quote, finding.measure, document, reason.names),
        explain=explain,
        general=explain.general(portal().catalogue, found.as_of),
        worth=_worths(found).of,
        **shown,
    )

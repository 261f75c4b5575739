"""Results: four groups with counts that add up, what to answer next, what a step would change, reasons."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from matcher.language.profiles import FILED
from matcher.nearby.questions import NextQuestion
from matcher.nearby.wording import say_change, say_confirming
from webapp.forms.fields import AnswerField
from webapp.forms.group import GroupForm, form_class
from webapp.pages import text, wording
from webapp.portal.company import Unfit, frame, saved_profile
from webapp.portal.selection import Selection, page_number, selection
from webapp.services import profiles
from webapp.services.asking import Asked, asked_of, best, find
from webapp.services.checking import Checker, Fault
from webapp.services.facets import LISTS
from webapp.services.matching import GROUPS, Results
from webapp.services.narrowing import narrow
from webapp.services.paging import page_of
from webapp.services.profiles import Facts, Saved
from webapp.services.questions import Answer, Group
from webapp.services.reasons import Explainer, cited
from webapp.services.supposing import chips, suppose
from webapp.shared import portal

WAYS_SHOWN = 3
"""How many ways to a measure a page tells."""


@dataclass(frozen=True, slots=True)
class Card:
    """The next question as it is shown: what it brings, its control, what was wrong with an answer."""

    asked: Asked
    question: NextQuestion | None
    field: AnswerField | None
    faults: tuple[Fault, ...] = ()


def results(token: str) -> str:
    """Show what fits, what is open, what is one step away and what does not fit."""
    saved = saved_profile(token)
    return _page(token, saved, selection(token))


def answer(token: str) -> Response | tuple[str, int]:
    """Save the answer to one fact and show the results again."""
    saved, chosen = saved_profile(token), selection(token)
    asked = find(request.form.get("fact", ""), portal().questionnaire) or abort(404)
    checker = Checker(portal().catalogue.vocabulary, portal().today())
    given, field, faults = _given(asked, checker, saved.facts)
    if given is not None and not faults:
        try:
            _save(token, asked, given, checker)
        except Unfit as unfit:
            faults = unfit.faults
        else:
            flash("next.saved")
            return redirect(chosen.address(_anchor="next"), 303)
    shown = faults or (Fault("no-answer"),)
    return _page(token, saved, chosen, Card(asked, None, field, shown)), 422


def _given(
    asked: Asked, checker: Checker, facts: Facts
) -> tuple[Answer | None, AnswerField | None, tuple[Fault, ...]]:
    """Read what was sent of one fact: one of its words, or what was typed into its field."""
    if asked.options:
        sent = request.form.get("answer", "")
        known = asked.options.get(sent)
        return known, None, (Fault("unknown-choice"),) if sent and known is None else ()
    form = _form(asked, checker, facts)
    form.validate()
    (field,) = form.questions
    return field.answer, field, tuple(field.errors)


def _form(asked: Asked, checker: Checker, facts: Facts) -> GroupForm:
    """Make the form's own field for a fact that is typed."""
    group = portal().questionnaire.group_of[asked.question.attribute.label]
    alone = form_class(Group(group.word, (asked.question,)), portal().catalogue.vocabulary)
    return alone(checker, facts)


def _save(token: str, asked: Asked, given: Answer, checker: Checker) -> None:
    """Put one answer into the newest facts; the profile is then filed today."""

    def change(facts: Facts) -> Facts:
        dated = {**facts, FILED: checker.filed.isoformat()}
        new = asked.put(dated, given, checker.vocabulary, checker.year)
        faults = checker.whole(new)
        if faults:
            raise Unfit(faults)
        return new

    if profiles.save(portal().database, token, change, portal().now()) is None:
        abort(404)


def _page(token: str, saved: Saved, chosen: Selection, card: Card | None = None) -> str:
    """Render the results; ``card`` is a question whose answer was not understood."""
    matchmaker, shown = portal().matchmaker, frame(token, saved)
    real = matchmaker.results(saved.facts, portal().today(), judged=bool(shown["answered"]))
    supposed = suppose(matchmaker, real, chosen.supposed)
    found = supposed.results if supposed else real
    narrowed = narrow(found, chosen.chosen, portal().catalogue, _label)
    number = page_number()
    return render_template(
        "results.html",
        results=narrowed.results,
        facets=narrowed.facets,
        selection=chosen,
        group_address=lambda id_: chosen.at(id_).address(),
        supposed=supposed,
        chips=chips(matchmaker, real) if real.judged else (),
        card=None if supposed else card or _next_card(real, saved.facts),
        pages={
            name: page_of(narrowed.results.group(name), number if name == chosen.group else 1)
            or abort(404)
            for name in ([chosen.group] if chosen.group else GROUPS)
        },
        group=chosen.group,
        gaps=lambda finding: _gaps(found, finding.measure.id),
        said_change=lambda change: say_change(change, real.profile, wording()),
        explain=Explainer(wording(), portal().questionnaire, found.profile),
        year=portal().today().year - 1,
        **shown,
    )


def _next_card(found: Results, facts: Facts) -> Card | None:
    """Give the next question with its control, None where no answer settles anything."""
    question = best(portal().matchmaker.questions(found), portal().questionnaire)
    asked = question and asked_of(question.key, portal().questionnaire)
    if question is None or asked is None:
        return None
    if asked.options:
        return Card(asked, question, None)
    checker = Checker(portal().catalogue.vocabulary, portal().today())
    return Card(asked, question, _form(asked, checker, facts).questions[0])


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
    if facet == "document":
        document = portal().catalogue.document(id_)
        return document.title if document else id_
    return wording().word_by_id(LISTS[facet], id_)


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
    return render_template(
        "why.html",
        results=found,
        finding=finding,
        selection=chosen,
        supposed=supposed,
        group=found.group_of(finding),
        gaps=_gaps(found, id_),
        cite=lambda words: cited(words, finding.measure, document),
        explain=Explainer(wording(), portal().questionnaire, found.profile),
        **shown,
    )

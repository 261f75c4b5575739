"""What anyone may read: each measure, and the documents with every word accounted for."""

from __future__ import annotations

from flask import Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matcher.documents.model import Measure, coverage
from matcher.language.amount_printer import print_benefit
from matcher.profile import Profile
from matcher.report import measure_json
from webapp.pages import wording
from webapp.services.documents import lines, only_measures
from webapp.services.ladders import standard_of
from webapp.services.measures import evidence, history, related, standing
from webapp.services.reachable import quickest
from webapp.services.reasons import Explainer
from webapp.shared import portal

SHOWN = ("", "measures", "reasons")
"""What a document's page may show: all, only the lines of measures, all with the reasons."""


def measure(id_: str) -> ResponseReturnValue:
    """Show one measure; an id that was replaced leads on to what took its place."""
    catalogue, today = portal().catalogue, portal().today()
    if id_ not in catalogue.by_id:
        return _replaced(id_)
    found = catalogue.by_id[id_]
    document = catalogue.document(found.document) or abort(404)
    clause = next(item for item in document.clauses if item.number == found.clause)
    return render_template(
        "measure.html",
        measure=found,
        document=document,
        clause=clause,
        siblings=[item for item in clause.measures if item.id != found.id],
        refined_by=[item for item in catalogue.measures if item.refines == found.id],
        refines=catalogue.by_id.get(found.refines),
        standing=standing(found, document, today),
        quickest=quickest(found, catalogue.vocabulary),
        ladder=standard_of(found, catalogue, today),
        benefit=print_benefit(found.benefit, catalogue.vocabulary) if found.benefit else {},
        evidence=evidence(found, catalogue.vocabulary, today),
        explain=Explainer(wording(), portal().questionnaire, Profile(filed=today)),
        related=related(found, catalogue),
        history=history(found, document),
    )


def _replaced(id_: str) -> ResponseReturnValue:
    """Answer for an id that no measure has: one successor is gone to, several are listed."""
    catalogue = portal().catalogue
    ids = catalogue.successors.get(id_) or abort(404)
    if len(ids) == 1:
        return redirect(url_for("portal.measure", id_=ids[0]), 301)
    return render_template("replaced.html", id=id_, measures=[catalogue.by_id[one] for one in ids])


def measure_data(id_: str) -> Response:
    """Give one measure as data, as `mianshen measures --json` lists it, with what it pays."""
    found: Measure = portal().catalogue.by_id.get(id_) or abort(404)
    vocabulary = portal().catalogue.vocabulary
    paid = print_benefit(found.benefit, vocabulary) if found.benefit else None
    return jsonify({**measure_json(found, vocabulary), "benefit": paid})


def documents() -> str:
    """List the documents."""
    counted = {item.id: coverage(item) for item in portal().catalogue.documents}
    return render_template(
        "documents.html", documents=portal().catalogue.documents, coverage=counted
    )


def document(id_: str) -> str:
    """Show the full text of a document as it was coded."""
    found = portal().catalogue.document(id_) or abort(404)
    show = request.args.get("show", "")
    if show not in SHOWN:
        abort(404)
    whole = lines(found)
    return render_template(
        "document.html",
        document=found,
        lines=only_measures(whole) if show == "measures" else whole,
        coverage=coverage(found),
        show=show,
    )

"""The measures of the catalogue: found by words and filters, and one with all that is known of it."""

from __future__ import annotations

from flask import Response, abort

from matcher.documents.model import Measure
from matcher.language.amount_printer import print_benefit
from matcher.language.diagnostics import nearest
from matcher.language.json_nodes import step
from matcher.report import measure_json
from webapp.api.lists import listed, unchanging
from webapp.api.reading import invalid
from webapp.api.shapes.catalogue import MeasuresAsked
from webapp.api.working import Json, answered
from webapp.pages import text, wording
from webapp.problems import QUERY, Problem, Wrong
from webapp.services.facets import NAMES, Chosen, Facet
from webapp.services.measures import standing
from webapp.shared import portal


@unchanging
def measures(query: MeasuresAsked) -> Response:
    """List the measures that hold all words and have the chosen values."""
    index, facets = portal().index, portal().facets
    chosen = _chosen(query)
    searched = index.find(index.terms(query.q))
    counted = facets.count(searched, chosen, wording())
    return listed(
        facets.narrow(searched, chosen),
        query,
        _told,
        facets={one.name: _facet(one) for one in counted},
    )


def _chosen(query: MeasuresAsked) -> Chosen:
    """Read the filters; a value that a filter does not have is named."""
    chosen = {name: tuple(dict.fromkeys(getattr(query, name))) for name in NAMES}
    facets = portal().facets
    wrong = []
    for name, ids in chosen.items():
        for id_ in ids:
            if not facets.knows(name, id_):
                near = nearest(id_, facets.ids(name))
                repair = text("api.field.near", name=near[0]) if near else ""
                said = text("api.no_value", id=id_)
                wrong.append(Wrong(step(name), said, "unknown-member", repair, QUERY))
    if wrong:
        raise invalid(wrong)
    return chosen


def _facet(facet: Facet) -> list[Json]:
    return [
        {"id": one.id, "label": one.label, "count": one.n, "chosen": one.chosen}
        for one in facet.choices
    ]


def _told(measure: Measure) -> Json:
    return measure_json(measure, portal().catalogue.vocabulary)


@unchanging
def measure(id: str) -> Response:
    """Give one measure with what it pays; an id that was replaced names its successors."""
    catalogue = portal().catalogue
    found = catalogue.by_id.get(id)
    if found is None:
        after = list(catalogue.successors.get(id, ()))
        said = text("api.replaced" if after else "api.no_measure", id=id)
        raise Problem(404, "missing", said, **({"successors": after} if after else {}))
    document = catalogue.document(found.document) or abort(404)
    stands = standing(found, document, portal().today())
    benefit = print_benefit(found.benefit, catalogue.vocabulary) if found.benefit else None
    day = stands.day.isoformat() if stands.day else None
    return answered({**_told(found), "benefit": benefit, "standing": {"id": stands.id, "day": day}})

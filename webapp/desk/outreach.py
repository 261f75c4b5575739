"""Companies that meet a measure and have not had it this year: listed, exported, marked as told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matcher.documents.model import Measure
from matcher.finding import in_force
from webapp.access import actor
from webapp.desk.asked import again, asked, number, typed
from webapp.desk.telling import looked_at, told
from webapp.limits import MAX_NOTE, OUTREACH_EXPORTED, OUTREACH_LOOKED
from webapp.pages import text, wording
from webapp.refusing import state_name
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.desk import outreach as services
from webapp.services.desk.calls import Channel
from webapp.services.desk.outreach import ATTESTED, EVERY, Leads, Sought
from webapp.services.exports import csv_bytes
from webapp.services.places import CITY, COUNTY
from webapp.shared import portal


def outreach() -> ResponseReturnValue:
    """List companies for one measure; without one, ask for it."""
    if request.method == "POST":
        return _contacted()
    about = _about()
    looked_at("outreach.look", [lead.company for lead in about["leads"].found])
    return render_template("desk/outreach.html", **about)


def _contacted() -> ResponseReturnValue:
    company, measure = number(typed("company")), _measure(typed("measure"))
    try:
        if company is None or measure is None:
            raise Missing
        note = typed("note", MAX_NOTE + 1)
        services.contacted(
            portal().casework, actor(), company, measure, typed("channel"), note, portal().now()
        )
    except Refused as refused:
        return again("desk/outreach.html", refused, given=request.form, **_about())
    flash("outreach.noted")
    here: dict[str, Any] = request.args.to_dict()
    return redirect(url_for("desk.outreach", **here), 303)


def export() -> ResponseReturnValue:
    """Give a list as a table, from where the page begins; how many rows left is told the audit."""
    measure = _measure(asked("measure"))
    if measure is None:
        return redirect(url_for("desk.outreach"), 303)
    found = _leads(measure, OUTREACH_EXPORTED)
    looked_at("outreach.export", [lead.company for lead in found.found])
    told("outreach.export", "measure", measure.id, f"done:{len(found.found)}")
    names = ("code", "name", "county", "delivery", "credit", "proofs", "as_of", "case", "told")
    rows = [
        (
            lead.code,
            lead.name,
            _place(lead.region),
            _delivery(lead.delivery),
            text(f"cases.credit.{lead.general.value}"),
            lead.proofs,
            lead.as_of.isoformat(),
            state_name(lead.state) if lead.state else "",
            lead.told.at.date().isoformat() if lead.told else "",
        )
        for lead in found.found
    ]
    body = csv_bytes([text(f"outreach.{name}") for name in names], rows)
    name = f"mianshen-outreach-{measure.id.replace('/', '-')}-{portal().today()}.csv"
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, mimetype="text/csv", headers=head)


def _about() -> dict[str, Any]:
    measure = _measure(asked("measure"))
    found, beyond = Leads((), 0, None), None
    if measure is not None:
        found = _leads(measure, OUTREACH_LOOKED)
        beyond = _beyond(measure) if found.further else None
    return {
        "measures": _by_document(),
        "measure": measure,
        "cities": list(_cities()),
        "region": asked("region"),
        "facts": _facts(),
        "beyond": beyond,
        "delivery": _delivery,
        "after": number(asked("after")) or 0,
        "leads": found,
        "most": OUTREACH_LOOKED,
        "exported": OUTREACH_EXPORTED,
        "channels": list(Channel),
        "place": _place,
        "state_name": state_name,
        "address": {key: value for key, value in request.args.items() if key != "lang"},
    }


def _leads(measure: Measure, limit: int) -> Leads:
    shared, after = portal(), number(asked("after")) or 0
    with shared.database.reading() as session:
        return services.leads(
            session, shared.casework, _sought(measure), after, shared.today(), limit
        )


def _beyond(measure: Measure) -> int | None:
    """Give where the list goes on after what one export from here holds."""
    shared, after = portal(), number(asked("after")) or 0
    with shared.database.reading() as session:
        return services.end_of(
            session, shared.casework, _sought(measure), after, shared.today(), OUTREACH_EXPORTED
        )


def _sought(measure: Measure) -> Sought:
    region = asked("region")
    vocabulary = portal().catalogue.vocabulary
    regions = services.regions_within(region, vocabulary) if region else frozenset()
    return Sought(measure, regions, _facts())


def _facts() -> str:
    return EVERY if asked("facts") == EVERY else ATTESTED


def _delivery(label: str) -> str:
    return wording().word("兑现方式", label) if label else ""


def _measure(id_: str) -> Measure | None:
    return portal().catalogue.by_id.get(id_)


def _by_document() -> list[tuple[str, list[Measure]]]:
    found: dict[str, list[Measure]] = {}
    for measure in in_force(portal().catalogue, portal().today()):
        found.setdefault(measure.id.partition("/")[0], []).append(measure)
    titles = {document.id: document.title for document in portal().catalogue.documents}
    return [(titles.get(id_, id_), measures) for id_, measures in found.items()]


def _cities() -> Iterator[tuple[Any, list[Any]]]:
    """Give the cities whose counties are known, each with them."""
    regions = portal().catalogue.vocabulary.regions.by_id.values()
    for city in regions:
        if city.level == CITY:
            counties = [one for one in regions if one.level == COUNTY and city.id in one.path]
            if counties:
                yield city, counties


def _place(id_: str) -> str:
    region = portal().catalogue.vocabulary.regions.by_id.get(id_)
    return region.name if region else id_

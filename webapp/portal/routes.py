"""The addresses of the portal; each view parses, calls a service and renders."""

from __future__ import annotations

from flask import Blueprint

from matcher.language.diagnostics import SourceError
from webapp.access import needs
from webapp.origin import from_here
from webapp.portal import (
    about,
    answers,
    catalogue,
    company,
    finding_measures,
    home,
    importing,
    path,
    pickers,
    results,
    shares,
    takeaway,
)
from webapp.portal.validators import validated
from webapp.services.people.roles import Permission

MAX_ID = 2**63 - 1  # the largest key that a database takes

# Their forms stand on the home page, which is the same for everyone; see webapp.origin.
UNTOKENED = (home.start, home.resume)

blueprint = Blueprint("portal", __name__)
blueprint.register_error_handler(SourceError, company.refused)

for rule, name, view, methods in (
    ("/", "home", validated(home.home), ["GET"]),
    ("/start", "start", from_here(home.start), ["POST"]),
    ("/resume", "resume", from_here(home.resume), ["POST"]),
    ("/deleted", "deleted", home.deleted, ["GET"]),
    ("/measures", "measures", validated(finding_measures.measures), ["GET"]),
    ("/measures/<path:id_>.json", "measure_data", validated(catalogue.measure_data), ["GET"]),
    ("/measures/<path:id_>", "measure", validated(catalogue.measure), ["GET"]),
    ("/documents", "documents", validated(catalogue.documents), ["GET"]),
    ("/growth", "growth", validated(about.growth), ["GET"]),
    ("/sitemap", "sitemap", validated(about.sitemap), ["GET"]),
    ("/accessibility", "accessibility", validated(about.accessibility), ["GET"]),
    ("/documents/<id_>", "document", validated(catalogue.document), ["GET"]),
    ("/p/<token>", "hub", company.hub, ["GET"]),
    ("/import", "import_new", importing.upload, ["GET", "POST"]),
    ("/import/save", "import_new_save", importing.save, ["POST"]),
    ("/template.xlsx", "blank_template", importing.blank_template, ["GET"]),
    ("/p/<token>/import", "import_file", importing.upload, ["GET", "POST"]),
    ("/p/<token>/import/save", "import_save", importing.save, ["POST"]),
    ("/p/<token>/answers.xlsx", "workbook", importing.workbook, ["GET"]),
    ("/p/<token>/facts.yaml", "facts_yaml", importing.facts_yaml, ["GET"]),
    ("/p/<token>/answers", "answers", answers.answers, ["GET"]),
    ("/p/<token>/recovery", "recovery", company.recovery, ["POST"]),
    ("/p/<token>/delete", "delete", company.delete, ["GET", "POST"]),
    ("/p/<token>/facts.json", "facts", company.facts, ["GET"]),
    ("/p/<token>/results", "results", results.results, ["GET"]),
    ("/p/<token>/answer", "answer", results.answer, ["POST"]),
    ("/p/<token>/path", "path", path.path, ["GET"]),
    ("/p/<token>/why/<path:id_>", "why", results.why, ["GET"]),
    ("/p/<token>/sheet", "sheet", takeaway.sheet, ["GET"]),
    ("/p/<token>/dates.ics", "dates", takeaway.dates, ["GET"]),
    ("/p/<token>/shares", "share", shares.create, ["POST"]),
    (f"/p/<token>/shares/<int(max={MAX_ID}):id_>/revoke", "revoke", shares.revoke, ["POST"]),
    ("/s/<code>", "shared", shares.shared, ["GET"]),
    ("/trades.json", "trades_found", validated(pickers.trades_found), ["GET"]),
    ("/places.json", "places_found", validated(pickers.places_found), ["GET"]),
    ("/places/below.json", "places_below", validated(pickers.places_below), ["GET"]),
    ("/p/<token>/industries", "industries", pickers.browse, ["GET", "POST"]),
    ("/p/<token>/<group>", "group", company.group, ["GET", "POST"]),
):
    blueprint.add_url_rule(rule, name, needs(Permission.PUBLIC)(view), methods=methods)

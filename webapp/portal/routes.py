"""The addresses of the portal; each view parses, calls a service and renders."""

from __future__ import annotations

from flask import Blueprint

from matcher.language.diagnostics import SourceError
from webapp.portal import catalogue, company, home, path, results

blueprint = Blueprint("portal", __name__)
blueprint.register_error_handler(SourceError, company.refused)

for rule, name, view, methods in (
    ("/", "home", home.home, ["GET"]),
    ("/start", "start", home.start, ["POST"]),
    ("/resume", "resume", home.resume, ["POST"]),
    ("/deleted", "deleted", home.deleted, ["GET"]),
    ("/measures", "measures", catalogue.measures, ["GET"]),
    ("/measures/<path:id_>", "measure", catalogue.measure, ["GET"]),
    ("/documents", "documents", catalogue.documents, ["GET"]),
    ("/documents/<id_>", "document", catalogue.document, ["GET"]),
    ("/p/<token>", "hub", company.hub, ["GET"]),
    ("/p/<token>/delete", "delete", company.delete, ["GET", "POST"]),
    ("/p/<token>/facts.json", "facts", company.facts, ["GET"]),
    ("/p/<token>/results", "results", results.results, ["GET"]),
    ("/p/<token>/path", "path", path.path, ["GET"]),
    ("/p/<token>/why/<path:id_>", "why", results.why, ["GET"]),
    ("/p/<token>/<group>", "group", company.group, ["GET", "POST"]),
):
    blueprint.add_url_rule(rule, name, view, methods=methods)

"""The addresses of public lists and of what is said against them; anyone may open them."""

from __future__ import annotations

from flask import Blueprint

from webapp import casewords
from webapp.access import needs
from webapp.publicity import lists, objecting
from webapp.services.people.roles import Permission

GET, BOTH = ["GET"], ["GET", "POST"]

blueprint = Blueprint("publicity", __name__)
blueprint.context_processor(casewords.context)

for rule, name, view, methods in (
    ("/publicity", "lists", lists.overview, GET),
    ("/publicity/<number>", "one", lists.one, GET),
    ("/publicity/<number>.csv", "table", lists.table, GET),
    ("/appeals", "find", objecting.find, BOTH),
    ("/appeals/new", "new", objecting.new, BOTH),
    ("/appeals/<receipt>", "receipt", objecting.receipt, GET),
):
    blueprint.add_url_rule(rule, name, needs(Permission.PUBLIC)(view), methods=methods)

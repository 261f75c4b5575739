"""The addresses of a company's own pages: the company stands in each, and only its own people get there."""

from __future__ import annotations

from flask import Blueprint

from webapp import casewords
from webapp.access import needs
from webapp.mine import appealing, cases, companies, confirming, correcting, measures, notices
from webapp.services.people.roles import Permission

MAX_ID = 2**63 - 1  # the largest key that a database takes
OWN = f"/my/<int(max={MAX_ID}):company>"
CASE = f"{OWN}/cases/<int(max={MAX_ID}):case>"
FACT = f"{OWN}/facts/<int(max={MAX_ID}):fact>"
NOTICE = f"{OWN}/notices/<int(max={MAX_ID}):notice>"
GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]

blueprint = Blueprint("mine", __name__)
blueprint.context_processor(casewords.context)

for rule, name, view, methods in (
    ("/my", "companies", companies.listing, GET),
    ("/my/companies", "ask", companies.ask, POST),
    (OWN, "cases", cases.listing, GET),
    (CASE, "case", cases.one, GET),
    (f"{CASE}/confirm", "confirm", confirming.confirm, BOTH),
    (f"{CASE}/decline", "decline", confirming.decline, POST),
    (f"{CASE}/account", "account", confirming.account, BOTH),
    (f"{CASE}/appeal", "appeal", appealing.appeal, BOTH),
    (f"{OWN}/measures", "measures", measures.listing, GET),
    (f"{OWN}/measures/<path:id_>", "why", measures.why, GET),
    (f"{OWN}/facts", "facts", correcting.listing, GET),
    (FACT, "correct", correcting.correct, BOTH),
    (f"{OWN}/notices", "notices", notices.listing, BOTH),
    (NOTICE, "notice", notices.one, POST),
):
    blueprint.add_url_rule(rule, name, needs(Permission.OWN_COMPANY)(view), methods=methods)
"""Each view takes its company from the address; the guard answers 404 where it is another's."""

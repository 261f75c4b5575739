"""The addresses of the API: each row an operation with the permission that it needs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response

from webapp.access import needs
from webapp.api import (
    batches,
    cases,
    companies,
    document,
    documents,
    facts,
    guard,
    match,
    measures,
    next_question,
    path,
    vocabulary,
    what_if,
)
from webapp.api.operations import Operation, add_to
from webapp.api.shapes import batches as runs
from webapp.api.shapes import catalogue, findings, registry
from webapp.api.shapes.common import Paged
from webapp.limits import MAX_BATCH_BYTES, MAX_MANY_BYTES
from webapp.problems import Problem, answer
from webapp.services.cases.refusals import Refused
from webapp.services.people.roles import Permission
from webapp.services.quotas import DatabaseStore, Quotas, RedisStore
from webapp.shared import portal

MAX_ID = 2**63 - 1
PREFIX = "/api/v1"
SEE, CASES, TELL = Permission.COMPANIES_SEE, Permission.CASES_SEE, Permission.FACTS_IMPORT
RUN = Permission.BATCHES_RUN
CODE, ID = "<code>", f"<int(max={MAX_ID}):id>"
POST = "POST"

OPERATIONS = (
    Operation(
        "match", "/match", match.match, findings.Match, "match", POST, body=findings.MatchAsked
    ),
    Operation(
        "match_many",
        "/match/batch",
        match.match_many,
        findings.Many,
        "match",
        POST,
        Permission.MATCH_MANY,
        body=findings.ManyAsked,
        most=MAX_MANY_BYTES,
    ),
    Operation(
        "next_question",
        "/next-question",
        next_question.next_question,
        findings.Questions,
        "match",
        POST,
        body=findings.QuestionsAsked,
    ),
    Operation(
        "what_if",
        "/what-if",
        what_if.what_if,
        findings.WhatIf,
        "match",
        POST,
        body=findings.WhatIfAsked,
    ),
    Operation("path", "/path", path.path, findings.Path, "match", POST, body=findings.PathAsked),
    Operation(
        "measures",
        "/measures",
        measures.measures,
        catalogue.Measures,
        "catalogue",
        query=catalogue.MeasuresAsked,
        tagged=True,
    ),
    Operation(
        "measure",
        "/measures/<path:id>",
        measures.measure,
        catalogue.MeasureDetail,
        "catalogue",
        tagged=True,
        problems=(404,),
    ),
    Operation(
        "documents",
        "/documents",
        documents.documents,
        catalogue.Documents,
        "catalogue",
        query=Paged,
        tagged=True,
    ),
    Operation(
        "document",
        "/documents/<id>",
        documents.document,
        catalogue.DocumentDetail,
        "catalogue",
        tagged=True,
        problems=(404,),
    ),
    Operation(
        "vocabulary",
        "/vocabulary",
        vocabulary.vocabulary,
        catalogue.Vocabulary,
        "catalogue",
        query=catalogue.WordsAsked,
        tagged=True,
    ),
    Operation(
        "coverage",
        "/coverage",
        documents.coverage,
        catalogue.Coverages,
        "catalogue",
        query=Paged,
        tagged=True,
    ),
    Operation(
        "companies",
        "/companies",
        companies.companies,
        registry.Companies,
        "registry",
        permission=SEE,
        query=registry.CompaniesAsked,
    ),
    Operation(
        "company",
        f"/companies/{CODE}",
        companies.company,
        registry.CompanyDetail,
        "registry",
        permission=SEE,
        problems=(404,),
    ),
    Operation(
        "tell_facts",
        f"/companies/{CODE}/facts",
        facts.facts,
        registry.Learned,
        "registry",
        POST,
        TELL,
        body=registry.FactsAsked,
        status=201,
        once=True,
        problems=(404,),
    ),
    Operation(
        "cases",
        "/cases",
        cases.cases,
        registry.Cases,
        "registry",
        permission=CASES,
        query=registry.CasesAsked,
        problems=(404,),
    ),
    Operation(
        "case",
        f"/cases/{ID}",
        cases.case,
        registry.CaseDetail,
        "registry",
        permission=CASES,
        problems=(404,),
    ),
    Operation(
        "send_batch",
        "/batches",
        batches.send,
        runs.Sent,
        "batches",
        POST,
        RUN,
        query=runs.BatchAsked,
        status=201,
        once=True,
        files=tuple(batches.KINDS),
        most=MAX_BATCH_BYTES,
    ),
    Operation(
        "batches",
        "/batches",
        batches.batches,
        runs.Batches,
        "batches",
        permission=RUN,
        query=Paged,
    ),
    Operation(
        "batch",
        "/batches/<id>",
        batches.batch,
        runs.BatchDetail,
        "batches",
        permission=RUN,
        problems=(404,),
    ),
    Operation(
        "batch_findings",
        "/batches/<id>/findings",
        batches.findings,
        runs.BatchFindings,
        "batches",
        permission=RUN,
        query=runs.BatchFindingsAsked,
        problems=(404, 409),
    ),
)

blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
blueprint.before_request(guard.guard)
blueprint.register_error_handler(Problem, answer)


@blueprint.errorhandler(Refused)
def _refused(refused: Refused) -> Response:
    return answer(guard.problem_of(refused))


add_to(blueprint, OPERATIONS)
for one in OPERATIONS:
    guard.SIZES[f"api.{one.name}"] = one.most if one.body or one.files else None
    if one.files:
        guard.KINDS[f"api.{one.name}"] = one.files
for rule, name, view in (
    ("/openapi.json", "openapi", document.openapi),
    ("/docs", "docs", document.docs),
    ("/docs/<any('swagger-ui.css', 'swagger-ui-bundle.js'):name>", "docs_file", document.docs_file),
):
    blueprint.add_url_rule(rule, name, needs(Permission.PUBLIC)(view), methods=["GET"])


def install(app: Flask) -> None:
    """Count requests as the settings say, and keep the document once it is written."""
    url = app.config["REDIS_URL"]
    with app.app_context():
        store: Any = RedisStore(url) if url else DatabaseStore(portal().database)
    app.extensions[guard.EXTENSION] = Quotas(store, app.config["SECRET_KEY"].encode())
    app.extensions[document.EXTENSION] = document.Documented(PREFIX, OPERATIONS)

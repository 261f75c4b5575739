"""The policy documents of the catalogue, each with its whole text, and how much of it is accounted for."""

from __future__ import annotations

from flask import Response

from matcher.documents.model import Document
from matcher.report import coverage_json
from webapp.api.lists import listed, unchanging
from webapp.api.shapes.common import Paged
from webapp.api.working import Json, answered
from webapp.pages import text
from webapp.problems import Problem
from webapp.shared import portal


@unchanging
def documents(query: Paged) -> Response:
    """List the documents, the latest first."""
    return listed(portal().catalogue.documents[::-1], query, _told)


@unchanging
def document(id: str) -> Response:
    """Give one document with its text, its clauses and its coverage."""
    found = portal().catalogue.document(id)
    if found is None:
        raise Problem(404, "missing", text("api.no_document", id=id))
    clauses = [
        {
            "number": clause.number,
            "title": clause.title,
            "english_title": clause.english or None,
            "span": list(clause.span),
            "measures": [measure.id for measure in clause.measures],
        }
        for clause in found.clauses
    ]
    told = {**_told(found), "text": found.text, "clauses": clauses}
    return answered({**told, "coverage": coverage_json(found)})


def _told(document: Document) -> Json:
    return {
        "id": document.id,
        "title": document.title,
        "english_title": document.english or None,
        "number": document.number,
        "issuer": document.issuer,
        "issued": document.issued.isoformat(),
        "in_force_from": document.in_force_from.isoformat(),
        "last_day": document.last_day.isoformat() if document.last_day else None,
        "source": document.source or None,
        "sample": document.sample,
        "measures": len(document.measures),
    }


@unchanging
def coverage(query: Paged) -> Response:
    """Count what is accounted for of each document, in characters."""
    return listed(portal().catalogue.documents, query, coverage_json)

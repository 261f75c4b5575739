"""What anyone may read: the measures, and the documents with every word accounted for."""

from __future__ import annotations

from flask import abort, render_template, request

from matcher.documents.model import Measure, coverage
from matcher.values import fold
from webapp.limits import MAX_SEARCH
from webapp.services.documents import lines
from webapp.shared import portal


def measures() -> str:
    """List the measures, all or those that hold some words."""
    words = request.args.get("q", "")[:MAX_SEARCH].strip()
    document = request.args.get("document", "")
    documents = portal().catalogue.documents
    if document and portal().catalogue.document(document) is None:
        abort(404)
    found = [
        (item, [m for m in item.measures if _holds(m, words)])
        for item in documents
        if document in ("", item.id)
    ]
    return render_template(
        "measures.html", found=found, q=words, document=document, documents=documents
    )


def _holds(measure: Measure, words: str) -> bool:
    """Say whether every word of a search stands in what a measure says."""
    text = fold(
        " ".join((measure.title, measure.quote, *measure.instruments, *measure.departments))
    ).lower()
    return all(word in text for word in fold(words).lower().split())


def measure(id_: str) -> str:
    """Show one measure."""
    found = portal().catalogue.by_id.get(id_) or abort(404)
    document = portal().catalogue.document(found.document) or abort(404)
    clause = next(item for item in document.clauses if item.number == found.clause)
    today = portal().today()
    return render_template(
        "measure.html",
        measure=found,
        document=document,
        clause=clause,
        siblings=[item for item in clause.measures if item.id != found.id],
        refined_by=[i for i in portal().catalogue.measures if i.refines == found.id],
        in_force=document.in_force(today)
        and (found.first_day is None or found.first_day <= today)
        and (found.last_day is None or today <= found.last_day),
    )


def documents() -> str:
    """List the documents."""
    counted = {item.id: coverage(item) for item in portal().catalogue.documents}
    return render_template(
        "documents.html", documents=portal().catalogue.documents, coverage=counted
    )


def document(id_: str) -> str:
    """Show the full text of a document as it was coded."""
    found = portal().catalogue.document(id_) or abort(404)
    return render_template(
        "document.html",
        document=found,
        lines=lines(found),
        coverage=coverage(found),
        show=request.args.get("show", ""),
    )

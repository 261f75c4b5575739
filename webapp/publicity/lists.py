"""Public lists: what is open, what is over, one list with its lines, the same as a table."""

from __future__ import annotations

from flask import Response, abort, render_template, request

from webapp.casewords import measure_name, teller
from webapp.limits import PAGE_SIZE
from webapp.portal.selection import page_number
from webapp.services.cases.public_view import by_number, lines_of, lists_of
from webapp.services.cases.publicity import listed, open_lists, past_lists, public_csv
from webapp.services.paging import page_of
from webapp.shared import portal

MOST_PAST = 50 * PAGE_SIZE
"""Lists of the past that the archive leads back to."""


def overview() -> str:
    """List what is public now, what ends first before the rest, then what was."""
    today, workdays = portal().today(), portal().casework.workdays
    with portal().database.reading() as session:
        past = page_of(past_lists(session, today, MOST_PAST), page_number()) or abort(404)
        return render_template(
            "publicity/lists.html",
            running=lists_of(session, open_lists(session, today), workdays, today),
            past=lists_of(session, past.items, workdays, today),
            page=past,
        )


def one(number: str) -> str:
    """Show one list, with the way to object while it is open, and what came of it afterwards."""
    today = portal().today()
    with portal().database.reading() as session:
        row = by_number(session, number) or abort(404)
        (found,) = lists_of(session, [row], portal().casework.workdays, today)
        return render_template(
            "publicity/one.html", found=found, lines=lines_of(session, row, today, teller())
        )


def table(number: str) -> Response:
    """Give a list as CSV, with the columns that the page has."""
    with portal().database.reading() as session:
        row = by_number(session, number) or abort(404)
        rows = listed(session, row.id)
        data = public_csv(rows, {item.measure: measure_name(item.measure) for item in rows})
        name = row.number
    return Response(
        data,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="publicity-{name}.csv"'},
    )


def case_number() -> int:
    """Give the case that an address names; what is no number names none (404)."""
    text = request.args.get("case", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else abort(404)

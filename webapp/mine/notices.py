"""What a company was told: the list, and marking it as read."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor
from webapp.mine.shell import frame
from webapp.portal.selection import page_number
from webapp.services import notices
from webapp.services.cases.refusals import Missing
from webapp.services.paging import page_of
from webapp.shared import portal


def listing(company: int) -> ResponseReturnValue:
    """List what the company was told, the newest first; or mark all of it as read."""
    if request.method == "POST":
        notices.mark_read(portal().database, actor(), company, None, portal().now())
        return redirect(url_for("mine.notices", company=company), 303)
    with portal().database.reading() as session:
        shown = frame(session, company)
        page = page_of(notices.told(session, company, actor().id), page_number()) or abort(404)
    return render_template("mine/notices.html", page=page, **shown)


def one(company: int, notice: int) -> ResponseReturnValue:
    """Mark one notice as read and go to the case that it is about."""
    try:
        case = notices.mark_read(portal().database, actor(), company, notice, portal().now())
    except Missing:
        abort(404)
    if case is None:
        return redirect(url_for("mine.notices", company=company), 303)
    return redirect(url_for("mine.case", company=company, case=case), 303)

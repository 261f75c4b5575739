"""Shared snapshots: made and revoked by the company, read by whoever has the address."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.pages import language
from webapp.portal.company import frame, saved_profile
from webapp.portal.takeaway import writer
from webapp.services import shares
from webapp.services.shares import Snapshot, TooMany
from webapp.shared import portal
from webapp.texts import LANGUAGES


def create(token: str) -> Response:
    """Freeze the results as they stand now, with or without the company's figures."""
    saved = saved_profile(token)
    if not frame(token, saved)["answered"]:
        flash("share.nothing")
        return redirect(url_for("portal.results", token=token), 303)
    today, figures = portal().today(), "hide_figures" not in request.form
    found = portal().matchmaker.results(saved.facts, today, judged=True)
    sheets = {one: writer(one).write(found, saved.facts, figures=figures) for one in LANGUAGES}
    snapshot = Snapshot(saved.facts, portal().catalogue.version, today, sheets, figures)
    try:
        if shares.create(portal().database, token, snapshot, portal().now()) is None:
            abort(404)
    except TooMany:
        flash("share.too_many")
    else:
        flash("share.made")
    return redirect(url_for("portal.hub", token=token) + "#shares", 303)


def revoke(token: str, id_: int) -> Response:
    """Delete a snapshot; its address stops working at once."""
    saved_profile(token)
    if not shares.revoke(portal().database, token, id_):
        abort(404)
    flash("share.revoked")
    return redirect(url_for("portal.hub", token=token), 303)


def shared(code: str) -> str:
    """Show a snapshot as it was made; 410 where it is over, revoked or deleted.

    A code that never was cannot be told from one that is gone, for nothing of either is kept.
    """
    share, snapshot = shares.load(portal().database, code, portal().now()) or abort(410)
    return render_template(
        "share.html", share=share, snapshot=snapshot, sheet=snapshot.sheets[language()]
    )

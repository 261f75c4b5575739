"""Lists of payments that the treasury is asked not to make."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor
from webapp.desk import money
from webapp.desk.common import download, refused_page, sent_key, work
from webapp.services.cases import withdrawals
from webapp.services.cases.refusals import Missing, Refused
from webapp.shared import portal


def write() -> ResponseReturnValue:
    """Write the list of all withdrawn payments that none names yet."""
    try:
        withdrawals.write(work(), actor(), sent_key(), portal().now(), portal().today())
    except Refused as refused:
        return refused_page("desk/payments.html", refused, **money.shown())
    flash("money.withdrawal_written")
    return redirect(url_for("desk.payments"), 303)


def hand_out(name: str, kind: str) -> ResponseReturnValue:
    """Hand a list out, with full accounts; the audit is told each time."""
    try:
        data = withdrawals.download(work(), actor(), name, kind, portal().now())
    except Missing:
        abort(404)
    except Refused as refused:
        return refused_page("desk/payments.html", refused, **money.shown())
    return download(data, name, kind)

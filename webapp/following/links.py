"""The two links of mails, for whoever holds them: confirm an address, end a subscription. No login is needed.

Opening a link changes nothing, since programs that look for viruses open links too; a button does.
"""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import request_id
from webapp.following.pages import theme_name
from webapp.people import people
from webapp.refusing import said
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.following import mailbox as boxes
from webapp.services.following import subscriptions
from webapp.shared import portal


def confirm(token: str) -> ResponseReturnValue:
    """Ask whether mails may go to an address, and take the yes."""
    if request.method == "POST":
        try:
            boxes.confirm(people().accounts, token, request_id(), portal().now())
        except Missing:
            return _gone()
        except Refused as refused:
            return render_template("following/over.html", why=said(refused)), 410
        return redirect(url_for("following.confirm", token=token), 303)
    with portal().database.reading() as session:
        row = boxes.by_token(session, token)
        if row is None:
            return _gone()
        if boxes.is_over(row, portal().now()):
            return render_template("following/over.html", why=said(boxes.over())), 410
        return render_template(
            "following/confirm.html",
            masked=boxes.masked(row, portal().casework.vault),
            done=row.confirmed_at is not None,
        )


def unsubscribe(token: str) -> ResponseReturnValue:
    """Ask whether a subscription shall end, and end it; mail programs post here themselves (RFC 8058)."""
    if request.method == "POST":
        try:
            subscriptions.unsubscribe(people().accounts, token, request_id(), portal().now())
        except Missing:
            return _gone()
    with portal().database.reading() as session:
        row = subscriptions.by_token(session, token)
        if row is None:
            return _gone()
        return render_template(
            "following/end.html",
            theme=theme_name(row.facet, row.value),
            done=row.ended_at is not None,
        )


def _gone() -> ResponseReturnValue:
    return render_template("following/gone.html"), 404

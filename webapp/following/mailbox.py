"""The address for one's mails: named, confirmed by a link, sent again, taken back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor
from webapp.following.pages import follower
from webapp.limits import MAIL_CONFIRM, MAX_ADDRESS
from webapp.pages import language
from webapp.people import people
from webapp.refusing import said
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.following import mailbox as boxes
from webapp.services.people.guessing import TooSoon
from webapp.shared import portal


def mailbox() -> ResponseReturnValue:
    """Show where one's mails go; name an address, ask it again, or take it back."""
    if portal().mail is None:
        return redirect(url_for("following.begin"), 303)
    if request.method != "POST":
        return _page()
    then, now = request.form.get("then"), portal().now()
    try:
        if then == "end":
            boxes.take_back(people().accounts, actor(), now)
        elif then == "again":
            _ring(boxes.ask_again(follower(), actor(), language(), now))
        else:
            address = request.form.get("address", "")[: MAX_ADDRESS + 1]
            _ring(boxes.name_address(follower(), actor(), address, language(), now))
    except Missing:  # taken back meanwhile, in another window
        return redirect(url_for("following.mailbox"), 303)
    except TooSoon as soon:
        return _page({"address": said(soon)}), 429, {"Retry-After": str(soon.seconds)}
    except Refused as refused:
        return _page({"address": said(refused)}), 422
    flash("following.mail_ended" if then == "end" else "following.mail_asked")
    return redirect(url_for("following.mailbox"), 303)


def _ring(job: int | None) -> None:
    if job is not None:
        portal().bell.ring(job)


def _page(faults: dict[str, str] | None = None) -> str:
    with portal().database.reading() as session:
        box = boxes.shown(session, portal().casework.vault, actor().id or 0)
    return render_template(
        "following/mailbox.html",
        box=box,
        days=MAIL_CONFIRM.days,
        typed=request.form.get("address", ""),
        most=MAX_ADDRESS,
        faults=faults or {},
        problem=bool(faults),
    )

"""What one follows, for a company and as staff: the list, one more, one less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.access import actor
from webapp.mine.shell import frame
from webapp.pages import language, text
from webapp.people import people
from webapp.portal.selection import page_number
from webapp.refusing import said
from webapp.services import notices
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.following import mailbox as boxes
from webapp.services.following import subscriptions
from webapp.services.following.subscriptions import Follower, Wish
from webapp.services.following.themes import FACETS, Theme, name_of, read_theme
from webapp.services.paging import page_of
from webapp.services.people.roles import Permission
from webapp.shared import portal
from webapp.tables.registry import CompanyRow

BY_MAIL = "mail"


def begin(facet: str = "", value: str = "") -> ResponseReturnValue:
    """Lead to where the person follows things, with a theme already chosen."""
    theme = _known(str(Theme(facet, value))) if facet else None
    chosen = {} if theme is None else {"theme": str(theme)}
    if actor().may(Permission.DESK):
        return redirect(url_for("following.staff", **chosen), 303)
    companies = sorted(actor().companies)
    if len(companies) == 1:
        return redirect(url_for("following.company", company=companies[0], **chosen), 303)
    if not companies:
        flash("following.no_company")
        return redirect(url_for("mine.companies"), 303)
    with portal().database.reading() as session:
        rows = session.execute(
            select(CompanyRow.id, CompanyRow.name)
            .where(CompanyRow.id.in_(companies))
            .order_by(CompanyRow.id)
        ).all()
    return render_template("following/choose.html", companies=rows, theme=theme, chosen=chosen)


def company(company: int) -> ResponseReturnValue:
    """Show what one follows for a company, or begin to follow a theme."""
    if request.method == "POST":
        return _follow(company)
    return _page(company)


def company_end(company: int, subscription: int) -> ResponseReturnValue:
    """End what one follows for a company."""
    return _end(company, subscription)


def staff() -> ResponseReturnValue:
    """Show what somebody of staff follows and was told, or begin to follow a theme."""
    if request.method == "POST":
        return _follow(None)
    return _page(None)


def staff_end(subscription: int) -> ResponseReturnValue:
    """End what somebody of staff follows."""
    return _end(None, subscription)


def staff_read() -> ResponseReturnValue:
    """Mark all that somebody of staff was told as read."""
    notices.mark_read(portal().database, actor(), None, None, portal().now())
    return redirect(_home(None), 303)


def theme_name(facet: str, value: str) -> str:
    """Name a theme in the language of the request."""
    if not facet:
        return text("following.all")
    return name_of(Theme(facet, value), portal().catalogue, language())


def follower() -> Follower:
    """Give what following needs."""
    return Follower(people().accounts, portal().casework.vault, portal().catalogue)


def _home(company: int | None, **more: str) -> str:
    if company is None:
        return url_for("following.staff", **more)
    return url_for("following.company", company=company, **more)


def _known(words: str) -> Theme:
    """Read a theme of an address; what the rules do not know is not found."""
    return read_theme(words, portal().facets) or abort(404)


def _follow(company: int | None) -> ResponseReturnValue:
    theme = read_theme(request.form.get("theme", ""), portal().facets)
    by_mail = request.form.get("how") == BY_MAIL and portal().mail is not None
    try:
        if theme is None:
            raise Refused("theme_missing")
        wish = Wish(company, theme, by_mail, language())
        new = subscriptions.follow(follower(), actor(), wish, portal().now(), portal().today())
    except Refused as refused:
        return _page(company, {"theme": said(refused)}), 422
    flash("following.begun" if new else "following.changed")
    if by_mail:
        with portal().database.reading() as session:
            box = boxes.shown(session, portal().casework.vault, actor().id or 0)
        if box.state is not boxes.State.CONFIRMED:
            return redirect(url_for("following.mailbox"), 303)
    return redirect(_home(company), 303)


def _end(company: int | None, subscription: int) -> ResponseReturnValue:
    try:
        subscriptions.unfollow(people().accounts, actor(), company, subscription, portal().now())
    except Missing:
        abort(404)
    flash("following.ended")
    return redirect(_home(company), 303)


def _page(company: int | None, faults: Mapping[str, str] | None = None) -> str:
    asked = request.values.get("theme", "")
    theme = None if faults or not asked else _known(asked)
    with portal().database.reading() as session:
        shown = _around(session, company)
        person = actor().id or 0
        return render_template(
            "following/page.html",
            company=company,
            follows=subscriptions.own(session, person, company),
            box=boxes.shown(session, portal().casework.vault, person),
            offered=portal().mail is not None,
            choices={facet: portal().facets.ids(facet) for facet in FACETS},
            theme=theme,
            chosen=asked,
            by_mail=request.form.get("how") == BY_MAIL,
            faults=faults or {},
            problem=bool(faults),
            **shown,
        )


def _around(session: Session, company: int | None) -> dict[str, Any]:
    """Give what the page shows around the list: a company's band, or what staff was told."""
    if company is not None:
        shown = frame(session, company)
        del shown["company"]
        return {"layout": "mine/frame.html", "page": None, **shown}
    person = actor().id or 0
    told = notices.told(session, None, person)
    return {
        "layout": "following/frame.html",
        "page": page_of(told, page_number()) or abort(404),
        "unread": notices.unread_by_staff(session, person),
    }

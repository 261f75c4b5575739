"""What the pages of cases and money share: names, sums, keys of forms, and how a refusal is shown."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from flask import Response, abort, render_template, request

from matcher.cli import CHINA
from webapp import refusing
from webapp.access import actor
from webapp.database import retrying
from webapp.pages import language, text
from webapp.services.audit.chain import Deed, append
from webapp.services.cases.columns import COLUMNS, Column
from webapp.services.cases.moves import Casework
from webapp.services.cases.picked import Chosen
from webapp.services.cases.refusals import Missing, Refused, Stale
from webapp.shared import portal
from webapp.texts import LANGUAGES

Page = str | tuple[str, int]
MAX_KEY = 40
MAX_WORDS = 2_000
"""Characters of a reason or an answer that are read at all."""
_FEN = 100


def work() -> Casework:
    """Give what casework needs."""
    return portal().casework


def page(template: str, **values: Any) -> str:
    """Render a page of cases with what all of them use."""
    return render_template(
        template,
        state_name=refusing.state_name,
        move_name=refusing.move_name,
        role_name=refusing.role_name,
        column_name=column_name,
        refusal=refusing.said,
        money=money,
        moment=moment,
        new_key=new_key,
        **values,
    )


def refused_page(template: str, refused: Refused, **values: Any) -> Page:
    """Show a page again with what stands against the step; what does not exist is 404."""
    if isinstance(refused, Missing):
        abort(404)
    status = 409 if isinstance(refused, Stale) else 422
    return page(template, problem=refusing.said(refused), **values), status


def column_name(column: Column) -> str:
    """Give the name of a column of the board."""
    return COLUMNS[column][LANGUAGES.index(language())]


def money(fen: int) -> str:
    """Write 分 as yuan, with decimals only where there are any."""
    whole, part = divmod(abs(fen), _FEN)
    sign = "-" if fen < 0 else ""
    said = f"{sign}{whole:,}" + (f".{part:02d}" if part else "")
    return text("cases.yuan", n=said)


def moment(value: datetime) -> str:
    """Write a moment in China's time, to the minute."""
    return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def new_key() -> str:
    """Make a key that names what one form asks for, so that the form sent twice counts once."""
    return secrets.token_urlsafe(16)


def sent_key() -> str:
    """Give the key of the form that was sent."""
    key = request.form.get("key", "")
    return key if 0 < len(key) <= MAX_KEY else abort(400)


def words(name: str) -> str:
    """Give the text of a field, cut to one sign over what any field holds."""
    return request.form.get(name, "").strip()[: MAX_WORDS + 1]


def number(value: str) -> int:
    """Read a number that our own form carries; anything else is no form of ours."""
    if value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return abort(400)


def chosen() -> list[Chosen]:
    """Read the cases that were ticked, each with the version that the page showed."""
    found = []
    for item in request.form.getlist("case"):
        case, _, seen = item.partition(":")
        found.append(Chosen(number(case), number(seen)))
    return list({one.case: one for one in found}.values())


def looked(action: str, company: int) -> None:
    """Tell the audit that somebody of the staff read what belongs to a company."""
    who, now = actor(), portal().now()

    def unit() -> None:
        with portal().database.writing() as session:
            append(session, who, min(who.roles).value, Deed(action, "company", str(company)), now)

    retrying(unit)


def download(data: bytes, name: str, kind: str) -> Response:
    """Hand out a file to be saved, never to be shown; ``name`` is ASCII."""
    response = Response(data, mimetype=TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    return response


TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

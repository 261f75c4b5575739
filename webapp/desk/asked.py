"""Reading what the desk's forms of data send, and showing a form again with what is wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template, request

from matcher.values import ValueFault, parse_date
from webapp.limits import MAX_TEXT
from webapp.refusing import said
from webapp.services.cases.refusals import Missing, Refused, Stale

Page = str | tuple[str, int]


def typed(name: str, most: int = MAX_TEXT) -> str:
    """Give what was typed in a field, cut to what the field holds."""
    return request.form.get(name, "").strip()[:most]


def asked(name: str) -> str:
    """Give a word of the address."""
    return request.args.get(name, "").strip()[:MAX_TEXT]


def number(text: str) -> int | None:
    """Read a number that an address or a form names; None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def day_or_none(name: str) -> date | None:
    """Read a day that may be left empty."""
    return day(name) if typed(name) else None


def day(name: str) -> date:
    """Read a day of a form; raises `Refused` naming the field."""
    text = typed(name)
    try:
        return parse_date(text)
    except ValueFault as fault:
        raise Wrong(name, "day_wrong", said=text) from fault


class Wrong(Refused):
    """What one field holds cannot be taken; ``field`` names it."""

    def __init__(self, field: str, code: str, **values: object) -> None:
        super().__init__(code, **values)
        self.field = field


FIELDS = {
    "company_unknown": "code",
    "custodian_not_yours": "custodian",
    "custodian_missing": "custodian",
    "day_in_future": "day",
    "document_missing": "document",
    "file_kind": "file",
    "file_missing": "file",
    "file_too_large": "file",
    "list_empty": "file",
    "list_too_long": "file",
    "list_wrong": "file",
    "mapping_too_large": "mapping",
    "measure_unknown": "measure",
    "name_missing": "name",
    "name_unknown": "name",
    "not_your_matter": "name",
    "note_missing": "note",
    "reason_missing": "ground",
    "value_wrong": "value",
}
"""Which field a refusal is about."""


def again(template: str, refused: Refused, **values: Any) -> Page:
    """Show a page again with what stands against what was sent."""
    if isinstance(refused, Missing):
        return render_template("accounts/gone.html"), 404
    field = refused.field if isinstance(refused, Wrong) else FIELDS.get(refused.code, "")
    body = render_template(template, problem=said(refused), field=field, **values)
    return body, 409 if isinstance(refused, Stale) else 422

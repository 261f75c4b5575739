"""How the pages of companies and strangers speak of cases: states, days left, sums, in the reader's language."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request, url_for

from matcher.documents.model import Measure
from matcher.readers.prose import EN
from webapp.pages import language, text, wording
from webapp.refusing import move_name, state_name
from webapp.services.cases.told import Teller
from webapp.services.deadlines import Left, left
from webapp.shared import portal

_FEN = 100


def context() -> dict[str, Any]:
    """Give templates of these pages their words."""
    return {
        "state_name": state_name,
        "move_name": move_name,
        "sum_said": sum_said,
        "left_said": left_said,
        "measure_of": measure_of,
        "page_address": page_address,
    }


def page_address(page: int) -> str:
    """Give the address of another page of the list at hand; all else of its address stays."""
    more = {name: words for name, words in request.args.to_dict().items() if name != "page"}
    return url_for(str(request.endpoint), **(request.view_args or {}), **more, page=page)


def measure_of(id_: str) -> Measure | None:
    """Find a measure of the rules in force; an older one may be gone."""
    return portal().catalogue.by_id.get(id_)


def measure_name(id_: str) -> str:
    """Give a measure's title in Chinese, or its id where today's rules do not have it."""
    found = measure_of(id_)
    return id_ if found is None else found.title


def sum_said(fen: int | None) -> str:
    """Write a sum in 元; where no rule states one, say so and never a zero."""
    if fen is None:
        return text("sum.by_rules")
    whole, part = divmod(fen, _FEN)
    shown = f"{whole:,}" + (f".{part:02d}" if part else "")
    return text("sum.yuan", sum=shown)


def left_said(until: Left) -> str:
    """Say how much time is left until a day."""
    n = abs(until.days or 0)
    key = f"left.{until.said}"
    if language() == EN and n == 1 and portal().texts.has(f"{key}_one"):
        key += "_one"
    return text(key, n=n)


def days_left(day: date) -> Left:
    """Give how much time is left from today until a day."""
    return left(portal().casework.workdays, portal().today(), day)


def teller() -> Teller:
    """Give what tells kept findings in the language of the request."""
    return Teller(wording())

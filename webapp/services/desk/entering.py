"""A company that the registry does not know yet, entered at the desk by its code and name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from matcher.registry.codes import SHAPE, checks, fold_one
from webapp.database import retrying
from webapp.services.cases.refusals import Refused
from webapp.services.desk.calls import allow
from webapp.services.desk.service import Desk
from webapp.services.people.roles import Actor
from webapp.services.registry.companies import fold_name, register
from webapp.tables.columns import NAME
from webapp.tables.registry import CompanyRow


@dataclass(frozen=True, slots=True)
class Entered:
    """A company with a code: whether it is new here, and whether the code's check digit fits."""

    id: int
    new: bool
    digit_fits: bool


def enter(desk: Desk, actor: Actor, code: str, name: str, now: datetime) -> Entered:
    """Add a company, or give the one that has the code already; raises `Refused` with what is wrong."""
    allow(actor)
    folded, name = fold_one(code), name.strip()
    if not re.fullmatch(SHAPE, folded):
        raise Refused("company_code")
    if not fold_name(name) or len(name) > NAME or _unfit(name):
        raise Refused("company_name", most=NAME)

    fits = bool(checks(pl.Series([folded]))[0])

    def unit() -> Entered:
        with desk.database.writing() as session:
            there = session.scalar(select(CompanyRow.id).where(CompanyRow.code == folded))
            if there is not None:
                return Entered(there, False, fits)
            return Entered(register(session, folded, name, actor, now).id, True, fits)

    try:
        return retrying(unit)
    except IntegrityError:  # somebody entered the same code in this very moment
        return retrying(unit)


def _unfit(name: str) -> bool:
    return any(unicodedata.category(one)[0] in "CZ" and one != " " for one in name)

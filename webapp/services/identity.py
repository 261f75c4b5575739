"""Which company somebody means who is not signed in: names, county and year of founding, and nothing else.

These four are in the public register of companies. What departments share of a company is for its own people
and for staff.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.registry.codes import fold_one
from webapp.services.desk.search import core_of, search
from webapp.services.registry.companies import by_codes, fold_name
from webapp.tables.registry import CompanyRow

LEAST = 3
"""Signs of a name, without its legal form, from which companies are offered: two of them fit half a city."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What anyone may know of a company; ``former`` is the earlier name it was found by."""

    code: str
    name: str
    region: str = ""
    founded: int | None = None
    former: str = ""


@dataclass(frozen=True, slots=True)
class Meant:
    """Who may be meant: exactly one company (``known``), or some to choose from; ``more`` were left out."""

    known: Identity | None = None
    choices: tuple[Identity, ...] = ()
    more: bool = False


def meant(session: Session, typed: str) -> Meant:
    """Find the company of a code or of its whole name, else those whose names hold what was typed."""
    folded = fold_name(typed)
    if by_code := identity(session, typed):
        return Meant(known=by_code)
    if len(core_of(folded)) < LEAST or folded.isdigit():
        return Meant()
    found = search(session, typed)
    rows = session.scalars(
        select(CompanyRow).where(CompanyRow.id.in_([hit.id for hit in found.hits]))
    )
    by_id = {row.id: row for row in rows}
    choices = tuple(_identity(by_id[hit.id], hit.former) for hit in found.hits)
    named = [one for one in choices if not one.former and fold_name(one.name) == folded]
    if len(named) == 1:
        return Meant(known=named[0])
    return Meant(choices=choices, more=found.total > len(choices))


def identity(session: Session, code: str) -> Identity | None:
    """Give the company of a code."""
    rows = by_codes(session, [code])
    row = rows.get(fold_one(code))
    return None if row is None else _identity(row)


def has_companies(session: Session) -> bool:
    """Say whether there is a registry to look into at all."""
    return session.scalar(select(CompanyRow.id).limit(1)) is not None


def _identity(row: CompanyRow, former: str = "") -> Identity:
    year = row.founded.year if row.founded else None
    return Identity(row.code, row.name, row.region, year, former)

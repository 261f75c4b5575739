"""Companies of the registry: found by code, by present and earlier names and by pinyin initials."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pypinyin import Style, lazy_pinyin
from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.orm import Session

from matcher.registry.codes import fold_one
from webapp.services.audit.chain import Deed, append
from webapp.services.people.roles import Actor
from webapp.tables.columns import NAME
from webapp.tables.registry import CompanyName, CompanyRow

MAX_FOUND = 50
_KEPT_KINDS = frozenset({"L", "N"})


@dataclass(frozen=True, slots=True)
class Match:
    """A company that was looked for; ``former`` is the earlier name that it was found by."""

    id: int
    code: str
    name: str
    region: str
    former: str = ""


def fold_name(name: str) -> str:
    """Fold a name for search: half width, small letters, without spaces, brackets and marks."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(one for one in folded if unicodedata.category(one)[0] in _KEPT_KINDS)


def initials_of(name: str) -> str:
    """Give the first letters of a name's pinyin; letters and digits stand for themselves."""
    letters: list[str] = lazy_pinyin(fold_name(name), style=Style.FIRST_LETTER)
    return "".join(letters)[:NAME]


def find(session: Session, text: str, limit: int = MAX_FOUND) -> list[Match]:
    """Find companies by a part of a name, by initials, or by the beginning of a code.

    A present name goes before an earlier one, and what begins with the text before what contains it.
    """
    code, folded = fold_one(text), fold_name(text)
    if not folded:
        return []
    looked = [CompanyName.folded.contains(folded, autoescape=True)]
    if folded.isascii():
        looked += [
            CompanyName.initials.startswith(folded, autoescape=True),
            CompanyRow.code.startswith(code, autoescape=True),
        ]
    wanted = (
        select(CompanyRow, CompanyName)
        .join(CompanyName, CompanyName.company_id == CompanyRow.id)
        .where(or_(*looked))
        .order_by(
            CompanyName.until.is_not(None),
            ~CompanyName.folded.startswith(folded, autoescape=True),
            CompanyRow.name,
            CompanyRow.id,
        )
        .limit(limit * 2)
    )
    found: dict[int, Match] = {}
    for company, name in session.execute(wanted):
        former = name.name if name.until is not None else ""
        match = Match(company.id, company.code, company.name, company.region, former)
        found.setdefault(company.id, match)
    return list(found.values())[:limit]


def by_codes(session: Session, codes: Iterable[str]) -> dict[str, CompanyRow]:
    """Give the companies of codes; a code that nobody has is left out."""
    wanted = sorted({fold_one(code) for code in codes})
    rows = session.scalars(select(CompanyRow).where(CompanyRow.code.in_(wanted)))
    return {row.code: row for row in rows}


def former_names(session: Session, company: int) -> Sequence[CompanyName]:
    """List the earlier names of a company, the latest first."""
    return session.scalars(
        select(CompanyName)
        .where(CompanyName.company_id == company, CompanyName.until.is_not(None))
        .order_by(CompanyName.until.desc(), CompanyName.id.desc())
    ).all()


def register(session: Session, code: str, name: str, actor: Actor, now: datetime) -> CompanyRow:
    """Add a company inside an open unit of work; its code must be new."""
    row = CompanyRow(code=fold_one(code), name=name[:NAME], created_at=now)
    session.add(row)
    session.flush()
    _keep_name(session, row.id, row.name)
    deed = Deed("company.register", "company", str(row.id))
    append(session, actor, min(actor.roles).value, deed, now)
    return row


def rename(
    session: Session, company: CompanyRow, name: str, day: date, actor: Actor, now: datetime
) -> bool:
    """Give a company a new name from a day on; the old one is still found. Says whether it is new."""
    if not name or name == company.name:
        return False
    session.execute(
        update(CompanyName)
        .where(CompanyName.company_id == company.id, CompanyName.until.is_(None))
        .values(until=day)
    )
    company.name = name[:NAME]
    _keep_name(session, company.id, company.name)
    deed = Deed("company.rename", "company", str(company.id))
    append(session, actor, min(actor.roles).value, deed, now)
    return True


def add_former_name(session: Session, company: int, name: str, until: date) -> None:
    """Note a name that a company had until a day."""
    _keep_name(session, company, name, until)


def missing_names(session: Session) -> int:
    """Make companies findable that were added without a name for search; gives their number."""
    without = select(CompanyRow.id, CompanyRow.name).where(
        ~select(CompanyName.id)
        .where(and_(CompanyName.company_id == CompanyRow.id, CompanyName.until.is_(None)))
        .exists()
    )
    rows: list[dict[str, Any]] = [
        _name_row(company, name) for company, name in session.execute(without)
    ]
    if rows:
        session.execute(insert(CompanyName), rows)
    return len(rows)


def _keep_name(session: Session, company: int, name: str, until: date | None = None) -> None:
    session.execute(insert(CompanyName).values(**_name_row(company, name, until)))


def _name_row(company: int, name: str, until: date | None = None) -> dict[str, Any]:
    return {
        "company_id": company,
        "name": name[:NAME],
        "folded": fold_name(name)[:NAME],
        "initials": initials_of(name),
        "until": until,
    }

"""Companies of the registry and the names they have and had, folded for search, with pinyin initials."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from pypinyin import Style, lazy_pinyin
from pypinyin.seg.mmseg import seg
from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from matcher.registry.codes import fold_one
from webapp.services.audit.chain import Deed, append, append_all
from webapp.services.bulk import insert_columns, new_keys
from webapp.services.people.roles import Actor
from webapp.services.registry.grams import keep_pieces
from webapp.tables.columns import NAME
from webapp.tables.registry import CompanyName, CompanyRow

_AT_ONCE = 5_000
_KEPT_KINDS = frozenset({"L", "N"})


def fold_name(name: str) -> str:
    """Fold a name for search: half width, small letters, without spaces, brackets and marks."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(one for one in folded if unicodedata.category(one)[0] in _KEPT_KINDS)


def initials_of(name: str) -> str:
    """Give the first letters of a name's pinyin; letters and digits stand for themselves."""
    return "".join(map(_letters, seg.cut(fold_name(name))))[:NAME]


@lru_cache(maxsize=2**16)
def _letters(word: str) -> str:
    """Read one word; names are made of the same words again and again."""
    return "".join(lazy_pinyin([word], style=Style.FIRST_LETTER))


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
    row = new_company(code, name, now)
    register_all(session, [row], actor, now)
    return row


def new_company(code: str, name: str, now: datetime) -> CompanyRow:
    """Make the row of a company that nothing more is known of; `register_all` adds it."""
    return CompanyRow(
        code=fold_one(code), name=name[:NAME], region="", industry="", status="", created_at=now
    )


def register_all(session: Session, rows: Sequence[CompanyRow], actor: Actor, now: datetime) -> None:
    """Add companies inside an open unit of work, each with an audit entry of its own."""
    if not rows:
        return
    for row, key in zip(rows, new_keys(session, CompanyRow, len(rows)), strict=True):
        row.id = key
    session.add_all(rows)
    session.flush()
    keep_names(session, [_name_row(row.id, row.name) for row in rows])
    deeds = [Deed("company.register", "company", str(row.id)) for row in rows]
    append_all(session, actor, min(actor.roles).value, deeds, now)


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
    keep_names(session, rows)
    return len(rows)


def _keep_name(session: Session, company: int, name: str, until: date | None = None) -> None:
    keep_names(session, [_name_row(company, name, until)])


def keep_names(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Add names with the pieces they are found by, inside an open unit of work."""
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE]
        keys = new_keys(session, CompanyName, len(some))
        columns = {name: [row[name] for row in some] for name in some[0]}
        insert_columns(session, CompanyName, {}, {"id": keys, **columns})
        keep_pieces(session, zip(keys, columns["folded"], columns["initials"], strict=True))


def _name_row(company: int, name: str, until: date | None = None) -> dict[str, Any]:
    return {
        "company_id": company,
        "name": name[:NAME],
        "folded": fold_name(name)[:NAME],
        "initials": initials_of(name),
        "until": until,
    }

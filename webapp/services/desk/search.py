"""Finding a company for the desk: by code, by present and earlier names, by pinyin initials.

Words are sought anywhere in a name. Where nothing is found, what is left of a name without its legal form
is tried, and what that finds is said to be near. Nobody is named unless something was asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.registry.codes import fold_one
from webapp.limits import MAX_SEARCH, PAGE_SIZE
from webapp.services.registry.companies import fold_name
from webapp.services.registry.grams import holding
from webapp.tables.calls import Call
from webapp.tables.cases import Note
from webapp.tables.registry import CompanyName, CompanyRow

COUNTED = 1_000
"""Companies that are counted and sorted; of more, the words should be narrowed first."""
CODE = re.compile(r"[0-9A-Z]{18}")
CODE_START = re.compile(r"[0-9A-Z]{6,18}")
_FORM = re.compile("(股份有限公司|有限责任公司|有限公司|分公司|公司|集团|厂)$")
_LEAST_CORE = 2
_SHOWN = ("id", "code", "name", "region", "industry", "status")
_EXACT, _BEGINS, _HOLDS, _FORMER = range(4)


@dataclass(frozen=True, slots=True)
class Hit:
    """A company that was found; ``former`` is the earlier name it was found by, ``contact`` when it last called."""

    id: int
    code: str
    name: str
    region: str
    industry: str
    status: str
    former: str = ""
    contact: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: one page of it, how many there are, and how many by county.

    ``more`` says that there are more than were counted; ``near`` that only a similar name was found.
    """

    text: str
    region: str = ""
    hits: tuple[Hit, ...] = ()
    total: int = 0
    counties: tuple[tuple[str, int], ...] = ()
    more: bool = False
    near: bool = False


def search(
    session: Session, text: str, region: str = "", first: int = 0, most: int = PAGE_SIZE
) -> Found:
    """Find companies and give so many of them from a place on; nothing is found where nothing was asked."""
    text = text.strip()[:MAX_SEARCH]
    folded = fold_name(text)
    if not folded:
        return Found(text)
    part = slice(first, first + most)
    found = _found(session, text, folded, region, part)
    core = core_of(folded)
    if found.total or region or core == folded or len(core) < _LEAST_CORE:
        return found
    return replace(_found(session, core, core, region, part), text=text, near=True)


def core_of(folded: str) -> str:
    """Give a folded name without its legal form, however many forms stand at its end."""
    while (shorter := _FORM.sub("", folded)) != folded:
        folded = shorter
    return folded


def _found(session: Session, text: str, folded: str, region: str, part: slice) -> Found:
    """Look for codes and names, each in one pass; all else is asked of what was found alone."""
    ranks = _by_code(session, fold_one(text))
    more = False
    if not ranks or not CODE.fullmatch(fold_one(text)):
        named, more = _by_name(session, folded, region)
        for company, hit in named.items():
            ranks[company] = min(ranks.get(company, hit), hit)
    wanted = select(*(CompanyRow.__table__.c[one] for one in _SHOWN)).where(
        CompanyRow.id.in_(ranks)
    )
    if region:
        wanted = wanted.where(CompanyRow.region == region)
    rows = sorted(session.execute(wanted), key=lambda row: (ranks[row.id][0], row.name, row.id))
    contacts = last_contacts(session, [row.id for row in rows[part]])
    counties = Counter(row.region for row in rows)
    return Found(
        text,
        region,
        tuple(
            Hit(
                row.id,
                row.code,
                row.name,
                row.region,
                row.industry,
                row.status,
                ranks[row.id][1],
                contacts.get(row.id),
            )
            for row in rows[part]
        ),
        total=COUNTED if more else len(rows),
        counties=() if more else tuple(sorted(counties.items(), key=lambda one: (-one[1], one[0]))),
        more=more,
    )


def _by_code(session: Session, code: str) -> dict[int, tuple[int, str]]:
    """Find companies by their code or its beginning: rank, and no former name."""
    if not CODE_START.fullmatch(code):
        return {}
    wanted = select(CompanyRow.id).where(CompanyRow.code.between(code, code.ljust(18, "Z")))
    return dict.fromkeys(session.scalars(wanted.limit(COUNTED)), (_EXACT, ""))


def _by_name(session: Session, folded: str, region: str) -> tuple[dict[int, tuple[int, str]], bool]:
    """Find companies by their names: how well the best one fits, and it, where it is a former one.

    An exact name is looked up on its own, so that it is found however many others hold it.
    """
    wanted = select(
        CompanyName.id,
        CompanyName.company_id,
        CompanyName.folded,
        CompanyName.name,
        CompanyName.until,
    )
    if region:
        wanted = wanted.join(CompanyRow, CompanyName.company_id == CompanyRow.id)
        wanted = wanted.where(CompanyRow.region == region)
    exact = session.execute(wanted.where(CompanyName.folded == folded).limit(COUNTED)).all()
    rows = holding(session, wanted, folded, COUNTED + 1)
    found: dict[int, tuple[int, str]] = {}
    for _, company, name, written, until in (*exact, *rows):
        if until is not None:
            hit = (_FORMER, written)
        elif name == folded:
            hit = (_EXACT, "")
        else:
            hit = (_BEGINS if name.startswith(folded) else _HOLDS, "")
        found[company] = min(found.get(company, hit), hit)
    return found, len(rows) > COUNTED


def last_contacts(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """Give when companies were last served or noted."""
    found: dict[int, datetime] = {}
    for table, moment in ((Call, Call.started_at), (Note, Note.made_at)):
        rows = session.execute(
            select(table.company_id, func.max(moment))
            .where(table.company_id.in_(ids))
            .group_by(table.company_id)
        )
        for company, at in rows:
            found[company] = max(found.get(company, at), at)
    return found

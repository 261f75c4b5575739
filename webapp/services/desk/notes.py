"""What staff note of a call: drafted from the check, corrected by a further note, never overwritten.

Notes are the desk's own: no sheet, share or programming interface reads them. Facts belong into the
facts, so what a note says in figures is offered as a fact to be kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from matcher.values import Unit, fold
from matcher.vocabulary.model import Attribute, Kind, Vocabulary
from webapp.database import retrying
from webapp.limits import MAX_NOTE
from webapp.services.audit.chain import Deed, append
from webapp.services.cases.lifecycle import STATES
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.desk.calls import Channel
from webapp.services.desk.service import COMPANY, Desk, company_of, role_of
from webapp.services.people.roles import Actor, Permission
from webapp.tables.cases import CaseRow, Note
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow

OFFERS = 3
"""Facts that a note's figures are offered as, at most."""
_LINES = frozenset("\n\r\t")
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ENDINGS = ("费用", "收入", "总额", "人员", "人数", "金额", "投入", "额", "数")
"""Endings that people leave out when they name a figure: 研发 300 万 is 研发费用."""
_FIGURE = re.compile(r"([\d,]*\d(?:\.\d+)?)\s*(亿元|万元|千元|亿|万|元|人|名|件|项|家|个|%)?")
_BETWEEN = 6
"""Characters that may stand between the name of a figure and the figure."""
_STOPS = re.compile(r"[,;。、;\n\d]")


@dataclass(frozen=True, slots=True)
class Draft:
    """A note to be written; ``corrects`` is the note that it stands for from now on."""

    kind: str
    text: str
    call_back_on: date | None = None
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """A note as its page shows it; ``corrected`` says that a further note stands for it."""

    id: int
    kind: str
    text: str
    by: str
    at: datetime
    call_back_on: date | None
    corrects: int | None
    corrected: bool


@dataclass(frozen=True, slots=True)
class CallBack:
    """A company that is to be called back."""

    note: int
    company: int
    name: str
    code: str
    on: date
    by: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A figure of a note that may be kept as a fact: which, and the value with its unit."""

    attribute: Attribute
    value: str


def write(desk: Desk, actor: Actor, company: int, draft: Draft, now: datetime, today: date) -> int:
    """Write a note and give its number; raises `Missing` and `Refused`."""
    _check(actor, draft, today)

    def unit() -> int:
        with desk.database.writing() as session:
            company_of(session, company)
            if draft.corrects is not None:
                _may_correct(session, company, draft.corrects)
            row = Note(
                company_id=company,
                kind=draft.kind,
                text=draft.text.strip(),
                corrects_id=draft.corrects,
                call_back_on=draft.call_back_on,
                made_by=actor.id,
                made_at=now,
            )
            session.add(row)
            session.flush()
            told = desk.sealer.digest([row.id, row.text])
            deed = Deed("note.write", COMPANY, str(company), after=told)
            append(session, actor, role_of(actor), deed, now)
            return row.id

    return retrying(unit)


def _check(actor: Actor, draft: Draft, today: date) -> None:
    if actor.id is None or not actor.may(Permission.NOTES_WRITE):
        raise Refused("not_allowed")
    if draft.kind not in set(Channel):
        raise Refused("note_kind")
    if not draft.text.strip():
        raise Refused("note_empty")
    if len(draft.text) > MAX_NOTE:
        raise Refused("note_long", most=MAX_NOTE)
    if any(unicodedata.category(c) in _REFUSED and c not in _LINES for c in draft.text):
        raise Refused("note_signs")
    if draft.call_back_on is not None and draft.call_back_on < today:
        raise Refused("call_back_past")


def _may_correct(session: Session, company: int, note: int) -> None:
    """Refuse to correct another company's note, or one that was corrected already."""
    row = session.get(Note, note, with_for_update=True)
    if row is None or row.company_id != company:
        raise Missing
    if session.scalar(select(Note.id).where(Note.corrects_id == note).limit(1)) is not None:
        raise Refused("note_corrected")


def listing(session: Session, company: int, most: int | None = None) -> list[Noted]:
    """List the notes of a company, the newest first."""
    later = aliased(Note)
    corrected = select(later.id).where(later.corrects_id == Note.id).exists()
    wanted = (
        select(Note, User.name, corrected)
        .join(User, Note.made_by == User.id)
        .where(Note.company_id == company)
        .order_by(Note.id.desc())
        .limit(most)
    )
    return [
        Noted(
            row.id,
            row.kind,
            row.text,
            name,
            row.made_at,
            row.call_back_on,
            row.corrects_id,
            bool(gone),
        )
        for row, name, gone in session.execute(wanted)
    ]


def call_backs(session: Session, today: date) -> list[CallBack]:
    """List who is to be called back today or was to be, the longest due first."""
    wanted = (
        select(Note, CompanyRow.name, CompanyRow.code, User.name)
        .join(CompanyRow, Note.company_id == CompanyRow.id)
        .join(User, Note.made_by == User.id)
        .where(_due(today))
        .order_by(Note.call_back_on, Note.id)
    )
    return [
        CallBack(row.id, row.company_id, name, code, row.call_back_on, by)
        for row, name, code, by in session.execute(wanted)
        if row.call_back_on is not None
    ]


def waiting(session: Session, today: date) -> tuple[int, int]:
    """Count what waits: cases that are due or overdue, companies to be called back."""
    ended = [state.id for state in STATES.values() if state.due is None]
    cases = session.scalar(
        select(func.count())
        .select_from(CaseRow)
        .where(CaseRow.due_on <= today, CaseRow.state.not_in(ended))
    )
    backs = session.scalar(select(func.count()).select_from(Note).where(_due(today)))
    return int(cases or 0), int(backs or 0)


def _due(today: date) -> ColumnElement[bool]:
    """A call back is due until the company was spoken to again; a correction stands for its note."""
    later = aliased(Note)
    over = (
        select(later.id)
        .where(
            later.company_id == Note.company_id,
            later.id > Note.id,
            or_(later.corrects_id.is_(None), later.corrects_id == Note.id),
        )
        .exists()
    )
    return and_(Note.call_back_on.is_not(None), Note.call_back_on <= today, ~over)


# --- figures in a note -----------------------------------------------------------------------------


def offers(text: str, vocabulary: Vocabulary) -> list[Offer]:
    """Find the figures of a text that the form asks for, with the units that they were given in."""
    found: dict[str, Offer] = {}
    folded = fold(text)
    for match in _FIGURE.finditer(folded):
        amount, unit = match.group(1), match.group(2) or ""
        before = _STOPS.split(folded[: match.start()])[-1]
        for attribute in _named(before, unit, vocabulary):
            found.setdefault(attribute.label, Offer(attribute, _written(amount, unit, attribute)))
    return list(found.values())[:OFFERS]


def _named(before: str, unit: str, vocabulary: Vocabulary) -> list[Attribute]:
    """Give the figures that the words before a number name, by the longest of their names."""
    best: dict[int, list[Attribute]] = {}
    for attribute in vocabulary.attributes.values():
        if attribute.kind is not Kind.NUMBER or not attribute.in_form or attribute.unit is None:
            continue
        if not _fits(unit, attribute.unit, vocabulary):
            continue
        for name in set(_names(attribute)):
            place = before.rfind(name)
            if place >= 0 and len(before) - place - len(name) <= _BETWEEN:
                best.setdefault(len(name), []).append(attribute)
    return best[max(best)] if best else []


def _names(attribute: Attribute) -> Iterator[str]:
    for name in (attribute.label, *attribute.aliases):
        yield name
        for ending in _ENDINGS:
            if name.endswith(ending) and len(name) - len(ending) >= 2:
                yield name.removesuffix(ending)


def _fits(unit: str, expected: Unit, vocabulary: Vocabulary) -> bool:
    """Say whether a figure may be of a unit; 万 and 亿 alone are of money here."""
    if not unit:
        return False
    named = f"{unit}元" if unit in ("万", "亿") else "人" if unit == "名" else unit
    found = vocabulary.units.find(named)
    return found is not None and found.dimension == expected.dimension


def _written(amount: str, unit: str, attribute: Attribute) -> str:
    if unit in ("万", "亿"):
        return f"{amount} {unit}元"
    return f"{amount} {'人' if unit == '名' else unit}"

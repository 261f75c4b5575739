"""Public lists (公示): which cases go on one, what strangers see of it, and when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.database import retrying
from webapp.services.cases.lifecycle import Deadline
from webapp.services.cases.moves import Casework, Moved, Wish, against, move_within
from webapp.services.cases.numbers import next_number
from webapp.services.cases.picked import Chosen, NotAll, check_picked, made_before
from webapp.services.cases.refusals import Refused
from webapp.services.exports import csv_bytes, yuan
from webapp.services.people.roles import Actor, Role
from webapp.services.workdays import UnknownYear
from webapp.tables.cases import CaseRow, Publicity
from webapp.tables.columns import NAME
from webapp.tables.registry import CompanyRow

_PERSONAL_CODE = "92"
"""Credit codes of 个体工商户 begin so: their names are often those of persons."""
_HEAD = ("企业名称", "统一社会信用代码", "支持措施", "金额(元)")
_BY_RULES = "另行规定"
OPEN_STATES = ("publicised", "objected")


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a public list: what anyone may know, with what is personal made unreadable."""

    case: int
    company: str
    code: str
    measure: str
    amount_fen: int | None


def publicise(
    work: Casework,
    actor: Actor,
    title: str,
    chosen: Sequence[Chosen],
    key: str,
    now: datetime,
    today: date,
) -> tuple[int, list[Moved]]:
    """Put cases on a new public list: all of them, or none and `NotAll`."""
    check_picked(actor, chosen, Role.HANDLER)
    title = title.strip()
    if not title or len(title) > NAME:
        raise Refused("title_missing", most=NAME)

    def unit() -> tuple[int, list[Moved]]:
        with work.database.writing() as session:
            again = made_before(session, work.sealer, actor, chosen, key, _list_of, _wish)
            if again is not None:
                return again
            publicity = _new(session, work, actor, title, now, today)
            moved, refused = [], dict[int, Refused]()
            for item in chosen:
                wish = _wish(item, key, publicity)
                try:
                    moved.append(move_within(session, work, actor, wish, now, today))
                except Refused as reason:
                    refused[item.case] = reason
            if refused:
                raise NotAll(refused)
            return publicity, moved

    return retrying(unit)


def rehearse(
    work: Casework, actor: Actor, chosen: Sequence[Chosen], now: datetime, today: date
) -> dict[int, Refused]:
    """Say which of the chosen cases could not go on a list now, and why; nothing is done."""
    check_picked(actor, chosen, Role.HANDLER)
    with work.database.reading() as session:
        found = {
            item.case: against(session, work, actor, _wish(item, "", 0), now, today)
            for item in chosen
        }
    return {case: refused for case, refused in found.items() if refused is not None}


def _wish(item: Chosen, key: str, publicity: int) -> Wish:
    details = {"publicity": publicity}
    return Wish(item.case, "publicise", item.seen, f"{key}:{item.case}", details=details)


def _list_of(case: CaseRow) -> int:
    return case.publicity_id or 0


def _new(
    session: Session, work: Casework, actor: Actor, title: str, now: datetime, today: date
) -> int:
    try:
        last_day = work.workdays.after(today, work.terms[Deadline.PUBLICITY])
    except UnknownYear as unknown:
        raise Refused("calendar_missing", year=unknown.year) from unknown
    row = Publicity(
        number=next_number(session, Publicity.number, "G", today),
        title=title,
        first_day=today,
        last_day=last_day,
        made_by=actor.id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def listed(session: Session, publicity: int) -> list[Listed]:
    """List what a public list shows, by company and measure."""
    rows = session.execute(
        select(CaseRow, CompanyRow)
        .join(CompanyRow, CaseRow.company_id == CompanyRow.id)
        .where(CaseRow.publicity_id == publicity)
        .order_by(CompanyRow.name, CaseRow.measure_id)
    ).all()
    return [_listed(case, company) for case, company in rows]


def _listed(case: CaseRow, company: CompanyRow) -> Listed:
    personal = company.code.startswith(_PERSONAL_CODE)
    return Listed(
        case.id,
        masked(company.name) if personal else company.name,
        masked(company.code) if personal else company.code,
        case.measure_id,
        case.amount_fen,
    )


def masked(text: str) -> str:
    """Make the middle of a text unreadable: a third stays at each end; of two characters the first."""
    kept = len(text) // 3
    if kept == 0:
        return text[:-1] + "*"
    return f"{text[:kept]}{'*' * (len(text) - 2 * kept)}{text[-kept:]}"


def public_csv(rows: Sequence[Listed], titles: dict[str, str]) -> bytes:
    """Write a public list as CSV, with exactly the columns of the page."""
    return csv_bytes(
        _HEAD,
        (
            (
                row.company,
                row.code,
                titles.get(row.measure, row.measure),
                _BY_RULES if row.amount_fen is None else yuan(row.amount_fen),
            )
            for row in rows
        ),
    )


def open_lists(session: Session, today: date) -> list[Publicity]:
    """List what is public now, what ends first before the rest."""
    wanted = select(Publicity).where(Publicity.last_day >= today)
    return list(session.scalars(wanted.order_by(Publicity.last_day, Publicity.id)))


def past_lists(session: Session, today: date, limit: int) -> list[Publicity]:
    """List what was public, the latest first."""
    wanted = select(Publicity).where(Publicity.last_day < today)
    return list(session.scalars(wanted.order_by(Publicity.last_day.desc()).limit(limit)))

"""Payments that were withdrawn after their file went out: what waits for the bank, and lists for the treasury.

The file of record is never written anew. A list names the lines that are no longer to be paid, by the
number and place that the treasury has them under.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.database import retrying
from webapp.services.audit.chain import Deed, append
from webapp.services.cases.moves import Casework
from webapp.services.cases.numbers import next_number
from webapp.services.cases.payments import TOTAL, handed_out
from webapp.services.cases.picked import MOST
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.exports import Row, csv_bytes, yuan
from webapp.services.people.roles import Actor, Role
from webapp.services.vault import Vault
from webapp.tables.cases import Answered
from webapp.tables.money import PaymentFile, PaymentLine, Withdrawal, WithdrawalList
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow

HEAD = (
    "撤回单号",
    "序号",
    "原批次号",
    "原序号",
    "收款人全称",
    "收款人账号",
    "开户银行",
    "金额(元)",
    "统一社会信用代码",
    "撤回日期",
)
SHEET = "撤回明细"
_WRITE = "payments.withdraw"
_WITHDRAWN = {"filed": "withdrawn", "paid": "astray", "failed": "kept"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A withdrawn payment of which the bank has not said what became; ``told`` is the list that names it."""

    case: int
    company: str
    file: str
    place: int
    amount_fen: int
    day: date
    told: str


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of a case: the file and place it went out under, and how it stands (`stands`)."""

    file: str
    place: int
    amount_fen: int
    stands: str
    failure: str


def stands(line: PaymentLine, withdrawn: bool) -> str:
    """Say how a payment stands: as the bank has it, or withdrawn, and then whether it arrived all the same."""
    return _WITHDRAWN[line.state] if withdrawn else line.state


def sent(session: Session, case: int) -> list[Payment]:
    """List the payments of a case, the newest first."""
    wanted = (
        select(PaymentLine, PaymentFile.number, Withdrawal.day)
        .join(PaymentFile, PaymentLine.file_id == PaymentFile.id)
        .outerjoin(Withdrawal, Withdrawal.line_id == PaymentLine.id)
        .where(PaymentLine.case_id == case)
        .order_by(PaymentLine.id.desc())
    )
    return [
        Payment(file, line.place, line.amount_fen, stands(line, day is not None), line.failure)
        for line, file, day in session.execute(wanted)
    ]


def lists(session: Session, most: int) -> list[tuple[WithdrawalList, str]]:
    """Give the newest lists, each with the name of who made it."""
    wanted = (
        select(WithdrawalList, User.name)
        .join(User, WithdrawalList.made_by == User.id)
        .order_by(WithdrawalList.id.desc())
        .limit(most)
    )
    return [(row, name) for row, name in session.execute(wanted)]


def waiting(session: Session) -> list[Waiting]:
    """List the withdrawn payments that the bank has not answered, those on no list first."""
    wanted = (
        select(PaymentLine, PaymentFile.number, Withdrawal.day, WithdrawalList.number)
        .join(Withdrawal, Withdrawal.line_id == PaymentLine.id)
        .join(PaymentFile, PaymentLine.file_id == PaymentFile.id)
        .outerjoin(WithdrawalList, Withdrawal.list_id == WithdrawalList.id)
        .where(PaymentLine.state == "filed")
        .order_by(Withdrawal.list_id.is_not(None), Withdrawal.day, PaymentLine.id)
    )
    return [
        Waiting(line.case_id, line.holder, file, line.place, line.amount_fen, day, told or "")
        for line, file, day, told in session.execute(wanted)
    ]


def unlisted(session: Session) -> int:
    """Count the withdrawn payments that the treasury was not told of."""
    return sum(not one.told for one in waiting(session))


def write(work: Casework, actor: Actor, key: str, now: datetime, today: date) -> str:
    """Put the withdrawn payments that no list names yet on a new list and give its number."""
    if actor.id is None or Role.FINANCE not in actor.roles:
        raise Refused("wrong_role", roles=[Role.FINANCE])

    def unit() -> str:
        with work.database.writing() as session:
            # Held, so that of two at once the later one sees what the first one did.
            named = session.scalars(_unnamed()).all()
            before = session.get(Answered, (actor.said, key))
            if before is not None:
                return before.answer
            if not named:
                raise Refused("nothing_withdrawn")
            number = _listed(session, work, actor, named, now, today)
            digest = work.sealer.digest([_WRITE, number])
            answer = {"actor": actor.said, "key": key, "digest": digest, "answer": number}
            session.add(Answered(**answer, at=now))
            return number

    return retrying(unit)


def _unnamed() -> Select[Any]:
    return (
        select(Withdrawal)
        .join(PaymentLine, Withdrawal.line_id == PaymentLine.id)
        .where(Withdrawal.list_id.is_(None), PaymentLine.state == "filed")
        .order_by(Withdrawal.line_id)
        .limit(MOST)
        .with_for_update(of=Withdrawal)
    )


def _listed(
    session: Session,
    work: Casework,
    actor: Actor,
    named: Sequence[Withdrawal],
    now: datetime,
    today: date,
) -> str:
    made: dict[str, Any] = {"made_by": actor.id, "made_at": now, "lines": len(named)}
    number = next_number(session, WithdrawalList.number, "W", today)
    row = WithdrawalList(number=number, total_fen=0, sha256="", **made)
    session.add(row)
    session.flush()
    for place, one in enumerate(named, 1):
        one.list_id, one.place = row.id, place
    session.flush()
    rows, row.total_fen = rows_of(session, work.vault, row)
    row.sha256 = hashlib.sha256(csv_bytes(HEAD, rows)).hexdigest()
    deed = Deed(_WRITE, "withdrawal_list", number, after=row.sha256)
    append(session, actor, Role.FINANCE.value, deed, now)
    return number


def rows_of(session: Session, vault: Vault, listed: WithdrawalList) -> tuple[list[Row], int]:
    """Give the lines of a list with full account numbers, then the control line; and the total in 分."""
    found = session.execute(
        select(PaymentLine, PaymentFile.number, Withdrawal, CompanyRow.code)
        .join(Withdrawal, Withdrawal.line_id == PaymentLine.id)
        .join(PaymentFile, PaymentLine.file_id == PaymentFile.id)
        .join(CompanyRow, PaymentLine.company_id == CompanyRow.id)
        .where(Withdrawal.list_id == listed.id)
        .order_by(Withdrawal.place)
    ).all()
    rows: list[Row] = [
        (
            listed.number,
            str(withdrawal.place),
            file,
            str(line.place),
            line.holder,
            vault.open(line.number_sealed),
            line.bank,
            yuan(line.amount_fen),
            code,
            withdrawal.day.isoformat(),
        )
        for line, file, withdrawal, code in found
    ]
    summed = sum(line.amount_fen for line, *_ in found)
    control = (listed.number, TOTAL, f"{len(rows)} 笔", "", "", "", "", yuan(summed), "", "")
    return [*rows, control], summed


def download(work: Casework, actor: Actor, number: str, kind: str, now: datetime) -> bytes:
    """Give a list's bytes, as ``csv`` or ``xlsx``; raises `Missing` for an unknown number."""
    with work.database.writing() as session:
        listed = session.scalars(select(WithdrawalList).filter_by(number=number)).one_or_none()
        if listed is None:
            raise Missing
        rows, _ = rows_of(session, work.vault, listed)
        return handed_out(session, actor, listed, rows, HEAD, SHEET, kind, now)

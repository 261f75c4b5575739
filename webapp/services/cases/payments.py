"""Payment files: approved cases -> lines with checked fields, a count, a total and a digest.

A value that does not fit stops the file with a list of what is wrong; nothing is repaired. Building a
file again from its rows gives the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.database import retrying
from webapp.services.audit.chain import Deed, append
from webapp.services.cases.moves import Casework, Wish, move_within
from webapp.services.cases.numbers import next_number
from webapp.services.cases.picked import Chosen, NotAll, check_picked, made_before
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.exports import Row, csv_bytes, xlsx_bytes, yuan
from webapp.services.people.roles import Actor, Role
from webapp.services.vault import Vault
from webapp.tables.cases import CaseAccount, CaseRow
from webapp.tables.money import PaymentFile, PaymentLine, Sent
from webapp.tables.registry import CompanyRow

HEAD = (
    "批次号",
    "序号",
    "收款人全称",
    "收款人账号",
    "开户银行",
    "金额(元)",
    "统一社会信用代码",
    "用途",
)
SHEET = "付款明细"
REHEARSAL = "rehearsal"
TOTAL = "合计"
ACCOUNT = re.compile(r"\d{8,30}", re.ASCII)
"""Account numbers of Chinese banks: digits alone. Banks differ in length, none is shorter or longer."""
BANK = re.compile(r"[\u3400-\u9fffA-Za-z0-9()()·]{2,60}")
_CODE = re.compile(r"[0-9A-Z]{18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Built:
    """A payment file as recorded."""

    id: int
    number: str
    lines: int
    total_fen: int
    sha256: str


def build(
    work: Casework,
    actor: Actor,
    chosen: Sequence[Chosen],
    key: str,
    now: datetime,
    today: date,
) -> Built:
    """Put approved cases into a new payment file: all of them, or none and `NotAll`."""
    check_picked(actor, chosen, Role.FINANCE)

    def unit() -> Built:
        with work.database.writing() as session:
            again = made_before(
                session,
                work.sealer,
                actor,
                chosen,
                key,
                lambda case: _newest_file(session, case.id).id,
                _wish,
            )
            if again is not None:
                return _built(session.get_one(PaymentFile, again[0]))
            file = _opened(session, actor, len(chosen), now, today)
            _fill(session, work, actor, file, chosen, key, now, today)
            rows = rows_of(session, work.vault, file)
            file.total_fen = total(session, file.id)
            file.sha256 = hashlib.sha256(csv_bytes(HEAD, rows)).hexdigest()
            deed = Deed("payments.build", "payment_file", file.number, after=file.sha256)
            append(session, actor, Role.FINANCE.value, deed, now)
            return _built(file)

    return retrying(unit)


def rehearse(
    work: Casework, actor: Actor, chosen: Sequence[Chosen], now: datetime, today: date
) -> dict[int, Refused]:
    """Say which of the chosen cases could not go into a file now, and why; what is tried is undone."""
    check_picked(actor, chosen, Role.FINANCE)

    def unit() -> dict[int, Refused]:
        with work.database.writing() as session:
            file = _opened(session, actor, len(chosen), now, today)
            try:
                _fill(session, work, actor, file, chosen, REHEARSAL, now, today)
            except NotAll as refused:
                return refused.refused
            finally:
                session.rollback()
            return {}

    return retrying(unit)


def _newest_file(session: Session, case: int) -> PaymentFile:
    return session.scalars(
        select(PaymentFile)
        .join(PaymentLine, PaymentLine.file_id == PaymentFile.id)
        .where(PaymentLine.case_id == case)
        .order_by(PaymentFile.id.desc())
        .limit(1)
    ).one()


def _built(file: PaymentFile) -> Built:
    return Built(file.id, file.number, file.lines, file.total_fen, file.sha256)


def _opened(session: Session, actor: Actor, lines: int, now: datetime, today: date) -> PaymentFile:
    file = PaymentFile(
        number=next_number(session, PaymentFile.number, "B", today),
        lines=lines,
        total_fen=0,
        sha256="",
        made_by=actor.id,
        made_at=now,
    )
    session.add(file)
    session.flush()
    return file


def _wish(item: Chosen, key: str, file: int) -> Wish:
    return Wish(item.case, "file", item.seen, f"{key}:{item.case}", details={"file": file})


def _fill(
    session: Session,
    work: Casework,
    actor: Actor,
    file: PaymentFile,
    chosen: Sequence[Chosen],
    key: str,
    now: datetime,
    today: date,
) -> None:
    refused: dict[int, Refused] = {}
    for place, item in enumerate(sorted(chosen, key=lambda one: one.case), 1):
        wish = _wish(item, key, file.id)
        try:
            move_within(session, work, actor, wish, now, today)
            session.add(_line(session, work.vault, file, place, item.case))
        except Refused as reason:
            refused[item.case] = reason
    if refused:
        raise NotAll(refused)
    session.flush()


def _line(
    session: Session, vault: Vault, file: PaymentFile, place: int, case_id: int
) -> PaymentLine:
    """Make a line of a case; raises `Refused` for a field that does not fit its pattern."""
    case = session.get_one(CaseRow, case_id)
    company = session.get_one(CompanyRow, case.company_id)
    account = session.get_one(CaseAccount, case_id)
    number = vault.open(account.number_sealed)
    if not ACCOUNT.fullmatch(number):
        raise Refused("bad_account")
    if not BANK.fullmatch(account.bank):
        raise Refused("bad_bank")
    if not _CODE.fullmatch(company.code):
        raise Refused("bad_code")
    if case.amount_fen is None or case.amount_fen <= 0:
        raise Refused("amount_missing")
    return PaymentLine(
        file_id=file.id,
        place=place,
        case_id=case.id,
        company_id=company.id,
        measure_id=case.measure_id,
        period=case.period,
        holder=account.holder,
        bank=account.bank,
        number_sealed=account.number_sealed,
        amount_fen=case.amount_fen,
        state="filed",
    )


def total(session: Session, file: int) -> int:
    """Add up the lines of a file, in 分."""
    summed = select(func.coalesce(func.sum(PaymentLine.amount_fen), 0)).where(
        PaymentLine.file_id == file
    )
    return int(session.scalar(summed) or 0)


def rows_of(session: Session, vault: Vault, file: PaymentFile) -> list[Row]:
    """Give the lines of a file with full account numbers, then the control line."""
    found = session.execute(
        select(PaymentLine, CompanyRow.code)
        .join(CompanyRow, PaymentLine.company_id == CompanyRow.id)
        .where(PaymentLine.file_id == file.id)
        .order_by(PaymentLine.place)
    ).all()
    rows: list[Row] = [
        (
            file.number,
            str(line.place),
            line.holder,
            vault.open(line.number_sealed),
            line.bank,
            yuan(line.amount_fen),
            code,
            f"{line.measure_id} {line.period}",
        )
        for line, code in found
    ]
    return [
        *rows,
        (file.number, TOTAL, f"{len(rows)} 笔", "", "", yuan(total(session, file.id)), "", ""),
    ]


def handed_out(
    session: Session,
    actor: Actor,
    file: Sent,
    rows: Sequence[Row],
    head: Sequence[str],
    sheet: str,
    kind: str,
    now: datetime,
) -> bytes:
    """Write a file's rows as ``csv`` or ``xlsx``; each look at full accounts is told the audit.

    Raises `Refused` where the rows no longer give the recorded digest.
    """
    plain = csv_bytes(head, rows)
    if hashlib.sha256(plain).hexdigest() != file.sha256:
        raise Refused("file_changed")
    thing = "payment_file" if isinstance(file, PaymentFile) else "withdrawal_list"
    deed = Deed("payments.download", thing, file.number, after=file.sha256)
    append(session, actor, Role.FINANCE.value, deed, now)
    return plain if kind == "csv" else xlsx_bytes(sheet, head, rows)


def download(work: Casework, actor: Actor, number: str, kind: str, now: datetime) -> bytes:
    """Give a payment file's bytes, as ``csv`` or ``xlsx``; raises `Missing` for an unknown number."""
    with work.database.writing() as session:
        file = session.scalars(select(PaymentFile).filter_by(number=number)).one_or_none()
        if file is None:
            raise Missing
        rows = rows_of(session, work.vault, file)
        return handed_out(session, actor, file, rows, HEAD, SHEET, kind, now)

"""What the bank says of a payment file: read whole, checked against what was sent, then booked whole.

One row that is not ours, or says another sum, and nothing of the file is taken.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.registry.sources import RegistryFault, open_source
from matcher.values import ValueFault, fold, parse_date
from webapp.database import retrying
from webapp.services.audit.chain import Deed, append
from webapp.services.cases.moves import Casework, Wish, move_within
from webapp.services.cases.payments import TOTAL
from webapp.services.cases.refusals import Refused
from webapp.services.exports import fen
from webapp.services.people.roles import Actor, Role
from webapp.tables.cases import CaseRow
from webapp.tables.money import PaymentFile, PaymentLine, ReturnFile, Withdrawal

COLUMNS = ("批次号", "序号", "金额(元)", "状态", "失败原因", "到账日期")
PAID_WORDS, FAILED_WORDS = ("成功", "已到账"), ("失败", "退票")
WITHDRAWN_WORDS = ("撤回", "已撤回")
"""What the bank says of a payment that it did not make because it was withdrawn; that is reason enough."""
MOST_ROWS = 5_000
ASTRAY = "arrive"
"""The move of a case whose payment was withdrawn and made all the same."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one row of a return file, and what to do about it."""

    row: int
    code: str
    value: str = ""


class BadReturn(Refused):
    """A return file that was not taken; ``faults`` name the rows."""

    def __init__(self, code: str, faults: tuple[RowFault, ...] = (), **values: object) -> None:
        super().__init__(code, **values)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Returned:
    """One row as read: which line, whether the money arrived, and when, or why not."""

    row: int
    number: str
    place: int
    amount_fen: int
    paid: bool
    failure: str
    day: date | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a return file came to; ``again`` says that the same bytes were taken before.

    ``astray`` counts the payments that arrived although they had been withdrawn.
    """

    rows: int
    paid: int
    failed: int
    again: bool = False
    astray: int = 0


def read_returns(data: bytes, name: str, today: date) -> list[Returned]:
    """Read a return file, CSV or XLSX; raises `BadReturn` with every row that cannot be understood."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("returns.xlsx" if name.lower().endswith(".xlsx") else "returns.csv")
        path.write_bytes(data)
        try:
            source = open_source(str(path))
            columns = {fold(column.name).strip(): column.name for column in source.columns}
            lacking = [wanted for wanted in COLUMNS[:4] if wanted not in columns]
            if lacking:
                raise BadReturn("columns_missing", columns="、".join(lacking))
            if source.rows > MOST_ROWS:
                raise BadReturn("too_many", most=MOST_ROWS)
            rows = [row for frame in source.frames() for row in frame.iter_rows(named=True)]
        except RegistryFault as fault:
            raise BadReturn("unreadable", why=str(fault)) from fault
    named = (
        {wanted: str(row.get(columns.get(wanted, ""), None) or "") for wanted in COLUMNS}
        for row in rows
    )
    return _understood(list(named), today)


def _understood(rows: list[dict[str, str]], today: date) -> list[Returned]:
    read: list[Returned] = []
    faults: list[RowFault] = []
    for number, row in enumerate(rows, 1):
        if row["序号"] == TOTAL:
            continue
        found = _row(number, row, today)
        (faults if isinstance(found, RowFault) else read).append(found)  # type: ignore[arg-type]
    seen: set[tuple[str, int]] = set()
    for item in read:
        if (item.number, item.place) in seen:
            faults.append(RowFault(item.row, "row_twice", f"{item.number} {item.place}"))
        seen.add((item.number, item.place))
    if faults:
        raise BadReturn(
            "rows_bad", tuple(sorted(faults, key=lambda fault: fault.row)), n=len(faults)
        )
    if not read:
        raise BadReturn("no_rows")
    return read


def _row(number: int, row: dict[str, str], today: date) -> Returned | RowFault:
    amount = fen(row["金额(元)"])
    if amount is None:
        return RowFault(number, "row_amount", row["金额(元)"])
    if not row["序号"].isascii() or not row["序号"].isdigit():
        return RowFault(number, "row_place", row["序号"])
    word = row["状态"]
    if word in FAILED_WORDS + WITHDRAWN_WORDS:
        why = row["失败原因"] or (word if word in WITHDRAWN_WORDS else "")
        if not why:
            return RowFault(number, "row_reason")
        return Returned(number, row["批次号"], int(row["序号"]), amount, False, why, None)
    if word not in PAID_WORDS:
        return RowFault(number, "row_state", word)
    try:
        day = parse_date(row["到账日期"])
    except ValueFault:
        return RowFault(number, "row_day", row["到账日期"])
    if day > today:
        return RowFault(number, "row_future", row["到账日期"])
    return Returned(number, row["批次号"], int(row["序号"]), amount, True, "", day)


def take(work: Casework, actor: Actor, data: bytes, name: str, now: datetime, today: date) -> Taken:
    """Book a return file: every row moves its case, or nothing is booked."""
    digest = hashlib.sha256(data).hexdigest()
    read = read_returns(data, name, today)

    def unit() -> Taken:
        with work.database.writing() as session:
            before = session.scalars(select(ReturnFile).filter_by(sha256=digest)).one_or_none()
            paid = sum(item.paid for item in read)
            if before is not None:
                return Taken(len(read), paid, len(read) - paid, again=True)
            file = ReturnFile(sha256=digest, rows=len(read), taken_by=actor.id, taken_at=now)
            session.add(file)
            session.flush()
            _hold(session, read)
            lines = dict(_matched(session, read))
            moved = [
                _book(session, work, actor, file, item, lines[item.row], now, today)
                for item in read
            ]
            deed = Deed("payments.return", "return_file", str(file.id), after=digest)
            append(session, actor, Role.FINANCE.value, deed, now)
            return Taken(len(read), paid, len(read) - paid, astray=moved.count(ASTRAY))

    return retrying(unit)


def _hold(session: Session, read: list[Returned]) -> None:
    """Hold the cases of the files, so that no payment is withdrawn while it is booked."""
    session.execute(
        select(CaseRow.id)
        .join(PaymentLine, PaymentLine.case_id == CaseRow.id)
        .join(PaymentFile, PaymentLine.file_id == PaymentFile.id)
        .where(PaymentFile.number.in_({item.number for item in read}))
        .order_by(CaseRow.id)
        .with_for_update(of=CaseRow)
    ).all()


def _matched(session: Session, read: list[Returned]) -> Iterator[tuple[int, PaymentLine]]:
    """Pair rows with lines; raises `BadReturn` with every row that has none, or says another sum."""
    faults: list[RowFault] = []
    for item in read:
        line = session.scalars(
            select(PaymentLine)
            .join(PaymentFile, PaymentLine.file_id == PaymentFile.id)
            .where(PaymentFile.number == item.number, PaymentLine.place == item.place)
        ).one_or_none()
        if line is None:
            faults.append(RowFault(item.row, "row_unknown", f"{item.number} {item.place}"))
        elif line.state != "filed":
            faults.append(RowFault(item.row, "row_settled", f"{item.number} {item.place}"))
        elif line.amount_fen != item.amount_fen:
            faults.append(RowFault(item.row, "row_sum", f"{item.number} {item.place}"))
        else:
            yield item.row, line
    if faults:
        raise BadReturn("rows_bad", tuple(faults), n=len(faults))


def _book(
    session: Session,
    work: Casework,
    actor: Actor,
    file: ReturnFile,
    item: Returned,
    line: PaymentLine,
    now: datetime,
    today: date,
) -> str:
    """Book what became of a line and give the move that its case made, "" for none."""
    line.state = "paid" if item.paid else "failed"
    line.failure, line.settled_on, line.return_id = item.failure, item.day, file.id
    session.flush()
    action = "pay" if item.paid else "fail"
    if session.get(Withdrawal, line.id) is not None:
        # The case was stopped; that the bank did not pay lets it go on, and moves it nowhere.
        action = ASTRAY if item.paid else ""
    if action:
        case = session.get_one(CaseRow, line.case_id)
        key = f"return:{file.id}:{line.id}"
        wish = Wish(line.case_id, action, case.version, key, reason=item.failure)
        move_within(session, work, actor, wish, now, today)
    return action

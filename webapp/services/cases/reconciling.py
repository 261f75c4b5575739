"""Found = confirmed = decided = exported = returned: where the sums of a year part, case by case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.tables.cases import CaseEvent, CaseRow
from webapp.tables.money import PaidRow, PaymentFile, PaymentLine, Withdrawal

STAGES = ("found", "confirmed", "approved", "filed", "returned", "booked")
"""The stages of money, in order; each later one holds no case that an earlier one lacks."""
_REACHED = {"found": "open", "confirmed": "confirm", "approved": "approve", "filed": "file"}

_CAME_ANYWAY = ("owed", "disputed")
_WITH_LINE = ("filed", *_CAME_ANYWAY, "paid", "reconciled")


@dataclass(frozen=True, slots=True)
class Stage:
    """How many cases reached a stage, and for how many 分."""

    name: str
    cases: int
    total_fen: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A case of which two books say different things."""

    case: int
    code: str
    first_fen: int | None
    second_fen: int | None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The stages of a year, and every difference that stands between two of them."""

    year: int
    stages: tuple[Stage, ...]
    differences: tuple[Difference, ...]


def reconcile(session: Session, year: int) -> Reconciliation:
    """Compare the books of a year."""
    cases = {row.id: row for row in session.scalars(select(CaseRow).filter_by(period=year))}
    wanted = select(PaymentLine).filter_by(period=year).order_by(PaymentLine.id)
    lines = list(session.scalars(wanted))
    booked = {
        row.line_id: row.amount_fen
        for row in session.scalars(select(PaidRow).where(PaidRow.line_id.is_not(None)))
    }
    return Reconciliation(
        year,
        tuple(_stages(session, cases, lines, booked)),
        tuple(_differences(session, cases, lines, booked)),
    )


def _stages(
    session: Session,
    cases: dict[int, CaseRow],
    lines: list[PaymentLine],
    booked: dict[int | None, int],
) -> Iterator[Stage]:
    for name, action in _REACHED.items():
        reached = set(
            session.scalars(
                select(CaseEvent.case_id)
                .join(CaseRow, CaseEvent.case_id == CaseRow.id)
                .where(CaseEvent.action == action, CaseRow.id.in_(cases))
            )
        )
        yield Stage(name, len(reached), sum(cases[id_].amount_fen or 0 for id_ in reached))
    paid = [line for line in lines if line.state == "paid"]
    yield Stage("returned", len(paid), sum(line.amount_fen for line in paid))
    own = [line for line in paid if line.id in booked]
    yield Stage("booked", len(own), sum(booked[line.id] for line in own))


def _differences(
    session: Session,
    cases: dict[int, CaseRow],
    lines: list[PaymentLine],
    booked: dict[int | None, int],
) -> Iterator[Difference]:
    live = Counter(line.case_id for line in lines if line.state in ("filed", "paid"))
    withdrawn = set(session.scalars(select(Withdrawal.line_id)))
    for line in lines:
        case = cases[line.case_id]
        if line.state in ("filed", "paid") and line.amount_fen != case.amount_fen:
            yield Difference(case.id, "line_differs", case.amount_fen, line.amount_fen)
        if line.state == "filed":
            code = "withdrawal_open" if line.id in withdrawn else "not_returned"
            yield Difference(case.id, code, line.amount_fen, None)
        if line.state == "paid" and case.state in _CAME_ANYWAY:
            yield Difference(case.id, "withdrawn_paid", None, line.amount_fen)
        if line.state == "paid" and booked.get(line.id) != line.amount_fen:
            yield Difference(case.id, "not_booked", line.amount_fen, booked.get(line.id))
        if live[line.case_id] > 1:
            yield Difference(case.id, "paid_twice", case.amount_fen, line.amount_fen)
    with_line = {line.case_id for line in lines}
    for case in cases.values():
        if case.state in _WITH_LINE and case.id not in with_line:
            yield Difference(case.id, "no_line", case.amount_fen, None)
    files = session.execute(select(PaymentFile.id, PaymentFile.total_fen)).all()
    for file, told in files:
        summed = session.scalar(
            select(func.coalesce(func.sum(PaymentLine.amount_fen), 0)).filter_by(file_id=file)
        )
        if summed != told:
            yield Difference(0, "file_total", told, summed)

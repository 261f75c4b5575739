"""What must be so before a case may move: one function a guard, named by the table of the lifecycle.

A guard passes or raises `Refused` with what stands against the move. It only looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.documents.model import Measure
from webapp.services.cases.lifecycle import Deadline
from webapp.services.cases.proof import Proof, Prover
from webapp.services.cases.refusals import Refused
from webapp.services.workdays import UnknownYear, Workdays
from webapp.tables.cases import Appeal, CaseAccount, CaseEvent, CaseRow, Publicity
from webapp.tables.money import Budget, PaidRow, PaymentLine
from webapp.tables.registry import CompanyRow

UNDECIDED = ("open", "proposed")
"""The states of an appeal or objection that nobody has decided yet."""
_NOT_COMPETING = ("found", "declined", "lapsed", "withdrawn", "expired", "recovered")


@dataclass
class Situation:
    """One case at the moment of a move, inside its unit of work."""

    session: Session
    prover: Prover
    workdays: Workdays
    terms: Mapping[str, int]
    case: CaseRow
    details: Mapping[str, Any]
    now: datetime
    today: date

    @cached_property
    def proof(self) -> Proof | None:
        """The proof as the facts stand now; None where the measure is not in force."""
        return self.prover.prove(
            self.session, self.case.company_id, self.case.measure_id, self.today
        )

    @property
    def amount(self) -> int | None:
        """The amount in 分: as frozen with the list, else as the facts give it now."""
        if self.case.amount_fen is not None:
            return self.case.amount_fen
        return None if self.proof is None else self.proof.amount_fen

    @cached_property
    def company(self) -> CompanyRow:
        """The company that the case is for."""
        return self.session.get_one(CompanyRow, self.case.company_id)

    @property
    def measure(self) -> Measure | None:
        """The measure, where the rules in force still have it."""
        return self.prover.measure(self.case.measure_id)

    @cached_property
    def publicity(self) -> Publicity:
        """The list on which the case is made public."""
        if self.case.publicity_id is None:
            raise Refused("not_public")
        return self.session.get_one(Publicity, self.case.publicity_id)

    def in_days(self, term: Deadline) -> date:
        """Give the last working day of a term that starts today."""
        try:
            return self.workdays.after(self.today, self.terms[term])
        except UnknownYear as unknown:
            raise Refused("calendar_missing", year=unknown.year) from unknown


Guard = Callable[[Situation], None]
GUARDS: dict[str, Guard] = {}


def ask(names: Iterable[str], situation: Situation) -> None:
    """Ask guards in order; the first that does not pass raises `Refused`."""
    for name in names:
        GUARDS[name](situation)


def _guard(function: Guard) -> Guard:
    GUARDS[function.__name__] = function
    return function


# --- the proof -----------------------------------------------------------------------------------


@_guard
def in_force(at: Situation) -> None:
    """The measure counts today."""
    if at.proof is None:
        raise Refused("not_in_force")


@_guard
def not_in_force(at: Situation) -> None:
    """The measure counts no longer."""
    if at.proof is not None:
        raise Refused("still_in_force")


@_guard
def proof_holds(at: Situation) -> None:
    """Attested facts alone still prove the measure."""
    if at.proof is None or not at.proof.automatic:
        raise Refused("proof_gone")


@_guard
def credit_clear(at: Situation) -> None:
    """No prevailing exclusion is known, and none is unknown."""
    if at.proof is None or not at.proof.credit_clear:
        raise Refused("credit_not_clear")


# --- other measures and money ----------------------------------------------------------------------


@_guard
def no_conflict(at: Situation) -> None:
    """The company did not have it already, and no measure that excludes it is further on."""
    year = at.case.period
    paid = at.session.scalars(
        select(PaidRow).where(
            PaidRow.company_id == at.case.company_id, PaidRow.recovers_id.is_(None)
        )
    ).all()
    recovered = {row.recovers_id for row in paid}
    for row in paid:
        if row.paid_to == at.case.measure_id and row.day.year == year and row.id not in recovered:
            raise Refused("already_had", day=row.day)
    groups = _groups(at.measure)
    others = at.session.scalars(
        select(CaseRow).where(
            CaseRow.company_id == at.case.company_id,
            CaseRow.period == year,
            CaseRow.id != at.case.id,
            CaseRow.state.not_in(_NOT_COMPETING),
        )
    )
    for other in others:
        if groups & _groups(at.prover.measure(other.measure_id)):
            raise Refused("excluded_by", measure=other.measure_id)


def _groups(measure: Measure | None) -> set[str]:
    if measure is None or measure.benefit is None:
        return set()
    return {item.group for item in measure.benefit.exclusive}


@_guard
def budget_left(at: Situation) -> None:
    """Where an amount is stated, a budget was set; whether it suffices is seen when it is reserved."""
    if at.amount is None or at.case.budget_id is not None:
        return
    if budget_of(at) is None:
        raise Refused("budget_missing", year=at.case.period)


def budget_of(at: Situation) -> Budget | None:
    """Give the budget of the case's measure and year."""
    return at.session.scalars(
        select(Budget).filter_by(measure_id=at.case.measure_id, period=at.case.period)
    ).one_or_none()


@_guard
def budget_reserved(at: Situation) -> None:
    """The money lies ready."""
    if at.case.budget_id is None:
        raise Refused("budget_not_reserved")


@_guard
def account_named(at: Situation) -> None:
    """The account belongs to the company by name: as given with the move, else as given before."""
    holder = at.details.get("holder")
    if holder is None:
        kept = at.session.get(CaseAccount, at.case.id)
        holder = None if kept is None else kept.holder
    if holder is None:
        raise Refused("account_missing")
    if holder != at.company.name:
        raise Refused("account_of_another", name=at.company.name)


@_guard
def returned_paid(at: Situation) -> None:
    """The bank said that the money arrived."""
    _line(at, "paid")


@_guard
def returned_failed(at: Situation) -> None:
    """The bank said that the payment failed."""
    _line(at, "failed")


@_guard
def bank_answered(at: Situation) -> None:
    """Of a payment that was withdrawn the bank has said what became of it."""
    waiting = select(PaymentLine.id).filter_by(case_id=at.case.id, state="filed")
    if at.session.scalars(waiting).first() is not None:
        raise Refused("bank_silent")


def _line(at: Situation, state: str) -> PaymentLine:
    found = at.session.scalars(
        select(PaymentLine)
        .where(PaymentLine.case_id == at.case.id)
        .order_by(PaymentLine.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None or found.state != state:
        raise Refused("bank_says_otherwise")
    return found


@_guard
def sums_agree(at: Situation) -> None:
    """What the case was worth, what was sent and what the ledger holds are the same sum."""
    line = _line(at, "paid")
    booked = at.session.scalars(select(PaidRow).filter_by(line_id=line.id)).one_or_none()
    sums = {at.case.amount_fen, line.amount_fen, None if booked is None else booked.amount_fen}
    if len(sums) != 1:
        raise Refused("sums_differ")


@_guard
def money_came(at: Situation) -> None:
    """There is a payment of ours that can be recovered."""
    if at.case.state not in ("owed", "paid", "reconciled") and _own_payment(at) is None:
        raise Refused("nothing_paid")


def _own_payment(at: Situation) -> PaidRow | None:
    return at.session.scalars(
        select(PaidRow)
        .join(PaymentLine, PaidRow.line_id == PaymentLine.id)
        .where(PaymentLine.case_id == at.case.id)
    ).one_or_none()


# --- time ------------------------------------------------------------------------------------------


@_guard
def in_time(at: Situation) -> None:
    """The day until which the company may answer is not over."""
    if at.case.due_on is not None and at.today > at.case.due_on:
        raise Refused("too_late", day=at.case.due_on)


@_guard
def overdue(at: Situation) -> None:
    """The day until which the company may answer is over."""
    if at.case.due_on is None or at.today <= at.case.due_on:
        raise Refused("not_overdue")


@_guard
def not_reminded(at: Situation) -> None:
    """The company was not reminded before; it is reminded once."""
    before = select(CaseEvent.id).filter_by(case_id=at.case.id, action="remind")
    if at.session.scalars(before).first() is not None:
        raise Refused("reminded_before")


@_guard
def calendar_reaches(at: Situation) -> None:
    """The calendar knows all days of a publicity that starts today."""
    at.in_days(Deadline.PUBLICITY)


@_guard
def publicity_open(at: Situation) -> None:
    """The list is still open to objections."""
    if at.today > at.publicity.last_day:
        raise Refused("publicity_closed", day=at.publicity.last_day)


@_guard
def publicity_over(at: Situation) -> None:
    """The list was public to its last day."""
    if at.today <= at.publicity.last_day:
        raise Refused("publicity_running", day=at.publicity.last_day)


@_guard
def no_open_objection(at: Situation) -> None:
    """Nobody waits for an answer to an objection."""
    waiting = select(Appeal.id).where(Appeal.case_id == at.case.id, Appeal.state.in_(UNDECIDED))
    if at.session.scalars(waiting).first() is not None:
        raise Refused("objection_waiting")

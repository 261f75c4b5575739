"""A company's own cases: where each stands, what it waits for, what happened. Never another's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.services.cases.lifecycle import STATES, State, moves_named
from webapp.services.cases.moves import events_of
from webapp.services.cases.opening import ACTION
from webapp.services.cases.refusals import Missing
from webapp.services.deadlines import Left, left
from webapp.services.people.roles import Role
from webapp.services.workdays import Workdays
from webapp.tables.cases import Appeal, CaseAccount, CaseEvent, CaseRow, FindingRow, Publicity

ANSWERS = {"notified": "confirm", "failed": "account"}
"""The states in which a case waits for the company, and what for."""
TOLD = frozenset({"suspend", "withdraw", "fail", "stand", "recover", "uphold", "reject"})
"""The moves whose words are for the company too; others are between colleagues."""


@dataclass(frozen=True, slots=True)
class OwnCase:
    """One case as its company sees it."""

    id: int
    measure: str
    period: int
    state: State
    version: int
    amount_fen: int | None
    due: Left | None
    opened_at: datetime

    @property
    def waits(self) -> str:
        """What the case waits for from the company, "" for nothing."""
        return ANSWERS.get(self.state.id, "")

    @property
    def may_appeal(self) -> bool:
        """Say whether an appeal is possible from where the case stands."""
        return self._has("appeal")

    @property
    def may_decline(self) -> bool:
        """Say whether the company may still say that it does not want it."""
        return self._has("decline")

    def _has(self, action: str) -> bool:
        return any(Role.COMPANY in move.roles for move in moves_named(action, self.state.id))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a case, with its words where they are for the company."""

    action: str
    after: str
    at: datetime
    by_company: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Whole:
    """One case with all that its company may know of it."""

    case: OwnCase
    finding: FindingRow
    frozen: bool
    steps: Sequence[Step]
    account: tuple[str, str] | None
    """The bank and the last digits of the account that was given."""
    publicity: str
    appeals: Sequence[Appeal]


def own_cases(session: Session, company: int, workdays: Workdays, today: date) -> list[OwnCase]:
    """List a company's cases: what waits for its answer first, then the newest move first."""
    rows = session.scalars(
        select(CaseRow)
        .where(CaseRow.company_id == company)
        .order_by(CaseRow.moved_at.desc(), CaseRow.id.desc())
    )
    cases = [_own(row, workdays, today) for row in rows]
    return sorted(cases, key=lambda case: not case.waits)


def waiting(session: Session, companies: Sequence[int]) -> dict[int, int]:
    """Count the cases that wait for each company's answer."""
    counted = (
        select(CaseRow.company_id, func.count())
        .where(CaseRow.company_id.in_(companies), CaseRow.state.in_(ANSWERS))
        .group_by(CaseRow.company_id)
    )
    return {int(company): int(n) for company, n in session.execute(counted)}


def row_of(session: Session, company: int, case: int) -> CaseRow:
    """Give a company's own case; anybody else's raises `Missing`, as one that never was."""
    row = session.get(CaseRow, case)
    if row is None or row.company_id != company:
        raise Missing
    return row


def whole(session: Session, company: int, case: int, workdays: Workdays, today: date) -> Whole:
    """Give all that a company may know of one of its cases."""
    row = row_of(session, company, case)
    account = session.get(CaseAccount, case)
    public = session.get(Publicity, row.publicity_id) if row.publicity_id else None
    return Whole(
        _own(row, workdays, today),
        finding_of(session, row),
        row.frozen_finding_id is not None,
        [_step(event) for event in events_of(session, case)],
        None if account is None else (account.bank, account.last_digits),
        "" if public is None else public.number,
        session.scalars(
            select(Appeal).filter_by(case_id=case, kind="appeal").order_by(Appeal.id)
        ).all(),
    )


def finding_of(session: Session, case: CaseRow) -> FindingRow:
    """Give what was found: as frozen with the list, else as the case was opened on."""
    return session.get_one(FindingRow, case.frozen_finding_id or case.finding_id)


def _own(row: CaseRow, workdays: Workdays, today: date) -> OwnCase:
    return OwnCase(
        row.id,
        row.measure_id,
        row.period,
        STATES[row.state],
        row.version,
        row.amount_fen,
        None if row.due_on is None else left(workdays, today, row.due_on),
        row.opened_at,
    )


def _step(event: CaseEvent) -> Step:
    action = "" if event.action == ACTION else event.action
    return Step(
        action,
        event.after,
        event.at,
        event.role == Role.COMPANY,
        event.reason if event.action in TOLD else "",
    )

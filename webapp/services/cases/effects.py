"""What a move changes beside the state: money that is reserved, spent or set free, the frozen finding.

Every effect runs in the unit of work of its move and is undone with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import CursorResult, insert, select, update

from webapp.services.cases.columns import Column
from webapp.services.cases.guards import Situation, budget_of
from webapp.services.cases.lifecycle import STATES, Move
from webapp.services.cases.refusals import Refused
from webapp.services.notices import NOTIFIED, tell
from webapp.services.people.roles import Actor
from webapp.services.vault import Vault
from webapp.tables.cases import CaseAccount
from webapp.tables.money import Budget, PaidRow, PaymentLine, Withdrawal

Changes = dict[str, Any]
Effect = Callable[[Situation, Actor, Vault], Changes]
EFFECTS: dict[str, Effect] = {}
_NAME_THEIR_BUDGET = (Column.PAUSED, Column.APPEAL, Column.PAY, Column.DONE, Column.RECOVER)
"""Where the money of a case stays reserved until it goes on, or is spent: the case says from which budget."""


def of(move: Move, after: str, actor: Actor, situation: Situation, vault: Vault) -> Changes:
    """Carry out what a move brings with it and give the changed columns of the case."""
    changes: Changes = {}
    if move.action in EFFECTS:
        changes |= EFFECTS[move.action](situation, actor, vault)
    changes |= _money(after, situation, changes)
    if move.action in NOTIFIED:
        case = situation.case
        tell(situation.session, case.company_id, f"case.{move.action}", case.id, situation.now)
    return changes


def _effect(function: Effect) -> Effect:
    EFFECTS[function.__name__] = function
    return function


@_effect
def freeze(at: Situation, actor: Actor, vault: Vault) -> Changes:
    """Keep the finding and the amount as they are now."""
    if at.proof is None:
        raise Refused("not_in_force")
    finding = at.prover.record(at.session, at.case.company_id, at.proof, at.now)
    return {"frozen_finding_id": finding, "amount_fen": at.proof.amount_fen}


# A case that comes back from 待细则 or from a missed term is frozen anew: rules and facts may differ.
EFFECTS["remind"] = EFFECTS["rules_arrive"] = freeze


@_effect
def send_back(at: Situation, actor: Actor, vault: Vault) -> Changes:
    """Forget what was frozen: the case is checked again from the start."""
    return {"frozen_finding_id": None, "amount_fen": None, "publicity_id": None}


@_effect
def uphold(at: Situation, actor: Actor, vault: Vault) -> Changes:
    """Check the case again from the start; of money that came already the decision is that it stays."""
    return {} if at.case.state == "disputed" else send_back(at, actor, vault)


@_effect
def confirm(at: Situation, actor: Actor, vault: Vault) -> Changes:
    """Keep the account, where one was asked for."""
    number = str(at.details.get("number", ""))
    if number:
        at.session.merge(
            CaseAccount(
                case_id=at.case.id,
                holder=at.details["holder"],
                bank=at.details["bank"],
                number_sealed=vault.seal(number),
                last_digits=number[-4:],
                given_by=cast(int, actor.id),
                given_at=at.now,
            )
        )
    return {}


EFFECTS["new_account"] = confirm


@_effect
def publicise(at: Situation, actor: Actor, vault: Vault) -> Changes:
    """Put the case on its public list."""
    return {"publicity_id": at.details["publicity"]}


@_effect
def pay(at: Situation, actor: Actor, vault: Vault) -> Changes:
    """Book the payment: from reserved to spent, and into the ledger."""
    line = _line(at)
    _spend(at, line.amount_fen)
    at.session.execute(
        insert(PaidRow).values(
            company_id=at.case.company_id,
            paid_to=at.case.measure_id,
            amount_fen=line.amount_fen,
            day=line.settled_on,
            line_id=line.id,
        )
    )
    return {}


EFFECTS["arrive"] = pay


@_effect
def suspend(at: Situation, actor: Actor, vault: Vault) -> Changes:
    """Withdraw the payment, where one was filed; its money stays reserved until the bank has answered."""
    if at.case.state == "filed":
        wanted = select(PaymentLine.id).filter_by(case_id=at.case.id, state="filed")
        line = at.session.scalars(wanted).one()
        at.session.execute(insert(Withdrawal).values(line_id=line, day=at.today))
    return {}


@_effect
def recover(at: Situation, actor: Actor, vault: Vault) -> Changes:
    """Book what came back against what was paid."""
    line = _line(at)
    booked = at.session.scalars(select(PaidRow).filter_by(line_id=line.id)).one()
    at.session.execute(
        insert(PaidRow).values(
            company_id=at.case.company_id,
            paid_to=booked.paid_to,
            amount_fen=-booked.amount_fen,
            day=at.today,
            recovers_id=booked.id,
        )
    )
    at.session.execute(
        update(Budget)
        .where(Budget.id == at.case.budget_id)
        .values(spent_fen=Budget.spent_fen - booked.amount_fen)
    )
    return {}


def _line(at: Situation) -> PaymentLine:
    return at.session.scalars(
        select(PaymentLine)
        .where(PaymentLine.case_id == at.case.id, PaymentLine.state == "paid")
        .order_by(PaymentLine.id.desc())
        .limit(1)
    ).one()


# --- budgets ---------------------------------------------------------------------------------------


def _money(after: str, at: Situation, changes: Changes) -> Changes:
    """Reserve or set free what the next state asks for; a reserved case names its budget."""
    reserved = at.case.budget_id
    amount = changes.get("amount_fen", at.case.amount_fen)
    if STATES[after].money and reserved is None and amount is not None:
        return {"budget_id": _reserve(at, amount)}
    if reserved is None or STATES[after].money or STATES[after].column in _NAME_THEIR_BUDGET:
        return {}
    _release(at, reserved)
    return {"budget_id": None}


def _reserve(at: Situation, amount: int) -> int:
    """Take an amount out of what is left, in one statement: of two at once the last yuan goes to one."""
    budget = budget_of(at)
    if budget is None:
        raise Refused("budget_missing", year=at.case.period)
    statement = (
        update(Budget)
        .where(
            Budget.id == budget.id,
            Budget.reserved_fen + Budget.spent_fen + amount <= Budget.total_fen,
        )
        .values(reserved_fen=Budget.reserved_fen + amount)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", at.session.execute(statement)).rowcount != 1:
        raise Refused("budget_exhausted", year=at.case.period)
    return budget.id


def _release(at: Situation, budget: int) -> None:
    at.session.execute(
        update(Budget)
        .where(Budget.id == budget)
        .values(reserved_fen=Budget.reserved_fen - at.case.amount_fen)
        .execution_options(synchronize_session=False)
    )


def _spend(at: Situation, amount: int) -> None:
    at.session.execute(
        update(Budget)
        .where(Budget.id == at.case.budget_id)
        .values(reserved_fen=Budget.reserved_fen - amount, spent_fen=Budget.spent_fen + amount)
        .execution_options(synchronize_session=False)
    )

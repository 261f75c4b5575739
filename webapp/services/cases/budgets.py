"""What may be spent on a measure in a year: set with a document, raised or lowered, never below what is bound."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from webapp.database import retrying
from webapp.services.audit.chain import Deed, append
from webapp.services.cases.moves import Casework
from webapp.services.cases.refusals import Missing, Refused, Stale
from webapp.services.people.roles import Actor, Permission, Role
from webapp.tables.columns import NAME
from webapp.tables.money import Budget

FIRST_YEAR, LAST_YEAR = 2000, 2100


def budgets(session: Session, year: int | None = None) -> list[Budget]:
    """List the budgets, the newest year first, each year by measure."""
    wanted = select(Budget).order_by(Budget.period.desc(), Budget.measure_id)
    return list(session.scalars(wanted if year is None else wanted.filter_by(period=year)))


def set_new(
    work: Casework,
    actor: Actor,
    measure: str,
    year: int | None,
    total_fen: int | None,
    document: str,
    now: datetime,
) -> int:
    """Set the first budget of a measure and a year."""
    if work.prover.measure(measure) is None:
        raise Refused("measure_unknown")
    if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused("budget_year", first=FIRST_YEAR, last=LAST_YEAR)
    total, document = _checked(actor, total_fen, document)

    def unit() -> int:
        with work.database.writing() as session:
            known = select(Budget.id).filter_by(measure_id=measure, period=year)
            if session.scalar(known) is not None:
                raise Refused("budget_there")
            row = Budget(measure_id=measure, period=year, total_fen=total, document_no=document)
            session.add(row)
            session.flush()
            _tell(session, work, actor, row.id, None, total, document, now)
            return row.id

    return retrying(unit)


def change(
    work: Casework,
    actor: Actor,
    budget: int,
    seen_fen: int,
    total_fen: int | None,
    document: str,
    now: datetime,
) -> None:
    """Change a budget that stood at ``seen_fen``; one statement, so that nothing reserved meanwhile is lost."""
    total, document = _checked(actor, total_fen, document)

    def unit() -> None:
        with work.database.writing() as session:
            statement = (
                update(Budget)
                .where(
                    Budget.id == budget,
                    Budget.total_fen == seen_fen,
                    Budget.reserved_fen + Budget.spent_fen <= total,
                )
                .values(total_fen=total, document_no=document)
                .execution_options(synchronize_session=False)
            )
            if cast("CursorResult[Any]", session.execute(statement)).rowcount != 1:
                _say_why(session, budget, seen_fen)
            _tell(session, work, actor, budget, seen_fen, total, document, now)

    retrying(unit)


def _say_why(session: Session, budget: int, seen_fen: int) -> None:
    row = session.get(Budget, budget)
    if row is None:
        raise Missing
    if row.total_fen != seen_fen:
        raise Stale("")
    bound = row.reserved_fen + row.spent_fen
    raise Refused("budget_below", least=f"{bound // 100}.{bound % 100:02d}")


def _checked(actor: Actor, total_fen: int | None, document: str) -> tuple[int, str]:
    if not actor.may(Permission.BUDGETS_SET):
        raise Refused("wrong_role", roles=[Role.FINANCE.value])
    if total_fen is None or total_fen <= 0:
        raise Refused("budget_amount")
    document = document.strip()
    if not document or len(document) > NAME or not document.isprintable():
        raise Refused("document_missing")
    return total_fen, document


def _tell(
    session: Session,
    work: Casework,
    actor: Actor,
    budget: int,
    before: int | None,
    after: int,
    document: str,
    now: datetime,
) -> None:
    deed = Deed(
        "budget.set" if before is None else "budget.change",
        "budget",
        str(budget),
        before="" if before is None else work.sealer.digest(before),
        after=work.sealer.digest([after, document]),
    )
    append(session, actor, Role.FINANCE.value, deed, now)

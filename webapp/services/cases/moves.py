"""Moving a case: one unit of work that looks, guards, writes, tells the audit, and commits or does nothing.

The move itself is one conditional UPDATE: of two people at once, one wins and the other is told where
the case stands. The same request sent again gets the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, insert, select, update
from sqlalchemy.orm import Session

from webapp.database import Database, retrying
from webapp.services.audit.chain import Deed, Sealer, append
from webapp.services.cases import effects, guards
from webapp.services.cases.lifecycle import RESUME, STATES, Move, moves_from, moves_named
from webapp.services.cases.proof import Prover
from webapp.services.cases.refusals import Missing, Refused, Stale
from webapp.services.people.roles import Actor, Role
from webapp.services.vault import Vault
from webapp.services.workdays import Workdays
from webapp.tables.cases import Answered, CaseEvent, CaseRow
from webapp.tables.registry import CompanyRow

_JOINT = ">"


@dataclass(frozen=True)
class Casework:
    """What casework needs: the database, who proves, who seals, the calendar and the terms.

    ``terms`` are working days by `Deadline`.
    """

    database: Database
    prover: Prover
    sealer: Sealer
    vault: Vault
    workdays: Workdays
    terms: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done with a case: ``seen`` is its version on the page, ``key`` names the wish.

    ``details`` are what an action needs: a confirmation's account, a publicity, a file's line.
    """

    case: int
    action: str
    seen: int
    key: str
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def digest(self, sealer: Sealer) -> str:
        """Give the digest of all that is wished, so that a key stands for one wish only.

        It is salted: an account number among the details could be guessed from a plain one.
        """
        return sealer.digest([self.case, self.action, self.seen, self.reason, dict(self.details)])


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a case stands after a move."""

    case: int
    state: str
    version: int


def move(work: Casework, actor: Actor, wish: Wish, now: datetime, today: date) -> Moved:
    """Move a case, or raise `Refused`; a refusal is told the audit and changes nothing else."""

    def unit() -> Moved:
        with work.database.writing() as session:
            return move_within(session, work, actor, wish, now, today)

    try:
        return retrying(unit)
    except Refused as refused:
        _tell_refusal(work, actor, wish, refused, now)
        raise


def move_within(
    session: Session, work: Casework, actor: Actor, wish: Wish, now: datetime, today: date
) -> Moved:
    """Move a case inside a unit of work that is open already."""
    # The row is held before anything is looked at: whoever waited for it sees what the first one did.
    case = session.get(CaseRow, wish.case, with_for_update=True)
    before = answered(session, work.sealer, actor, wish)
    if before is not None:
        return before
    if case is None or not _sees(actor, case):
        raise Missing
    if case.version != wish.seen:
        raise Stale(case.state)
    chosen = _chosen(session, work, actor, wish, case, now, today)
    return _carry_out(session, work, actor, wish, chosen, now)


def possible(actor: Actor, case: CaseRow) -> list[Move]:
    """List the moves that an actor's roles allow from where a case stands; guards are not asked."""
    return [
        item
        for item in moves_from(case.state)
        if item.roles & actor.roles and item.amount in (None, case.amount_fen is not None)
    ]


def against(
    session: Session, work: Casework, actor: Actor, wish: Wish, now: datetime, today: date
) -> Refused | None:
    """Say what stands against a wish as things are, without doing it; None where nothing does.

    Whether a budget suffices shows only when it is reserved, so that is not asked here.
    """
    case = session.get(CaseRow, wish.case)
    if case is None or not _sees(actor, case):
        return Missing()
    if case.version != wish.seen:
        return Stale(case.state)
    try:
        _chosen(session, work, actor, wish, case, now, today)
    except Refused as refused:
        return refused
    return None


@dataclass(frozen=True, slots=True)
class _Chosen:
    move: Move
    case: CaseRow
    situation: guards.Situation


def _sees(actor: Actor, case: CaseRow) -> bool:
    """Say whether a case is the actor's to know of; a company knows its own cases alone."""
    if actor.roles <= {Role.COMPANY}:
        return case.company_id in actor.companies
    return True


def answered(session: Session, sealer: Sealer, actor: Actor, wish: Wish) -> Moved | None:
    """Give the answer that a wish had before, if it was made before."""
    row = session.get(Answered, (actor.said, wish.key))
    if row is None:
        return None
    if row.digest != wish.digest(sealer):
        raise Refused("key_reused")
    case, state, version = row.answer.split(" ")
    return Moved(int(case), state, int(version))


def _chosen(
    session: Session,
    work: Casework,
    actor: Actor,
    wish: Wish,
    case: CaseRow,
    now: datetime,
    today: date,
) -> _Chosen:
    """Choose the move and ask everything that may stand against it."""
    named = moves_named(wish.action, case.state)
    if not named:
        raise Refused("no_such_move", state=case.state, action=wish.action)
    allowed = [item for item in named if item.roles & actor.roles]
    if not allowed:
        raise Refused("wrong_role", roles=sorted(set().union(*(item.roles for item in named))))
    situation = guards.Situation(
        session, work.prover, work.workdays, work.terms, case, wish.details, now, today
    )
    for item in allowed:
        if item.amount is None or item.amount is (situation.amount is not None):
            _check(session, actor, wish, case, item)
            guards.ask(item.guards, situation)
            return _Chosen(item, case, situation)
    raise Refused("amount_missing" if allowed[0].amount else "amount_stated")


def _check(session: Session, actor: Actor, wish: Wish, case: CaseRow, chosen: Move) -> None:
    if chosen.reason and not wish.reason.strip():
        raise Refused("reason_missing")
    if chosen.apart_from and actor.id is not None:
        made = session.scalars(
            select(CaseEvent.action).where(
                CaseEvent.case_id == case.id,
                CaseEvent.actor_id == actor.id,
                CaseEvent.action.in_(chosen.apart_from),
            )
        ).first()
        if made is not None:
            raise Refused("same_person", action=made)


def _carry_out(
    session: Session, work: Casework, actor: Actor, wish: Wish, chosen: _Chosen, now: datetime
) -> Moved:
    case, situation = chosen.case, chosen.situation
    after, resume = _after(chosen.move, case)
    changes: dict[str, Any] = {
        "state": after,
        "resume": resume,
        "version": case.version + 1,
        "moved_at": now,
        "due_on": _due_on(situation, after),
    }
    changes |= effects.of(chosen.move, after, actor, situation, work.vault)
    statement = (
        update(CaseRow)
        .where(CaseRow.id == case.id, CaseRow.state == case.state, CaseRow.version == wish.seen)
        .values(**changes)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", session.execute(statement)).rowcount != 1:
        raise Stale(case.state)
    role = _role(actor, chosen.move)
    _note(session, actor, role, wish, case, after, now)
    before, then = ({"case": case.id, "state": state} for state in (case.state, after))
    deed = Deed(
        f"case.{wish.action}",
        "case",
        str(case.id),
        before=work.sealer.digest(before),
        after=work.sealer.digest({**then, "reason": wish.reason, "details": dict(wish.details)}),
    )
    append(session, actor, role, deed, now)
    moved = Moved(case.id, after, case.version + 1)
    session.execute(
        insert(Answered).values(
            actor=actor.said,
            key=wish.key,
            digest=wish.digest(work.sealer),
            answer=f"{moved.case} {moved.state} {moved.version}",
            at=now,
        )
    )
    session.expire(case)
    return moved


def _after(chosen: Move, case: CaseRow) -> tuple[str, str]:
    """Give the state after a move and what is kept to return to: the states left, innermost last."""
    kept = case.resume.split(_JOINT) if case.resume else []
    if chosen.keeps:
        return chosen.after, _JOINT.join([*kept, STATES[case.state].back or case.state])
    if chosen.after == RESUME:
        return kept[-1], _JOINT.join(kept[:-1])
    return chosen.after, ""


def _due_on(situation: guards.Situation, state: str) -> date | None:
    term = STATES[state].due
    return None if term is None else situation.in_days(term)


def _role(actor: Actor, chosen: Move) -> str:
    return min(actor.roles & chosen.roles).value


def _note(
    session: Session,
    actor: Actor,
    role: str,
    wish: Wish,
    case: CaseRow,
    after: str,
    now: datetime,
) -> None:
    place = session.scalar(select(func.count()).where(CaseEvent.case_id == case.id)) or 0
    session.execute(
        insert(CaseEvent).values(
            case_id=case.id,
            place=place + 1,
            action=wish.action,
            before=case.state,
            after=after,
            actor_id=actor.id,
            role=role,
            reason=wish.reason,
            at=now,
        )
    )


def _tell_refusal(
    work: Casework, actor: Actor, wish: Wish, refused: Refused, now: datetime
) -> None:
    deed = Deed(f"case.{wish.action}", "case", str(wish.case), result=f"refused:{refused.code}")
    role = min(actor.roles).value if actor.roles else ""

    def unit() -> None:
        with work.database.writing() as session:
            append(session, actor, role, deed, now)

    retrying(unit)


def events_of(session: Session, case: int) -> Sequence[CaseEvent]:
    """List the moves of a case, the first one first."""
    return session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case).order_by(CaseEvent.place)
    ).all()


def company_of(session: Session, case: CaseRow) -> CompanyRow:
    """Give the company that a case is for."""
    return session.get_one(CompanyRow, case.company_id)

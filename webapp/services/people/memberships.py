"""Who acts for which company: a person asks, staff look at the papers and approve or refuse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CursorResult, func, insert, select, update
from sqlalchemy.orm import Session

from matcher.values import fold
from webapp.limits import MAX_MEMBERSHIPS
from webapp.services.audit.chain import Deed
from webapp.services.cases.refusals import Missing, Refused, Stale
from webapp.services.people.accounts import Accounts
from webapp.services.people.roles import Actor, Permission, Role
from webapp.services.people.sessions import APPROVED
from webapp.tables.columns import NAME
from webapp.tables.people import Membership, User
from webapp.tables.registry import CompanyRow


class State(StrEnum):
    """Where a membership stands."""

    ASKED = "asked"
    APPROVED = APPROVED
    REFUSED = "refused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Member:
    """One membership as the pages show it."""

    id: int
    user: int
    person: str
    login: str
    company: int
    company_name: str
    code: str
    state: State
    ground: str
    asked_at: datetime
    decided_at: datetime | None


def ask(accounts: Accounts, actor: Actor, code: str, now: datetime) -> int:
    """Ask to act for a company of the registry, by its credit code."""
    if actor.id is None or Role.COMPANY not in actor.roles:
        raise Refused("wrong_role", roles=[Role.COMPANY.value])
    wanted = fold(code).replace(" ", "").upper()
    person = actor.id

    def work(session: Session) -> int:
        company = session.scalar(select(CompanyRow.id).where(CompanyRow.code == wanted))
        if company is None:
            raise Refused("company_unknown")
        mine = select(func.count()).where(
            Membership.user_id == person,
            Membership.state.in_((State.ASKED.value, State.APPROVED.value)),
        )
        if (session.scalar(mine) or 0) >= MAX_MEMBERSHIPS:
            raise Refused("memberships_full", most=MAX_MEMBERSHIPS)
        row = session.scalars(
            select(Membership).filter_by(user_id=person, company_id=company)
        ).one_or_none()
        if row is None:
            made = {"user_id": person, "company_id": company, "state": State.ASKED.value}
            id_ = session.scalar(
                insert(Membership).values(**made, asked_at=now).returning(Membership.id)
            )
            return int(id_ or 0)
        if row.state in (State.ASKED, State.APPROVED):
            raise Refused("membership_there")
        _move(session, row.id, (State(row.state),), State.ASKED, asked_at=now, decided_by=None)
        return row.id

    deed = Deed("member.ask", "company", accounts.sealer.digest(wanted))
    return accounts.unit(actor, deed, work, now)


def decide(
    accounts: Accounts, actor: Actor, id_: int, approve: bool, ground: str, now: datetime
) -> None:
    """Approve or refuse; ``ground`` says on what papers. Nobody decides on a wish of one's own."""
    ground = ground.strip()
    if not actor.may(Permission.MEMBERS_DECIDE):
        raise Missing
    if not ground or len(ground) > NAME or not ground.isprintable():
        raise Refused("ground_missing", most=NAME)

    def work(session: Session) -> None:
        row = session.get(Membership, id_)
        if row is None:
            raise Missing
        if row.user_id == actor.id:
            raise Refused("same_person", action="ask")
        after = State.APPROVED if approve else State.REFUSED
        _move(
            session,
            id_,
            (State.ASKED,),
            after,
            ground=ground,
            decided_by=actor.id,
            decided_at=now,
        )

    action = "member.approve" if approve else "member.refuse"
    deed = Deed(action, "membership", str(id_), after=accounts.sealer.digest(ground))
    accounts.unit(actor, deed, work, now)


def end(accounts: Accounts, actor: Actor, id_: int, now: datetime) -> None:
    """End a membership: one's own, or, for staff who decide, anybody's."""

    def work(session: Session) -> None:
        row = session.get(Membership, id_)
        if row is None or not (row.user_id == actor.id or actor.may(Permission.MEMBERS_DECIDE)):
            raise Missing
        _move(
            session,
            id_,
            (State.ASKED, State.APPROVED),
            State.ENDED,
            decided_by=actor.id,
            decided_at=now,
        )

    accounts.unit(actor, Deed("member.end", "membership", str(id_)), work, now)


def waiting(session: Session) -> list[Member]:
    """List what is to be decided, the oldest first."""
    return _listed(session, Membership.state == State.ASKED.value)


def of_person(session: Session, user: int) -> list[Member]:
    """List for whom a person acts or asked to act."""
    return _listed(session, Membership.user_id == user)


def approved(session: Session, limit: int) -> list[Member]:
    """List the newest memberships that stand."""
    standing = Membership.state == State.APPROVED.value
    return _listed(session, standing, Membership.decided_at.desc(), limit)


def _listed(
    session: Session, wanted: Any, order: Any = Membership.asked_at, limit: int | None = None
) -> list[Member]:
    rows = session.execute(
        select(Membership, User, CompanyRow)
        .join(User, User.id == Membership.user_id)
        .join(CompanyRow, CompanyRow.id == Membership.company_id)
        .where(wanted)
        .order_by(order, Membership.id)
        .limit(limit)
    )
    return [
        Member(
            row.id,
            user.id,
            user.name,
            user.login,
            company.id,
            company.name,
            company.code,
            State(row.state),
            row.ground,
            row.asked_at,
            row.decided_at,
        )
        for row, user, company in rows
    ]


def _move(
    session: Session, id_: int, before: Iterable[State], after: State, **values: object
) -> None:
    statement = (
        update(Membership)
        .where(Membership.id == id_, Membership.state.in_([state.value for state in before]))
        .values(state=after.value, **values)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", session.execute(statement)).rowcount != 1:
        session.expire_all()
        row = session.get_one(Membership, id_)
        raise Stale(row.state)

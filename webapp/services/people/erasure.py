"""Erasing and keeping: what a person or a company said of itself goes; what was decided on it stays.

The audit is not touched: it holds numbers and salted digests alone. What a decision rests on, the facts
frozen for a case, stays as long as the case's file; everything else goes at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, and_, delete, exists, not_, or_, select, update
from sqlalchemy.orm import Session

from webapp.limits import (
    COMPANY_WHOLE,
    CONTACT_KEPT,
    GUESS_DAY,
    STAFF_WHOLE,
    UNUSED_ACCOUNT,
)
from webapp.services.audit.chain import Deed
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.accounts import Accounts
from webapp.services.people.memberships import State
from webapp.services.people.roles import STAFF, SYSTEM, Actor, Permission, Role
from webapp.services.people.sessions import end_all, roles_of
from webapp.services.people.users import ERASED
from webapp.services.registry.facts import DECLARED
from webapp.tables.cases import Appeal, CaseAccount, CaseRow, FactSnapshot, FindingRow, Notice
from webapp.tables.people import (
    Consent,
    Guess,
    Identity,
    LoginSession,
    Membership,
    SpareCode,
    User,
)
from webapp.tables.registry import FactConflict, FactRow

NOBODY = "已注销"
"""The name under which an erased account's number still stands beside what it did."""
OVER = ("declined", "archived", "withdrawn", "expired", "recovered")
"""States of a case that no longer needs the company's account number or a contact."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How much of a company went, and the cases whose files stay."""

    facts: int
    snapshots: int
    contacts: int
    accounts: int
    kept: tuple[int, ...]


def erase_person(accounts: Accounts, actor: Actor, user: int, now: datetime) -> None:
    """Erase a company's person: name, login, password, second factor. The number stays.

    The person itself or an administrator may ask. Staff are disabled, not erased: their names belong to
    decisions of others.
    """

    def work(session: Session) -> None:
        row = session.get(User, user)
        if row is None or not (actor.id == user or actor.may(Permission.USERS_MANAGE)):
            raise Missing
        if roles_of(session, user) & STAFF:
            raise Refused("erase_staff")
        _erase(session, user, now)

    accounts.unit(actor, Deed("account.erase", "user", str(user)), work, now)


def _erase(session: Session, user: int, now: datetime) -> None:
    session.execute(
        update(User)
        .where(User.id == user)
        .values(
            login=f"{ERASED}{user}",
            name=NOBODY,
            password_hash="",
            password_at=None,
            password_until=None,
            totp_secret=None,
            disabled_at=now,
        )
    )
    for table in (SpareCode, Identity):
        session.execute(delete(table).where(table.user_id == user))
    end_all(session, user)
    standing = Membership.state.in_((State.ASKED.value, State.APPROVED.value))
    session.execute(
        update(Membership)
        .where(Membership.user_id == user, standing)
        .values(state=State.ENDED.value, decided_at=now)
    )
    session.execute(update(Membership).where(Membership.user_id == user).values(ground=""))
    session.execute(delete(Notice).where(Notice.user_id == user))
    session.execute(
        update(Appeal)
        .where(Appeal.made_by == user, Appeal.decided_at.is_not(None))
        .values(contact_sealed="")
    )


def erase_company(accounts: Accounts, actor: Actor, company: int, now: datetime) -> Erased:
    """Erase what a company said of itself: declared facts, contacts, account numbers; end its consents.

    Its own people or an administrator may ask. A case that is not over keeps its contact and account: it
    could not go on without them. Facts frozen for a case stay with the case.
    """
    if not (actor.may(Permission.OWN_COMPANY, company) or actor.may(Permission.USERS_MANAGE)):
        raise Missing

    def work(session: Session) -> Erased:
        cases = session.execute(
            select(CaseRow.id, CaseRow.state).where(CaseRow.company_id == company)
        ).all()
        over = [id_ for id_, state in cases if state in OVER]
        erased = Erased(
            facts=_declared(session, company),
            snapshots=_unused_snapshots(session, company),
            contacts=_contacts(session, over),
            accounts=_count(session, delete(CaseAccount).where(CaseAccount.case_id.in_(over))),
            kept=tuple(sorted(id_ for id_, _ in cases)),
        )
        session.execute(
            update(Consent)
            .where(Consent.company_id == company, Consent.ended_at.is_(None))
            .values(ended_at=now)
        )
        return erased

    return accounts.unit(actor, Deed("company.erase", "company", str(company)), work, now)


def _declared(session: Session, company: int) -> int:
    """Delete declared facts, those of earlier times too, with the conflicts that they were part of."""
    declared = select(FactRow.id).where(
        FactRow.company_id == company, FactRow.assurance == DECLARED
    )
    session.execute(
        delete(FactConflict).where(
            or_(FactConflict.first_id.in_(declared), FactConflict.second_id.in_(declared))
        )
    )
    return _count(
        session,
        delete(FactRow).where(FactRow.company_id == company, FactRow.assurance == DECLARED),
    )


def _unused_snapshots(session: Session, company: int) -> int:
    """Delete findings that no case rests on, and the snapshots that are left without a finding."""
    used = exists().where(
        or_(CaseRow.finding_id == FindingRow.id, CaseRow.frozen_finding_id == FindingRow.id)
    )
    session.execute(delete(FindingRow).where(FindingRow.company_id == company, not_(used)))
    needed = exists().where(FindingRow.snapshot_id == FactSnapshot.id)
    return _count(
        session, delete(FactSnapshot).where(FactSnapshot.company_id == company, not_(needed))
    )


def _contacts(session: Session, cases: Iterable[int]) -> int:
    return _count(
        session,
        update(Appeal)
        .where(
            Appeal.case_id.in_(list(cases)),
            Appeal.decided_at.is_not(None),
            Appeal.contact_sealed != "",
        )
        .values(contact_sealed=""),
    )


def expire(accounts: Accounts, now: datetime) -> dict[str, int]:
    """Delete what was kept long enough, and say how much of each kind; safe to run at any time.

    The terms stand in `webapp.limits`.
    """

    def work(session: Session) -> dict[str, int]:
        oldest = now - max(STAFF_WHOLE, COMPANY_WHOLE)
        minute = int(now.timestamp()) // 60
        unused = _unused_accounts(session, now)
        for user in unused:
            _erase(session, user, now)
        over = select(CaseRow.id).where(
            CaseRow.state.in_(OVER), CaseRow.moved_at < now - CONTACT_KEPT
        )
        return {
            "sessions": _count(
                session, delete(LoginSession).where(LoginSession.created_at < oldest)
            ),
            "guesses": _count(session, delete(Guess).where(Guess.minute <= minute - GUESS_DAY)),
            "users": len(unused),
            "contacts": _count(
                session,
                update(Appeal)
                .where(Appeal.decided_at < now - CONTACT_KEPT, Appeal.contact_sealed != "")
                .values(contact_sealed=""),
            ),
            "accounts": _count(session, delete(CaseAccount).where(CaseAccount.case_id.in_(over))),
        }

    return accounts.unit(SYSTEM, Deed("account.expire", "user", ""), work, now)


def _unused_accounts(session: Session, now: datetime) -> list[int]:
    """List companies' people whom no company was ever approved for, or whose last one has long ended."""
    recent = exists().where(
        and_(
            Membership.user_id == User.id,
            or_(
                Membership.state == State.APPROVED.value,
                Membership.asked_at >= now - UNUSED_ACCOUNT,
                Membership.decided_at >= now - UNUSED_ACCOUNT,
            ),
        )
    )
    old = session.scalars(
        select(User.id).where(
            User.created_at < now - UNUSED_ACCOUNT, User.disabled_at.is_(None), not_(recent)
        )
    ).all()
    return [user for user in old if roles_of(session, user) == {Role.COMPANY}]


def _count(session: Session, statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount

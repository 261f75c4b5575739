"""Erasing and keeping: what a person or a company said of itself goes; what was decided on it stays.

The audit is not touched: it holds numbers and salted digests alone. What a decision rests on, the facts
frozen for a case, stays as long as the case's file, and of a case that was paid its appeals with their
evidence; everything else goes at once.
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
from webapp.services.cases.appeals import APPEAL
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.evidence import Store
from webapp.services.following import retention as following
from webapp.services.people.accounts import Accounts
from webapp.services.people.consents import allowed, withhold
from webapp.services.people.memberships import State
from webapp.services.people.roles import STAFF, SYSTEM, Actor, Permission, Role
from webapp.services.people.sessions import end_all, roles_of
from webapp.services.people.users import ERASED
from webapp.services.registry.erasure import forget_declared
from webapp.tables.calls import Call, CallAnswer
from webapp.tables.cases import (
    Appeal,
    CaseAccount,
    CaseEvent,
    CaseRow,
    Contact,
    Evidence,
    FactSnapshot,
    FindingRow,
    Note,
    Notice,
)
from webapp.tables.money import PaymentLine
from webapp.tables.people import (
    Guess,
    Identity,
    LoginSession,
    Membership,
    SpareCode,
    User,
)

FORGOTTEN = "(已按企业的请求删除)"
"""What stands where a company's statement stood."""
NOBODY = "已注销"
"""The name under which an erased account's number still stands beside what it did."""
OVER = ("declined", "archived", "withdrawn", "expired", "recovered")
"""States of a case that no longer needs the company's account number or a contact."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How much of a company went, and the cases whose files stay."""

    facts: int
    snapshots: int
    notes: int
    appeals: int
    files: int
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
    following.forget_person(session, user, now)
    session.execute(delete(Notice).where(Notice.user_id == user))
    session.execute(
        update(Appeal)
        .where(Appeal.made_by == user, Appeal.decided_at.is_not(None))
        .values(contact_sealed="")
    )


def erase_company(
    accounts: Accounts,
    store: Store,
    actor: Actor,
    company: int,
    custodians: frozenset[str],
    now: datetime,
) -> Erased:
    """Erase what a company said of itself, in facts, to the desk and in appeals; take all its consents back.

    Its own people or an administrator may ask. A case that is not over keeps what was said in it, its
    contact and its account: it could not go on without them. ``custodians`` are all there are.
    """
    if not (actor.may(Permission.OWN_COMPANY, company) or actor.may(Permission.USERS_MANAGE)):
        raise Missing
    if actor.id is None:
        raise Missing
    person = actor.id

    def work(session: Session) -> tuple[Erased, list[str]]:
        cases = session.execute(
            select(CaseRow.id, CaseRow.state).where(CaseRow.company_id == company)
        ).all()
        over = [id_ for id_, state in cases if state in OVER]
        appeals, digests = _said_in(session, [id_ for id_ in over if not _paid(session, id_)])
        erased = Erased(
            facts=forget_declared(session, actor, company, now),
            snapshots=_unused_snapshots(session, company),
            notes=_said_to_the_desk(session, company),
            appeals=appeals,
            files=len(digests),
            contacts=_contacts(session, over),
            accounts=_count(session, delete(CaseAccount).where(CaseAccount.case_id.in_(over))),
            kept=tuple(sorted(id_ for id_, _ in cases)),
        )
        following.forget_company(session, company, now)
        withhold(session, person, company, custodians | allowed(session, company), now)
        return erased, digests

    deed = Deed("company.erase", "company", str(company))
    erased, digests = accounts.unit(actor, deed, work, now)
    # After the commit, so that no row ever names a file that is gone; what a killed process leaves here
    # goes with the next `mianshen cases sweep-evidence`.
    store.sweep(accounts.database, digests)
    return erased


def _paid(session: Session, case: int) -> bool:
    """Say whether a case was ever in a payment file: what it was paid on must stay provable."""
    return session.scalar(select(PaymentLine.id).filter_by(case_id=case).limit(1)) is not None


def _said_in(session: Session, cases: Iterable[int]) -> tuple[int, list[str]]:
    """Erase what a company said in cases: reasons, appeals that were decided, and their evidence.

    Objections are other people's and stay. Gives the number of appeals and the digests of the files.
    """
    ids = list(cases)
    appeals = session.scalars(
        select(Appeal.id).where(
            Appeal.case_id.in_(ids), Appeal.kind == APPEAL, Appeal.decided_at.is_not(None)
        )
    ).all()
    of_appeals = Evidence.appeal_id.in_(appeals)
    digests = list(session.scalars(select(Evidence.sha256).where(of_appeals)))
    session.execute(delete(Evidence).where(of_appeals))
    session.execute(
        update(Appeal)
        .where(Appeal.id.in_(appeals))
        .values(statement=FORGOTTEN, disputed="[]", reply="")
    )
    own = CaseEvent.role == Role.COMPANY.value
    session.execute(update(CaseEvent).where(CaseEvent.case_id.in_(ids), own).values(reason=""))
    return len(appeals), digests


def _said_to_the_desk(session: Session, company: int) -> int:
    """Delete what staff noted of a company and what it was asked; that it was served stays, without what for."""
    calls = select(Call.id).where(Call.company_id == company)
    session.execute(delete(CallAnswer).where(CallAnswer.call_id.in_(calls)))
    session.execute(update(Call).where(Call.company_id == company).values(measure_id=""))
    session.execute(delete(Contact).where(Contact.company_id == company))
    return _count(session, delete(Note).where(Note.company_id == company))


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
            **following.expire(session, now),
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

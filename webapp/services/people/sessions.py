"""Signed-in browsers: a random token in a cookie, its digest in a table, roles read at every request.

A session may be half: the password was right, and a second factor, a new password or the switching on of
the second factor is still to come. Until then it opens nothing but that step.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from webapp.database import Database, retrying
from webapp.limits import COMPANY_IDLE, COMPANY_WHOLE, HALF_SESSION, STAFF_IDLE, STAFF_WHOLE
from webapp.services.people.passwords import Passwords
from webapp.services.people.roles import NOBODYS, STAFF, Actor, Role
from webapp.tables.people import LoginSession, Membership, User, UserRole

TOKEN_BYTES = 32
APPROVED = "approved"
_SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use is noted; a write at every request would be too much."""


class Pending(StrEnum):
    """What a half session still has to do, in this order."""

    SECOND = "second"
    PASSWORD = "password"  # noqa: S105 (the name of a step)
    ENROL = "enrol"


@dataclass(frozen=True, slots=True)
class Signed:
    """Who a browser is signed in as; ``login`` is shown to that person alone."""

    token_hash: str
    user: int
    login: str
    name: str
    roles: frozenset[Role]
    companies: frozenset[int]
    pending: Pending | None
    has_second: bool
    began: datetime

    def actor(self, request: str = "") -> Actor:
        """Give the person as services know it; of a half session nothing but its number."""
        if self.pending is not None:
            return Actor(self.user, self.name, request=request)
        return Actor(self.user, self.name, self.roles, self.companies, request)

    @property
    def staff(self) -> bool:
        """Say whether the person works here."""
        return bool(self.roles & STAFF)


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database, self._passwords = database, passwords

    def find(self, token: str, now: datetime) -> Signed | None:
        """Give who a token stands for; None where it is unknown, over, or its account is disabled."""
        hashed = digest(token)
        with self._database.reading() as session:
            found = session.execute(
                select(LoginSession, User)
                .join(User, User.id == LoginSession.user_id)
                .where(LoginSession.token_hash == hashed, User.disabled_at.is_(None))
            ).one_or_none()
            if found is None:
                return None
            row, user = found
            roles = roles_of(session, user.id)
            pending = self._pending(user, roles, row.second_at, now)
            if _over(row, bool(roles & STAFF), pending, now):
                return None
            signed = Signed(
                token_hash=hashed,
                user=user.id,
                login=user.login,
                name=user.name,
                roles=roles,
                companies=companies_of(session, user.id) if Role.COMPANY in roles else frozenset(),
                pending=pending,
                has_second=user.totp_secret is not None,
                began=row.created_at,
            )
            seen = row.seen_at
        if now - seen >= _SEEN_EVERY:
            self._note(hashed, now)
        return signed

    def end(self, token: str) -> None:
        """End one session."""

        def unit() -> None:
            with self._database.writing() as session:
                session.execute(
                    delete(LoginSession).where(LoginSession.token_hash == digest(token))
                )

        retrying(unit)

    def _note(self, hashed: str, now: datetime) -> None:
        def unit() -> None:
            with self._database.writing() as session:
                session.execute(
                    update(LoginSession)
                    .where(LoginSession.token_hash == hashed, LoginSession.seen_at < now)
                    .values(seen_at=now)
                )

        retrying(unit)

    def _pending(
        self, user: User, roles: frozenset[Role], second_at: datetime | None, now: datetime
    ) -> Pending | None:
        if user.totp_secret is not None and second_at is None:
            return Pending.SECOND
        if user.password_until is not None or self._passwords.expired(user.password_at, now):
            return Pending.PASSWORD
        if user.totp_secret is None and roles & STAFF:
            return Pending.ENROL
        return None


def open_within(session: Session, user: int, now: datetime, second: bool = False) -> str:
    """Open a session inside a unit of work and give its token, which is stored nowhere."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.execute(
        insert(LoginSession).values(
            token_hash=digest(token),
            user_id=user,
            created_at=now,
            seen_at=now,
            second_at=now if second else None,
        )
    )
    return token


def end_all(session: Session, user: int) -> None:
    """End all sessions of a person inside a unit of work."""
    session.execute(delete(LoginSession).where(LoginSession.user_id == user))


def end_one(session: Session, token_hash: str) -> None:
    """End one session inside a unit of work."""
    session.execute(delete(LoginSession).where(LoginSession.token_hash == token_hash))


def roles_of(session: Session, user: int) -> frozenset[Role]:
    """Give a person's roles; a role that the program no longer knows gives no right."""
    known = {role.value for role in Role if role not in NOBODYS}
    stored = session.scalars(select(UserRole.role).where(UserRole.user_id == user))
    return frozenset(Role(role) for role in stored if role in known)


def companies_of(session: Session, user: int) -> frozenset[int]:
    """Give the companies that a person may act for."""
    return frozenset(
        session.scalars(
            select(Membership.company_id).where(
                Membership.user_id == user, Membership.state == APPROVED
            )
        )
    )


def digest(token: str) -> str:
    """Give the digest under which a token is found."""
    return hashlib.sha256(token.encode()).hexdigest()


def _over(row: LoginSession, staff: bool, pending: Pending | None, now: datetime) -> bool:
    idle, whole = (STAFF_IDLE, STAFF_WHOLE) if staff else (COMPANY_IDLE, COMPANY_WHOLE)
    if pending is not None:
        idle = whole = HALF_SESSION
    return now - row.seen_at > idle or now - row.created_at > whole

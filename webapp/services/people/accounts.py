"""What everything about accounts needs, in one bundle, and the audit entry that each of its deeds leaves."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.database import Database, retrying
from webapp.limits import MAX_LOGIN
from webapp.services.audit.chain import EMPTY, Deed, Sealer, append
from webapp.services.cases.refusals import Refused
from webapp.services.people.guessing import Guessing
from webapp.services.people.passwords import Passwords
from webapp.services.people.roles import Actor
from webapp.services.people.second_factor import SecondFactor
from webapp.services.people.sessions import Sessions
from webapp.services.vault import Vault
from webapp.tables.columns import NAME
from webapp.tables.people import User

T = TypeVar("T")
MIN_LOGIN = 3
_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-@+")


@dataclass(frozen=True)
class Accounts:
    """Database, secrets and counters of one installation."""

    database: Database
    passwords: Passwords
    sessions: Sessions
    second: SecondFactor
    guessing: Guessing
    sealer: Sealer

    def unit(self, actor: Actor, deed: Deed, work: Callable[[Session], T], now: datetime) -> T:
        """Run a unit of work and tell the audit; a refusal is told too, and changes nothing else.

        The audit's head is taken first, so that units follow each other: what one of them looks at, such as
        who is an administrator, stays as it is until it commits.
        """

        def run() -> T:
            with self.database.writing() as session:
                tell(session, actor, deed, now)
                return work(session)

        try:
            return retrying(run)
        except Refused as refused:
            self.told(actor, replace(deed, result=f"refused:{refused.code}", after=EMPTY), now)
            raise

    def told(self, actor: Actor, deed: Deed, now: datetime) -> None:
        """Tell the audit of something that changed nothing: a refusal, a wrong password."""

        def run() -> None:
            with self.database.writing() as session:
                tell(session, actor, deed, now)

        retrying(run)


def accounts_of(
    database: Database, key: str, passwords: Passwords, older: Iterable[str] = ()
) -> Accounts:
    """Put the bundle together from the installation's key, of which each purpose has its own part.

    ``older`` keys still open what they sealed.
    """
    secret, before = key.encode(), [one.encode() for one in older]
    return Accounts(
        database=database,
        passwords=passwords,
        sessions=Sessions(database, passwords),
        second=SecondFactor(Vault(secret, *before), secret, *before),
        guessing=Guessing(database, secret),
        sealer=Sealer(secret),
    )


def tell(session: Session, actor: Actor, deed: Deed, now: datetime) -> None:
    """Add to the audit; a person with several roles is told with the first of them."""
    role = min(actor.roles).value if actor.roles else ""
    append(session, actor, role, deed, now)


def folded_login(typed: str) -> str:
    """Write a login name the one way it is stored."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


def good_login(typed: str) -> str:
    """Give a new login name as it is stored, or raise `Refused`."""
    login = folded_login(typed)
    if not MIN_LOGIN <= len(login) <= MAX_LOGIN or not set(login) <= _SIGNS:
        raise Refused("login_shape", least=MIN_LOGIN, most=MAX_LOGIN)
    return login


def good_name(typed: str) -> str:
    """Give a person's name without blanks at its ends, or raise `Refused`."""
    name = typed.strip()
    if not name or len(name) > NAME or not name.isprintable():
        raise Refused("name_shape", most=NAME)
    return name


def user_of(session: Session, login: str) -> User | None:
    """Find a person by the name that was typed."""
    return session.scalars(select(User).where(User.login == folded_login(login))).one_or_none()

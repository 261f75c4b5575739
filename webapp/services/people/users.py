"""Accounts of people: making them, their roles, one-time passwords, disabling. Nobody administers oneself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from webapp.limits import ONE_TIME_PASSWORD, REGISTER_WAITS
from webapp.services.audit.chain import Deed
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.accounts import Accounts, good_login, good_name, user_of
from webapp.services.people.guessing import Counter, network
from webapp.services.people.passwords import one_time
from webapp.services.people.roles import STAFF, SYSTEM, VISITOR, Actor, Role
from webapp.services.people.sessions import Signed, end_all, open_within, roles_of
from webapp.services.people.signing_in import Comer, renew
from webapp.tables.people import Identity, SpareCode, User, UserRole

ERASED = "erased-"
"""How the login of an erased account begins; no login that a person may choose has this form."""
OWN_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Person:
    """One account as the list shows it."""

    id: int
    login: str
    name: str
    roles: tuple[Role, ...]
    has_second: bool
    one_time: bool
    disabled_at: datetime | None
    created_at: datetime


def first(accounts: Accounts, login: str, name: str, now: datetime) -> str:
    """Make the first administrator and give the one-time password; refused where there is one."""

    def alone(session: Session) -> None:
        if administrators(session):
            raise Refused("administrator_exists")

    return _add(accounts, SYSTEM, login, name, (Role.ADMIN,), now, alone)


def add(
    accounts: Accounts, actor: Actor, login: str, name: str, roles: Iterable[Role], now: datetime
) -> str:
    """Make an account of staff and give its one-time password, which is stored nowhere."""
    return _add(accounts, actor, login, name, tuple(roles), now, lambda session: None)


def _add(
    accounts: Accounts,
    actor: Actor,
    login: str,
    name: str,
    roles: tuple[Role, ...],
    now: datetime,
    first_ask: Callable[[Session], None],
) -> str:
    login, name = good_login(login), good_name(name)
    _check_roles(roles)
    password = one_time()
    hashed = accounts.passwords.hash(password)
    deed = Deed(
        "account.add",
        "user",
        accounts.sealer.digest(login),
        after=accounts.sealer.digest(sorted(roles)),
    )

    def work(session: Session) -> None:
        first_ask(session)
        _free(session, login)
        user = User(
            login=login,
            name=name,
            password_hash=hashed,
            password_at=now,
            password_until=now + ONE_TIME_PASSWORD,
            created_at=now,
        )
        session.add(user)
        session.flush()
        _give(session, user.id, roles)

    accounts.unit(actor, deed, work, now)
    return password


def register(
    accounts: Accounts, login: str, name: str, password: str, comer: Comer, now: datetime
) -> str:
    """Make an account of a company's person, sign it in and give the session's token.

    It may do nothing until staff approved it for a company.
    """
    login, name = good_login(login), good_name(name)
    accounts.passwords.refuse(password, staff=False, personal=(login, name))
    counter = Counter("register", network(comer.address), OWN_MINUTES, REGISTER_WAITS)
    accounts.guessing.begin([counter], now)
    hashed = accounts.passwords.hash(password)

    def work(session: Session) -> str:
        _free(session, login)
        user = User(login=login, name=name, password_hash=hashed, password_at=now, created_at=now)
        session.add(user)
        session.flush()
        _give(session, user.id, (Role.COMPANY,))
        return open_within(session, user.id, now)

    deed = Deed("account.register", "user", accounts.sealer.digest(login))
    return accounts.unit(Actor(None, VISITOR.name, request=comer.request), deed, work, now)


def change_password(
    accounts: Accounts, signed: Signed, password: str, request: str, now: datetime
) -> str:
    """Set a new password, end all sessions of the person and give a new one for this browser.

    The caller has asked for the old password just before (`signing_in.confirm_password`).
    """
    accounts.passwords.refuse(password, signed.staff, (signed.login, signed.name))
    with accounts.database.reading() as session:
        old = session.scalar(select(User.password_hash).where(User.id == signed.user))
    if accounts.passwords.check(old, password).right:
        raise Refused("password_same")
    hashed = accounts.passwords.hash(password)

    def work(session: Session) -> str:
        session.execute(
            update(User)
            .where(User.id == signed.user)
            .values(password_hash=hashed, password_at=now, password_until=None)
        )
        return renew(session, signed, now)

    deed = Deed("account.password", "user", str(signed.user))
    return accounts.unit(signed.actor(request), deed, work, now)


def reset(accounts: Accounts, actor: Actor, user: int, second: bool, now: datetime) -> str:
    """Give a person a one-time password, and take the second factor away where it was lost."""
    password = one_time()
    hashed = accounts.passwords.hash(password)

    def work(session: Session) -> None:
        _other(session, actor, user)
        values: dict[str, object] = {
            "password_hash": hashed,
            "password_at": now,
            "password_until": now + ONE_TIME_PASSWORD,
        }
        if second:
            values["totp_secret"] = None
            session.execute(delete(SpareCode).where(SpareCode.user_id == user))
        session.execute(update(User).where(User.id == user).values(**values))
        end_all(session, user)

    action = "account.reset_second" if second else "account.reset"
    accounts.unit(actor, Deed(action, "user", str(user)), work, now)
    return password


def disable(accounts: Accounts, actor: Actor, user: int, now: datetime) -> None:
    """Close an account; its sessions end at once."""

    def work(session: Session) -> None:
        _other(session, actor, user)
        _keep_one(session, user)
        session.execute(
            update(User).where(User.id == user, User.disabled_at.is_(None)).values(disabled_at=now)
        )
        end_all(session, user)

    accounts.unit(actor, Deed("account.disable", "user", str(user)), work, now)


def enable(accounts: Accounts, actor: Actor, user: int, now: datetime) -> None:
    """Open an account again that was disabled; an erased one stays closed."""

    def work(session: Session) -> None:
        if _other(session, actor, user).login.startswith(ERASED):
            raise Refused("account_erased")
        session.execute(update(User).where(User.id == user).values(disabled_at=None))

    accounts.unit(actor, Deed("account.enable", "user", str(user)), work, now)


def set_roles(
    accounts: Accounts, actor: Actor, user: int, roles: Iterable[Role], now: datetime
) -> None:
    """Set what a person is; it counts from the next request on."""
    wanted = tuple(sorted(set(roles)))
    _check_roles(wanted)

    def work(session: Session) -> None:
        _other(session, actor, user)
        if Role.COMPANY in roles_of(session, user):
            raise Refused("roles_of_company")
        if Role.ADMIN not in wanted:
            _keep_one(session, user)
        session.execute(delete(UserRole).where(UserRole.user_id == user))
        _give(session, user, wanted)

    after = accounts.sealer.digest(wanted)
    accounts.unit(actor, Deed("account.roles", "user", str(user), after=after), work, now)


def link(
    accounts: Accounts, signed: Signed, issuer: str, subject: str, request: str, now: datetime
) -> None:
    """Let an account of the identity service open this account from now on."""

    def work(session: Session) -> None:
        taken = session.get(Identity, (issuer, subject))
        if taken is not None and taken.user_id != signed.user:
            raise Refused("identity_taken")
        if taken is None:
            session.execute(
                insert(Identity).values(
                    issuer=issuer, subject=subject, user_id=signed.user, linked_at=now
                )
            )

    deed = Deed("account.link", "user", str(signed.user))
    accounts.unit(signed.actor(request), deed, work, now)


def linked(accounts: Accounts, user: int) -> int:
    """Count the accounts of the identity service that open an account."""
    with accounts.database.reading() as session:
        return session.scalar(select(func.count()).where(Identity.user_id == user)) or 0


def unlink(accounts: Accounts, signed: Signed, request: str, now: datetime) -> None:
    """Let no account of the identity service open this account any more."""

    def work(session: Session) -> None:
        session.execute(delete(Identity).where(Identity.user_id == signed.user))

    deed = Deed("account.unlink", "user", str(signed.user))
    accounts.unit(signed.actor(request), deed, work, now)


def switch_on_second(
    accounts: Accounts, signed: Signed, secret: str, step: int, request: str, now: datetime
) -> tuple[str, list[str]]:
    """Switch a second factor on; give a new session's token and the spare codes."""

    def work(session: Session) -> tuple[str, list[str]]:
        codes = accounts.second.switch_on(session, signed.user, secret, step)
        return renew(session, signed, now, second=True), codes

    deed = Deed("account.second_on", "user", str(signed.user))
    return accounts.unit(signed.actor(request), deed, work, now)


def new_spares(accounts: Accounts, signed: Signed, request: str, now: datetime) -> list[str]:
    """Make new spare codes."""

    def work(session: Session) -> list[str]:
        if not signed.has_second:
            raise Refused("second_missing")
        return accounts.second.new_spares(session, signed.user)

    deed = Deed("account.spares", "user", str(signed.user))
    return accounts.unit(signed.actor(request), deed, work, now)


def listed(session: Session, staff: bool = True) -> list[Person]:
    """List the accounts of staff, or of companies' people, by login."""
    rows = session.scalars(select(User).order_by(User.login)).all()
    people = [_person(session, row) for row in rows if not row.login.startswith(ERASED)]
    return [one for one in people if staff is (Role.COMPANY not in one.roles)]


def person(session: Session, user: int) -> Person:
    """Give one account, or raise `Missing`."""
    row = session.get(User, user)
    if row is None:
        raise Missing
    return _person(session, row)


def by_login(session: Session, login: str) -> Person:
    """Give the account of a login, or raise `Missing`."""
    row = user_of(session, login)
    if row is None:
        raise Missing
    return _person(session, row)


def administrators(session: Session) -> list[str]:
    """List the names of those who may be asked for a role."""
    return list(
        session.scalars(
            select(User.name)
            .join(UserRole, UserRole.user_id == User.id)
            .where(UserRole.role == Role.ADMIN.value, User.disabled_at.is_(None))
            .order_by(User.name)
        )
    )


def _person(session: Session, row: User) -> Person:
    return Person(
        row.id,
        row.login,
        row.name,
        tuple(role for role in Role if role in roles_of(session, row.id)),
        row.totp_secret is not None,
        row.password_until is not None,
        row.disabled_at,
        row.created_at,
    )


def _other(session: Session, actor: Actor, user: int) -> User:
    """Give the account that an actor wants to change: somebody else's, never the actor's own."""
    row = session.get(User, user)
    if row is None:
        raise Missing
    if actor.id == user:
        raise Refused("own_account")
    return row


def _keep_one(session: Session, user: int) -> None:
    """Refuse to leave nobody who could give roles."""
    others = (
        select(func.count())
        .select_from(User)
        .join(UserRole, UserRole.user_id == User.id)
        .where(UserRole.role == Role.ADMIN.value, User.disabled_at.is_(None), User.id != user)
    )
    if Role.ADMIN in roles_of(session, user) and not session.scalar(others):
        raise Refused("last_administrator")


def _check_roles(roles: tuple[Role, ...]) -> None:
    if not roles or not set(roles) <= STAFF:
        raise Refused("roles_missing")


def _free(session: Session, login: str) -> None:
    if login.startswith(ERASED) or user_of(session, login) is not None:
        raise Refused("login_taken")


def _give(session: Session, user: int, roles: Iterable[Role]) -> None:
    session.execute(insert(UserRole), [{"user_id": user, "role": role.value} for role in roles])

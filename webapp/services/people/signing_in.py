"""Coming in: password, second factor, spare code, identity service; going out.

Whatever is wrong, the answer is the same and costs the same: nobody learns from it which accounts exist.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.limits import ACCOUNT_WAITS, ADDRESS_WAITS, CODE_WAITS, GUESS_DAY, GUESS_HOUR
from webapp.services.audit.chain import Deed
from webapp.services.cases.refusals import Refused
from webapp.services.people.accounts import Accounts, folded_login, user_of
from webapp.services.people.guessing import Counter, network
from webapp.services.people.roles import VISITOR, Actor
from webapp.services.people.sessions import Signed, end_all, end_one, open_within
from webapp.tables.people import Identity, LoginSession, User

_DEVICE_JOINT, _DEVICES_JOINT, _DEVICES_KEPT = ".", "_", 4


@dataclass(frozen=True, slots=True)
class Comer:
    """Where a try comes from: the address, the request, and what this browser proved before."""

    address: str
    request: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was opened: its token, and what the browser keeps to be known again."""

    token: str
    device: str


class Devices:
    """Knows browsers in which a person came in before, so that strangers cannot keep the person out.

    Wrong tries of strangers count for the account as a whole, tries in a known browser for that alone.
    """

    def __init__(self, newest: bytes, *older: bytes) -> None:
        self._keys = [
            hmac.digest(key, b"mianshen known browsers", "sha256") for key in (newest, *older)
        ]

    def make(self, login: str) -> str:
        """Make what a browser keeps; it opens nothing and names nobody."""
        nonce = secrets.token_hex(16)
        return nonce + _DEVICE_JOINT + _mac(self._keys[0], login, nonce)

    def joined(self, kept: str, made: str) -> str:
        """Put a new one before those that a browser keeps already; several people may share it."""
        return _DEVICES_JOINT.join([made, *kept.split(_DEVICES_JOINT)[: _DEVICES_KEPT - 1]])

    def nonce(self, login: str, kept: str) -> str:
        """Give the number of a browser that is known for a login, "" where it is not."""
        for one in kept.split(_DEVICES_JOINT)[:_DEVICES_KEPT]:
            nonce, _, mac = one.partition(_DEVICE_JOINT)
            for key in self._keys:
                if hmac.compare_digest(mac.encode(), _mac(key, login, nonce).encode()):
                    return nonce
        return ""


def _mac(key: bytes, login: str, nonce: str) -> str:
    return hmac.new(key, f"{login}\0{nonce}".encode(), "sha256").hexdigest()


def with_password(
    accounts: Accounts, devices: Devices, login: str, password: str, comer: Comer, now: datetime
) -> Opened:
    """Open a session, half where more is to come; raises `TooSoon` or `Refused("login_wrong")`."""
    name = folded_login(login)
    counters = _counters(name, devices.nonce(name, comer.device), comer)
    accounts.guessing.begin(counters, now)
    with accounts.database.reading() as session:
        user = user_of(session, name)
        stored = user.password_hash if user else None
        over = user is not None and (
            user.disabled_at is not None
            or (user.password_until is not None and user.password_until < now)
        )
        id_ = user.id if user else None
    # Not inside a unit of work: a hash takes long on purpose.
    checked = accounts.passwords.check(stored, password)
    actor = Actor(None, VISITOR.name, request=comer.request)
    if id_ is None or over or not checked.right:
        object_id = str(id_) if id_ else accounts.sealer.digest(name)
        accounts.told(actor, Deed("account.login", "user", object_id, "refused:login_wrong"), now)
        raise Refused("login_wrong")
    fresh = accounts.passwords.hash(password) if checked.stale else None
    token = _open(accounts, id_, fresh, comer, now)
    accounts.guessing.right(counters, now)
    return Opened(token, devices.make(name))


def _counters(login: str, nonce: str, comer: Comer) -> list[Counter]:
    account = Counter("account", f"{login} {nonce}", GUESS_HOUR, ACCOUNT_WAITS, forgives=True)
    return [account, Counter("address", network(comer.address), GUESS_HOUR, ADDRESS_WAITS)]


def _open(accounts: Accounts, user: int, fresh: str | None, comer: Comer, now: datetime) -> str:
    actor = Actor(user, "", request=comer.request)

    def work(session: Session) -> str:
        if fresh is not None:
            session.execute(update(User).where(User.id == user).values(password_hash=fresh))
        return open_within(session, user, now)

    return accounts.unit(actor, Deed("account.login", "user", str(user)), work, now)


def with_code(accounts: Accounts, signed: Signed, typed: str, request: str, now: datetime) -> str:
    """Give a whole session for a half one and a right code; the half one ends.

    Raises `TooSoon` or `Refused("code_wrong")`.
    """
    counter = Counter("second", str(signed.user), GUESS_DAY, CODE_WAITS, forgives=True)
    accounts.guessing.begin([counter], now)
    actor = Actor(signed.user, signed.name, request=request)
    deed = Deed("account.second", "user", str(signed.user))

    def work(session: Session) -> str:
        if not accounts.second.take(session, signed.user, typed, now):
            raise Refused("code_wrong")
        end_one(session, signed.token_hash)
        return open_within(session, signed.user, now, second=True)

    token = accounts.unit(actor, deed, work, now)
    accounts.guessing.right([counter], now)
    return token


def with_identity(
    accounts: Accounts, issuer: str, subject: str, comer: Comer, now: datetime
) -> str:
    """Open a session for somebody whom the identity service vouches for; a second factor is still asked.

    Only the service's own number of a person counts, never a mail address or a name.
    """
    with accounts.database.reading() as session:
        user = session.scalars(
            select(User.id)
            .join(Identity, Identity.user_id == User.id)
            .where(
                Identity.issuer == issuer,
                Identity.subject == subject,
                User.disabled_at.is_(None),
            )
        ).one_or_none()
    if user is None:
        unknown = accounts.sealer.digest([issuer, subject])
        actor = Actor(None, VISITOR.name, request=comer.request)
        accounts.told(actor, Deed("account.identity", "user", unknown, "refused:unlinked"), now)
        raise Refused("identity_unlinked")
    return _open(accounts, user, None, comer, now)


def leave(accounts: Accounts, signed: Signed, request: str, now: datetime) -> None:
    """End a session."""

    def work(session: Session) -> None:
        end_one(session, signed.token_hash)

    accounts.unit(
        signed.actor(request), Deed("account.logout", "user", str(signed.user)), work, now
    )


def renew(session: Session, signed: Signed, now: datetime, second: bool = False) -> str:
    """End all sessions of a person inside a unit of work and open a new one for this browser."""
    given = session.scalar(
        select(LoginSession.second_at).where(LoginSession.token_hash == signed.token_hash)
    )
    end_all(session, signed.user)
    return open_within(session, signed.user, now, second=second or given is not None)


def confirm_password(
    accounts: Accounts, signed: Signed, password: str, request: str, now: datetime
) -> None:
    """Ask for the password once more before something is changed; raises `TooSoon` or `Refused`."""
    counter = Counter("again", str(signed.user), GUESS_HOUR, ACCOUNT_WAITS, forgives=True)
    accounts.guessing.begin([counter], now)
    with accounts.database.reading() as session:
        stored = session.scalar(select(User.password_hash).where(User.id == signed.user))
    if not accounts.passwords.check(stored, password).right:
        deed = Deed("account.confirm", "user", str(signed.user), "refused:password_wrong")
        accounts.told(signed.actor(request), deed, now)
        raise Refused("password_wrong")
    accounts.guessing.right([counter], now)

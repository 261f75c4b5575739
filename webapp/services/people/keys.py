"""API keys of other systems: made and revoked by 管理, found by the digest of a secret that is stored nowhere."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from matcher.vocabulary.model import Vocabulary
from webapp.database import retrying
from webapp.limits import KEY_DAY, KEY_DAYS, KEY_MINUTE, MAX_KEY_DAY, MAX_KEY_DAYS, MAX_KEY_MINUTE
from webapp.services.audit.chain import Deed
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.accounts import Accounts, good_name
from webapp.services.people.custodians import known_custodians
from webapp.services.people.roles import SCOPES, Actor, Permission, Role
from webapp.services.quotas import Quota
from webapp.tables.api import ApiKey

PREFIX = "mianshen_"
"""How every secret begins, so that one that lies about is recognised."""
_BYTES, _SHOWN = 32, len(PREFIX) + 6
_SEEN = timedelta(minutes=1)
OBJECT = "api_key"
"""What the audit calls a key."""


class NoKey(Refused):
    """What came with a request opens nothing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key as it is asked for; ``days`` is how long it works."""

    name: str
    scopes: frozenset[str] = frozenset()
    custodian: str = ""
    per_minute: int = KEY_MINUTE
    per_day: int = KEY_DAY
    days: int = KEY_DAYS


@dataclass(frozen=True, slots=True)
class Key:
    """A key as lists show it."""

    id: int
    name: str
    shown: str
    scopes: tuple[Permission, ...]
    custodian: str
    per_minute: int
    per_day: int
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None

    def state(self, now: datetime) -> str:
        """Say in a word whether the key works: open, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "open" if now < self.expires_at else "expired"


@dataclass(frozen=True, slots=True)
class Caller:
    """Another system that came with a key, and how often it may come."""

    actor: Actor
    quota: Quota = field(default_factory=lambda: Quota(KEY_MINUTE, KEY_DAY))


def add(
    accounts: Accounts, actor: Actor, wanted: Wanted, vocabulary: Vocabulary, now: datetime
) -> tuple[int, str]:
    """Make a key; gives its number and its secret, which nobody can give again."""
    name = good_name(wanted.name)
    scopes = _scopes(wanted.scopes)
    _check(wanted, scopes, vocabulary)
    secret = PREFIX + secrets.token_urlsafe(_BYTES)
    told = [name, scopes, wanted.custodian, wanted.per_minute, wanted.per_day, wanted.days]
    shown = secret[:_SHOWN]
    deed = Deed("key.add", OBJECT, shown, after=accounts.sealer.digest(told))

    def work(session: Session) -> int:
        row = ApiKey(
            name=name,
            shown=shown,
            digest=_digest(secret),
            scopes=" ".join(scopes),
            custodian=wanted.custodian,
            per_minute=wanted.per_minute,
            per_day=wanted.per_day,
            expires_at=now + timedelta(days=wanted.days),
            made_by=actor.id,
            made_at=now,
        )
        session.add(row)
        session.flush()
        return row.id

    return accounts.unit(actor, deed, work, now), secret


def revoke(accounts: Accounts, actor: Actor, key: int, now: datetime) -> None:
    """Let a key open nothing from now on; one that was revoked before stays as it is."""

    def work(session: Session) -> None:
        row = session.get(ApiKey, key)
        if row is None:
            raise Missing
        row.revoked_at = row.revoked_at or now

    accounts.unit(actor, Deed("key.revoke", OBJECT, str(key)), work, now)


def listed(session: Session) -> list[Key]:
    """List all keys, the newest first."""
    rows = session.scalars(select(ApiKey).order_by(ApiKey.id.desc()))
    return [
        Key(
            row.id,
            row.name,
            row.shown,
            tuple(Permission(scope) for scope in _scopes(row.scopes.split())),
            row.custodian,
            row.per_minute,
            row.per_day,
            row.made_at,
            row.expires_at,
            row.revoked_at,
            row.last_used_at,
        )
        for row in rows
    ]


def find(accounts: Accounts, secret: str, request: str, now: datetime) -> Caller:
    """Give who comes with a secret; raises `NoKey`, which the caller tells the audit."""
    # Asked before everything that a key does, so without a session, which would double its cost.
    with accounts.database.engine.connect() as connection:
        row = connection.execute(_WANTED, {"digest": _digest(secret)}).one_or_none()
    if row is None:
        raise NoKey("key_unknown")
    if row.revoked_at is not None:
        raise NoKey("key_revoked", number=row.id)
    if now >= row.expires_at:
        raise NoKey("key_expired", number=row.id)
    if row.last_used_at is None or now - row.last_used_at > _SEEN:
        _note_use(accounts, row.id, now)
    return Caller(_actor(row, request), Quota(row.per_minute, row.per_day))


def refused(accounts: Accounts, actor: Actor, key: object, why: str, now: datetime) -> None:
    """Tell the audit that a key was refused."""
    accounts.told(actor, Deed("key.refused", OBJECT, str(key), f"refused:{why}"), now)


_WANTED = select(
    ApiKey.id,
    ApiKey.name,
    ApiKey.scopes,
    ApiKey.custodian,
    ApiKey.per_minute,
    ApiKey.per_day,
    ApiKey.expires_at,
    ApiKey.revoked_at,
    ApiKey.last_used_at,
).where(ApiKey.digest == bindparam("digest"))


def _actor(row: Any, request: str) -> Actor:
    return Actor(
        None,
        row.name,
        frozenset({Role.KEY}),
        request=request,
        key=row.id,
        scopes=frozenset(Permission(scope) for scope in _scopes(row.scopes.split())),
        custodian=row.custodian,
    )


def _note_use(accounts: Accounts, key: int, now: datetime) -> None:
    def unit() -> None:
        with accounts.database.writing() as session:
            session.execute(update(ApiKey).where(ApiKey.id == key).values(last_used_at=now))

    retrying(unit)


def _scopes(given: Iterable[str]) -> list[str]:
    """Give scopes in their order; one that the program does not know, or no longer, gives no right."""
    wanted = set(given)
    return [scope.value for scope in SCOPES if scope.value in wanted]


def _check(wanted: Wanted, scopes: list[str], vocabulary: Vocabulary) -> None:
    if len(scopes) != len(wanted.scopes):
        raise Refused("key_scope_unknown")
    if wanted.custodian and wanted.custodian not in known_custodians(vocabulary):
        raise Refused("custodian_unknown")
    if Permission.FACTS_IMPORT.value in scopes and not wanted.custodian:
        raise Refused("key_custodian_missing")
    if not 1 <= wanted.per_minute <= MAX_KEY_MINUTE or not 1 <= wanted.per_day <= MAX_KEY_DAY:
        raise Refused("key_quota", minute=MAX_KEY_MINUTE, day=MAX_KEY_DAY)
    if not 1 <= wanted.days <= MAX_KEY_DAYS:
        raise Refused("key_days", most=MAX_KEY_DAYS)


def _digest(secret: str) -> str:
    # 256 random bits need no slow hash: nobody can try them out.
    return hashlib.sha256(secret.encode()).hexdigest()

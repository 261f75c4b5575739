"""The second factor: codes of an app that count once, and spare codes on paper."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any, cast

import pyotp
from sqlalchemy import CursorResult, delete, func, insert, select, update
from sqlalchemy.orm import Session

from matcher.values import fold
from webapp.limits import SPARE_CODES
from webapp.services.recovery import ALPHABET
from webapp.services.vault import Unreadable, Vault
from webapp.tables.people import SpareCode, User

ISSUER = "免申"
STEP_SECONDS, DRIFT = 30, 1
"""A code lasts half a minute; one step before and after are taken, for clocks that are not right."""
OFFER_KEPT = timedelta(minutes=15)
_LENGTH, _GROUP = 12, 4
_BREAKS = str.maketrans("", "", " -‐‑‒–—_·")


class SecondFactor:
    """Offers, switches on and checks second factors; ``vault`` seals the secrets.

    Spare codes are digests under the newest key; those of older keys work as long as these are kept.
    """

    def __init__(self, vault: Vault, newest: bytes, *older: bytes) -> None:
        self._vault = vault
        self._keys = [
            hmac.digest(key, b"mianshen spare codes", "sha256") for key in (newest, *older)
        ]

    def offer(self, user: int, now: datetime) -> str:
        """Make a new secret for a person, sealed so that a form may carry it."""
        return self._vault.seal(f"{user} {int(now.timestamp())} {pyotp.random_base32()}")

    def offered(self, sealed: str, user: int, now: datetime) -> str | None:
        """Open the secret of a form; None where it is another person's, too old or not ours."""
        try:
            owner, made, secret = self._vault.open(sealed).split(" ")
        except (Unreadable, ValueError):
            return None
        age = now.timestamp() - int(made)
        return secret if owner == str(user) and 0 <= age <= OFFER_KEPT.total_seconds() else None

    def switch_on(self, session: Session, user: int, secret: str, step: int) -> list[str]:
        """Keep a secret whose first code was right, and give new spare codes."""
        session.execute(
            update(User)
            .where(User.id == user)
            .values(totp_secret=self._vault.seal(secret), totp_step=step)
        )
        return self.new_spares(session, user)

    def new_spares(self, session: Session, user: int) -> list[str]:
        """Make new spare codes; the old ones no longer work. They are shown once and never again."""
        codes = [_drawn() for _ in range(SPARE_CODES)]
        session.execute(delete(SpareCode).where(SpareCode.user_id == user))
        session.execute(
            insert(SpareCode),
            [{"user_id": user, "digest": self._digests(user, code)[0]} for code in codes],
        )
        return [
            "-".join(code[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP)) for code in codes
        ]

    def spares_left(self, session: Session, user: int) -> int:
        """Count the spare codes that a person still has."""
        return session.scalar(select(func.count()).where(SpareCode.user_id == user)) or 0

    def take(self, session: Session, user: int, typed: str, now: datetime) -> bool:
        """Take a code of the app or a spare one; each works once, whoever is first."""
        bare = fold(typed).translate(_BREAKS).upper()
        if len(bare) == _LENGTH and set(bare) <= set(ALPHABET):
            spare = delete(SpareCode).where(
                SpareCode.user_id == user, SpareCode.digest.in_(self._digests(user, bare))
            )
            return _count(session, spare) == 1
        sealed = session.scalar(select(User.totp_secret).where(User.id == user))
        step = step_of(self._vault.open(sealed), bare, now) if sealed else None
        if step is None:
            return False
        newer = update(User).where(User.id == user, User.totp_step < step).values(totp_step=step)
        return _count(session, newer) == 1

    def _digests(self, user: int, code: str) -> list[str]:
        told = f"{user}\0{code}".encode()
        return [hmac.new(key, told, "sha256").hexdigest() for key in self._keys]


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Give the time step that a code belongs to; None for a code that is wrong or too old."""
    middle = int(now.timestamp()) // STEP_SECONDS
    maker = pyotp.TOTP(secret)
    found = None
    for step in range(middle - DRIFT, middle + DRIFT + 1):
        if hmac.compare_digest(maker.generate_otp(step).encode(), code.encode()):
            found = step
    return found


def address(secret: str, login: str) -> str:
    """Give the address that an app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def _drawn() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))


def _count(session: Session, statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount

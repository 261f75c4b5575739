"""Recovery codes (恢复码): twelve characters that lead back to a saved profile.

A code is derived from the profile's token and the installation's key, so the company's own pages can
always show it and nothing has to store it. The table holds a keyed digest of the code, to find it by,
and the token under a pad made from the code: neither opens a profile without the code and the key.
When the key is changed, a code on paper works and is shown on for as long as the older key is kept.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from matcher.values import fold
from webapp.database import Database, retrying
from webapp.limits import MAX_RECOVERY_TRIES
from webapp.models import RecoveryCode, RecoveryTry, SavedProfile
from webapp.services.people.guessing import network
from webapp.services.profiles import find_token, load, token_digest

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs, five bits each; 0, 1, I and O are left out because they look like others."""
LENGTH, GROUP = 12, 4
WINDOW = timedelta(minutes=1)
_BREAKS = str.maketrans("", "", " -‐‑‒–—_·")


class TooManyTries(RuntimeError):
    """One address tried more codes in a minute than are allowed."""


class Recovery:
    """Makes codes with the newest key of one installation, and opens those of older ones."""

    def __init__(self, database: Database, key: str, older: Iterable[str] = ()) -> None:
        self._database = database
        self._keys = [one.encode() for one in (key, *older)]

    def code(self, token: str) -> str:
        """Give the code of a token, as it is written: 7KQ2-M9XD-4TRW."""
        working = self._working(token) if len(self._keys) > 1 else None
        return _code(working or self._keys[0], token)

    def enrol(self, token: str) -> None:
        """Make the code of a profile work; a second time changes nothing."""
        key = self._keys[0]
        code = _bare(_code(key, token))
        profile = select(SavedProfile.id).where(SavedProfile.token_hash == token_digest(token))

        def work() -> None:
            with self._database.writing() as session:
                id_ = session.scalar(profile)
                if id_ is None or self._working_in(session, token) is not None:
                    return
                row = {
                    "digest": _digest(key, code),
                    "profile_id": id_,
                    "wrapped": _wrapped(key, code, token.encode()).hex(),
                }
                session.execute(delete(RecoveryCode).where(RecoveryCode.profile_id == id_))
                session.add(RecoveryCode(**row))

        retrying(work)

    def works(self, token: str) -> bool:
        """Say whether the code of a token leads back to it: not where it was never made to."""
        return self._working(token) is not None

    def _working(self, token: str) -> bytes | None:
        with self._database.reading() as session:
            return self._working_in(session, token)

    def _working_in(self, session: Session, token: str) -> bytes | None:
        """Give the key under which the code of a token leads back to it."""
        for key in self._keys:
            if session.get(RecoveryCode, _digest(key, _bare(_code(key, token)))) is not None:
                return key
        return None

    def find(self, typed: str, address: str, now: datetime) -> str | None:
        """Give the token that a typed code or address of a profile stands for; None where none does.

        Only codes count against the limit: an address holds 256 random bits. Raises `TooManyTries`.
        """
        token = find_token(typed)
        if token is None:
            token = self._by_code(_bare(typed), address, now)
        return token if token and load(self._database, token, now) else None

    def _by_code(self, code: str, address: str, now: datetime) -> str | None:
        if len(code) != LENGTH or not set(code) <= set(ALPHABET):
            return None
        if self._count(address, now) > MAX_RECOVERY_TRIES:
            raise TooManyTries
        with self._database.reading() as session:
            for key in self._keys:
                row = session.get(RecoveryCode, _digest(key, code))
                if row is not None:
                    return _wrapped(key, code, bytes.fromhex(row.wrapped)).decode("ascii")
        return None

    def _count(self, address: str, now: datetime) -> int:
        """Count one more try of an address in this minute, in the database that all workers share."""
        minute = int(now.timestamp() // WINDOW.total_seconds())
        insert: Any = (sqlite if self._database.embedded else postgresql).insert(RecoveryTry)
        tried = insert.values(
            address=_mac(self._keys[0], "address", network(address)).hex(), minute=minute, tries=1
        )
        counted = tried.on_conflict_do_update(
            index_elements=[RecoveryTry.address, RecoveryTry.minute],
            set_={"tries": RecoveryTry.tries + 1},
        ).returning(RecoveryTry.tries)

        def work() -> int:
            with self._database.writing() as session:
                session.execute(delete(RecoveryTry).where(RecoveryTry.minute < minute))
                return int(session.scalar(counted) or 0)

        return retrying(work)


def _code(key: bytes, token: str) -> str:
    drawn = int.from_bytes(_mac(key, "code", token)) >> (256 - 5 * LENGTH)
    signs = "".join(ALPHABET[drawn >> 5 * place & 31] for place in range(LENGTH))
    return "-".join(signs[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def _digest(key: bytes, code: str) -> str:
    return _mac(key, "digest", code).hex()


def _wrapped(key: bytes, code: str, token: bytes) -> bytes:
    """Put a token under the pad of a code; a second time takes it off again."""
    pad = hashlib.shake_256(_mac(key, "pad", code)).digest(len(token))
    return bytes(a ^ b for a, b in zip(token, pad, strict=True))


def _mac(key: bytes, purpose: str, text: str) -> bytes:
    return hmac.digest(key, f"mianshen recovery {purpose}\0{text}".encode(), "sha256")


def _bare(typed: str) -> str:
    """Give a typed code without breaks, full-width signs and small letters."""
    return fold(typed).translate(_BREAKS).upper()

"""Passwords: which are taken, how they are kept (argon2id), and checking one at the same cost for anybody."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from webapp.limits import (
    MAX_PASSWORD,
    MIN_DISTINCT,
    MIN_PASSWORD,
    MIN_STAFF_PASSWORD,
    PASSWORD_AGE,
)
from webapp.services.cases.refusals import Refused

WORDS = Path(__file__).with_name("common_words.txt")
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
"""What one argon2id hash costs: the smallest that OWASP names, so that a small server bears many."""
_KINDS = ("Lu", "Ll", "Nd")


class Policy(StrEnum):
    """What a password must be made of.

    ``LENGTH`` asks for length alone, as ASVS 5 does; ``CLASSES`` asks also for three kinds of signs and a new
    password every 90 days, as auditors of 等级保护 do.
    """

    LENGTH = "length"
    CLASSES = "classes"


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a password was right, and whether its hash should be made anew with today's cost."""

    right: bool
    stale: bool = False


class Passwords:
    """Makes and checks the hashes of one installation."""

    def __init__(
        self, policy: Policy = Policy.LENGTH, hasher: PasswordHasher | None = None
    ) -> None:
        self.policy = policy
        self._hasher = hasher or PasswordHasher(
            time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES
        )
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        """Make the hash of a password that was found good."""
        return self._hasher.hash(_normal(password))

    def check(self, stored: str | None, typed: str) -> Checked:
        """Check what was typed; where there is no account or no password the work is the same."""
        known = stored if stored else self._nobody
        try:
            # What no password can be is still hashed, cut to size, so that it takes as long.
            self._hasher.verify(known, _normal(typed[: MAX_PASSWORD + 1]))
        except (VerificationError, InvalidHashError):
            return Checked(False)
        if not stored or len(typed) > MAX_PASSWORD:
            return Checked(False)
        return Checked(True, self._hasher.check_needs_rehash(stored))

    def refuse(self, password: str, staff: bool, personal: tuple[str, ...] = ()) -> None:
        """Raise `Refused` for a password that is not taken; ``personal`` are the person's own words."""
        least = MIN_STAFF_PASSWORD if staff else MIN_PASSWORD
        if len(password) < least:
            raise Refused("password_short", least=least)
        if len(password) > MAX_PASSWORD:
            raise Refused("password_long", most=MAX_PASSWORD)
        if any(unicodedata.category(sign) in ("Cc", "Cs", "Cn") for sign in password):
            raise Refused("password_signs")
        folded = _folded(password)
        own = tuple(_folded(word) for word in personal if len(word) > 2)
        for word in (*own, *common_words()):
            if word in folded:
                raise Refused("password_word", word=word)
        if len(set(folded)) < MIN_DISTINCT:
            raise Refused("password_repeats", least=MIN_DISTINCT)
        if self.policy is Policy.CLASSES and _kinds(password) < 3:
            raise Refused("password_kinds")

    def expired(self, set_at: datetime | None, now: datetime) -> bool:
        """Say whether the policy asks for a new password."""
        return self.policy is Policy.CLASSES and set_at is not None and now - set_at >= PASSWORD_AGE


def one_time() -> str:
    """Make a password that is handed out once: 20 signs that are easy to read aloud."""
    signs = "23456789abcdefghjkmnpqrstuvwxyz"
    drawn = "".join(secrets.choice(signs) for _ in range(20))
    return "-".join(drawn[at : at + 5] for at in range(0, 20, 5))


@lru_cache(maxsize=1)
def common_words() -> tuple[str, ...]:
    """Give the words that no password may hold."""
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    return tuple(_folded(line) for line in lines if line and not line.startswith("#"))


def _normal(password: str) -> str:
    """Write a password the one way that keyboards of all kinds lead to."""
    return unicodedata.normalize("NFKC", password)


def _folded(text: str) -> str:
    return _normal(text).casefold()


def _kinds(password: str) -> int:
    """Count the kinds of signs: capital letters, small letters, digits, all others."""
    found = {unicodedata.category(sign) for sign in password}
    others = found - set(_KINDS)
    return sum(kind in found for kind in _KINDS) + bool(others)

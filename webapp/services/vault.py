"""Sealing what a copy of the database must not show: account numbers, contacts, secrets of second factors."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Unreadable(ValueError):
    """What was sealed cannot be opened with any of the keys."""


class Vault:
    """Seals and opens texts; the first key seals, the later ones still open what they sealed once."""

    def __init__(self, newest: bytes, *older: bytes) -> None:
        self._newest = _fernet(newest)
        self._fernet = MultiFernet([self._newest, *(_fernet(key) for key in older)])

    def seal(self, text: str) -> str:
        """Seal a text; the same text never gives the same result."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Open what was sealed; raises `Unreadable` where the key is another or a character was changed."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise Unreadable from error

    def is_new(self, sealed: str) -> bool:
        """Say whether something was sealed with the newest key."""
        try:
            self._newest.decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True


def _fernet(key: bytes) -> Fernet:
    own = hmac.new(key, b"mianshen vault", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(own))

"""Saved profiles: create, load by token, save with a conditional update, delete.

The token is the only way in. It is given out once and kept by the company; the table holds its
SHA-256 digest, so that a copy of the database opens no profile.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, insert, select, update

from webapp.database import TRIES, Database, retrying
from webapp.limits import KEPT_FOR
from webapp.models import SavedProfile

Facts = dict[str, Any]
TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class Overtaken(RuntimeError):
    """Others saved the profile again and again while this unit of work tried to."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A profile as it stands in the database."""

    facts: Facts
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def kept_until(self) -> datetime:
        """When the profile is deleted unless it is saved again."""
        return self.updated_at + KEPT_FOR


def find_token(text: str) -> str | None:
    """Find a token in what a person pastes: the token itself, or the address that ends with it."""
    found = _TOKEN.findall(text.strip())
    return found[-1] if found else None


def create(database: Database, facts: Facts, now: datetime) -> str:
    """Save a new profile and give its token."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = {
        "token_hash": token_digest(token),
        "facts": _dump(facts),
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }

    def work() -> None:
        with database.writing() as session:
            session.execute(delete(SavedProfile).where(SavedProfile.updated_at < now - KEPT_FOR))
            session.execute(insert(SavedProfile).values(**row))

    retrying(work)
    return token


def load(database: Database, token: str, now: datetime) -> Saved | None:
    """Give the profile of a token; None where there is none or its time is over."""
    if not _TOKEN.fullmatch(token):
        return None
    wanted = select(SavedProfile).where(
        SavedProfile.token_hash == token_digest(token), SavedProfile.updated_at >= now - KEPT_FOR
    )
    with database.reading() as session:
        row = session.scalars(wanted).one_or_none()
        if row is None:
            return None
        return Saved(json.loads(row.facts), row.version, row.created_at, row.updated_at)


def save(
    database: Database, token: str, change: Callable[[Facts], Facts], now: datetime
) -> Saved | None:
    """Apply a change to the facts as they stand; None where the profile is gone.

    ``change`` gets the newest facts and may be called again where another save came first; what it
    raises stops the save. Raises `Overtaken` after five lost races.
    """
    for _ in range(TRIES):
        seen = load(database, token, now)
        if seen is None:
            return None
        facts = change(seen.facts)
        if _replace(database, token, facts, seen.version, now):
            return Saved(facts, seen.version + 1, seen.created_at, now)
    raise Overtaken


def _replace(database: Database, token: str, facts: Facts, seen: int, now: datetime) -> bool:
    """Write new facts if the version is still the one seen; say whether it was."""
    statement = (
        update(SavedProfile)
        .where(SavedProfile.token_hash == token_digest(token), SavedProfile.version == seen)
        .values(facts=_dump(facts), version=seen + 1, updated_at=now)
    )
    return _changed_rows(database, statement) == 1


def remove(database: Database, token: str) -> bool:
    """Delete a profile for good; say whether there was one."""
    statement = delete(SavedProfile).where(SavedProfile.token_hash == token_digest(token))
    return _changed_rows(database, statement) == 1


def _changed_rows(database: Database, statement: Any) -> int:
    def work() -> int:
        with database.writing() as session:
            result = session.execute(statement)
            return int(cast("CursorResult[Any]", result).rowcount)

    return retrying(work)


def token_digest(token: str) -> str:
    """Give the digest by which the table knows a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _dump(facts: Facts) -> str:
    return json.dumps(facts, ensure_ascii=False)

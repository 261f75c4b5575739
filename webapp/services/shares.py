"""Shared snapshots: frozen when made, read by the code of their address, listed and revoked by the owner.

The code is an HMAC of a nonce under the profile's token. So the table holds only its digest, a copy of
the database opens no snapshot, and the owner, who has the token, is shown the address again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.orm import Session

from webapp.database import Database, retrying
from webapp.limits import KEPT_FOR, MAX_SHARES
from webapp.models import SavedProfile, SharedSnapshot
from webapp.services.checking import dump
from webapp.services.profiles import Facts, token_digest
from webapp.services.sheet import Sheet, read_sheet

NONCE_BYTES = 16
_CODE_BYTES = 18  # 144 bits: unguessable, and 24 characters keep the QR code coarse


class TooMany(RuntimeError):
    """The profile has as many snapshots as it may have."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is frozen: the facts, the rules and the day of a match, and its sheet in each language."""

    facts: Facts
    rules_version: str
    as_of: date
    sheets: Mapping[str, Sheet]
    figures: bool


@dataclass(frozen=True, slots=True)
class Share:
    """A snapshot as its owner sees it."""

    id: int
    code: str
    as_of: date
    rules_version: str
    figures: bool
    created_at: datetime

    @property
    def kept_until(self) -> datetime:
        """When the address stops working."""
        return self.created_at + KEPT_FOR


def create(database: Database, token: str, snapshot: Snapshot, now: datetime) -> str | None:
    """Keep a snapshot and give the code of its address; None where there is no such profile.

    Sharing keeps the profile for as long as the snapshot, which is deleted with it. Raises `TooMany`
    at the limit.
    """
    nonce = secrets.token_hex(NONCE_BYTES)
    code = _code(token, nonce)

    def work() -> bool:
        with database.writing() as session:
            session.execute(
                delete(SharedSnapshot).where(SharedSnapshot.created_at < now - KEPT_FOR)
            )
            wanted = select(SavedProfile).where(
                SavedProfile.token_hash == token_digest(token),
                SavedProfile.updated_at >= now - KEPT_FOR,
            )
            profile = session.scalars(wanted.with_for_update()).one_or_none()
            if profile is None:
                return False
            if _count(session, profile.id) >= MAX_SHARES:
                raise TooMany
            profile.updated_at = now
            session.add(_row(snapshot, profile.id, token_digest(code), nonce, now))
            return True

    return code if retrying(work) else None


def _row(
    snapshot: Snapshot, profile: int, code_hash: str, nonce: str, now: datetime
) -> SharedSnapshot:
    sheets = {language: sheet.data() for language, sheet in snapshot.sheets.items()}
    return SharedSnapshot(
        profile_id=profile,
        code_hash=code_hash,
        nonce=nonce,
        facts=dump(snapshot.facts),
        sheets=json.dumps(sheets, ensure_ascii=False),
        rules_version=snapshot.rules_version,
        as_of=snapshot.as_of,
        figures=snapshot.figures,
        created_at=now,
    )


def _count(session: Session, profile: int) -> int:
    wanted = select(func.count()).where(SharedSnapshot.profile_id == profile)
    return session.scalars(wanted).one()


def load(database: Database, code: str, now: datetime) -> tuple[Share, Snapshot] | None:
    """Give the snapshot of a code; None where it is over, revoked, deleted or never was."""
    wanted = select(SharedSnapshot).where(
        SharedSnapshot.code_hash == token_digest(code), SharedSnapshot.created_at >= now - KEPT_FOR
    )
    with database.reading() as session:
        row = session.scalars(wanted).one_or_none()
        if row is None:
            return None
        sheets = {name: read_sheet(data) for name, data in json.loads(row.sheets).items()}
        snapshot = Snapshot(
            json.loads(row.facts), row.rules_version, row.as_of, sheets, row.figures
        )
        return _share(row, code), snapshot


def own(database: Database, token: str, now: datetime) -> list[Share]:
    """List the snapshots of a profile that can still be read, the newest first."""
    wanted = (
        select(SharedSnapshot)
        .join(SavedProfile, SavedProfile.id == SharedSnapshot.profile_id)
        .where(
            SavedProfile.token_hash == token_digest(token),
            SharedSnapshot.created_at >= now - KEPT_FOR,
        )
        .order_by(SharedSnapshot.id.desc())
    )
    with database.reading() as session:
        return [_share(row, _code(token, row.nonce)) for row in session.scalars(wanted)]


def revoke(database: Database, token: str, id_: int) -> bool:
    """Delete a snapshot of a profile for good; say whether there was one."""
    profile = select(SavedProfile.id).where(SavedProfile.token_hash == token_digest(token))
    statement = delete(SharedSnapshot).where(
        SharedSnapshot.id == id_, SharedSnapshot.profile_id.in_(profile)
    )

    def work() -> bool:
        with database.writing() as session:
            result = session.execute(statement, execution_options={"synchronize_session": False})
            return cast("CursorResult[Any]", result).rowcount == 1

    return retrying(work)


def _share(row: SharedSnapshot, code: str) -> Share:
    return Share(row.id, code, row.as_of, row.rules_version, row.figures, row.created_at)


def _code(token: str, nonce: str) -> str:
    digest = hmac.new(token.encode(), f"share:{nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:_CODE_BYTES]).decode()

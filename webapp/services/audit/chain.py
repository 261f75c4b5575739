"""Adding to the audit chain, in the commit of what it tells.

A reader who has a head of the chain can prove that no entry before it was changed, removed or put in.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from webapp.services.people.roles import Actor
from webapp.tables.audit import AuditEntry, AuditHead

ALGORITHM = "sha256"
_DOMAIN = b"mianshen audit entry 1\n"
EMPTY = ""
"""The digest of nothing, and what the first entry follows."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done to what: ``before`` and ``after`` are digests of `Sealer.digest`, never values."""

    action: str
    object: str
    object_id: str
    result: str = "done"
    before: str = EMPTY
    after: str = EMPTY


class Sealer:
    """Makes digests of values that nobody without the key can guess at."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.digest(key, b"mianshen audit digests", "sha256")

    def digest(self, values: Any) -> str:
        """Give the salted digest of values that JSON can write."""
        return hmac.new(self._key, canonical(values), hashlib.sha256).hexdigest()


def canonical(values: Any) -> bytes:
    """Write values the one way that a digest is taken of."""
    return json.dumps(
        values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    ).encode()


def append(session: Session, actor: Actor, role: str, deed: Deed, now: datetime) -> int:
    """Add an entry and give its place; must run inside the unit of work that does the deed.

    The head's row is written first, so that units of work that add entries follow each other.
    """
    return append_all(session, actor, role, [deed], now)


def append_all(
    session: Session, actor: Actor, role: str, deeds: Sequence[Deed], now: datetime
) -> int:
    """Add an entry for each of at least one deed, in order, and give the place of the last."""
    head = update(AuditHead).where(AuditHead.id == 1)
    session.execute(head.values(place=AuditHead.place + len(deeds)))
    last, previous = session.execute(
        select(AuditHead.place, AuditHead.hash).where(AuditHead.id == 1)
    ).one()
    rows: list[dict[str, Any]] = []
    for place, deed in enumerate(deeds, last - len(deeds) + 1):
        row = {
            "place": place,
            "at": now,
            "actor": actor.said,
            "role": role,
            "action": deed.action,
            "object": deed.object,
            "object_id": deed.object_id,
            "result": deed.result,
            "request": actor.request,
            "before": deed.before,
            "after": deed.after,
            "algorithm": ALGORITHM,
            "previous": previous,
        }
        previous = row["hash"] = entry_hash(row)
        rows.append(row)
    session.execute(insert(AuditEntry), rows)
    session.execute(head.values(hash=previous))
    return int(last)


def entry_hash(row: Mapping[str, Any]) -> str:
    """Give the hash of an entry over all its columns but the hash itself."""
    told = {name: value for name, value in row.items() if name != "hash"}
    told["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(_DOMAIN + canonical(told)).hexdigest()

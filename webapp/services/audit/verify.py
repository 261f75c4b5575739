"""Checking the audit chain: every entry against its hash and its neighbour, the end against heads kept elsewhere.

The chain alone shows what was changed, removed or put in; only a head that was kept elsewhere shows
that its tail was cut off, or that all of it was written anew.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from matcher.command_input import CHINA
from webapp.services.audit.chain import EMPTY, entry_hash
from webapp.tables.audit import AuditEntry, AuditHead, DailyHead

COLUMNS = ("day", "place", "hash", "signature")
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with the chain, and at which place."""

    code: str
    place: int


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain as a day left it, signed."""

    day: date
    place: int
    hash: str
    signature: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How many entries and heads were checked, and every flaw."""

    entries: int
    heads: int
    flaws: tuple[Flaw, ...]


class Signer:
    """Signs heads with a key of their own; heads signed with older keys are believed as well."""

    def __init__(self, newest: bytes, *older: bytes) -> None:
        self._keys = [
            hmac.digest(key, b"mianshen audit heads", "sha256") for key in (newest, *older)
        ]

    def sign(self, day: date, place: int, digest: str) -> str:
        """Give the signature of a day's head."""
        return _signature(self._keys[0], day, place, digest)

    def signed(self, head: Head) -> bool:
        """Say whether a head is what was signed."""
        told = (_signature(key, head.day, head.place, head.hash) for key in self._keys)
        return any(hmac.compare_digest(one, head.signature) for one in told)


def _signature(key: bytes, day: date, place: int, digest: str) -> str:
    return hmac.new(key, f"{day} {place} {digest}".encode(), hashlib.sha256).hexdigest()


def verify(session: Session, signer: Signer, heads: Iterable[Head] = ()) -> Verified:
    """Check the whole chain, the heads in the database, and those that were kept elsewhere."""
    own = [Head(h.day, h.place, h.hash, h.signature) for h in session.scalars(select(DailyHead))]
    all_heads = [*own, *heads]
    at_place: dict[int, list[Head]] = {}
    for head in all_heads:
        at_place.setdefault(head.place, []).append(head)
    flaws = [Flaw("head_forged", head.place) for head in all_heads if not signer.signed(head)]
    last, previous = 0, EMPTY
    for entry in _entries(session):
        flaws += flaws_of(entry, last, previous)
        flaws += [
            Flaw("head_differs", h.place)
            for h in at_place.get(entry.place, ())
            if h.hash != entry.hash
        ]
        last, previous = entry.place, entry.hash
    flaws += [Flaw("tail_cut", head.place) for head in all_heads if head.place > last]
    end = session.get(AuditHead, 1)
    if end is None or (end.place, end.hash) != (last, previous):
        flaws.append(Flaw("end_differs", last))
    return Verified(last, len(all_heads), tuple(dict.fromkeys(flaws)))


def _entries(session: Session) -> Iterator[AuditEntry]:
    rows = select(AuditEntry).order_by(AuditEntry.place).execution_options(yield_per=_BATCH)
    for entry in session.scalars(rows):
        yield entry
        session.expunge(entry)


def flaws_of(entry: AuditEntry, last: int, previous: str) -> Iterator[Flaw]:
    """Give what is wrong with an entry that follows the place and the hash of another."""
    if entry.place != last + 1:
        yield Flaw("gap", entry.place)
    if entry.previous != previous:
        yield Flaw("broken", entry.place)
    told = {column.key: getattr(entry, column.key) for column in inspect(AuditEntry).column_attrs}
    if entry_hash(told) != entry.hash:
        yield Flaw("changed", entry.place)


# --- heads -----------------------------------------------------------------------------------------


def keep_head(session: Session, signer: Signer, today: date) -> Head | None:
    """Sign the end of the chain as yesterday left it, once a day; None where there is nothing new.

    What comes today belongs to the next head, so that a day's head never changes.
    """
    day = today - timedelta(days=1)
    kept = session.get(DailyHead, day)
    if kept is not None:
        return Head(kept.day, kept.place, kept.hash, kept.signature)
    end = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.at < _midnight(today))
        .order_by(AuditEntry.place.desc())
        .limit(1)
    ).one_or_none()
    if end is None:
        return None
    head = Head(day, end.place, end.hash, signer.sign(day, end.place, end.hash))
    session.add(DailyHead(day=head.day, place=head.place, hash=head.hash, signature=head.signature))
    return head


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)


def write_heads(path: Path, heads: Sequence[Head]) -> None:
    """Add heads to a file that is kept elsewhere."""
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(COLUMNS)
        writer.writerows((head.day, head.place, head.hash, head.signature) for head in heads)


def read_heads(path: Path) -> list[Head]:
    """Read a file of heads; raises `ValueError` naming the line that is none."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    heads = []
    for number, row in enumerate(rows, 2):
        try:
            heads.append(
                Head(
                    date.fromisoformat(row["day"]), int(row["place"]), row["hash"], row["signature"]
                )
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{path}:{number}:不是每日链头,应有 {'、'.join(COLUMNS)} 四列"
            ) from error
    return heads

"""Against guessing: wrong tries are counted, and each makes the wait until the next one longer.

Counts stand in the database, so that all workers count together. A try is counted before it is looked
at and taken back where it was right; so tries made at the same moment cannot slip through.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from webapp.database import Database, retrying
from webapp.limits import GUESS_DAY
from webapp.services.cases.refusals import Refused
from webapp.tables.people import Guess

MINUTE = 60


class TooSoon(Refused):
    """Too many wrong tries; ``seconds`` is how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too_soon", minutes=-(-seconds // MINUTE))
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Counter:
    """One thing whose wrong tries are counted: within ``window`` minutes, with waits that grow.

    ``waits`` are pairs of wrong tries and minutes. ``forgives`` says that one right try clears the count.
    """

    kind: str
    subject: str
    window: int
    waits: tuple[tuple[int, int], ...]
    forgives: bool = False


class Guessing:
    """Counts the tries of one installation; subjects stand in the table as keyed digests."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = hmac.digest(key, b"mianshen guesses", "sha256")

    def begin(self, counters: Sequence[Counter], now: datetime) -> None:
        """Count a try, or raise `TooSoon` and count nothing."""
        minute = _minute(now)

        def unit() -> None:
            with self._database.writing() as session:
                session.execute(delete(Guess).where(Guess.minute <= minute - GUESS_DAY))
                # In one order, so that two tries never wait for each other.
                for subject, counter in self._ordered(counters):
                    self._count(session, subject, counter, minute, now)

        retrying(unit)

    def right(self, counters: Sequence[Counter], now: datetime) -> None:
        """Take a try back that was right."""
        minute = _minute(now)

        def unit() -> None:
            with self._database.writing() as session:
                for subject, counter in self._ordered(counters):
                    if counter.forgives:
                        session.execute(delete(Guess).where(Guess.subject == subject))
                    else:
                        session.execute(
                            update(Guess)
                            .where(Guess.subject == subject, Guess.minute == minute)
                            .values(tries=Guess.tries - 1)
                        )

        retrying(unit)

    def _count(
        self, session: Session, subject: str, counter: Counter, minute: int, now: datetime
    ) -> None:
        insert: Any = (sqlite if self._database.embedded else postgresql).insert(Guess)
        tried = insert.values(subject=subject, minute=minute, tries=1)
        # The row stays locked until the commit, so tries of one subject follow each other.
        session.execute(
            tried.on_conflict_do_update(
                index_elements=[Guess.subject, Guess.minute], set_={"tries": Guess.tries + 1}
            )
        )
        since = Guess.minute > minute - counter.window
        rows = select(func.sum(Guess.tries)).where(Guess.subject == subject, since)
        wrong = int(session.scalar(rows) or 0) - 1
        wait = max((minutes for tries, minutes in counter.waits if wrong >= tries), default=0)
        if not wait:
            return
        earlier = select(func.max(Guess.minute)).where(
            Guess.subject == subject, since, Guess.minute < minute, Guess.tries > 0
        )
        this_minute = select(Guess.tries).where(Guess.subject == subject, Guess.minute == minute)
        last = (
            minute
            if int(session.scalar(this_minute) or 0) > 1
            else int(session.scalar(earlier) or 0)
        )
        if minute - last < wait:
            raise TooSoon((last + wait) * MINUTE - int(now.timestamp()))

    def _ordered(self, counters: Sequence[Counter]) -> list[tuple[str, Counter]]:
        return sorted(((self._subject(one), one) for one in counters), key=lambda pair: pair[0])

    def _subject(self, counter: Counter) -> str:
        told = f"{counter.kind}\0{counter.subject}".encode()
        return hmac.new(self._key, told, "sha256").hexdigest()


def network(address: str) -> str:
    """Give what one visitor holds: an IPv4 address, or the whole /64 of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False))


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // MINUTE

"""How often a caller may come: counted for all processes together, in Redis or in the database.

A process sets some requests aside at a time, so that most requests ask no other process. What is set aside
counts as used. So no caller gets more than its quota; one whose requests go to several processes may be
refused a little early, by what the others still have.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Protocol

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from matcher.command_input import CHINA
from webapp.database import Database, retrying
from webapp.services.cases.refusals import Refused
from webapp.tables.api import ApiCount

PARTS, MOST_ASIDE = 16, 500
"""The part of a quota that a process sets aside at a time, and how many requests that is at most."""
MOST_KEPT = 20_000
"""Callers and stretches of time that a process remembers."""
_TIMEOUT = 1.0


class QuotasDown(RuntimeError):
    """What counts the requests cannot be reached."""


class TooMany(Refused):
    """The quota is used up; ``seconds`` is how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__("quota_used", seconds=seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Quota:
    """Requests in a minute and in a day (of China)."""

    per_minute: int
    per_day: int


class Store(Protocol):
    """Counts for all processes."""

    def take(self, subject: str, window: str, count: int, until: datetime, now: datetime) -> int:
        """Count further requests of a stretch of time and give how many there are now."""
        ...


class DatabaseStore:
    """Counts in the application's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, subject: str, window: str, count: int, until: datetime, now: datetime) -> int:
        """Count in a unit of work of its own; the first of a stretch takes old counts away."""
        insert: Any = (sqlite if self._database.embedded else postgresql).insert(ApiCount)
        counted = (
            insert.values(subject=subject, window=window, taken=count, until=until)
            .on_conflict_do_update(
                index_elements=[ApiCount.subject, ApiCount.window],
                set_={"taken": ApiCount.taken + count},
            )
            .returning(ApiCount.taken)
        )

        def unit() -> int:
            with self._database.writing() as session:
                taken = int(session.scalar(counted) or 0)
                if taken == count:
                    session.execute(delete(ApiCount).where(ApiCount.until < now - _DAY))
                return taken

        return retrying(unit)


class RedisStore:
    """Counts in Redis; they go by themselves when their stretch is over."""

    def __init__(self, url: str) -> None:
        import redis

        self._failure = redis.RedisError
        self._client = redis.Redis.from_url(
            url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT
        )

    def take(self, subject: str, window: str, count: int, until: datetime, now: datetime) -> int:
        """Count in one round; raises `QuotasDown` where Redis cannot be reached."""
        name = f"mianshen:quota:{subject}:{window}"
        try:
            with self._client.pipeline() as pipeline:
                pipeline.incrby(name, count)
                pipeline.expire(name, until - now + _LATER)
                taken, _ = pipeline.execute()
        except self._failure as error:
            raise QuotasDown("Redis cannot be reached") from error
        return int(taken)


class Quotas:
    """Lets callers in as often as their quotas allow; subjects are counted under keyed digests."""

    def __init__(self, store: Store, key: bytes) -> None:
        self._store = store
        self._key = hmac.digest(key, b"mianshen quotas", "sha256")
        # What is still set aside by caller and stretch of time, the one that was set last at the end.
        self._aside: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._lock = Lock()

    def spend(self, subject: str, quota: Quota, now: datetime) -> None:
        """Let one request in, or raise `TooMany`."""
        digest = hmac.new(self._key, subject.encode(), "sha256").hexdigest()
        windows = _windows(quota, now)
        for window, _, until in windows:
            if self._used_up(digest, window):
                raise TooMany(_seconds(until, now))
        for window, most, until in reversed(windows):
            if not self._one(digest, window, most, until, now):
                raise TooMany(_seconds(until, now))

    def _used_up(self, subject: str, window: str) -> bool:
        """Say whether nothing is left, as far as is known here; that stays so until the stretch is over."""
        with self._lock:
            return self._aside.get((subject, window)) == _NONE

    def _one(self, subject: str, window: str, most: int, until: datetime, now: datetime) -> bool:
        place = subject, window
        with self._lock:
            left = self._aside.get(place, 0)
            if left > 0:
                self._aside[place] = left - 1
                return True
        count = max(1, min(most // PARTS, MOST_ASIDE))
        taken = self._store.take(subject, window, count, until, now)
        granted = min(count, most - (taken - count))
        with self._lock:
            # A further request may have set some aside meanwhile: both count.
            left = max(0, self._aside.get(place, 0))
            self._aside[place] = left + granted - 1 if granted > 0 else left or _NONE
            self._aside.move_to_end(place)
            if len(self._aside) > MOST_KEPT:
                self._aside.popitem(last=False)  # what it still had is lost, never given twice
        return granted > 0


_DAY, _LATER = timedelta(days=1), timedelta(minutes=1)
_NONE = -1
"""What stands for a caller of whose quota nothing is left."""


def _seconds(until: datetime, now: datetime) -> int:
    return max(1, -int((now - until).total_seconds() // 1))


def _windows(quota: Quota, now: datetime) -> tuple[tuple[str, int, datetime], ...]:
    """Name the day and the minute of a moment, with how many requests each takes and when it ends."""
    minute = now.replace(second=0, microsecond=0).astimezone(UTC)
    day = now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    return (
        (f"day {day:%Y-%m-%d}", quota.per_day, day + _DAY),
        (f"minute {minute:%Y-%m-%dT%H:%M}", quota.per_minute, minute + timedelta(minutes=1)),
    )

"""The one process that owns the watch's engine: it empties the inbox, and every event counts once.

The effect of an event and its mark are one commit, which also renews the lease, so a process that lost it
commits nothing more. A crash at any point leaves the event waiting. An event that fails again and again is
set aside with its failure and holds up nobody.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from webapp.database import retrying
from webapp.services import failpoints
from webapp.services.cases.moves import Casework
from webapp.services.cases.refusals import Stale
from webapp.services.failing import reason_of
from webapp.services.watch import inbox, sweeps
from webapp.services.watch.engine import Engine, watched
from webapp.services.watch.glance import Glance
from webapp.services.watch.lease import LASTS, Lease, LeaseLost
from webapp.services.watch.review import Done, Task, carry_out, task_for
from webapp.tables.watch import InboxEvent

LOGGER = logging.getLogger("mianshen.watch")
WORK = "watch"
BATCH = 50
IDLE = 1.0
"""Seconds between two looks at an empty inbox."""
STALE_TRIES = 3
_TOO_SLOW = "57014"  # PostgreSQL: cancelled by statement_timeout


class Overtaken(RuntimeError):
    """Somebody else finished the events first; nothing of this unit of work counts."""


@dataclass(frozen=True)
class Clock:
    """What time it is, and what day in China."""

    now: Callable[[], datetime]
    today: Callable[[], date]


@dataclass
class Tally:
    """What a worker did so far."""

    events: int = 0
    opened: int = 0
    moved: int = 0
    failed: int = 0


@dataclass
class Worker:
    """Works on the inbox; ``make_engine`` is called once the lease is ours."""

    work: Casework
    make_engine: Callable[[], Engine]
    clock: Clock
    lease: Lease = field(default_factory=lambda: Lease(WORK))
    tally: Tally = field(default_factory=Tally)
    engine: Engine | None = None
    _begun: date | None = None
    _glance: Glance | None = None

    # --- running -----------------------------------------------------------------------------------

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; a second process waits here until the first is gone."""
        while not stop.is_set():
            try:
                if not self._ready() or not self.step():
                    stop.wait(IDLE if self.engine else LASTS.total_seconds() / 6)
            except LeaseLost:
                LOGGER.warning("lease lost; waiting for it")
                self.engine = None
            except DBAPIError:
                LOGGER.warning("the database cannot be used now; trying again")
                stop.wait(IDLE * 5)
        self.release()

    def drain(self, between: Callable[[], None] = lambda: None) -> bool:
        """Work until nothing waits; False where another process has the lease.

        ``between`` is called after each batch; what it raises ends the work there.
        """
        if not self._ready():
            return False
        try:
            while self.step():
                between()
        finally:
            self.release()
        return True

    def _ready(self) -> bool:
        """Take or renew the lease, and make the engine when it is ours for the first time."""

        def unit() -> bool:
            with self.work.database.writing() as session:
                return self.lease.take(session, self.clock.now())

        if not retrying(unit):
            self.engine = None
            return False
        if self.engine is None:
            self.engine = self.make_engine()
            self._begun = None
        return True

    def release(self) -> None:
        """Give the lease back."""

        def unit() -> None:
            with self.work.database.writing() as session:
                self.lease.release(session, self.clock.now())

        retrying(unit)

    def step(self) -> bool:
        """Do one batch of events, or one slice of a sweep; False where there was nothing to do."""
        self._begin_day()
        with self.work.database.reading() as session:
            found = [event.company_id for event in inbox.waiting(session, BATCH)]
            events = inbox.events_of(session, found)
        if events:
            self._batch(events)
            return True
        return self._sweep()

    def _begin_day(self) -> None:
        """On a new day, and with new rules, ask for the looks that they need."""
        today = self.clock.today()
        if self._begun == today:
            return

        catalogue = self.work.prover.catalogue
        begins = bool(watched(catalogue, today) - watched(catalogue, today - timedelta(days=1)))

        def unit() -> None:
            with self.work.database.writing() as session:
                now = self.clock.now()
                self.lease.hold(session, now)
                sweeps.begin_rules(session, catalogue.version, now)
                sweeps.begin_day(session, today, now, everybody=begins)

        retrying(unit)
        self._begun = today

    def _sweep(self) -> bool:
        """Glance at a slice of a sweep while others may write, then write whom to look at."""
        today = self.clock.today()
        if self._glance is None or self._glance.today != today:
            self._glance = Glance(self.work.prover.catalogue, today)
        glance = self._glance
        with self.work.database.reading() as session:
            found = sweeps.next_slice(session, glance)
        if found is None:
            return False

        def unit() -> None:
            with self.work.database.writing() as session:
                self.lease.hold(session, self.clock.now())
                sweeps.write(session, found, self.clock.now())

        retrying(unit)
        return True

    # --- events ------------------------------------------------------------------------------------

    def _batch(self, events: Mapping[int, Sequence[int]]) -> None:
        """Do events company by company; those without any effect are finished together."""
        quiet: list[int] = []
        for company, ids in events.items():
            try:
                task = self._task(company)
            except Exception as error:
                self._failed(ids, error)
                continue
            failpoints.reach("watch.looked")
            if task:
                self._do(task, ids)
            else:
                quiet += ids
        if quiet:
            self._do(Task(0), quiet)

    def _task(self, company: int) -> Task:
        if self.engine is None:
            raise LeaseLost
        with self.work.database.reading() as session:
            return task_for(session, self.work, self.engine, company, self.clock.today())

    def _do(self, task: Task, events: Sequence[int]) -> None:
        for left in range(STALE_TRIES - 1, -1, -1):
            try:
                done = retrying(lambda: self._unit(task, events))
            except (Stale, Overtaken) as lost:
                # A person moved the case meanwhile: look at it as it is now.
                if left == 0:
                    self._failed(events, lost)
            except Exception as error:
                self._failed(events, error)
                return
            else:
                self.tally.events += len(events)
                self.tally.opened += done.opened
                self.tally.moved += done.moved
                return

    def _unit(self, task: Task, events: Sequence[int]) -> Done:
        with self.work.database.writing() as session:
            now = self.clock.now()
            self.lease.hold(session, now)
            key = f"{WORK}:{events[0]}"
            done = carry_out(session, self.work, task, key, now, self.clock.today())
            if not inbox.finish(session, events, now):
                raise Overtaken
            failpoints.reach("watch.before-commit")
        failpoints.reach("watch.after-commit")
        return done

    def _failed(self, events: Sequence[int], error: Exception) -> None:
        """Count a failure against its events; what is not their fault is passed on."""
        if isinstance(error, LeaseLost) or _is_outage(error):
            raise error
        reason = reason_of(error)
        LOGGER.warning("event failed: %s", reason)

        def unit() -> None:
            with self.work.database.writing() as session:
                self.lease.hold(session, self.clock.now())
                inbox.failed(session, events, reason)

        retrying(unit)
        self.tally.failed += 1
        if isinstance(error, MemoryError):
            raise error


def _is_outage(error: Exception) -> bool:
    """Say whether the database cannot be used now; a statement that is too slow is its event's fault."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    return getattr(error.orig, "sqlstate", None) != _TOO_SLOW


def waiting_of(events: Sequence[InboxEvent]) -> list[str]:
    """Give events that were set aside as lines for people: number, kind, tries, failure."""
    return [f"{event.id} {event.kind} {event.tries} {event.failure}" for event in events]

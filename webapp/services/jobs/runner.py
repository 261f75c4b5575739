"""Doing jobs: one at a time in a thread, with a lease that is kept alive, tried again later where it fails.

A kind of job is a function from the job at hand to what came of it. It may run again after a crash at any point,
so its effect is written where a second run finds it, or in the commit that ends the job (`Running.finish`).
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from webapp.database import Database, retrying
from webapp.services import failpoints
from webapp.services.failing import reason_of
from webapp.services.jobs import queue
from webapp.services.jobs.queue import KILLED, LEASE, MAX_TRIES, JobLost, State
from webapp.services.watch.lease import this_process
from webapp.tables.jobs import Job

LOGGER = logging.getLogger("mianshen.jobs")
Result = Mapping[str, Any]
SHOWN_EVERY = 1.0
"""Seconds between two notes of how far a job is."""


class Cancelled(RuntimeError):
    """Somebody asked that the job be given up."""


class Released(RuntimeError):
    """This process ends: the job waits for the next one, without having used up a try."""


class Hopeless(RuntimeError):
    """The job cannot succeed however often it is tried; the code says why (``jobs.failure.<code>``)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Running:
    """A job in the hands of this process."""

    database: Database
    now: Callable[[], datetime]
    id: int
    kind: str
    about: Mapping[str, Any]
    owner: int | None
    holder: str
    stopping: threading.Event
    finished: bool = False
    _step: str = ""
    _reached: int = 0
    _total: int = 0
    _shown: float = 0.0
    _lost: threading.Event = field(default_factory=threading.Event)
    _given_up: threading.Event = field(default_factory=threading.Event)

    def begin(self, step: str, total: int = 0) -> None:
        """Begin a step of so many rows; raises what `check` raises."""
        self._step, self._reached, self._total = step, 0, total
        self.keep()

    def advance(self, rows: int = 1) -> None:
        """Note rows; raises what `check` raises."""
        self._reached += rows
        if monotonic() - self._shown >= SHOWN_EVERY:
            self.keep()
        self.check()

    def check(self) -> None:
        """Raise `Cancelled`, `Released` or `JobLost` where the job shall end here."""
        if self._lost.is_set():
            raise JobLost
        if self._given_up.is_set():
            raise Cancelled
        if self.stopping.is_set():
            raise Released

    def keep(self) -> None:
        """Renew the lease and write how far the job is; raises what `check` raises."""
        self._shown = monotonic()
        values: dict[str, str | int] = {
            "step": self._step,
            "reached": self._reached,
            "total": self._total,
        }

        def unit() -> bool:
            with self.database.writing() as session:
                return queue.renew(session, self.id, self.holder, self.now(), **values)

        try:
            if retrying(unit):
                self._given_up.set()
        except JobLost:
            self._lost.set()
        self.check()

    def finish(self, session: Session, result: Result | None = None) -> None:
        """End the job in the commit of its effect; raises `JobLost`."""
        queue.end(session, self.id, self.holder, State.DONE, self.now(), result)
        self.finished = True


Kind = Callable[[Running], Result | None]


@dataclass
class Runner:
    """Does jobs whose kinds it knows, until ``stopping`` is set.

    ``later`` is told of a job that is to be tried again, and in how many seconds; ``chores`` are done each minute.
    """

    database: Database
    kinds: Mapping[str, Kind]
    now: Callable[[], datetime]
    later: Callable[[int, float], None] = lambda _job, _seconds: None
    chores: Sequence[Callable[[datetime], None]] = ()
    beat: float = LEASE.total_seconds() / 4
    stopping: threading.Event = field(default_factory=threading.Event)

    def work(self, id_: int) -> State | None:
        """Do a job and give how it stands then; None where it is nobody's to take."""
        holder = this_process()
        job = self._claim(id_, holder)
        if job is None:
            return None
        about = json.loads(job.about)
        running = Running(
            self.database, self.now, id_, job.kind, about, job.owner_id, holder, self.stopping
        )
        if job.cancel_asked:
            return self._end(running, State.CANCELLED)
        if job.tries > MAX_TRIES:
            return self._end(running, State.FAILED, KILLED)
        with _Beat(running, self.beat):
            try:
                return self._do(running)
            except JobLost:
                LOGGER.warning("job %s is another's now", id_)
                return None
            except Cancelled:
                return self._end(running, State.CANCELLED)
            except Released:
                return self._release(running)
            except Hopeless as error:
                return self._end(running, State.FAILED, error.code)
            except Exception as error:
                return self._failed(running, job, error)

    def _claim(self, id_: int, holder: str) -> Job | None:
        def unit() -> Job | None:
            with self.database.writing() as session:
                job = queue.claim(session, id_, holder, self.now())
                if job is not None:
                    session.expunge(job)
                return job

        return retrying(unit)

    def _do(self, running: Running) -> State | None:
        kind = self.kinds.get(running.kind)
        if kind is None:
            raise Hopeless("kind_unknown")
        failpoints.reach("jobs.claimed")
        result = kind(running)
        failpoints.reach("jobs.done")
        if running.finished:
            return State.DONE
        return self._end(running, State.DONE, result=result)

    def _end(
        self, running: Running, state: State, failure: str = "", result: Result | None = None
    ) -> State | None:
        def unit() -> None:
            with self.database.writing() as session:
                queue.end(session, running.id, running.holder, state, self.now(), result, failure)

        try:
            retrying(unit)
        except JobLost:
            return None
        return state

    def _release(self, running: Running) -> State | None:
        def unit() -> None:
            with self.database.writing() as session:
                queue.release(session, running.id, running.holder, self.now())

        try:
            retrying(unit)
        except JobLost:
            return None
        return State.WAITING

    def _failed(self, running: Running, job: Job, error: Exception) -> State | None:
        """Put the job back for later, or let it fail; without a database its lease runs out by itself."""
        reason = reason_of(error)
        LOGGER.warning("job %s (%s) failed: %s", job.id, job.kind, reason, exc_info=error)
        try:
            if job.tries >= MAX_TRIES:
                return self._end(running, State.FAILED, reason)
            wait = retrying(lambda: self._again(running, job, reason))
        except (JobLost, DBAPIError):
            return None
        self.later(job.id, wait)
        return State.WAITING

    def _again(self, running: Running, job: Job, reason: str) -> float:
        with self.database.writing() as session:
            return queue.again(session, job, running.holder, reason, self.now())


class _Beat:
    """Keeps a job's lease alive while a long step says nothing."""

    def __init__(self, running: Running, seconds: float) -> None:
        self._running, self._seconds = running, seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"job-{running.id}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                self._running.keep()
            except (JobLost, Cancelled, Released):
                return  # the flag is set; the step sees it
            except DBAPIError:
                continue  # the next beat may reach the database again

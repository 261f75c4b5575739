"""The bell: Huey wakes a worker for a job at once. Nothing lives in its queue but numbers of jobs.

A ring that is lost costs at most a minute: then the sweep rings again for all that is due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from huey.serializer import SignedSerializer

from webapp.database import retrying
from webapp.services.jobs import queue
from webapp.services.jobs.runner import Runner

LOGGER = logging.getLogger("mianshen.jobs")
NAME = "mianshen"
FILE = "jobs-bell.sqlite3"
WORKERS = 2
_STOP = 25
"""Seconds that jobs are given to come to a place where they can be let go of."""


class Bell:
    """Rings for jobs; with ``answer`` this process does them too. ``make`` opens the storage when it is first used."""

    def __init__(self, make: Callable[[], Huey]) -> None:
        self._make = make
        self._runner: Runner | None = None

    @cached_property
    def _huey(self) -> Huey:
        return self._make()

    @cached_property
    def _work(self) -> Any:
        @self._huey.task(name="work")  # type: ignore[untyped-decorator]  # Huey has no types
        def work(job: int) -> None:
            self._answered().work(job)

        @self._huey.periodic_task(crontab(), name="sweep")  # type: ignore[untyped-decorator]
        def sweep() -> None:
            self.sweep()

        return work

    def ring(self, job: int, seconds: float = 0) -> None:
        """Wake a worker for a job, at once or later; to be called after the commit that ordered it."""
        try:
            if seconds:
                self._work.schedule(args=(job,), delay=seconds)
            else:
                self._work(job)
        except Exception as error:  # every storage has errors of its own
            LOGGER.warning("bell not rung (%s); the sweep will", type(error).__name__)

    def sweep(self) -> int:
        """Do the chores, ring for everything that is due, delete what ended long ago; gives the number of rings."""
        runner = self._answered()
        now = runner.now()
        for chore in runner.chores:
            chore(now)

        def unit() -> list[int]:
            with runner.database.writing() as session:
                queue.forget(session, now)
                return list(queue.due(session, now))

        found = retrying(unit)
        for job in found:
            self.ring(job)
        return len(found)

    def answer(self, runner: Runner) -> None:
        """Let this process do jobs."""
        runner.later = self.ring
        self._runner = runner

    def consumer(self, workers: int = WORKERS) -> Threads:
        """Give the threads of this process that do jobs and sweep each minute."""
        _ = self._work  # registers what the threads are to do
        return Threads(
            self._huey, workers=workers, max_delay=1.0, flush_locks=True, shutdown_timeout=_STOP
        )

    def stop(self, threads: Threads) -> None:
        """Let jobs go at their next step and wait for the threads."""
        self._answered().stopping.set()
        threads.stop(graceful=True)

    def _answered(self) -> Runner:
        if self._runner is None:
            raise RuntimeError("this process does no jobs")
        return self._runner


class Threads(Consumer):  # type: ignore[misc]  # Huey has no types
    """Huey's consumer inside a program that handles its signals itself."""

    def _set_signal_handlers(self) -> None:
        """Leave signals to the program."""


def bell_of(data: Path, redis: str, secret: str) -> Bell:
    """Make the bell of an installation: in Redis where there is one, else in a file beside the data."""
    options: dict[str, Any] = {
        "results": False,
        "serializer": SignedSerializer(secret=secret, salt="mianshen bell"),
    }

    def in_redis() -> Huey:
        return RedisHuey(NAME, url=redis, **options)

    def in_file() -> Huey:
        data.mkdir(parents=True, exist_ok=True)
        file = data / FILE
        file.touch(mode=0o600)
        return SqliteHuey(NAME, filename=str(file), **options)

    return Bell(in_redis if redis else in_file)

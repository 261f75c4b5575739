"""Jobs on both databases, done by hand, so that a test says when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.webapp.conftest import NOON
from webapp.database import Database
from webapp.services.jobs import queue
from webapp.services.jobs.runner import Kind, Runner, Running
from webapp.tables.jobs import Job


@dataclass
class Shop:
    """Where jobs are ordered and done; its clock stands still until a test lets time pass."""

    database: Database
    now: datetime = NOON
    done: list[Mapping[str, Any]] = field(default_factory=list)
    rung: list[tuple[int, float]] = field(default_factory=list)
    kinds: dict[str, Kind] = field(default_factory=dict)

    def order(self, kind: str = "note", key: str = "", **about: Any) -> int:
        """Order a job."""
        with self.database.writing() as session:
            return queue.order(
                session, kind, key or f"{kind}:{len(self.rung)}:{about}", about, self.now
            )

    def runner(self, beat: float = 60) -> Runner:
        """Give what would be a process that does jobs."""
        kinds = {"note": self.note, **self.kinds}
        return Runner(
            self.database, kinds, lambda: self.now, lambda *ring: self.rung.append(ring), beat=beat
        )

    def note(self, running: Running) -> dict[str, Any]:
        """The plainest kind of job."""
        self.done.append(dict(running.about))
        return {"n": len(self.done)}

    def job(self, id_: int) -> Job:
        """Read a job."""
        with self.database.reading() as session:
            found = session.get(Job, id_)
            assert found is not None
            session.expunge(found)
            return found

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def due(self) -> list[int]:
        """List what could be taken now."""
        with self.database.reading() as session:
            return list(queue.due(session, self.now))


@pytest.fixture
def shop(database: Database) -> Shop:
    """A place for jobs."""
    return Shop(database)


def failing(times: int, error: Callable[[], Exception]) -> Kind:
    """Give a kind of job that fails so often and then is done."""
    tries: list[int] = []

    def kind(_: Running) -> None:
        tries.append(1)
        if len(tries) <= times:
            raise error()

    return kind

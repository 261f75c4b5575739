"""Whether this installation can serve: every check by its name, with figures that give nothing away.

To add one, write a function from what all requests share to an `Answer` and name it in `CHECKS`.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from webapp.limits import MAX_INBOX_AGE, MAX_JOB_AGE, MIN_DISK_FREE
from webapp.operations.lines import Line, failure_of
from webapp.operations.waiting import age, oldest_waiting
from webapp.services.jobs.queue import oldest_due
from webapp.shared import Portal

LOGGER = logging.getLogger("mianshen.health")
Answer = dict[str, bool | float]
"""``ok``, and figures beside it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be so; ``stored`` says that only the database can tell."""

    look: Callable[[Portal], Answer]
    stored: bool = True


def look(shared: Portal) -> dict[str, Answer]:
    """Make all checks; without the database those that ask it fail without a try."""
    answers: dict[str, Answer] = {}
    for name, check in CHECKS.items():
        reachable = answers.get(DATABASE, {"ok": True})["ok"]
        answers[name] = _answer(check, shared) if reachable or not check.stored else {"ok": False}
    return answers


def is_ready(answers: dict[str, Answer]) -> bool:
    """Say whether every check came out well."""
    return all(answer["ok"] for answer in answers.values())


def _answer(check: Check, shared: Portal) -> Answer:
    try:
        return check.look(shared)
    except (SQLAlchemyError, OSError) as error:
        failure = failure_of((type(error), error, error.__traceback__))
        LOGGER.warning(Line(event="check failed", **failure))
        return {"ok": False}


def _database(shared: Portal) -> Answer:
    with shared.database.reading() as session:
        session.execute(select(1))
    return {"ok": True}


def _migrations(shared: Portal) -> Answer:
    return {"ok": shared.database.is_current()}


def _inbox(shared: Portal) -> Answer:
    with shared.database.reading() as session:
        oldest = oldest_waiting(session)
    waited = age(oldest, shared.now())
    return {"ok": waited <= MAX_INBOX_AGE.total_seconds(), "oldest_seconds": round(waited)}


def _jobs(shared: Portal) -> Answer:
    with shared.database.reading() as session:
        oldest = oldest_due(session, shared.now())
    waited = age(oldest, shared.now())
    return {"ok": waited <= MAX_JOB_AGE.total_seconds(), "oldest_seconds": round(waited)}


def _disk(shared: Portal) -> Answer:
    free = disk_free(shared)
    return {"ok": free >= MIN_DISK_FREE, "free_percent": round(free * 100, 1)}


def disk_free(shared: Portal) -> float:
    """Give the free share of the fullest disk on which data of this installation lie."""
    return min(_free(folder) for folder in _folders(shared))


def _folders(shared: Portal) -> list[Path]:
    file = shared.database.engine.url.database
    own = shared.evidence.folder.parent
    return [own, Path(file).parent] if shared.database.embedded and file else [own]


def _free(folder: Path) -> float:
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    disk = shutil.disk_usage(there)
    return disk.free / disk.total


DATABASE = "database"
CHECKS: dict[str, Check] = {
    DATABASE: Check(_database),
    "migrations": Check(_migrations),
    "inbox": Check(_inbox),
    "jobs": Check(_jobs),
    "disk": Check(_disk, stored=False),
}

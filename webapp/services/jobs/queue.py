"""The table of jobs is the truth: what is to be done, who has it until when, and what came of it.

Everything here is one conditional statement inside somebody's unit of work; the bell (`webapp.services.jobs.bell`)
only says that there is something to look at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from webapp.services.watch.inbox import insert_new
from webapp.tables.jobs import Job

LEASE = timedelta(seconds=60)
"""How long a job is somebody's without a sign of life."""
WAITS = (10, 60, 300, 1800)
"""Seconds before the second, third, … try."""
MAX_TRIES = len(WAITS) + 1
KEPT = timedelta(days=90)
"""How long a job is kept after its end."""
KILLED = "killed"
"""The failure of a job whose process ended before it did, at every try."""
_LONGEST = 2_000


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (State.WAITING, State.RUNNING)
"""The states of a job that is still to end."""


class JobLost(RuntimeError):
    """Somebody else has the job now; whatever was about to be committed must not be."""


def order(
    session: Session,
    kind: str,
    key: str,
    about: Mapping[str, Any],
    now: datetime,
    owner: int | None = None,
) -> int:
    """Order a job in the commit of its cause and give its number; the same key gives the one there is."""
    row = {
        "key": key,
        "kind": kind,
        "about": json.dumps(about, ensure_ascii=False),
        "owner_id": owner,
        "state": State.WAITING.value,
        "tries": 0,
        "due_at": now,
        "holder": "",
        "cancel_asked": False,
        "step": "",
        "reached": 0,
        "total": 0,
        "failure": "",
        "result": "",
        "made_at": now,
    }
    insert_new(session, Job, [row])
    return session.scalars(select(Job.id).where(Job.key == key)).one()


def claim(session: Session, id_: int, holder: str, now: datetime) -> Job | None:
    """Take a job that is due, or that its holder let go of; None where it is nobody's to take."""
    taken = (
        update(Job)
        .where(Job.id == id_, _free(now))
        .values(
            state=State.RUNNING.value,
            holder=holder,
            leased_until=now + LEASE,
            tries=Job.tries + 1,
            begun_at=func.coalesce(Job.begun_at, now),
        )
    )
    return session.get(Job, id_, populate_existing=True) if _one(session, taken) else None


def due(session: Session, now: datetime, limit: int = 100) -> Sequence[int]:
    """List the jobs that somebody could take now, those that wait longest first."""
    wanted = select(Job.id).where(_free(now)).order_by(Job.due_at, Job.id).limit(limit)
    return session.scalars(wanted).all()


def renew(session: Session, id_: int, holder: str, now: datetime, **reached: str | int) -> bool:
    """Keep a job, with how far it is, and say whether it shall be given up; raises `JobLost`."""
    mine = update(Job).where(*_held(id_, holder)).values(leased_until=now + LEASE, **reached)
    if not _one(session, mine):
        raise JobLost
    return bool(session.scalar(select(Job.cancel_asked).where(Job.id == id_)))


def end(
    session: Session,
    id_: int,
    holder: str,
    state: State,
    now: datetime,
    result: Mapping[str, Any] | None = None,
    failure: str = "",
) -> None:
    """End a job in the commit of its effect; raises `JobLost`."""
    ended = (
        update(Job)
        .where(*_held(id_, holder))
        .values(
            state=state.value,
            leased_until=None,
            holder="",
            ended_at=now,
            failure=failure[:_LONGEST],
            result="" if result is None else json.dumps(result, ensure_ascii=False),
        )
    )
    if not _one(session, ended):
        raise JobLost


def again(session: Session, job: Job, holder: str, failure: str, now: datetime) -> float:
    """Put a failed job back for a later try; gives the seconds until then. Raises `JobLost`."""
    wait = WAITS[min(job.tries, len(WAITS)) - 1]
    later = (
        update(Job)
        .where(*_held(job.id, holder))
        .values(
            state=State.WAITING.value,
            leased_until=None,
            holder="",
            due_at=now + timedelta(seconds=wait),
            failure=failure[:_LONGEST],
        )
    )
    if not _one(session, later):
        raise JobLost
    return wait


def release(session: Session, id_: int, holder: str, now: datetime) -> None:
    """Put a job back for the next process, as if this one had never tried it; raises `JobLost`."""
    back = (
        update(Job)
        .where(*_held(id_, holder))
        .values(
            state=State.WAITING.value,
            leased_until=None,
            holder="",
            due_at=now,
            tries=Job.tries - 1,
        )
    )
    if not _one(session, back):
        raise JobLost


def cancel(session: Session, id_: int, now: datetime) -> bool:
    """Have a job given up: at once where it waits, at its next step where it runs; False where it has ended."""
    waiting = Job.state == State.WAITING.value
    asked = (
        update(Job)
        .where(Job.id == id_, Job.state.in_(OPEN))
        .values(
            cancel_asked=True,
            state=case((waiting, State.CANCELLED.value), else_=Job.state),
            ended_at=case((waiting, now), else_=Job.ended_at),
        )
    )
    return _one(session, asked)


def try_again(session: Session, id_: int, now: datetime) -> bool:
    """Take a job that failed back into work; False where there is none."""
    back = (
        update(Job)
        .where(Job.id == id_, Job.state == State.FAILED.value)
        .values(state=State.WAITING.value, tries=0, due_at=now, ended_at=None, failure="")
    )
    return _one(session, back)


def by_key(session: Session, key: str) -> Job | None:
    """Find the job of an order."""
    return session.scalars(select(Job).where(Job.key == key)).one_or_none()


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """Give since when the job has been due that nobody has taken for the longest time."""
    return session.scalar(select(func.min(Job.due_at)).where(_free(now)))


def forget(session: Session, now: datetime) -> int:
    """Delete what ended long ago; gives the number of jobs."""
    gone = session.execute(delete(Job).where(Job.ended_at < now - KEPT))
    return cast("CursorResult[Any]", gone).rowcount


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(Job.state == State.WAITING.value, Job.due_at <= now),
        and_(Job.state == State.RUNNING.value, Job.leased_until <= now),
    )


def _held(id_: int, holder: str) -> tuple[ColumnElement[bool], ...]:
    return Job.id == id_, Job.holder == holder, Job.state == State.RUNNING.value


def _one(session: Session, statement: Any) -> bool:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount == 1

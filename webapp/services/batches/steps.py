"""The steps of a registry on its way: which job does each, and what a person may begin when.

A state changes by one conditional statement in the commit that orders the step's job. Where that job was cancelled or
failed, the registry goes back to where a person can go on (`recover`).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from webapp.database import Database, retrying
from webapp.services.audit.chain import Deed
from webapp.services.batches.columns import Choices
from webapp.services.batches.store import State
from webapp.services.cases.refusals import Refused
from webapp.services.jobs import queue
from webapp.services.people.accounts import tell
from webapp.services.people.roles import Actor
from webapp.tables.batches import BatchRun
from webapp.tables.jobs import Job

LOOK, CHECK, RUN = "batch.look", "batch.check", "batch.run"
OBJECT = "batch"
_BACK = {State.LOOKING: State.FAILED, State.CHECKING: State.NEW, State.RUNNING: State.CHECKED}
"""Where a registry stands again when the job that it waited for did not come to its end."""


def order_step(session: Session, kind: str, token: str, owner: int | None, now: datetime) -> int:
    """Order the job of a step; each time it is a new one, for the step before it may have been repeated."""
    key = f"{kind}:{token}:{secrets.token_hex(4)}"
    return queue.order(session, kind, key, {"token": token}, now, owner)


def look_again(database: Database, run: BatchRun, sheet: str, actor: Actor, now: datetime) -> int:
    """Look at a file again, at another sheet of it; gives the job."""
    return _begin(
        database,
        run,
        (State.FAILED, State.NEW),
        State.LOOKING,
        LOOK,
        actor,
        now,
        sheet=sheet,
        report="",
    )


def begin_check(
    database: Database, run: BatchRun, choices: Choices, as_of: date, actor: Actor, now: datetime
) -> int:
    """Have the rows cleaned as the columns are said to mean; gives the job."""
    values = {"columns": choices.to_json(), "as_of": as_of}
    return _begin(
        database, run, (State.NEW, State.CHECKED), State.CHECKING, CHECK, actor, now, **values
    )


def begin_run(
    database: Database,
    run: BatchRun,
    measures: Sequence[str],
    name: str,
    previous: BatchRun | None,
    actor: Actor,
    now: datetime,
) -> int:
    """Have the cleaned rows matched; gives the job."""
    values = {
        "measures": json.dumps(list(measures), ensure_ascii=False),
        "name": name,
        "previous_id": previous.id if previous else None,
    }
    return _begin(database, run, (State.CHECKED,), State.RUNNING, RUN, actor, now, **values)


def move(
    session: Session, token: str, before: Sequence[State], after: State, **values: Any
) -> bool:
    """Move a registry from one of some states to another; False where it stands elsewhere."""
    moved = (
        update(BatchRun)
        .where(BatchRun.token == token, BatchRun.state.in_(before))
        .values(state=after.value, **values)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", session.execute(moved)).rowcount == 1


def recover(database: Database, run: BatchRun, job: Job | None) -> str:
    """Put a registry back whose job ended without it; gives why, "" where all is well."""
    state = State(run.state)
    if state not in _BACK or (job is not None and job.state in queue.OPEN):
        return ""
    why = "gone" if job is None else "cancelled" if job.state == queue.State.CANCELLED else "failed"
    if job is not None and job.state == queue.State.DONE:
        return ""  # its own commit moved the registry meanwhile
    back = _BACK[state]
    report = json.dumps({"failure": why}) if back is State.FAILED else run.report

    def unit() -> None:
        with database.writing() as session:
            move(session, run.token, (state,), back, report=report)

    retrying(unit)
    return why


def _begin(
    database: Database,
    run: BatchRun,
    before: Sequence[State],
    after: State,
    kind: str,
    actor: Actor,
    now: datetime,
    **values: Any,
) -> int:
    if run.state not in before:
        raise Refused("batch_not_now")

    def unit() -> int:
        with database.writing() as session:
            job = order_step(session, kind, run.token, actor.id, now)
            if not move(session, run.token, before, after, job_id=job, **values):
                raise Refused("batch_not_now")
            tell(session, actor, Deed(kind, OBJECT, run.token[:8]), now)
            return job

    return retrying(unit)

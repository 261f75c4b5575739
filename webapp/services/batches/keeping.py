"""Registries that go: at their owner's wish, or after their time."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, or_, select, update

from webapp.database import Database, retrying
from webapp.limits import BATCH_KEPT, FACT_FILE_KEPT
from webapp.services.audit.chain import Deed
from webapp.services.batches.steps import OBJECT
from webapp.services.batches.store import FOLDER, State, places
from webapp.services.cases.refusals import Refused
from webapp.services.people.accounts import tell
from webapp.services.people.roles import Actor
from webapp.tables.batches import BatchRun

_ORPHAN = timedelta(days=1)
"""How old a folder without a row is at least before it is removed: a younger one may be coming in."""
_BUSY = (State.LOOKING, State.CHECKING, State.RUNNING)


def drop(database: Database, data: Path, run: BatchRun, actor: Actor, now: datetime) -> None:
    """Delete a registry and all that came of it; one that is being worked on is refused."""
    if run.state in _BUSY:
        raise Refused("batch_busy")

    def unit() -> None:
        with database.writing() as session:
            session.execute(
                update(BatchRun).where(BatchRun.previous_id == run.id).values(previous_id=None)
            )
            gone = delete(BatchRun).where(BatchRun.id == run.id, BatchRun.state.not_in(_BUSY))
            session.execute(gone.execution_options(synchronize_session=False))
            tell(session, actor, Deed("batch.dropped", OBJECT, run.token[:8]), now)

    retrying(unit)
    shutil.rmtree(places(data, run.token).folder, ignore_errors=True)


def sweep(database: Database, data: Path, now: datetime) -> int:
    """Delete registries after their time, and folders that no row names; gives the number of rows."""
    old = or_(
        BatchRun.made_at < now - BATCH_KEPT,
        (BatchRun.made_at < now - FACT_FILE_KEPT) & BatchRun.state.in_((State.NEW, State.FAILED)),
    )

    def unit() -> list[str]:
        with database.writing() as session:
            found = session.execute(
                select(BatchRun.id, BatchRun.token).where(old, BatchRun.state.not_in(_BUSY))
            ).all()
            ids = [row.id for row in found]
            session.execute(
                update(BatchRun).where(BatchRun.previous_id.in_(ids)).values(previous_id=None)
            )
            session.execute(delete(BatchRun).where(BatchRun.id.in_(ids)))
            return [row.token for row in found]

    gone = retrying(unit)
    for token in gone:
        shutil.rmtree(places(data, token).folder, ignore_errors=True)
    _orphans(database, data, now)
    return len(gone)


def _orphans(database: Database, data: Path, now: datetime) -> None:
    folder = data / FOLDER
    if not folder.is_dir():
        return
    with database.reading() as session:
        named = set(session.scalars(select(BatchRun.token)))
    for one in folder.iterdir():
        if (
            one.name not in named
            and now.timestamp() - one.stat().st_mtime > _ORPHAN.total_seconds()
        ):
            shutil.rmtree(one, ignore_errors=True)

"""Which finished runs somebody may look at, and which of them a page shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.services.batches.store import REGISTRY, State, may_see, places
from webapp.services.dashboard.stored import Stored
from webapp.services.people.roles import Actor
from webapp.tables.batches import BatchRun

MOST = 30
"""Runs that a page offers."""


def finished(session: Session, actor: Actor) -> Sequence[BatchRun]:
    """List the newest finished runs, those over this installation's own companies first."""
    wanted = (
        select(BatchRun)
        .where(BatchRun.state == State.DONE, may_see(actor))
        .order_by(BatchRun.source != REGISTRY, BatchRun.made_at.desc(), BatchRun.id.desc())
        .limit(MOST)
    )
    return session.scalars(wanted).all()


def stored_of(data: Path, run: BatchRun) -> Stored | None:
    """Open the counts of a run; None where it has none."""
    return Stored.of(places(data, run.token).out)

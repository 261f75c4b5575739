"""Where registries and their results lie, and in what state each is.

A run's files lie in ``<data>/batches/<token>``: the file as it came, and ``out``, an output folder as `mianshen batch`
writes it (docs/batch.md).
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from webapp.services.people.roles import Actor, Permission
from webapp.tables.batches import BatchRun

FOLDER, OUT, INPUT = "batches", "out", "input"
UPLOAD, REGISTRY = "upload", "registry"
"""Where the rows come from: a file, or the companies of this installation."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


class State(StrEnum):
    """Where a registry stands on its way: those that end in -ing wait for a job, NEW and CHECKED for a person."""

    LOOKING = "looking"
    NEW = "new"
    """The file can be read; its columns are still to be confirmed."""
    CHECKING = "checking"
    CHECKED = "checked"
    """Every row was read and cleaned; it waits for somebody to begin the matching."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one run."""

    folder: Path

    @property
    def out(self) -> Path:
        """The output folder."""
        return self.folder / OUT

    def beside(self, name: str) -> Path:
        """Give where something about the run lies."""
        return self.folder / name

    def input(self) -> Path | None:
        """The file as it came; None where it was deleted or never was."""
        return next(iter(sorted(self.folder.glob(f"{INPUT}.*"))), None)


def new_token() -> str:
    """Make the name of a run's folder, which stands in its addresses."""
    return secrets.token_urlsafe(16)


def places(data: Path, token: str) -> Places:
    """Give where a run's files lie."""
    if not _TOKEN.fullmatch(token):
        raise ValueError("not a token of a run")
    return Places(data / FOLDER / token)


def may_see(actor: Actor) -> ColumnElement[bool]:
    """Give the condition for runs that somebody may see: their own, and those over this installation's companies."""
    own: list[ColumnElement[bool]] = []
    if actor.id is not None and actor.may(Permission.BATCHES_RUN):
        own.append(BatchRun.owner_id == actor.id)
    if actor.key is not None and actor.may(Permission.BATCHES_RUN):
        own.append(BatchRun.key_id == actor.key)
    if actor.may(Permission.REGISTRY_SEE):
        own.append(BatchRun.source == REGISTRY)
    return or_(*own) if own else BatchRun.id.is_(None)


def find(session: Session, actor: Actor, token: str) -> BatchRun | None:
    """Find a run that somebody may see."""
    if not _TOKEN.fullmatch(token):
        return None
    wanted = select(BatchRun).where(BatchRun.token == token, may_see(actor))
    return session.scalars(wanted).one_or_none()


def find_run(session: Session, token: str) -> BatchRun | None:
    """Find a run for its own job, whoever it belongs to."""
    return session.scalars(select(BatchRun).where(BatchRun.token == token)).one_or_none()

"""A request that creates something counts once: its key leads back to the answer that it had.

`begin` claims a key before the work, `answer` writes the answer in the commit of the work, and `release` gives the
key free where nothing was done. A claim is a lease: where a process ended meanwhile, a later request with the
same key takes its place, and the earlier one can no longer commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Update, delete, insert, update
from sqlalchemy.orm import Session

from webapp.database import Database, retrying
from webapp.limits import ONCE_LEASE
from webapp.services.audit.chain import Sealer
from webapp.services.cases.refusals import Refused
from webapp.services.people.roles import Actor
from webapp.tables.cases import Answered

_RUNNING = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that a request holds: whose it is, and since when."""

    actor: str
    key: str
    at: datetime


class StillRunning(Refused):
    """A request with the same key is being worked on."""

    def __init__(self) -> None:
        super().__init__("once_running")


def begin(
    database: Database, sealer: Sealer, actor: Actor, key: str, asked: Any, now: datetime
) -> Claim | str:
    """Claim a key for what is asked, or give the answer that it had.

    Raises `Refused` where the key stood for something else, `StillRunning` where it is held.
    """
    digest, claim = sealer.digest(asked), Claim(actor.said, key, now)

    def unit() -> Claim | str:
        with database.writing() as session:
            row = session.get(Answered, (claim.actor, claim.key))
            if row is None:
                session.execute(
                    insert(Answered).values(
                        actor=claim.actor, key=key, digest=digest, answer=_RUNNING, at=now
                    )
                )
                return claim
            if row.digest != digest:
                raise Refused("once_other")
            if row.answer != _RUNNING:
                return row.answer
            held = Claim(claim.actor, key, row.at)
            if now - row.at < ONCE_LEASE or not _done(session, _held(held).values(at=now)):
                raise StillRunning
            return claim

    return retrying(unit)


def answer(session: Session, claim: Claim, told: str) -> None:
    """Write the answer inside the unit of work that it tells of; raises `StillRunning` where the claim is lost."""
    if not _done(session, _held(claim).values(answer=told)):
        raise StillRunning


def release(database: Database, claim: Claim) -> None:
    """Give a key free that nothing was done for."""

    def unit() -> None:
        with database.writing() as session:
            _done(session, delete(Answered).where(*_same(claim)))

    retrying(unit)


def _held(claim: Claim) -> Update:
    return update(Answered).where(*_same(claim))


def _same(claim: Claim) -> tuple[Any, ...]:
    return (
        Answered.actor == claim.actor,
        Answered.key == claim.key,
        Answered.at == claim.at,
        Answered.answer == _RUNNING,
    )


def _done(session: Session, statement: Update | Delete) -> bool:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount == 1

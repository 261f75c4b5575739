"""Which process does a work that only one may do: a lease in the database that runs out by itself."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, or_, update
from sqlalchemy.orm import Session

from webapp.services.watch.inbox import insert_new
from webapp.tables.watch import Lease as LeaseRow

LASTS = timedelta(seconds=30)


class LeaseLost(RuntimeError):
    """Another process does the work now; whatever was about to be committed must not be."""


def this_process() -> str:
    """Name this process so that no other has the name, on this machine or another."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(6)}"


@dataclass(frozen=True)
class Lease:
    """The right of one process to a work."""

    work: str
    holder: str = field(default_factory=this_process)

    def take(self, session: Session, now: datetime) -> bool:
        """Take the lease where it is free or has run out; say whether it is ours."""
        free = {"work": self.work, "holder": "", "until": now}
        insert_new(session, LeaseRow, [free])
        return self._write(session, now, or_(LeaseRow.holder == self.holder, LeaseRow.until <= now))

    def hold(self, session: Session, now: datetime) -> None:
        """Renew the lease in the commit of what it allows; raises `LeaseLost` where it is another's."""
        if not self._write(session, now, LeaseRow.holder == self.holder):
            raise LeaseLost

    def _write(self, session: Session, now: datetime, condition: Any) -> bool:
        statement = (
            update(LeaseRow)
            .where(LeaseRow.work == self.work, condition)
            .values(holder=self.holder, until=now + LASTS)
            .execution_options(synchronize_session=False)
        )
        return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1

    def release(self, session: Session, now: datetime) -> None:
        """Give the lease back, so that the next process need not wait."""
        session.execute(
            update(LeaseRow)
            .where(LeaseRow.work == self.work, LeaseRow.holder == self.holder)
            .values(until=now)
        )

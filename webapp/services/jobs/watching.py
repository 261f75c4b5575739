"""Jobs that ring the watch, where no watch runs by itself: after changes of facts, and after a change of the rules."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.services.jobs import queue
from webapp.services.jobs.runner import Result, Running
from webapp.services.watch.inbox import MAX_TRIES
from webapp.services.watch.worker import WORK, Worker
from webapp.tables.jobs import Job
from webapp.tables.watch import InboxEvent, Lease, Sweep

WATCH = "watch"


def ask_watch(session: Session, now: datetime) -> int | None:
    """Order a look at the inbox where something waits and neither a watch nor an order for one is there."""
    waits = select(InboxEvent.id).where(InboxEvent.done_at.is_(None), InboxEvent.tries < MAX_TRIES)
    sweeps = select(Sweep.key).where(Sweep.done_at.is_(None))
    if session.scalar(waits.limit(1)) is None and session.scalar(sweeps.limit(1)) is None:
        return None
    watching = select(Lease.work).where(Lease.work == WORK, Lease.until > now)
    ordered = select(Job.id).where(Job.kind == WATCH, Job.state.in_(queue.OPEN))
    if session.scalar(watching) is not None or session.scalar(ordered.limit(1)) is not None:
        return None
    return queue.order(session, WATCH, f"{WATCH}:{secrets.token_hex(8)}", {}, now)


def ask_look(session: Session, today: date, version: str, now: datetime) -> int:
    """Order, once for each day and version of the rules, that they begin with the looks that they need."""
    return queue.order(session, WATCH, f"{WATCH}:{today.isoformat()}:{version}", {}, now)


def watching(make: Callable[[], Worker]) -> Callable[[Running], Result]:
    """Give the kind of job that empties the watch's inbox; where a watch runs already, it does that itself.

    A day and a version of the rules that the watch has not seen begin with their looks at many companies.
    """

    def drain(running: Running) -> Result:
        worker = make()
        ours = worker.drain(running.check)
        tally = worker.tally
        return {"ours": ours, "events": tally.events, "opened": tally.opened, "moved": tally.moved}

    return drain

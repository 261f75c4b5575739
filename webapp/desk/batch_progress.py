"""How far the job of a registry is: as JSON to be asked for, and as events that come by themselves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue

from webapp.database import Database
from webapp.desk.batches import STEPS, WAITING, standing
from webapp.pages import text
from webapp.services.jobs import queue
from webapp.shared import portal
from webapp.tables.jobs import Job

EVERY, LASTS = 1.0, 25.0
"""Seconds between two events, and how long one answer lasts; the browser comes again by itself."""
_OPEN = BoundedSemaphore(2)
"""Each open answer holds a thread of this process; whoever finds none free asks instead."""


def progress(token: str) -> ResponseReturnValue:
    """Say how far the job of a registry is."""
    run, job, _ = standing(token)
    told = said(job) if job is not None and run.state in WAITING else {"ended": True}
    return Response(
        json.dumps(told, ensure_ascii=False), mimetype="application/json", headers=_FRESH
    )


def events(token: str) -> ResponseReturnValue:
    """Send how far the job is as it goes on; 503 where too many are listening already."""
    run, job, _ = standing(token)
    if job is None or run.state not in WAITING:
        return Response('data: {"ended": true}\n\n', mimetype="text/event-stream", headers=_FRESH)
    if not _OPEN.acquire(blocking=False):
        return Response(status=503, headers={"Retry-After": "5"})
    words = {name: text(f"batches.step.{name}") for name in STEPS.values()}
    answer = Response(
        _events(portal().database, job.id, words), mimetype="text/event-stream", headers=_FRESH
    )
    answer.call_on_close(_OPEN.release)
    return answer


_FRESH = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def _events(database: Database, job: int, words: dict[str, str]) -> Iterator[str]:
    ends = time.monotonic() + LASTS
    yield "retry: 1000\n\n"
    while time.monotonic() < ends:
        with database.reading() as session:
            found = session.get(Job, job)
            told = said(found, words) if found is not None else {"ended": True}
        yield f"data: {json.dumps(told, ensure_ascii=False)}\n\n"
        if told.get("ended"):
            return
        time.sleep(EVERY)


def said(job: Job, words: dict[str, str] | None = None) -> dict[str, Any]:
    """Put into plain values how far a job is."""
    if job.state not in queue.OPEN:
        return {"ended": True}
    name = STEPS.get(job.step, "")
    step = "" if not name else words[name] if words else text(f"batches.step.{name}")
    return {"ended": False, "step": step, "reached": job.reached, "total": job.total}

"""Whole registries for other systems: sent as a file, matched by a job, asked for until they are done."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any, BinaryIO, cast

from flask import Response, request
from sqlalchemy import func, select

from webapp.api.facts import KEY
from webapp.api.guard import actor
from webapp.api.lists import page
from webapp.api.reading import header_of, invalid
from webapp.api.shapes.batches import BatchAsked, BatchFindingsAsked
from webapp.api.shapes.common import Paged
from webapp.api.working import Json, answered, created
from webapp.desk.batches import counts, step_name
from webapp.limits import MAX_ONCE_KEY
from webapp.problems import QUERY, Problem, Wrong, text
from webapp.services import once
from webapp.services.batches import results, steps, uploads
from webapp.services.batches.store import State, find, may_see, places
from webapp.services.cases.refusals import Missing
from webapp.services.jobs import queue
from webapp.shared import portal
from webapp.tables.batches import BatchRun
from webapp.tables.jobs import Job

KINDS = {
    "application/octet-stream": ".csv",
    "text/csv": ".csv",
    "application/vnd.apache.parquet": ".parquet",
}
"""The media types of registries, each with the ending of its file; what a file is its content decides."""


class _Hashed(io.RawIOBase):
    """The body on its way into a file, with its digest."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.digest = stream, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes."""
        block = self._stream.read(size)
        self.digest.update(block)
        return block


def send(query: BatchAsked) -> Response:
    """Take a registry and order all that follows; the same key and registry count once."""
    key, shared = header_of(KEY, MAX_ONCE_KEY), portal()
    known = {one.id for one in shared.catalogue.documents}
    unknown = [one for one in query.document if one not in known]
    if unknown:
        raise invalid(
            [Wrong("/document", text("api.document_unknown", id=unknown[0]), where=QUERY)]
        )
    body = _Hashed(cast(BinaryIO, request.stream))
    name = f"{query.name or 'registry'}{KINDS[request.mimetype]}"
    here = uploads.Reception(shared.database, shared.data)
    kept = uploads.keep(here, uploads.Upload(cast(BinaryIO, body), name), actor())
    asked = [body.digest.hexdigest(), query.model_dump(mode="json")]
    try:
        claim = once.begin(
            shared.database, shared.casework.sealer, actor(), key, asked, shared.now()
        )
    except BaseException:
        uploads.forget(here, kept)
        raise
    if isinstance(claim, str):
        uploads.forget(here, kept)
        return created(claim, again=True)
    order = uploads.Order(
        as_of=query.as_of or shared.today(),
        measures=tuple(query.document),
        name=query.name,
        file_name=name,
        claim=claim,
    )
    try:
        told, job = uploads.write(here, kept, order, actor(), shared.now())
    except BaseException:
        uploads.forget(here, kept)
        once.release(shared.database, claim)
        raise
    shared.bell.ring(job)
    return created(told)


def batches(query: Paged) -> Response:
    """List the registries that the key sent, the newest first."""
    with portal().database.reading() as session:
        mine = may_see(actor())
        total = session.scalar(select(func.count()).select_from(BatchRun).where(mine)) or 0
        first = (query.page - 1) * query.limit
        rows = session.scalars(
            select(BatchRun)
            .where(mine)
            .order_by(BatchRun.id.desc())
            .offset(first)
            .limit(query.limit)
        ).all()
        told = [_told(row, session.get(Job, row.job_id) if row.job_id else None) for row in rows]
    return page(told, total, query)


def batch(id: str) -> Response:
    """Give one registry: where it stands, and what was counted once it is done."""
    run, job = _found(id)
    report = counts(run)
    measures = [
        {
            "measure": one.id,
            "met": one.met,
            "open": one.open,
            "unmet": one.unmet,
            "deliveries": dict(one.deliveries),
        }
        for one in (results.counted(report, portal().catalogue) if run.state == State.DONE else ())
    ]
    return answered(
        {**_told(run, job), "measures": measures, "rejections": report.get("rejections", {})}
    )


def findings(id: str, query: BatchFindingsAsked) -> Response:
    """Give a page of the findings of a finished run."""
    run, _ = _found(id)
    if run.state != State.DONE:
        raise Problem(409, "batch_not_done", text("api.batch_not_done"))
    here = places(portal().data, run.token)
    first = (query.page - 1) * query.limit
    found, total = results.findings(here, query.measure, query.verdict, first, query.limit)
    return page(found, total, query)


def _found(id_: str) -> tuple[BatchRun, Job | None]:
    shared = portal()
    for _ in range(2):
        with shared.database.reading() as session:
            run = find(session, actor(), id_)
            if run is None:
                raise Missing
            job = session.get(Job, run.job_id) if run.job_id else None
            session.expunge_all()
        if not steps.recover(shared.database, run, job):
            break
    return run, job


def _told(run: BatchRun, job: Job | None) -> Json:
    report: dict[str, Any] = json.loads(run.report) if run.report else {}
    busy = job is not None and job.state in queue.OPEN
    numbers = ("rows", "accepted", "rejected", "with_met", "automatic", "met", "open")
    return {
        "id": run.token,
        "name": run.name,
        "state": run.state,
        "as_of": run.as_of.isoformat(),
        "made_at": run.made_at.isoformat(),
        "rules_version": run.rules_version or None,
        "detail": report.get("message") or None,
        "progress": _reached(job) if busy and job is not None else None,
        "counts": {one: report["counts"][one] for one in numbers} if "counts" in report else None,
    }


def _reached(job: Job) -> Json:
    return {"step": step_name(job), "reached": job.reached, "total": job.total}

"""The wizard of whole registries: a file in, its rows looked at, the matching, what came of it.

The page of the columns is `webapp.desk.batch_columns`, how far a job is `webapp.desk.batch_progress`.
"""

from __future__ import annotations

import json
import time
from typing import Any

from flask import Response, abort, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.finding import in_force
from webapp.access import actor
from webapp.desk.asked import Wrong, again, day, typed
from webapp.desk.telling import told
from webapp.limits import BATCH_KEPT, MAX_BATCH_BYTES, PAGE_SIZE
from webapp.pages import language, text, wording
from webapp.services.batches import keeping, results, steps, uploads
from webapp.services.batches.store import REGISTRY, Places, State, find, may_see, places
from webapp.services.cases.refusals import Refused
from webapp.services.jobs import queue
from webapp.shared import portal
from webapp.tables.batches import BatchRun
from webapp.tables.jobs import Job

STEPS = {"读取和清洗": "clean", "比对": "match", "export": "export", "count": "count"}
"""The steps that jobs say they are at, and their texts ``batches.step.<name>``."""
WAITING = (State.LOOKING, State.CHECKING, State.RUNNING)
PATIENCE, LOOK_EVERY = 1.5, 0.1
"""Seconds that a request waits for its job, so that small files need no second page."""


def batches() -> str:
    """List the registries that somebody may see, the newest first."""
    with portal().database.reading() as session:
        rows = session.scalars(
            select(BatchRun).where(may_see(actor())).order_by(BatchRun.id.desc()).limit(PAGE_SIZE)
        ).all()
        session.expunge_all()
    return render_template(
        "desk/batches/list.html",
        rows=[(row, counts(row)) for row in rows],
        kept=BATCH_KEPT.days,
        waiting=WAITING,
    )


def new() -> ResponseReturnValue:
    """Show the form of a new registry; take a file, or the companies of this installation."""
    if request.method == "GET":
        return render_template("desk/batches/new.html", **_form())
    here, now = uploads.Reception(portal().database, portal().data), portal().now()
    try:
        as_of = day("as_of")
        if typed("source") == REGISTRY:
            order = uploads.Order(as_of, REGISTRY, text("batches.own"))
            job = uploads.own_companies(here, order, actor(), now)
        else:
            file = request.files.get("file")
            if file is None or not file.filename:
                raise Refused("file_missing")
            order = uploads.Order(as_of, file_name=file.filename, sheet=typed("sheet"))
            upload = uploads.Upload(file.stream, file.filename)  # type: ignore[arg-type]
            job = uploads.receive(here, upload, order, actor(), now)
    except Refused as refused:
        return again("desk/batches/new.html", refused, given=request.form, **_form())
    return begun(job)


def _form() -> dict[str, Any]:
    return {"mib": MAX_BATCH_BYTES // 2**20, "kept": BATCH_KEPT.days}


def batch(token: str) -> ResponseReturnValue:
    """Show where a registry stands: at work, to be confirmed, looked at, done, or unreadable."""
    run, job, why = standing(token)
    here = places(portal().data, token)
    if run.state == State.NEW:
        return redirect(url_for("desk.batch_columns", token=token), 303)
    if run.state == State.CHECKED:
        return _checked(run, here, why)
    values = {"run": run, "job": job, "why": why, "token": token}
    if run.state in WAITING:
        return render_template("desk/batches/progress.html", step=step_name, **values)
    if run.state == State.FAILED:
        return render_template("desk/batches/failed.html", said=counts(run), **values)
    return _done(run, here)


def _checked(
    run: BatchRun, here: Places, why: str, refused: Refused | None = None
) -> ResponseReturnValue:
    shared = portal()
    with shared.database.reading() as session:
        earlier = _earlier(session, run)
        session.expunge_all()
    values = {
        "run": run,
        "why": why,
        "found": results.checked(here),
        "documents": _by_document(run),
        "earlier": earlier,
        "message": counts(run).get("message", ""),
        "english": language() != "zh",
    }
    if refused is not None:
        return again("desk/batches/checked.html", refused, given=request.form, **values)
    return render_template("desk/batches/checked.html", **values)


def _done(run: BatchRun, here: Places) -> str:
    report = counts(run)
    measures = results.counted(report, portal().catalogue)
    return render_template(
        "desk/batches/done.html",
        run=run,
        report=report,
        measures=measures,
        zeros=sum(1 for one in measures if not one.met and not one.open),
        current=portal().catalogue.version == run.rules_version,
        delivery=lambda label: wording().word("兑现方式", label),
    )


def run(token: str) -> ResponseReturnValue:
    """Begin the matching of the rows that were looked at."""
    found, _ = owned(token)
    here = places(portal().data, token)
    try:
        measures = _measures(found)
        with portal().database.reading() as session:
            before = _previous(session, found)
            session.expunge_all()
        name = typed("name") or found.name
        job = steps.begin_run(
            portal().database, found, measures, name, before, actor(), portal().now()
        )
    except Refused as refused:
        return _checked(found, here, "", refused)
    return begun(job)


def _measures(found: BatchRun) -> list[str]:
    """Read which measures are asked for: all, or those of the documents that were ticked."""
    if typed("which") != "some":
        return []
    documents = {one.id for one in portal().catalogue.documents}
    chosen = [one for one in request.form.getlist("document") if one in documents]
    if not chosen:
        raise Wrong("document", "document_none")
    return chosen


def _previous(session: Session, found: BatchRun) -> BatchRun | None:
    token = typed("previous")
    if not token:
        return None
    before = find(session, actor(), token)
    if before is None or before.state != State.DONE or before.source != found.source:
        raise Wrong("previous", "batch_unknown")
    return before


def cancel(token: str) -> ResponseReturnValue:
    """Have the job of a registry given up."""
    found, job = owned(token)
    if job is not None and found.state in WAITING:
        with portal().database.writing() as session:
            queue.cancel(session, job.id, portal().now())
        told("batch.cancelled", steps.OBJECT, token[:8])
        wait(job.id)
    return redirect(url_for("desk.batch", token=token), 303)


def sheet(token: str) -> ResponseReturnValue:
    """Look at another sheet of a workbook."""
    found, _ = owned(token)
    try:
        job = steps.look_again(portal().database, found, typed("sheet"), actor(), portal().now())
    except Refused:
        return redirect(url_for("desk.batch", token=token), 303)
    return begun(job)


def drop(token: str) -> ResponseReturnValue:
    """Delete a registry with all that came of it."""
    found, _ = owned(token)
    try:
        keeping.drop(portal().database, portal().data, found, actor(), portal().now())
    except Refused:
        return redirect(url_for("desk.batch", token=token), 303)
    return redirect(url_for("desk.batches"), 303)


def file(token: str, name: str) -> ResponseReturnValue:
    """Hand out a file of a registry, to be saved and never shown."""
    found, _, _ = standing(token)
    here = places(portal().data, token)
    told("batch.file", steps.OBJECT, token[:8], f"done:{name}")
    head = {"Content-Disposition": f'attachment; filename="mianshen-{found.as_of}-{name}"'}
    if name in (results.MATCHED, results.OPEN, results.CHANGED):
        if found.state != State.DONE or (
            name == results.CHANGED and "changes" not in counts(found)
        ):
            abort(404)
        titles = {one.id: one.title for one in portal().catalogue.measures}
        body = stream_with_context(results.table_of(here, name, titles))
        return Response(body, mimetype="text/csv", headers=head)
    path = results.file_of(here, name)
    if path is None:
        abort(404)
    kind = results.FILES.get(name, "application/yaml")
    return Response(
        _blocks(path), mimetype=kind, headers={**head, "Content-Length": str(path.stat().st_size)}
    )


def _blocks(path: Any) -> Any:
    with path.open("rb") as opened:
        while block := opened.read(2**18):
            yield block


# --- what these pages share ----------------------------------------------------------------------------


def standing(token: str) -> tuple[BatchRun, Job | None, str]:
    """Find a registry that somebody may see, with its job, and why it went back where that did not come to its end."""
    shared = portal()
    with shared.database.reading() as session:
        run, job = _both(session, token)
    why = steps.recover(shared.database, run, job)
    if why:
        with shared.database.reading() as session:
            run, job = _both(session, token)
    return run, job, why


def owned(token: str) -> tuple[BatchRun, Job | None]:
    """Find a registry that is somebody's own; what others began can be looked at and no more."""
    run, job, _ = standing(token)
    if run.owner_id is None or run.owner_id != actor().id:
        abort(404)
    return run, job


def _both(session: Session, token: str) -> tuple[BatchRun, Job | None]:
    run = find(session, actor(), token)
    if run is None:
        abort(404)
    job = session.get(Job, run.job_id) if run.job_id is not None else None
    session.expunge_all()
    return run, job


def begun(job: int) -> ResponseReturnValue:
    """Ring for a job, wait a moment for it, and show where its registry stands then."""
    portal().bell.ring(job)
    wait(job)
    with portal().database.reading() as session:
        token = json.loads(session.get_one(Job, job).about)["token"]
    return redirect(url_for("desk.batch", token=token), 303)


def step_name(job: Job) -> str:
    """Name the step that a job is at; "" before its first."""
    name = STEPS.get(job.step, "")
    return text(f"batches.step.{name}") if name else ""


def wait(job: int) -> None:
    """Wait until a job has ended, but not for long."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        with portal().database.reading() as session:
            state = session.scalar(select(Job.state).where(Job.id == job))
        if state not in queue.OPEN:
            return
        time.sleep(LOOK_EVERY)


def counts(run: BatchRun) -> dict[str, Any]:
    """Give what a run counted, or why its file cannot be read; {} before."""
    found: dict[str, Any] = json.loads(run.report) if run.report else {}
    return found


def _by_document(run: BatchRun) -> list[tuple[str, str, int]]:
    """List the documents in force on the run's day: id, title, number of measures."""
    n: dict[str, int] = {}
    for measure in in_force(portal().catalogue, run.as_of):
        document = measure.id.partition("/")[0]
        n[document] = n.get(document, 0) + 1
    titles = {one.id: one.title for one in portal().catalogue.documents}
    return [(id_, titles.get(id_, id_), count) for id_, count in n.items()]


def _earlier(session: Session, run: BatchRun) -> list[tuple[str, str]]:
    """List finished runs that this one can be compared with."""
    rows = session.scalars(
        select(BatchRun)
        .where(
            may_see(actor()),
            BatchRun.state == State.DONE.value,
            BatchRun.source == run.source,
            BatchRun.id != run.id,
        )
        .order_by(BatchRun.id.desc())
        .limit(PAGE_SIZE)
    )
    return [(row.token, f"{row.name} · {row.as_of}") for row in rows]

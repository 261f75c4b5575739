"""Departments' files: sent, looked at, taken over; and what was taken over before."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from flask import Response, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.locations import data_folder
from webapp.access import actor
from webapp.desk.asked import Wrong, again, asked, day, day_or_none, number, typed
from webapp.desk.telling import told
from webapp.limits import FACT_FILE_KEPT, MAX_FACT_FILE, MAX_MAPPING_BYTES, PAGE_SIZE
from webapp.services.cases.refusals import Refused
from webapp.services.people.custodians import custodians_of
from webapp.services.registry.holding import REJECTED, Held, Holding, State, Upload
from webapp.services.registry.receiving import Receiving
from webapp.services.registry.sending import Office
from webapp.shared import portal
from webapp.tables.people import User
from webapp.tables.registry import FactImport

EXTENSION = "mianshen-receiving"
FOLDER = "facts"
"""The folder under the data folder where uploaded files wait."""


def receiving() -> Receiving:
    """Give what takes files over, one for the application."""
    found = current_app.extensions.get(EXTENSION)
    if found is None:
        shared = portal()
        folder = Path(current_app.config.get("DATA") or data_folder()) / FOLDER
        work = shared.casework
        office = Office(shared.database, work.sealer, shared.catalogue, work.prover.rules)
        made = Receiving(office, Holding(folder), shared.now, shared.today)
        found = current_app.extensions.setdefault(EXTENSION, made)
    return cast(Receiving, found)


def facts() -> ResponseReturnValue:
    """Show the form, what waits and what was taken over; take a file that is sent."""
    if request.method == "GET":
        return render_template("desk/facts.html", **_all())
    try:
        held = receiving().receive(_upload(), actor())
    except Refused as refused:
        return again("desk/facts.html", refused, given=request.form, **_all())
    told("facts.look", "upload", held.key[:8])
    return redirect(url_for("desk.fact_file", key=held.key), 303)


def _upload() -> Upload:
    file, mapping = request.files.get("file"), request.files.get("mapping")
    if not typed("custodian"):
        raise Refused("custodian_missing")
    if file is None or not file.filename:
        raise Refused("file_missing")
    as_of = day("as_of")
    if as_of > portal().today():
        raise Wrong("as_of", "day_in_future", day=as_of)
    valid_to = day_or_none("valid_to")
    if valid_to is not None and valid_to < as_of:
        raise Wrong("valid_to", "days_crossed")
    return Upload(
        file.stream,  # type: ignore[arg-type]  # werkzeug types it as a stream of bytes of its own
        file.filename,
        typed("custodian"),
        as_of,
        valid_to,
        typed("registers") == "yes",
        mapping.stream.read(MAX_MAPPING_BYTES + 1) if mapping is not None else b"",
    )


def _all() -> dict[str, Any]:
    who = actor()
    with portal().database.reading() as session:
        own = custodians_of(session, who)
        before = number(asked("before"))
        taken = _taken(session, own, before)
    work = receiving()
    return {
        "custodians": sorted(own),
        "pairs": [(one, one) for one in sorted(own)],
        "waiting": [(one, work.left(one)) for one in work.holding.of_user(who.id or 0)],
        "taken": taken[:PAGE_SIZE],
        "older": taken[PAGE_SIZE - 1][0].id if len(taken) > PAGE_SIZE else None,
        "mib": MAX_FACT_FILE // 2**20,
        "kept": FACT_FILE_KEPT.days,
    }


def _taken(session: Session, own: frozenset[str], before: int | None) -> list[Any]:
    """List files of somebody's departments that were taken over, the newest first."""
    wanted = (
        select(FactImport, User.name)
        .join(User, FactImport.imported_by == User.id, isouter=True)
        .where(FactImport.custodian.in_(own))
        .order_by(FactImport.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    if before is not None:
        wanted = wanted.where(FactImport.id < before)
    rows = session.execute(wanted).all()
    session.expunge_all()
    return list(rows)


def fact_file(key: str) -> ResponseReturnValue:
    """Show how far a file is, how it is understood, or what became of it."""
    held, work = _held(key), receiving()
    shown = work.preview(held)
    if shown and held.state is State.CHECKED:
        told("facts.preview", "upload", key[:8])
    return render_template("desk/fact_file.html", **_about(held, work), shown=shown)


def _about(held: Held, work: Receiving) -> dict[str, Any]:
    return {"held": held, "left": work.left(held), "done": work.progress(held)}


def take_file(key: str) -> ResponseReturnValue:
    """Take a file over, or forget it."""
    held, work = _held(key), receiving()
    if typed("then") == "drop":
        if held.busy and not work.left(held):
            return _again(held, Refused("file_busy"))
        work.holding.drop(held)
        return redirect(url_for("desk.facts"), 303)
    try:
        work.take_over(held, actor())
    except Refused as refused:
        return _again(held, refused)
    return redirect(url_for("desk.fact_file", key=key), 303)


def _again(held: Held, refused: Refused) -> ResponseReturnValue:
    work = receiving()
    return again("desk/fact_file.html", refused, **_about(held, work), shown=work.preview(held))


def rejected_rows(key: str) -> ResponseReturnValue:
    """Give the refused rows with what is wrong and the repair, to be sent again alone."""
    held = _held(key)
    path = receiving().holding.beside(held, REJECTED)
    if not held.report.get("reasons") or not path.is_file():
        abort(404)
    told("facts.rejected", "upload", key[:8], f"done:{held.report['rejected']}")
    name = f"mianshen-rejected-{held.sent_at[:10]}.csv"
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(path.read_bytes(), mimetype="text/csv", headers=head)


def _held(key: str) -> Held:
    held = receiving().holding.find(key, actor().id or 0)
    if held is None:
        abort(404)
    return held

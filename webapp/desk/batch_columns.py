"""The page on which somebody confirms what the columns of a registry mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from matcher.registry.sources import SourceColumn
from webapp.access import actor
from webapp.desk.asked import Wrong, day, day_or_none, typed
from webapp.desk.batches import begun, counts, owned, standing
from webapp.limits import MAX_TEXT
from webapp.pages import text
from webapp.refusing import said
from webapp.services.batches import results, steps
from webapp.services.batches.columns import TEMPLATE, Choice, Choices, Mistake, words_of
from webapp.services.batches.store import UPLOAD, State, places
from webapp.services.cases.refusals import Refused
from webapp.services.exports import csv_bytes
from webapp.services.people.custodians import custodians_of
from webapp.shared import portal
from webapp.tables.batches import BatchRun

_SAVED = 20


def template() -> Response:
    """Give an empty registry whose columns are understood as they stand."""
    head = {"Content-Disposition": 'attachment; filename="mianshen-template.csv"'}
    return Response(csv_bytes(TEMPLATE, []), mimetype="text/csv", headers=head)


def columns(token: str) -> ResponseReturnValue:
    """Show what the columns are taken for; have the rows looked at as somebody says."""
    why = standing(token)[2]
    run, _ = owned(token)
    if run.state not in (State.NEW, State.CHECKED) or run.source != UPLOAD:
        return redirect(url_for("desk.batch", token=token), 303)
    seen = results.looked(places(portal().data, token))
    if request.method == "GET":
        return _page(run, seen, _proposed(run, seen), run.as_of, why=why)
    choices, as_of, mistakes = _sent(run, seen)
    if mistakes:
        return _page(run, seen, choices, as_of, mistakes), 422
    try:
        job = steps.begin_check(portal().database, run, choices, as_of, actor(), portal().now())
    except Refused as refused:
        return _page(run, seen, choices, as_of, [Mistake("", "", said(refused))]), 409
    return begun(job)


def _proposed(run: BatchRun, seen: dict[str, Any]) -> Choices:
    """Give what was said last: of this file, of one with the same columns, or what the names say."""
    if run.columns:
        return Choices.from_json(run.columns)
    proposed = Choices.from_json(seen["choices"])
    names = [one.column for one in proposed.columns]
    with portal().database.reading() as session:
        earlier = session.scalars(
            select(BatchRun.columns)
            .where(BatchRun.owner_id == run.owner_id, BatchRun.columns != "")
            .order_by(BatchRun.id.desc())
            .limit(_SAVED)
        )
        for told in earlier:
            before = Choices.from_json(told)
            if [one.column for one in before.columns] == names:
                return replace(before, noted_on=None)
    return proposed


def _sent(run: BatchRun, seen: dict[str, Any]) -> tuple[Choices, date, list[Mistake]]:
    """Read the form; gives what has to be changed too."""
    found: list[Mistake] = []
    chosen = tuple(
        Choice(name, typed(f"meaning-{place}", MAX_TEXT), typed(f"unit-{place}", MAX_TEXT))
        for place, (name, _) in enumerate(seen["columns"])
    )
    choices, as_of = Choices(chosen), run.as_of
    try:
        as_of = day("as_of")
        noted = day_or_none("noted_on")
        if noted is not None and noted > portal().today():
            raise Wrong("noted_on", "day_in_future", day=noted)
        choices = Choices(chosen, _custodian(noted), noted)
    except Wrong as wrong:
        found.append(Mistake(f"#{wrong.field}", "", said(wrong)))
    named = [SourceColumn(name, kind) for name, kind in seen["columns"]]
    return choices, as_of, [*found, *portal().columns().mistakes(choices, named, as_of)]


def _custodian(noted: date | None) -> str:
    """Read whose data these are; only somebody's own department counts, and only as of a day."""
    custodian = typed("custodian")
    if not custodian:
        return ""
    with portal().database.reading() as session:
        if custodian not in custodians_of(session, actor()):
            raise Wrong("custodian", "custodian_not_yours", custodian=custodian)
    if noted is None:
        raise Wrong("noted_on", "noted_missing")
    return custodian


def _page(
    run: BatchRun,
    seen: dict[str, Any],
    choices: Choices,
    as_of: date,
    mistakes: list[Mistake] | None = None,
    why: str = "",
) -> str:
    with portal().database.reading() as session:
        own = sorted(custodians_of(session, actor()))
    wrong: dict[str, list[str]] = {}
    for one in mistakes or []:
        wrong.setdefault(one.column, []).append(words_of(one, text))
    places_of = {one.column: place for place, one in enumerate(choices.columns)}
    return render_template(
        "desk/batches/columns.html",
        run=run,
        seen=seen,
        rows=[_row(one, seen) for one in choices.columns],
        choices=choices,
        as_of=as_of,
        custodians=own,
        known=portal().columns().known(),
        wrong=wrong,
        places=places_of,
        problem=bool(mistakes),
        message=counts(run).get("message", ""),
        why=why,
    )


def _row(one: Choice, seen: dict[str, Any]) -> dict[str, Any]:
    named = portal().columns().read(one.meaning) if one.meaning.strip() else None
    units = portal().columns().units(named) if named is not None else []
    stated = named.unit.name if named is not None and named.unit is not None else ""
    return {
        "column": one.column,
        "meaning": one.meaning,
        "unit": one.unit or stated,
        "units": units,
        "samples": seen["samples"].get(one.column, []),
        "likely": "" if one.meaning else seen["likely"].get(one.column, ""),
    }

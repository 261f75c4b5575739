"""What departments decided (认定, 名单, 参数): entered by one person with its document, approved by another."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.registry.faults import RegistryFault
from webapp.access import actor
from webapp.desk.asked import Wrong, again, asked, day, number, typed
from webapp.desk.telling import looked_at, told
from webapp.limits import MAX_FACT_FILE, MAX_TEXT, PAGE_SIZE
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.roles import GRANTS, Permission, Role
from webapp.services.registry import decisions as services
from webapp.services.registry import matters
from webapp.services.registry.companies import by_codes
from webapp.services.registry.decisions import Desk, New, NewJudgement, NewList, NewParameter
from webapp.services.registry.listing import ListWrong, read_list
from webapp.shared import portal
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow

KINDS = {"judgements": "judgement", "lists": "list", "parameters": "parameter"}
"""The kinds as addresses name them, and as services do."""
ENTRIES = 100
_BLOCK = 2**20


def decided() -> ResponseReturnValue:
    """Lead to the first of the three kinds; each page leads to the others."""
    return redirect(url_for("desk.decisions", kind=next(iter(KINDS))), 303)


def decisions(kind: str) -> ResponseReturnValue:
    """List what waits and what counts or counted; take a new entry."""
    of = _kind(kind)
    if request.method == "GET":
        about = _all(kind)
        if of == "judgement":
            looked_at("judgements.look", [row.company_id for row in about["shown"]])
        return render_template("desk/decisions.html", **about)
    try:
        if not actor().may(Permission.DECISIONS_ENTER):
            roles = GRANTS[Permission.DECISIONS_ENTER].roles
            raise Refused("wrong_role", roles=sorted(roles, key=list(Role).index))
        made = matters.enter(_desk(), actor(), _read(of), portal().now(), portal().today())
    except Refused as refused:
        return again("desk/decisions.html", refused, given=request.form, **_all(kind))
    flash("decisions.entered")
    return redirect(url_for("desk.decision", kind=kind, decision=made), 303)


def decision(kind: str, decision: int) -> ResponseReturnValue:
    """Show one entry with its history; approve or withdraw it."""
    of = _kind(kind)
    try:
        if request.method == "POST":
            return _settle(kind, of, decision)
        about = _one(kind, of, decision)
    except Missing as missing:
        return again("desk/decision.html", missing)
    if of == "judgement":
        looked_at("judgements.look", [about["row"].company_id])
    if of == "list":
        told("lists.look", "list", str(decision))
    return render_template("desk/decision.html", **about)


def _settle(kind: str, of: str, id_: int) -> ResponseReturnValue:
    change = {"approve": services.approve, "withdraw": services.withdraw}.get(typed("then"))
    if change is None:
        abort(400)
    try:
        change(_desk(), actor(), of, id_, portal().now())
    except Missing:
        raise
    except Refused as refused:
        return again("desk/decision.html", refused, **_one(kind, of, id_))
    flash(f"decisions.{typed('then')}_done")
    return redirect(url_for("desk.decision", kind=kind, decision=id_), 303)


def _kind(kind: str) -> str:
    if kind not in KINDS:
        abort(404)
    return KINDS[kind]


def _desk() -> Desk:
    shared = portal()
    return Desk(shared.database, shared.casework.sealer, shared.catalogue.vocabulary)


# --- what was typed --------------------------------------------------------------------------------


def _read(of: str) -> New:
    name, document = typed("name"), typed("document")
    if not name:
        raise Refused("name_missing")
    when = day("day")
    if of == "parameter":
        return NewParameter(name, typed("value"), when, document)
    if of == "list":
        return NewList(name, when, document, _entries())
    holds = {"yes": True, "no": False}.get(typed("holds"))
    if holds is None:
        raise Wrong("holds", "choice_missing")
    measure = typed("measure")
    if measure and portal().catalogue.by_id.get(measure) is None:
        raise Refused("measure_unknown", measure=measure)
    return NewJudgement(_company(), name, holds, when, document, measure, typed("period"))


def _company() -> int:
    with portal().database.reading() as session:
        found = by_codes(session, [typed("code")])
        if not found:
            raise Refused("company_unknown")
        return next(iter(found.values())).id


def _entries() -> Sequence[tuple[str, str]]:
    """Read an uploaded list; its copy goes with the request."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Refused("file_missing")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        size = 0
        with path.open("wb") as target:
            while block := file.stream.read(_BLOCK):
                size += len(block)
                if size > MAX_FACT_FILE:
                    raise Refused("file_too_large", mib=MAX_FACT_FILE // 2**20)
                target.write(block)
        try:
            return read_list(path)
        except RegistryFault as fault:
            said = str(fault).replace(str(path), file.filename[-MAX_TEXT:])
            raise Refused("list_wrong", said=said) from fault
        except ListWrong as wrong:
            raise Refused("list_wrong", said=str(wrong)) from wrong


# --- what is shown ---------------------------------------------------------------------------------


def _all(kind: str) -> dict[str, Any]:
    of, words = KINDS[kind], portal().catalogue.vocabulary
    name, page = asked("name"), max(1, number(asked("page")) or 1)
    table = services.TABLES[of]
    with portal().database.reading() as session:
        waiting = list(services.to_approve(session, of))[:ENTRIES]
        wanted = select(table).where(table.approved_at.is_not(None) | table.ended_at.is_not(None))
        if name:
            wanted = wanted.where(table.name == name)
        total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        past = session.scalars(
            wanted.order_by(table.entered_at.desc(), table.id.desc())
            .offset((page - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
        ).all()
        shown = [*waiting, *past]
        about = {
            "kind": kind,
            "of": of,
            "waiting": waiting,
            "past": past,
            "shown": shown,
            "chosen": name,
            "number": page,
            "last": max(1, -(-total // PAGE_SIZE)),
            "names": matters.names(of, words),
            "offered": matters.open_to(session, actor(), of, words),
            "people": _people(session, shown),
            "companies": _companies(session, shown),
            "mib": MAX_FACT_FILE // 2**20,
        }
        session.expunge_all()
        return about


def _one(kind: str, of: str, id_: int) -> dict[str, Any]:
    table = services.TABLES[of]
    first = max(1, number(asked("from")) or 1)
    with portal().database.reading() as session:
        row: Any = session.get(table, id_)
        if row is None:
            raise Missing
        same = {"name": row.name}
        if of == "judgement":
            same |= {"company_id": row.company_id}
        others = [one for one in services.history(session, of, **same) if one is not row]
        entries = services.entries_of(session, id_, first, ENTRIES) if of == "list" else ()
        about = {
            "kind": kind,
            "of": of,
            "row": row,
            "others": others[:ENTRIES],
            "entries": entries,
            "first": first,
            "rows": max(row.codes, row.names) if of == "list" else 0,
            "own": row.entered_by == actor().id,
            "department": matters.department_of(of, row.name, portal().catalogue.vocabulary),
            "people": _people(session, [row, *others]),
            "companies": _companies(session, [row, *others]),
        }
        session.expunge_all()
        return about


def _people(session: Session, rows: Sequence[Any]) -> dict[int | None, str]:
    ids = {one for row in rows for one in (row.entered_by, row.approved_by, row.ended_by)}
    found = session.execute(select(User.id, User.name).where(User.id.in_(ids - {None})))
    return {row.id: row.name for row in found}


def _companies(session: Session, rows: Sequence[Any]) -> dict[int, CompanyRow]:
    ids = {row.company_id for row in rows if hasattr(row, "company_id")}
    found = session.scalars(select(CompanyRow).where(CompanyRow.id.in_(ids)))
    return {row.id: row for row in found}

"""Sources that disagree: both values side by side, what the rule says, and who settles it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.access import actor
from webapp.desk.asked import again, asked, number, typed
from webapp.desk.telling import looked_at
from webapp.limits import PAGE_SIZE
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.desk.coverage import covered
from webapp.services.registry import matters
from webapp.services.registry.matters import Quarrel
from webapp.services.registry.preview import value_text
from webapp.shared import portal
from webapp.tables.people import User

GROUND = 200


def conflicts() -> ResponseReturnValue:
    """List what waits to be settled, or what was."""
    settled = asked("show") == "settled"
    after = number(asked("after")) or 0
    with portal().database.reading() as session:
        found = matters.quarrels(session, actor(), settled, after, PAGE_SIZE + 1)
        session.expunge_all()
    shown = found[:PAGE_SIZE]
    looked_at("conflicts.look", [one.company.id for one in shown])
    return render_template(
        "desk/conflicts.html",
        found=shown,
        further=shown[-1].conflict.id if len(found) > PAGE_SIZE else None,
        settled=settled,
        **_words(),
    )


def conflict(conflict: int) -> ResponseReturnValue:
    """Show one conflict; settle it, propose, agree, or take a proposal back."""
    if request.method == "GET":
        try:
            about = _about(conflict)
        except Missing as missing:
            return again("desk/conflict.html", missing)
        looked_at("conflicts.look", [about["one"].company.id])
        return render_template("desk/conflict.html", **about)
    try:
        _do(conflict)
    except Missing as missing:
        return again("desk/conflict.html", missing)
    except Refused as refused:
        return again("desk/conflict.html", refused, given=request.form, **_about(conflict))
    return redirect(url_for("desk.conflict", conflict=conflict), 303)


def _do(id_: int) -> None:
    shared, who = portal(), actor()
    sealer, now = shared.casework.sealer, shared.now()
    if typed("then") == "take_back":
        matters.take_back(shared.database, sealer, who, id_, now)
        flash("conflicts.taken_back")
        return
    chosen = number(typed("chosen"))
    if chosen is None:
        raise Refused("choice_missing")
    ground = typed("ground", GROUND)
    done = matters.settle(shared.database, sealer, who, id_, chosen, ground, now)
    flash("conflicts.settled_now" if done else "conflicts.proposed_now")


def _about(id_: int) -> dict[str, Any]:
    with portal().database.reading() as session:
        one = matters.quarrel(session, actor(), id_)
        names = _names(session, one)
        session.expunge_all()
    return {"one": one, "names": names, "own": actor().id, **_words()}


def _names(session: Session, one: Quarrel) -> dict[int | None, str]:
    """Name the people who proposed and decided, and who entered the two facts."""
    row = one.conflict.row
    ids = {row.proposed_by, row.decided_by}
    found = session.execute(select(User.id, User.name).where(User.id.in_(ids - {None})))
    return {row.id: row.name for row in found}


def _words() -> dict[str, Any]:
    who = actor()
    return {"value_text": value_text, "covered": lambda custodian: covered(custodian, who)}

"""The audit for those who check it: searching, checking the chain, the heads of its days."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from matcher.cli import CHINA
from matcher.values import ValueFault, parse_date
from webapp.access import actor
from webapp.desk.asked import asked, number
from webapp.desk.telling import told
from webapp.limits import AUDIT_CHECKED, AUDIT_LOOKED
from webapp.pages import text
from webapp.services.audit import checking, reading
from webapp.services.audit.reading import Sought
from webapp.services.audit.verify import COLUMNS, Signer
from webapp.settings import older_keys
from webapp.shared import portal

HEADS_SHOWN = 14


def audit() -> ResponseReturnValue:
    """Search the audit; show how the last check ended and the heads of the last days."""
    sought, wrong = _sought()
    with portal().database.reading() as session:
        found = reading.seek(session, sought, number(asked("before")))
        going, ended = checking.checks(session)
        about: dict[str, Any] = {
            "found": found,
            "names": reading.names(session, [entry.actor for entry in found.entries]),
            "going": going,
            "ended": ended,
            "heads": reading.heads(session, HEADS_SHOWN),
            "end": reading.end_of(session),
        }
        session.expunge_all()
    problem = wrong or ("" if found.known else text("audit.nobody", login=sought.actor))
    return render_template(
        "desk/audit.html",
        problem=problem,
        field="day" if wrong else "actor",
        sought=sought,
        typed_day=asked("day"),
        filters={
            key: asked(key) for key in ("actor", "action", "object", "id", "day") if asked(key)
        },
        looked=AUDIT_LOOKED,
        checked=AUDIT_CHECKED,
        moment=lambda at: at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S"),
        **about,
    )


def _sought() -> tuple[Sought, str]:
    day: date | None = None
    wrong = ""
    if asked("day"):
        try:
            day = parse_date(asked("day"))
        except ValueFault:
            wrong = text("refused.day_wrong", said=asked("day"))
    return Sought(asked("actor"), asked("action"), asked("object"), asked("id"), day), wrong


def verify() -> ResponseReturnValue:
    """Check the next stretch of the chain."""
    config = current_app.config
    signer = Signer(*(key.encode() for key in (config["SECRET_KEY"], *older_keys(config))))
    check = checking.go_on(portal().database, signer, actor(), portal().now())
    flash("audit.check_done" if check.finished_at else "audit.check_on")
    return redirect(url_for("desk.audit", _anchor="check"), 303)


def heads() -> ResponseReturnValue:
    """Give the signed heads of all days, as `mianshen audit verify --heads` reads them."""
    with portal().database.reading() as session:
        rows = reading.heads(session, limit=100_000)
        lines = [(head.day, head.place, head.hash, head.signature) for head in reversed(rows)]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(lines)
    told("audit.heads", "audit", "heads", f"done:{len(lines)}")
    name = f"mianshen-audit-heads-{portal().today()}.csv"
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(out.getvalue(), mimetype="text/csv", headers=head)

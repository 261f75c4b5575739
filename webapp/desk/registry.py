"""The dashboards of a whole registry, their charts as files, and the findings behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from webapp.access import actor
from webapp.desk.asked import asked
from webapp.desk.registry_charts import Chart
from webapp.desk.registry_rows import (
    NOT_KNOWN,
    Rows,
    budgets,
    deadlines,
    place_name,
    shades,
    trade_name,
)
from webapp.pages import text
from webapp.services.batches.store import State, find
from webapp.services.dashboard import due, reach
from webapp.services.dashboard.figures import Show, exactly, roughly
from webapp.services.dashboard.funnel import Funnels
from webapp.services.dashboard.runs import finished, stored_of
from webapp.services.dashboard.stored import Scope, Stored
from webapp.services.people.roles import Permission
from webapp.shared import portal
from webapp.tables.batches import BatchRun

VIEWS: Mapping[str, tuple[str, ...]] = {
    "reach": ("funnel", "counties", "industries"),
    "measures": ("measures", "matrix"),
    "gaps": ("keepers", "gaps"),
    "titles": ("titles",),
    "work": ("deadlines", "budgets"),
}
"""The parts of the dashboards, and the charts of each."""
CHARTS = tuple(name for names in VIEWS.values() for name in names)
OF_DATABASE = frozenset(VIEWS["work"])
"""Charts that need no run: they are made of the cases and budgets of now."""
FUNNELS = "mianshen-funnels"


@dataclass(frozen=True)
class Looked:
    """What the address asks for: a run with its counts, and a place and a section of it."""

    runs: list[BatchRun]
    run: BatchRun | None
    stored: Stored | None
    scope: Scope
    here: dict[str, str]

    def address(self, **more: Any) -> str:
        """Give the address of the dashboards, changed."""
        return url_for("desk.registry", **_kept({**self.here, **more}))

    def csv(self, name: str) -> str:
        """Give the address of a chart's file."""
        here: dict[str, Any] = dict(self.here)
        return url_for("desk.registry_csv", name=name, **here)


def registry() -> ResponseReturnValue:
    """Show one part of the dashboards."""
    view = asked("view") or next(iter(VIEWS))
    if view not in VIEWS:
        abort(404)
    with portal().database.reading() as session:
        looked = look(session)
        charts = [_chart(session, looked, name) for name in _charts(looked, view)]
        session.expunge_all()
    places, trades = _choices(looked.stored)
    names = {"county": dict(places), "industry": dict(trades)}
    return render_template(
        "desk/registry/dashboard.html",
        looked=looked,
        view=view,
        views=list(VIEWS),
        charts=charts,
        figures=_figures(looked) if looked.stored else [],
        narrowed=[names[key][looked.here[key]] for key in names if key in looked.here],
        places=places,
        trades=trades,
        roughly=show() is roughly,
        csv=looked.csv,
        shades=shades,
        zip=zip,
    )


def registry_csv(name: str) -> ResponseReturnValue:
    """Give the rows of a chart as a table."""
    with portal().database.reading() as session:
        looked = look(session)
        if looked.stored is None and name not in OF_DATABASE:
            abort(404)
        chart = _chart(session, looked, name, whole=True)
    parts = [looked.here.get(key, "").strip(NOT_KNOWN) for key in ("county", "industry")]
    file = "-".join(["mianshen", name, *filter(None, parts), portal().today().isoformat()])
    head = {
        "Content-Disposition": f'attachment; filename="{file}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(chart.csv(), mimetype="text/csv", headers=head)


# --- what is looked at -----------------------------------------------------------------------------------


def look(session: Session) -> Looked:
    """Read the address; a run, place or section that is not there, or not the reader's, is not found."""
    runs, token = list(finished(session, actor())), asked("run")
    run = next(iter(runs), None)
    if token:
        run = find(session, actor(), token)
        if run is None or run.state != State.DONE:
            abort(404)
    stored = stored_of(portal().data, run) if run is not None else None
    county, industry = asked("county"), asked("industry")
    scope = Scope()
    if stored is not None:
        scope = Scope(_number(stored.counties, county), _number(stored.sections, industry))
    here = {"run": run.token if run else "", "county": county, "industry": industry}
    return Looked(runs, run, stored, scope, _kept(here))


def _kept(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value}


def _number(ids: list[str], given: str) -> int | None:
    if not given:
        return None
    id_ = "" if given == NOT_KNOWN else given
    return ids.index(id_) if id_ in ids else abort(404)


def show() -> Show:
    """Give what the reader may know of counts: as they are, or roughly."""
    return exactly if actor().may(Permission.COMPANIES_SEE) else roughly


def _salt(name: str) -> str:
    return portal().casework.sealer.digest(["registry", name])


def _funnels() -> Funnels:
    found: Funnels = current_app.extensions.setdefault(FUNNELS, Funnels())
    return found


def _charts(looked: Looked, view: str) -> tuple[str, ...]:
    names = VIEWS[view]
    return names if looked.stored else tuple(name for name in names if name in OF_DATABASE)


def _chart(session: Session, looked: Looked, name: str, *, whole: bool = False) -> Chart:
    shared, today = portal(), portal().today()
    if name == "deadlines":
        workdays = shared.casework.workdays
        return deadlines(due.deadlines(session, workdays, today, show(), _salt(name)))
    if name == "budgets":
        return budgets(due.burning(session, today.year, show(), _salt(name)))
    if looked.stored is None:
        raise ValueError(name)
    rows = Rows(looked.stored, looked.scope, show(), looked.here)
    if name == "funnel":
        salt = _salt(looked.stored.folder.parent.parent.name)
        return rows.funnel(_funnels().of(session, looked.stored, looked.scope, show(), salt))
    if name == "matrix":
        return rows.matrix(whole=whole)
    makers: dict[str, Callable[[], Chart]] = {
        "counties": rows.counties,
        "industries": rows.industries,
        "measures": rows.measures,
        "titles": rows.titles,
        "gaps": rows.gaps,
        "keepers": rows.keepers,
    }
    return makers[name]()


def _figures(looked: Looked) -> list[tuple[str, str, str]]:
    """Give the figures at the top: their name, count, and the line below it."""
    assert looked.stored is not None  # noqa: S101 - who calls it looked
    row = reach.whole(looked.stored, looked.scope, show())
    return [
        ("companies", row.companies.said, text("registry.figure.companies_line")),
        ("met", row.met.said, text("registry.figure.met_line")),
        ("automatic", row.automatic.said, text("registry.figure.automatic_line")),
    ]


def _choices(stored: Stored | None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Give the places and sections that can be chosen, by their names."""
    if stored is None:
        return [], []
    places = sorted((id_ or NOT_KNOWN, place_name(id_)) for id_ in stored.counties)
    trades = [(id_ or NOT_KNOWN, trade_name(id_)) for id_ in stored.sections]
    return sorted(places, key=lambda one: one[0] == NOT_KNOWN), trades

"""The findings of a run, narrowed by facets, twenty a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.access import actor
from webapp.desk.registry import look, show
from webapp.desk.registry_rows import NOT_KNOWN, measure_name, place_name, trade_name
from webapp.desk.telling import looked_at
from webapp.pages import text, wording
from webapp.services.dashboard.browse import (
    FACETS,
    MAX_VALUES,
    NO_DELIVERY,
    PAGE,
    Browser,
    Line,
    Value,
)
from webapp.services.dashboard.figures import Figure, exactly
from webapp.services.dashboard.stored import Stored
from webapp.services.paging import Page
from webapp.services.people.roles import Permission
from webapp.services.registry.companies import by_codes
from webapp.shared import portal

SHOWN = 8
"""Values of a facet that are not folded."""
MAX_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, worded; ``n`` is its count as the reader may know it."""

    id: str
    label: str
    n: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One kind of value."""

    name: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What findings are asked for; everything in it stands in the address."""

    run: str
    chosen: Mapping[str, tuple[str, ...]]

    @property
    def narrowed(self) -> bool:
        """Whether any value is chosen."""
        return any(self.chosen.values())

    def address(self, page: int = 1) -> str:
        """Give the address of a page of these findings."""
        return self._address(self.chosen, page)

    def with_choice(self, facet: Facet, choice: Choice) -> str:
        """Give the address with a value chosen, or no longer chosen."""
        held = self.chosen[facet.name]
        changed = tuple(one for one in held if one != choice.id)
        ids = changed if choice.chosen else (*held, choice.id)
        return self._address({**self.chosen, facet.name: ids})

    def plain(self) -> str:
        """Give the address of all findings of the run."""
        return self._address({})

    def dashboard(self) -> str:
        """Give the address of the dashboards of the same run, place and section."""
        one = {name: ids[0] for name, ids in self.chosen.items() if len(ids) == 1}
        kept: dict[str, Any] = {n: one[n] for n in ("county", "industry") if n in one}
        return url_for("desk.registry", run=self.run, **kept)

    def _address(self, chosen: Mapping[str, tuple[str, ...]], page: int = 1) -> str:
        values: dict[str, Any] = {name: list(ids) for name, ids in chosen.items() if ids}
        if page > 1:
            values["page"] = page
        return url_for("desk.registry_findings", run=self.run, **values)


def registry_findings() -> ResponseReturnValue:
    """List findings; who may not see single companies sees the facets alone."""
    with portal().database.reading() as session:
        looked = look(session)
        session.expunge_all()
    if looked.stored is None or looked.run is None:
        return render_template("desk/registry/none.html")
    wanted = _wanted(looked.run.token, looked.stored)
    browser = Browser(
        looked.stored, {n: tuple(map(_inside, ids)) for n, ids in wanted.chosen.items()}
    )
    facets, reader = _facets(browser), actor()
    page: Page[Line] | None = None
    if reader.may(Permission.COMPANIES_SEE):
        page = _page(browser, browser.total(exactly).n)
    known = _known(page.items if page else ())
    return render_template(
        "desk/registry/findings.html",
        looked=looked,
        asked=wanted,
        facets=facets,
        chosen=[(facet, one) for facet in facets for one in facet.choices if one.chosen],
        shown=SHOWN,
        total=browser.total(show()),
        page=page,
        known=known,
        measure_name=measure_name,
        place_name=place_name,
        trade_name=trade_name,
    )


def _wanted(run: str, stored: Stored) -> Wanted:
    browser = Browser(stored, {})
    chosen: dict[str, tuple[str, ...]] = {}
    for name in FACETS:
        ids = tuple(dict.fromkeys(filter(None, request.args.getlist(name))))[:MAX_VALUES]
        if not all(browser.knows(name, _inside(id_)) for id_ in ids):
            abort(404)
        chosen[name] = ids
    return Wanted(run, chosen)


def _inside(id_: str) -> str:
    """Give the id of a value as the counts have it."""
    return "" if id_ == NOT_KNOWN else id_


def _page(browser: Browser, total: int) -> Page[Line]:
    given, last = request.args.get("page", "1"), max(1, -(-total // PAGE))
    fits = given.isascii() and given.isdigit() and len(given) <= MAX_DIGITS
    number = int(given) if fits else 0
    if not 1 <= number <= last:
        abort(404)
    return Page(browser.lines(number), number, last, PAGE)


def _known(lines: Sequence[Line]) -> dict[str, int]:
    """Give the numbers of the companies that are in the registry, by code; the audit hears whose data is shown."""
    if not lines:
        return {}
    with portal().database.reading() as session:
        found = {
            code: row.id for code, row in by_codes(session, {one.code for one in lines}).items()
        }
    looked_at("registry.look", found.values())
    return found


def _facets(browser: Browser) -> list[Facet]:
    found = browser.facets(show())
    return [Facet(name, tuple(_choice(name, one) for one in found[name])) for name in FACETS]


def _choice(name: str, value: Value) -> Choice:
    return Choice(value.id or NOT_KNOWN, _label(name, value.id), _count(value.figure), value.chosen)


def _count(figure: Figure) -> str:
    """Give a count as links show it; nothing where nothing would be left."""
    return figure.said if figure.n or figure.hidden else ""


def _label(name: str, id_: str) -> str:
    if name == "verdict":
        return wording().word_by_id("结论", id_)
    if name == "delivery":
        none = text("registry.no_delivery")
        return none if id_ == NO_DELIVERY else wording().word_by_id("兑现方式", id_)
    if name == "measure":
        title, gloss = measure_name(id_)
        return f"{title} · {gloss}" if gloss else title
    return place_name(id_) if name == "county" else trade_name(id_)

"""The counts of a run -> the charts of the dashboards, worded for whoever reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from matcher.registry.charts import Series
from webapp.access import actor
from webapp.desk.registry_charts import Amount, Chart, Plain, Row
from webapp.pages import language, text, wording
from webapp.services.dashboard import due, reach
from webapp.services.dashboard.browse import MAX_VALUES
from webapp.services.dashboard.figures import Figure, Show, rest
from webapp.services.dashboard.funnel import STAGES, Funnel
from webapp.services.dashboard.reach import GapRow, PlaceRow
from webapp.services.dashboard.stored import Scope, Stored
from webapp.services.people.roles import Permission
from webapp.shared import portal

MAX_PLACES, MAX_MEASURES = 30, 40
"""What the table of measures and places shows at most; its CSV file has all."""


def place_name(id_: str) -> str:
    """Name a place."""
    regions = portal().catalogue.vocabulary.regions
    return regions.name(id_) if id_ in regions.by_id else id_ or text("registry.no_place")


def trade_name(id_: str) -> str:
    """Name a section of trade."""
    return portal().catalogue.vocabulary.industries.name(id_) if id_ else text("registry.no_trade")


def measure_name(id_: str) -> tuple[str, str]:
    """Name a measure, with its gloss on an English page; by its id too where another has the same title."""
    catalogue = portal().catalogue
    found = catalogue.by_id.get(id_)
    if found is None:
        return id_, ""
    again = sum(1 for one in catalogue.measures if one.title == found.title) > 1
    title = f"{found.title}({id_})" if again else found.title
    return title, found.english if language() == "en" else ""


@dataclass(frozen=True)
class Rows:
    """Makes the charts of one run, narrowed to a scope, as one reader may know them.

    ``here`` is what the address names: the run and the filters.
    """

    stored: Stored
    scope: Scope
    show: Show
    here: Mapping[str, str]

    def listed(self, **more: Any) -> str:
        """Give the address of the findings that a row counts."""
        return url_for("desk.registry_findings", **{**self.here, **more})

    # --- reach ---------------------------------------------------------------------------------------

    def funnel(self, funnel: Funnel) -> Chart:
        """The stages from the registry to the money."""
        rows = tuple(
            Row(
                text(f"registry.stage.{stage.name}"),
                (stage.companies, stage.findings),
                (stage.companies.n,),
                stage.companies.said,
                url=self._stage_url(stage.name),
            )
            for stage in funnel.stages
        )
        outside = funnel.outside
        remark = text("registry.outside", n=outside.said) if outside.n or outside.hidden else ""
        columns = _columns("stage", "companies", "findings")
        return Chart(
            "funnel", columns, rows, (_series("automatic"),), even_empty=True, remark=remark
        )

    def _stage_url(self, stage: str) -> str:
        if stage in STAGES[4:]:
            return url_for("desk.cases", show="every") if actor().may(Permission.CASES_SEE) else ""
        wanted: dict[str, dict[str, Any]] = {
            "inside": {},
            "decided": {"verdict": ["met", "unmet"]},
            "met": {"verdict": "met"},
            "automatic": {"delivery": "automatic"},
        }
        return self.listed(**wanted[stage])

    def counties(self) -> Chart:
        """Companies of each place by how far they come."""
        return self._placed(
            "counties", "county", reach.by_county(self.stored, self.scope, self.show), place_name
        )

    def industries(self) -> Chart:
        """Companies of each section by how far they come."""
        return self._placed(
            "industries",
            "industry",
            reach.by_section(self.stored, self.scope, self.show),
            trade_name,
        )

    def _placed(
        self, name: str, key: str, found: list[PlaceRow], named: Callable[[str], str]
    ) -> Chart:
        rows = tuple(
            Row(
                named(one.id),
                (one.companies, one.met, one.automatic),
                (one.automatic.n, rest(one.met, one.automatic), rest(one.companies, one.met)),
                f"{one.automatic.said} · {one.met.said} · {one.companies.said}",
                url=self.listed(**{key: one.id or NOT_KNOWN, "verdict": "met"}),
                current=self.here.get(key) == (one.id or NOT_KNOWN),
            )
            for one in found
        )
        series = (_series("automatic"), _series("express", "met"), _series("rest"))
        columns = _columns(key, "companies", "with_met", "with_automatic")
        return Chart(name, columns, rows, series)

    # --- measures ------------------------------------------------------------------------------------

    def measures(self) -> Chart:
        """What each measure came to."""
        rows = []
        for one in reach.by_measure(self.stored, self.scope, self.show):
            name, gloss = measure_name(one.id)
            other = rest(one.met, one.automatic)
            rows.append(
                Row(
                    name,
                    (Plain(one.id), one.automatic, one.met, one.open, one.waiting, one.unmet),
                    (one.automatic.n, other, one.open.n),
                    f"{one.automatic.said} · {one.met.said} · {one.open.said}",
                    url=self.listed(measure=one.id, verdict="met"),
                    gloss=gloss,
                )
            )
        series = (_series("automatic"), _series("express", "met_other"), _series("open"))
        columns = _columns("measure", "id", "automatic", "met", "open", "waiting", "unmet")
        return Chart("measures", columns, tuple(rows), series)

    def matrix(self, *, whole: bool = False) -> Chart:
        """Companies that meet each measure, place by place; a page shows the largest of both."""
        found = reach.matrix(self.stored, self.scope, self.show)
        every = (len(found.rows), len(found.counties))
        measures, places = every if whole else (MAX_MEASURES, MAX_PLACES)
        columns = (*_columns("measure"), *map(place_name, found.counties[:places]))
        rows = []
        for id_, figures in found.rows[:measures]:
            name, gloss = measure_name(id_)
            url = self.listed(measure=id_, verdict="met")
            rows.append(Row(name, tuple(figures[:places]), url=url, gloss=gloss))
        shown = (len(rows), len(columns) - 1)
        values = dict(
            zip(("measures", "places", "all_measures", "all_places"), shown + every, strict=True)
        )
        remark = text("registry.matrix_cut", **values) if shown != every else ""
        return Chart("matrix", columns, tuple(rows), remark=remark)

    # --- titles --------------------------------------------------------------------------------------

    def titles(self) -> Chart:
        """Who holds which title of the ladders."""
        rows = tuple(
            Row(
                f"{one.title}({one.level})" if one.level else one.title,
                (Plain(one.ladder), one.held, one.not_held, one.unknown),
                (one.held.n,),
                one.held.said,
                label=f"{one.ladder} · {one.title}",
            )
            for one in reach.titles(self.stored, self.scope, self.show)
        )
        columns = _columns("title", "ladder", "held", "not_held", "unknown")
        series = (_series("express", "held"),)
        return Chart("titles", columns, rows, series, even_empty=True, most=len(rows))

    # --- gaps ----------------------------------------------------------------------------------------

    def gaps(self) -> Chart:
        """The facts that are missing, whoever keeps them."""
        facts, _ = reach.gaps(self.stored, self.scope, self.show)
        rows = tuple(self._gap(one, _fact_name(one.about), keeper_name(one.about)) for one in facts)
        return Chart("gaps", _columns("fact", "keeper", *_GAP_COLUMNS), rows, _gap_series())

    def keepers(self) -> Chart:
        """The departments, by what all that they keep would settle."""
        _, keepers = reach.gaps(self.stored, self.scope, self.show)
        rows = tuple(self._gap(one, keeper_name(one.about)) for one in keepers)
        return Chart("keepers", _columns("keeper", *_GAP_COLUMNS), rows, _gap_series())

    def _gap(self, one: GapRow, name: str, keeper: str = "") -> Row:
        said = text("registry.can_settle", n=one.settled.said)
        measures = [self.stored.measures[place] for place in one.measures]
        few = len(measures) <= MAX_VALUES
        return Row(
            name,
            (
                *([Plain(keeper)] if keeper else []),
                one.companies,
                one.settled,
                Plain(len(measures)),
                one.findings,
                one.alone,
            ),
            (one.settled.n, rest(one.companies, one.settled)),
            said,
            url=self.listed(verdict="open", **({"measure": measures} if few else {})),
        )


_GAP_COLUMNS = ("blocked", "settled", "measures", "open_findings", "alone")
NOT_KNOWN = "-"
"""How an address names a place, or a section, that is not known."""


def _gap_series() -> tuple[Series, ...]:
    return _series("open", "settled"), _series("open-more", "blocked_more")


def _fact_name(about: Mapping[str, Any]) -> str:
    if language() != "en":
        return str(about["fact"])
    words, period = wording(), f"{about['period']} " if about["period"] else ""
    member = words.member(about["attribute"], about["member"]) if about["member"] else ""
    return f"{period}{words.attribute(about['attribute'])} {member}".strip()


def keeper_name(about: Mapping[str, Any]) -> str:
    """Name who keeps a fact; what no department vouches for is said to be so."""
    keeper = str(about["keeper"])
    name = wording().word("部门", keeper) if keeper else text("registry.nobody")
    return name if about.get("attestable", True) else text("registry.not_vouched", keeper=name)


# --- cases and money -----------------------------------------------------------------------------------


def deadlines(piles: list[due.Pile]) -> Chart:
    """The open cases by when they are due."""
    rows = tuple(
        Row(
            text(f"registry.due.{one.name}"),
            (one.cases,),
            (one.cases.n,),
            one.cases.said,
            url=_due_url(one.name),
        )
        for one in piles
    )
    return Chart("deadlines", _columns("due", "cases"), rows, (_series("open", "cases"),), True)


def _due_url(name: str) -> str:
    if not actor().may(Permission.CASES_SEE) or name not in due.PILES[:2]:
        return ""
    return url_for("desk.cases", due=name)


def budgets(burning: list[due.Burn]) -> Chart:
    """The budgets of a year: spent, bound, left."""
    rows = []
    for one in burning:
        name, gloss = measure_name(one.measure)
        spent, bound, left = (
            Amount(fen) for fen in (one.spent_fen, one.reserved_fen, one.left_fen)
        )
        total = Amount(one.total_fen)
        rows.append(
            Row(
                name,
                (total, spent, bound, left, one.cases),
                tuple((amount.fen or 0) // _WAN for amount in (spent, bound, left)),
                f"{spent.said} · {bound.said} · {left.said}",
                url=_case_url(one.measure),
                gloss=gloss,
            )
        )
    series = (
        _series("automatic", "spent"),
        _series("express", "reserved"),
        _series("rest", "left"),
    )
    columns = _columns("measure", "total", "spent", "reserved", "left", "cases")
    return Chart("budgets", columns, tuple(rows), series)


_WAN = 1_000_000
"""分 in a 万元: the unit of the bars."""


def _case_url(measure: str) -> str:
    may = actor().may(Permission.CASES_SEE)
    return url_for("desk.cases", measure=measure, show="every") if may else ""


def _columns(*names: str) -> tuple[str, ...]:
    return tuple(text(f"registry.column.{name}") for name in names)


def _series(tone: str, name: str = "") -> Series:
    return Series(text(f"registry.series.{name or tone}"), tone)


def shades(cells: Sequence[Figure]) -> list[int]:
    """Give how dark each cell of a row is, 0 to 4; the numbers in them say the same."""
    most = max((one.n for one in cells), default=0) + 1
    return [0 if one.n == 0 else 1 + one.n * 4 // most for one in cells]

"""Who is reached: companies by place and by trade, measures by outcome and place, titles held, facts missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from matcher.registry.outcomes import AUTOMATIC, MET, OPEN, UNMET
from webapp.services.dashboard.counting import DECIDED, JUDGED, WAITING, WITH_AUTOMATIC, WITH_MET
from webapp.services.dashboard.cube import CELLS, PAIRS, REACH, ROUNDED, THINGS, TITLES
from webapp.services.dashboard.figures import Figure, Show, at_most
from webapp.services.dashboard.ladder import HELD, NOT_HELD, UNKNOWN
from webapp.services.dashboard.stored import Scope, Stored, Sums

ANY_MET = (MET, AUTOMATIC)
DECIDED_KINDS = (UNMET, *ANY_MET)
WAITING_KINDS = (WAITING, JUDGED)
OPEN_KINDS = (OPEN, *WAITING_KINDS)


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """The companies of one place, or section, by how far they come; ``id`` is "" where it is not known."""

    id: str
    companies: Figure
    decided: Figure
    met: Figure
    automatic: Figure


def by_county(stored: Stored, scope: Scope, show: Show) -> list[PlaceRow]:
    """Count the companies of each place; the place that is chosen narrows nothing here."""
    table = scope.anywhere().of(stored.table(REACH))
    return _placed(table, "county", stored.counties, show)


def by_section(stored: Stored, scope: Scope, show: Show) -> list[PlaceRow]:
    """Count the companies of each section; the section that is chosen narrows nothing here."""
    table = scope.any_trade().of(stored.table(REACH))
    return _placed(table, "section", stored.sections, show)


def whole(stored: Stored, scope: Scope, show: Show) -> PlaceRow:
    """Count the companies of the scope."""
    levels = scope.of(stored.table(REACH)).select(_reaching()).row(0)
    return _row("", levels, show)


def _placed(table: pl.DataFrame, by: str, ids: Sequence[str], show: Show) -> list[PlaceRow]:
    """Give each id a row, those with most companies first; what is not known comes last."""
    counted = table.group_by(by).agg(_reaching()).sort(by)
    rows = [_row(ids[place], levels, show) for place, *levels in counted.iter_rows()]
    return sorted(rows, key=lambda row: (not row.id, -row.companies.n, row.companies.hidden))


def _reaching() -> list[pl.Expr]:
    """Sum the companies that come so far or further, level by level, and what the sums were rounded to."""
    return [
        pl.col(name).filter(pl.col("level") >= level).sum().alias(f"{name}{level}")
        for level in (0, DECIDED, WITH_MET, WITH_AUTOMATIC)
        for name in ("n", "n" + ROUNDED)
    ]


def _row(id_: str, levels: Sequence[int], show: Show) -> PlaceRow:
    companies, decided, met, automatic = (
        show(n, rounded) for n, rounded in zip(levels[::2], levels[1::2], strict=True)
    )
    decided = at_most(decided, companies)
    met = at_most(met, decided)
    return PlaceRow(id_, companies, decided, met, at_most(automatic, met))


# --- measures ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """What one measure came to: companies by outcome; ``met`` holds those that need not apply."""

    id: str
    met: Figure
    automatic: Figure
    open: Figure
    waiting: Figure
    unmet: Figure


def by_measure(stored: Stored, scope: Scope, show: Show) -> list[MeasureRow]:
    """Count each measure's outcomes, the measure that most companies meet first."""
    table = scope.of(stored.table(CELLS))
    sums = _Kinds(table, ["measure"], show)
    rows = []
    for place, id_ in enumerate(stored.measures):
        met, held_open = sums.figure(ANY_MET, place), sums.figure(OPEN_KINDS, place)
        automatic = at_most(sums.figure((AUTOMATIC,), place), met)
        waiting = at_most(sums.figure(WAITING_KINDS, place), held_open)
        unmet = sums.figure((UNMET,), place)
        rows.append(MeasureRow(id_, met, automatic, held_open, waiting, unmet))
    return sorted(rows, key=lambda row: -row.met.n)


class _Kinds:
    """Sums over several outcomes by a key."""

    def __init__(self, table: pl.DataFrame, by: Sequence[str], show: Show) -> None:
        self._of: dict[tuple[int, ...], Sums] = {
            kinds: Sums(table.filter(pl.col("outcome").is_in(kinds)), by, show, "n")
            for kinds in (ANY_MET, (AUTOMATIC,), OPEN_KINDS, WAITING_KINDS, (UNMET,))
        }

    def figure(self, kinds: tuple[int, ...], *key: int) -> Figure:
        return self._of[kinds].figure(*key)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Companies that meet a measure, by place: a row a measure, a figure a place."""

    counties: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Figure, ...]], ...]


def matrix(stored: Stored, scope: Scope, show: Show) -> Matrix:
    """Count who meets what where, in the order of `by_measure` and `by_county`."""
    counties = [stored.counties.index(row.id) for row in by_county(stored, scope, show)]
    table = scope.anywhere().of(stored.table(CELLS)).filter(pl.col("outcome").is_in(ANY_MET))
    sums = Sums(table, ["measure", "county"], show, "n")
    places = {id_: place for place, id_ in enumerate(stored.measures)}
    ordered = [row.id for row in by_measure(stored, scope.anywhere(), show)]
    rows = tuple(
        (id_, tuple(sums.figure(places[id_], county) for county in counties)) for id_ in ordered
    )
    return Matrix(tuple(stored.counties[county] for county in counties), rows)


# --- titles ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TitleRow:
    """Who holds one title: the ladder that it is on, its name and level, and companies by what is known."""

    ladder: str
    title: str
    level: str
    held: Figure
    not_held: Figure
    unknown: Figure


def titles(stored: Stored, scope: Scope, show: Show) -> list[TitleRow]:
    """Count who holds which title, ladder by ladder from below."""
    sums = Sums(scope.of(stored.table(TITLES)), ["rung", "held"], show, "n")
    return [
        TitleRow(*rung, *(sums.figure(place, held) for held in (HELD, NOT_HELD, UNKNOWN)))
        for place, rung in enumerate(stored.about["rungs"])
    ]


# --- gaps --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GapRow:
    """One fact that is missing, or all that one department keeps: ``about`` says which (`cube`).

    ``companies`` have an open finding that it holds open, ``settled`` one that it alone would settle;
    ``findings`` and ``alone`` count these findings, ``measures`` are those that they are of, by number.
    """

    about: dict[str, Any]
    companies: Figure
    settled: Figure
    measures: tuple[int, ...]
    findings: Figure
    alone: Figure


def gaps(stored: Stored, scope: Scope, show: Show) -> tuple[list[GapRow], list[GapRow]]:
    """List the missing facts, and the departments that keep them: who would settle most alone first."""
    things = scope.of(stored.table(THINGS))
    pairs = scope.of(stored.table(PAIRS))
    companies = Sums(things, ["thing"], show, "settled", "blocked")
    findings = Sums(pairs, ["thing"], show, "alone", "findings")
    measures = dict(pairs.group_by("thing").agg(pl.col("measure").unique().sort()).iter_rows())
    rows = []
    for key in sorted(companies.keys()):
        blocked = companies.figure(*key, name="blocked")
        held = findings.figure(*key, name="findings")
        row = GapRow(
            stored.about["things"][key[0]],
            blocked,
            at_most(companies.figure(*key), blocked),
            tuple(measures.get(key[0], ())),
            held,
            at_most(findings.figure(*key), held),
        )
        rows.append(row)
    rows.sort(key=lambda row: (-row.settled.n, -row.companies.n, -row.findings.n))
    return [row for row in rows if row.about["fact"]], [r for r in rows if not r.about["fact"]]

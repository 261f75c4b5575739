"""The stored counts of a run, as pages read them: small tables, narrowed to a place and a section."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from webapp.services.dashboard.cube import ABOUT, FOLDER, ROUNDED, about_of
from webapp.services.dashboard.figures import Figure, Show

KEPT = 32
"""Tables that are kept in memory, of all runs together."""


@dataclass(frozen=True)
class Stored:
    """The counts of one run; ``stamp`` changes when they are counted again."""

    folder: Path
    stamp: int
    about: dict[str, Any] = field(compare=False)

    @classmethod
    def of(cls, out: Path) -> Stored | None:
        """Open the counts in the output folder of a run; None where there are none."""
        about = about_of(out)
        if about is None:
            return None
        folder = out / FOLDER
        return cls(folder, (folder / ABOUT).stat().st_mtime_ns, about)

    @property
    def measures(self) -> list[str]:
        """The ids of the measures, in the order of their numbers."""
        found: list[str] = self.about["measures"]
        return found

    @property
    def counties(self) -> list[str]:
        """The ids of the places, "" for those that are not known."""
        found: list[str] = self.about["counties"]
        return found

    @property
    def sections(self) -> list[str]:
        """The letters of the sections of trade, "" where it is not known."""
        found: list[str] = self.about["sections"]
        return found

    def table(self, name: str) -> pl.DataFrame:
        """Give one of the tables of counts."""
        return _table(self.folder / f"{name}.parquet", self.stamp)


@lru_cache(KEPT)
def _table(path: Path, stamp: int) -> pl.DataFrame:
    return pl.read_parquet(path)


@dataclass(frozen=True, slots=True)
class Scope:
    """What part of a run is looked at: one place or all, one section or all, by their numbers."""

    county: int | None = None
    section: int | None = None

    def anywhere(self) -> Scope:
        """Give the same without the place."""
        return replace(self, county=None)

    def any_trade(self) -> Scope:
        """Give the same without the section."""
        return replace(self, section=None)

    @property
    def narrowed(self) -> bool:
        """Say whether anything is left out."""
        return self.county is not None or self.section is not None

    def of(self, table: pl.DataFrame) -> pl.DataFrame:
        """Keep the counts of the scope."""
        for name, wanted in (("county", self.county), ("section", self.section)):
            if wanted is not None:
                table = table.filter(pl.col(name) == wanted)
        return table


def both(*names: str) -> list[pl.Expr]:
    """Sum counts, and what they were rounded to."""
    return [pl.col(name, name + ROUNDED).sum() for name in names]


class Sums:
    """Sums of counts by a key, each shown as its reader may know it; a key without counts is zero."""

    def __init__(self, table: pl.DataFrame, by: Iterable[str], show: Show, *names: str) -> None:
        keys = list(by)
        self._show, self._names = show, names
        summed = table.group_by(keys).agg(both(*names)) if keys else table.select(both(*names))
        self._sums = {row[: len(keys)]: row[len(keys) :] for row in summed.iter_rows()}

    def figure(self, *key: int, name: str = "") -> Figure:
        """Give one sum."""
        place = 2 * self._names.index(name or self._names[0])
        row = self._sums.get(key)
        return self._show(row[place], row[place + 1]) if row else self._show(0, 0)

    def keys(self) -> list[tuple[int, ...]]:
        """List the keys that have counts."""
        return list(self._sums)


def total(table: pl.DataFrame, where: pl.Expr, show: Show) -> Figure:
    """Sum the counts of some rows."""
    n, rounded = table.filter(where).select(both("n")).row(0)
    return show(int(n), int(rounded))

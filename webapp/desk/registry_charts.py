"""The charts of the dashboards: one set of rows is drawn, laid out as a table and written as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from matcher.registry.charts import NARROW, WIDE, Bar, Series, Shape, draw
from webapp.pages import text
from webapp.services.dashboard.figures import HIDDEN, Figure
from webapp.services.exports import csv_bytes, yuan

MAX_BARS = 15
"""Bars of one drawing; its table has all rows."""
KEPT = 256
"""Drawings that are kept in memory: drawing takes longer than all the rest of a page."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money, None where it would tell of too few companies."""

    fen: int | None

    @property
    def said(self) -> str:
        """The sum for people."""
        if self.fen is None:
            return HIDDEN
        return text(
            "cases.yuan",
            n=f"{self.fen // 100:,}" + (f".{self.fen % 100:02}" * bool(self.fen % 100)),
        )

    @property
    def cell(self) -> str:
        """The sum for a table of a program, in yuan."""
        return HIDDEN if self.fen is None else yuan(self.fen)


@dataclass(frozen=True, slots=True)
class Plain:
    """A word, or a number that is no count of companies."""

    value: str | int

    @property
    def said(self) -> str:
        """The word for people."""
        return f"{self.value:,}" if isinstance(self.value, int) else self.value

    @property
    def cell(self) -> str | int:
        """The word for a table of a program."""
        return self.value


Cell = Figure | Amount | Plain


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its name and cells; the parts of its bar, what stands at its end, and its label if not the name."""

    name: str
    cells: tuple[Cell, ...]
    parts: tuple[int, ...] = ()
    note: str = ""
    url: str = ""
    gloss: str = ""
    current: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart by its name, which names its texts too; without series it is a table alone.

    The first column is that of the rows' names. ``even_empty`` draws bars without length too, ``most`` says how
    many bars at most.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    series: tuple[Series, ...] = ()
    even_empty: bool = False
    remark: str = ""
    most: int = MAX_BARS

    @property
    def title(self) -> str:
        """The heading, which says how many of its rows are drawn where that is not all."""
        title = text(f"registry.chart.{self.name}")
        drawn, some = len(self._drawn()), sum(1 for row in self.rows if self._has_bar(row))
        if drawn < some:
            return text("registry.first_of", title=title, n=drawn, all=some)
        return title

    @property
    def wide(self) -> Markup:
        """The drawing for a wide window, empty where there is nothing to draw."""
        return self._picture(WIDE)

    @property
    def narrow(self) -> Markup:
        """The drawing for a phone."""
        return self._picture(NARROW)

    def lines(self) -> Iterator[tuple[str | int, ...]]:
        """Give the rows of the CSV file."""
        for row in self.rows:
            yield (row.name, *(cell.cell for cell in row.cells))

    def csv(self) -> bytes:
        """Write the rows as CSV."""
        return csv_bytes(self.columns, self.lines())

    def _has_bar(self, row: Row) -> bool:
        return bool(self.series) and (self.even_empty or sum(row.parts) > 0)

    def _drawn(self) -> Sequence[Row]:
        return [row for row in self.rows if self._has_bar(row)][: self.most]

    def _picture(self, shape: Shape) -> Markup:
        bars = tuple(
            Bar(row.label or row.name, row.parts, row.note, row.url) for row in self._drawn()
        )
        if not bars:
            return Markup()
        says = text("registry.drawn", title=self.title)
        return _picture(says, self.series, bars, shape)


@lru_cache(KEPT)
def _picture(says: str, series: tuple[Series, ...], bars: tuple[Bar, ...], shape: Shape) -> Markup:
    drawn = draw(says, series, bars, shape)
    head, _, rest = drawn.partition(">")
    # Our own drawing: its texts are escaped, and so is the title.
    return Markup(f"{head}><title>{escape(says)}</title>{rest}")  # noqa: S704

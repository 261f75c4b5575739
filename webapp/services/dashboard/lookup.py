"""The index of a run: where a company stands, and what measures came to for it, without reading all of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from matcher.layout import CODE, NAME
from webapp.services.dashboard.cube import CODES, COMPANIES, OUTCOMES, ROWS
from webapp.services.dashboard.stored import Stored

Numbers = NDArray[Any]
NOWHERE = -1
COLUMNS_KEPT = 24
"""Columns that are kept in memory: two or four megabytes each for two million companies."""


def rows_of(stored: Stored, codes: Sequence[str]) -> Numbers:
    """Give the row of each code, `NOWHERE` for a company that the run did not have."""
    ordered = np.load(stored.folder / CODES, mmap_mode="r")
    wanted = np.array(codes, ordered.dtype)
    places = np.searchsorted(ordered, wanted)
    found = np.full(len(wanted), NOWHERE, np.int64)
    inside = np.flatnonzero(places < len(ordered))
    inside = inside[ordered[places[inside]] == wanted[inside]]
    found[inside] = np.load(stored.folder / ROWS, mmap_mode="r")[places[inside]]
    return found


def outcomes(stored: Stored, measure: int) -> Numbers:
    """Give the outcome of a measure for every company, in the order of the rows."""
    return _column(stored.folder / OUTCOMES, f"o{measure}", stored.stamp)


def groups(stored: Stored, name: str) -> Numbers:
    """Give the place (``county``) or the section (``section``) of every company, by their numbers."""
    return _column(stored.folder / COMPANIES, name, stored.stamp)


@lru_cache(COLUMNS_KEPT)
def _column(path: Path, name: str, stamp: int) -> Numbers:
    """Read a whole column."""
    column = pq.read_table(path, columns=[name]).column(0)
    return column.to_numpy()  # type: ignore[no-any-return]


def companies(stored: Stored, rows: Sequence[int]) -> dict[int, tuple[str, str, int, int]]:
    """Give code, name, place and section of some companies; only the pieces that they are in are read."""
    found = {}
    with pq.ParquetFile(stored.folder / COMPANIES) as file:
        starts = _starts(file)
        for piece in sorted({int(np.searchsorted(starts, row, "right")) - 1 for row in rows}):
            table = file.read_row_group(piece, columns=[CODE, NAME, "county", "section"])
            for row in rows:
                place = row - int(starts[piece])
                if 0 <= place < table.num_rows:
                    code, name, county, section = (column[place].as_py() for column in table)
                    found[row] = (code, name or "", county, section)
    return found


def _starts(file: Any) -> Numbers:
    sizes = [file.metadata.row_group(n).num_rows for n in range(file.metadata.num_row_groups)]
    return np.cumsum([0, *sizes[:-1]])

"""Small operations on whole columns that readers of cells share."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

# Polars' types for those of a facts table.
TYPES: dict[str, type[pl.DataType]] = {
    "string": pl.String,
    "boolean": pl.Boolean,
    "int16": pl.Int16,
    "int32": pl.Int32,
    "int64": pl.Int64,
    "date": pl.Date,
}


def constant(value: Any, length: int, kind: Any) -> pl.Series:
    """Give a column that says one thing in every row."""
    return pl.Series([value], dtype=kind).new_from_index(0, length)


def nulled(values: pl.Series, where: pl.Series) -> pl.Series:
    """Make the rows of a mask unknown."""
    if not where.any():
        return values
    frame = pl.DataFrame({"values": values, "where": where})
    return frame.select(pl.when(~pl.col("where")).then("values").alias(values.name)).to_series()


def first(*columns: pl.Series) -> pl.Series:
    """Take of each row the first that is known."""
    frame = pl.DataFrame([column.alias(str(n)) for n, column in enumerate(columns)])
    return frame.select(pl.coalesce(pl.all())).to_series()


def distinct(cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Give the different texts of a categorical column, and for each cell the place of its text."""
    places = cells.to_physical().cast(pl.UInt32)
    top = places.max()
    if top is None:
        return pl.Series([], dtype=pl.String), places
    # Marking what is met is several times faster than sorting out what is unique.
    met = np.zeros(int(top) + 2, dtype=np.bool_)  # type: ignore[arg-type]
    met[places.fill_null(int(top) + 1).to_numpy()] = True  # type: ignore[arg-type]
    used = pl.Series(np.flatnonzero(met[:-1]), dtype=pl.UInt32)
    texts = used.cat.to(cells.dtype).cast(pl.String)
    if used[-1] == len(used) - 1:
        return texts, places
    # Columns of one file may share their categories: number those of this one.
    new = constant(None, used[-1] + 1, pl.UInt32).scatter(used, range(len(used)))
    return texts, new.gather(places)

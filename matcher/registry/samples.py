"""A few values of each column of a source, shown beside a mapping that has to be decided."""

from __future__ import annotations

import polars as pl

from matcher.registry.sources import Source

ROWS, VALUES = 200, 3


def samples_of(source: Source) -> dict[str, list[str]]:
    """Give the first different values of each column."""
    chunk = next(source.chunks(ROWS), None)
    if chunk is None:
        return {}
    return {name: _values(chunk.frame.get_column(name)) for name in chunk.frame.columns}


def _values(column: pl.Series) -> list[str]:
    seen: dict[str, None] = {}
    for value in column.drop_nulls():
        text = "、".join(value) if isinstance(value, pl.Series | list) else str(value)
        seen.setdefault(text)
        if len(seen) == VALUES:
            break
    return list(seen)

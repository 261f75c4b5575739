"""The refused rows of a run, as ``rejected.parquet`` and as ``rejected.csv`` for a spreadsheet.

One line a row: its number, the column, value, reason and repair of everything wrong with it, then the
row as it came. The CSV has a BOM, and a text that a spreadsheet would run as a formula gets a leading ``'``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl
import polars.selectors as cs

NAMES = {
    "row_number": "行号",
    "column": "有问题的列",
    "value": "原来的值",
    "reason": "原因",
    "repair": "怎样改",
}
FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
# Parts of a run keep the input's columns under a mark, so that none takes the place of ours.
_MARK = "\ue000"
_BESIDE = "(比对)"


def original(name: str) -> str:
    """Give the name that a column of the input has in the parts of a run."""
    return _MARK + name


def write_rejected(parts: Sequence[Path], new: Callable[[str], Path]) -> None:
    """Write both files from the parts of a run; a run without refusals gets empty ones.

    Where the input has a column of one of our names, ours gets a ``(比对)`` behind it.
    """
    rows = pl.scan_parquet(list(parts))
    rows.rename(_names(rows, {name: name for name in NAMES})).sink_parquet(
        new("rejected.parquet"), compression="zstd"
    )
    text = rows.with_columns(cs.list().list.join("、")).rename(_names(rows, NAMES))
    guarded = text.with_columns(
        pl.when(cs.string().str.contains(FORMULA))
        .then(pl.lit("'") + cs.string())
        .otherwise(cs.string())
        .name.keep()
    )
    guarded.sink_csv(new("rejected.csv"), include_bom=True)


def _names(rows: pl.LazyFrame, ours: Mapping[str, str]) -> dict[str, str]:
    columns = rows.collect_schema().names()
    given = {name: name.removeprefix(_MARK) for name in columns if name.startswith(_MARK)}
    taken = set(given.values())
    for name, shown in ours.items():
        while shown in taken:
            shown += _BESIDE
        given[name] = shown
    return given

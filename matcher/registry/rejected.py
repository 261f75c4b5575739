"""The refused rows of a run, as ``rejected.parquet`` and as ``rejected.csv`` for a spreadsheet.

One line a row: its number, the column, value, reason and repair of everything wrong with it, then the
row as it came. The CSV has a BOM, and a text that a spreadsheet would run as a formula gets a leading ``'``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def write_rejected(parts: Sequence[Path], new: Callable[[str], Path]) -> None:
    """Write both files from the parts of a run; a run without refusals gets empty ones."""
    rows = pl.scan_parquet(list(parts))
    # An original column may bear one of our names; ours then stand apart under their Chinese ones.
    rows.sink_parquet(new("rejected.parquet"), compression="zstd")
    text = rows.with_columns(cs.list().list.join("、")).rename(NAMES, strict=False)
    guarded = text.with_columns(
        pl.when(cs.string().str.contains(FORMULA))
        .then(pl.lit("'") + cs.string())
        .otherwise(cs.string())
        .name.keep()
    )
    guarded.sink_csv(new("rejected.csv"), include_bom=True)

"""What changed between two runs, per company and measure: newly met, no longer met, newly open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from matcher.layout import CODE

NEWLY_MET, NO_LONGER_MET, NEWLY_OPEN = "newly_met", "no_longer_met", "newly_open"
KINDS = (NEWLY_MET, NO_LONGER_MET, NEWLY_OPEN)
_SCHEMA = pa.schema([(CODE, pa.string()), ("measure", pa.string()), ("change", pa.string())])


def write_changes(before: Path, now: Path, out: Path, measures: Sequence[str]) -> dict[str, int]:
    """Write ``changes.parquet`` (credit_code, measure, change); give how many of each kind.

    Measure by measure, so that memory does not grow with their number. A measure that the run before
    did not look at counts as not met then.
    """
    counts = dict.fromkeys(KINDS, 0)
    with pq.ParquetWriter(out, _SCHEMA, compression="zstd") as writer:
        for measure in measures:
            old, new = _of(before, measure), _of(now, measure)
            changed = _changed(old, new)
            for kind, count in changed.group_by("change").len().iter_rows():
                counts[kind] += count
            if changed.height:
                table: Any = changed.with_columns(pl.lit(measure).alias("measure"))
                writer.write_table(table.select(_SCHEMA.names).to_arrow().cast(_SCHEMA))
    return counts


def _verdicts(path: Path) -> pl.LazyFrame:
    plain = (pl.col(name).cast(pl.String) for name in ("measure", "verdict"))
    return pl.scan_parquet(path).select(CODE, *plain)


def _of(path: Path, measure: str) -> pl.DataFrame:
    return _verdicts(path).filter(pl.col("measure") == measure).select(CODE, "verdict").collect()


def _changed(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    both = old.join(new, on=CODE, how="full", coalesce=True, suffix="_now")
    was, is_now = pl.col("verdict"), pl.col("verdict_now")
    met_now, met_then = is_now.eq_missing(pl.lit("MET")), was.eq_missing(pl.lit("MET"))
    open_now, open_then = is_now.eq_missing(pl.lit("OPEN")), was.eq_missing(pl.lit("OPEN"))
    frames = [
        both.filter(test).select(CODE, pl.lit(kind).alias("change"))
        for kind, test in (
            (NEWLY_MET, met_now & ~met_then),
            (NO_LONGER_MET, met_then & ~met_now),
            (NEWLY_OPEN, open_now & ~open_then & ~met_then),
        )
    ]
    return pl.concat(frames).sort(CODE, "change")

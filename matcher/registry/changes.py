"""What changed between two runs, per company and measure: newly met, no longer met, newly open.

Only a measure that both runs looked at can have changed. What could not be compared, and other rules as
a reason of changes, are said in sentences beside the counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from matcher.layout import CODE
from matcher.logic import Verdict
from matcher.registry.findings import MEASURE, VERDICT
from matcher.registry.runs import read_report

NEWLY_MET, NO_LONGER_MET, NEWLY_OPEN = "newly_met", "no_longer_met", "newly_open"
KINDS = (NEWLY_MET, NO_LONGER_MET, NEWLY_OPEN)
CHANGE = "change"
_SCHEMA = pa.schema([(name, pa.string()) for name in (CODE, MEASURE, CHANGE)])


def write_changes(
    before: Path, now: Path, out: Path, measures: Sequence[str], rules_version: str = ""
) -> dict[str, Any]:
    """Write ``changes.parquet`` (credit_code, measure, change); give what ``run.json`` says of it.

    ``before`` and ``now`` are the findings of two runs; ``before`` lies beside its ``run.json``.
    ``measures`` and ``rules_version`` are those of the run now. The result holds how many changes there
    are of each kind, what was compared, and ``remarks``, Chinese sentences. Goes measure by measure, so
    that memory does not grow with their number.
    """
    earlier = read_report(before.parent)
    then = set(earlier["measures"])
    compared = [measure for measure in measures if measure in then]
    kinds = KINDS if earlier["with_open"] else (NEWLY_MET, NO_LONGER_MET)
    counts = _write(before, now, out, compared, kinds)
    return {
        **counts,
        "compared": len(compared),
        "not_compared": sorted(then.symmetric_difference(measures)),
        "rules_version_before": earlier["rules_version"],
        "remarks": list(_remarks(earlier, measures, rules_version)),
    }


def _remarks(earlier: dict[str, Any], measures: Sequence[str], rules_version: str) -> Iterator[str]:
    then, now = set(earlier["measures"]), set(measures)
    missed = ((now - then, "上一次"), (then - now, "这一次"))
    said = [f"{len(some)} 项措施{when}没有比对" for some, when in missed if some]
    if said:
        yield f"{','.join(said)}:没有两次的结果可比,不算变化"
    if not earlier["with_open"]:
        yield "上一次没有写出待补充的结果(没有用 --open),所以看不出哪些是新待补充的"
    if rules_version and rules_version != earlier["rules_version"]:
        yield (
            f"两次用的规则不同(上一次 {earlier['rules_version']},这一次 {rules_version}):"
            "有的变化可能来自条文或规则的修改,不是企业的情况变了"
        )


def _write(
    before: Path, now: Path, out: Path, measures: Sequence[str], kinds: Sequence[str]
) -> dict[str, int]:
    counts = dict.fromkeys(KINDS, 0)
    with pq.ParquetWriter(out, _SCHEMA, compression="zstd") as writer:
        for measure in measures:
            old, new = _of(before, measure), _of(now, measure)
            changed = _changed(old, new).filter(pl.col(CHANGE).is_in(kinds))
            for kind, count in changed.group_by(CHANGE).len().iter_rows():
                counts[kind] += count
            if changed.height:
                table: Any = changed.with_columns(pl.lit(measure).alias(MEASURE))
                writer.write_table(table.select(_SCHEMA.names).to_arrow().cast(_SCHEMA))
    return counts


def _of(path: Path, measure: str) -> pl.DataFrame:
    # Names as text only behind the filter: by their numbers it skips what it need not read.
    found = pl.scan_parquet(path).filter(pl.col(MEASURE) == measure)
    return found.select(CODE, pl.col(VERDICT).cast(pl.String)).collect()


def _changed(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    both = old.join(new, on=CODE, how="full", coalesce=True, suffix="_now")
    was, is_now = pl.col(VERDICT), pl.col(f"{VERDICT}_now")
    met, open_ = pl.lit(Verdict.MET.name), pl.lit(Verdict.OPEN.name)
    met_now, met_then = is_now.eq_missing(met), was.eq_missing(met)
    open_now, open_then = is_now.eq_missing(open_), was.eq_missing(open_)
    frames = [
        both.filter(test).select(CODE, pl.lit(kind).alias(CHANGE))
        for kind, test in (
            (NEWLY_MET, met_now & ~met_then),
            (NO_LONGER_MET, met_then & ~met_now),
            (NEWLY_OPEN, open_now & ~open_then & ~met_then),
        )
    ]
    return pl.concat(frames).sort(CODE, CHANGE)

"""What a finished run found, for pages and downloads: its measures counted, its findings as tables for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from matcher.catalogue import Catalogue
from matcher.layout import CODE, NAME
from matcher.registry.changes import CHANGE
from matcher.registry.findings import DELIVERY, MEASURE, VERDICT
from matcher.registry.rejected import FORMULA
from matcher.registry.runs import ARROW, FACTS, FINDINGS
from webapp.services.batches.store import Places
from webapp.services.batches.workshop import CHECKED, LOOKED, MAPPING

MATCHED, OPEN, CHANGED, REJECTED = "matched.csv", "open.csv", "changes.csv", "rejected.csv"
FILES = {
    "summary.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "summary.html": "text/html",
    "findings.parquet": "application/vnd.apache.parquet",
    REJECTED: "text/csv",
}
"""The files of a finished run that are handed out as they are."""
_SLICE = 50_000
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Counted:
    """One measure: how many companies it fits, for how many it is open, and by which delivery they get it."""

    id: str
    title: str
    document: str
    met: int
    open: int
    unmet: int
    deliveries: Mapping[str, int]


def counted(report: Mapping[str, Any], catalogue: Catalogue) -> list[Counted]:
    """List the measures of a run, those that fit most companies first."""
    titles = {document.id: document.title for document in catalogue.documents}
    found = []
    for id_, own in report["by_measure"].items():
        measure = catalogue.by_id.get(id_)
        document = id_.partition("/")[0]
        found.append(
            Counted(
                id_,
                measure.title if measure else id_,
                titles.get(document, document),
                own["met"],
                own["open"],
                own["unmet"],
                own["deliveries"],
            )
        )
    return sorted(found, key=lambda one: (-one.met, -one.open, one.id))


def looked(here: Places) -> dict[str, Any]:
    """Give what a look at the file found."""
    return _json(here.beside(LOOKED))


def checked(here: Places) -> dict[str, Any]:
    """Give what the check of the rows found."""
    return _json(here.beside(CHECKED))


def file_of(here: Places, name: str) -> Path | None:
    """Give a file to hand out: of the finished run, or of the check before it; None where it is no such file."""
    if name == MAPPING:
        found = here.beside(MAPPING)
    elif name not in FILES:
        return None
    else:
        done, working = here.out / name, here.out / ".run" / "ready" / name
        found = done if done.is_file() else working
    return found if found.is_file() else None


def table_of(here: Places, name: str, titles: Mapping[str, str]) -> Iterator[bytes]:
    """Write findings as CSV for people, some thousand rows at a time: code, name, measure, title and what came out."""
    if name == CHANGED:
        rows, last = pl.scan_parquet(here.out / "changes.parquet"), [CHANGE]
    else:
        wanted = "MET" if name == MATCHED else "OPEN"
        rows = pl.scan_parquet(here.out / FINDINGS).filter(
            pl.col(VERDICT).cast(pl.String) == wanted
        )
        last = [VERDICT, DELIVERY]
    named = pl.scan_ipc(here.out / FACTS / f"*{ARROW}").select(CODE, NAME)
    told = (
        rows.with_columns(pl.col(MEASURE, *last).cast(pl.String))
        .join(named, on=CODE, how="left")
        .with_columns(
            pl.col(MEASURE).replace_strict(titles, default=pl.col(MEASURE)).alias("title")
        )
        .select(
            pl.col(CODE).alias("统一社会信用代码"),
            _plain(pl.col(NAME)).alias("企业名称"),
            pl.col(MEASURE).alias("措施编号"),
            pl.col("title").alias("措施"),
            *(pl.col(one).alias(_HEADS[one]) for one in last),
        )
    )
    yield _BOM.encode()
    yield (",".join(told.collect_schema().names()) + "\r\n").encode()
    for batch in told.collect_batches(chunk_size=_SLICE, engine="streaming"):
        yield batch.write_csv(include_header=False, line_terminator="\r\n").encode()


def findings(
    here: Places, measure: str, verdict: str, first: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """Give some of a run's findings, in the order of measures and companies, and how many there are."""
    rows = pl.scan_parquet(here.out / FINDINGS).with_columns(
        pl.col(MEASURE, VERDICT, DELIVERY).cast(pl.String)
    )
    if measure:
        rows = rows.filter(pl.col(MEASURE) == measure)
    if verdict:
        rows = rows.filter(pl.col(VERDICT) == verdict.upper())
    total = rows.select(pl.len()).collect(engine="streaming").item()
    cut = rows.sort(MEASURE, CODE).slice(first, limit).collect(engine="streaming")
    found = [
        {CODE: code, MEASURE: named, VERDICT: came.lower(), DELIVERY: delivery or None}
        for code, named, came, delivery in cut.select(CODE, MEASURE, VERDICT, DELIVERY).iter_rows()
    ]
    return found, int(total)


_HEADS = {VERDICT: "结论", DELIVERY: "兑现方式", CHANGE: "变化"}


def _plain(text: pl.Expr) -> pl.Expr:
    """Guard a text that a spreadsheet would run."""
    return pl.when(text.str.contains(FORMULA)).then(pl.lit("'") + text).otherwise(text)


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found

"""A finished run -> the counts that the dashboards show, stored beside its results.

In: the facts of a run and its report (docs/batch.md). Out: the folder `FOLDER` in the run's, small tables by
place and section, and an index of companies and outcomes, from which a page of findings is read without looking at
all of them. The measures are evaluated once more on the facts, so the counts are those of the findings by
construction, and no run has to write more than it does.

Every count stands there twice: as it is, and rounded at random to a multiple of five for those who may not see single
companies (`webapp.services.dashboard.figures`).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from matcher.catalogue import Catalogue
from matcher.layout import CODE, NAME
from matcher.profile import FactKey
from matcher.registry.batch import layout_of
from matcher.registry.engines import PolarsEngine
from matcher.registry.findings import fact_name
from matcher.registry.outcomes import OPEN, OUTCOME_BITS, Asked, Program, delivery_of, program
from matcher.registry.runs import ARROW, FACTS, read_report
from matcher.vocabulary.model import Vocabulary
from webapp.services.dashboard.counting import JUDGED, KINDS, WAITING, Gaps, Outcomes
from webapp.services.dashboard.groups import Groups, Places
from webapp.services.dashboard.ladder import Titles

FORMAT = 1
FOLDER, ABOUT = "dashboard", "about.json"
CELLS, REACH, THINGS, PAIRS, TITLES = "cells", "reach", "things", "pairs", "titles"
COMPANIES, OUTCOMES = "companies.parquet", "outcomes.parquet"
CODES, ROWS = "codes.npy", "rows.npy"
"""All codes in order, and in which row of the index each company stands."""
INDEX_ROWS = 16_384
"""Companies of one piece of the index: a page reads the pieces that its lines are in."""
STEP = 5
ROUNDED = "_rounded"
_CODE_BYTES = "S18"


class OtherRules(RuntimeError):
    """The rules are not those that a run was made with, so its findings cannot be counted."""


def write_aggregates(folder: Path, catalogue: Catalogue) -> None:
    """Write the counts of a finished run into its folder; what stood there before is replaced."""
    report = read_report(folder)
    if report["rules_version"] != catalogue.version:
        raise OtherRules(report["rules_version"])
    target, new = folder / FOLDER, folder / f".{FOLDER}"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    _count(folder, new, catalogue, report)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(new, target)


def _count(folder: Path, new: Path, catalogue: Catalogue, report: dict[str, Any]) -> None:
    vocabulary, layout = catalogue.vocabulary, layout_of(folder)
    as_of, parts = date.fromisoformat(report["as_of"]), sorted((folder / FACTS).glob(f"*{ARROW}"))
    measures = [catalogue.by_id[id_] for id_ in report["measures"]]
    written = program(catalogue, measures, layout, as_of, general=report["general"])
    groups = Groups.of(layout, vocabulary)
    counts = Outcomes(written.asked, groups, vocabulary)
    gaps = Gaps(written.asked, groups, vocabulary)
    titles = Titles(catalogue, layout, as_of, groups)
    with PolarsEngine() as engine:
        engine.load(parts, layout.columns(vocabulary))
        _read(engine, written, parts, groups, counts, gaps, new)
        titles.count(engine)
    tables = {
        CELLS: counts.cell_table(),
        REACH: counts.reach_table(),
        THINGS: gaps.thing_table(),
        PAIRS: gaps.pair_table(),
        TITLES: titles.table(),
    }
    for name, table in tables.items():
        with_rounded(table).write_parquet(new / f"{name}.parquet")
    about = {
        "format": FORMAT,
        "as_of": report["as_of"],
        "companies": counts.companies,
        "measures": report["measures"],
        "deliveries": [_deliveries(one, vocabulary) for one in written.asked],
        "refused": report["refused_measures"],
        "counties": groups.counties,
        "sections": groups.sections,
        "things": _things(gaps, vocabulary),
        "rungs": [[one.ladder, one.title, one.level] for one in titles.rungs],
    }
    text = json.dumps(about, ensure_ascii=False, indent=1)
    (new / ABOUT).write_text(text + "\n", encoding="utf-8")


def _read(
    engine: PolarsEngine,
    written: Program,
    parts: Sequence[Path],
    groups: Groups,
    counts: Outcomes,
    gaps: Gaps,
    new: Path,
) -> None:
    names = _Names(parts)
    with _Index(new, len(written.asked)) as index:
        for batch in engine.rows(written.expression):
            placed = groups.take(batch)
            index.write(names.of(batch), placed, groups, counts.take(batch, placed))
            gaps.take(batch, placed)


class _Names:
    """The codes and names of companies in the order of the facts."""

    def __init__(self, parts: Sequence[Path]) -> None:
        self._parts = iter(parts)
        self._rest = pl.DataFrame(schema={CODE: pl.String, NAME: pl.String})

    def of(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Give those of the next batch; that they are the same companies is checked."""
        while self._rest.height < batch.height:
            more = pl.scan_ipc(next(self._parts)).select(CODE, NAME).collect()
            self._rest = pl.concat([self._rest, more])
        found, self._rest = self._rest[: batch.height], self._rest[batch.height :]
        if not found.get_column(CODE).equals(batch.get_column(CODE)):
            raise RuntimeError("the outcomes are not in the order of the facts")
        return found


class _Index:
    """Writes every company with its group, and the outcome of each measure in a column."""

    def __init__(self, folder: Path, measures: int) -> None:
        self._folder = folder
        texts, places = [(CODE, pa.string()), (NAME, pa.string())], ("county", "section")
        self._schema = pa.schema([*texts, *((name, pa.int16()) for name in places)])
        self._columns = pa.schema([(f"o{place}", pa.uint8()) for place in range(measures)])
        self._codes: list[Any] = []

    def __enter__(self) -> _Index:
        options: dict[str, Any] = {"compression": "zstd", "compression_level": 1}
        self._companies = pq.ParquetWriter(self._folder / COMPANIES, self._schema, **options)
        self._outcomes = pq.ParquetWriter(self._folder / OUTCOMES, self._columns, **options)
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._companies.close()
        self._outcomes.close()
        if kind is None:
            codes = np.concatenate([np.empty(0, _CODE_BYTES), *self._codes])
            rows = np.argsort(codes, kind="stable").astype(np.uint32)
            np.save(self._folder / ROWS, rows)
            np.save(self._folder / CODES, codes[rows])

    def write(
        self, names: pl.DataFrame, placed: Places, groups: Groups, kinds: pl.DataFrame
    ) -> None:
        county, section = groups.split(placed)
        frame = names.with_columns(
            pl.Series("county", county, pl.Int16), pl.Series("section", section, pl.Int16)
        )
        self._companies.write_table(frame.to_arrow().cast(self._schema), row_group_size=INDEX_ROWS)
        table = kinds.to_arrow().rename_columns(self._columns.names)
        self._outcomes.write_table(table.cast(self._columns))
        self._codes.append(np.array(names.get_column(CODE).to_list(), _CODE_BYTES))


def with_rounded(table: pl.DataFrame) -> pl.DataFrame:
    """Add to each count what is shown of it to those who may not see single companies.

    The multiple of five below or above, the nearer the likelier, so that sums stay about right; nobody can know
    which it was.
    """
    draw = np.random.default_rng()
    names = [name for name, kind in table.schema.items() if kind == pl.Int64]
    rounded = []
    for name in names:
        counts = table.get_column(name).to_numpy()
        over = counts % STEP
        up = draw.random(len(counts)) < over / STEP
        rounded.append(pl.Series(name + ROUNDED, counts - over + STEP * up, pl.Int64))
    return table.with_columns(rounded)


def _deliveries(asked: Asked, vocabulary: Vocabulary) -> list[str]:
    """Give the id of the delivery that each outcome of a measure leads to, "" where none does."""
    judged = asked.judged_bits(vocabulary) << OUTCOME_BITS
    numbers = {**dict(zip(KINDS, KINDS, strict=True)), WAITING: OPEN, JUDGED: OPEN | judged}
    found = [delivery_of(asked, numbers[kind], vocabulary) for kind in KINDS]
    return [one.name.lower() if one else "" for one in found]


def _things(gaps: Gaps, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """Say what can be missing: facts with who keeps them, then those who keep them."""

    def fact(key: FactKey) -> dict[str, Any]:
        keeper, attestable = vocabulary.custodian(key.attribute, key.member)
        return {
            "fact": fact_name(key),
            "attribute": key.attribute,
            "member": key.member,
            "period": key.period if isinstance(key.period, int) else None,
            "keeper": keeper,
            "attestable": attestable,
        }

    return [*map(fact, gaps.facts), *({"fact": "", "keeper": one} for one in gaps.keepers)]


def about_of(folder: Path) -> dict[str, Any] | None:
    """Read what the counts of a run are about; None where there are none, or of another time."""
    try:
        found: dict[str, Any] = json.loads((folder / FOLDER / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if found.get("format") == FORMAT else None

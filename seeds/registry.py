"""Writes a synthetic company registry, as a department's own table would have it (CSV or Parquet).

Rows, seed and share of missing values in; out a table of about 130 columns whose headers are words of
the vocabulary, and the mapping that says which fact each is. The distributions are data
(``registry.yaml``); none claims to be a statistic. No company is real: see `seeds.identity`. A seed
gives the same table on every machine, and a longer table begins with the rows of a shorter one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from typing import IO

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from matcher.language.diagnostics import Problems
from matcher.locations import rules_folder
from matcher.vocabulary.load import FOLDER, load_vocabulary
from matcher.vocabulary.model import Vocabulary
from seeds.columns import CODE, NAME, Column, Kind, columns, mapping
from seeds.distributions import HUNDREDTHS, shipped
from seeds.draws import Draws, Flags
from seeds.identity import CODES
from seeds.population import Population, Values

BLOCK = 100_000  # rows drawn and written at a time; part of what a seed means
MAX_ROWS = CODES
MAX_MISSING = 60  # percent
FORMATS = (".parquet", ".csv")
_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.YES_NO: pa.bool_(),
    Kind.COUNT: pa.int32(),
    Kind.MONEY: pa.float64(),
    Kind.DATE: pa.date32(),
}
Progress = Callable[[int], object]


def tables(rows: int, seed: int, missing: int = 20) -> Iterator[pa.Table]:
    """Draw the table block by block; ``missing`` is the average share of empty cells in percent."""
    if not 1 <= rows <= MAX_ROWS or not 0 <= missing <= MAX_MISSING or seed < 0:
        raise ValueError(
            f"行数应在 1 到 {MAX_ROWS} 之间,缺失在 0 到 {MAX_MISSING} 之间,种子不小于 0"
        )
    for block, first in enumerate(range(0, rows, BLOCK)):
        draws = Draws(seed, block, min(BLOCK, rows - first))
        yield _table(Population(shipped(), draws, first), missing)


def _table(block: Population, missing: int) -> pa.Table:
    gaps = block.gaps(missing)
    arrays = {CODE: block.credit_codes(), NAME: block.names()}
    for column in columns(shipped()):
        if column.header not in arrays:
            gone = block.missing(column, gaps)
            arrays[column.header] = _array(column, block.values[column.header], gone)
    return pa.table(arrays)


def _array(column: Column, values: Values, gone: Flags) -> pa.Array:
    if column.kind is Kind.TEXT:
        places = pa.array(values.numbers.astype(np.int32), mask=gone)
        return pa.DictionaryArray.from_arrays(places, pa.array(values.words, pa.string()))
    if column.kind is Kind.MONEY:
        return pa.array(values.numbers / HUNDREDTHS, mask=gone)
    if column.kind is Kind.DATE:
        return pa.array(values.numbers.astype(np.int32), mask=gone).view(pa.date32())
    return pa.array(values.numbers, _TYPES[column.kind], mask=gone)


def write_registry(
    file: IO[bytes],
    suffix: str,
    rows: int,
    seed: int,
    missing: int = 20,
    progress: Progress = lambda done: None,
) -> None:
    """Write the table to an open file; ``suffix`` is one of `FORMATS`, ``progress`` hears of rows."""
    blocks = _told(tables(rows, seed, missing), progress)
    if suffix == ".csv":
        _write_csv(file, blocks)
    else:
        _write_parquet(file, blocks, f"rows={rows} seed={seed} missing={missing}")


def _told(blocks: Iterator[pa.Table], progress: Progress) -> Iterator[pa.Table]:
    for block in blocks:
        yield block
        progress(block.num_rows)


def _write_parquet(file: IO[bytes], blocks: Iterator[pa.Table], settings: str) -> None:
    listed = columns(shipped())
    texts = [x.header for x in listed if x.kind is Kind.TEXT and x.header not in (CODE, NAME)]
    words = pa.dictionary(pa.int32(), pa.string())
    fields = [pa.field(x.header, words if x.header in texts else _TYPES[x.kind]) for x in listed]
    # Without Arrow's own schema readers see plain text; the pages are dictionary-encoded all the same.
    with pq.ParquetWriter(
        file, pa.schema(fields), compression="zstd", use_dictionary=texts, store_schema=False
    ) as writer:
        writer.add_key_value_metadata({"mianshen": f"{shipped().description};{settings}"})
        for block in blocks:
            writer.write_table(block, row_group_size=BLOCK)


def _write_csv(file: IO[bytes], blocks: Iterator[pa.Table]) -> None:
    """Write UTF-8 with BOM, which spreadsheets need, and 是 and 否 as people write them."""
    yes_no = pl.col(pl.Boolean).replace_strict({True: "是", False: "否"}, return_dtype=pl.String)
    first = True
    for block in blocks:
        for piece in pl.DataFrame(block).iter_slices(BLOCK // 4):
            # Not straight into the file: polars does not tell a full disk from other faults.
            text = BytesIO()
            piece.with_columns(yes_no).write_csv(
                text, include_bom=first, include_header=first, float_precision=2
            )
            file.write(text.getbuffer())
            first = False


def column_count() -> int:
    """Give the number of columns."""
    return len(columns(shipped()))


def mapping_yaml(as_of: date | None = None, vocabulary: Vocabulary | None = None) -> str:
    """Write the mapping of the table: the reference day and the shipped words where none are given."""
    if vocabulary is None:
        problems = Problems()
        vocabulary = load_vocabulary(rules_folder() / FOLDER, problems)
        problems.raise_if_any()
    return mapping(shipped(), as_of or shipped().reference, vocabulary)

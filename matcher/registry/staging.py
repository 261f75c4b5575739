"""A registry, chunk by chunk -> a facts table in parts, and the rows that were refused, with the reason.

Every input row ends in exactly one of the two. Each chunk is written whole and then noted in the run's
state, so a run that was stopped goes on after the last chunk it noted. Once all chunks are there, codes
that stand twice are settled: identical rows keep the first, differing ones are all refused.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from matcher.layout import BRANCH, CODE, ROW, Layout
from matcher.registry.cleaning import Cleaned, Cleaner
from matcher.registry.runs import RunFolder
from matcher.registry.sources import Chunk, Source

CHUNK = 100_000
# A digest of the row as it came in, by which identical rows are told from differing ones.
DIGEST = "row_digest"
AGAIN = ("重复", "同一企业的同一行出现多次,已采用第一行", "不必处理")
CONFLICT = ("冲突", "同一信用代码有几行,内容不同", "核对后只留一行,再重新比对")
SEPARATOR = ";"


@dataclass(frozen=True, slots=True)
class Staged:
    """The facts table of a run: its parts, its layout, and how many rows went where."""

    parts: tuple[Path, ...]
    rejected: tuple[Path, ...]
    layout: Layout
    rows: int
    accepted: int
    refused: int
    branches: int
    warnings: dict[str, int]
    reasons: dict[str, int]


class Staging:
    """Cleans a source into the parts of one run."""

    def __init__(self, source: Source, cleaner: Cleaner, run: RunFolder) -> None:
        self.source, self.cleaner, self.run = source, cleaner, run

    def stage(self, advance: Callable[[int], None]) -> Staged:
        """Clean all chunks that are not there yet, then settle the codes that stand twice."""
        done = self.run.chunks
        if done:
            self.cleaner.restore(done[-1]["dictionaries"])
            advance(sum(chunk["rows"] for chunk in done))
        first = sum(chunk["rows"] for chunk in done) + 1
        with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as writer:
            writing: Future[None] | None = None
            with closing(_ahead(self.source.chunks(CHUNK, first), reader)) as chunks:
                for chunk in chunks:
                    cleaned = self.cleaner.clean(chunk)
                    state = self._state(chunk, cleaned)
                    if writing is not None:
                        writing.result()
                    writing = writer.submit(self._keep, chunk, cleaned, state)
                    advance(chunk.frame.height)
            if writing is not None:
                writing.result()
        return self._settled()

    def _state(self, chunk: Chunk, cleaned: Cleaned) -> dict[str, Any]:
        """Give what a resumed run must know once this chunk is there."""
        dictionaries = self.cleaner.layout.dictionaries
        return {
            "rows": chunk.frame.height,
            "dictionaries": {
                label: [list(value) for value in values] for label, values in dictionaries.items()
            },
            "warnings": cleaned.warnings,
        }

    def _keep(self, chunk: Chunk, cleaned: Cleaned, state: dict[str, Any]) -> None:
        """Write the files of a chunk, then note it."""
        number = len(self.run.chunks)
        raw = chunk.frame.with_row_index(ROW, offset=chunk.first_row)
        digests = chunk.frame.hash_rows(seed=0).alias(DIGEST)
        facts = cleaned.facts.with_columns(digests)
        bad = cleaned.faults.get_column("row_number").unique()
        refused = facts.get_column(ROW).is_in(bad.implode())
        self._write(facts.filter(~refused), self.run.part("facts", number))
        self._write(_refusals(raw, cleaned.faults), self.run.part("rejected", number))
        self._write(
            facts.filter(refused).select(ROW, CODE, DIGEST), self.run.part("refused-codes", number)
        )
        self.run.note_chunk(state)

    @staticmethod
    def _write(frame: pl.DataFrame, path: Path) -> None:
        temporary = path.with_suffix(".new")
        frame.write_parquet(temporary, compression="lz4", statistics=False)
        os.replace(temporary, path)

    # --- codes that stand twice ------------------------------------------------------------------

    def _settled(self) -> Staged:
        count = len(self.run.chunks)
        parts = [self.run.part("facts", number) for number in range(count)]
        rejected = [self.run.part("rejected", number) for number in range(count)]
        refused_codes = [self.run.part("refused-codes", number) for number in range(count)]
        for number, doubled in self._doubled(parts, refused_codes).items():
            self._refuse(number, doubled, parts[number], rejected[number])
        accepted = pl.scan_parquet(parts).select(pl.len(), pl.col(BRANCH).sum()).collect().row(0)
        refused = pl.scan_parquet(rejected).select(pl.len()).collect().item()
        reasons = (
            pl.scan_parquet(rejected)
            .group_by("reason")
            .len()
            .sort("len", descending=True)
            .collect()
        )
        warnings: Counter[str] = Counter()
        for chunk in self.run.chunks:
            warnings.update(chunk["warnings"])
        rows = sum(chunk["rows"] for chunk in self.run.chunks)
        if accepted[0] + refused != rows or rows != self.source.rows:
            raise RuntimeError(f"{rows} rows read, {accepted[0]} accepted and {refused} refused")
        return Staged(
            tuple(parts),
            tuple(rejected),
            self.cleaner.layout,
            rows,
            accepted[0],
            refused,
            accepted[1] or 0,
            dict(warnings),
            dict(reasons.iter_rows()),
        )

    def _doubled(self, parts: list[Path], refused: list[Path]) -> dict[int, pl.DataFrame]:
        """Find the accepted rows whose code stands again: by chunk, row number and kind of refusal."""
        named = (ROW, CODE, DIGEST)
        hashed = pl.scan_parquet([*parts, *refused]).select(pl.col(CODE).hash().alias("hash"))
        hashes = hashed.filter(pl.col("hash").is_not_null()).collect().get_column("hash")
        again = hashes.filter(hashes.is_duplicated()).unique()
        if again.is_empty():
            return {}
        accepted = self._with_code(parts, again).with_columns(accepted=True)
        others = self._with_code(refused, again).with_columns(accepted=False)
        rows = pl.concat([accepted, others]).sort(ROW)
        groups = rows.group_by(CODE).agg(
            pl.col(DIGEST).n_unique().alias("kinds"),
            pl.col(ROW).filter(pl.col("accepted")).min().alias("first"),
            pl.len().alias("times"),
        )
        settled = rows.join(groups.filter(pl.col("times") > 1), on=CODE).filter(
            pl.col("accepted") & ((pl.col("kinds") > 1) | (pl.col(ROW) != pl.col("first")))
        )
        chunk_of = (pl.col(ROW) - 1) // CHUNK
        return {
            int(key[0]): frame.select(*named, "kinds")
            for key, frame in settled.group_by(chunk_of.alias("chunk"))
        }

    @staticmethod
    def _with_code(parts: list[Path], again: pl.Series) -> pl.DataFrame:
        found = pl.scan_parquet(parts).select(ROW, CODE, DIGEST)
        return found.filter(pl.col(CODE).hash().is_in(again.implode())).collect()

    def _refuse(self, number: int, doubled: pl.DataFrame, part: Path, rejected: Path) -> None:
        """Move rows of one chunk from its facts to its refusals: each file is replaced whole."""
        first = number * CHUNK + 1
        chunk = next(self.source.chunks(CHUNK, first))
        raw = chunk.frame.with_row_index(ROW, offset=first)
        conflict = pl.col("kinds") > 1
        faults = doubled.select(
            pl.col(ROW).alias("row_number"),
            pl.lit(self.cleaner.code_column).alias("column"),
            pl.col(CODE).alias("value"),
            *(
                pl.when(conflict)
                .then(pl.lit(f"{CONFLICT[0]}:{CONFLICT[1]}" if i == 0 else CONFLICT[2]))
                .otherwise(pl.lit(f"{AGAIN[0]}:{AGAIN[1]}" if i == 0 else AGAIN[2]))
                .alias(name)
                for i, name in enumerate(("reason", "repair"))
            ),
        )
        old = pl.read_parquet(rejected)
        kept = old.filter(~pl.col(ROW).is_in(doubled.get_column(ROW).implode()))
        added = pl.concat([kept, _refusals(raw, faults)], how="diagonal_relaxed").sort(ROW)
        facts = pl.read_parquet(part)
        self._write(added, rejected)
        self._write(facts.filter(~pl.col(ROW).is_in(doubled.get_column(ROW).implode())), part)


def _ahead(chunks: Generator[Chunk, None, None], reader: Executor) -> Generator[Chunk, None, None]:
    """Give the chunks, each read while the one before it is cleaned."""
    reading = reader.submit(next, chunks, None)
    try:
        while (chunk := reading.result()) is not None:
            reading = reader.submit(next, chunks, None)
            yield chunk
    finally:
        # A file that is still being read cannot be closed.
        wait([reading])
        chunks.close()


def _refusals(raw: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    """Give one line a refused row: number, what is wrong, then the original columns."""
    said = faults.group_by("row_number", maintain_order=True).agg(
        pl.col("column", "value", "reason", "repair").fill_null("").str.join(SEPARATOR)
    )
    raw = raw.with_columns(pl.col(ROW).cast(pl.Int64))
    return said.join(raw, left_on="row_number", right_on=ROW, how="left", maintain_order="left")

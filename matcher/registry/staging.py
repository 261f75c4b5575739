"""A registry, chunk by chunk -> a facts table in parts, and the rows that were refused, with the reason.

Every input row ends in exactly one of the two. Each chunk is written whole and then noted in the run's
state, so a run that was stopped goes on after the last chunk it noted. Once all chunks are there, codes
that stand twice are settled: identical rows keep the first, differing ones are all refused.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from matcher.layout import BRANCH, CODE, ROW, Layout
from matcher.registry.cleaning import Cleaned, Cleaner
from matcher.registry.rejected import original
from matcher.registry.runs import ARROW, RunFolder
from matcher.registry.sources import Chunk, Source

CHUNK = 100_000
# A digest of the row as it came in, by which identical rows are told from differing ones.
DIGEST = "row_digest"
_KINDS = "kinds"
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
        facts, faults = cleaned.facts, cleaned.faults
        bad = facts.get_column(ROW).is_in(faults.get_column("row_number").unique().implode())
        self._write(facts.filter(bad).select(ROW, CODE), self.run.part("refused-codes", number))
        self._write(_refusals(_numbered(chunk), faults), self.run.part("rejected", number))
        self._write(facts.filter(~bad) if faults.height else facts, self.run.facts(number))
        self.run.note_chunk(state)

    @staticmethod
    def _write(frame: pl.DataFrame, path: Path) -> None:
        temporary = path.with_suffix(".new")
        if path.suffix == ARROW:
            # Read once or twice and soon thrown away: written and read in a fraction of the time.
            frame.write_ipc(temporary, compression="lz4")
        else:
            frame.write_parquet(temporary, compression="lz4", statistics=False)
        os.replace(temporary, path)

    # --- codes that stand twice ------------------------------------------------------------------

    def _settled(self) -> Staged:
        count = len(self.run.chunks)
        parts = [self.run.facts(number) for number in range(count)]
        rejected = [self.run.part("rejected", number) for number in range(count)]
        refused_codes = [self.run.part("refused-codes", number) for number in range(count)]
        for number, doubled in self._doubled(parts, refused_codes):
            self._refuse(doubled, parts[number], rejected[number])
        accepted = pl.scan_ipc(parts).select(pl.len(), pl.col(BRANCH).sum()).collect().row(0)
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

    def _doubled(
        self, parts: list[Path], refused: list[Path]
    ) -> Iterator[tuple[int, pl.DataFrame]]:
        """Find the accepted rows to refuse because their code stands again: raw rows, by chunk."""
        codes = pl.concat(
            [
                pl.scan_ipc(parts).select(ROW, CODE, accepted=True),
                pl.scan_parquet(refused).select(ROW, CODE, accepted=False),
            ]
        ).filter(pl.col(CODE).is_not_null())
        hashes = codes.select(pl.col(CODE).hash()).collect(engine="streaming").to_series()
        again = hashes.filter(hashes.is_duplicated()).unique()
        if again.is_empty():
            return
        alike = codes.filter(pl.col(CODE).hash().is_in(again.implode())).collect(engine="streaming")
        rows = alike.filter(pl.col(CODE).is_duplicated())
        if rows.is_empty():
            return
        kept = self._keep_raw(rows)
        digests = pl.scan_parquet(list(kept.values())).select(ROW, DIGEST).collect()
        wrong = (
            rows.join(digests, on=ROW)
            .with_columns(
                pl.col(DIGEST).n_unique().over(CODE).alias(_KINDS),
                pl.col(ROW).filter("accepted").min().over(CODE).alias("first"),
            )
            .filter(pl.col("accepted") & ((pl.col(_KINDS) > 1) | (pl.col(ROW) != pl.col("first"))))
            .select(ROW, CODE, _KINDS)
        )
        for number, path in kept.items():
            raw = pl.read_parquet(path).drop(DIGEST)
            doubled = raw.join(wrong, on=ROW, maintain_order="left")
            if doubled.height:
                yield number, doubled

    def _keep_raw(self, rows: pl.DataFrame) -> dict[int, Path]:
        """Go through the input once more and keep some of its rows, by chunk, with their digests."""
        numbers = rows.get_column(ROW)
        first = (int(numbers.min()) - 1) // CHUNK  # type: ignore[arg-type]
        last = (int(numbers.max()) - 1) // CHUNK  # type: ignore[arg-type]
        wanted, kept = numbers.implode(), {}
        with closing(self.source.chunks(CHUNK, first * CHUNK + 1)) as chunks:
            for number, chunk in zip(range(first, last + 1), chunks, strict=False):
                raw = _numbered(chunk).filter(pl.col(ROW).is_in(wanted))
                if raw.height:
                    kept[number] = self.run.part("doubled", number)
                    digest = raw.drop(ROW).hash_rows(seed=0).alias(DIGEST)
                    self._write(raw.with_columns(digest), kept[number])
        return kept

    def _refuse(self, doubled: pl.DataFrame, part: Path, rejected: Path) -> None:
        """Move rows of one chunk from its facts to its refusals: each file is replaced whole."""
        conflict = pl.col(_KINDS) > 1

        def either(one: str, other: str) -> pl.Expr:
            return pl.when(conflict).then(pl.lit(one)).otherwise(pl.lit(other))

        faults = doubled.select(
            pl.col(ROW).alias("row_number"),
            pl.lit(self.cleaner.code_column).alias("column"),
            pl.col(CODE).alias("value"),
            either(":".join(CONFLICT[:2]), ":".join(AGAIN[:2])).alias("reason"),
            either(CONFLICT[2], AGAIN[2]).alias("repair"),
        )
        moved = doubled.get_column(ROW).implode()
        kept = pl.read_parquet(rejected).filter(~pl.col("row_number").is_in(moved))
        raw = doubled.drop(CODE, _KINDS)
        added = pl.concat([kept, _refusals(raw, faults)], how="diagonal_relaxed").sort("row_number")
        facts = pl.read_ipc(part)
        self._write(added, rejected)
        self._write(facts.filter(~pl.col(ROW).is_in(moved)), part)


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
    return said.join(raw, left_on="row_number", right_on=ROW, how="left", maintain_order="left")


def _numbered(chunk: Chunk) -> pl.DataFrame:
    """Give the rows as they came, with their numbers: texts written out, names as `original` makes them."""
    height = chunk.frame.height
    rows = pl.int_range(chunk.first_row, chunk.first_row + height, dtype=pl.Int64, eager=True)
    written = chunk.frame.with_columns(pl.col(pl.Categorical).cast(pl.String))
    return written.rename(original).insert_column(0, rows.alias(ROW))

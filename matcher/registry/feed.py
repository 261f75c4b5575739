"""The parts of a facts table as a Polars scan that waits for whoever takes the results.

Polars' streaming engine works ahead of its consumer without a bound: where counting is slower than
evaluating, the results of a whole registry pile up in memory. This scan reads the next part only when
enough results of the earlier ones were taken.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

# Rows read that nobody has taken yet. More than two batches, for the engine keeps a batch until it is
# full; a part has as many rows as a batch at most.
AHEAD_BATCHES = 4


class Feed:
    """Parts in order; `took` says how many rows of the result were taken, `close` ends the scan."""

    def __init__(self, parts: Sequence[Path], batch_rows: int) -> None:
        self.parts, self.ahead = tuple(parts), AHEAD_BATCHES * batch_rows
        self._turn = threading.Condition()
        self._read = self._taken = 0
        self._closed = False

    def scan(self) -> pl.LazyFrame:
        """Give the scan; each collection of it needs a feed of its own."""
        return register_io_source(self._frames, schema=scan_part(self.parts[0]).collect_schema())

    def took(self, rows: int) -> None:
        """Note that rows of the result were taken."""
        with self._turn:
            self._taken += rows
            self._turn.notify()

    def close(self) -> None:
        """Let a waiting scan end."""
        with self._turn:
            self._closed = True
            self._turn.notify()

    def _frames(
        self,
        columns: list[str] | None,
        predicate: pl.Expr | None,
        rows: int | None,
        _batch_rows: int | None,
    ) -> Iterator[pl.DataFrame]:
        for part in self.parts:
            with self._turn:
                self._turn.wait_for(lambda: self._closed or self._read - self._taken <= self.ahead)
                if self._closed:
                    return
            wanted = scan_part(part)
            if columns is not None:
                wanted = wanted.select(columns)
            if rows is not None:
                wanted = wanted.head(rows - self._read)
            frame = wanted.collect()
            self._read += frame.height
            yield frame if predicate is None else frame.filter(predicate)


def scan_part(part: Path) -> pl.LazyFrame:
    """Scan one part, by the ending of its name an Arrow or a Parquet file."""
    return pl.scan_parquet(part) if part.suffix == ".parquet" else pl.scan_ipc(part)

"""Synthetic registries as files and as tables; the columns whose facts may be missing."""

from __future__ import annotations

import io

import polars as pl
import pytest

from seeds.columns import columns
from seeds.distributions import shipped
from seeds.registry import write_registry

ROWS = 30_000
# A fact with a column of its own; a certificate's dates are missing wherever the title is not held.
FACTS = [item for item in columns(shipped()) if item.absent and not item.part]


def written(suffix: str, rows: int = ROWS, seed: int = 7, missing: int = 20) -> bytes:
    file = io.BytesIO()
    write_registry(file, suffix, rows, seed, missing)
    return file.getvalue()


def drawn(rows: int = ROWS, seed: int = 7, missing: int = 20) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(written(".parquet", rows, seed, missing)))


@pytest.fixture(scope="session")
def registry() -> pl.DataFrame:
    return drawn()


@pytest.fixture(scope="session")
def complete() -> pl.DataFrame:
    """The same companies with nothing missing."""
    return drawn(missing=0)

"""A run whose registry or engine is a PostgreSQL database: the same findings, also after it went away."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from matcher.registry import batch as batches
from matcher.registry import staging
from matcher.registry.cleaning import Cleaner
from tests.registry.conftest import Run, Schema, findings_of, report_of

AS_OF = date(2025, 9, 1)
NAMED = "&application_name=lost_batch"
LOSE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lost_batch'"
)


@pytest.fixture
def table(schema: Schema, registry: tuple[Path, Path]) -> str:
    """The synthetic registry as a table; gives its address."""
    frame = pl.read_parquet(registry[0])
    kinds = {pl.Date: "date", pl.Boolean: "boolean", pl.Float64: "numeric", pl.Int32: "integer"}
    columns = ", ".join(
        f'"{name}" {kinds.get(type(kind), "text")}' for name, kind in frame.schema.items()
    )
    schema.run(f"CREATE TABLE firms (place int PRIMARY KEY, {columns})")
    lines = frame.with_row_index("place").write_csv(include_header=False)
    with schema.connection.cursor().copy("COPY firms FROM STDIN (FORMAT csv)") as copy:
        copy.write(lines)
    return schema.table("firms") + NAMED


@pytest.mark.postgres
def test_the_database_that_holds_the_registry_does_the_work(
    batch: Run, registry: tuple[Path, Path], table: str, tmp_path: Path
) -> None:
    source, mapping = registry
    given = ("--mapping", mapping, "--as-of", AS_OF, "--measures", "hefei-2025")
    assert batch(source, "-o", tmp_path / "file", *given).exit_code == 0
    done = batch(table, "-o", tmp_path / "table", "--engine", "postgres", *given)
    assert done.exit_code == 0, done.output
    assert findings_of(tmp_path / "table").equals(findings_of(tmp_path / "file"))


@pytest.mark.postgres
def test_a_registry_that_goes_away_is_gone_on_with(
    batch: Run, registry: tuple[Path, Path], schema: Schema, table: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    source, mapping = registry
    monkeypatch.setattr(staging, "CHUNK", 1000)
    given = ("--mapping", mapping, "--as-of", AS_OF)
    clean, calls = Cleaner.clean, []

    def losing(self: Cleaner, chunk: Any) -> Any:
        calls.append(chunk.first_row)
        if len(calls) == 1:
            schema.run(LOSE)
        return clean(self, chunk)

    monkeypatch.setattr(Cleaner, "clean", losing)
    broken = batch(table, "-o", tmp_path / "out", *given)
    assert broken.exit_code == 3
    assert "与数据库的连接断了" in broken.output and "--resume" in broken.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".run"]
    done = batch(table, "-o", tmp_path / "out", "--resume", *given)
    assert done.exit_code == 0, done.output
    assert batch(source, "-o", tmp_path / "file", *given).exit_code == 0
    assert findings_of(tmp_path / "out").equals(findings_of(tmp_path / "file"))


@pytest.mark.postgres
def test_an_engine_that_goes_away_is_gone_on_with(
    batch: Run, registry: tuple[Path, Path], schema: Schema, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    source, mapping = registry
    given = (source, "-o", tmp_path / "out", "--mapping", mapping, "--as-of", AS_OF,
             "--measures", "hefei-2025/1",
             "--engine", "postgres", "--database", f"{schema.url}?{NAMED[1:]}")  # fmt: skip
    write = batches.program

    def losing(*arguments: Any, **options: Any) -> Any:
        schema.run(LOSE)
        return write(*arguments, **options)

    monkeypatch.setattr(batches, "program", losing)
    broken = batch(*given)
    assert broken.exit_code == 3
    assert "与数据库的连接断了" in broken.output and "--resume" in broken.output
    monkeypatch.setattr(batches, "program", write)
    done = batch(*given, "--resume")
    assert done.exit_code == 0, done.output
    assert report_of(tmp_path / "out")["engine"] == "postgres"


@pytest.mark.parametrize("where", ["--database", "input"])
def test_a_wrong_address_is_said_at_once_and_without_its_password(
    where: str, batch: Run, registry: tuple[Path, Path], tmp_path: Path
) -> None:
    nobody = "postgresql://nobody:s3cret@127.0.0.1:1/none?connect_timeout=2"
    source = registry[0] if where == "--database" else f"{nobody}&table=firms"
    given = ("--database", nobody) if where == "--database" else ()
    done = batch(source, "-o", tmp_path / "out", "--engine", "postgres", *given)
    assert done.exit_code == 2
    assert "连不上数据库" in done.output and "s3cret" not in done.output
    assert not (tmp_path / "out").exists()

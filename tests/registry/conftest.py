"""What the registry tests share: the shipped synonym table, and a desk that cleans small tables."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from matcher.catalogue import Catalogue
from matcher.registry.synonyms import RegistryWords, load_words
from seeds.registry import mapping_yaml, tables
from tests.conftest import RULES, skip_or_fail
from tests.registry.tables import Desk
from webapp.cli import main

SERVER = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
ROWS = 3000


@pytest.fixture(scope="session")
def words(catalogue: Catalogue) -> RegistryWords:
    """The shipped synonym table."""
    return load_words(RULES, catalogue.vocabulary)


@pytest.fixture(scope="session")
def desk(catalogue: Catalogue, words: RegistryWords) -> Desk:
    """Cleans small tables with the shipped words."""
    return Desk(catalogue.vocabulary, words)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A synthetic registry and its mapping."""
    folder = tmp_path_factory.mktemp("registry")
    source, mapping = folder / "registry.parquet", folder / "mapping.yaml"
    pl.concat([pl.DataFrame(pl.from_arrow(t)) for t in tables(ROWS, 7, 20)]).write_parquet(source)
    mapping.write_text(mapping_yaml(), encoding="utf-8")
    return source, mapping


Run = Callable[..., Result]


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `mianshen batch …` on the shipped rules."""
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path / "data"))

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["--rules", str(RULES), "batch", *map(str, arguments)])

    return run


def report_of(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return read


def findings_of(folder: Path) -> pl.DataFrame:
    text = (pl.col(name).cast(pl.String) for name in ("measure", "verdict", "delivery"))
    found = pl.read_parquet(folder / "findings.parquet").select("credit_code", *text)
    return found.sort("credit_code", "measure")


class Schema:
    """A schema of one test on a real server, and the addresses of its tables."""

    def __init__(self, url: str, name: str) -> None:
        import psycopg

        self.url, self.name = url, name
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute(f"CREATE SCHEMA {name}")
        self.connection.execute(f"SET search_path = {name}")

    def run(self, statement: str) -> None:
        """Run a statement of the test."""
        self.connection.execute(statement.encode())

    def table(self, name: str) -> str:
        """Give the address of a table."""
        return f"{self.url}?table={self.name}.{name}"


@pytest.fixture
def schema() -> Iterator[Schema]:
    """A schema that is dropped afterwards."""
    url = os.environ.get("MIANSHEN_TEST_POSTGRES", SERVER).replace("+psycopg", "")
    if url.endswith("/"):
        url += "postgres"
    try:
        import psycopg

        psycopg.connect(url, connect_timeout=5).close()
    except Exception as error:
        skip_or_fail(f"no PostgreSQL for the tests: {type(error).__name__}")
    made = Schema(url, f"registry_{secrets.token_hex(4)}")
    try:
        yield made
    finally:
        made.run(f"DROP SCHEMA {made.name} CASCADE")
        made.connection.close()

"""The application database: SQLite or PostgreSQL, transactions, retries, migrations.

A unit of work opens ``reading()`` or ``writing()``, does its statements and commits on leaving. On
SQLite a writer begins IMMEDIATE: a transaction that read first cannot always become a writer.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

T = TypeVar("T")

MIGRATIONS = Path(__file__).parent / "migrations"
WRITES = "writes"
TRIES = 5
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # NORMAL may lose the last commits at power loss
    "foreign_keys=ON",
    "busy_timeout=5000",
    "trusted_schema=OFF",
)
_POSTGRES_OPTIONS = (
    "-c statement_timeout=5000 -c lock_timeout=4000 -c idle_in_transaction_session_timeout=10000"
)
_RETRIED = frozenset({"40001", "40P01", "23505"})
"""Lost races: serialization, deadlock, and a number that somebody else took at the same moment."""


class Database:
    """Connections to one database."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._writer = self.engine.execution_options(**{WRITES: True})

    def close(self) -> None:
        """Close every connection that is not in use."""
        self.engine.dispose()

    @property
    def embedded(self) -> bool:
        """Whether the database is a SQLite file, which the program migrates on its own."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a unit of work that only reads."""
        with Session(self.engine) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a unit of work that writes; it commits on leaving, or not at all."""
        with Session(self._writer) as session, session.begin():
            yield session

    def upgrade(self) -> tuple[str | None, str | None]:
        """Bring the schema to the newest revision; give the revision before and after."""
        before = self.revision()
        if before == newest_revision():
            return before, before
        with self._writer.begin() as connection:
            _wait_for_long(connection)
            command.upgrade(_alembic(connection), "head")
        return before, self.revision()

    def downgrade(self, revision: str) -> None:
        """Take the schema back to a revision."""
        with self._writer.begin() as connection:
            _wait_for_long(connection)
            command.downgrade(_alembic(connection), revision)

    def revision(self) -> str | None:
        """Give the revision of the schema; None for an empty database."""
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def is_current(self) -> bool:
        """Say whether the schema is the one this program was written for."""
        return self.revision() == newest_revision()


@cache
def newest_revision() -> str | None:
    """Give the newest revision of the schema; reading the revisions takes 20 ms, so it is done once."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def is_known(revision: str) -> bool:
    """Say whether this program has a revision among its own."""
    return any(
        one.revision == revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    )


def retrying(work: Callable[[], T]) -> T:
    """Run a whole unit of work again where the database asks for it: a lost race, a busy file."""
    for left in range(TRIES - 1, -1, -1):
        try:
            return work()
        except DBAPIError as error:
            if left == 0 or not _may_retry(error):
                raise
            time.sleep(random.uniform(0.01, 0.05) * (TRIES - left))  # noqa: S311 (jitter)
    raise AssertionError("unreachable")


def _may_retry(error: DBAPIError) -> bool:
    if getattr(error.orig, "sqlstate", None) in _RETRIED:
        return True
    busy = isinstance(error.orig, sqlite3.OperationalError) and "locked" in str(error.orig)
    return isinstance(error, OperationalError) and busy


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(
            parsed,
            pool_pre_ping=True,
            hide_parameters=True,  # an error must not carry a company's facts into a log
            # A server that cannot be reached is said to be down, not waited for.
            connect_args={"options": _POSTGRES_OPTIONS, "connect_timeout": 3},
        )
    if parsed.database and parsed.database != ":memory:":
        file = Path(parsed.database)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)  # answers of companies are for the service's own account
    engine = create_engine(parsed, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    # The driver sends no BEGIN before SELECT or DDL; with None it sends none at all and we do.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _wait_for_long(connection: Connection) -> None:
    """Let one transaction's statements take as long as they need: an index over a large table takes minutes."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config

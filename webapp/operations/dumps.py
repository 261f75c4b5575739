"""A whole database -> one file and back, at one moment, while others work: SQLite and PostgreSQL."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from webapp.database import Database
from webapp.operations.manifest import BackupFault

SQLITE, POSTGRES = "sqlite", "postgresql"
FILES = {SQLITE: "database.sqlite3", POSTGRES: "database.dump"}
"""What the database's file in a backup is called."""
_PLAIN = ("--no-owner", "--no-privileges")
"""Whoever restores owns all: the accounts of another server need not be there."""
_PACKAGE = "请安装 PostgreSQL 的客户端程序(Debian:apt install postgresql-client),版本不低于服务器"


@dataclass(frozen=True, slots=True)
class Dumped:
    """What was put into the file: the revision, and the digests of the evidence that its rows name."""

    revision: str | None
    evidence: frozenset[str]


def kind_of(database: Database) -> str:
    """Name the kind of a database."""
    return database.engine.dialect.name


def is_empty(database: Database) -> bool:
    """Say whether a database has no tables."""
    return not inspect(database.engine).get_table_names()


def dump(database: Database, target: Path) -> Dumped:
    """Write the database to a new file."""
    if database.embedded:
        return _dump_sqlite(database, target)
    return _dump_postgres(database.engine, target)


def evidence_of(database: Database) -> frozenset[str]:
    """Give the digests of the evidence that rows name now."""
    with database.engine.connect() as connection:
        return _named(connection)


def _dumped(connection: Connection) -> Dumped:
    revision = MigrationContext.configure(connection).get_current_revision()
    return Dumped(revision, _named(connection))


def _named(connection: Connection) -> frozenset[str]:
    # In plain SQL: a backup may be made of an older schema, just before it is brought up to date.
    if not inspect(connection).has_table("evidence"):
        return frozenset()
    return frozenset(connection.scalars(text("SELECT DISTINCT sha256 FROM evidence")))


# --- SQLite ----------------------------------------------------------------------------------------


def _dump_sqlite(database: Database, target: Path) -> Dumped:
    source = Path(str(database.engine.url.database))
    try:
        with closing(sqlite3.connect(source, isolation_level=None)) as connection:
            connection.execute("PRAGMA busy_timeout=5000")
            # One transaction of its own: whole, of one moment, and without the log beside the file.
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise BackupFault(f"{source}:备份没有成功({error}),什么也没有留下") from error
    target.chmod(0o600)
    # Not as a `Database`: that would make a log beside the file.
    with create_engine(f"sqlite:///{target}", poolclass=NullPool).connect() as copy:
        return _dumped(copy)


def put_sqlite(source: Path, target: Path) -> None:
    """Put a whole file where an empty database was, in one step."""
    for beside in ("-wal", "-shm"):
        target.with_name(target.name + beside).unlink(missing_ok=True)
    os.replace(source, target)


# --- PostgreSQL ------------------------------------------------------------------------------------


def _dump_postgres(engine: Engine, target: Path) -> Dumped:
    program = _program("pg_dump")
    with _one_moment(engine) as (connection, snapshot):
        found = _dumped(connection)
        _run(
            [program, "--format=custom", *_PLAIN, f"--snapshot={snapshot}", f"--file={target}"],
            engine,
        )
    target.chmod(0o600)
    return found


@contextmanager
def _one_moment(engine: Engine) -> Iterator[tuple[Connection, str]]:
    """Hold a moment of the database, so that what is read here and what is dumped are the same."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        # It stands still as long as the dump takes, which an ordinary unit of work must not.
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield connection, str(connection.scalar(text("SELECT pg_export_snapshot()")))


def load_postgres(engine: Engine, source: Path) -> None:
    """Fill an empty database from a file, in one transaction: all of it or nothing."""
    program = _program("pg_restore")
    _run([program, "--single-transaction", *_PLAIN, str(source)], engine)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupFault(f"没有找到 {name}。{_PACKAGE}")
    return found


def _run(command: list[str], engine: Engine) -> None:
    """Run a program of PostgreSQL on a database; the password stands in no list of processes."""
    url = engine.url
    named = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = {**os.environ, "PGCONNECT_TIMEOUT": "5"}
    if url.password is not None:
        environment["PGPASSWORD"] = str(url.password)
    done = subprocess.run(
        [*command, f"--dbname={named}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip() or f"退出码 {done.returncode}"
        hint = (
            f"。{_PACKAGE}" if "version mismatch" in said or "unsupported version" in said else ""
        )
        raise BackupFault(f"{Path(command[0]).name} 没有成功:{said}{hint}")

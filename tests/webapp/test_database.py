"""The schema on both databases: migrations up and down, models, transactions."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from webapp.database import MIGRATIONS, Database, retrying
from webapp.models import Base

HEAD = ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_the_models_are_the_migrated_schema(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_migration_goes_up_down_and_up_again(empty_database: Database) -> None:
    assert empty_database.revision() is None
    assert not empty_database.is_current()
    assert empty_database.upgrade() == (None, HEAD)
    assert empty_database.is_current()

    empty_database.downgrade("base")
    assert "profiles" not in inspect(empty_database.engine).get_table_names()

    empty_database.upgrade()
    assert "profiles" in inspect(empty_database.engine).get_table_names()


@pytest.mark.postgres
def test_a_migration_may_take_its_time(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database, seen = Database(postgres), []

    def look(config: Config, _: str) -> None:
        connection = config.attributes["connection"]
        seen.append(connection.exec_driver_sql("SHOW statement_timeout").scalar())

    monkeypatch.setattr(command, "upgrade", look)
    database.upgrade()
    with database.engine.connect() as connection:
        seen.append(connection.exec_driver_sql("SHOW statement_timeout").scalar())
    database.close()
    assert seen == ["0", "5s"]


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    assert database.upgrade() == (HEAD, HEAD)


def test_a_failing_unit_of_work_leaves_nothing_not_even_a_table(database: Database) -> None:
    def fails_halfway() -> None:
        with database.writing() as session:
            session.execute(text("CREATE TABLE half (id INTEGER)"))
            session.execute(text("INSERT INTO half VALUES (1)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_halfway()
    assert "half" not in inspect(database.engine).get_table_names()


def test_sqlite_connections_are_prepared(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "x.sqlite3"
    database = Database(f"sqlite:///{file}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with database.reading() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "busy_timeout",
                "trusted_schema",
            )
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "trusted_schema": 0,
    }
    database.engine.dispose()


def test_a_sqlite_writer_takes_the_lock_at_its_beginning(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    database.upgrade()
    with database.writing() as session:
        session.connection()  # nothing but BEGIN
        with database.engine.connect() as second:
            second.exec_driver_sql("PRAGMA busy_timeout=0")
            with pytest.raises(OperationalError, match="locked"):
                second.exec_driver_sql("UPDATE profiles SET version = 2")
        with database.reading() as reader:
            assert reader.execute(text("SELECT count(*) FROM profiles")).scalar() == 0
    database.engine.dispose()


def test_a_busy_database_is_tried_again_and_other_failures_are_not() -> None:
    tries = []

    def busy_twice() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("x", {}, sqlite3.OperationalError("database is locked"))
        return "done"

    assert retrying(busy_twice) == "done"

    def broken() -> None:
        tries.append(1)
        raise OperationalError("x", {}, sqlite3.OperationalError("no such table: x"))

    tries.clear()
    with pytest.raises(OperationalError):
        retrying(broken)
    assert len(tries) == 1


def test_an_error_of_the_database_does_not_carry_facts(database: Database) -> None:
    statement = text("INSERT INTO profiles (token_hash, facts) VALUES ('x', :facts)")
    with pytest.raises(Exception, match=r"(?i)null") as caught, database.writing() as session:
        session.execute(statement, {"facts": "某某公司的秘密"})
    assert "[SQL parameters hidden" in str(caught.value)

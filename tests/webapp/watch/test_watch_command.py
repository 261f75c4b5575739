"""`mianshen watch`: draining once, stopping on a signal, what was set aside."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from webapp.cli import main
from webapp.database import Database
from webapp.services import failpoints
from webapp.services.people.roles import SYSTEM
from webapp.services.registry.companies import register
from webapp.services.watch import inbox
from webapp.services.watch.lease import Lease
from webapp.services.watch.worker import WORK
from webapp.tables.watch import InboxEvent
from webapp.watch_cli import TAKEN


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The database of an installation with one changed company."""
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path))
    for name in ("MIANSHEN_DATABASE", "MIANSHEN_SECRET_KEY", failpoints.SETTING):
        monkeypatch.delenv(name, raising=False)
    made = Database(f"sqlite:///{tmp_path / 'mianshen.sqlite3'}")
    made.upgrade()
    now = datetime.now(UTC)
    with made.writing() as session:
        company = register(session, "91440300MA0000001X", "深圳示例科技有限公司", SYSTEM, now)
        inbox.note(session, [company.id], "facts", "first", now)
    return made


def waiting(database: Database) -> int:
    with database.reading() as session:
        return inbox.count_waiting(session)


def test_once_does_what_there_is_and_ends(database: Database) -> None:
    result = CliRunner().invoke(main, ["watch", "--once"])
    assert result.exit_code == 0, result.output
    assert "立事项 0 件" in result.output
    assert waiting(database) == 0


def test_once_does_nothing_beside_another_process(database: Database) -> None:
    with database.writing() as session:
        assert Lease(WORK).take(session, datetime.now(UTC))
    result = CliRunner().invoke(main, ["watch", "--once", "--engine", "evaluate"])
    assert result.exit_code == TAKEN
    assert waiting(database) == 1


def test_what_was_set_aside_is_listed_and_taken_back(database: Database) -> None:
    with database.writing() as session:
        events = session.scalars(select(InboxEvent.id)).all()
        session.execute(update(InboxEvent).values(tries=inbox.MAX_TRIES - 1))
        inbox.failed(session, events, "ValueError review.py:9")
    assert "ValueError review.py:9" in CliRunner().invoke(main, ["watch", "--set-aside"]).output
    assert "放回 1 条" in CliRunner().invoke(main, ["watch", "--again"]).output
    assert waiting(database) == 1


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(database: Database, name: signal.Signals) -> None:
    command = [sys.executable, "-c", "from webapp.cli import main; main()", "watch"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for _ in range(600):
            if not waiting(database):
                break
            time.sleep(0.1)
        process.send_signal(name)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "处理了" in out
    with database.writing() as session:  # the lease was given back
        assert Lease(WORK).take(session, datetime.now(UTC))

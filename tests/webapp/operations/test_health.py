"""/healthz and /readyz: each check by name, nothing that gives anything away, no cookie, kept nowhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from tests.webapp.conftest import NOON
from webapp import create_app
from webapp.database import Database
from webapp.limits import MAX_INBOX_AGE, MAX_JOB_AGE, MIN_DISK_FREE
from webapp.operations import health
from webapp.operations.kept import Kept
from webapp.services.jobs import queue
from webapp.services.people.roles import SYSTEM
from webapp.services.registry.companies import register
from webapp.services.watch import inbox
from webapp.tables.jobs import Job
from webapp.tables.watch import InboxEvent


@pytest.fixture
def served(config: dict[str, Any], database: Database) -> Iterator[Flask]:
    """An application over either database."""
    url = database.engine.url.render_as_string(hide_password=False)
    made = create_app({**config, "DATABASE_URL": url})
    yield made
    made.extensions["mianshen"].database.close()


def looked(app: Flask) -> dict[str, bool]:
    """Make all checks anew and say which came out well."""
    answers = health.look(app.extensions["mianshen"])
    return {name: bool(answer["ok"]) for name, answer in answers.items()}


def test_a_process_that_answers_is_healthy_and_one_with_all_it_needs_is_ready(
    served: Flask,
) -> None:
    client = served.test_client()
    healthy, ready = client.get("/healthz"), client.get("/readyz")
    assert (healthy.status_code, healthy.text) == (200, "ok\n")
    assert ready.status_code == 200
    told = ready.get_json()
    assert told["ready"]
    assert told["checks"].keys() == {"database", "migrations", "inbox", "jobs", "disk"}
    assert all(answer["ok"] for answer in told["checks"].values())
    for response in (healthy, ready):
        assert response.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in response.headers


def test_an_older_schema_and_a_change_that_waits_too_long_are_told(served: Flask) -> None:
    database = served.extensions["mianshen"].database
    with database.writing() as session:
        company = register(session, "91440300MA0000001X", "示例公司", SYSTEM, NOON)
        inbox.note(session, [company.id], "facts", "first", NOON - MAX_INBOX_AGE)
    assert looked(served)["inbox"]
    with database.writing() as session:
        session.execute(
            update(InboxEvent).values(received_at=NOON - MAX_INBOX_AGE - timedelta(seconds=1))
        )
    well = {"database": True, "migrations": True, "inbox": True, "jobs": True, "disk": True}
    assert looked(served) == {**well, "inbox": False}
    with database.writing() as session:  # what failed too often waits for people, not for the watch
        session.execute(update(InboxEvent).values(tries=inbox.MAX_TRIES))
    assert looked(served)["inbox"]

    database.downgrade("-1")
    assert looked(served) == {**well, "migrations": False}


def test_a_job_that_nobody_takes_is_told(served: Flask) -> None:
    with served.extensions["mianshen"].database.writing() as session:
        queue.order(session, "watch", "late", {}, NOON - MAX_JOB_AGE)
    assert looked(served)["jobs"]
    with served.extensions["mianshen"].database.writing() as session:
        session.execute(update(Job).values(due_at=NOON - MAX_JOB_AGE - timedelta(seconds=1)))
    assert not looked(served)["jobs"]


def test_a_database_that_is_away_is_told_once_and_without_its_words(
    app: Flask,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries = []

    def gone(*_: object, **__: object) -> None:
        tries.append(1)
        raise OperationalError("SELECT", {}, RuntimeError("no route to db.internal"))

    monkeypatch.setattr(type(app.extensions["mianshen"].database), "reading", gone)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert response.headers["Cache-Control"] == "no-store"
    ok = {name: answer["ok"] for name, answer in response.get_json()["checks"].items()}
    assert ok == {
        "database": False,
        "migrations": False,
        "inbox": False,
        "jobs": False,
        "disk": True,
    }
    assert len(tries) == 1
    assert "db.internal" not in response.text + caplog.text
    assert client.get("/healthz").status_code == 200


class Disk(NamedTuple):
    """A disk as the machine tells it."""

    total: int
    used: int
    free: int


def test_a_disk_that_is_nearly_full_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    least = round(1000 * MIN_DISK_FREE)
    for free, ok in ((least, True), (least - 1, False)):
        disk = Disk(1000, 1000 - free, free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _, disk=disk: disk)
        answer = health.look(app.extensions["mianshen"])["disk"]
        assert answer == {"ok": ok, "free_percent": free / 10}


def test_an_answer_is_given_again_for_a_while() -> None:
    now, made = [0.0], []
    kept = Kept(lambda: made.append(1) or len(made), 10, clock=lambda: now[0])
    assert (kept.get(), kept.get()) == (1, 1)
    now[0] = 9.9
    assert kept.get() == 1
    now[0] = 10.0
    assert kept.get() == 2

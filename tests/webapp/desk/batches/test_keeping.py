"""Whose a registry is, for how long it is kept, and what goes with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.webapp.desk.batches.wizard import (
    FEW,
    ROWS,
    checked,
    done,
    run_of,
    send,
    sent,
    table,
    work,
)
from tests.webapp.desk.conftest import Counter
from tests.webapp.desk.test_data_facts import department
from webapp.limits import BATCH_KEPT, MAX_BATCHES
from webapp.services.batches import keeping, uploads
from webapp.services.batches.store import FOLDER, State
from webapp.services.people.roles import Role
from webapp.tables.audit import AuditEntry


def test_others_do_not_see_it(counter: Counter, client: FlaskClient) -> None:
    address = checked(counter, client, table(*ROWS))
    _, stranger = department(counter, "税务局")
    for page in ("", "/columns", "/progress.json", "/events", "/files/rejected.csv"):
        assert stranger.get(f"{address}{page}").status_code == 404, page
    for step in ("run", "cancel", "drop", "sheet"):
        assert stranger.post(f"{address}/{step}").status_code == 404, step
    assert counter.browser(Role.DESK).get("/desk/batches").status_code == 403


def test_own_companies_are_seen_by_colleagues_and_moved_by_nobody_else(
    counter: Counter, client: FlaskClient
) -> None:
    counter.company(注册地="合肥市")
    answer = client.post("/desk/batches/new", data={"source": "registry", "as_of": "2026-11-22"})
    work(counter)
    _, colleague = department(counter, "税务局")
    assert colleague.get(answer.location).status_code == 200
    assert colleague.post(f"{answer.location}/run", data=FEW).status_code == 404
    assert colleague.post(f"{answer.location}/drop").status_code == 404


def test_dropped_with_all_that_came_of_it(counter: Counter, client: FlaskClient) -> None:
    address = done(counter, client, table(*ROWS))
    folder = counter.portal.data / FOLDER / address.rsplit("/", 1)[1]
    assert folder.is_dir()
    later = checked(counter, client, table(*ROWS))
    client.post(f"{later}/run", data={**FEW, "previous": address.rsplit("/", 1)[1]})
    client.post(f"{address}/drop")
    assert client.get(address).status_code == 404
    assert not folder.exists()
    work(counter)
    assert run_of(counter, later).state == State.DONE


def test_what_is_being_worked_on_is_not_dropped(counter: Counter, client: FlaskClient) -> None:
    address = checked(counter, client, table(*ROWS))
    client.post(f"{address}/run", data=FEW)
    client.post(f"{address}/drop")
    assert client.get(address).status_code == 200


def test_nobody_has_more_than_their_share(
    counter: Counter, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_BATCHES", 2)
    assert [send(client, table(*ROWS)).status_code for _ in range(3)] == [303, 303, 422]
    assert MAX_BATCHES > 2


@pytest.mark.parametrize(
    ("bring", "age", "left"),
    [
        (sent, timedelta(days=8), False),
        (checked, timedelta(days=8), True),
        (checked, BATCH_KEPT + timedelta(days=1), False),
    ],
)
def test_it_goes_after_its_time(
    counter: Counter,
    client: FlaskClient,
    bring: Callable[..., str],
    age: timedelta,
    left: bool,
) -> None:
    address = bring(counter, client, table(*ROWS))
    keeping.sweep(counter.database, counter.portal.data, counter.clock.now + age)
    folder = counter.portal.data / FOLDER / address.rsplit("/", 1)[1]
    assert folder.exists() is left
    assert (client.get(address, follow_redirects=True).status_code == 200) is left


def test_every_step_is_told_the_audit(counter: Counter, client: FlaskClient) -> None:
    address = done(counter, client, table(*ROWS))
    client.get(f"{address}/files/matched.csv")
    with counter.database.reading() as session:
        told = set(session.scalars(select(AuditEntry.action)))
    assert {"batch.sent", "batch.check", "batch.run", "batch.file"} <= told


def test_a_name_that_is_no_name_of_a_file(counter: Counter, client: FlaskClient) -> None:
    address = done(counter, client, table(*ROWS))
    for name in ("basis.json", "..%2Finput.csv", "input.csv", "look.json"):
        assert client.get(f"{address}/files/{name}").status_code == 404, name
    assert client.get("/desk/batches/not-a-token").status_code == 404

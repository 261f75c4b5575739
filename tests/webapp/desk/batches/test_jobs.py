"""The jobs of a registry: cancelled, killed, asked for twice, and how far they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.webapp.desk.batches.wizard import (
    FEW,
    ROWS,
    checked,
    page_of,
    rows_of,
    run_of,
    table,
    work,
)
from tests.webapp.desk.conftest import Counter
from webapp.desk import batch_progress, batches
from webapp.services.batches.store import State
from webapp.services.jobs import queue
from webapp.tables.jobs import Job


def test_a_cancelled_step_leaves_the_step_before_it(counter: Counter, client: FlaskClient) -> None:
    address = checked(counter, client, table(*ROWS))
    client.post(f"{address}/run", data=FEW)
    page = page_of(client, address)
    assert "正在排队" in page.text()
    client.post(f"{address}/cancel")
    page = page_of(client, address)
    assert "已取消" in page.text()
    assert run_of(counter, address).state == State.CHECKED
    assert client.get(f"{address}/files/matched.csv").status_code == 404
    client.post(f"{address}/run", data=FEW)
    work(counter)
    assert run_of(counter, address).state == State.DONE


def test_cancelled_while_it_runs(
    counter: Counter, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.services.batches import workshop

    address = checked(counter, client, table(*ROWS))
    client.post(f"{address}/run", data=FEW)

    def interrupted(*parts: Any, **_: Any) -> None:
        client.post(f"{address}/cancel")
        parts[-1].start("比对", 2)

    monkeypatch.setattr(workshop, "run_batch", interrupted)
    work(counter)
    assert run_of(counter, address).state == State.RUNNING
    assert "已取消" in page_of(client, address).text()
    monkeypatch.undo()
    monkeypatch.setattr(batches, "PATIENCE", 0)
    client.post(f"{address}/run", data=FEW)
    work(counter)
    assert run_of(counter, address).state == State.DONE


def test_killed_after_the_results_were_written(
    counter: Counter, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.services.batches import workshop

    address = checked(counter, client, table(*ROWS))
    client.post(f"{address}/run", data=FEW)
    with monkeypatch.context() as patch:
        patch.setattr(workshop, "counted", _dies)
        work(counter)
    counter.clock.now += timedelta(seconds=queue.WAITS[0])
    work(counter)
    assert run_of(counter, address).state == State.DONE
    assert rows_of(client.get(f"{address}/files/matched.csv"))


def _dies(*_: Any) -> None:
    raise OSError("killed")


def test_asked_for_twice(counter: Counter, client: FlaskClient) -> None:
    address = checked(counter, client, table(*ROWS))
    first = client.post(f"{address}/run", data=FEW)
    second = client.post(f"{address}/run", data=FEW)
    assert (first.status_code, second.status_code) == (303, 422)
    work(counter)
    with counter.database.reading() as session:
        ran = session.scalars(select(Job).where(Job.kind == "batch.run")).all()
    assert len(ran) == 1


def test_how_far_it_is(counter: Counter, client: FlaskClient) -> None:
    address = checked(counter, client, table(*ROWS))
    assert client.get(f"{address}/progress.json").get_json() == {"ended": True}
    client.post(f"{address}/run", data=FEW)
    far = client.get(f"{address}/progress.json").get_json()
    assert far == {"ended": False, "step": "", "reached": 0, "total": 0}
    work(counter)
    events = client.get(f"{address}/events")
    assert events.mimetype == "text/event-stream"
    assert '"ended": true' in events.text


def test_events_come_until_the_end(
    counter: Counter, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_progress, "EVERY", 0)
    address = checked(counter, client, table(*ROWS))
    client.post(f"{address}/run", data=FEW)
    events = iter(client.get(f"{address}/events").response)
    told = [next(events), next(events)]
    work(counter)
    told += list(events)
    text = b"".join(one if isinstance(one, bytes) else one.encode() for one in told).decode()
    assert '"ended": false' in text and text.rstrip().endswith('data: {"ended": true}')


def test_no_more_listeners_than_there_is_room_for(counter: Counter, client: FlaskClient) -> None:
    address = checked(counter, client, table(*ROWS))
    client.post(f"{address}/run", data=FEW)
    held = [batch_progress._OPEN.acquire(blocking=False) for _ in range(2)]
    assert client.get(f"{address}/events").status_code == 503
    for _ in held:
        batch_progress._OPEN.release()

"""Whole registries for other systems: sent, matched by jobs, asked for until they are done."""

from __future__ import annotations

import io
from typing import Any

import polars as pl
import pytest
from werkzeug.test import TestResponse

from tests.webapp.api.conftest import CODE, NAME, System, World, places, problem
from webapp.api.batches import KEY
from webapp.jobs import runner_of
from webapp.limits import MAX_BATCH_BYTES
from webapp.services.batches.store import FOLDER
from webapp.services.jobs import queue

TABLE = f"统一社会信用代码,企业名称,注册地,高新技术企业\n{CODE},{NAME},合肥市,是\n9134,甲,合肥市,是\n".encode()


def send(
    system: System, body: bytes = TABLE, kind: str = "text/csv", key: str = "a", query: str = ""
) -> TestResponse:
    """Send a registry."""
    headers = {KEY: key, "Content-Type": kind}
    return system.send("POST", f"/batches{query}", data=body, headers=headers)


def work(world: World) -> None:
    """Do the jobs that are due."""
    runner = runner_of(world.app.extensions["mianshen"])
    for _ in range(5):
        with world.database.reading() as session:
            found = queue.due(session, world.clock.now)
        for job in found:
            runner.work(job)


def folders(world: World) -> int:
    """Count the registries that lie in the data folder."""
    return len(list((world.app.extensions["mianshen"].data / FOLDER).glob("*")))


@pytest.fixture
def system(both: World) -> System:
    """A system that may have registries matched."""
    return both.key("batches_run")


def test_a_registry_is_sent_and_its_findings_are_read(both: World, system: System) -> None:
    answer = send(system, query="?as_of=2025-09-01&name=名录")
    assert answer.status_code == 201
    sent = system.answer("send_batch", answer)
    assert (sent["name"], sent["state"]) == ("名录", "looking")
    problem(system.get(f"/batches/{sent['id']}/findings"), 409)
    work(both)
    told = system.answer("batch", system.get(f"/batches/{sent['id']}"))
    assert (told["state"], told["as_of"]) == ("done", "2025-09-01")
    assert told["counts"]["rows"] == 2 == told["counts"]["accepted"] + told["counts"]["rejected"]
    assert sum(told["rejections"].values()) == 1
    own = {one["measure"]: one for one in told["measures"]}
    assert own["hefei-2025/1.4"]["met"] == 1
    found = system.answer(
        "batch_findings",
        system.get(f"/batches/{sent['id']}/findings?measure=hefei-2025/1.4&verdict=met"),
    )
    assert found["total"] == 1
    assert found["items"][0]["credit_code"] == CODE
    listed = system.answer("batches", system.get("/batches"))
    assert [one["id"] for one in listed["items"]] == [sent["id"]]


def test_parquet_and_some_documents(both: World, system: System) -> None:
    out = io.BytesIO()
    pl.read_csv(io.BytesIO(TABLE), infer_schema=False).write_parquet(out)
    kind = "application/vnd.apache.parquet"
    answer = send(system, out.getvalue(), kind, query="?document=bozhou-2025-38")
    work(both)
    told = system.get(f"/batches/{answer.get_json()['id']}").get_json()
    assert {one["measure"].partition("/")[0] for one in told["measures"]} == {"bozhou-2025-38"}


def test_the_same_key_counts_once(both: World, system: System) -> None:
    first, second = send(system), send(system)
    assert first.get_json() == second.get_json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert folders(both) == 1
    problem(send(system, TABLE + b"\n"), 422)
    assert folders(both) == 1


def test_a_registry_whose_columns_leave_something_open_is_not_guessed_at(
    both: World, system: System
) -> None:
    table = f"统一社会信用代码,研发费用\n{CODE},3\n".encode()
    id_ = send(system, table).get_json()["id"]
    work(both)
    told = system.answer("batch", system.get(f"/batches/{id_}"))
    assert told["state"] == "failed"
    assert "研发费用" in told["detail"] and "单位" in told["detail"]


def test_a_file_that_cannot_be_read(both: World, system: System) -> None:
    id_ = send(system, b"PAR1 is not enough", "application/vnd.apache.parquet").get_json()["id"]
    work(both)
    told = system.get(f"/batches/{id_}").get_json()
    assert told["state"] == "failed" and told["detail"]
    assert "/" not in told["detail"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"kind": "application/json"}, 415),
        ({"key": ""}, 400),
        ({"body": b""}, 422),
        ({"query": "?as_of=昨天"}, 422),
        ({"query": "?document=nowhere"}, 422),
        ({"query": "?colour=red"}, 422),
    ],
)
def test_what_is_refused_leaves_nothing(
    both: World, system: System, given: dict[str, Any], status: int
) -> None:
    problem(send(system, **given), status)
    assert folders(both) == 0


def test_a_body_that_is_too_large_is_not_read(both: World, system: System) -> None:
    answer = system.send(
        "POST",
        "/batches",
        headers={KEY: "a", "Content-Type": "text/csv"},
        environ_overrides={"CONTENT_LENGTH": str(MAX_BATCH_BYTES + 1)},
    )
    problem(answer, 413)
    assert folders(both) == 0


def test_registries_are_for_the_key_that_sent_them(both: World, system: System) -> None:
    id_ = send(system).get_json()["id"]
    other = both.key("batches_run")
    problem(other.get(f"/batches/{id_}"), 404)
    problem(other.get(f"/batches/{id_}/findings"), 404)
    assert other.get("/batches").get_json()["total"] == 0
    problem(both.key("match_many").get("/batches"), 403)
    problem(both.anyone().get("/batches"), 401)
    wrong = problem(send(other, query="?document=a&document=hefei-2025"), 422)
    assert places(wrong) == [("query", "/document")]

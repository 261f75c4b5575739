"""/metrics: who may read it, what it counts, and that no label ever names anybody."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from matcher.readers.prose import ZH
from tests.webapp.conftest import NOON, Company
from webapp import create_app
from webapp.operations.gauges import Stored
from webapp.services.cases.lifecycle import STATES
from webapp.services.following.outbox import queue_mail
from webapp.services.people.roles import SYSTEM
from webapp.services.registry.companies import register
from webapp.services.watch import inbox
from webapp.services.watch.lease import Lease
from webapp.services.watch.worker import WORK
from webapp.settings import SettingsFault, settings
from webapp.tables.people import User

TOKEN = "a-token-of-thirty-two-characters"
OUTSIDE = {"REMOTE_ADDR": "192.0.2.7"}


def figures(client: FlaskClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Read all figures."""
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_requests_and_matches_are_counted_by_template_and_never_by_id(company: Company) -> None:
    def count(name: str, **labels: str) -> float:
        return figures(company.client).get((name, frozenset(labels.items())), 0.0)

    seen = {"route": "/p/<token>/results", "method": "GET"}
    before = count("mianshen_requests_total", status="2xx", **seen)
    matched = count("mianshen_matching_seconds_count")
    company.save("basics", name="金丝雀公司", registered_region="合肥市")
    company.page("results")
    company.client.get("/p/" + "x" * 43)
    company.client.open("/", method="CANARY")

    assert count("mianshen_requests_total", status="2xx", **seen) == before + 1
    assert count("mianshen_request_seconds_count", **seen) >= before + 1
    assert count("mianshen_matching_seconds_count") > matched
    text = company.client.get("/metrics").text
    for word in (company.token, "金丝雀", "x" * 43, "CANARY"):
        assert word not in text
    names = {
        name for one in re.findall(r"\{(.+?)\} ", text) for name in re.findall(r'(\w+)="', one)
    }
    assert names == {"route", "method", "status", "le", "state"}


def test_what_the_database_holds_is_counted(app: Flask) -> None:
    shared = app.extensions["mianshen"]

    def told() -> dict[str, float | dict[str, float]]:
        found: dict[str, float | dict[str, float]] = {}
        for family in Stored(shared).collect():
            by = {sample.labels.get("state", ""): sample.value for sample in family.samples}
            found[family.name] = by[""] if by.keys() == {""} else by
        return found

    empty = told()
    assert empty["mianshen_inbox_waiting"] == 0
    assert empty["mianshen_watch_heartbeat_timestamp_seconds"] == {}
    assert empty["mianshen_mails_waiting"] == empty["mianshen_mails_oldest_seconds"] == 0
    assert empty["mianshen_cases"] == dict.fromkeys(STATES, 0)
    with shared.database.writing() as session:
        company = register(session, "91440300MA0000001X", "示例公司", SYSTEM, NOON)
        inbox.note(session, [company.id], "facts", "first", NOON - timedelta(minutes=3))
        Lease(WORK).take(session, NOON)
        reader = User(login="reader", name="示例读者", password_hash="", created_at=NOON)
        session.add(reader)
        session.flush()
        queue_mail(session, "first", reader.id, ZH, NOON - timedelta(hours=2))
    full = told()
    assert full["mianshen_inbox_waiting"] == 1
    assert full["mianshen_inbox_oldest_seconds"] == 180
    assert full["mianshen_inbox_set_aside"] == 0
    assert full["mianshen_watch_heartbeat_timestamp_seconds"] == NOON.timestamp()
    assert full["mianshen_mails_waiting"] == 1
    assert full["mianshen_mails_oldest_seconds"] == 2 * 3600
    assert full["mianshen_database_up"] == 1


def test_without_a_database_the_rest_is_told(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, RuntimeError("gone"))

    monkeypatch.setattr(type(app.extensions["mianshen"].database), "reading", gone)
    found = figures(client)
    assert found["mianshen_database_up", frozenset()] == 0
    assert found["mianshen_disk_free_ratio", frozenset()] > 0
    assert not [name for name, _ in found if name.startswith("mianshen_inbox")]


@pytest.mark.parametrize(
    ("environ", "headers", "status"),
    [
        ({}, {}, 200),
        ({"REMOTE_ADDR": "::1"}, {}, 200),
        (OUTSIDE, {}, 404),
        ({"REMOTE_ADDR": ""}, {}, 404),
        ({}, {"X-Forwarded-For": "127.0.0.1"}, 404),
        ({}, {"Forwarded": "for=127.0.0.1"}, 404),
        ({}, {"Authorization": f"Bearer {TOKEN}"}, 200),
        (OUTSIDE, {"Authorization": f"Bearer {TOKEN}"}, 404),
    ],
)
def test_without_a_token_only_programs_of_this_machine_read(
    client: FlaskClient, environ: dict[str, str], headers: dict[str, str], status: int
) -> None:
    assert client.get("/metrics", environ_base=environ, headers=headers).status_code == status


def test_with_a_token_whoever_has_it_reads_and_nobody_else(config: dict[str, Any]) -> None:
    client = create_app({**config, "METRICS_TOKEN": TOKEN}).test_client()
    for told, status in (
        ({}, 404),
        ({"Authorization": "Bearer "}, 404),
        ({"Authorization": f"Bearer {TOKEN}x"}, 404),
        ({"Authorization": "Bearer 令牌".encode()}, 404),
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
    ):
        for environ in ({}, OUTSIDE):
            headers = {name: told[name] for name in told}
            response = client.get("/metrics", environ_base=environ, headers=headers)
            assert response.status_code == status, (told, environ)


def test_what_is_set_is_read_from_the_environment_and_must_be_fit_for_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MIANSHEN_METRICS_TOKEN", TOKEN)
    monkeypatch.setenv("MIANSHEN_PROXIES", "1")
    found = settings({"SECRET_KEY": "k" * 32})
    assert (found["METRICS_TOKEN"], found["PROXIES"]) == (TOKEN, 1)
    for name, value, said in (
        ("MIANSHEN_METRICS_TOKEN", TOKEN[:-1], "太短"),
        ("MIANSHEN_PROXIES", "-1", "应是前面反向代理的层数"),
    ):
        with monkeypatch.context() as one:
            one.setenv(name, value)
            with pytest.raises(SettingsFault, match=said):
                settings({"SECRET_KEY": "k" * 32})


def test_the_address_and_scheme_of_a_visitor_come_from_the_proxies_that_are_there(
    config: dict[str, Any],
) -> None:
    from flask import request

    told = {"X-Forwarded-For": "203.0.113.9, 198.51.100.4", "X-Forwarded-Proto": "https"}
    for proxies, address, secure in ((0, "127.0.0.1", False), (1, "198.51.100.4", True)):
        app = create_app({**config, "PROXIES": proxies})
        seen = []
        app.before_request(lambda seen=seen: seen.append((request.remote_addr, request.is_secure)))
        app.test_client().get("/healthz", headers=told)
        assert seen == [(address, secure)]

"""Other systems that call the API, with keys and without, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import BaseModel
from werkzeug.test import TestResponse

from tests.webapp.accounts.conftest import HASHER, House
from tests.webapp.conftest import Clock
from webapp import create_app
from webapp.api.routes import OPERATIONS, PREFIX
from webapp.database import Database
from webapp.people import EXTENSION
from webapp.problems import MEDIA
from webapp.services.people.keys import Wanted, add
from webapp.services.people.roles import SYSTEM
from webapp.services.registry.companies import register

DEMO: dict[str, Any] = {
    "name": "合肥示例微电子有限公司",
    "registered_region": "合肥高新区",
    "industry": "6520",
    "titles": [{"name": "high_tech_enterprise", "from": "2024-10-16", "to": "2027-10-15"}],
    "last_year": {"revenue": "9600 万元", "employees": 126},
    "filed_on": "2026-09-01",
}
HIGH_TECH = "hefei-2025/1.4"
CODE, NAME = "91340100MA2ABCDE0X", "安徽云岭药业有限公司"
ANSWERS = {one.name: one.answer for one in OPERATIONS}
_NUMBERS = count(1)


@dataclass
class System:
    """Another system: how it calls, and with which key."""

    client: FlaskClient
    secret: str = ""

    def send(self, method: str, path: str, **given: Any) -> TestResponse:
        """Send a request."""
        headers = dict(given.pop("headers", {}))
        if self.secret:
            headers["Authorization"] = f"Bearer {self.secret}"
        return self.client.open(PREFIX + path, method=method, headers=headers, **given)

    def get(self, path: str, **given: Any) -> TestResponse:
        return self.send("GET", path, **given)

    def post(self, path: str, body: Any, **given: Any) -> TestResponse:
        return self.send("POST", path, json=body, **given)

    def answer(self, operation: str, response: TestResponse) -> Any:
        """Give an answer that is as its operation says: nothing in it stands in no shape."""
        assert response.mimetype == "application/json", (response.status, response.text)
        told = response.get_json()
        model: type[BaseModel] = ANSWERS[operation]
        read = model.model_validate_json(response.data)
        again = read.model_dump(mode="json", by_alias=True, exclude_unset=True)
        assert again == told
        return told


def problem(response: TestResponse, status: int) -> dict[str, Any]:
    """Give what is wrong, in the one shape that there is."""
    assert response.status_code == status, (response.status, response.text)
    assert response.mimetype == MEDIA
    told: dict[str, Any] = json.loads(response.data)
    assert {"type", "title", "status", "detail", "instance"} <= set(told)
    assert told["status"] == status
    assert told["type"].startswith("urn:problem-type:mianshen:")
    return told


def places(told: dict[str, Any]) -> list[tuple[str, str]]:
    """Give where a request is wrong."""
    return [(one["in"], one["pointer"]) for one in told["errors"]]


@dataclass
class World:
    """An application with its database, people, companies and keys."""

    app: Flask
    house: House
    clock: Clock

    @property
    def database(self) -> Database:
        return self.house.database

    def anyone(self) -> System:
        """Give a system without a key."""
        return System(self.app.test_client())

    def key(self, *scopes: str, **more: Any) -> System:
        """Give a system with a key."""
        return System(self.app.test_client(), self.secret(*scopes, **more))

    def secret(self, *scopes: str, **more: Any) -> str:
        """Make a key."""
        wanted = Wanted(more.pop("name", f"系统{next(_NUMBERS)}"), frozenset(scopes), **more)
        vocabulary = self.app.extensions["mianshen"].catalogue.vocabulary
        return add(self.house.accounts, SYSTEM, wanted, vocabulary, self.clock.now)[1]

    def company(self, code: str = CODE, name: str = NAME) -> int:
        """Register a company."""
        with self.database.writing() as session:
            return register(session, code, name, SYSTEM, self.clock.now).id


def _world(config: dict[str, Any], clock: Clock, **more: Any) -> World:
    app = create_app({**config, "PASSWORD_HASHER": HASHER, "OIDC": None, **more})
    return World(app, House(app.extensions[EXTENSION].accounts, clock.now), clock)


@pytest.fixture
def world(config: dict[str, Any], clock: Clock) -> Iterator[World]:
    """An application on SQLite."""
    made = _world(config, clock)
    yield made
    made.database.close()


@pytest.fixture
def both(config: dict[str, Any], database: Database, clock: Clock) -> Iterator[World]:
    """An application on SQLite and on PostgreSQL."""
    url = database.engine.url.render_as_string(hide_password=False)
    made = _world(config, clock, DATABASE_URL=url)
    yield made
    made.database.close()


@pytest.fixture
def anyone(world: World) -> System:
    """A system without a key."""
    return world.anyone()

"""Applications and databases for the tests of the web application."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from matcher.catalogue import Catalogue
from tests.conftest import skip_or_fail
from tests.webapp.html import Element, parse
from tests.webapp.reused import Reused
from webapp import create_app
from webapp.database import Database

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The real function with little work."""
POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/"


def _server(url: str) -> Engine:
    """Give connections to the server itself; none is kept open."""
    return create_engine(
        make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )


@pytest.fixture(scope="session", autouse=True)
def _routes_compiled_once() -> Iterator[None]:
    """Werkzeug writes and compiles a builder for each route of each application: 80 ms for what is always the same.

    A builder depends on the rule alone; the rule that it builds for is its first argument.
    """
    compile_builder = Rule._compile_builder
    made: dict[Any, Any] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        defaults = tuple(sorted((rule.defaults or {}).items()))
        key = (rule.rule, defaults, tuple(rule._trace), append_unknown)
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """A real PostgreSQL server."""
    url = os.environ.get("MIANSHEN_TEST_POSTGRES", POSTGRES)
    try:
        with _server(url).connect():
            return url
    except (OperationalError, ImportError) as error:
        skip_or_fail(f"no PostgreSQL at {make_url(url)!r}: {type(error).__name__}")
        raise


@contextmanager
def _scratch(server: str) -> Iterator[str]:
    """An empty database on the server, dropped at the end."""
    name = f"mianshen_test_{secrets.token_hex(4)}"
    engine = _server(server)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[str]:
    """An empty database on the server."""
    with _scratch(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the newest schema, migrated once, for tests to copy."""
    file = tmp_path_factory.mktemp("schema") / "schema.sqlite3"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_reused(postgres_server: str) -> Iterator[Reused]:
    """A database with the newest schema on the server, migrated once, for tests to use in turn."""
    made = Reused(lambda: _scratch(postgres_server), _migrate)
    yield made
    made.close()


def _migrate(url: str) -> None:
    made = Database(url)
    made.upgrade()
    made.close()  # the last connection takes SQLite's log along


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis on a socket."""
    if shutil.which("redis-server") is None:
        skip_or_fail("no redis-server")
    socket = tmp_path_factory.mktemp("redis") / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while not socket.exists():
        assert process.poll() is None
        time.sleep(0.02)
    yield f"unix://{socket}"
    process.terminate()
    process.wait()


BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables, on SQLite and on PostgreSQL."""
    sqlite = f"sqlite:///{tmp_path / 'test.sqlite3'}"
    made = Database(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres"))
    yield made
    made.close()


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with the newest schema, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        file = tmp_path / "test.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_schema"), file)
        url = f"sqlite:///{file}"
    else:
        url = request.getfixturevalue("postgres_reused").fresh()
    made = Database(url)
    yield made
    made.close()


@dataclass
class Clock:
    """The application's clock, which a test may set."""

    today: date = TODAY
    now: datetime = NOON


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at noon of 22 November 2026 in China."""
    return Clock()


@pytest.fixture
def config(
    tmp_path: Path, sqlite_schema: Path, catalogue: Catalogue, clock: Clock
) -> dict[str, Any]:
    """The configuration of a test application with the shipped rules."""
    shutil.copy(sqlite_schema, tmp_path / "app.sqlite3")
    return {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'app.sqlite3'}",
        "DATA": tmp_path / "data",
        "SECRET_KEY": "only-for-tests-" * 4,
        "CATALOGUE": catalogue,
        "PASSWORD_HASHER": HASHER,
        "TODAY": lambda: clock.today,
        "NOW": lambda: clock.now,
    }


@pytest.fixture
def app(config: dict[str, Any]) -> Iterator[Flask]:
    """The application; form tokens are off, so that a test can post what it likes."""
    made = create_app({**config, "WTF_CSRF_ENABLED": False})
    yield made
    made.extensions["mianshen"].database.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor."""
    return app.test_client()


@dataclass
class Company:
    """A visitor with a profile, who uses the pages as a browser does."""

    client: FlaskClient
    token: str

    def url(self, page: str = "") -> str:
        """Give the address of one of the company's pages."""
        return f"/p/{self.token}/{page}".rstrip("/")

    def page(self, page: str = "") -> Element:
        """Open a page."""
        response = self.client.get(self.url(page))
        assert response.status_code == 200, response.status
        return parse(response.text)

    def form(self, group: str) -> dict[str, str]:
        """Give what the form of a group would send as it stands."""
        (form,) = [one for one in self.page(group).all("form") if one.get("method") == "post"]
        return form.values()

    def post(self, group: str, changes: dict[str, str], then: str = "next") -> TestResponse:
        """Open a group's page, change some controls and send it."""
        sent = {**self.form(group), **changes, "then": then}
        return self.client.post(self.url(group), data=sent)

    def save(self, group: str, **changes: str) -> None:
        """Answer some questions of a group; ``__`` in a name stands for a dash."""
        named = {f"a_{name.replace('__', '-')}": value for name, value in changes.items()}
        response = self.post(group, named)
        assert response.status_code == 303, response.text

    @property
    def facts(self) -> dict[str, Any]:
        """The stored facts, as the company may download them."""
        found = self.client.get(self.url("facts.json")).get_json()
        assert isinstance(found, dict)
        return found


@pytest.fixture
def company(client: FlaskClient) -> Company:
    """A visitor who has just started."""
    response = client.post("/start", data={"company": ""})
    return Company(client, response.location.split("/")[2])

"""Requests that schemathesis makes from the OpenAPI document: answers are as documented, none is a 5xx."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import schemathesis
from flask import Flask
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from werkzeug.serving import make_server

from matcher.catalogue import Catalogue
from tests.conftest import SOAK
from tests.webapp.api.conftest import CODE, NAME
from tests.webapp.casework.conftest import HIGH_TECH
from tests.webapp.city import FEN, City, sample_clock
from webapp.api.routes import OPERATIONS
from webapp.limits import MAX_KEY_DAY, MAX_KEY_MINUTE
from webapp.services.people.keys import Wanted, add
from webapp.services.people.roles import SCOPES, SYSTEM
from webapp.services.registry.companies import register

EXAMPLES = 5
"""Requests of each operation in CI that are drawn, beside those that examples and bounds give."""


@pytest.fixture
def city(tmp_path: Path, sample_catalogue: Catalogue) -> Iterator[City]:
    """A city with two companies and a case."""
    made = City.built(tmp_path, sample_catalogue, sample_clock(), PROPAGATE_EXCEPTIONS=False)
    made.office.budget(HIGH_TECH, 10 * FEN)
    made.notified(made.company())
    with made.house.database.writing() as session:
        register(session, CODE, NAME, SYSTEM, made.clock.now)
    yield made
    made.house.database.close()


def _secret(city: City) -> str:
    """Make a key that may do everything, as often as a key can."""
    scopes = frozenset(scope.value for scope in SCOPES)
    wanted = Wanted("schemathesis", scopes, "科技局", MAX_KEY_MINUTE, MAX_KEY_DAY)
    words = city.app.extensions["mianshen"].catalogue.vocabulary
    return add(city.house.accounts, SYSTEM, wanted, words, city.clock.now)[1]


def _config(secret: str) -> SchemathesisConfig:
    told: dict[str, Any] = {
        "seed": 7,
        "headers": {"Authorization": f"Bearer {secret}", "Accept-Encoding": "identity"},
        "generation": {"max-examples": EXAMPLES * SOAK, "database": "none"},
        "checks": {
            # The readers of the vocabulary know more than a schema can say: 422 names what is wrong.
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", 401, 403, 404, 409, 422, 429]
            },
        },
    }
    return SchemathesisConfig.from_dict(told)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on a free port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_answers_are_as_documented(city: City) -> None:
    with served(city.app) as address:
        _ask(address, _config(_secret(city)))


def _ask(address: str, config: SchemathesisConfig) -> None:
    document = schemathesis.openapi.from_url(f"{address}/openapi.json", config=config)
    failures: dict[str, str] = {}
    asked: Counter[str] = Counter()
    for event in from_schema(document).execute():
        if isinstance(event, events.NonFatalError):
            failures[f"{event.label}: error"] = str(event.value)
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.ScenarioFinished):
            recorder = event.recorder
            asked[recorder.label] += len(recorder.interactions)
            for checks in recorder.checks.values():
                for check in checks:
                    if check.failure_info is not None:
                        said = check.failure_info
                        failures[f"{recorder.label}: {said.failure.title}"] = (
                            f"{said.failure.message}\n{said.code_sample}"
                        )
    assert not failures, "\n\n".join(f"{name}\n{said}" for name, said in failures.items())
    assert len(asked) >= len(OPERATIONS)
    print(sum(asked.values()), "requests", dict(asked))

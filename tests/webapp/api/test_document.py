"""Requests that schemathesis makes from the OpenAPI document: answers are as documented, none is a 5xx."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
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
from webapp.api.routes import PREFIX
from webapp.limits import MAX_KEY_DAY, MAX_KEY_MINUTE
from webapp.services.people.keys import Wanted, add
from webapp.services.people.roles import SCOPES, SYSTEM
from webapp.services.registry.companies import register

EXAMPLES = 3
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


def _config(address: str, secret: str) -> SchemathesisConfig:
    told: dict[str, Any] = {
        "seed": 7,
        "base-url": address,
        "headers": {"Authorization": f"Bearer {secret}"},
        "request-timeout": 60,
        "suppress-health-check": ["filter_too_much", "too_slow"],
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
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_answers_are_as_documented(city: City) -> None:
    with served(city.app) as address:
        config = _config(address, _secret(city))
        told = requests.get(f"{address}{PREFIX}/openapi.json", timeout=60).json()
        if SOAK == 1:
            _shorten(told)
        _ask(schemathesis.openapi.from_dict(told, config=config))


def _shorten(document: dict[str, Any]) -> None:
    """Keep of a profile's attributes one in sixty: each of them alone gives some forty requests."""
    profile = document["components"]["schemas"]["Profile"]
    profile["properties"] = dict(list(profile["properties"].items())[::60])


def _ask(document: Any) -> None:
    """Run every phase of schemathesis and collect what it finds."""
    failures: dict[str, str] = {}
    asked: Counter[str] = Counter()
    for event in from_schema(document).execute():
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError):
            failures[event.label] = str(event.value)
        if isinstance(event, events.ScenarioFinished):
            asked[event.phase.value] += len(event.recorder.interactions)
            for check in chain.from_iterable(event.recorder.checks.values()):
                if check.failure_info is not None:
                    found = check.failure_info
                    name = f"{event.recorder.label}: {found.failure.title}"
                    failures[name] = f"{found.failure.message}\n{found.code_sample}"
    assert not failures, "\n\n".join(f"{name}\n{said}" for name, said in failures.items())
    print("requests by phase:", dict(asked))
    assert all(asked[phase] for phase in ("examples", "coverage", "fuzzing", "stateful"))

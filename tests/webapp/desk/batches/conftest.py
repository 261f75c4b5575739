"""Somebody of a department at the wizard, whose jobs are done when a test says so."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.webapp.desk.conftest import Counter
from tests.webapp.desk.test_data_facts import department
from webapp.desk import batches


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are done when a test says so; no page waits for them."""
    monkeypatch.setattr(batches, "PATIENCE", 0)


@pytest.fixture
def client(counter: Counter) -> FlaskClient:
    """The browser of somebody of the data departments who speaks for 科技局."""
    return department(counter, "科技局")[1]

"""A city in which lists are public."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from matcher.catalogue import Catalogue
from tests.webapp.casework.conftest import HIGH_TECH, office
from tests.webapp.city import FEN, City, sample_clock

__all__ = ["office"]


@pytest.fixture
def city(tmp_path: Path, sample_catalogue: Catalogue) -> Iterator[City]:
    """A city with a budget, and no company yet; form tokens are off."""
    made = City.built(tmp_path, sample_catalogue, sample_clock(), WTF_CSRF_ENABLED=False)
    made.office.budget(HIGH_TECH, 10 * FEN)
    yield made
    made.app.extensions["mianshen"].database.close()

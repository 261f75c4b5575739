"""One run for all tests of the dashboards; it is read, never changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.catalogue import Catalogue
from tests.webapp.dashboard.runs import make_run


@pytest.fixture(scope="session")
def out(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a finished run with its counts."""
    return make_run(tmp_path_factory.mktemp("run"), catalogue)

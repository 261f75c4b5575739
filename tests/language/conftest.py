"""What the tests of company files share."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from matcher.catalogue import Catalogue
from tests.language.companies import Reading


@pytest.fixture
def read(catalogue: Catalogue) -> Reading:
    """Reads a company file with the shipped vocabulary."""
    return Reading(catalogue.vocabulary)


@pytest.fixture
def match(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Runs `mianshen match` without lists and parameters of a deployment."""
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path / "data"))
    return CliRunner()

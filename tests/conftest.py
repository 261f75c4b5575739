"""What all tests share: the shipped rules, read once, and the dates the cases speak of."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

from matcher.catalogue import Catalogue, load
from matcher.finding import Matcher

ROOT = Path(__file__).parent.parent
RULES = ROOT / "rules"
SEEDS = ROOT / "seeds"
AS_OF = date(2025, 9, 1)
# A slow machine is no fault of the code: nothing here is timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
# `make soak` runs the seeded tests over this many times as many seeds.
SOAK = int(os.environ.get("MIANSHEN_SOAK", "1"))


def seeds(count: int) -> range:
    """Give the seeds of a seeded test: a fixed slice in CI, many times more under `make soak`."""
    return range(count * SOAK)


def skip_or_fail(reason: str) -> None:
    """Skip with a reason on a bare machine; fail where nothing may be skipped (CI_NO_SKIP)."""
    if os.environ.get("CI_NO_SKIP"):
        pytest.fail(f"nothing may be skipped here: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The shipped rules."""
    return load(RULES)


@pytest.fixture(scope="session")
def sample_catalogue() -> Catalogue:
    """The shipped rules with the sample document (样例), whose measures state amounts."""
    return load(RULES, include={"examples"})


@pytest.fixture(scope="session")
def matcher(catalogue: Catalogue) -> Matcher:
    """A matcher over the shipped rules."""
    return Matcher(catalogue)


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder of complete official tables and real samples, named by the environment.

    Those files may not be part of the project, so a machine without them skips these tests: the one
    skip that is allowed anywhere.
    """
    named = os.environ.get("MIANSHEN_REFERENCE_DATA", "")
    if not named or not Path(named).is_dir():
        pytest.skip("MIANSHEN_REFERENCE_DATA names no folder of reference tables")
    return Path(named)

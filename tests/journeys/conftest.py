"""A running server and a real browser, in which nothing that happens goes unnoticed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Playwright, sync_playwright

from matcher.catalogue import Catalogue
from tests.conftest import skip_or_fail
from tests.journeys import serving
from tests.journeys.visits import FAILURE, SHOTS, Setting, Visit, opened
from webapp import create_app

__all__ = ["Setting", "Visit"]

SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def served(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application, as `mianshen serve` makes it."""
    folder = tmp_path_factory.mktemp("served")
    app = create_app(
        {
            "DATABASE_URL": f"sqlite:///{folder / 'served.sqlite3'}",
            "DATA": folder,
            "SECRET_KEY": "only-for-tests-" * 4,
            "CATALOGUE": catalogue,
        }
    )
    yield app
    app.extensions["mianshen"].database.engine.dispose()


@pytest.fixture(scope="session")
def address(served: Flask) -> Iterator[str]:
    """The address at which the application is served."""
    with serving.served(served) as found:
        yield found


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's Chromium; its build without windows needs a fifth less time."""
    found = (
        os.environ.get("MIANSHEN_CHROMIUM")
        or shutil.which("chromium-headless-shell")
        or shutil.which("chromium")
    )
    if not found or not Path(found).exists():
        skip_or_fail("no Chromium: install it or name it in MIANSHEN_CHROMIUM")
    return str(found)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """One browser; each visitor gets an empty profile of it, with its own cookies and cache."""
    opened = playwright.chromium.launch(executable_path=chromium, args=SWITCHES, headless=True)
    yield opened
    opened.close()


@pytest.fixture
def shots(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this test's screenshots: below $MIANSHEN_SCREENSHOTS, else in pytest's own folder."""
    named = os.environ.get(SHOTS)
    root = Path(named) if named else tmp_path_factory.getbasetemp() / "screenshots"
    module = request.path.stem.removeprefix("test_").removesuffix("_journey")
    name = re.sub(r"[^\w-]+", "-", request.node.name.removeprefix("test_")).strip("-")
    folder = root / module / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


@pytest.fixture
def visit(
    request: pytest.FixtureRequest, browser: Browser, address: str, shots: Path
) -> Iterator[Visit]:
    """A visitor; the parameter is a `Setting`, or: with scripts or without, how wide, how high."""
    given = getattr(request, "param", (True, 1280, 800))
    setting = given if isinstance(given, Setting) else Setting("", *given)
    with opened(browser, address, setting, shots) as visitor:
        yield visitor
        if request.node.stash.get(FAILED, False):
            visitor.shoot(FAILURE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note on the test whether it failed, so that the page it failed on is kept as a picture."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report

"""A running server and a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Playwright,
    sync_playwright,
)
from waitress.server import create_server

from matcher.catalogue import Catalogue
from tests.conftest import skip_or_fail
from webapp import create_app

SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def address(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application, served as `mianshen serve` does."""
    folder = tmp_path_factory.mktemp("served")
    app = create_app(
        {
            "DATABASE_URL": f"sqlite:///{folder / 'served.sqlite3'}",
            "DATA": folder,
            "SECRET_KEY": "only-for-tests-" * 4,
            "CATALOGUE": catalogue,
        }
    )
    listening = socket.create_server(("127.0.0.1", 0))
    server = create_server(app, sockets=[listening])
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.close()
    thread.join(timeout=5)
    listening.close()
    app.extensions["mianshen"].database.engine.dispose()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's Chromium."""
    found = os.environ.get("MIANSHEN_CHROMIUM") or shutil.which("chromium")
    if not found or not Path(found).exists():
        skip_or_fail("no Chromium: install it or name it in MIANSHEN_CHROMIUM")
    return str(found)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """A browser with an empty user folder of its own."""
    opened = playwright.chromium.launch(executable_path=chromium, args=SWITCHES, headless=True)
    yield opened
    opened.close()


@dataclass
class Visit:
    """One visitor's tab, which notes what must never happen."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)

    def watch(self) -> None:
        """Note console errors, failures of scripts and requests to other hosts."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))

    def _heard(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        # A page that answers 422 or 404 is logged by the browser itself; that is no fault of ours.
        if kind in ("error", "warning") and "the server responded with a status" not in text:
            self.faults.append(f"{kind}: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:")):
            self.faults.append(f"request to {url}")

    def follow(self, control: Locator) -> None:
        """Use a link or button and wait for the page it leads to."""
        with self.page.expect_navigation():
            control.click()

    def check(self) -> None:
        """Check the page that is open: one heading, its own title, no sideways scroll."""
        assert self.page.locator("h1").count() == 1, self.page.url
        path = self.page.url.removeprefix(self.address).partition("#")[0]
        title = self.page.title()
        others = {known for where, known in self.titles.items() if where != path}
        assert title not in others, f"{path}: {title}"
        self.titles[path] = title
        size = self.page.viewport_size
        for width in (320, size["width"] if size else 1280):
            self.page.set_viewport_size({"width": width, "height": 640})
            wide = self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
            assert not wide, f"{path} scrolls sideways at {width} px"
        if size:
            self.page.set_viewport_size(size)
        assert self.faults == []


@pytest.fixture
def visit(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Visit]:
    """A visitor; the parameter says with scripts or without, how wide, in which language."""
    scripts, width, height = getattr(request, "param", (True, 1280, 800))
    context: BrowserContext = browser.new_context(
        java_script_enabled=scripts, viewport={"width": width, "height": height}, locale="zh-CN"
    )
    context.set_default_timeout(15_000)
    visitor = Visit(context.new_page(), address)
    visitor.watch()
    yield visitor
    context.close()

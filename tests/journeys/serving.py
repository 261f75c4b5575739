"""An application that is served, and a desk in it whose people sit at browsers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser
from waitress import wasyncore
from waitress.server import create_server

from matcher.catalogue import Catalogue
from tests.journeys.visits import Setting, Visit, opened
from tests.webapp.accounts.conftest import HASHER, House
from webapp import create_app
from webapp.people import EXTENSION
from webapp.services.people.roles import Actor


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application as `mianshen serve` does; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = create_server(app, sockets=[listening])
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.task_dispatcher.shutdown(timeout=2)
        # Its own thread closes the sockets: that thread may be waiting on one of them, and
        # would find it gone if another closed it.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(timeout=5)
        assert not thread.is_alive(), "the server did not end"


@dataclass
class City:
    """A served desk of its own, and the browsers of the people at it."""

    app: Any
    house: House
    address: str
    browser: Browser
    setting: Setting
    shots: Path
    held: list[Any] = field(default_factory=list)

    def visit(self, person: Actor, name: str) -> Visit:
        """Open a tab in which somebody is signed in."""
        held = opened(self.browser, self.address, self.setting, self.shots / name)
        visit: Visit = held.__enter__()
        self.held.append(held)
        assert person.id is not None
        cookies = {"mianshen": self.house.token(person.id), "lang": self.setting.language}
        if self.setting.display:
            cookies[self.setting.display] = "1"
        visit.page.context.add_cookies(
            [{"name": key, "value": value, "url": self.address} for key, value in cookies.items()]
        )
        return visit

    def say(self, key: str, **values: object) -> str:
        """Give one of the interface's texts in the language that is read."""
        said: str = self.app.extensions["mianshen"].texts.get(self.setting.language, key, **values)
        return said

    def button(self, visit: Visit, key: str, **values: object) -> None:
        """Press a button by its text and wait for the page that follows."""
        words = self.say(key, **values)
        visit.follow(visit.page.get_by_role("button", name=words, exact=True).first)


@contextmanager
def desk(
    catalogue: Catalogue, folder: Path, browser: Browser, setting: Setting, shots: Path
) -> Iterator[City]:
    """Build and serve an empty desk; its people's tabs are closed at the end."""
    app = create_app(
        {
            "DATABASE_URL": f"sqlite:///{folder / 'city.sqlite3'}",
            "DATA": folder / "data",
            "SECRET_KEY": "only-for-tests-" * 4,
            "CATALOGUE": catalogue,
            "PASSWORD_HASHER": HASHER,
            "OIDC": None,
        }
    )
    house = House(app.extensions[EXTENSION].accounts, datetime.now(UTC))
    with served(app) as address:
        city = City(app, house, address, browser, setting, shots)
        yield city
        for held in reversed(city.held):
            held.__exit__(None, None, None)
    app.extensions["mianshen"].database.close()

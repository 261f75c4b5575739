"""A web server in a process of its own, which dies at any moment while forms are sent to it."""

from __future__ import annotations

import multiprocessing
import random
import signal
import socket
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from threading import Timer
from typing import Any

import requests
from waitress.server import create_server

from tests.webapp.city import City
from tests.webapp.html import parse
from webapp.services.people.roles import Actor

_FORK = multiprocessing.get_context("fork")
LONGEST = 0.2
"""Seconds after a form was sent within which the server may die; most forms are answered sooner."""


@dataclass
class Server:
    """The server of a city; ``kills`` are still to come, ``killed`` is how often it died."""

    city: City
    draw: random.Random
    kills: int
    killed: int = 0
    unanswered: int = 0
    """How many forms were being worked on when it died: their sender cannot know what became of them."""
    address: str = ""
    process: BaseProcess | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it anew, on a port of its own."""
        self.stop()
        listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        # What a killed process had open is gone; a new one must not share what its parent has open.
        self.city.app.extensions["mianshen"].database.engine.dispose()
        self.process = _FORK.Process(target=_serve, args=(self.city, listening), daemon=True)
        self.process.start()
        listening.close()

    def stop(self) -> None:
        """Kill it, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.join(10)
            assert self.process.exitcode == -signal.SIGKILL, self.process.exitcode

    def visitor(self, person: Actor) -> requests.Session:
        """Give a browser in which somebody is signed in."""
        browser = requests.Session()
        browser.trust_env = False
        browser.cookies.set("mianshen", self.city.token(person))
        return browser

    def form(
        self, browser: requests.Session, path: str, *names: str, **holding: str
    ) -> dict[str, Any]:
        """Open a page and give what its form would send that has these controls and holds these values."""
        shown = browser.get(self.address + path, timeout=30)
        assert shown.status_code == 200, shown.text
        return form_of(shown.text, *names, **holding)

    def send(self, browser: requests.Session, path: str, values: dict[str, Any]) -> str:
        """Send a form until it is answered, while the server may die; give where the answer leads."""
        while True:
            timer = Timer(self.draw.uniform(0, LONGEST), self._strike)
            timer.start()
            try:
                answer = browser.post(
                    self.address + path, data=values, timeout=30, allow_redirects=False
                )
            except requests.ConnectionError:
                self.unanswered += 1
            else:
                assert answer.status_code == 303, (answer.status_code, answer.text)
                return answer.headers["Location"]
            finally:
                timer.cancel()
                timer.join()
                if self.process is None or not self.process.is_alive():
                    self.start()

    def _strike(self) -> None:
        if self.kills and self.process is not None and self.process.pid is not None:
            self.kills -= 1
            self.killed += 1
            self.process.kill()
            self.process.join(10)


def form_of(page: str, *names: str, **holding: str) -> dict[str, Any]:
    """Give what the form of a page would send that has these controls and holds these values."""
    return next(
        values
        for values in (form.values() for form in parse(page).all("form"))
        if values.keys() >= set(names) and values.items() >= holding.items()
    )


def _serve(city: City, listening: socket.socket) -> None:
    create_server(city.app, sockets=[listening], threads=2).run()

"""How fast the company's pages are under load: python benchmarks/portal.py [--seconds 30] [--rate 20].

Starts gunicorn with two workers on a fresh SQLite database, fills in a company as a browser would, and
asks for its pages at a steady rate whether or not earlier answers have come: waiting counts.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

import yaml

WORKERS, THREADS, START = 2, 4, 60.0
DEMO = Path(__file__).parents[1] / "seeds" / "companies" / "demo.yaml"


class Visitor:
    """A browser without a screen: one connection a request."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str) -> tuple[int, int]:
        """Ask for a page: status, bytes as sent."""
        status, _, body = self.send("GET", path, headers={"Accept-Encoding": "gzip"})
        return status, len(body)

    def send(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str, bytes]:
        """Send a request: status, the cookie that was set, the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        found = answer.status, (answer.getheader("Set-Cookie") or "").split(";")[0], answer.read()
        connection.close()
        return found


class Form(HTMLParser):
    """The fields of the page's form as it stands, what is typed and what is chosen."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in an input that would be sent."""
        has = dict(attrs)
        chosen = has.get("type") not in ("radio", "checkbox") or "checked" in has
        if tag == "input" and has.get("name") and chosen:
            self.fields.append((has["name"] or "", has.get("value") or ""))


class Typing:
    """Somebody who types figures into a page of the form: each stop is a post for the counts."""

    def __init__(self, visitor: Visitor, address: str) -> None:
        self.visitor, self.address = visitor, address
        _, self.cookie, page = visitor.send("GET", address)
        self.form = Form(page.decode())
        self.typed = [name for name, value in self.form.fields if re.fullmatch(r"[\d.]+", value)]
        self.stops = itertools.count(1)

    def stop(self) -> int:
        """Change one figure after the other and ask what the answers come to; gives the status."""
        number = next(self.stops)
        changed = self.typed[number % len(self.typed)] if self.typed else ""
        fields = [(name, str(number) if name == changed else v) for name, v in self.form.fields]
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": self.cookie,
        }
        body = urlencode([*fields, ("then", "counts")])
        return self.visitor.send("POST", self.address, body, headers)[0]


@contextmanager
def server(folder: Path, *more: str) -> Iterator[int]:
    """Run gunicorn on a free port, with more options where wanted, until left."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["-w", str(WORKERS), "--threads", str(THREADS), "-b", f"127.0.0.1:{port}"]
    environment = {**os.environ, "MIANSHEN_DATA": str(folder), "MIANSHEN_SECRET_KEY": "load-" * 12}
    subprocess.run(
        [sys.executable, "-c", "from webapp.cli import main; main()", "database", "upgrade"],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    command = [sys.executable, "-m", "gunicorn", *options, *more, "webapp:create_app()"]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stderr=log)
        try:
            deadline = time.monotonic() + START
            while time.monotonic() < deadline:
                try:
                    Visitor(port).get("/")
                    break
                except OSError:
                    time.sleep(0.2)
            yield port
        finally:
            process.terminate()
            process.wait()


def company(folder: Path) -> str:
    """Store the demo company as the form would; gives the address of its pages."""
    from webapp.database import Database
    from webapp.services import profiles

    facts = yaml.load(DEMO.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - everything stays text
    database = Database(f"sqlite:///{folder / 'mianshen.sqlite3'}")
    token = profiles.create(database, facts, datetime.now(UTC))
    database.engine.dispose()
    return f"/p/{token}"


def load(
    pages: dict[str, Callable[[], int]], rate: float, seconds: float
) -> dict[str, list[float]]:
    """Ask for the pages in turn at a rate; gives the seconds each took from when it was due."""
    taken: dict[str, list[float]] = defaultdict(list)
    began = time.perf_counter()
    threads = []

    def ask(name: str, due: float) -> None:
        status = pages[name]()
        if status == 200:
            taken[name].append(time.perf_counter() - due)
        else:
            taken[f"{name} ({status})"].append(time.perf_counter() - due)

    names = list(pages)
    for number in range(int(rate * seconds)):
        due = began + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        name = names[number % len(names)]
        thread = threading.Thread(target=ask, args=(name, due))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    return taken


def main() -> None:
    """Run the load and print a table."""
    parser = argparse.ArgumentParser(description="Load the company's pages.")
    parser.add_argument("--rate", type=float, default=20, help="requests a second")
    parser.add_argument("--seconds", type=float, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="portal-") as folder, server(Path(folder)) as port:
        visitor, own = Visitor(port), company(Path(folder))
        search = "/measures?" + urlencode({"q": "技改"})
        pages = {
            "results": f"{own}/results",
            "hub": own,
            "search": search,
            "measure": "/measures/hefei-2025/1.4",
            "document": "/documents/bozhou-2025-38",
            "home": "/",
        }
        sizes = {name: visitor.get(path)[1] for name, path in pages.items()}
        asked: dict[str, Callable[[], int]] = {
            name: partial(lambda path: visitor.get(path)[0], path) for name, path in pages.items()
        }
        asked["counts while typing"] = Typing(visitor, f"{own}/operations").stop
        load(asked, given.rate, 3)
        taken = load(asked, given.rate, given.seconds)
    print(f"{given.rate:g} requests a second, {WORKERS} workers of {THREADS} threads\n")
    print("| page | requests | median ms | p95 ms | KB sent |\n| --- | --- | --- | --- | --- |")
    for name, seconds in taken.items():
        ordered = sorted(seconds)
        middle, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
        size = sizes.get(name, 0) / 1000
        print(f"| {name} | {len(ordered)} | {middle * 1000:.0f} | {late * 1000:.0f} | {size:.1f} |")


if __name__ == "__main__":
    main()

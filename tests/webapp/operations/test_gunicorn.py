"""gunicorn with the configuration that is shipped: workers, figures, log lines, a start that fails."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import ROOT
from webapp.operations.lines import FIELDS
from webapp.operations.probe import probe

CONFIG = ROOT / "deploy" / "gunicorn.conf.py"
COMMAND = [sys.executable, "-m", "gunicorn", "-c", str(CONFIG)]
CANARY = "canary-" * 6


@dataclass
class Server:
    """A running server, and where its log goes."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def get(self, path: str, **headers: str) -> requests.Response:
        """Ask for a page, on a connection of its own."""
        session = requests.Session()
        session.trust_env = False
        url = f"http://127.0.0.1:{self.port}{path}"
        return session.get(url, headers={**headers, "Connection": "close"}, timeout=30)

    def count(self, route: str) -> float:
        """Give how many requests of a route all workers together have counted."""
        told = self.get("/metrics").text
        lines = re.findall(rf'^mianshen_requests_total\{{.*route="{route}".*\}} (.+)$', told, re.M)
        return sum(map(float, lines))

    def workers(self) -> list[int]:
        """Give the numbers of the worker processes."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(word) for word in listed.split()]

    def lines(self) -> list[dict[str, Any]]:
        """Read the log; every line of it is one JSON object."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


def environment(folder: Path, port: int) -> dict[str, str]:
    """Give the settings of a server in a folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MIANSHEN_")}
    return {
        **kept,
        "MIANSHEN_DATA": str(folder),
        "MIANSHEN_SECRET_KEY": "only-for-tests-" * 4,
        "MIANSHEN_BIND": f"127.0.0.1:{port}",
        "MIANSHEN_HOSTS": "policy.example.gov.cn,127.0.0.1",
        "WEB_CONCURRENCY": "2",
        "TMPDIR": str(folder),
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Run the server until left."""
    port, log = free_port(), folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            COMMAND, cwd=ROOT, env=environment(folder, port), stderr=out, stdout=out
        )
    server = Server(process, port, log)
    try:
        until(lambda: _answers(server))
        yield server
    finally:
        process.terminate()
        process.wait(60)


def _answers(server: Server) -> bool:
    assert server.process.poll() is None, server.log.read_text(encoding="utf-8")
    try:
        return server.get("/healthz").status_code == 200
    except requests.ConnectionError:
        return False


def until(holds: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to be so")


def test_workers_count_together_and_keep_counting_when_one_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path) as server:
        until(lambda: len(server.workers()) == 2)
        assert server.get("/readyz").json()["ready"]
        for _ in range(20):
            assert server.get("/measures").status_code == 200
        assert server.count("/measures") == 20
        kept = sorted(path.name for path in tmp_path.glob("mianshen-metrics-*/*.db"))

        before = server.workers()
        os.kill(before[0], signal.SIGKILL)
        until(lambda: len(set(server.workers()) - set(before)) == 1 and len(server.workers()) == 2)
        for _ in range(20):
            assert server.get("/measures").status_code == 200
        assert server.count("/measures") == 40
        assert sorted(path.name for path in tmp_path.glob("mianshen-metrics-*/*.db")) == kept

        assert server.get("/metrics", **{"X-Forwarded-For": "127.0.0.1"}).status_code == 404
        assert server.get(f"/p/{CANARY}?q={CANARY}").status_code == 404
        assert server.get("/" + "x" * 5000).status_code == 414
        assert server.get("/healthz", Host="elsewhere.example").status_code == 400

        monkeypatch.setenv("MIANSHEN_BIND", f"127.0.0.1:{server.port}")
        monkeypatch.setenv("MIANSHEN_HOSTS", "policy.example.gov.cn")
        assert probe("/healthz") == (200, "ok")
        assert probe("/nowhere")[0] == 404

    assert server.process.returncode == 0
    assert not list(tmp_path.glob("mianshen-metrics-*"))
    assert probe("/healthz")[0] == 0
    lines = server.lines()
    assert {line["logger"] for line in lines} >= {"gunicorn.error", "mianshen.web"}
    assert all(line.keys() <= set(FIELDS) for line in lines)
    assert [line for line in lines if line.get("route") == "/p/<token>" and line["status"] == 404]
    assert CANARY not in server.log.read_text(encoding="utf-8")


def test_a_start_that_fails_says_why_in_one_line(tmp_path: Path) -> None:
    settings = environment(tmp_path, free_port()) | {"MIANSHEN_SECRET_KEY": "short"}
    done = subprocess.run(COMMAND, cwd=ROOT, env=settings, capture_output=True, text=True)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert "MIANSHEN_SECRET_KEY 太短" in json.loads(line)["event"]

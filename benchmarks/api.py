"""How many profiles the API matches in a second: python benchmarks/api.py [--seconds 30] [--connections 16] [--soak].

Starts gunicorn with two workers as it is deployed, on a fresh SQLite database (or what MIANSHEN_DATABASE and
MIANSHEN_REDIS name), and lets wrk send one profile after the other, verdicts without reasons, with a key whose
requests are counted. Each request has a connection of its own, as those have that come through nginx
(deploy/nginx.conf): a connection that is kept stays with the worker that took it, which may be the same for all.
With --soak it sends verdicts alone, to workers that are never replaced, and tells each minute what memory they hold.
wrk runs on the same machine, so it shares the cores with the server; its own time is told too. Figures hold only
where nothing else runs: the load before says so.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from shutil import which

import yaml
from portal import DEMO, THREADS, WORKERS, server

from webapp.database import Database
from webapp.limits import MAX_KEY_DAY, MAX_KEY_MINUTE
from webapp.services.people.accounts import accounts_of
from webapp.services.people.keys import Wanted, add
from webapp.services.people.passwords import Passwords
from webapp.services.people.roles import SYSTEM

PATH = "/api/v1/match"
DEPLOYED = Path(__file__).parents[1] / "deploy" / "gunicorn.conf.py"
SCRIPT = """\
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Connection"] = "close"
wrk.headers["Authorization"] = "Bearer {secret}"
wrk.body = {body}
"""
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def secret_of(folder: Path) -> str:
    """Make a key that may come as often as a key can."""
    from matcher.catalogue import load
    from matcher.locations import rules_folder

    url = os.environ.get("MIANSHEN_DATABASE") or f"sqlite:///{folder / 'mianshen.sqlite3'}"
    database = Database(url)
    accounts = accounts_of(database, "load" * 12, Passwords())
    wanted = Wanted("benchmark", frozenset(), "", MAX_KEY_MINUTE, MAX_KEY_DAY, 1)
    words = load(rules_folder(None)).vocabulary
    secret = add(accounts, SYSTEM, wanted, words, datetime.now(UTC))[1]
    database.close()
    return secret


def script(folder: Path, secret: str, *, reasons: bool) -> Path:
    """Write what wrk sends."""
    profile = yaml.load(DEMO.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 - all stays text
    body = json.dumps({"profile": profile, "reasons": reasons}, ensure_ascii=False)
    path = folder / "match.lua"
    path.write_text(
        SCRIPT.format(secret=secret, body=json.dumps(body, ensure_ascii=False)), "utf-8"
    )
    return path


def wrk(port: int, lua: Path, seconds: int, connections: int) -> str:
    """Send for a while and give what wrk says."""
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(lua)]
    done = subprocess.run(
        ["wrk", *options, f"http://127.0.0.1:{port}{PATH}"],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def latency(said: str, share: str) -> float:
    """Give a percentile in milliseconds."""
    found = re.search(rf"^\s+{share}%\s+([\d.]+)(us|ms|s)\s*$", said, re.M)
    assert found, said
    return float(found[1]) * _MILLISECONDS[found[2]]


def memory(port: int) -> float:
    """Give what the server's processes hold in MiB, shared pages counted once (proportional set size)."""
    found = subprocess.run(
        ["pgrep", "-f", f"127.0.0.1:{port}"], check=True, capture_output=True, text=True
    )
    held = 0
    for process in found.stdout.split():
        try:
            told = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:  # pgrep itself, which is gone
            continue
        held += sum(int(kib) for kib in re.findall(r"^Pss:\s+(\d+) kB$", told, re.M))
    return held / 1024


def soak(port: int, lua: Path, seconds: int, connections: int) -> None:
    """Send verdicts minute by minute and print what each gave and what memory is held after it."""
    print("| minute | requests/s | p99 ms | not 2xx | memory MiB |")
    print("| --- | --- | --- | --- | --- |")
    for minute in range(1, seconds // 60 + 1):
        rate, bad, said = sent(port, lua, 60, connections)
        print(f"| {minute} | {rate:.0f} | {latency(said, '99'):.1f} | {bad} | {memory(port):.0f} |")


def sent(port: int, lua: Path, seconds: int, connections: int) -> tuple[float, int, str]:
    """Send for a while; gives requests a second, how many were not answered well, and all that wrk says."""
    said = wrk(port, lua, seconds, connections)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    assert rate, said
    return float(rate[1]), int(bad[1]) if bad else 0, said


def main() -> None:
    """Run the load and print one line for verdicts and one for findings with all reasons."""
    parser = argparse.ArgumentParser(description="Load the API's matching.")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--soak", action="store_true", help="verdicts alone, minute by minute")
    given = parser.parse_args()
    if which("wrk") is None:
        sys.exit("wrk is not installed: apt install wrk")
    print(
        f"{WORKERS} workers of {THREADS} threads, {given.connections} connections, {given.seconds} s; "
        f"wrk shares the {os.cpu_count()} cores; load before: {os.getloadavg()[0]:.1f}\n"
    )
    as_deployed = ["-c", str(DEPLOYED), *(["--max-requests", "0"] if given.soak else [])]
    with (
        tempfile.TemporaryDirectory(prefix="api-") as name,
        server(Path(name), *as_deployed) as port,
    ):
        folder = Path(name)
        secret = secret_of(folder)
        if given.soak:
            soak(port, script(folder, secret, reasons=False), given.seconds, given.connections)
            return
        print("| answers | requests/s | p50 ms | p99 ms | not 2xx | cores of wrk |")
        print("| --- | --- | --- | --- | --- | --- |")
        for label, reasons in (("verdicts", False), ("findings with reasons", True)):
            lua = script(folder, secret, reasons=reasons)
            wrk(port, lua, 3, given.connections)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            rate, bad, said = sent(port, lua, given.seconds, given.connections)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(
                f"| {label} | {rate:.0f} | {latency(said, '50'):.1f} | {latency(said, '99'):.1f} "
                f"| {bad} | {used / given.seconds:.2f} |"
            )


if __name__ == "__main__":
    main()

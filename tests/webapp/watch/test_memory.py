"""Memory stays flat over many events; the soak run sends a hundred thousand."""

from __future__ import annotations

import multiprocessing
import os
import time
from dataclasses import replace
from typing import Any

import pytest

from tests.webapp.watch.conftest import ENGINES, Watching, random_facts
from webapp.database import Database
from webapp.services.watch import inbox
from webapp.services.watch.worker import BATCH, Clock, Worker

EVENTS = {
    name: int(os.environ.get("MIANSHEN_SOAK_EVENTS", "1000" if name == "durable_rules" else "300"))
    for name in ENGINES
}
WARM_UP = 400
MAX_GROWTH_MIB = 12
COMPANIES = 2 * BATCH
"""What waits for one company is one look, so each gets an event, and then the worker has its turn."""


def rss_mib() -> float:
    """Give the memory that the process holds now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def work_on(
    watching: Watching, worker: Worker, companies: list[int], events: int, name: str
) -> None:
    """Put events into the inbox and work on them, one of each company at a time."""
    for number in range(-(-events // len(companies))):
        with watching.office.work.database.writing() as session:
            inbox.note(session, companies, "facts", f"{name}{number}", watching.office.now)
        worker.drain()


def measured(watching: Watching, engine: str, companies: list[int], events: int, told: Any) -> None:
    """Work on events and tell the memory after a warm-up and at the end, with the seconds between."""
    url = watching.office.work.database.engine.url.render_as_string(hide_password=False)
    work = replace(watching.office.work, database=Database(url))
    clock = Clock(lambda: watching.office.now, lambda: watching.office.today)
    worker = Worker(work, lambda: ENGINES[engine](work.prover.catalogue), clock)
    again = replace_office(watching, work)
    work_on(again, worker, companies, WARM_UP, "w")
    before, began = rss_mib(), time.perf_counter()
    work_on(again, worker, companies, events, "e")
    told.put((before, rss_mib(), time.perf_counter() - began, worker.tally.events))


def replace_office(watching: Watching, work: Any) -> Watching:
    """Give the same office on another connection."""
    return Watching(replace(watching.office, work=work))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("engine", ENGINES)
def test_memory_stays_flat(watching: Watching, engine: str) -> None:
    companies = [watching.company(random_facts(seed)) for seed in range(COMPANIES)]
    context = multiprocessing.get_context("fork")
    told: Any = context.SimpleQueue()
    child = context.Process(
        target=measured, args=(watching, engine, companies, EVENTS[engine], told)
    )
    child.start()
    before, after, seconds, done = told.get()
    child.join(30)
    print(f"{engine}: {EVENTS[engine] / seconds:.0f} events/s, {before:.0f} -> {after:.0f} MiB")
    assert done >= EVENTS[engine]
    assert watching.not_done() == 0
    assert after - before < MAX_GROWTH_MIB

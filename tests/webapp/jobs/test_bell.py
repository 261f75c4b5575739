"""The bell wakes a worker at once, in a file and in Redis; what it forgets the sweep rings for again."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.webapp.jobs.conftest import Shop
from webapp.services.jobs import bell as bells
from webapp.services.jobs.bell import FILE, Bell, bell_of
from webapp.services.jobs.queue import State

SECRET = "only-for-tests-" * 4


@pytest.fixture(params=["file", "redis"])
def bell(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bell:
    """A bell of each kind."""
    monkeypatch.setattr(bells, "NAME", f"mianshen{secrets.token_hex(4)}")
    redis = "" if request.param == "file" else request.getfixturevalue("redis")
    return bell_of(tmp_path, redis, SECRET)


@pytest.fixture
def awake(bell: Bell, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bell]:
    """A bell that threads of this process answer; the sweep with which they begin is over."""
    sweep, swept = bell.sweep, threading.Event()

    def first() -> int:
        found = sweep()
        swept.set()
        return found

    monkeypatch.setattr(bell, "sweep", first)
    bell.answer(shop.runner())
    threads = bell.consumer(workers=2)
    threads.start()
    assert swept.wait(20)
    yield bell
    bell.stop(threads)


def wait_for(what: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait until something is so."""
    ends = time.monotonic() + seconds
    while not what():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def test_a_ring_has_the_job_done(awake: Bell, shop: Shop) -> None:
    jobs = [shop.order(n=n) for n in range(5)]
    for job in jobs:
        awake.ring(job)
        awake.ring(job)
    assert wait_for(lambda: all(shop.job(job).state == State.DONE for job in jobs))
    assert len(shop.done) == 5


def test_a_later_ring_comes_later(awake: Bell, shop: Shop) -> None:
    job = shop.order()
    began = time.monotonic()
    awake.ring(job, 1)
    assert wait_for(lambda: shop.job(job).state == State.DONE)
    assert time.monotonic() - began >= 0.5


def test_the_sweep_rings_for_what_no_bell_was_rung_for(awake: Bell, shop: Shop) -> None:
    job = shop.order()
    assert awake.sweep() == 1
    assert wait_for(lambda: shop.job(job).state == State.DONE)
    assert awake.sweep() == 0


def test_a_bell_that_cannot_be_rung_loses_no_job(shop: Shop, tmp_path: Path) -> None:
    job = shop.order()
    bell_of(tmp_path, "redis://127.0.0.1:1/0", SECRET).ring(job)
    assert shop.due() == [job]


def test_nothing_that_others_put_into_the_queue_is_run(
    awake: Bell, shop: Shop, tmp_path: Path
) -> None:
    import pickle

    job = shop.order()
    awake._huey.storage.enqueue(pickle.dumps(("work", (job,))))
    other = shop.order(n=2)
    awake.ring(other)
    assert wait_for(lambda: shop.job(other).state == State.DONE)
    assert shop.job(job).state == State.WAITING


def test_the_file_is_for_this_account_alone(tmp_path: Path) -> None:
    bell_of(tmp_path, "", SECRET).ring(1)
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600

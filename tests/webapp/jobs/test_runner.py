"""A job is done once, tried again where it fails, given up where somebody asks, and never lost."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from tests.webapp.jobs.conftest import Shop, failing
from webapp.services.jobs import queue
from webapp.services.jobs.queue import KEPT, KILLED, LEASE, MAX_TRIES, WAITS, JobLost, State
from webapp.services.jobs.runner import Hopeless, Running


def test_a_job_is_done_and_says_what_came_of_it(shop: Shop) -> None:
    job = shop.order(company=7)
    assert shop.runner().work(job) is State.DONE
    assert shop.done == [{"company": 7}]
    row = shop.job(job)
    assert (row.state, json.loads(row.result), row.tries) == ("done", {"n": 1}, 1)
    assert row.ended_at == shop.now


def test_the_same_order_counts_once(shop: Shop) -> None:
    assert shop.order(key="once") == shop.order(key="once")
    assert len(shop.due()) == 1


def test_a_job_is_done_once_however_often_the_bell_rings(shop: Shop) -> None:
    job = shop.order()
    runner = shop.runner()
    assert [runner.work(job) for _ in range(3)] == [State.DONE, None, None]
    assert len(shop.done) == 1


def test_many_workers_take_a_job_once(shop: Shop) -> None:
    jobs = [shop.order(n=n) for n in range(20)]
    runner = shop.runner()
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        for job in jobs:
            runner.work(job)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one["n"] for one in shop.done) == list(range(20))


def test_what_fails_is_tried_again_later_and_later(shop: Shop) -> None:
    shop.kinds["shaky"] = failing(2, lambda: OSError("no route"))
    job = shop.order("shaky")
    runner = shop.runner()
    assert runner.work(job) is State.WAITING
    assert shop.rung == [(job, WAITS[0])]
    assert shop.job(job).failure.startswith("OSError conftest.py:")
    assert shop.due() == []
    assert runner.work(job) is None
    shop.later(WAITS[0])
    assert shop.due() == [job]
    assert runner.work(job) is State.WAITING
    shop.later(WAITS[1])
    assert runner.work(job) is State.DONE
    assert (shop.job(job).tries, shop.job(job).failure) == (3, "")


def test_what_fails_always_ends_as_failed_and_can_be_put_back(shop: Shop) -> None:
    shop.kinds["shaky"] = failing(MAX_TRIES, lambda: OSError("no route"))
    job = shop.order("shaky")
    runner = shop.runner()
    for wait in (*WAITS, 0):
        runner.work(job)
        shop.later(wait)
    assert shop.job(job).state == State.FAILED
    assert shop.due() == []
    with shop.database.writing() as session:
        assert queue.try_again(session, job, shop.now)
        assert not queue.try_again(session, job, shop.now)
    assert runner.work(job) is State.DONE


def test_what_cannot_succeed_is_not_tried_again(shop: Shop) -> None:
    def gone(_: Running) -> None:
        raise Hopeless("input_gone")

    shop.kinds["gone"] = gone
    job, unknown = shop.order("gone"), shop.order("never heard of")
    assert shop.runner().work(job) is State.FAILED
    assert shop.runner().work(unknown) is State.FAILED
    assert (shop.job(job).failure, shop.job(unknown).failure) == ("input_gone", "kind_unknown")


def test_the_effect_and_the_end_are_one_commit(shop: Shop) -> None:
    def kind(running: Running) -> None:
        with shop.database.writing() as session:
            queue.order(session, "note", "effect", {}, shop.now)
            running.finish(session, {"made": 1})

    shop.kinds["effect"] = kind
    job = shop.order("effect")
    assert shop.runner().work(job) is State.DONE
    assert json.loads(shop.job(job).result) == {"made": 1}
    assert len(shop.due()) == 1


def test_whoever_lost_a_job_commits_nothing_of_it(shop: Shop) -> None:
    def late(running: Running) -> None:
        with shop.database.writing() as session:
            queue.order(session, "note", "never", {}, shop.now)
            running.finish(session)

    def slow(running: Running) -> None:
        shop.later(LEASE.total_seconds() + 1)
        if not shop.done:
            shop.done.append({})
            assert shop.runner().work(running.id) is State.DONE
            with pytest.raises(JobLost):
                late(running)
            running.advance()  # notices nothing within the second
            with pytest.raises(JobLost):
                running.keep()
            raise JobLost

    shop.kinds["slow"] = slow
    job = shop.order("slow")
    assert shop.runner().work(job) is None
    assert (shop.job(job).state, shop.job(job).tries, shop.due()) == ("done", 2, [])


def test_a_process_that_died_leaves_its_job_to_the_next(shop: Shop) -> None:
    job = shop.order()
    with shop.database.writing() as session:
        assert queue.claim(session, job, "a process that is gone", shop.now)
    assert shop.runner().work(job) is None
    shop.later(LEASE.total_seconds())
    assert shop.due() == [job]
    assert shop.runner().work(job) is State.DONE


def test_a_job_that_kills_its_process_is_given_up(shop: Shop) -> None:
    job = shop.order()
    for number in range(MAX_TRIES):
        with shop.database.writing() as session:
            assert queue.claim(session, job, f"process {number}", shop.now)
        shop.later(LEASE.total_seconds())
    assert shop.runner().work(job) is State.FAILED
    assert (shop.job(job).failure, shop.done) == (KILLED, [])


def test_a_waiting_job_is_cancelled_at_once(shop: Shop) -> None:
    job = shop.order()
    with shop.database.writing() as session:
        assert queue.cancel(session, job, shop.now)
        assert not queue.cancel(session, job, shop.now)
    assert shop.job(job).state == State.CANCELLED
    assert shop.runner().work(job) is None


def test_a_running_job_stops_at_its_next_step(shop: Shop) -> None:
    def long(running: Running) -> None:
        running.begin("reading", 100)
        running.advance(10)
        with shop.database.writing() as session:
            queue.cancel(session, running.id, shop.now)
        running.begin("matching", 100)
        raise AssertionError("went on")

    shop.kinds["long"] = long
    job = shop.order("long")
    assert shop.runner().work(job) is State.CANCELLED
    row = shop.job(job)
    assert (row.step, row.reached, row.total) == ("matching", 0, 100)


def test_a_job_cancelled_while_its_process_was_dead_is_not_done(shop: Shop) -> None:
    job = shop.order()
    with shop.database.writing() as session:
        queue.claim(session, job, "gone", shop.now)
        queue.cancel(session, job, shop.now)
    shop.later(LEASE.total_seconds())
    assert shop.runner().work(job) is State.CANCELLED
    assert shop.done == []


def test_a_process_that_ends_lets_its_job_go(shop: Shop) -> None:
    runner = shop.runner()

    def long(running: Running) -> None:
        runner.stopping.set()
        running.advance()

    runner.kinds = {"long": long}
    job = shop.order("long")
    assert runner.work(job) is State.WAITING
    assert (shop.job(job).tries, shop.due()) == (0, [job])


def test_a_long_silent_step_keeps_its_lease(shop: Shop) -> None:
    seen: list[bool] = []

    def silent(running: Running) -> None:
        before = shop.job(running.id).leased_until
        assert before is not None
        shop.later(LEASE.total_seconds() - 1)
        for _ in range(200):
            threading.Event().wait(0.02)
            after = shop.job(running.id).leased_until
            if after is not None and after > before:
                seen.append(True)
                return

    shop.kinds["silent"] = silent
    assert shop.runner(beat=0.05).work(shop.order("silent")) is State.DONE
    assert seen


def test_what_ended_long_ago_is_forgotten(shop: Shop) -> None:
    old, waiting = shop.order(n=1), shop.order(n=2)
    shop.runner().work(old)
    shop.now += KEPT + timedelta(seconds=1)
    with shop.database.writing() as session:
        assert queue.forget(session, shop.now) == 1
    assert shop.due() == [waiting]

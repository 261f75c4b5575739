"""The process that does jobs is killed at random places: no job is lost, none has its effect twice."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from tests.webapp.jobs.conftest import Shop
from tests.webapp.watch.crash import run_killed
from webapp.database import Database
from webapp.services import failpoints
from webapp.services.jobs import queue
from webapp.services.jobs.queue import KILLED, LEASE, MAX_TRIES, State
from webapp.services.jobs.runner import Runner, Running
from webapp.tables.jobs import Job

KILLS = int(os.environ.get("MIANSHEN_SOAK_KILLS", "8"))
WRITE, COMMIT = "write", "commit"


def kinds_of(shop: Shop, database: Database, folder: Path) -> Runner:
    """Give a process that knows a kind whose effect is a file, and one whose effect is a commit."""

    def write(running: Running) -> dict[str, str]:
        # A second run finds what the first one left, and does not write it again.
        target = folder / f"{running.about['n']}.txt"
        failpoints.reach("jobs.done")
        with target.open("a") as file:
            file.write("x")
        if target.stat().st_size > 1:
            target.write_text("x")
        return {"file": target.name}

    def commit(running: Running) -> None:
        with database.writing() as session:
            queue.order(session, "note", f"effect:{running.id}:{running.holder}", {}, shop.now)
            failpoints.reach("jobs.done")
            running.finish(session)

    return Runner(database, {WRITE: write, COMMIT: commit}, lambda: shop.now, beat=60)


def test_killed_at_random_places(shop: Shop, tmp_path: Path) -> None:
    draw = random.Random(5)  # noqa: S311 (a seed must give the same again)
    url = shop.database.engine.url.render_as_string(hide_password=False)
    ordered: list[int] = []
    killed = 0
    while killed < KILLS:
        ordered += [shop.order(kind, n=len(ordered)) for kind in (WRITE, COMMIT)]

        def work() -> None:
            runner = kinds_of(shop, Database(url), tmp_path)
            with runner.database.reading() as session:
                found = queue.due(session, shop.now)
            for job in found:
                runner.work(job)

        killed += run_killed(work, failpoints.ANY, draw.randint(1, 9))
        shop.later(LEASE.total_seconds())
    runner = kinds_of(shop, shop.database, tmp_path)
    for job in ordered:
        runner.work(job)
    let_go_on(shop, ordered)
    for job in ordered:
        runner.work(job)
    check(shop, ordered, tmp_path)


def let_go_on(shop: Shop, ordered: list[int]) -> None:
    """Put back what was set aside: whoever is killed too often may be what kills, so people decide."""
    with shop.database.writing() as session:
        aside = select(Job).where(Job.id.in_(ordered), Job.state == State.FAILED)
        for job in session.scalars(aside).all():
            assert (job.failure, job.tries > MAX_TRIES) == (KILLED, True)
            assert queue.try_again(session, job.id, shop.now)


def check(shop: Shop, ordered: list[int], folder: Path) -> None:
    """Every job is done, and its effect is there exactly once."""
    with shop.database.reading() as session:
        states = Counter(session.scalars(select(Job.state).where(Job.id.in_(ordered))))
        effects = session.scalars(select(Job.key).where(Job.key.startswith("effect:"))).all()
        count = session.scalar(select(func.count()).where(Job.kind == COMMIT))
    assert states == {State.DONE: len(ordered)}
    assert len({key.split(":")[1] for key in effects}) == len(effects) == count
    assert [file.read_text() for file in folder.glob("*.txt")] == ["x"] * (len(ordered) // 2)

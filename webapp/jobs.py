"""What this installation does beside the requests: each kind of job with the service that does it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from webapp.database import retrying
from webapp.following import work as following
from webapp.services.batches.keeping import sweep
from webapp.services.batches.workshop import Workshop
from webapp.services.jobs.runner import Kind, Runner
from webapp.services.jobs.watching import WATCH, ask_look, ask_watch, watching
from webapp.services.watch.engine import EvaluateEngine
from webapp.services.watch.worker import Clock, Worker
from webapp.shared import Portal


def runner_of(shared: Portal) -> Runner:
    """Put together what does the jobs of an installation."""
    return Runner(
        shared.database, kinds_of(shared), shared.now, chores=[lambda now: chore(shared, now)]
    )


def kinds_of(shared: Portal) -> Mapping[str, Kind]:
    """Give every kind of job by its name."""

    def worker() -> Worker:
        catalogue = shared.casework.prover.catalogue
        # durable_rules wants a thread of its own, which only `mianshen watch` gives it.
        clock = Clock(shared.now, shared.today)
        return Worker(shared.casework, lambda: EvaluateEngine(catalogue), clock)

    workshop = Workshop(
        shared.database,
        shared.catalogue,
        shared.casework.prover.rules,
        shared.data,
        shared.columns,
        shared.texts,
        shared.bell.ring,
        shared.now,
    )
    return {WATCH: watching(worker), **workshop.kinds(), **following.kinds(shared)}


def chore(shared: Portal, now: datetime) -> None:
    """Do what nobody asks for: a new day, new rules, changes that wait, registries after their time."""

    def unit() -> None:
        with shared.database.writing() as session:
            ask_look(session, shared.today(), shared.catalogue.version, now)
            ask_watch(session, now)
            following.ask(session, shared, now)

    retrying(unit)
    sweep(shared.database, shared.data, now)

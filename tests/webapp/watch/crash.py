"""Killing the worker and the import at random places, in processes of their own, and what must hold then."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sqlalchemy import func, select

from tests.webapp.watch.conftest import LASTS, Watching, random_facts
from webapp.database import Database
from webapp.services import failpoints
from webapp.services.audit.verify import Signer, verify
from webapp.services.registry.facts import known, profile_from
from webapp.services.watch.engine import Engine
from webapp.services.watch.worker import Clock, Worker
from webapp.tables.cases import CaseEvent, CaseRow
from webapp.tables.watch import InboxEvent, Sweep

_FORK = multiprocessing.get_context("fork")
CHANGES: tuple[dict[str, Any], ...] = (
    {"资质": {"高新技术企业": "没有"}},
    {"信用名单": {"失信被执行人": "是"}},
    {"信用名单": {"失信被执行人": "没有"}},
    {"外省县区": "龙岗区"},
)


@dataclass
class Outcome:
    """How often a process was killed, and how often it came to its end."""

    killed: int = 0
    ended: int = 0


def run_killed(job: Callable[[], None], place: str, count: int) -> bool:
    """Run a job in a process that dies at a failpoint; say whether it died."""

    def child() -> None:
        failpoints.arm({place: count})
        job()
        os._exit(0)  # no clean-up of what the parent owns

    process = _FORK.Process(target=child)
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0


def work_killed(
    watching: Watching, make_engine: Callable[[], Engine], kills: int, seed: int
) -> Outcome:
    """Let companies change and kill the worker at random places, until so many were killed."""
    draw = random.Random(seed)  # noqa: S311 (a seed must give the same again)
    companies = [watching.company(random_facts(seed * 1000 + n)) for n in range(12)]
    outcome, url = Outcome(), watching.office.work.database.engine.url
    while outcome.killed < kills:
        for company in draw.sample(companies, 3):
            watching.later(seconds=1)
            watching.learn(company, draw.choice(CHANGES))
        if draw.random() < 0.2:
            watching.later(1)
        # The lease of the one that was killed runs out before the next begins.
        watching.office.now += LASTS

        def job() -> None:
            database = Database(url.render_as_string(hide_password=False))
            clock = Clock(lambda: watching.office.now, lambda: watching.office.today)
            work = replace(watching.office.work, database=database)
            Worker(work, make_engine, clock).drain()

        died = run_killed(job, failpoints.ANY, draw.randint(1, 40))
        outcome.killed += died
        outcome.ended += not died
    watching.office.now += LASTS
    assert watching.worker().drain()
    return outcome


def check(watching: Watching) -> None:
    """Nothing is lost, nothing happened twice, the audit chain is whole."""
    work, today = watching.office.work, watching.office.today
    with work.database.reading() as session:
        waiting = select(func.count()).where(InboxEvent.done_at.is_(None))
        assert session.scalar(waiting) == 0
        assert session.scalars(select(Sweep).where(Sweep.done_at.is_(None))).all() == []
        assert verify(session, Signer(b"k" * 32)).flaws == ()
        rows = session.scalars(select(CaseRow)).all()
        _check_history(session, rows)
        engine = watching._engine("evaluate")
        vocabulary = work.prover.catalogue.vocabulary
        by_company: dict[int, dict[str, str]] = {}
        for row in rows:
            by_company.setdefault(row.company_id, {})[row.measure_id] = row.state
        for company in session.scalars(select(InboxEvent.company_id).distinct()):
            profile = profile_from(known(session, company, today), vocabulary, today)
            for measure in engine.met(profile.attested(), today):
                proof = work.prover.prove(session, company, measure, today)
                if proof is not None and proof.automatic:
                    assert measure in by_company.get(company, {})
            for measure, state in by_company.get(company, {}).items():
                proof = work.prover.prove(session, company, measure, today)
                if proof is None or not proof.automatic:
                    assert state in ("suspended", "expired"), state


def _check_history(session: Any, rows: Any) -> None:
    """Every case was opened once, and each move begins where the one before ended."""
    for row in rows:
        events = session.scalars(
            select(CaseEvent).where(CaseEvent.case_id == row.id).order_by(CaseEvent.place)
        ).all()
        assert [event.place for event in events] == list(range(1, len(events) + 1))
        assert [event.action for event in events].count("open") == 1
        assert row.version == len(events)
        for before, after in pairwise(events):
            assert after.before == before.after
        assert events[-1].after == row.state

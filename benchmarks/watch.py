"""Measures the watch's look at everybody after a change of the rules: rows and a database in, companies a second out.

    python -m benchmarks.watch 3000 sqlite:////tmp/watch.sqlite3

The database must be empty, or filled by an earlier run. Companies come with what departments keep of them
(`seeds.registry`); a first look opens their cases. Then the rules are said to be new, and everybody is looked at.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
from sqlalchemy import func, select, update

from benchmarks.facts import DAY, REGISTRAR, SEED
from matcher.catalogue import Catalogue, load
from matcher.locations import rules_folder
from seeds.columns import CODE, columns
from seeds.distributions import shipped
from seeds.registry import tables
from webapp.casework import office
from webapp.database import Database
from webapp.services.cases.moves import Casework
from webapp.services.people.roles import SYSTEM
from webapp.services.registry.imports import take
from webapp.services.registry.sending import Office, Sending
from webapp.services.watch import sweeps
from webapp.services.watch.engine import EvaluateEngine
from webapp.services.watch.worker import Clock, Worker
from webapp.tables.cases import CaseRow
from webapp.tables.registry import CompanyRow, FactRow
from webapp.tables.watch import InboxEvent

TODAY = date(2026, 11, 23)


def fill(work: Casework, rows: int) -> None:
    """Put companies in, and what each department keeps of them."""
    work.database.upgrade()
    told = pl.concat(pl.DataFrame(table) for table in tables(rows, SEED))
    words = work.prover.catalogue.vocabulary
    kept: dict[str, list[str]] = {}
    for column in columns(shipped()):
        custodian, attestable = words.custodian(column.attribute, column.member)
        if attestable and column.header != CODE:
            kept.setdefault(custodian, []).append(column.header)
    receiving = Office(work.database, work.sealer, work.prover.catalogue, work.prover.rules)
    with tempfile.TemporaryDirectory() as folder:
        # Whoever keeps the register comes first: the others' companies must be known.
        for custodian in sorted(kept, key=lambda one: one != REGISTRAR):
            path = Path(folder) / f"{custodian}.parquet"
            told.select(CODE, *kept[custodian]).write_parquet(path)
            sending = Sending(path, custodian, DAY, registers=custodian == REGISTRAR)
            take(receiving, sending, SYSTEM, lambda _: None, lambda: datetime.now(UTC), TODAY)
    with work.database.writing() as session:  # the first look of all is a look at everybody too
        session.execute(update(InboxEvent).values(done_at=datetime.now(UTC)))


def drained(work: Casework, catalogue: Catalogue) -> None:
    """Work until nothing waits, and print how fast."""
    clock = Clock(lambda: datetime.now(UTC), lambda: TODAY)
    worker = Worker(work, lambda: EvaluateEngine(catalogue), clock)
    begun, spent = time.perf_counter(), time.process_time()
    worker.drain()
    wall, own = time.perf_counter() - begun, time.process_time() - spent
    with work.database.reading() as session:
        every = session.scalar(select(func.count()).select_from(CompanyRow)) or 0
        facts = session.scalar(select(func.count()).select_from(FactRow)) or 0
        cases = session.scalar(select(func.count()).select_from(CaseRow)) or 0
    print(
        f"{every / wall:8.0f} companies/s {wall:7.1f} s, own processor time {own:6.1f} s; {every} companies, "
        f"{facts} facts, {cases} cases; {worker.tally}",
        flush=True,
    )


def main() -> None:
    """Fill, look, print."""
    rows, url = int(sys.argv[1]), sys.argv[2]
    database, catalogue = Database(url), load(rules_folder())
    with tempfile.TemporaryDirectory() as folder:
        work = office(database, catalogue, rules_folder(), "k" * 32, Path(folder))
        if database.revision() is None:
            fill(work, rows)
            drained(work, catalogue)
        with database.writing() as session:
            sweeps.begin_rules(session, f"new {datetime.now(UTC):%H%M%S}", datetime.now(UTC))
        drained(work, catalogue)


if __name__ == "__main__":
    main()

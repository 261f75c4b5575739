"""Measures taking over departments' files on a synthetic registry: rows and a database in, rows a second out.

    python -m benchmarks.facts 20000 sqlite:////tmp/facts.sqlite3
    python -m benchmarks.facts 20000 postgresql+psycopg://postgres@127.0.0.1:5432/facts

The database must be empty. Four Parquet files come one after the other: new companies with place and day of
founding, what one department keeps of them, the same again a day later, and all columns from another one, which
keeps few of them and reports the rest.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from matcher.catalogue import Catalogue, load
from matcher.locations import rules_folder
from seeds.columns import CODE, NAME, columns
from seeds.distributions import shipped
from seeds.registry import tables
from webapp.database import Database
from webapp.services.audit.chain import Sealer
from webapp.services.people.roles import SYSTEM
from webapp.services.registry.imports import take
from webapp.services.registry.reading import RowFault
from webapp.services.registry.sending import Office, Sending

SEED = 7
REGISTRAR, KEEPER, REPORTER = "市场监管局", "税务局", "工信局"
REGISTERED = ("注册地", "成立日期")
DAY = date(2026, 11, 20)


def files(told: pl.DataFrame, catalogue: Catalogue, folder: Path) -> Iterator[Sending]:
    """Write what departments send, one file after the other."""
    words = catalogue.vocabulary
    path = folder / "new.parquet"
    told.select(CODE, NAME, *REGISTERED).write_parquet(path)
    yield Sending(path, REGISTRAR, DAY, registers=True)
    kept = [
        column.header
        for column in columns(shipped())
        if words.custodian(column.attribute, column.member) == (KEEPER, True)
    ]
    narrow = told.select(CODE, NAME, *kept)
    for name, day in (("kept", DAY), ("kept again", DAY + timedelta(days=1))):
        path = folder / f"{name}.parquet"
        # The same bytes count once, so the second file has its rows in another order.
        (narrow if day == DAY else narrow.reverse()).write_parquet(path)
        yield Sending(path, KEEPER, day)
    path = folder / "wide.parquet"
    told.write_parquet(path)
    yield Sending(path, REPORTER, DAY)


def take_over(office: Office, sending: Sending, rows: int) -> None:
    """Take a file over and print how fast that was."""
    faults: list[RowFault] = []
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731
    begun, spent = time.perf_counter(), time.process_time()
    report = take(office, sending, SYSTEM, faults.append, clock, DAY + timedelta(days=2))
    wall, own = time.perf_counter() - begun, time.process_time() - spent
    learned = report.learned
    print(
        f"{sending.path.stem:11} {rows / wall:8.0f} rows/s {wall:7.1f} s, own processor time {own:6.1f} s; "
        f"{report.accepted} accepted, {report.rejected} rejected, {learned.new} new, {learned.same} the same, "
        f"{learned.conflicts} disagree",
        flush=True,
    )


def main() -> None:
    """Fill, take over, print."""
    rows, url = int(sys.argv[1]), sys.argv[2]
    database, catalogue = Database(url), load(rules_folder())
    told = pl.concat(pl.DataFrame(table) for table in tables(rows, SEED))
    database.upgrade()
    office = Office(database, Sealer(b"k" * 32), catalogue, rules_folder())
    with tempfile.TemporaryDirectory() as folder:
        for sending in files(told, catalogue, Path(folder)):
            take_over(office, sending, rows)


if __name__ == "__main__":
    main()

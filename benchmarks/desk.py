"""Measures the desk's company search on a synthetic registry: rows and a database in, p95 out.

    python -m benchmarks.desk 200000 sqlite:////tmp/desk.sqlite3
    python -m benchmarks.desk 200000 postgresql+psycopg://postgres@127.0.0.1:5432/desk

An empty database is filled first with `rows` companies of `seeds.registry`, a tenth of which have
an earlier name. Queries are names, parts of them, initials, codes, former names and words without a hit.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from statistics import median
from typing import Any

from sqlalchemy import insert, select, text

from seeds.registry import tables
from webapp.database import Database
from webapp.services.desk.search import search
from webapp.services.registry.companies import fold_name, initials_of
from webapp.tables.registry import CompanyName, CompanyRow

SEED = 7
EACH = 40
"""Queries of each kind."""
PIECE = 10_000
BEFORE_PIECES = "0009"
"""The migration before the one that takes names apart."""


def fill(database: Database, rows: int) -> list[tuple[str, str]]:
    """Fill the registry; gives codes and names. The migration makes the pieces of all names at once."""
    database.upgrade()
    database.downgrade(BEFORE_PIECES)
    now, told = datetime.now(UTC), []
    counties = ("340102", "340103", "340104", "340111", "341602")
    for table in tables(rows, SEED):
        columns = [table.column(place).to_pylist() for place in (0, 1)]
        told += list(zip(*columns, strict=True))
    for first in range(0, len(told), PIECE):
        companies, names = [], []
        for number, (code, name) in enumerate(told[first : first + PIECE], first + 1):
            region = counties[number % len(counties)]
            companies.append(
                {"id": number, "code": code, "name": name, "region": region, "created_at": now}
            )
            names += list(_names(number, name))
        with database.writing() as session:
            session.execute(insert(CompanyRow), companies)
            session.execute(insert(CompanyName), names)
    begun = time.perf_counter()
    database.upgrade()
    print(f"pieces of the names made in {time.perf_counter() - begun:.0f} s")
    tidy = "ANALYZE" if database.embedded else "VACUUM ANALYZE"
    with database.engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        alone.execute(text("SET statement_timeout = 0")) if not database.embedded else None
        alone.execute(text(tidy))
    return told


def _kept(database: Database) -> list[tuple[str, str]]:
    """Give codes and names of a registry that an earlier run filled."""
    with database.reading() as session:
        rows = session.execute(select(CompanyRow.code, CompanyRow.name).order_by(CompanyRow.id))
        return [(code, name) for code, name in rows]


def _names(number: int, name: str) -> Iterator[dict[str, Any]]:
    every = [(name, None)] + ([(f"旧{name}", date(2020, 1, 1))] if number % 10 == 0 else [])
    for one, until in every:
        yield {
            "company_id": number,
            "name": one,
            "folded": fold_name(one),
            "initials": initials_of(one),
            "until": until,
        }


def queries(told: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Give what people type, by kind."""
    chance = random.Random(SEED)
    chosen = [chance.choice(told) for _ in range(EACH)]
    return {
        "whole name": [name for _, name in chosen],
        "part of a name": [name[2:6] for _, name in chosen],
        "two characters": [name[2:4] for _, name in chosen],
        "initials": [initials_of(name)[:6] for _, name in chosen],
        "code": [f"{code[:8]} {code[8:].lower()}" for code, _ in chosen],
        "former name": [f"旧{name[:6]}" for _, name in chosen],
        "no hit": [f"查无{number}此家" for number in range(EACH)],
        "every company": ["有限公司"] * EACH,
    }


def main() -> None:
    """Fill, measure, print."""
    rows, url = int(sys.argv[1]), sys.argv[2]
    database = Database(url)
    told = fill(database, rows) if database.revision() is None else _kept(database)
    every: list[float] = []
    spent = time.process_time()
    for kind, words in queries(told).items():
        taken = []
        for one in words:
            begun = time.perf_counter()
            with database.reading() as session:
                search(session, one)
            taken.append((time.perf_counter() - begun) * 1000)
        every += taken
        print(f"{kind:16} median {median(taken):7.1f} ms  p95 {_p95(taken):7.1f} ms")
    mean = (time.process_time() - spent) * 1000 / len(every)
    print(f"{'all':16} median {median(every):7.1f} ms  p95 {_p95(every):7.1f} ms")
    print(f"processor time of this process: {mean:.1f} ms a search")


def _p95(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95)]


if __name__ == "__main__":
    main()

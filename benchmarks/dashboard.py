"""Measures the dashboards of a whole registry: companies and a folder in, milliseconds a page's figures out.

    python -m benchmarks.dashboard 2000000 /var/tmp/dashboard

A folder that is empty or missing is filled first: a synthetic registry is matched and its outcomes are counted, as
the desk's jobs do it. A folder that holds a finished run is measured as it is. Each figure is asked for over
everything, one place, and one place and section; drawing and templates are not in it.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from matcher.catalogue import Catalogue, load
from matcher.holdings import Holdings
from matcher.locations import rules_folder
from matcher.registry.batch import Progress, Request, run
from matcher.registry.engines import PolarsEngine
from matcher.registry.runs import REPORT
from seeds.registry import mapping_yaml, tables
from webapp.services.dashboard import reach
from webapp.services.dashboard.browse import PAGE, Browser
from webapp.services.dashboard.cube import CODES, FOLDER, write_aggregates
from webapp.services.dashboard.figures import exactly
from webapp.services.dashboard.lookup import outcomes, rows_of
from webapp.services.dashboard.stored import Scope, Stored

SEED, MISSING, AS_OF = 7, 20, date(2025, 9, 1)
TIMES = 9
CASES = 20_000
"""Cases that the funnel looks up in the run."""


def fill(rows: int, folder: Path, catalogue: Catalogue) -> None:
    """Match a synthetic registry, its mapping beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    source, mapping = folder / "registry.parquet", folder / "mapping.yaml"
    blocks = tables(rows, SEED, MISSING)
    first = next(blocks)
    with pq.ParquetWriter(source, first.schema) as writer:
        writer.write_table(first)
        for block in blocks:
            writer.write_table(block)
    mapping.write_text(mapping_yaml(), encoding="utf-8")
    request = Request(str(source), folder / "out", AS_OF, mapping=mapping, with_open=True)
    holdings = Holdings(folder / "holdings")
    run(request, catalogue, rules_folder(), holdings, PolarsEngine, Progress())


def count(out: Path, catalogue: Catalogue) -> None:
    """Count the outcomes of a run, and print what that takes."""
    begun, spent = time.perf_counter(), time.process_time()
    write_aggregates(out, catalogue)
    wall, own = time.perf_counter() - begun, time.process_time() - spent
    size = sum(path.stat().st_size for path in (out / FOLDER).iterdir()) / 2**20
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"counted in {wall:.1f} s, own processor time {own:.1f} s, {size:.0f} MiB, peak {most:.0f} MiB"
    )


def timed(name: str, work: Callable[[], Any]) -> None:
    """Print how long some work takes, the first time and then."""
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    print(f"{name:44} first {taken[0]:7.1f} ms  median {median(taken[1:]):7.1f} ms")


def measure(stored: Stored) -> None:
    """Time the figures of every page."""
    county = max(range(len(stored.counties) - 1), key=lambda n: _companies(stored, Scope(n)))
    scopes = {"all": Scope(), "a place": Scope(county), "a place and section": Scope(county, 2)}
    for said, scope in scopes.items():
        for figure in (reach.by_county, reach.by_section, reach.by_measure, reach.matrix):
            timed(f"{figure.__name__}, {said}", lambda f=figure, s=scope: f(stored, s, exactly))  # type: ignore[misc]
        timed(f"titles, {said}", lambda s=scope: reach.titles(stored, s, exactly))  # type: ignore[misc]
        timed(f"gaps, {said}", lambda s=scope: reach.gaps(stored, s, exactly))  # type: ignore[misc]
    place = stored.counties[county]
    for chosen in ({}, {"verdict": ("met",)}, {"delivery": ("automatic",), "county": (place,)}):
        browser = Browser(stored, chosen)
        last = -(-browser.total(exactly).n // PAGE)
        timed(f"facets {chosen}", lambda b=browser: b.facets(exactly))  # type: ignore[misc]
        for number in (1, max(1, last // 2), last):
            timed(f"page {number:,} of {last:,}", lambda b=browser, n=number: b.lines(n))  # type: ignore[misc]
    _funnel(stored)


def _companies(stored: Stored, scope: Scope) -> int:
    return reach.whole(stored, scope, exactly).companies.n


def _funnel(stored: Stored) -> None:
    """Time what a funnel asks of the index where a case has moved."""
    every = np.load(stored.folder / CODES, mmap_mode="r")
    rows = random.Random(SEED).sample(range(len(every)), min(CASES, len(every)))
    codes = [every[row].decode() for row in rows]

    def looked_up() -> None:
        found = rows_of(stored, codes)
        for number in range(10):
            outcomes(stored, number)[found]

    timed(f"{len(codes):,} cases of ten measures looked up", looked_up)


def main() -> None:
    """Fill, count, measure."""
    rows, folder = int(sys.argv[1]), Path(sys.argv[2])
    catalogue = load(rules_folder())
    if not (folder / "out" / REPORT).exists():
        fill(rows, folder, catalogue)
    count(folder / "out", catalogue)
    stored = Stored.of(folder / "out")
    if stored is not None:
        print(f"{stored.about['companies']:,} companies, {len(stored.measures)} measures")
        measure(stored)


if __name__ == "__main__":
    main()

"""How fast whole registries are matched: python benchmarks/registry.py --rows 1000000 [--json FILE].

Makes a synthetic registry, runs `mianshen batch` as a process for each engine, then takes evaluation apart
on the facts table which that left. Ratios within one run mean something where its seconds do not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from telling import draw, print_table

AS_OF = "2025-09-01"
SEED = 7
LARGE = 10_000_000
SPARK_ROWS = 100_000  # its driver holds every row of an answer at once
CORES = 2
BATCH_ENGINES = ("polars", "duckdb", "spark")
OTHERS = ("zen", "durable")
PROGRAM = "from webapp.cli import main; main()"
Figures = dict[str, Any]


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Time `mianshen batch` and its parts.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="companies")
    parser.add_argument("--engines", default=",".join((*BATCH_ENGINES, *OTHERS)))
    parser.add_argument("--slice", type=int, default=20_000, help="companies for other engines")
    parser.add_argument("--rounds", type=int, default=2, help="the best of so many counts")
    parser.add_argument("--large", action="store_true", help=f"also {LARGE:,} rows with Polars")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as data")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the growth")
    given = parser.parse_args()
    given.engines = given.engines.split(",")
    unknown = set(given.engines) - {*BATCH_ENGINES, *OTHERS}
    if unknown or "polars" not in given.engines or given.rows < 100:
        parser.error("engines: polars and any of duckdb,spark,zen,durable; rows: 100 or more")
    return given


def main() -> None:
    """Measure, print the table and write what was asked for."""
    given = options()
    with tempfile.TemporaryDirectory(prefix="registry-") as folder:
        figures = measure(given, Path(folder))
    print_table(figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False), "utf-8")
    if given.plot:
        draw(figures, given.plot)


def measure(given: argparse.Namespace, folder: Path) -> Figures:
    """Take all figures of one run."""
    figures: Figures = {"rows": given.rows, "python": sys.version.split()[0], "load": _load()}
    # Processes come first: a child's peak memory counts what its parent had when it was started.
    source, figures["generate"] = generate(given.rows, folder)
    figures["processes"] = {}
    for engine in BATCH_ENGINES:
        if engine in given.engines:
            _say(f"mianshen batch --engine {engine}")
            figures["processes"][engine] = batch(source, folder / f"out-{engine}", engine)
    if given.large:
        large, _ = generate(LARGE, folder)
        _say(f"mianshen batch, {LARGE:,} rows")
        figures["large_rows"] = LARGE
        figures["large"] = batch(large, folder / "out-large", "polars")
    run = Run.of(folder / "out-polars")
    met = {name: one["met"] for name, one in figures["processes"].items()}
    assert len(set(met.values())) == 1, f"the engines disagree: {met}"
    figures |= evaluations(run, folder, given.engines, met["polars"])
    if "spark" in given.engines:
        figures["spark"] = spark(run, folder)
    figures["growth"] = growth(run, folder, given.rounds)
    figures["beside"] = beside(run, folder, given)
    return figures


def _load() -> float:
    return round(os.getloadavg()[0], 2)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# --- processes -----------------------------------------------------------------------------------


def timed_process(arguments: list[str]) -> tuple[float, float]:
    """Run `mianshen` with these arguments; give seconds and its own peak memory in megabytes."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"mianshen {' '.join(arguments)}: {said[-2000:]}")
    return round(time.perf_counter() - began, 2), round(usage.ru_maxrss / 1024)


def generate(rows: int, folder: Path) -> tuple[Path, float]:
    """Make a registry and its mapping."""
    file = folder / f"{rows}.parquet"
    made = ["--rows", str(rows), "--seed", str(SEED), "-o", str(file)]
    seconds, _ = timed_process(["seed", "registry", *made, "--mapping", str(folder / "map.yaml")])
    return file, seconds


def batch(source: Path, out: Path, engine: str) -> Figures:
    """Run one engine from file to findings."""
    arguments = ["batch", "run", str(source), "--mapping", str(source.parent / "map.yaml")]
    arguments += ["-o", str(out), "--as-of", AS_OF, "--engine", engine]
    if engine == "spark":
        arguments += ["--spark-master", f"local[{CORES}]"]
    load = _load()
    seconds, megabytes = timed_process(arguments)
    report = json.loads((out / "run.json").read_text("utf-8"))
    return {
        "seconds": seconds,
        "peak_mb": megabytes,
        "steps": report["seconds"],
        "load": load,
        "met": report["counts"]["met"],
        "open": report["counts"]["open"],
        "findings_mb": round((out / "findings.parquet").stat().st_size / 1e6, 1),
    }


# --- inside one process --------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """The facts table of a finished run, and the rules to judge it by."""

    catalogue: Any
    layout: Any
    parts: list[Path]
    rows: int

    @classmethod
    def of(cls, folder: Path) -> Run:
        """Read what a run left behind."""
        import polars as pl

        from matcher.catalogue import load
        from matcher.locations import rules_folder
        from matcher.registry.batch import layout_of

        parts = sorted((folder / "facts").glob("*.arrow"))
        rows = pl.scan_ipc(parts).select(pl.len()).collect().item()
        return cls(load(rules_folder()), layout_of(folder), parts, rows)

    @property
    def as_of(self) -> date:
        """The day of all runs."""
        return date.fromisoformat(AS_OF)

    def program(self, measures: int | None = None) -> Any:
        """Write the first measures, or all, as one expression."""
        from matcher.finding import in_force
        from matcher.registry.outcomes import program

        chosen = in_force(self.catalogue, self.as_of)[:measures]
        return program(self.catalogue, chosen, self.layout, self.as_of)

    def head(self, rows: int, folder: Path) -> Path:
        """Write the first rows to a file of their own."""
        import polars as pl

        file = folder / f"head-{rows}.arrow"
        pl.scan_ipc(self.parts).head(rows).sink_ipc(file)
        return file


def columns_of(expression: Any) -> list[str]:
    """List the columns of the facts table that an expression reads."""
    from ibis.expr import operations

    fields = expression.op().find(operations.Field)
    return sorted({x.name for x in fields if isinstance(x.rel, operations.UnboundTable)})


def engine_of(name: str) -> Any:
    """Make an engine."""
    from matcher.registry import engines

    if name == "spark":
        return engines.SparkEngine(f"local[{CORES}]")
    return {"polars": engines.PolarsEngine, "duckdb": engines.DuckDBEngine}[name]()


def scan(parts: list[Path], columns: list[str]) -> float:
    """Time reading every value of some columns: finds the largest of each."""
    import polars as pl

    # What is missing is counted in the files themselves: asking for that would read no value.
    largest = pl.scan_ipc(parts).select(pl.col(columns).max())
    return timed(lambda: largest.collect(engine="streaming"))


def scan_parquet(run: Run, folder: Path, columns: list[str]) -> float:
    """Time reading the same columns from a Parquet file, as a registry usually comes."""
    import polars as pl

    file = folder / "facts.parquet"
    pl.scan_ipc(run.parts).sink_parquet(file, compression="lz4")
    largest = pl.scan_parquet(file).select(pl.col(columns).max())
    return min(timed(lambda: largest.collect(engine="streaming")) for _ in range(3))


def timed(call: Callable[[], object]) -> float:
    """Time one call."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def drain(batches: Iterator[Any]) -> None:
    """Take all batches and keep none."""
    for _ in batches:
        pass


def met_by_measure(batches: Iterator[Any], asked: Any) -> dict[str, int]:
    """Count the companies that meet each measure."""
    import polars as pl

    from matcher.registry.outcomes import AUTOMATIC, MET

    counts = dict.fromkeys((one.measure.id for one in asked), 0)
    names = [one.column for one in asked]
    for frame in batches:
        met = frame.select(pl.col(names).is_in([MET, AUTOMATIC]).sum()).row(0)
        for one, count in zip(asked, met, strict=True):
            counts[one.measure.id] += count
    return counts


def planning(run: Run, folder: Path, name: str, written: Any) -> float:
    """Time what an engine does whatever the rows: the whole expression on a hundred of them."""
    with engine_of(name) as engine:
        engine.load([run.head(100, folder)], run.layout.columns(run.catalogue.vocabulary))
        return min(timed(lambda: drain(engine.rows(written.expression))) for _ in range(3))


def evaluations(run: Run, folder: Path, engines: list[str], met: int) -> Figures:
    """Time evaluation alone, after one pass that counts and warms the file cache."""
    written = run.program()
    columns = columns_of(written.expression)
    scan(run.parts, columns)
    figures: Figures = {"columns": len(columns), "measures": len(written.asked), "evaluation": {}}
    figures["scan"] = min(scan(run.parts, columns) for _ in range(3))
    figures["scan_parquet"] = scan_parquet(run, folder, columns)
    types = run.layout.columns(run.catalogue.vocabulary)
    for name in BATCH_ENGINES:
        if name not in engines or name == "spark":
            continue
        _say(f"evaluation alone: {name}")
        with engine_of(name) as engine:
            engine.load(run.parts, types)
            counts = met_by_measure(engine.rows(written.expression), written.asked)
            assert sum(counts.values()) == met, f"{name}: {sum(counts.values())}, not {met}"
            seconds = timed(lambda e=engine: drain(e.rows(written.expression)))
        figures["evaluation"][name] = {
            "seconds": seconds,
            "planning": planning(run, folder, name, written),
            "times_scan": seconds / figures["scan"],
            "per_second": run.rows / seconds,
        }
    return figures


def spark(run: Run, folder: Path) -> Figures:
    """Time Spark on fewer companies, with the scan and Polars on the same."""
    _say("evaluation alone: spark")
    rows = min(SPARK_ROWS, run.rows)
    file, written = run.head(rows, folder), run.program()
    columns = columns_of(written.expression)
    figures: Figures = {"rows": rows, "scan": min(scan([file], columns) for _ in range(3))}
    met = []
    for name in ("polars", "spark"):
        with engine_of(name) as engine:
            engine.load([file], run.layout.columns(run.catalogue.vocabulary))
            met.append(met_by_measure(engine.rows(written.expression), written.asked))
            figures[name] = timed(lambda e=engine: drain(e.rows(written.expression)))
    assert met[0] == met[1], "Spark and Polars disagree"
    return figures


def evaluate(run: Run, file: Path, written: Any, rounds: int) -> float:
    """Time Polars on one file, the best of some rounds."""
    with engine_of("polars") as engine:
        engine.load([file], run.layout.columns(run.catalogue.vocabulary))
        return min(timed(lambda: drain(engine.rows(written.expression))) for _ in range(rounds))


def growth(run: Run, folder: Path, rounds: int) -> Figures:
    """Time Polars on more and more rows, and on more and more measures."""
    _say("growth")
    whole = run.program()
    sizes = [run.rows // 10, run.rows * 3 // 10, run.rows]
    rows = {size: evaluate(run, run.head(size, folder), whole, rounds) for size in sizes}
    every = len(whole.asked)
    some = run.head(sizes[1], folder)
    measures = {
        count: evaluate(run, some, run.program(count), rounds)
        for count in (every // 4, every // 2, every * 3 // 4, every)
    }
    return {"rows": rows, "measures": measures, "measures_on_rows": sizes[1]}


def beside(run: Run, folder: Path, given: argparse.Namespace) -> Figures:
    """Time other engines on a slice, with Polars on the same slice."""
    from beside import Slice, compared, numpy_figures

    from matcher.finding import in_force

    _say("other engines")
    written = run.program()
    columns = tuple(columns_of(written.expression))
    measures = tuple(in_force(run.catalogue, run.as_of))

    def slice_of(rows: int) -> tuple[Slice, dict[str, int], float]:
        file = run.head(rows, folder)
        with engine_of("polars") as engine:
            engine.load([file], run.layout.columns(run.catalogue.vocabulary))
            met = met_by_measure(engine.rows(written.expression), written.asked)
        seconds = evaluate(run, file, written, given.rounds)
        part = Slice(file, columns, rows, run.catalogue, measures, run.layout, run.as_of)
        return part, met, seconds

    part, met, seconds = slice_of(min(given.slice, run.rows))
    figures: Figures = {"companies": part.companies}
    figures["polars"] = {"seconds": seconds, "per_second": part.companies / seconds}
    figures |= compared(part, met, given.engines)
    part, met, seconds = slice_of(run.rows * 3 // 10)
    numpy = numpy_figures(part, met)
    figures["numpy_larger"] = numpy | {"companies": part.companies, "polars_seconds": seconds}
    return figures


if __name__ == "__main__":
    main()

"""The benchmark of whole registries runs, and its engines come to the same findings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "registry.py"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False
    )


def test_a_small_run(tmp_path: Path) -> None:
    """Unequal met counts would stop the run, NumPy's among them."""
    file, plot = tmp_path / "figures.json", tmp_path / "growth.svg"
    asked = ("--rows", "500", "--slice", "100", "--rounds", "1", "--engines", "polars,duckdb")
    done = run(*asked, "--json", str(file), "--plot", str(plot))
    assert done.returncode == 0, done.stderr

    figures = json.loads(file.read_text("utf-8"))
    assert set(figures["processes"]) == set(figures["evaluation"]) == {"polars", "duckdb"}
    assert figures["processes"]["polars"]["met"] > 0
    assert figures["beside"]["numpy"]["measures"] == figures["measures"]
    assert "zen" not in figures["beside"]
    assert "| duckdb |" in done.stdout
    assert "<script" not in plot.read_text("utf-8")


def test_an_engine_that_is_none() -> None:
    done = run("--engines", "polars,abacus")
    assert done.returncode == 2
    assert "engines: polars and any of" in done.stderr

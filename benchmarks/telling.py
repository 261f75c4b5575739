"""The figures of a run of `registry.py` as Markdown tables and as one drawing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

Figures = dict[str, Any]


def print_table(figures: Figures) -> None:
    """Print the figures as Markdown tables."""
    print(
        f"{figures['rows']:,} companies, {figures['measures']} measures; load {figures['load']}\n"
    )
    print("| process | seconds | peak MB | steps |\n| --- | --- | --- | --- |")
    processes = dict(figures["processes"])
    if "large" in figures:
        processes[f"polars, {figures['large_rows']:,} rows"] = figures["large"]
    for name, one in processes.items():
        steps = ", ".join(f"{step} {seconds}" for step, seconds in one["steps"].items())
        print(f"| {name} | {one['seconds']} | {one['peak_mb']} | {steps} |")
    print_evaluation(figures)
    print_growth(figures["growth"])
    print_beside(figures["beside"])


def print_evaluation(figures: Figures) -> None:
    """Print evaluation beside the scans; what remains without planning is the work on the rows."""
    scan, parquet = figures["scan"], figures["scan_parquet"]
    print("\n| evaluation alone | seconds | planning | rest, times the scan | times Parquet's |")
    print("| --- | --- | --- | --- | --- |")
    print(f"| scan of {figures['columns']} columns | {scan:.2f} | – | 1 | {scan / parquet:.1f} |")
    print(f"| the same from Parquet | {parquet:.2f} | – | {parquet / scan:.1f} | 1 |")
    for name, one in figures["evaluation"].items():
        rest = one["seconds"] - one["planning"]
        print(
            f"| {name} | {one['seconds']:.2f} | {one['planning']:.2f} "
            f"| {rest / scan:.1f} | {rest / parquet:.1f} |"
        )
    if "spark" in figures:
        one = figures["spark"]
        print(f"| spark, {one['rows']:,} rows | {one['spark']:.2f} | – | – | – |")


def print_growth(grown: Figures) -> None:
    """Print how time grows."""
    print("\n| growth | seconds | each |\n| --- | --- | --- |")
    for rows, seconds in grown["rows"].items():
        print(f"| {rows:,} rows | {seconds:.2f} | {seconds / rows * 1e6:.2f} µs a row |")
    for count, seconds in grown["measures"].items():
        print(f"| {count} measures | {seconds:.2f} | {seconds / count * 1e3:.2f} ms a measure |")


def print_beside(figures: Figures) -> None:
    """Print other engines beside Polars on the same companies."""
    print(f"\n| on {figures['companies']:,} companies | companies/s | times Polars' seconds |")
    print("| --- | --- | --- |")
    ours = figures["polars"]["seconds"]
    for name, one in figures.items():
        if isinstance(one, dict) and "per_second" in one and name != "numpy_larger":
            print(f"| {name} | {one['per_second']:,.0f} | {one['seconds'] / ours:.2f} |")
    larger = figures["numpy_larger"]
    ratio = larger["seconds"] / larger["polars_seconds"]
    print(f"| numpy, {larger['companies']:,} | {larger['per_second']:,.0f} | {ratio:.2f} |")


def draw(figures: Figures, file: Path) -> None:
    """Draw time over rows and over measures, each as a share of the whole."""
    from pygal import XY, Config

    config = Config(width=640, height=360, js=[], no_prefix=True, legend_at_bottom=True)
    config.x_title, config.y_title = "share of rows or measures, %", "share of the time, %"
    config.title = "Evaluation with Polars"
    chart = XY(config)
    for name in ("rows", "measures"):
        grown = figures["growth"][name]
        most = max(grown)
        points = [(100 * size / most, 100 * grown[size] / grown[most]) for size in sorted(grown)]
        chart.add(f"{name}, of {most:,}", points)
    chart.add("proportional", [(0, 0), (100, 100)], show_dots=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    # A picture needs neither pygal's settings as a script nor the day it was drawn.
    drawn = re.sub(r"<script.*?</script>|<!--.*?-->", "", chart.render(is_unicode=True), flags=re.S)
    file.write_text(drawn + "\n", "utf-8")

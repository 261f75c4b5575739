"""Other engines on a slice of a facts table: NumPy vectors, GoRules ZEN, durable_rules.

All get the measures and companies that Polars got; their met counts are held to its counts. What filling
their inputs takes is timed apart.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
from vectors import met_counts

from matcher.bench import _met_sides, _zen_graph
from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.layout import Layout
from matcher.profile import Profile
from matcher.readers import durable
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.registry.encoding import decode

ZEN_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Slice:
    """Some companies, in one file, and the measures that they are judged by."""

    path: Path
    columns: tuple[str, ...]
    companies: int
    catalogue: Catalogue
    measures: tuple[Measure, ...]
    layout: Layout
    as_of: date


def compared(part: Slice, ours: dict[str, int], engines: Sequence[str]) -> dict[str, Any]:
    """Time every other engine on a slice, our met counts by measure beside."""
    figures: dict[str, Any] = {"numpy": numpy_figures(part, ours)}
    wanted = [name for name in ("zen", "durable") if name in engines]
    if not wanted:
        return figures
    began = time.perf_counter()
    profiles = _profiles(part)
    figures["profiles"] = {"seconds": time.perf_counter() - began}
    if "zen" in wanted:
        figures["zen"] = _zen(part, profiles, ours)
    if "durable" in wanted and durable.available():
        figures["durable"] = _durable(part, profiles, ours)
    elif "durable" in wanted:
        figures["durable"] = {"left_out": durable.why_not()}
    return figures


def numpy_figures(part: Slice, ours: dict[str, int]) -> dict[str, Any]:
    """Time the vectors, once with reading the columns and once without."""
    began = time.perf_counter()
    frame = pl.read_ipc(part.path, columns=list(part.columns))
    read = time.perf_counter()
    met = met_counts(frame, part.measures, part.catalogue, part.layout, part.as_of)
    done = time.perf_counter()
    _agree("NumPy", met, ours)
    return {
        "seconds": done - began,
        "without_reading": done - read,
        "measures": len(met),
        "per_second": part.companies / (done - began),
    }


def _agree(name: str, met: dict[str, int], ours: dict[str, int]) -> None:
    wrong = {id_: (count, ours[id_]) for id_, count in met.items() if count != ours[id_]}
    assert not wrong, f"{name} and Polars disagree: {wrong}"


def _profiles(part: Slice) -> list[Profile]:
    rows = pl.read_ipc(part.path).iter_rows(named=True)
    return [decode(row, part.layout, part.catalogue.vocabulary) for row in rows]


def _zen(part: Slice, profiles: list[Profile], ours: dict[str, int]) -> dict[str, Any]:
    try:
        zen = import_module("zen")
    except ImportError:
        return {"left_out": "zen-engine is not installed"}
    rules = _met_sides(part.catalogue)
    names = {name: f"p{number}" for number, name in enumerate(rules.writer.properties)}
    graph = _zen_graph(rules.expressions, names)
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"all": graph}}})
    began = time.perf_counter()
    contexts = []
    for profile in profiles:
        judge = LeafJudge(part.catalogue.vocabulary, Context(profile, part.as_of))
        values = ((names[name], value(judge)) for name, value in rules.writer.properties.items())
        contexts.append({name: value for name, value in values if value is not None})
    filled = time.perf_counter()
    met: Counter[str] = Counter()
    seconds = 0.0
    for first in range(0, len(contexts), ZEN_BATCH):
        asked = [{"key": "all", "context": x} for x in contexts[first : first + ZEN_BATCH]]
        start = time.perf_counter()
        answers = engine.evaluate_batch(asked)
        seconds += time.perf_counter() - start
        for answer in answers:
            assert answer["success"], answer
            met.update(key for key, value in answer["data"]["result"].items() if value is True)
    counts = {id_: met[f"m{number}"] for number, id_ in enumerate(rules.expressions)}
    _agree("ZEN", counts, ours)
    return _figures(part, seconds, len(counts)) | {"filling": filled - began}


def _durable(part: Slice, profiles: list[Profile], ours: dict[str, int]) -> dict[str, Any]:
    conditions = {item.id: item.condition for item in part.measures}
    rules = durable.DurableRules(conditions, part.catalogue.vocabulary)
    met: Counter[str] = Counter()
    began = time.perf_counter()
    for profile in profiles:
        met.update(rules.met(profile, part.as_of))
    seconds = time.perf_counter() - began
    counts = {id_: met[id_] for id_ in conditions if id_ not in rules.unsayable}
    _agree("durable_rules", counts, ours)
    return _figures(part, seconds, len(counts))


def _figures(part: Slice, seconds: float, measures: int) -> dict[str, Any]:
    return {
        "seconds": seconds,
        "measures": measures,
        "per_second": part.companies / seconds,
    }

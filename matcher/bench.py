"""`mianshen bench`: how fast the engine is on the shipped rules, and beside two other rule engines.

All figures of one run come from one machine in one go, so the ratios mean something where the
milliseconds do not. GoRules ZEN and durable_rules get the same rules as far as they can say them: the
met side of each condition over plain properties (see `matcher.readers.rulesets`), which is all that
either can answer. Neither gives three-valued verdicts, reasons or missing facts.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from matcher.catalogue import Catalogue, load
from matcher.finding import Matcher
from matcher.language.profiles import read_company
from matcher.locations import seeds_folder
from matcher.logic import Truth
from matcher.profile import Profile
from matcher.readers import durable
from matcher.readers.compiled import compile_conditions
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.readers.rulesets import DurableWriter, Json, Unsayable
from matcher.report import matching_json

AS_OF = date(2025, 9, 1)
_OPERATORS = {"$gte": ">=", "$lte": "<=", "$gt": ">", "$lt": "<", "$neq": "!="}


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing: median and 95th percentile in milliseconds over so many runs."""

    name: str
    median: float
    p95: float
    runs: int
    target: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """Another engine on the same profiles: its figure, how many measures it can say, the ratio."""

    figure: Figure
    measures: int
    ratio: float


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one run."""

    python: str
    rules_version: str
    measures: int
    profiles: int
    figures: tuple[Figure, ...]
    beside: tuple[Beside, ...] = ()
    left_out: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Give the figures as plain data."""
        return asdict(self)


def run(rules: Path, rounds: int = 200) -> Report:
    """Measure everything on the rules of a folder and the demo companies."""
    catalogue = load(rules)
    profiles = demo_profiles(catalogue)
    matcher = Matcher(catalogue)
    verdicts = timed(
        "一家企业全部措施的结论",
        [lambda p=p: matcher.verdicts(p, AS_OF) for p in profiles],  # type: ignore[misc]
        rounds,
        "中位 ≤ 0.15 ms,95% ≤ 0.5 ms",
    )
    figures = [verdicts, *_findings(matcher, profiles, rounds), *_processes(rules)]
    beside, left_out = _others(catalogue, profiles, rounds)
    return Report(
        sys.version.split()[0],
        catalogue.version,
        len(catalogue.measures),
        len(profiles),
        tuple(figures),
        tuple(beside),
        tuple(left_out),
    )


def demo_profiles(catalogue: Catalogue) -> list[Profile]:
    """Read the demo companies that come with the program."""
    files = sorted((seeds_folder() / "companies").glob("*.yaml"))
    return [
        read_company(path.read_text("utf-8"), path.name, catalogue.vocabulary, AS_OF).profile
        for path in files
    ]


def timed(
    name: str, calls: Sequence[Callable[[], object]], rounds: int, target: str = ""
) -> Figure:
    """Time each call ``rounds`` times, after one call each that does not count."""
    for call in calls:
        call()
    times = []
    for _ in range(rounds):
        for call in calls:
            start = time.perf_counter()
            call()
            times.append((time.perf_counter() - start) * 1000)
    times.sort()
    return Figure(name, statistics.median(times), times[int(len(times) * 0.95)], len(times), target)


def _findings(matcher: Matcher, profiles: list[Profile], rounds: int) -> list[Figure]:
    catalogue = matcher.catalogue

    def full(profile: Profile) -> object:
        return matcher.match(profile, AS_OF)

    def as_json(profile: Profile) -> object:
        return matching_json(matcher.match(profile, AS_OF), profile, catalogue)

    few = max(rounds // 10, 3)
    return [
        timed(
            "全部结论连同理由、缺少和兑现",
            [lambda p=p: full(p) for p in profiles],  # type: ignore[misc]
            few,
            "≤ 5 ms",
        ),
        timed("同上,写成 JSON", [lambda p=p: as_json(p) for p in profiles], few),  # type: ignore[misc]
    ]


def _processes(rules: Path) -> list[Figure]:
    """Time fresh processes: reading all rules, and one `mianshen match`."""
    reading = (
        "import time; start = time.perf_counter()\n"
        "from pathlib import Path; from matcher.catalogue import load\n"
        f"load(Path({str(rules)!r})).compiled\n"
        "print((time.perf_counter() - start) * 1000)"
    )
    loads = sorted(
        float(
            subprocess.run([sys.executable, "-c", reading], check=True, capture_output=True).stdout
        )
        for _ in range(5)
    )
    demo = seeds_folder() / "companies" / "demo.yaml"
    program = "from webapp.cli import main; main()"
    command = [sys.executable, "-c", program, "--rules", str(rules), "match", str(demo)]
    matching = timed(
        "mianshen match 整个进程",
        [lambda: subprocess.run(command, check=True, capture_output=True)],
        5,
        "≤ 1500 ms",
    )
    cold = Figure(
        "新进程导入并读入、编译全部规则", statistics.median(loads), loads[-1], 5, "≤ 1500 ms"
    )
    return [cold, matching]


def _others(
    catalogue: Catalogue, profiles: list[Profile], rounds: int
) -> tuple[list[Beside], list[str]]:
    """Time ZEN and durable_rules, each against our verdicts of the measures it can say."""
    beside, left_out = [], []
    rules = _met_sides(catalogue)
    few = max(rounds // 10, 3)
    try:
        beside.append(_zen(catalogue, rules, profiles, few))
    except ImportError:
        left_out.append("GoRules ZEN:没有安装 zen-engine(pip install 'mianshen[bench]')")
    if durable.available():
        beside.append(_durable(catalogue, profiles, few))
    else:
        left_out.append(f"durable_rules:{durable.why_not()}")
    return beside, left_out


@dataclass(frozen=True, slots=True)
class _MetSides:
    """The met side of every measure that plain properties can say, and how to fill the properties."""

    writer: DurableWriter
    expressions: dict[str, Json]


def _met_sides(catalogue: Catalogue) -> _MetSides:
    writer, expressions = DurableWriter(catalogue.vocabulary), {}
    for measure in catalogue.measures:
        try:
            expressions[measure.id] = writer(measure.condition).met
        except Unsayable:
            continue
    return _MetSides(writer, expressions)


def _ours(catalogue: Catalogue, ids: set[str], profiles: list[Profile], rounds: int) -> Figure:
    """Time our verdicts of just the measures that another engine can say."""
    conditions = [item.condition for item in catalogue.measures if item.id in ids]
    compiled = compile_conditions(conditions, catalogue.vocabulary)
    return timed("", [lambda p=p: compiled(p, AS_OF) for p in profiles], rounds)  # type: ignore[misc]


def _zen(catalogue: Catalogue, rules: _MetSides, profiles: list[Profile], rounds: int) -> Beside:
    zen = import_module("zen")
    names = {name: f"p{number}" for number, name in enumerate(rules.writer.properties)}
    decision = zen.ZenEngine().create_decision(json.dumps(_zen_graph(rules.expressions, names)))
    contexts = [_zen_context(catalogue, rules, names, profile) for profile in profiles]
    _check_zen(catalogue, rules, decision, contexts, profiles)
    figure = timed(
        "GoRules ZEN(只算符合)",
        [lambda c=c: decision.evaluate(c) for c in contexts],  # type: ignore[misc]
        rounds,
    )
    ours = _ours(catalogue, set(rules.expressions), profiles, rounds)
    return Beside(figure, len(rules.expressions), figure.median / ours.median)


def _zen_context(
    catalogue: Catalogue, rules: _MetSides, names: dict[str, str], profile: Profile
) -> dict[str, Any]:
    """Give the properties that are known; ZEN takes a missing one as null."""
    judge = LeafJudge(catalogue.vocabulary, Context(profile, AS_OF))
    values = {names[name]: value(judge) for name, value in rules.writer.properties.items()}
    return {name: value for name, value in values.items() if value is not None}


def _zen_graph(expressions: dict[str, Json], names: dict[str, str]) -> dict[str, Any]:
    """Write a decision graph of one expression node, a key a measure."""
    rows = [
        {"id": f"e{number}", "key": f"m{number}", "value": _zen_text(expression, names)}
        for number, expression in enumerate(expressions.values())
    ]
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "content": {}},
        {"id": "all", "name": "all", "type": "expressionNode", "content": {"expressions": rows}},
        {"id": "out", "name": "out", "type": "outputNode", "content": {}},
    ]
    edges = [
        {"id": "a", "type": "edge", "sourceId": "in", "targetId": "all"},
        {"id": "b", "type": "edge", "sourceId": "all", "targetId": "out"},
    ]
    return {"nodes": nodes, "edges": edges}


def _zen_text(node: Json, names: dict[str, str]) -> str:
    """Write one expression; a missing property must not match, so each test asks for it first."""
    for joint, word in (("$and", " and "), ("$or", " or ")):
        if joint in node:
            return "(" + word.join(_zen_text(part, names) for part in node[joint]) + ")"
    ((name, inner),) = node.items()
    operator = "=="
    if isinstance(inner, dict):
        operator = _OPERATORS[name]
        ((name, inner),) = inner.items()
    said = json.dumps(inner, ensure_ascii=False)
    return f"({names[name]} != null and {names[name]} {operator} {said})"


def _check_zen(
    catalogue: Catalogue,
    rules: _MetSides,
    decision: Any,
    contexts: list[dict[str, Any]],
    profiles: list[Profile],
) -> None:
    """Make sure that ZEN was given the same rules: its answers are ours wherever it can say them."""
    order = {item.id: place for place, item in enumerate(catalogue.measures)}
    for context, profile in zip(contexts, profiles, strict=True):
        truths: list[Truth] = catalogue.compiled(profile, AS_OF)
        said = decision.evaluate(context)["result"]
        for number, id_ in enumerate(rules.expressions):
            if said[f"m{number}"] is not (truths[order[id_]] is True):
                raise RuntimeError(f"ZEN and the engine disagree on {id_}")


def _durable(catalogue: Catalogue, profiles: list[Profile], rounds: int) -> Beside:
    conditions = {item.id: item.condition for item in catalogue.measures}
    rules = durable.DurableRules(conditions, catalogue.vocabulary)
    figure = timed(
        "durable_rules(只算符合)",
        [lambda p=p: rules.met(p, AS_OF) for p in profiles],  # type: ignore[misc]
        rounds,
    )
    sayable = set(conditions) - set(rules.unsayable)
    ours = _ours(catalogue, sayable, profiles, rounds)
    return Beside(figure, len(sayable), figure.median / ours.median)

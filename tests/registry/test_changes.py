"""What changed since an earlier run: only what both runs looked at can have changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from matcher.registry.changes import write_changes

RULES = "3f0a9c1b2d4e"
HIGH_TECH, LISTING = "hefei-2025/1.4", "hefei-2025/2.3"
YUN, SHAN = "91340100MA2MR0GJ1D", "91340100MA0000001K"  # two companies

Verdicts = Mapping[tuple[str, str], str]


def findings(folder: Path, verdicts: Verdicts) -> Path:
    """Write what a run found, by company and measure; what is not there is not met."""
    folder.mkdir()
    rows = [(code, measure, verdict) for (code, measure), verdict in verdicts.items()]
    schema = {"credit_code": pl.String, "measure": pl.String, "verdict": pl.String}
    path = folder / "findings.parquet"
    pl.DataFrame(rows, schema, orient="row").write_parquet(path)
    return path


class Runs:
    """An earlier run of some measures, and a run now that is compared with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def before(
        self, measures: Sequence[str], verdicts: Verdicts, *, with_open: bool = True
    ) -> Runs:
        self.earlier = findings(self.folder / "before", verdicts)
        report = {"measures": list(measures), "rules_version": RULES, "with_open": with_open}
        (self.earlier.parent / "run.json").write_text(json.dumps(report), encoding="utf-8")
        return self

    def now(
        self, measures: Sequence[str], verdicts: Verdicts, rules_version: str = RULES
    ) -> dict[str, Any]:
        found, self.out = findings(self.folder / "now", verdicts), self.folder / "changes.parquet"
        return write_changes(self.earlier, found, self.out, measures, rules_version)

    @property
    def changes(self) -> dict[tuple[str, str], str]:
        rows = pl.read_parquet(self.out).iter_rows()
        return {(code, measure): change for code, measure, change in rows}


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_a_verdict_that_is_another_now_is_a_change(runs: Runs) -> None:
    runs.before([HIGH_TECH, LISTING], {(YUN, HIGH_TECH): "MET", (SHAN, LISTING): "OPEN"})
    result = runs.now(
        [HIGH_TECH, LISTING],
        {(SHAN, HIGH_TECH): "MET", (YUN, LISTING): "OPEN", (SHAN, LISTING): "OPEN"},
    )
    assert runs.changes == {
        (YUN, HIGH_TECH): "no_longer_met",
        (SHAN, HIGH_TECH): "newly_met",
        (YUN, LISTING): "newly_open",
    }
    assert (result["newly_met"], result["no_longer_met"], result["newly_open"]) == (1, 1, 1)
    assert result["remarks"] == []


def test_a_measure_looked_at_for_the_first_time_is_no_change(runs: Runs) -> None:
    """Nobody knows who met it then."""
    runs.before([HIGH_TECH], {})
    result = runs.now([HIGH_TECH, LISTING], {(YUN, LISTING): "MET", (SHAN, LISTING): "OPEN"})
    assert runs.changes == {}
    assert (result["compared"], result["not_compared"]) == (1, [LISTING])
    assert result["remarks"] == ["1 项措施上一次没有比对:没有两次的结果可比,不算变化"]


def test_a_measure_looked_at_for_the_last_time_is_no_change(runs: Runs) -> None:
    runs.before([HIGH_TECH, LISTING], {(YUN, LISTING): "MET"})
    result = runs.now([HIGH_TECH], {})
    assert runs.changes == {}
    assert (result["compared"], result["not_compared"]) == (1, [LISTING])
    assert result["remarks"] == ["1 项措施这一次没有比对:没有两次的结果可比,不算变化"]


def test_runs_without_a_common_measure_have_nothing_to_compare(runs: Runs) -> None:
    result = runs.before([HIGH_TECH], {(YUN, HIGH_TECH): "MET"}).now([LISTING], {})
    assert runs.changes == {}
    assert result["compared"] == 0
    assert result["remarks"] == [
        "1 项措施上一次没有比对,1 项措施这一次没有比对:没有两次的结果可比,不算变化"
    ]


def test_other_rules_are_named_as_a_reason_of_changes(runs: Runs) -> None:
    result = runs.before([HIGH_TECH], {}).now([HIGH_TECH], {}, rules_version="8b1d00000000")
    assert result["rules_version_before"] == RULES
    assert result["remarks"] == [
        f"两次用的规则不同(上一次 {RULES},这一次 8b1d00000000):"
        "有的变化可能来自条文或规则的修改,不是企业的情况变了"
    ]


def test_what_was_open_then_must_have_been_written_to_tell_what_is_newly_open(runs: Runs) -> None:
    runs.before([HIGH_TECH], {}, with_open=False)
    result = runs.now([HIGH_TECH], {(YUN, HIGH_TECH): "OPEN", (SHAN, HIGH_TECH): "MET"})
    assert runs.changes == {(SHAN, HIGH_TECH): "newly_met"}
    assert result["newly_open"] == 0
    assert result["remarks"] == [
        "上一次没有写出待补充的结果(没有用 --open),所以看不出哪些是新待补充的"
    ]

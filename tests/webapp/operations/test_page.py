"""docs/operations.md is true: its commands are ours, its files are there, its rehearsal runs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.webapp.operations.test_deploy import UNITS, known
from webapp.operations.gauges import GAUGES
from webapp.operations.health import CHECKS
from webapp.operations.lines import FIELDS

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```sh(?P<kind>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_OURS = re.compile(r"^(?:\S*/)?mianshen (?P<words>[a-z].*)$")


def commands() -> list[str]:
    """List every command of ours, in blocks and in sentences."""
    lines = [line for block in _BLOCK.finditer(PAGE) for line in block["body"].splitlines()]
    told = [
        *lines,
        *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", PAGE, flags=re.M | re.S)),
    ]
    return [found["words"] for one in told if (found := _OURS.match(one))]


def test_every_command_is_one_with_options_that_it_has() -> None:
    found = commands()
    assert len(found) > 15
    for words in found:
        known(shlex.split(words))


def test_every_file_and_unit_is_there() -> None:
    named = set(re.findall(r"(?:/opt/mianshen/)?\b(deploy/[\w./-]+\w)", PAGE))
    assert len(named) > 3
    for path in named:
        assert (ROOT / path).exists(), path
    units = {path.name for path in UNITS}
    assert set(re.findall(r"\bmianshen-\w+\.(?:service|timer)\b", PAGE)) <= units
    assert {
        f"mianshen-{name}" for name in re.findall(r"systemctl status mianshen-(\w+)", PAGE)
    } <= {unit.partition(".")[0] for unit in units}
    for page in re.findall(r"\b([\w-]+\.md)\b", PAGE):
        assert (ROOT / "docs" / page).exists() or (ROOT / page).exists(), page


def test_checks_figures_and_fields_are_all_told() -> None:
    for name in (*CHECKS, *FIELDS):
        assert f"`{name}`" in PAGE, name
    for gauge in GAUGES:
        name = gauge.name.removeprefix("mianshen_inbox")
        assert f"`{gauge.name}`" in PAGE or f"`…{name}`" in PAGE, gauge.name


def test_the_rehearsal_runs_as_it_stands(tmp_path: Path, sqlite_schema: Path) -> None:
    (script,) = (block["body"] for block in _BLOCK.finditer(PAGE) if "rehearsal" in block["kind"])
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "mianshen.sqlite3").write_bytes(sqlite_schema.read_bytes())
    settings = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "MIANSHEN_DATA": str(kept),
        "MIANSHEN_SECRET_KEY": "only-for-tests-" * 4,
    }
    done = subprocess.run(
        ["sh", "-ec", script], cwd=tmp_path, env=settings, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("核对无误") == 2

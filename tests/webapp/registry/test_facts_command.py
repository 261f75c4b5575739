"""`mianshen facts import`: what it prints, what it writes beside the file, and how it ends."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from webapp.cli import main
from webapp.database import Database
from webapp.services import failpoints
from webapp.services.people.roles import SYSTEM
from webapp.services.registry.companies import register

CODE = "91440300MA0000001X"
ROWS = f"统一社会信用代码,高新技术企业\n{CODE},是\n=12,是\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a registry of one company and a file of a custodian."""
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path))
    for name in ("MIANSHEN_DATABASE", "MIANSHEN_SECRET_KEY", failpoints.SETTING):
        monkeypatch.delenv(name, raising=False)
    database = Database(f"sqlite:///{tmp_path / 'mianshen.sqlite3'}")
    database.upgrade()
    with database.writing() as session:
        register(session, CODE, "深圳示例科技有限公司", SYSTEM, datetime.now(UTC))
    database.close()
    (tmp_path / "sent.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def imported(folder: Path, *options: str) -> Result:
    command = ["facts", "import", str(folder / "sent.csv"), "--custodian", "科技局", *options]
    return CliRunner().invoke(main, command)


def test_good_rows_go_in_and_bad_ones_come_back_with_the_repair(folder: Path) -> None:
    result = imported(folder)
    assert result.exit_code == 0, result.output
    assert "2 行,采用 1,退回 1" in result.output
    with (folder / "sent.rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        head, row = csv.reader(file)
    assert head == ["行号", "列", "原值", "原因", "怎么改"]
    assert row[:3] == ["2", "统一社会信用代码", "'=12"]  # nothing that a spreadsheet would run
    assert row[4]
    again = imported(folder)
    assert again.exit_code == 2
    assert "已经取过" in again.output


def test_a_dry_run_says_so_and_can_be_followed_by_the_real_one(folder: Path) -> None:
    dry = json.loads(imported(folder, "--dry-run", "--json").output)
    assert (dry["accepted"], dry["rejected"], dry["new"]) == (1, 1, 1)
    assert json.loads(imported(folder, "--json").output)["new"] == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--as-of", "2099-01-01"], "还没有到"),
        (["--custodian", "没有这个局"], "没有名为"),
        (["--mapping", "没有这个文件.yaml"], "读不到映射文件"),
    ],
)
def test_what_cannot_be_done_ends_with_a_sentence(
    folder: Path, options: list[str], said: str
) -> None:
    result = imported(folder, *options)
    assert result.exit_code == 2
    assert said in result.output


def test_with_failpoints_outside_development_it_does_not_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(failpoints.SETTING, "import.after-commit:1")
    monkeypatch.delenv(failpoints.DEVELOPMENT, raising=False)
    result = imported(folder)
    assert result.exit_code == 2
    assert "只用于测试" in result.output

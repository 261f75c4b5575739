"""The command `mianshen seed registry`: it writes whole files, refuses bad input, and never leaves half."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seeds.registry import column_count, mapping_yaml
from tests.conftest import ROOT
from tests.seeds.conftest import written
from webapp.cli import main


def seed_command(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["seed", "registry", *(str(item) for item in arguments)])


def left_in(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


@pytest.mark.parametrize("name", ["r.parquet", "r.csv", "R.CSV"])
def test_the_command_writes_table_and_mapping(tmp_path: Path, name: str) -> None:
    result = seed_command(
        "--rows", 500, "--seed", 3, "-o", tmp_path / name, "--mapping", tmp_path / "m.yaml"
    )

    assert result.exit_code == 0, result.output
    assert f"500 家合成企业,{column_count()} 列" in result.stdout
    assert left_in(tmp_path) == sorted([name, "m.yaml"])
    assert (tmp_path / name).read_bytes() == written(Path(name).suffix.lower(), 500, 3)
    assert (tmp_path / "m.yaml").read_text(encoding="utf-8") == mapping_yaml()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rows", "0", "-o", "r.csv"], "--rows:“0”不行,应是 1 到 100,000,000 之间的整数"),
        (["--rows", "100000001", "-o", "r.csv"], "--rows:“100000001”不行"),
        (["--rows", "一百", "-o", "r.csv"], "--rows:“一百”不行"),
        (["--rows", "1e6", "-o", "r.csv"], "--rows:“1e6”不行"),
        (["--seed", "-1", "-o", "r.csv"], "--seed:“-1”不行"),
        (["--missing", "61", "-o", "r.csv"], "--missing:“61”不行,应是 0 到 60 之间的整数"),
        (["-o", "r.xlsx"], "r.xlsx:不知道写成什么格式,文件名请以 .parquet 或 .csv 结尾"),
        (["-o", "none/r.csv"], "没有这个文件夹,请先建好"),
        (["-o", "file/r.csv"], "上一级不是文件夹"),
        (["-o", "folder.csv"], "这是一个文件夹,请写出文件名"),
        (["-o", "r.csv", "--mapping", "r.csv"], "--mapping 和 -o 是同一个文件"),
        (["-o", "r.csv", "--mapping", "none/m.yaml"], "none/m.yaml:写不了(没有这个文件夹"),
    ],
)
def test_bad_input_gets_a_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "folder.csv").mkdir()

    result = seed_command(*arguments)

    assert result.exit_code == 2
    assert message in result.stderr
    assert left_in(tmp_path) == ["file", "folder.csv"]


def test_a_file_that_was_there_stays_when_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "r.csv"
    target.write_text("旧", encoding="utf-8")

    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    result = seed_command("--rows", 10, "-o", target, "--mapping", tmp_path / "m.yaml")

    assert result.exit_code == 2
    assert "磁盘满了,请腾出空间" in result.stderr
    assert left_in(tmp_path) == ["r.csv"]
    assert target.read_text(encoding="utf-8") == "旧"


def started(folder: Path, target: str, limit: int = 0) -> subprocess.Popen[str]:
    """Start the real command in a process of its own, its files held to ``limit`` bytes."""
    code = "from webapp.cli import main; main(prog_name='mianshen')"
    asked = ["seed", "registry", "--rows", "5000000", "-o", str(folder / target)]
    held = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit)) if limit else None
    return subprocess.Popen(
        [sys.executable, "-c", code, *asked],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=held,
    )


@pytest.mark.parametrize("target", ["r.csv", "r.parquet"])
def test_a_file_that_cannot_grow_ends_with_a_sentence(tmp_path: Path, target: str) -> None:
    process = started(tmp_path, target, limit=2**20)
    _, said = process.communicate(timeout=120)

    assert process.returncode == 2
    assert "写不了(超过了允许的文件大小" in said
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_killed_command_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    process = started(tmp_path, "r.parquet")
    deadline = time.monotonic() + 60
    while not left_in(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert left_in(tmp_path)[0].startswith(".new-")

    process.send_signal(number)
    process.communicate(timeout=60)

    assert process.returncode != 0
    assert left_in(tmp_path) == []

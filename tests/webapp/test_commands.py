"""`mianshen serve` and `mianshen database`: what they print and how they end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.exceptions import Exit
from click.testing import CliRunner

from webapp import cli
from webapp.cli import main
from webapp.database import Database


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the commands write in a folder of the test."""
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path))
    monkeypatch.delenv("MIANSHEN_DATABASE", raising=False)
    monkeypatch.delenv("MIANSHEN_SECRET_KEY", raising=False)


def test_serve_prints_one_line_and_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    command = [sys.executable, "-c", "from webapp.cli import main; main()"]
    with subprocess.Popen(
        [*command, "serve", "--port", str(port)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        try:
            assert f"http://127.0.0.1:{port}/" in line
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
                assert "哪些惠企政策适合您" in answer.read().decode()
        finally:
            server.send_signal(signal.SIGINT)
            rest, _ = server.communicate(timeout=10)
        assert rest == ""
    assert Database(f"sqlite:///{tmp_path / 'mianshen.sqlite3'}").is_current()


def test_a_port_that_was_asked_for_and_is_taken_ends_with_a_sentence(taken: int) -> None:
    result = CliRunner().invoke(main, ["serve", "--port", str(taken)])
    assert result.exit_code == 2
    assert f"端口 {taken} 已被占用" in result.output


def test_without_a_port_the_next_free_one_is_found(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "PORT", taken)
    with cli._listen("127.0.0.1", None) as found:
        assert taken < found.getsockname()[1] < taken + cli.PORTS_TRIED

    monkeypatch.setattr(cli, "PORTS_TRIED", 1)
    with pytest.raises(Exit) as caught:
        cli._listen("127.0.0.1", None)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("MIANSHEN_SECRET_KEY", "short", "太短"),
        ("MIANSHEN_DATABASE", "nonsense", "数据库不能用"),
        ("MIANSHEN_DATABASE", "postgresql+psycopg://nobody@127.0.0.1:1/x", "数据库不能用"),
        ("MIANSHEN_RULES", "/nowhere", "不是规则目录"),
    ],
)
def test_a_setting_that_cannot_be_used_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    result = CliRunner().invoke(main, ["serve", "--port", str(port)])
    assert result.exit_code == 2, result.output
    assert said in result.output


@pytest.mark.postgres
def test_a_database_of_another_version_is_not_served(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIANSHEN_DATABASE", postgres)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    result = CliRunner().invoke(main, ["serve", "--port", str(port)])
    assert result.exit_code == 2
    assert "mianshen database upgrade" in result.output


def test_the_database_is_upgraded_once(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty_database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("MIANSHEN_DATABASE", url)
    first = CliRunner().invoke(main, ["database", "upgrade"])
    second = CliRunner().invoke(main, ["database", "upgrade"])
    assert (first.exit_code, second.exit_code) == (0, 0)
    head = empty_database.revision()
    assert f"空 → {head}" in first.output
    assert f"已是 {head}" in second.output
    assert empty_database.is_current()


def test_the_engines_commands_load_neither_pages_nor_database() -> None:
    code = "import sys, webapp.cli; print(sorted({'flask', 'sqlalchemy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""Runs the real command in this process, with its own data folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from webapp.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `mianshen` with arguments and standard input; stdout and stderr are kept apart."""
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path / "data"))

    def command(*arguments: object, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, [str(item) for item in arguments], input=stdin)

    return command

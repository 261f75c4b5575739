"""Runs the walk-throughs of docs/: files are written, commands run, their output compared.

A fenced block whose info string ends in ``file=<path>`` is written to that path; in a ``console`` block
every line that starts with ``$`` is run, and the lines after it are its output.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from tests.conftest import ROOT, RULES
from webapp.cli import main

_BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_VERSION = re.compile(r"规则版本 [0-9a-f]{12}")


@dataclass(frozen=True)
class Step:
    """One thing the reader is told to do: write a file, or run a command and see its output."""

    path: str = ""
    content: str = ""
    command: str = ""
    output: str = ""


def steps_of(text: str) -> Iterator[Step]:
    """Read the steps of a document in order."""
    for match in _BLOCK.finditer(text):
        info, body = match["info"], match["body"]
        if "file=" in info:
            yield Step(path=info.split("file=", 1)[1].strip(), content=body)
        elif info == "console":
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                yield Step(command=command, output=output)


def run(step: Step, folder: Path) -> str:
    """Do one step in a folder; the output of a command, without what changes with the rules."""
    if step.path:
        path = folder / step.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.content, encoding="utf-8")
        return ""
    words = step.command.split()
    if words[0] in ("mkdir", "export"):
        return ""
    if words[0] == "cp":
        for name in ("vocabulary", "national", "schema"):
            shutil.copytree(RULES / name, folder / words[-1] / name)
        return ""
    if words[0] == "ls":
        return "".join(f"{path.name}\n" for path in sorted((folder / words[1]).iterdir()))
    assert words[0] == "mianshen", step.command
    result = CliRunner().invoke(main, words[1:])
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    said = "".join(f"{line.rstrip()}\n" for line in result.output.strip("\n").split("\n"))
    return _VERSION.sub("规则版本 …", said)


DOCS = ROOT / "docs"

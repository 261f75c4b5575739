"""What deploy/ holds: it speaks of commands, files, settings and figures that there are."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path

import click
import pytest
import yaml

from tests.conftest import ROOT
from webapp.cli import main
from webapp.operations import metrics
from webapp.operations.gauges import GAUGES

DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PROGRAMS = {"gunicorn", "mianshen", "python"}
"""What an installation brings."""


def known(words: list[str]) -> None:
    """Follow a command of ours to its end; an unknown command or option fails."""
    command: click.Command = main
    with click.Context(main) as context:
        while words and isinstance(command, click.Group):
            found = command.get_command(context, words[0])
            assert found is not None, words
            command, words = found, words[1:]
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= options, words


# --- the image -------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """Give the instructions of the Containerfile in order."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", CONTAINERFILE, flags=re.M))
    return [(line.split()[0], line.partition(" ")[2]) for line in joined.splitlines() if line]


def test_a_linter_that_parses_containerfiles_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, DEPLOY / "Containerfile"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_an_image_is_built_from_files_that_there_are_and_that_are_sent_to_the_builder() -> None:
    sent = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    copied = [
        source
        for name, rest in instructions()
        if name == "COPY" and "--from" not in rest
        for source in shlex.split(rest)[:-1]
    ]
    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in sent, source
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]
    needed = {one.split("/")[0] for one in wheel["build"]["targets"]["wheel"]["force-include"]}
    assert needed | set(wheel["build"]["targets"]["wheel"]["packages"]) <= set(copied)


def test_an_image_has_the_python_of_the_project_and_the_extras_that_there_are() -> None:
    bases = {rest.split()[0] for name, rest in instructions() if name == "FROM"}
    (least,) = re.findall(r">=(\d+\.\d+)", PROJECT["requires-python"])
    assert {base.partition(":")[2].partition("-")[0] for base in bases} == {least}
    (extras,) = re.findall(r"'\.\[(.+?)\]'", CONTAINERFILE)
    assert set(extras.split(",")) <= PROJECT["optional-dependencies"].keys()
    assert "-c constraints.txt" in CONTAINERFILE


def test_an_image_runs_as_nobody_in_particular_and_asks_how_it_is() -> None:
    told = dict(instructions())
    assert told["USER"].isdecimal()
    assert int(told["USER"]) > 0
    for command in (told["CMD"], told["HEALTHCHECK"].partition("CMD ")[2]):
        words = yaml.safe_load(command)
        assert words[0] in PROGRAMS
    assert "webapp.operations.probe" in told["HEALTHCHECK"]
    (config,) = (word for word in yaml.safe_load(told["CMD"]) if word.endswith(".py"))
    assert any(rest.endswith(config) for name, rest in instructions() if name == "COPY")


# --- units, settings, figures ----------------------------------------------------------------------

UNITS = sorted((DEPLOY / "systemd").iterdir())


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_commands_that_there_are(unit: Path) -> None:
    read = ConfigParser(strict=False, interpolation=None, delimiters="=")
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read(unit, encoding="utf-8")
    if unit.suffix == ".timer":
        assert unit.with_suffix(".service") in UNITS
        assert read["Timer"]["Persistent"] == "yes"
        return
    service = read["Service"]
    assert service["User"] == "mianshen"
    assert service["NoNewPrivileges"] == "yes"
    page = service.parser["Unit"]["Documentation"].removeprefix("file:/opt/mianshen/")
    assert (ROOT / page).is_file()
    commands = re.findall(r"^ExecStart=(.+)$", unit.read_text(encoding="utf-8"), re.M)
    assert commands
    for command in commands:
        words = [word for part in shlex.split(command) for word in part.split()]
        (place,) = (at for at, word in enumerate(words) if word.startswith("/opt/mianshen/.venv"))
        program = words[place].rpartition("/")[2]
        assert program in PROGRAMS
        if program == "mianshen":
            known(words[place + 1 :])
        for word in words[place + 1 :]:
            if word.startswith("/opt/mianshen/"):
                assert (ROOT / word.removeprefix("/opt/mianshen/")).is_file()


def test_every_setting_that_is_spoken_of_is_one_and_is_explained() -> None:
    told = "".join(path.read_text(encoding="utf-8") for path in DEPLOY.rglob("*") if path.is_file())
    named = set(re.findall(r"\bMIANSHEN_[A-Z_]+\b", told)) - {metrics.PLACE}
    explained = (ROOT / "docs" / "web.md").read_text(encoding="utf-8")
    source = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("webapp", "matcher", "deploy")
        for path in (ROOT / folder).rglob("*.py")
    )
    for name in named:
        assert f"`{name}`" in explained, name
        assert f'"{name}"' in source, name


def test_every_alert_watches_a_figure_that_there_is_and_is_explained() -> None:
    figures = {gauge.name for gauge in GAUGES} | {
        "mianshen_database_up",
        "mianshen_disk_free_ratio",
    }
    figures |= {"mianshen_requests_total", "mianshen_request_seconds_bucket"}
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    read = yaml.safe_load((DEPLOY / "alerts.yaml").read_text(encoding="utf-8"))
    for rule in read["groups"][0]["rules"]:
        assert set(re.findall(r"\bmianshen_\w+", rule["expr"])) <= figures, rule
        assert f"`{rule['alert']}`" in page, rule["alert"]

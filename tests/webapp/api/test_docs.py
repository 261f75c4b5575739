"""What docs/api.md shows is what happens: its curl examples and its client in Python, against a served application."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from matcher.language.profiles import MAX_MISTAKES
from tests.conftest import ROOT, skip_or_fail
from tests.webapp.api.conftest import System, World
from tests.webapp.api.test_document import served
from webapp import limits
from webapp.headers import POLICY
from webapp.services.people.roles import SCOPES

DOCS = (ROOT / "docs" / "api.md").read_text("utf-8")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


@pytest.fixture
def environment(world: World) -> Iterator[dict[str, str]]:
    """A served application and a key that may do everything, as the examples want them."""
    world.company()
    secret = world.secret(*(scope.value for scope in SCOPES), custodian="科技局")
    with served(world.app) as address:
        yield {**os.environ, "API": f"{address}/api/v1", "KEY": secret, "NO_PROXY": "127.0.0.1"}


def holds(told: Any, expected: Any) -> bool:
    """Say whether an answer has all that is shown of it."""
    if isinstance(expected, dict):
        return all(name in told and holds(told[name], value) for name, value in expected.items())
    if isinstance(expected, list):
        return all(any(holds(one, item) for one in told) for item in expected)
    return bool(told == expected)


def test_the_examples_with_curl(environment: dict[str, str], tmp_path: Path) -> None:
    if which("curl") is None:
        skip_or_fail("no curl")
    blocks = [(kind, text) for kind, text in _BLOCK.findall(DOCS) if kind in ("sh", "json")]
    pairs = list(zip(blocks[::2], blocks[1::2], strict=True))
    assert len(pairs) >= 8
    for (kind, command), (_, shown) in pairs:
        assert kind == "sh"
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        assert holds(json.loads(done.stdout), json.loads(shown)), (command, done.stdout[:2000])


def test_a_client_is_generated_and_used(environment: dict[str, str], tmp_path: Path) -> None:
    quiet = tmp_path / "quiet.yaml"
    quiet.write_text("post_hooks: []\n", encoding="utf-8")
    (generate,) = re.findall(r"^    (openapi-python-client .*)$", DOCS, re.M)
    program = Path(sys.executable).with_name("openapi-python-client")
    command = generate.replace("openapi-python-client", f"{program}", 1) + f" --config {quiet}"
    made = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Warning" not in made.stdout + made.stderr

    (example,) = [text for kind, text in _BLOCK.findall(DOCS) if kind == "python"]
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "hefei-2025/1.4" in done.stdout


def test_the_limits_are_those_of_the_program() -> None:
    said = DOCS[DOCS.index("## Limits") :]
    for figure in (
        f"{limits.OPEN_MINUTE} a minute, {limits.OPEN_DAY:,} a day",
        f"{limits.KEY_MINUTE} a minute and {limits.KEY_DAY:,} a day",
        f"{limits.MAX_JSON_BYTES // 1024} KiB",
        f"{limits.MAX_MANY_BYTES // 2**20} MiB and {limits.MAX_MANY:,} profiles",
        f"{limits.MAX_PAGE} things",
        f"told of it | {limits.MAX_PROFILE_VALUES:,}, {MAX_MISTAKES} ({limits.MAX_MANY_MISTAKES} of each",
    ):
        assert figure in said
    assert f"{limits.MAX_KEY_DAYS} days" in DOCS
    assert f"up to {limits.MAX_ONCE_KEY} visible" in DOCS


def test_the_page_is_made_of_our_own_files(anyone: System) -> None:
    page = anyone.get("/docs")
    assert page.headers["Content-Security-Policy"] == POLICY
    assert not re.findall(r"<style|style=|<script(?![^>]*src=)|https?://", page.text)
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(files) >= 4
    for file in files:
        response = anyone.client.get(file, buffered=True)
        assert response.status_code == 200, file
    assert anyone.client.get("/api/v1/docs/swagger-ui.js").status_code == 404
    assert 'lang="en"' in anyone.get("/docs", headers={"Accept-Language": "en"}).text


def test_the_document_is_in_both_languages(anyone: System) -> None:
    for language, word in (("zh", "比对一家企业"), ("en", "Match one company")):
        told = anyone.get("/openapi.json", headers={"Accept-Language": language}).get_json()
        assert told["openapi"] == "3.1.0"
        assert told["paths"]["/api/v1/match"]["post"]["summary"] == word
        assert "api." not in json.dumps(told["paths"])
    revenue = told["components"]["schemas"]["Profile"]["properties"]["revenue"]
    assert revenue["title"] == "Revenue"
    assert revenue["examples"] == ["100 万元"]

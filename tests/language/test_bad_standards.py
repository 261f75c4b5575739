"""Every mistake in a national standard has its whole message beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from matcher.catalogue import Catalogue
from tests.language.harness import BAD, diagnostics, folder
from tests.language.test_bad_files import expect

STANDARDS = sorted((BAD / "standards").glob("*.yaml"))


@pytest.mark.parametrize("path", STANDARDS, ids=lambda path: path.stem)
def test_a_broken_standard(path: Path, tmp_path: Path, catalogue: Catalogue) -> None:
    rules = folder(tmp_path)
    shutil.copy(path, rules / "national" / "标准" / path.name)

    expect(path.with_suffix(".txt"), diagnostics(rules, catalogue.vocabulary))

"""Where the rules and a deployment's own data lie."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path

RULES_VARIABLE = "MIANSHEN_RULES"
DATA_VARIABLE = "MIANSHEN_DATA"
_PACKAGED = Path(__file__).parent / "_packaged"
SAMPLES = "MIANSHEN_SAMPLES"
"""Names the sample documents (样例) that are taken along, by their folders, with blanks between."""


def rules_folder(given: str | None = None) -> Path:
    """Find the rules: the given folder, then MIANSHEN_RULES, then those that came with the program."""
    named = given or os.environ.get(RULES_VARIABLE)
    if named:
        return Path(named)
    packaged = _PACKAGED / "rules"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "rules"


def seeds_folder() -> Path:
    """Find the demo companies and policy texts that came with the program."""
    packaged = _PACKAGED / "seeds"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "seeds"


def data_folder() -> Path:
    """Find where this deployment keeps imported lists and parameters (MIANSHEN_DATA)."""
    named = os.environ.get(DATA_VARIABLE)
    return Path(named) if named else user_data_path("mianshen", appauthor=False)

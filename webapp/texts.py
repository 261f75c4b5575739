"""The interface's own words in both languages, side by side in ``texts.yaml``.

Labels of the domain come from the vocabulary (`matcher.readers.prose.Wording`), never from here.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from matcher.readers.prose import EN, ZH

LANGUAGES = (ZH, EN)
FILE = Path(__file__).parent / "texts.yaml"


class Texts:
    """Finds a text by key and language and puts values in."""

    def __init__(self, path: Path = FILE) -> None:
        pairs: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.words = {
            language: {key: pair[place] for key, pair in pairs.items()}
            for place, language in enumerate(LANGUAGES)
        }

    def get(self, language: str, key: str, **values: object) -> str:
        """Give a text; a key without one is a mistake in the program."""
        text = self.words[language][key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Say whether there is a text under a key."""
        return key in self.words[ZH]

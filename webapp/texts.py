"""The interface's own words in both languages: gettext files under ``translations/``, read once at start.

A text is known by a key, never by its words, so that Chinese and English are edited alike. Labels of the
domain come from the vocabulary (`matcher.readers.prose.Wording`), never from here.

`Texts` serves what runs without a request; on pages Flask-Babel asks it for the request's language.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from matcher.readers.prose import EN, ZH

LANGUAGES = (ZH, EN)
FOLDER = Path(__file__).parent / "translations"
FILE = Path("LC_MESSAGES") / "messages.po"
COUNT = "n"
"""The value that decides between singular and plural."""
_MANY = 2
_VALUE = "%("


class Texts:
    """Finds a text by key and language and puts values in."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.translations = {language: _compiled(folder, language) for language in LANGUAGES}
        self._counted, self._plain = _keys(folder)

    def get(self, language: str, key: str, **values: object) -> str:
        """Give a text; a key without one is a mistake in the program.

        A text that counts is chosen by its value ``n``; ``n`` may be a mark that a script replaces.
        """
        found = self.translations[language]
        if key in self._counted:
            n = values.get(COUNT)
            text = found.ungettext(key, key, n if isinstance(n, int) else _MANY)
        elif key in self._plain:
            text = found.ugettext(key)
        else:
            raise KeyError(key)
        # A text without values may hold a percent sign that means itself.
        return str(text % values if values and _VALUE in text else text)

    def has(self, key: str) -> bool:
        """Say whether there is a text under a key."""
        return key in self._plain or key in self._counted


def read(folder: Path, language: str) -> Catalog:
    """Read one language's file."""
    with (folder / language / FILE).open("rb") as file:
        return read_po(file, locale=language)


@cache
def _keys(folder: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Give the keys of texts that count, and of all others."""
    messages = [message for message in read(folder, ZH) if message.id]
    counted = frozenset(str(item.id[0]) for item in messages if item.pluralizable)
    return counted, frozenset(str(item.id) for item in messages if not item.pluralizable)


@cache
def _compiled(folder: Path, language: str) -> Translations:
    """Compile in memory, once: a file beside the text would only get out of step with it."""
    buffer = io.BytesIO()
    write_mo(buffer, read(folder, language))
    buffer.seek(0)
    return Translations(buffer)

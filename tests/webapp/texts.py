"""The texts of the interface as their files hold them."""

from __future__ import annotations

import re
from functools import cache

from webapp.texts import FOLDER, read


@cache
def texts_of(language: str) -> dict[str, tuple[str, ...]]:
    """Give every text of a language by its key; one that counts has a form for one and one for many."""
    found = {}
    for message in read(FOLDER, language):
        if message.id:
            key = message.id[0] if message.pluralizable else message.id
            forms = message.string if message.pluralizable else (message.string,)
            found[str(key)] = tuple(str(form) for form in forms)
    return found


def values_of(text: str) -> set[str]:
    """Name the values that a text takes in."""
    return set(re.findall(r"%\((\w+)\)s", text))

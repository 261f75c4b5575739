"""Whatever a service refuses has a sentence in both languages, with the values that the service gives."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from inspect import signature
from pathlib import Path

import pytest

import webapp
from tests.conftest import ROOT
from tests.webapp.texts import texts_of, values_of
from webapp.services.cases.refusals import Refused
from webapp.texts import LANGUAGES

PLACES = (ROOT / "webapp",)
ROW_FAULTS = ROOT / "webapp" / "services" / "cases" / "returns.py"


def _kinds() -> dict[str, int]:
    """Name `Refused` and everything that is one, and which argument of it is the code."""
    for module in pkgutil.walk_packages(webapp.__path__, "webapp."):
        if not module.name.startswith("webapp.migrations"):
            importlib.import_module(module.name)
    found, waiting = {}, [Refused]
    while waiting:
        kind = waiting.pop()
        names = list(signature(kind).parameters)
        found[kind.__name__] = names.index("code") if "code" in names else 0
        waiting += kind.__subclasses__()
    return found


KINDS = _kinds()


def _codes(path: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """Give each code that a module refuses with, and the names of its values."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        inside = isinstance(node, ast.ClassDef) and node.name in KINDS
        for call in ast.walk(node) if inside or isinstance(node, ast.Call) else ():
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            if (name in KINDS and call is node) or (inside and name == "__init__"):
                names = frozenset(word.arg for word in call.keywords if word.arg)
                place = KINDS.get(name, 0)
                for part in ast.walk(call.args[place]) if place < len(call.args) else ():
                    code = part.value if isinstance(part, ast.Constant) else None
                    if isinstance(code, str) and code.replace("_", "").isalpha():
                        yield code, names


def _used() -> dict[str, list[frozenset[str]]]:
    found: dict[str, list[frozenset[str]]] = {}
    for folder in PLACES:
        for path in sorted(folder.rglob("*.py")):
            for code, names in _codes(path):
                found.setdefault(code, []).append(names)
    return found


USED = _used()


def test_the_search_finds_what_is_refused() -> None:
    assert {
        "proof_gone",
        "stale",
        "missing",
        "too_many",
        "rows_bad",
        "login_taken",
        "quota_used",
        "days_crossed",
    } <= USED.keys()


@pytest.mark.parametrize("code", sorted(USED))
def test_a_refusal_has_a_sentence_whose_values_are_given(code: str) -> None:
    for language in LANGUAGES:
        forms = texts_of(language).get(f"refused.{code}")
        assert forms, f"refused.{code} has no text in {language}"
        wanted = values_of("".join(forms))
        for given in USED[code]:
            assert wanted <= given, f"refused.{code} wants {wanted - given}"


def test_each_fault_of_a_returned_row_has_a_reason_and_a_repair() -> None:
    tree = ast.parse(ROW_FAULTS.read_text(encoding="utf-8"))
    codes = {
        part.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "RowFault"
        for part in ast.walk(call.args[1])
        if isinstance(part, ast.Constant) and str(part.value).startswith("row_")
    }
    assert len(codes) > 8
    for code in codes:
        for key in (f"row_fault.{code}", f"row_fault.{code}.repair"):
            assert all(key in texts_of(language) for language in LANGUAGES), key

"""JSON Schema of rule files, so that editors complete and check while an author types.

Made from `matcher.language.keys` and the closed lists of the vocabulary: there is no second list of
keys. It knows shapes and words; sentences are left to `mianshen check`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from matcher.language.conditions import RECORDS_PATTERN
from matcher.language.keys import (
    AMOUNT_FORMS,
    AMOUNT_LIMITS,
    CASE_KEYS,
    CLAUSE_KEYS,
    DOCUMENT_KEYS,
    GOALS,
    JOINTS,
    LONG_KEYS,
    NAMED,
    NATIONAL_KEYS,
    PROOF,
    PROOFS,
    REST,
    STANDARD_KEYS,
    WHEN_KEYS,
    Key,
    Says,
    Table,
)
from matcher.language.leaves import MAX_LENGTH
from matcher.vocabulary.model import Vocabulary

Schema = dict[str, Any]
FILES = {
    "document": DOCUMENT_KEYS,
    "clause": CLAUSE_KEYS,
    "national": NATIONAL_KEYS,
    "standard": STANDARD_KEYS,
}
_TITLES = {
    "document": "政策文件 document.yaml",
    "clause": "一条条款的规则文件",
    "national": "各处通用的条件",
    "standard": "一份国家称号的认定标准",
}
_REF = {"$ref": "#/$defs/condition"}
_AMOUNT = {"$ref": "#/$defs/amount"}
_ONLY: Schema = {"type": "object", "additionalProperties": False}
_PAIR: Schema = {"type": "array", "minItems": 2, "maxItems": 2}
# YAML reads 1.4 and 2025-02-28 as it likes; the reader takes every scalar as text.
_TEXT: Schema = {"type": ["string", "number", "boolean"]}
_LINE = {**_TEXT, "pattern": r"^[^\n]*$"}
_DATE = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$"}
_COUNT = {"type": ["integer", "string"], "minimum": 1, "pattern": "^[1-9][0-9]*$"}
_SIDE = {"type": "object", "additionalProperties": {"additionalProperties": _REF}}


def schemas(vocabulary: Vocabulary) -> dict[str, Schema]:
    """Make the schema of each kind of rule file."""
    writer = _Writer(vocabulary)
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": _TITLES[name],
            **writer.mapping(keys),
            "$defs": {
                "condition": writer.condition(),
                **({"amount": writer.amount()} if name == "clause" else {}),
            },
        }
        for name, keys in FILES.items()
    }


def text_of(schema: Schema) -> str:
    """Write a schema as the text of its file."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def write(vocabulary: Vocabulary, folder: Path) -> list[Path]:
    """Write every schema into a folder; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, schema in schemas(vocabulary).items():
        path = folder / f"{name}.json"
        path.write_text(text_of(schema), encoding="utf-8")
        paths.append(path)
    return paths


class _Writer:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def mapping(self, keys: Table) -> Schema:
        """Say what one table of keys allows."""
        needed = [key.name for key in keys.values() if key.needed]
        return {
            "type": "object",
            "properties": {key.name: self.value(key) for key in keys.values()},
            **({"required": needed} if needed else {}),
            "additionalProperties": False,
        }

    def value(self, key: Key) -> Schema:
        """Say what may stand under a key."""
        return {"description": key.help, **self._shape(key)}

    def _shape(self, key: Key) -> Schema:
        one = self._word(key) if key.words else _LINE
        inner = self.mapping(key.inner) if key.inner else {}
        shapes: dict[Says, Schema] = {
            Says.TEXT: _LINE,
            Says.WORD: one,
            Says.WORDS: _or_list(one),
            Says.LINES: _or_list(_LINE),
            Says.DATE: _DATE,
            Says.COUNT: _COUNT,
            Says.FLAG: {"enum": ["是", "否", True, False]},
            Says.CONDITION: {"anyOf": [_REF, inner]} if inner else _REF,
            Says.CONDITIONS: _or_list(_REF),
            Says.ENTRY: inner,
            # An empty list may be left blank, as a new file has it.
            Says.ENTRIES: {"type": ["array", "null", "string"], "maxLength": 0, "items": inner},
            Says.TEXT_OR_ENTRY: {"anyOf": [_LINE, inner]},
            Says.ENTRY_OR_ENTRIES: _or_list(inner),
        }
        return shapes[key.says] if key.says in shapes else self._amount_shape(key.says)

    def _amount_shape(self, says: Says) -> Schema:
        if says is Says.CASES:
            rest = {**_ONLY, "properties": {REST: _AMOUNT}, "required": [REST]}
            return {"type": "array", "items": {"anyOf": [self.mapping(CASE_KEYS), rest]}}
        return _AMOUNTS[says]

    def _word(self, key: Key) -> Schema:
        if key.words == NAMED:
            return {"enum": sorted(self.vocabulary.named)} if self.vocabulary.named else _LINE
        if key.words == PROOF:
            return {"enum": list(PROOFS.values())}
        if key.words in GOALS.values():
            members = self.vocabulary.attributes[key.words].members
            return {"enum": [name for item in members for name in (item.label, *item.aliases)]}
        return {"enum": list(self.vocabulary.words(key.words))}

    def amount(self) -> Schema:
        """Say what an amount may be: a sentence, or one form with the limits beside it."""
        forms = [self.mapping({**form, **AMOUNT_LIMITS}) for form in AMOUNT_FORMS.values()]
        return {"anyOf": [_LINE, *forms]}

    def condition(self) -> Schema:
        """Say what a condition may be: a sentence, a list, one structure key, or the long form."""
        single = [
            {**self.mapping({key.name: key}), "required": [key.name]} for key in JOINTS.values()
        ]
        records = {
            "type": "object",
            "patternProperties": {f"^{RECORDS_PATTERN}$": {"anyOf": [_REF, {"type": "object"}]}},
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        return {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH},
                {"type": "array", "items": _REF, "minItems": 1},
                *single,
                self.mapping(WHEN_KEYS),
                self.mapping(LONG_KEYS),
                records,
            ]
        }


def _or_list(one: Schema) -> Schema:
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


_AMOUNTS: dict[Says, Schema] = {
    Says.AMOUNT: _AMOUNT,
    Says.AMOUNTS: _or_list(_AMOUNT),
    Says.BANDS: {"type": "array", "items": {"prefixItems": [_LINE, _AMOUNT], **_PAIR}},
    Says.AXES: _or_list({"anyOf": [_LINE, _SIDE]}),
    Says.CELLS: {"type": "object", "minProperties": 1},
    Says.SHARES: {"type": "array", "items": _LINE, "minItems": 2},
}

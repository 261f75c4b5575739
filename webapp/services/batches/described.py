"""What the check of a registry found, in words that pages show: counts, reasons, first rows as they were understood."""

from __future__ import annotations

from typing import Any

from matcher.profile import Assurance
from matcher.readers.prose import EN, ZH, Wording
from matcher.registry.checking import Checked, Line
from matcher.vocabulary.model import Vocabulary

_HIDDEN = frozenset({"统一社会信用代码", "企业名称"})
"""What stands beside the facts of a row anyway."""


def described(found: Checked, vocabulary: Vocabulary) -> dict[str, Any]:
    """Give plain values; what is said of facts is said in both languages."""
    wordings = (Wording(vocabulary, ZH), Wording(vocabulary, EN))
    money = vocabulary.units.by_name["元"]
    return {
        "rows": found.rows,
        "accepted": found.accepted,
        "refused": found.refused,
        "branches": found.branches,
        "namesakes": found.namesakes,
        "reasons": found.reasons,
        "warnings": found.warnings,
        "notes": list(found.notes),
        "doubts": [
            [one.fact, vocabulary.units.show_best(one.median, money)] for one in found.doubts
        ],
        "first": [[one.row, one.code, one.name, _facts(one, wordings)] for one in found.first],
    }


def _facts(line: Line, wordings: tuple[Wording, ...]) -> list[list[Any]]:
    """Give of each known fact its name and value in Chinese and English, and whether it is attested."""
    return [
        [
            *(
                said
                for wording in wordings
                for said in (wording.fact(key), wording.value(key, fact.value))
            ),
            fact.assurance is Assurance.ATTESTED,
        ]
        for key, fact in line.profile.facts.items()
        if fact.value is not None and key.attribute not in _HIDDEN
    ]

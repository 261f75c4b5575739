"""A finding as it was kept (`FindingRow.told`) -> its reasons, as pages show them, and in one line.

What a company confirms, and what strangers read, is what was found then; today's facts and rules play no
part in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from matcher.readers.prose import EN, Wording
from webapp.services.reasons import STATED_BASIS, Own, Reason
from webapp.services.registry.facts import facts_of
from webapp.tables.cases import FactSnapshot, FindingRow

MET, OPEN = "met", "open"
Told = Mapping[str, Any]
Days = Mapping[tuple[str, str], date]


class Teller:
    """Tells kept findings in one language."""

    def __init__(self, wording: Wording) -> None:
        self.wording = wording
        self._bases = wording.vocabulary.words("性质")

    def reasons(self, session: Session, finding: FindingRow) -> list[Reason]:
        """Give the reasons of a finding, each value with the day on which it came in."""
        snapshot = session.get_one(FactSnapshot, finding.snapshot_id)
        days = self._days(snapshot)
        return [self._reason(one, days) for one in json.loads(finding.told)["reasons"]]

    def line(self, finding: FindingRow) -> list[str]:
        """Give the conditions that are met, without any value of the company."""
        return [
            self._text(leaf)
            for one in json.loads(finding.told)["reasons"]
            for leaf in _met_leaves(one)
        ]

    def _reason(self, told: Told, days: Days) -> Reason:
        verdict, parts = told["verdict"], [self._reason(one, days) for one in told.get("parts", ())]
        deciding = [one for one in parts if one.verdict == verdict]
        if verdict == OPEN or len(parts) == 1 or not deciding:
            deciding = parts
        joint = "parts" in told
        word = self._bases.get(told["basis"])
        basis_id = STATED_BASIS if word is None else word.id
        return Reason(
            text=self._text(told),
            verdict=verdict,
            joint=joint,
            parts=tuple(deciding),
            settled=tuple(one for one in parts if one not in deciding),
            values=tuple(self._own(fact, days) for fact in told.get("facts", ())),
            basis="" if joint else self.wording.word_by_id("性质", basis_id),
            basis_id="" if joint else basis_id,
            quote=told.get("quote", ""),
            remark=told.get("remark", ""),
        )

    def _own(self, fact: Told, days: Days) -> Own:
        attested = fact["assurance"] == "attested" and fact["custodian"]
        return Own(
            name=fact["label_en"] if self.wording.language == EN else fact["label"],
            value=fact["value"],
            kept_by=self.wording.word("部门", fact["custodian"]) if attested else "",
            noted_on=days.get((fact["attribute"], fact["member"] or "")),
        )

    def _text(self, told: Told) -> str:
        return str(told["text_en"] if self.wording.language == EN else told["text"])

    def _days(self, snapshot: FactSnapshot) -> Days:
        attributes = self.wording.vocabulary.attributes
        days: dict[tuple[str, str], date] = {}
        for fact in facts_of(snapshot.facts):
            attribute = attributes.get(fact.attribute)
            if attribute is not None:
                day = datetime.fromisoformat(fact.received).date()
                place = attribute.id, fact.member
                days[place] = max(day, days.get(place, day))
        return days


def conditions(finding: FindingRow) -> list[Told]:
    """List the conditions of a kept finding, each once, in the order of the text."""
    found: dict[str, Told] = {}
    for one in json.loads(finding.told)["reasons"]:
        for leaf in _leaves(one):
            found.setdefault(leaf["text"], leaf)
    return list(found.values())


def _leaves(told: Told) -> Iterator[Told]:
    if "parts" not in told:
        yield told
    for part in told.get("parts", ()):
        yield from _leaves(part)


def _met_leaves(told: Told) -> Iterator[Told]:
    """List the leaves on which a met node rests; of what is not met, nothing counts."""
    if told["verdict"] != MET:
        return
    if "parts" not in told:
        yield told
    for part in told.get("parts", ()):
        yield from _met_leaves(part)

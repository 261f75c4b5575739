"""A plain answer to read out on the phone or to copy: what the sheet says, in a few sentences.

Written from the sheet, so it says what the company may take away: no note and no covered value.
"""

from __future__ import annotations

from webapp.services.sheet import Sheet, Slip
from webapp.texts import Texts

NAMED = 3
"""Measures that an answer about all of them names."""


class Replies:
    """Writes answers in one language."""

    def __init__(self, texts: Texts, language: str) -> None:
        self.texts, self.language = texts, language

    def reply(self, sheet: Sheet, measure: str = "") -> list[str]:
        """Give the sentences of an answer about one measure, or about all."""
        slips = (
            slip for group in (sheet.met, sheet.open, sheet.near, sheet.rest) for slip in group
        )
        chosen = next((slip for slip in slips if slip.id == measure), None)
        said = [self._text("reply.opening", day=sheet.as_of)]
        said += self._about(chosen) if chosen else self._all(sheet)
        if sheet.general_hit:
            said.append(self._text("results.general_hit"))
        return [*said, self._text("foot.promise")]

    def _about(self, slip: Slip) -> list[str]:
        place = {"title": slip.title, "document": slip.document, "clause": slip.clause}
        said = [self._text(f"reply.{slip.verdict}", **place)]
        if slip.verdict == "unmet":
            if slip.against:
                said.append(self._text("reply.against", why=self._apart(slip.against)))
            if slip.steps:
                said.append(self._text("reply.steps", steps=self._apart(slip.steps)))
            return said
        if slip.lacks:
            said.append(self._text("reply.lacks", facts=self._apart(slip.lacks)))
        if slip.worth:
            said.append(self._text("reply.worth", basis=slip.basis, worth=slip.worth))
        else:
            said.append(self._text("reply.basis", basis=slip.basis))
        if slip.verdict == "met" and slip.delivery:
            said.append(self._text("reply.delivery", delivery=slip.delivery))
        if slip.proofs:
            proofs = [self._proof(one.name, one.custodian, one.evidence) for one in slip.proofs]
            said.append(self._text("reply.proofs", proofs=self._apart(proofs)))
        if slip.departments:
            said.append(self._text("reply.contact", whom=self._joined(slip.departments)))
        return said

    def _proof(self, name: str, custodian: str, evidence: str) -> str:
        by = self._text("results.by", custodian=custodian) if custodian else ""
        return name + by + (self._text("reply.evidence", what=evidence) if evidence else "")

    def _all(self, sheet: Sheet) -> list[str]:
        counts = {name: len(sheet.group(name)) for name in ("met", "open", "near", "rest")}
        said = [self._text("results.sum", **counts, total=sheet.total)]
        if sheet.met:
            titles = self._joined([slip.title for slip in sheet.met[:NAMED]])
            said.append(self._text("reply.met_all", titles=titles))
        if sheet.open:
            first = sheet.open[0]
            lacks = self._joined(first.lacks[:NAMED])
            said.append(self._text("reply.open_first", title=first.title, facts=lacks))
        return said

    def _joined(self, parts: list[str] | tuple[str, ...]) -> str:
        return self._text("reply.joint").join(parts)

    def _apart(self, parts: list[str] | tuple[str, ...]) -> str:
        """Join what may hold commas itself."""
        return self._text("reply.apart").join(parts)

    def _text(self, key: str, **values: object) -> str:
        return self.texts.get(self.language, key, **values)

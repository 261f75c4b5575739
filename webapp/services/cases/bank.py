"""The account that a company names for a payment: read tolerantly, checked before a case moves on it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from webapp.services.cases.payments import ACCOUNT, BANK
from webapp.services.cases.refusals import Refused

_GAPS = str.maketrans("", "", " -\u00a0\t")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it was typed: its holder and its bank as given, its number as digits alone."""

    holder: str
    bank: str
    number: str

    @classmethod
    def read(cls, holder: str, bank: str, number: str) -> Account:
        """Read what was typed: full-width digits, and gaps between them, do not matter."""
        digits = unicodedata.normalize("NFKC", number).translate(_GAPS)
        return cls(holder.strip(), bank.strip(), digits)

    def faults(self, company: str) -> dict[str, Refused]:
        """Say what is wrong with each field; nothing for an account that can be paid to."""
        found: dict[str, Refused] = {}
        if self.holder != company:
            found["holder"] = Refused("account_of_another", name=company)
        if not BANK.fullmatch(self.bank):
            found["bank"] = Refused("account_bank")
        if not ACCOUNT.fullmatch(self.number):
            found["number"] = Refused("account_number")
        return found

    @property
    def details(self) -> dict[str, str]:
        """The account as a move takes it."""
        return {"holder": self.holder, "bank": self.bank, "number": self.number}

"""A company, a measure and a day -> the finding that a case rests on, and its record.

A case rests on attested facts alone, so the proof is made again at every step where money is at stake.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.finding import Delivery, Finding, General, Matcher
from matcher.payable.due import due
from matcher.payable.ledger import Ledger, Payment
from matcher.profile import Profile
from matcher.report import finding_json
from webapp.services.audit.chain import canonical
from webapp.services.registry.facts import StoredFact, facts_text, known, profile_from
from webapp.services.rules import store_rules
from webapp.tables.cases import FactSnapshot, FindingRow
from webapp.tables.money import PaidRow


@dataclass(frozen=True, slots=True)
class Proof:
    """One finding with the facts that it saw."""

    finding: Finding
    profile: Profile
    facts: tuple[StoredFact, ...]
    as_of: date
    amount_fen: int | None

    @property
    def automatic(self) -> bool:
        """Say whether the attested facts alone prove that no application is needed."""
        return self.finding.delivery is Delivery.AUTOMATIC

    @property
    def credit_clear(self) -> bool:
        """Say whether the prevailing conditions are known to be clear."""
        return self.finding.general is General.CLEAR


class Prover:
    """Proves measures on the facts of the registry."""

    def __init__(self, catalogue: Catalogue, rules: Path) -> None:
        self.catalogue, self.rules, self.matcher = catalogue, rules, Matcher(catalogue)

    def measure(self, id_: str) -> Measure | None:
        """Find a measure of the rules in force now."""
        return self.catalogue.by_id.get(id_)

    def prove(self, session: Session, company: int, id_: str, as_of: date) -> Proof | None:
        """Match one measure on what is known now; None where it is not in force on the day."""
        measure = self.measure(id_)
        if measure is None:
            return None
        facts = known(session, company, as_of)
        profile = profile_from(facts, self.catalogue.vocabulary, as_of)
        found = self.matcher.match(profile, as_of, [measure]).findings
        if not found:
            return None
        stated = self._stating(measure, profile, as_of)
        amount = None
        if stated is not None:
            amount = self._amount(stated, profile, as_of, paid_to(session, company))
        return Proof(found[0], profile, facts, as_of, amount)

    def _stating(self, measure: Measure, profile: Profile, as_of: date) -> Measure | None:
        """Give the measure that states the amount: itself, or the one 细化 of it that is met as plainly."""
        if measure.benefit is not None:
            return measure
        refining = [item for item in self.catalogue.measures if item.refines == measure.id]
        found = self.matcher.match(profile, as_of, refining).findings
        proven = [item.measure for item in found if item.delivery is Delivery.AUTOMATIC]
        return proven[0] if len(proven) == 1 else None

    def _amount(
        self, measure: Measure, profile: Profile, as_of: date, ledger: Ledger
    ) -> int | None:
        """Give the amount in 分 where attested facts settle it."""
        settled = due(measure, profile.attested(), as_of, self.catalogue.vocabulary, ledger)
        return None if settled is None else settled.exact

    def record(self, session: Session, company: int, proof: Proof, now: datetime) -> int:
        """Keep a finding with its facts and its rules; give its key. The same finding is kept once."""
        store_rules(session, self.catalogue.version, self.rules, now)
        snapshot = _snapshot(session, company, proof.facts, now)
        told = canonical(finding_json(proof.finding, proof.profile, self.catalogue.vocabulary))
        wanted = {
            "snapshot_id": snapshot,
            "measure_id": proof.finding.measure.id,
            "rules_version": self.catalogue.version,
            "as_of": proof.as_of,
        }
        kept = session.scalars(select(FindingRow.id).filter_by(**wanted)).one_or_none()
        if kept is not None:
            return kept
        row = FindingRow(
            **wanted,
            company_id=company,
            verdict=proof.finding.verdict.name,
            general=proof.finding.general.value,
            delivery="" if proof.finding.delivery is None else proof.finding.delivery.value,
            told=told.decode(),
            digest=hashlib.sha256(told).hexdigest(),
            made_at=now,
        )
        session.add(row)
        session.flush()
        return row.id


def _snapshot(session: Session, company: int, facts: tuple[StoredFact, ...], now: datetime) -> int:
    text = facts_text(facts)
    digest = hashlib.sha256(text.encode()).hexdigest()
    kept = session.scalars(
        select(FactSnapshot.id).filter_by(company_id=company, digest=digest)
    ).one_or_none()
    if kept is not None:
        return kept
    row = FactSnapshot(company_id=company, digest=digest, facts=text, known_at=now)
    session.add(row)
    session.flush()
    return row.id


def paid_to(session: Session, company: int) -> Ledger:
    """Give all that a company was paid, as limits over time and 补差 count it."""
    rows = session.scalars(
        select(PaidRow).where(PaidRow.company_id == company).order_by(PaidRow.id)
    )
    return Ledger(tuple(Payment(row.paid_to, row.amount_fen, row.day, row.project) for row in rows))

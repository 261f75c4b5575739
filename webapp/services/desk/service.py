"""What the desk's services share: what is known of a company, how it stands, and who looked.

Every look at a company is told the audit, in a unit of work of its own that is open for nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from matcher.finding import Finding
from matcher.nearby.questions import NextQuestion, next_questions
from matcher.profile import FactKey
from webapp.database import Database, retrying
from webapp.services.audit.chain import Deed, Sealer, append
from webapp.services.cases.refusals import Missing
from webapp.services.desk.coverage import View, view
from webapp.services.matching import GROUPS, Matchmaker, Results
from webapp.services.people.roles import Actor
from webapp.services.questions import Questionnaire
from webapp.services.registry.facts import DECISIONS, StoredFact, known, profile_from
from webapp.tables.registry import CompanyRow

COMPANY = "company"
"""What the audit calls a company."""


@dataclass(frozen=True)
class Desk:
    """What the desk works with."""

    database: Database
    sealer: Sealer
    matchmaker: Matchmaker
    questionnaire: Questionnaire


@dataclass(frozen=True)
class Standing:
    """How a company stands on a day: what is known of it, what of that one may see, all findings."""

    facts: tuple[StoredFact, ...]
    view: View
    results: Results

    @property
    def shown(self) -> Results:
        """The results as they may be shown."""
        return self.view.results(self.results)

    def told(self, measure: str = "") -> str:
        """Write how many measures stand in each group, and the verdict of one, as records keep it."""
        counts: dict[str, int | str] = {name: len(self.results.group(name)) for name in GROUPS}
        finding = self.results.of(measure) if measure else None
        return json.dumps({**counts, "verdict": finding.verdict.value if finding else ""})


def role_of(actor: Actor) -> str:
    """Name the role under which the audit knows a deed."""
    return min(actor.roles).value


def company_of(session: Session, company: int) -> CompanyRow:
    """Give a company, or raise `Missing`."""
    row = session.get(CompanyRow, company)
    if row is None:
        raise Missing
    return row


def looked(desk: Desk, actor: Actor, action: str, company: int, now: datetime) -> CompanyRow:
    """Tell the audit that somebody looks at a company, and give it; raises `Missing`."""

    def unit() -> CompanyRow:
        with desk.database.writing() as session:
            row = company_of(session, company)
            append(session, actor, role_of(actor), Deed(action, COMPANY, str(company)), now)
            session.expunge(row)
            return row

    return retrying(unit)


def sought(desk: Desk, actor: Actor, text: str, now: datetime) -> None:
    """Tell the audit that somebody searched; what for stands there as a salted digest alone."""

    def unit() -> None:
        with desk.database.writing() as session:
            deed = Deed("company.search", "companies", "", after=desk.sealer.digest(text))
            append(session, actor, role_of(actor), deed, now)

    retrying(unit)


def standing(
    desk: Desk, actor: Actor, company: int, today: date, unsure: Iterable[FactKey] = ()
) -> Standing:
    """Match what is known of a company; ``unsure`` are facts that it was asked and cannot say."""
    with desk.database.reading() as session:
        facts = known(session, company, today)
    return standing_on(desk, actor, facts, today, unsure)


def standing_on(
    desk: Desk,
    actor: Actor,
    facts: tuple[StoredFact, ...],
    today: date,
    unsure: Iterable[FactKey] = (),
) -> Standing:
    """Match some facts. Raises `SourceError` where today's rules cannot read them."""
    vocabulary = desk.matchmaker.catalogue.vocabulary
    read = profile_from(facts, vocabulary, today)
    profile = replace(read, unsure=frozenset(key for key in unsure if not read.knows(key)))
    told = any(fact.attribute not in DECISIONS for fact in facts)
    results = desk.matchmaker.results_of(profile, today, judged=told)
    return Standing(facts, view(profile, facts, actor, vocabulary), results)


def questions(desk: Desk, found: Standing, measure: str = "") -> list[NextQuestion]:
    """List the questions worth asking next, of one measure or of all, the best first."""
    results = found.results
    chosen: tuple[Finding, ...] = results.findings
    if measure:
        chosen = tuple(item for item in results.findings if item.measure.id == measure)
    vocabulary = desk.matchmaker.catalogue.vocabulary
    return next_questions(chosen, results.profile, results.as_of, vocabulary)

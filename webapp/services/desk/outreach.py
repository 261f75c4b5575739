"""Companies that meet a measure and have not had it this year (符合但未享受), and who has been told of it.

They are matched now, on what is known now, whether a case was ever opened, lapsed, declined or none. Nobody
looks at a whole registry in a request: a bounded stretch at a time, in the order of the registry, of those
companies that can meet the measure at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from matcher.documents.model import Measure
from matcher.finding import General
from matcher.language.diagnostics import SourceError
from matcher.logic import Verdict
from matcher.profile import Assurance
from matcher.vocabulary.model import Vocabulary
from webapp.database import retrying
from webapp.limits import MAX_NOTE, OUTREACH_LOOKED
from webapp.services.audit.chain import Deed, append
from webapp.services.cases.moves import Casework
from webapp.services.cases.proof import Prover
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.desk.calls import Channel
from webapp.services.desk.candidates import Stretch, narrowing, stretch
from webapp.services.desk.service import COMPANY, role_of
from webapp.services.people.roles import Actor, Permission
from webapp.services.registry.facts import known, profile_from
from webapp.tables.cases import CaseRow, Contact, Note
from webapp.tables.money import PaidRow
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow

ATTESTED, EVERY = "attested", "every"
"""On what a company is matched: on what departments vouch for alone, or on what it says itself too."""


@dataclass(frozen=True, slots=True)
class Told:
    """When a company was last told of a measure, by whom, and what was noted."""

    at: datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Lead:
    """A company that meets a measure and has not had it; ``proofs`` are declared facts it rests on.

    ``delivery`` is a label of the vocabulary; ``general`` says whether a prevailing exclusion is known.
    """

    company: int
    code: str
    name: str
    region: str
    delivery: str
    proofs: int
    general: General
    as_of: date
    state: str = ""
    case: int | None = None
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Leads:
    """A stretch of the list: what was found among how many, and after which company it goes on.

    ``unread`` counts companies whose facts today's rules cannot read.
    """

    found: Sequence[Lead]
    looked: int
    further: int | None
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Sought:
    """Who is asked for: the measure, the regions (any, if none is named), and what facts count."""

    measure: Measure
    regions: frozenset[str] = frozenset()
    facts: str = ATTESTED


def regions_within(region: str, vocabulary: Vocabulary) -> frozenset[str]:
    """Give a region and all below it."""
    return frozenset(
        one.id
        for one in vocabulary.regions.by_id.values()
        if region in one.path or one.id == region
    )


def leads(
    session: Session,
    work: Casework,
    sought: Sought,
    after: int,
    today: date,
    limit: int = OUTREACH_LOOKED,
) -> Leads:
    """Match the next companies, at most ``limit``, and give those that meet the measure."""
    looked = _stretch(session, work, sought, after, today, limit)
    found, unread = [], 0
    for company in looked.companies:
        try:
            lead = _look(session, work.prover, sought, company, today)
        except SourceError:
            unread += 1
            continue
        if lead is not None:
            found.append(lead)
    told = _with_cases(session, sought.measure.id, found)
    return Leads(told, len(looked.companies), looked.further, unread)


def end_of(
    session: Session, work: Casework, sought: Sought, after: int, today: date, limit: int
) -> int | None:
    """Give the company after which a list of ``limit`` that starts here goes on; None where it ends."""
    return _stretch(session, work, sought, after, today, limit).further


def _stretch(
    session: Session, work: Casework, sought: Sought, after: int, today: date, limit: int
) -> Stretch:
    attested, vocabulary = sought.facts == ATTESTED, work.prover.catalogue.vocabulary
    narrowed = [
        _without_money(sought.measure.id, today),
        *narrowing(sought.measure.condition, vocabulary, attested),
    ]
    return stretch(session, narrowed, sought.regions, after, limit)


def _look(
    session: Session, prover: Prover, sought: Sought, company: CompanyRow, today: date
) -> Lead | None:
    vocabulary = prover.catalogue.vocabulary
    profile = profile_from(known(session, company.id, today), vocabulary, today)
    if sought.facts == ATTESTED:
        profile = profile.attested()
    findings = prover.matcher.match(profile, today, [sought.measure]).findings
    if not findings or findings[0].verdict is not Verdict.MET or findings[0].excluded:
        return None
    finding = findings[0]
    declared = [
        key
        for key in finding.to_prove
        if key in profile.facts and profile.facts[key].assurance is Assurance.DECLARED
    ]
    return Lead(
        company.id,
        company.code,
        company.name,
        company.region,
        finding.delivery.value if finding.delivery else "",
        len(declared),
        finding.general,
        today,
    )


def _without_money(measure: str, today: date) -> ColumnElement[bool]:
    """Say which companies had no money of the measure this year, or gave it back."""
    year = PaidRow.day.between(date(today.year, 1, 1), date(today.year, 12, 31))
    had = (
        select(func.coalesce(func.sum(PaidRow.amount_fen), 0))
        .where(PaidRow.company_id == CompanyRow.id, PaidRow.paid_to == measure, year)
        .scalar_subquery()
    )
    return had <= 0


def _with_cases(session: Session, measure: str, found: Sequence[Lead]) -> list[Lead]:
    """Add where a case of the measure stands, and when the company was last told."""
    ids = [lead.company for lead in found]
    cases = {
        row.company_id: row
        for row in session.scalars(
            select(CaseRow)
            .where(CaseRow.company_id.in_(ids), CaseRow.measure_id == measure)
            .order_by(CaseRow.period)
        )
    }
    told = _told(session, measure, ids)
    return [
        replace(
            lead,
            state=cases[lead.company].state if lead.company in cases else "",
            case=cases[lead.company].id if lead.company in cases else None,
            told=told.get(lead.company),
        )
        for lead in found
    ]


def _told(session: Session, measure: str, companies: Iterable[int]) -> dict[int, Told]:
    rows = session.execute(
        select(Contact, Note.text, User.name)
        .join(Note, Contact.note_id == Note.id)
        .join(User, Contact.made_by == User.id)
        .where(Contact.company_id.in_(list(companies)), Contact.measure_id == measure)
        .order_by(Contact.id)
    )
    return {contact.company_id: Told(contact.made_at, by, note) for contact, note, by in rows}


def contacted(
    work: Casework,
    actor: Actor,
    company: int,
    measure: Measure,
    channel: str,
    note: str,
    now: datetime,
) -> None:
    """Note that a company was told of a measure; the note is one of the desk's notes on the company."""
    if actor.id is None or not actor.may(Permission.NOTES_WRITE):
        raise Refused("not_allowed")
    if channel not in set(Channel):
        raise Refused("note_kind")
    said = note.strip()
    if not said:
        raise Refused("note_missing")
    if len(said) > MAX_NOTE:
        raise Refused("note_long", most=MAX_NOTE)

    def unit() -> None:
        with work.database.writing() as session:
            if session.get(CompanyRow, company) is None:
                raise Missing
            row = Note(
                company_id=company,
                kind=channel,
                text=f"{measure.title}({measure.id}):{said}",
                made_by=actor.id,
                made_at=now,
            )
            session.add(row)
            session.flush()
            made: dict[str, Any] = {"made_by": actor.id, "made_at": now, "note_id": row.id}
            session.add(Contact(company_id=company, measure_id=measure.id, **made))
            after = work.sealer.digest([row.id, row.text])
            deed = Deed("outreach.contact", COMPANY, str(company), after=after)
            append(session, actor, role_of(actor), deed, now)

    retrying(unit)

"""Companies that meet a measure and have not had it (符合但未享受), and who has been told of it.

Nobody looks at a whole registry in a request. Two lists take its place, each a bounded stretch at a time in
the order of the registry: findings that were stored before, and companies whose facts are matched now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from matcher.documents.model import Measure
from matcher.finding import Matcher
from matcher.language.diagnostics import SourceError
from matcher.logic import Verdict
from matcher.vocabulary.model import Vocabulary
from webapp.database import retrying
from webapp.limits import MAX_NOTE, OUTREACH_LOOKED
from webapp.services.audit.chain import Deed, append
from webapp.services.cases.moves import Casework
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.desk.calls import Channel
from webapp.services.desk.service import COMPANY, role_of
from webapp.services.people.roles import Actor, Permission
from webapp.services.registry.facts import known, profile_from
from webapp.tables.cases import CaseRow, Contact, FindingRow, Note
from webapp.tables.money import PaidRow
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow, FactRow

HAD = ("paid", "reconciled", "archived")
"""States of a case whose money has arrived."""
STORED, NOW = "stored", "now"
"""The two lists: findings that were stored, and companies matched now."""


@dataclass(frozen=True, slots=True)
class Told:
    """When a company was last told of a measure, by whom, and what was noted."""

    at: datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Lead:
    """A company that meets a measure and has not had it; ``proofs`` are declared facts it rests on."""

    company: int
    code: str
    name: str
    region: str
    delivery: str
    proofs: int
    as_of: date
    state: str = ""
    case: int | None = None
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Leads:
    """A stretch of a list: what was found among how many, and after which company it goes on.

    ``unread`` counts companies whose facts today's rules cannot read.
    """

    found: Sequence[Lead]
    looked: int
    further: int | None
    unread: int = 0


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
    measure: Measure,
    regions: frozenset[str],
    source: str,
    after: int,
    today: date,
    limit: int = OUTREACH_LOOKED,
) -> Leads:
    """Give a stretch of one of the two lists, for companies of some regions (of any, if none is named)."""
    if source == STORED:
        found = _stored(session, measure, regions, after, limit)
    else:
        found = _matched(session, work, measure, regions, after, limit, today)
    return Leads(
        _with_cases(session, measure.id, found.found), found.looked, found.further, found.unread
    )


def _stored(
    session: Session, measure: Measure, regions: frozenset[str], after: int, limit: int
) -> Leads:
    newest = (
        select(func.max(FindingRow.id))
        .where(FindingRow.measure_id == measure.id)
        .group_by(FindingRow.company_id)
    )
    wanted = (
        select(FindingRow, CompanyRow)
        .join(CompanyRow, FindingRow.company_id == CompanyRow.id)
        .where(
            FindingRow.id.in_(newest),
            FindingRow.verdict == Verdict.MET.name,
            CompanyRow.id > after,
            *_asked(measure.id, regions),
        )
        .order_by(CompanyRow.id)
        .limit(limit + 1)
    )
    rows = session.execute(wanted).all()
    found = [_lead(company, row.delivery, 0, row.as_of) for row, company in rows[:limit]]
    return Leads(found, len(found), found[-1].company if len(rows) > limit else None)


def _matched(
    session: Session,
    work: Casework,
    measure: Measure,
    regions: frozenset[str],
    after: int,
    limit: int,
    today: date,
) -> Leads:
    told = exists().where(FactRow.company_id == CompanyRow.id, FactRow.known_until.is_(None))
    wanted = (
        select(CompanyRow)
        .where(CompanyRow.id > after, told, *_asked(measure.id, regions))
        .order_by(CompanyRow.id)
        .limit(limit + 1)
    )
    rows = session.scalars(wanted).all()
    vocabulary, matcher = work.prover.catalogue.vocabulary, work.prover.matcher
    found, unread = [], 0
    for company in rows[:limit]:
        try:
            lead = _look(session, matcher, vocabulary, measure, company, today)
        except SourceError:
            unread += 1
            continue
        if lead is not None:
            found.append(lead)
    further = rows[limit - 1].id if len(rows) > limit else None
    return Leads(found, min(len(rows), limit), further, unread)


def _look(
    session: Session,
    matcher: Matcher,
    vocabulary: Vocabulary,
    measure: Measure,
    company: CompanyRow,
    today: date,
) -> Lead | None:
    profile = profile_from(known(session, company.id, today), vocabulary, today)
    findings = matcher.match(profile, today, [measure]).findings
    if not findings or findings[0].verdict is not Verdict.MET or findings[0].excluded:
        return None
    finding = findings[0]
    delivery = finding.delivery.value if finding.delivery else ""
    return _lead(company, delivery, len(finding.to_prove), today)


def _lead(company: CompanyRow, delivery: str, proofs: int, as_of: date) -> Lead:
    return Lead(company.id, company.code, company.name, company.region, delivery, proofs, as_of)


def _asked(measure: str, regions: frozenset[str]) -> list[ColumnElement[bool]]:
    """Say which companies are looked at: of the regions, and without the measure's money so far."""
    case = exists().where(
        CaseRow.company_id == CompanyRow.id, CaseRow.measure_id == measure, CaseRow.state.in_(HAD)
    )
    paid = (
        select(func.coalesce(func.sum(PaidRow.amount_fen), 0))
        .where(PaidRow.company_id == CompanyRow.id, PaidRow.paid_to == measure)
        .scalar_subquery()
    )
    asked: list[ColumnElement[bool]] = [~case, paid <= 0]
    return [*asked, CompanyRow.region.in_(regions)] if regions else asked


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
        Lead(
            lead.company,
            lead.code,
            lead.name,
            lead.region,
            lead.delivery,
            lead.proofs,
            lead.as_of,
            cases[lead.company].state if lead.company in cases else "",
            cases[lead.company].id if lead.company in cases else None,
            told.get(lead.company),
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

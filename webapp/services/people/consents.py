"""A company's consent, custodian by custodian, that what departments hold about it is used here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from webapp.services.audit.chain import Deed
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.accounts import Accounts
from webapp.services.people.roles import Actor, Permission
from webapp.tables.people import Consent


@dataclass(frozen=True, slots=True)
class Given:
    """A consent that stands or stood."""

    custodian: str
    given_at: datetime
    ended_at: datetime | None


def give(
    accounts: Accounts,
    actor: Actor,
    company: int,
    custodian: str,
    known: frozenset[str],
    now: datetime,
) -> None:
    """Consent to one custodian's facts; a second time changes nothing. ``known`` are the custodians."""
    person = _owner(actor, company)
    if custodian not in known:
        raise Refused("custodian_unknown")

    def work(session: Session) -> None:
        if custodian not in allowed(session, company):
            session.execute(
                insert(Consent).values(
                    company_id=company, custodian=custodian, given_by=person, given_at=now
                )
            )

    accounts.unit(actor, _deed(accounts, "consent.give", company, custodian), work, now)


def end(accounts: Accounts, actor: Actor, company: int, custodian: str, now: datetime) -> None:
    """Take a consent back; what was decided while it stood stays decided."""
    _owner(actor, company)

    def work(session: Session) -> None:
        session.execute(
            update(Consent)
            .where(
                Consent.company_id == company,
                Consent.custodian == custodian,
                Consent.ended_at.is_(None),
            )
            .values(ended_at=now)
        )

    accounts.unit(actor, _deed(accounts, "consent.end", company, custodian), work, now)


def allowed(session: Session, company: int) -> frozenset[str]:
    """Give the custodians whose facts a company lets be used."""
    return frozenset(
        session.scalars(
            select(Consent.custodian).where(
                Consent.company_id == company, Consent.ended_at.is_(None)
            )
        )
    )


def history(session: Session, company: int) -> list[Given]:
    """List all consents of a company, the newest first."""
    rows = session.scalars(
        select(Consent).where(Consent.company_id == company).order_by(Consent.id.desc())
    )
    return [Given(row.custodian, row.given_at, row.ended_at) for row in rows]


def _owner(actor: Actor, company: int) -> int:
    """Give the person's number; consent is the company's own alone, staff cannot give it."""
    if actor.id is None or not actor.may(Permission.OWN_COMPANY, company):
        raise Missing
    return actor.id


def _deed(accounts: Accounts, action: str, company: int, custodian: str) -> Deed:
    return Deed(action, "company", str(company), after=accounts.sealer.digest(custodian))

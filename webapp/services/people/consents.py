"""A company's word, custodian by custodian, on what departments share about it: that it is used here, or not.

What departments share under the law counts until the company takes its consent back, and again once it
gives it (docs/decisions/0014-consents.md). Either change is an event for the watch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from webapp.services.audit.chain import Deed
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.accounts import Accounts
from webapp.services.people.roles import Actor, Permission
from webapp.services.registry.withheld import withheld
from webapp.services.watch.inbox import note
from webapp.tables.people import Consent

EVENT = "consent"
"""The kind of the watch's events."""


class Word(StrEnum):
    """What a company said of a custodian: nothing yet, that its facts are used, that they are not."""

    NONE = "none"
    GIVEN = "given"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Given:
    """A consent that stands or stood; ``given_at`` None is a no that no consent went before."""

    custodian: str
    given_at: datetime | None
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
        if custodian in allowed(session, company):
            return
        counted = custodian not in withheld(session, company)
        row = _insert(session, person, company, custodian, now)
        if not counted:
            note(session, [company], EVENT, f"consent-given:{row}", now)

    accounts.unit(actor, _deed(accounts, "consent.give", company, custodian), work, now)


def end(
    accounts: Accounts,
    actor: Actor,
    company: int,
    custodian: str,
    known: frozenset[str],
    now: datetime,
) -> None:
    """Take consent to a custodian's facts back, given or not; what was paid by then stays paid."""
    person = _owner(actor, company)

    def work(session: Session) -> None:
        if custodian not in known | allowed(session, company):
            raise Refused("custodian_unknown")
        withhold(session, person, company, [custodian], now)

    accounts.unit(actor, _deed(accounts, "consent.end", company, custodian), work, now)


def withhold(
    session: Session, person: int, company: int, custodians: Iterable[str], now: datetime
) -> None:
    """Let custodians' facts be used no longer, inside a unit of work; the watch looks at the company."""
    row = None
    for custodian in sorted(set(custodians) - withheld(session, company)):
        standing = select(Consent.id).where(
            Consent.company_id == company,
            Consent.custodian == custodian,
            Consent.ended_at.is_(None),
        )
        row = session.scalars(standing).one_or_none()
        if row is None:  # never asked: its no is a consent of no length
            row = _insert(session, person, company, custodian, now)
        session.execute(update(Consent).where(Consent.id == row).values(ended_at=now))
    if row is not None:
        note(session, [company], EVENT, f"consent-ended:{row}", now)


def _insert(session: Session, person: int, company: int, custodian: str, now: datetime) -> int:
    made = insert(Consent).values(
        company_id=company, custodian=custodian, given_by=person, given_at=now
    )
    return int(session.scalars(made.returning(Consent.id)).one())


def allowed(session: Session, company: int) -> frozenset[str]:
    """Give the custodians to whose facts a company has consented in so many words."""
    return frozenset(
        session.scalars(
            select(Consent.custodian).where(
                Consent.company_id == company, Consent.ended_at.is_(None)
            )
        )
    )


def words(session: Session, company: int, custodians: Iterable[str]) -> dict[str, Word]:
    """Give what a company said of each custodian."""
    given, ended = allowed(session, company), withheld(session, company)
    return {
        one: Word.GIVEN if one in given else Word.ENDED if one in ended else Word.NONE
        for one in sorted({*custodians, *given, *ended})
    }


def history(session: Session, company: int) -> list[Given]:
    """List all that a company said, the newest first."""
    rows = session.scalars(
        select(Consent).where(Consent.company_id == company).order_by(Consent.id.desc())
    )
    return [
        Given(row.custodian, None if row.given_at == row.ended_at else row.given_at, row.ended_at)
        for row in rows
    ]


def _owner(actor: Actor, company: int) -> int:
    """Give the person's number; consent is the company's own alone, staff cannot give it."""
    if actor.id is None or not actor.may(Permission.OWN_COMPANY, company):
        raise Missing
    return actor.id


def _deed(accounts: Accounts, action: str, company: int, custodian: str) -> Deed:
    return Deed(action, "company", str(company), after=accounts.sealer.digest(custodian))

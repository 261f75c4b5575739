"""Who follows what: beginning, ending, and which subscriptions count now.

A subscription counts as long as its person has an open account and, for a company, acts for it; what no
longer does is ended by the daily sweep (`webapp.services.following.retention`).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from matcher.catalogue import Catalogue
from webapp.limits import MAX_FOLLOWED
from webapp.services.audit.chain import Deed
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.following.met import met_now
from webapp.services.following.themes import Theme
from webapp.services.people.accounts import Accounts
from webapp.services.people.roles import VISITOR, Actor, Permission
from webapp.services.people.sessions import APPROVED
from webapp.services.vault import Vault
from webapp.services.watch.inbox import note
from webapp.tables.following import Subscription
from webapp.tables.people import Membership, User

EVENT = "following"
"""The watch looks at a company once somebody follows for it, lest a change slips by at that moment."""
OPEN = Subscription.ended_at.is_(None)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to follow: for a company, or as staff where ``company`` is None."""

    company: int | None
    theme: Theme
    by_mail: bool
    language: str


@dataclass(frozen=True)
class Follower:
    """What following needs: accounts, what seals the tokens of links, and the rules."""

    accounts: Accounts
    vault: Vault
    catalogue: Catalogue


def digest(token: str) -> str:
    """Give what a token is found by."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token(vault: Vault) -> dict[str, str]:
    """Make the token of a link, as a row keeps it."""
    token = secrets.token_urlsafe(32)
    return {"token_hash": digest(token), "token_sealed": vault.seal(token)}


def follow(use: Follower, actor: Actor, wish: Wish, now: datetime, today: date) -> bool:
    """Begin to follow a theme; one that is followed already is told otherwise from now on, and False given.

    What the company meets now is no news later. Raises `Missing` and `Refused`.
    """
    person = _may(actor, wish.company)
    told = {"by_mail": wish.by_mail, "language": wish.language}

    def work(session: Session) -> bool:
        mine = and_(OPEN, _of(person, wish.company))
        if _changed(session, update(Subscription).where(mine, _about(wish.theme)).values(**told)):
            return False
        if (session.scalar(select(func.count()).where(mine)) or 0) >= MAX_FOLLOWED:
            raise Refused("following_full", most=MAX_FOLLOWED)
        row = Subscription(
            user_id=person,
            company_id=wish.company,
            facet=wish.theme.facet,
            value=wish.theme.value,
            **told,
            **new_token(use.vault),
            met="[]",
            begun_at=now,
        )
        session.add(row)
        if wish.company is not None:
            row.met = json.dumps(sorted(met_now(session, use.catalogue, wish.company, today)))
            session.flush()
            note(session, [wish.company], EVENT, f"{EVENT}:{row.id}", now)
        return True

    return use.accounts.unit(actor, _deed("begin", person, wish.company), work, now)


def unfollow(
    accounts: Accounts, actor: Actor, company: int | None, id_: int, now: datetime
) -> None:
    """End one's own subscription; one that is another's does not exist (`Missing`)."""
    person = _may(actor, company)

    def work(session: Session) -> None:
        one = and_(Subscription.id == id_, _of(person, company))
        if session.scalar(select(Subscription.id).where(one)) is None:
            raise Missing
        end(session, one, now)

    accounts.unit(actor, _deed("end", person, company), work, now)


def unsubscribe(accounts: Accounts, token: str, request: str, now: datetime) -> bool:
    """End the subscription that a mail's link names; False where it had ended. Raises `Missing`."""
    with accounts.database.reading() as session:
        row = by_token(session, token)
        if row is None:
            raise Missing  # without a word to the audit, which strangers could fill
        id_, over = row.id, row.ended_at is not None
    if over:
        return False
    deed = Deed("following.end", "subscription", str(id_))
    visitor = replace(VISITOR, request=request)
    ours = Subscription.id == id_
    return accounts.unit(visitor, deed, lambda session: end(session, ours, now) == 1, now)


def by_token(session: Session, token: str) -> Subscription | None:
    """Find a subscription by the token of a link."""
    return session.scalars(
        select(Subscription).where(Subscription.token_hash == digest(token))
    ).one_or_none()


def end(session: Session, whose: ColumnElement[bool], now: datetime) -> int:
    """End open subscriptions and forget what their companies met; gives how many."""
    return _changed(session, update(Subscription).where(OPEN, whose).values(ended_at=now, met="[]"))


def own(session: Session, person: int, company: int | None) -> Sequence[Subscription]:
    """List what a person follows for a company, or as staff, the oldest first."""
    wanted = select(Subscription).where(OPEN, _of(person, company)).order_by(Subscription.id)
    return session.scalars(wanted).all()


def grounded() -> ColumnElement[bool]:
    """Say of a subscription that its person still has an account and acts for its company."""
    here = exists().where(User.id == Subscription.user_id, User.disabled_at.is_(None))
    acts = exists().where(
        Membership.user_id == Subscription.user_id,
        Membership.company_id == Subscription.company_id,
        Membership.state == APPROVED,
    )
    return and_(here, or_(Subscription.company_id.is_(None), acts))


def live() -> Select[Subscription]:
    """Select the subscriptions that count now."""
    return select(Subscription).where(OPEN, grounded())


def followed(session: Session, first: int, last: int) -> set[int]:
    """Give the companies of a stretch for which somebody follows something."""
    among = Subscription.company_id.between(first, last)
    found = session.scalars(select(Subscription.company_id).where(OPEN, among).distinct())
    return {company for company in found if company is not None}


def _may(actor: Actor, company: int | None) -> int:
    """Give the number of a person who may follow for a company, or as staff; raises `Missing`."""
    may = (
        actor.may(Permission.DESK)
        if company is None
        else actor.may(Permission.OWN_COMPANY, company)
    )
    if actor.id is None or not may:
        raise Missing
    return actor.id


def _of(person: int, company: int | None) -> ColumnElement[bool]:
    # Without a company SQLAlchemy writes IS NULL.
    return and_(Subscription.user_id == person, Subscription.company_id == company)


def _about(theme: Theme) -> ColumnElement[bool]:
    return and_(Subscription.facet == theme.facet, Subscription.value == theme.value)


def _deed(action: str, person: int, company: int | None) -> Deed:
    about = ("user", str(person)) if company is None else ("company", str(company))
    return Deed(f"following.{action}", *about)


def _changed(session: Session, statement: Any) -> int:
    done = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount

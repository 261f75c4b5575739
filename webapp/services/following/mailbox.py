"""The address to which a person's mails go: named, confirmed by a link, changed, taken back.

It stands in one place, sealed. Until the link was followed it gets that one mail and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from webapp.limits import GUESS_DAY, MAIL_CONFIRM, MAIL_WAITS, MAX_ADDRESS
from webapp.services.audit.chain import Deed
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.following.outbox import ask_mail, confirming, queue_mail
from webapp.services.following.subscriptions import Follower, digest, new_token
from webapp.services.people.accounts import Accounts
from webapp.services.people.guessing import Counter
from webapp.services.people.roles import VISITOR, Actor
from webapp.services.vault import Unreadable, Vault
from webapp.tables.following import Mailbox

# Mails to addresses with other signs want a server that knows SMTPUTF8; hardly any company has such a one.
_SHAPE = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
_MOST_LOCAL = 64


class State(StrEnum):
    """Where an address stands."""

    NONE = "none"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Shown:
    """A person's address as pages show it: not whole, so that nobody reads it over a shoulder."""

    state: State
    masked: str = ""


def is_address(text: str) -> bool:
    """Say whether a text is an e-mail address that mails can be sent to."""
    local = text.partition("@")[0]
    whole = _SHAPE.fullmatch(text) is not None
    return whole and len(text) <= MAX_ADDRESS and len(local) <= _MOST_LOCAL


def shown(session: Session, vault: Vault, person: int) -> Shown:
    """Give a person's address as the person sees it."""
    row = session.get(Mailbox, person)
    return Shown(State.NONE) if row is None else Shown(state_of(row), masked(row, vault))


def state_of(row: Mailbox) -> State:
    """Say where an address stands."""
    if row.failed_at is not None:
        return State.FAILED
    return State.ASKED if row.confirmed_at is None else State.CONFIRMED


def masked(row: Mailbox, vault: Vault) -> str:
    """Give an address without most of what stands before the @."""
    try:
        local, _, host = vault.open(row.address_sealed).partition("@")
    except Unreadable:
        return "***"
    return f"{local[:1]}***@{host}"


def name_address(
    use: Follower, actor: Actor, address: str, language: str, now: datetime
) -> int | None:
    """Name the address for one's mails and have it confirmed; gives the job that sends the mail with the link.

    What was sent to another address so far stops. Raises `Refused`, `TooSoon` among it.
    """
    if actor.id is None:
        raise Missing
    person, address = actor.id, address.strip()
    if not is_address(address):
        raise Refused("address_shape")
    counted = [
        Counter("mail", str(person), GUESS_DAY, MAIL_WAITS),
        Counter("mail.to", address.lower(), GUESS_DAY, MAIL_WAITS),
    ]
    use.accounts.guessing.begin(counted, now)

    def work(session: Session) -> int | None:
        session.execute(delete(Mailbox).where(Mailbox.user_id == person))
        token = new_token(use.vault)
        sealed = use.vault.seal(address)
        made = insert(Mailbox).values(user_id=person, address_sealed=sealed, asked_at=now, **token)
        session.execute(made)
        queue_mail(session, confirming(token["token_hash"]), person, language, now)
        return ask_mail(session, now)

    return use.accounts.unit(actor, Deed("mail.ask", "user", str(person)), work, now)


def ask_again(use: Follower, actor: Actor, language: str, now: datetime) -> int | None:
    """Send a new link to the address that is there; gives the job. Raises what `name_address` raises."""
    with use.accounts.database.reading() as session:
        row = session.get(Mailbox, actor.id) if actor.id is not None else None
        if row is None:
            raise Missing
        try:
            address = use.vault.open(row.address_sealed)
        except Unreadable:
            raise Missing from None
    return name_address(use, actor, address, language, now)


def by_token(session: Session, token: str) -> Mailbox | None:
    """Find an address by the token of the link that was sent to it."""
    return session.scalars(select(Mailbox).where(Mailbox.token_hash == digest(token))).one_or_none()


def is_over(row: Mailbox, now: datetime) -> bool:
    """Say whether the link came too late; one that was followed in time goes on saying so."""
    return row.confirmed_at is None and row.asked_at + MAIL_CONFIRM < now


def over() -> Refused:
    """Give what is said of a link that came too late."""
    return Refused("mail_link_over", days=MAIL_CONFIRM.days)


def confirm(accounts: Accounts, token: str, request: str, now: datetime) -> None:
    """Take an address into use; twice is once. Raises `Missing`, and `Refused` where the link is over."""
    with accounts.database.reading() as session:
        row = by_token(session, token)
        if row is None:
            raise Missing
        if is_over(row, now):
            raise over()
        person, done = row.user_id, row.confirmed_at is not None
    if done:
        return
    asked = Mailbox.token_hash == digest(token), Mailbox.confirmed_at.is_(None)
    values = {"confirmed_at": now, "token_sealed": ""}

    def work(session: Session) -> None:
        session.execute(update(Mailbox).where(*asked).values(**values))

    visitor = replace(VISITOR, request=request)
    accounts.unit(visitor, Deed("mail.confirm", "user", str(person)), work, now)


def take_back(accounts: Accounts, actor: Actor, now: datetime) -> None:
    """Forget one's address; what one follows is told in the app alone from then on."""
    if actor.id is None:
        raise Missing
    gone = delete(Mailbox).where(Mailbox.user_id == actor.id)
    deed = Deed("mail.end", "user", str(actor.id))
    accounts.unit(actor, deed, lambda session: session.execute(gone), now)

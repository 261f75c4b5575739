"""The outbox: mails written in the commit of what they tell, and the order that it be emptied.

A mail's row names its reader and its notice, never an address or a text; both are looked up when it is sent
(`webapp.services.following.delivery`), so that nothing goes out once somebody said no.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from webapp.services.jobs import queue
from webapp.services.watch.inbox import insert_new
from webapp.tables.following import Mail
from webapp.tables.jobs import Job

MAIL = "mail"
"""The kind of job that empties the outbox."""


class State(StrEnum):
    """Where a mail stands. ``moot``: its reader no longer wants it, or has no address for it any more."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    MOOT = "moot"
    LATE = "late"


_UNSENT = Mail.state == State.WAITING.value


def confirming(token_hash: str) -> str:
    """Give the key of the mail that asks to confirm an address."""
    return f"confirm:{token_hash}"


def queue_mail(
    session: Session,
    key: str,
    person: int,
    language: str,
    now: datetime,
    subscription: int | None = None,
    notice: int | None = None,
) -> None:
    """Write a mail into the outbox, in the commit of what it tells; the same key counts once."""
    row = {
        "key": key,
        "user_id": person,
        "subscription_id": subscription,
        "notice_id": notice,
        "language": language,
        "state": State.WAITING.value,
        "tries": 0,
        "due_at": now,
        "failure": "",
        "made_at": now,
    }
    insert_new(session, Mail, [row])


def count_unsent(session: Session) -> int:
    """Count the mails that still have to go out."""
    return session.scalar(select(func.count()).where(_UNSENT)) or 0


def oldest_unsent(session: Session) -> datetime | None:
    """Give when the oldest of them was written."""
    return session.scalar(select(func.min(Mail.made_at)).where(_UNSENT))


def due(now: datetime) -> ColumnElement[bool]:
    """Say of a mail that it is to be sent now."""
    return and_(_UNSENT, Mail.due_at <= now)


def ask_mail(session: Session, now: datetime) -> int | None:
    """Order that the outbox be emptied where a mail is due and nobody is at it; gives the job.

    The key names the order before this one: however many order at once, one job sends.
    """
    if session.scalar(select(Mail.id).where(due(now)).limit(1)) is None:
        return None
    newest = session.execute(
        select(Job.id, Job.state).where(Job.kind == MAIL).order_by(Job.id.desc()).limit(1)
    ).one_or_none()
    if newest is not None and newest.state in queue.OPEN:
        return None
    return queue.order(session, MAIL, f"{MAIL}:{newest.id if newest else 0}", {}, now)

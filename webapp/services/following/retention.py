"""What ends by itself and is forgotten: subscriptions without a ground, old mails, addresses without a use."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, delete, exists, not_, or_
from sqlalchemy.orm import Session

from webapp.limits import MAIL_CONFIRM, MAIL_KEPT, SUBSCRIPTION_KEPT
from webapp.services.following.subscriptions import end, grounded
from webapp.tables.cases import Notice
from webapp.tables.following import Mail, Mailbox, Subscription


def expire(session: Session, now: datetime) -> dict[str, int]:
    """End what lost its ground and delete what was kept long enough; gives how much of each."""
    unused = not_(
        exists().where(
            Subscription.user_id == Mailbox.user_id,
            Subscription.by_mail,
            or_(Subscription.ended_at.is_(None), Subscription.ended_at >= now - MAIL_KEPT),
        )
    )
    never = and_(Mailbox.confirmed_at.is_(None), Mailbox.asked_at < now - MAIL_CONFIRM)
    idle = and_(unused, Mailbox.asked_at < now - MAIL_KEPT)
    return {
        "followed": end(session, not_(grounded()), now)
        + _gone(
            session, delete(Subscription).where(Subscription.ended_at < now - SUBSCRIPTION_KEPT)
        ),
        "mails": _gone(session, delete(Mail).where(Mail.ended_at < now - MAIL_KEPT)),
        "mailboxes": _gone(session, delete(Mailbox).where(or_(never, idle))),
    }


def forget_person(session: Session, person: int, now: datetime) -> None:
    """Forget what a person follows and where mails to it went; its subscriptions end."""
    end(session, Subscription.user_id == person, now)
    session.execute(delete(Mail).where(Mail.user_id == person))
    session.execute(delete(Mailbox).where(Mailbox.user_id == person))


def forget_company(session: Session, company: int, now: datetime) -> int:
    """End what is followed for a company and forget what its followers were told; gives how many ended."""
    ended = end(session, Subscription.company_id == company, now)
    session.execute(delete(Notice).where(_to_followers(company)))
    return ended


def _to_followers(company: int) -> ColumnElement[bool]:
    return and_(Notice.company_id == company, Notice.user_id.is_not(None))


def _gone(session: Session, statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount

"""What waits, counted for health and figures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.services.watch.inbox import MAX_TRIES
from webapp.tables.watch import InboxEvent


def age(oldest: datetime | None, now: datetime) -> float:
    """Give the seconds that the oldest of what waits has waited; 0 where nothing waits."""
    return 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())


def oldest_waiting(session: Session) -> datetime | None:
    """Give when the oldest event came that the watch still has to work on."""
    return session.scalar(
        select(InboxEvent.received_at)
        .where(InboxEvent.done_at.is_(None), InboxEvent.tries < MAX_TRIES)
        .order_by(InboxEvent.id)  # in the order of arrival; the times alone stand in no index
        .limit(1)
    )


def count_set_aside(session: Session) -> int:
    """Count the events that failed too often."""
    counted = select(func.count()).where(
        InboxEvent.done_at.is_(None), InboxEvent.tries >= MAX_TRIES
    )
    return session.scalar(counted) or 0

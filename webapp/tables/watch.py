"""What the watch has to look at: a durable inbox of changed companies, and who works on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models import Base, UtcTime
from webapp.tables.columns import LABEL, Id
from webapp.tables.registry import CompanyRow

_WAITING = text("done_at IS NULL")


class InboxEvent(Base):
    """Something about a company changed. ``key`` makes the same event count once.

    Its effect and ``done_at`` are written in one commit.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_waiting", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(LABEL), unique=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id), index=True)
    kind: Mapped[str] = mapped_column(String(LABEL))
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)
    tries: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(Text, default="")


class Sweep(Base):
    """Something that concerns many companies; the worker turns it into inbox events, a slice at a time.

    ``reached`` is the last company that has its event. ``key`` makes the same sweep run once.
    """

    __tablename__ = "sweeps"

    key: Mapped[str] = mapped_column(String(LABEL), primary_key=True)
    kind: Mapped[str] = mapped_column(String(LABEL))
    reached: Mapped[int] = mapped_column(Id, default=0)
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Lease(Base):
    """Which process does a work that only one may do, and until when it may."""

    __tablename__ = "leases"

    work: Mapped[str] = mapped_column(String(LABEL), primary_key=True)
    holder: Mapped[str] = mapped_column(String(LABEL))
    until: Mapped[datetime] = mapped_column(UtcTime)

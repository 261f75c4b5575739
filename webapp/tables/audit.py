"""The audit trail: a chain of entries that is only added to, and the heads of its days."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models import Base, UtcTime
from webapp.tables.columns import DIGEST, LABEL, Id


class AuditEntry(Base):
    """One thing that was done, refused or looked at.

    No personal value stands here: ``before`` and ``after`` are salted digests. ``hash`` covers all
    other columns and the hash of the entry before.
    """

    __tablename__ = "audit_entries"

    place: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcTime)
    actor: Mapped[str] = mapped_column(String(LABEL))
    role: Mapped[str] = mapped_column(String(LABEL))
    action: Mapped[str] = mapped_column(String(LABEL))
    object: Mapped[str] = mapped_column(String(LABEL))
    object_id: Mapped[str] = mapped_column(String(LABEL), index=True)
    result: Mapped[str] = mapped_column(String(LABEL))
    request: Mapped[str] = mapped_column(String(LABEL))
    before: Mapped[str] = mapped_column(String(DIGEST))
    after: Mapped[str] = mapped_column(String(DIGEST))
    algorithm: Mapped[str] = mapped_column(String(LABEL))
    previous: Mapped[str] = mapped_column(String(DIGEST))
    hash: Mapped[str] = mapped_column(String(DIGEST))


class AuditHead(Base):
    """The one row that holds the end of the chain; whoever adds an entry holds it meanwhile."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(Id)
    hash: Mapped[str] = mapped_column(String(DIGEST))


class DailyHead(Base):
    """The end of the chain as a day left it, signed; a copy is kept elsewhere."""

    __tablename__ = "audit_daily_heads"

    day: Mapped[date] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(Id)
    hash: Mapped[str] = mapped_column(String(DIGEST))
    signature: Mapped[str] = mapped_column(String(DIGEST))


class AuditCheck(Base):
    """A check of the chain, done a stretch at a time: how far it is, with the hash it ended on."""

    __tablename__ = "audit_checks"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    begun_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    begun_at: Mapped[datetime] = mapped_column(UtcTime)
    reached: Mapped[int] = mapped_column(Id)
    hash: Mapped[str] = mapped_column(String(DIGEST))
    flaws: Mapped[str] = mapped_column(Text)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)

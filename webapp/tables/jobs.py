"""Work that is done beside the requests: the truth about each job, whoever rings for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models import Base, UtcTime
from webapp.tables.columns import LABEL, NAME, Id
from webapp.tables.people import User

_OPEN = text("state IN ('waiting', 'running')")


class Job(Base):
    """One job. ``key`` makes the same order count once; ``about`` and ``result`` are JSON texts.

    While it runs, ``holder`` has it until ``leased_until``; ``step``, ``reached`` and ``total`` say how far it is.
    ``failure`` is a code of `webapp.services.jobs`, or the kind and place of an error, never its message.
    """

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_open", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(NAME), unique=True)
    kind: Mapped[str] = mapped_column(String(LABEL))
    about: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    state: Mapped[str] = mapped_column(String(LABEL))
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    holder: Mapped[str] = mapped_column(String(LABEL), default="")
    leased_until: Mapped[datetime | None] = mapped_column(UtcTime)
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    step: Mapped[str] = mapped_column(String(LABEL), default="")
    reached: Mapped[int] = mapped_column(Id, default=0)
    total: Mapped[int] = mapped_column(Id, default=0)
    failure: Mapped[str] = mapped_column(Text, default="")
    result: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    begun_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime, index=True)

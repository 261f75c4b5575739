"""Registries that somebody had matched: the file, how it was understood, and what came of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models import Base, UtcTime
from webapp.tables.columns import LABEL, NAME, Id
from webapp.tables.people import User


class BatchRun(Base):
    """One registry on its way to findings (`webapp.services.batches`). Its files lie in a folder named ``token``.

    ``source`` is ``upload`` or ``registry`` (the companies of this installation). ``columns`` says how the columns of
    the file are meant, ``measures`` which are asked for ([] for all), ``report`` what a finished run counted, or why
    the file cannot be read: JSON texts, "" before. ``job_id`` is the job that it waits for, ``key_id`` the API key that
    ordered it, where no person did.
    """

    __tablename__ = "batch_runs"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    token: Mapped[str] = mapped_column(String(LABEL), unique=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
    key_id: Mapped[int | None] = mapped_column(Id, index=True)
    name: Mapped[str] = mapped_column(String(NAME))
    source: Mapped[str] = mapped_column(String(LABEL))
    file_name: Mapped[str] = mapped_column(String(NAME), default="")
    sheet: Mapped[str] = mapped_column(String(NAME), default="")
    state: Mapped[str] = mapped_column(String(LABEL))
    columns: Mapped[str] = mapped_column(Text, default="")
    as_of: Mapped[date]
    filed_on: Mapped[date | None]
    measures: Mapped[str] = mapped_column(Text, default="[]")
    job_id: Mapped[int | None] = mapped_column(Id)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("batch_runs.id"))
    rules_version: Mapped[str] = mapped_column(String(LABEL), default="")
    report: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)

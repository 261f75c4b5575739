"""The record of a service: who served whom, what was asked, and what each answer changed.

What a company answered stands in its facts, so that erasing them erases it everywhere; a record says
what was asked, how it was answered and which verdicts stood before and after.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models import Base, UtcTime
from webapp.tables.columns import LABEL, NAME, Id
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow

_OPEN = text("ended_at IS NULL")


class Call(Base):
    """One service of a company by one member of staff: a call, a talk at the counter, a visit.

    ``measure_id`` is "" where all measures are looked at. Of one person and company one is open at most.
    """

    __tablename__ = "calls"
    __table_args__ = (
        Index(
            "uq_calls_open",
            "made_by",
            "company_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id), index=True)
    made_by: Mapped[int] = mapped_column(ForeignKey(User.id))
    kind: Mapped[str] = mapped_column(String(LABEL))
    measure_id: Mapped[str] = mapped_column(String(LABEL), default="")
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class CallAnswer(Base):
    """One question of a service, in order: answered, 不清楚 (unsure) or skipped, said or seen on paper.

    ``fact`` is the question's name in a form; ``before`` and ``after`` are JSON: how many measures stand
    in each group, and the verdict of the measure that was chosen.
    """

    __tablename__ = "call_answers"

    call_id: Mapped[int] = mapped_column(ForeignKey(Call.id), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fact: Mapped[str] = mapped_column(String(NAME))
    outcome: Mapped[str] = mapped_column(String(LABEL))
    how: Mapped[str] = mapped_column(String(LABEL))
    measure_id: Mapped[str] = mapped_column(String(LABEL), default="")
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcTime)

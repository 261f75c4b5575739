"""What other systems come with and how often they came: API keys, and counts of their requests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models import Base, UtcTime
from webapp.tables.columns import DIGEST, LABEL, NAME, Id
from webapp.tables.people import User


class ApiKey(Base):
    """A key that another system comes with, found by the digest of its secret, which is stored nowhere.

    ``scopes`` are permissions, parted by blanks; ``custodian`` is the department for which the key speaks, ""
    for none. ``shown`` is the beginning of the secret, by which people tell keys apart.
    """

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(NAME))
    shown: Mapped[str] = mapped_column(String(LABEL))
    digest: Mapped[str] = mapped_column(String(DIGEST), unique=True)
    scopes: Mapped[str] = mapped_column(Text, default="")
    custodian: Mapped[str] = mapped_column(String(LABEL), default="")
    per_minute: Mapped[int]
    per_day: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    made_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class ApiCount(Base):
    """How many requests of one caller were let in, or set aside for a process, in one stretch of time."""

    __tablename__ = "api_counts"

    subject: Mapped[str] = mapped_column(String(DIGEST), primary_key=True)
    window: Mapped[str] = mapped_column(String(LABEL), primary_key=True)
    taken: Mapped[int] = mapped_column(Id)
    until: Mapped[datetime] = mapped_column(UtcTime, index=True)

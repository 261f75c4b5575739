"""The tables of the application database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# Named constraints: a migration on SQLite has to name what it changes.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention=NAMES)


class UtcTime(TypeDecorator[datetime]):
    """A moment, kept in UTC without a zone on every database."""

    impl = SqlDateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give the moment its zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class SavedProfile(Base):
    """A company's answers, found only by the digest of an unguessable token.

    ``facts`` is the JSON text of a company file, as `matcher.language.profiles` reads it.
    """

    __tablename__ = "profiles"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    facts: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


class RecoveryCode(Base):
    """A recovery code: its keyed digest, and the token of its profile under a pad made from it."""

    __tablename__ = "recovery_codes"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    profile_id: Mapped[int] = mapped_column(
        ForeignKey(SavedProfile.id, ondelete="CASCADE"), unique=True
    )
    wrapped: Mapped[str] = mapped_column(String(128))


class RecoveryTry(Base):
    """How many codes one address tried in one minute; addresses stand as keyed digests."""

    __tablename__ = "recovery_tries"

    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    minute: Mapped[int] = mapped_column(primary_key=True)
    tries: Mapped[int]


class Visit(Base):
    """What a company saw on the last two days on which it looked, each as `webapp.services.visits.Seen`.

    ``before`` is what the newest visit is compared with; None until there is a second one.
    """

    __tablename__ = "visits"

    profile_id: Mapped[int] = mapped_column(
        ForeignKey(SavedProfile.id, ondelete="CASCADE"), primary_key=True
    )
    seen: Mapped[str] = mapped_column(Text)
    before: Mapped[str | None] = mapped_column(Text)


class SharedSnapshot(Base):
    """A result as it stood when a company shared it, found only by the digest of its address's code.

    ``facts`` is the company file that was matched, ``sheets`` the JSON text of what the page shows in
    each language. The code is made from the profile's token and the nonce (`webapp.services.shares`).
    """

    __tablename__ = "shares"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    profile_id: Mapped[int] = mapped_column(
        ForeignKey(SavedProfile.id, ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    nonce: Mapped[str] = mapped_column(String(32))
    facts: Mapped[str] = mapped_column(Text)
    sheets: Mapped[str] = mapped_column(Text)
    rules_version: Mapped[str] = mapped_column(String(64))
    as_of: Mapped[date]
    figures: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcTime, index=True)

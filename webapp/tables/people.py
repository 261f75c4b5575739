"""Accounts: who may come in, as what, for which company, and what they tried."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models import Base, UtcTime
from webapp.tables.columns import DIGEST, LABEL, NAME, Id
from webapp.tables.registry import CompanyRow


class User(Base):
    """A person with an account. ``login`` is folded; ``totp_secret`` is sealed with the application's key.

    ``password_until`` is set for a one-time password and says how long it works. ``totp_step`` is the last
    time step whose code was taken, so that no code counts twice.
    """

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    login: Mapped[str] = mapped_column(String(LABEL), unique=True)
    name: Mapped[str] = mapped_column(String(NAME))
    password_hash: Mapped[str] = mapped_column(String(NAME))
    password_at: Mapped[datetime | None] = mapped_column(UtcTime)
    password_until: Mapped[datetime | None] = mapped_column(UtcTime)
    totp_secret: Mapped[str | None] = mapped_column(String(NAME))
    totp_step: Mapped[int] = mapped_column(Id, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcTime)


class UserRole(Base):
    """A role that a person has; who gave it stands in the audit."""

    __tablename__ = "user_roles"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(LABEL), primary_key=True)


class UserCustodian(Base):
    """A department whose data a person of the data departments may speak for; who said so stands in the audit."""

    __tablename__ = "user_custodians"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    custodian: Mapped[str] = mapped_column(String(LABEL), primary_key=True)


class Identity(Base):
    """An account at the city's identity service that opens an account here; the two make the key."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(String(NAME), primary_key=True)
    subject: Mapped[str] = mapped_column(String(NAME), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    linked_at: Mapped[datetime] = mapped_column(UtcTime)


class Membership(Base):
    """A person's wish to act for a company, and what staff decided: asked, approved, refused, ended.

    ``ground`` is on what papers it was decided.
    """

    __tablename__ = "memberships"
    __table_args__ = (Index("uq_memberships_user_company", "user_id", "company_id", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id), index=True)
    state: Mapped[str] = mapped_column(String(LABEL))
    ground: Mapped[str] = mapped_column(String(NAME), default="")
    asked_at: Mapped[datetime] = mapped_column(UtcTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)


class LoginSession(Base):
    """A signed-in browser, found by the digest of its cookie's token.

    ``second_at`` is when the second factor was given; None means that only the password was.
    """

    __tablename__ = "login_sessions"

    token_hash: Mapped[str] = mapped_column(String(DIGEST), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    second_at: Mapped[datetime | None] = mapped_column(UtcTime)


class SpareCode(Base):
    """A one-time code in place of the second factor, as a keyed digest; taking it deletes the row."""

    __tablename__ = "spare_codes"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(DIGEST), primary_key=True)


class Guess(Base):
    """How often a thing was tried wrongly by one account or address in one minute."""

    __tablename__ = "guesses"

    subject: Mapped[str] = mapped_column(String(DIGEST), primary_key=True)
    minute: Mapped[int] = mapped_column(Id, primary_key=True)
    tries: Mapped[int]


class Consent(Base):
    """A company's consent that a custodian's facts about it are used; ended ones stay as a record.

    One that ended as it was given is a no without a yes before it. Without a row the company said nothing.
    """

    __tablename__ = "consents"
    __table_args__ = (
        Index(
            "uq_consents_open",
            "company_id",
            "custodian",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id), index=True)
    custodian: Mapped[str] = mapped_column(String(LABEL))
    given_by: Mapped[int] = mapped_column(ForeignKey(User.id))
    given_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)

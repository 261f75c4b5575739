"""Following themes: who is told of what, where mails go, what waits to be sent, and the rules that were seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models import Base, UtcTime
from webapp.tables.cases import Notice
from webapp.tables.columns import DIGEST, LABEL, NAME, Id
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow

_COMPANYS = text("ended_at IS NULL AND company_id IS NOT NULL")
_STAFFS = text("ended_at IS NULL AND company_id IS NULL")
_WAITING = text("state = 'waiting'")


class Subscription(Base):
    """A person follows a theme for a company, or as staff (``company_id`` None).

    ``facet`` and ``value`` name the theme, both "" for everything. ``met`` is a JSON list: the measures that
    the company met when it was last looked at, those outside of the theme too. ``token_hash`` finds the row
    by the link of a mail, ``token_sealed`` is what the link holds.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        Index(
            "uq_subscriptions_company",
            "user_id",
            "company_id",
            "facet",
            "value",
            unique=True,
            sqlite_where=_COMPANYS,
            postgresql_where=_COMPANYS,
        ),
        Index(
            "uq_subscriptions_staff",
            "user_id",
            "facet",
            "value",
            unique=True,
            sqlite_where=_STAFFS,
            postgresql_where=_STAFFS,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    company_id: Mapped[int | None] = mapped_column(ForeignKey(CompanyRow.id), index=True)
    facet: Mapped[str] = mapped_column(String(LABEL))
    value: Mapped[str] = mapped_column(String(LABEL))
    language: Mapped[str] = mapped_column(String(LABEL))
    by_mail: Mapped[bool]
    met: Mapped[str] = mapped_column(Text, default="[]")
    token_hash: Mapped[str] = mapped_column(String(DIGEST), unique=True)
    token_sealed: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime, index=True)


class Mailbox(Base):
    """The one address to which a person's mails go, sealed; the only place where an address stands.

    Nothing but the mail with the link is sent to it before ``confirmed_at``, and nothing at all once it
    ``failed_at``. ``refusals`` counts the mails in a row that it refused for good.
    """

    __tablename__ = "mailboxes"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    address_sealed: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[str] = mapped_column(String(DIGEST), unique=True)
    token_sealed: Mapped[str] = mapped_column(Text)
    refusals: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime] = mapped_column(UtcTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Mail(Base):
    """One mail, written in the commit of what it tells; it is worded and addressed when it is sent.

    Without a notice it asks to confirm the address. ``failure`` is the server's three digits.
    """

    __tablename__ = "mails"
    __table_args__ = (
        Index("ix_mails_waiting", "due_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    key: Mapped[str] = mapped_column(String(NAME), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    subscription_id: Mapped[int | None] = mapped_column(
        ForeignKey(Subscription.id, ondelete="CASCADE"), index=True
    )
    notice_id: Mapped[int | None] = mapped_column(
        ForeignKey(Notice.id, ondelete="CASCADE"), index=True
    )
    language: Mapped[str] = mapped_column(String(LABEL))
    state: Mapped[str] = mapped_column(String(LABEL))
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    failure: Mapped[str] = mapped_column(String(LABEL), default="")
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime, index=True)


class RulesSeen(Base):
    """A version of the rules, in the order in which this installation first saw each.

    ``listing`` is JSON: of every measure its titles, themes, last day and a digest of what it says.
    """

    __tablename__ = "rules_seen"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    version: Mapped[str] = mapped_column(String(DIGEST), unique=True)
    listing: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)

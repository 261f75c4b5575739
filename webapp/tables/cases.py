"""Cases (免申即享事项): what was found, how it moved, and what companies and others said of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models import Base, UtcTime
from webapp.tables.columns import DIGEST, LABEL, NAME, Id
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow, RuleVersion


class FactSnapshot(Base):
    """The facts of a company as a finding saw them: canonical JSON, found again by its digest."""

    __tablename__ = "fact_snapshots"
    __table_args__ = (Index("uq_fact_snapshots_digest", "company_id", "digest", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id))
    digest: Mapped[str] = mapped_column(String(DIGEST))
    facts: Mapped[str] = mapped_column(Text)
    known_at: Mapped[datetime] = mapped_column(UtcTime)


class FindingRow(Base):
    """What one measure came to for one company; rules, facts and day are enough to make it again.

    ``told`` is the finding's canonical JSON, ``digest`` its SHA-256.
    """

    __tablename__ = "findings"
    __table_args__ = (
        Index(
            "uq_findings_made",
            "snapshot_id",
            "measure_id",
            "rules_version",
            "as_of",
            unique=True,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id), index=True)
    measure_id: Mapped[str] = mapped_column(String(LABEL), index=True)
    rules_version: Mapped[str] = mapped_column(ForeignKey(RuleVersion.version))
    snapshot_id: Mapped[int] = mapped_column(ForeignKey(FactSnapshot.id))
    as_of: Mapped[date]
    verdict: Mapped[str] = mapped_column(String(8))
    general: Mapped[str] = mapped_column(String(8))
    delivery: Mapped[str] = mapped_column(String(LABEL), default="")
    told: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(DIGEST))
    made_at: Mapped[datetime] = mapped_column(UtcTime)


class Publicity(Base):
    """A list made public before money moves, from one day to another, both included."""

    __tablename__ = "publicities"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    number: Mapped[str] = mapped_column(String(LABEL), unique=True)
    title: Mapped[str] = mapped_column(String(NAME))
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(index=True)
    made_by: Mapped[int] = mapped_column(ForeignKey(User.id))
    made_at: Mapped[datetime] = mapped_column(UtcTime)


class CaseRow(Base):
    """One measure on its way to one company for one year.

    ``state`` is one of `webapp.services.cases.lifecycle`; ``version`` counts the moves, so that of two
    at once one wins. ``resume`` is the state to return to from a pause or an appeal.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("uq_cases_company_measure", "company_id", "measure_id", "period", unique=True),
        Index("ix_cases_state_due", "state", "due_on"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id))
    measure_id: Mapped[str] = mapped_column(String(LABEL), index=True)
    period: Mapped[int]
    state: Mapped[str] = mapped_column(String(LABEL))
    resume: Mapped[str] = mapped_column(String(LABEL), default="")
    version: Mapped[int] = mapped_column(default=1)
    finding_id: Mapped[int] = mapped_column(ForeignKey(FindingRow.id))
    frozen_finding_id: Mapped[int | None] = mapped_column(ForeignKey(FindingRow.id))
    amount_fen: Mapped[int | None] = mapped_column(Id)
    budget_id: Mapped[int | None] = mapped_column(ForeignKey("budgets.id"))
    publicity_id: Mapped[int | None] = mapped_column(ForeignKey(Publicity.id), index=True)
    due_on: Mapped[date | None]
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    moved_at: Mapped[datetime] = mapped_column(UtcTime)


class CaseEvent(Base):
    """One move of a case, in order; nothing of it is ever changed. ``actor_id`` None is the program."""

    __tablename__ = "case_events"
    __table_args__ = (Index("uq_case_events_place", "case_id", "place", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(CaseRow.id))
    place: Mapped[int]
    action: Mapped[str] = mapped_column(String(LABEL))
    before: Mapped[str] = mapped_column(String(LABEL))
    after: Mapped[str] = mapped_column(String(LABEL))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    role: Mapped[str] = mapped_column(String(LABEL))
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcTime)


class CaseAccount(Base):
    """The account that a company named for a case; sealed, and deleted when its keeping is over."""

    __tablename__ = "case_accounts"

    case_id: Mapped[int] = mapped_column(ForeignKey(CaseRow.id), primary_key=True)
    holder: Mapped[str] = mapped_column(String(NAME))
    bank: Mapped[str] = mapped_column(String(NAME))
    number_sealed: Mapped[str] = mapped_column(String(NAME))
    last_digits: Mapped[str] = mapped_column(String(4))
    given_by: Mapped[int] = mapped_column(ForeignKey(User.id))
    given_at: Mapped[datetime] = mapped_column(UtcTime)


class Appeal(Base):
    """An appeal of the company itself (申诉) or an objection of anyone (异议), found by its receipt.

    ``contact_sealed`` holds what is personal; it is emptied when its keeping is over. ``publicity_id`` is
    the list that an objection is about: the case may leave it, what was said against it stays.
    """

    __tablename__ = "appeals"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(CaseRow.id), index=True)
    publicity_id: Mapped[int | None] = mapped_column(ForeignKey(Publicity.id), index=True)
    kind: Mapped[str] = mapped_column(String(LABEL))
    receipt_hash: Mapped[str] = mapped_column(String(DIGEST), unique=True)
    disputed: Mapped[str] = mapped_column(Text, default="")
    statement: Mapped[str] = mapped_column(Text)
    contact_sealed: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(LABEL), index=True)
    due_on: Mapped[date]
    reply: Mapped[str] = mapped_column(Text, default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Evidence(Base):
    """A file that was handed in; its bytes lie outside the web root under their digest."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(CaseRow.id), index=True)
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey(Appeal.id), index=True)
    file_name: Mapped[str] = mapped_column(String(NAME))
    media_type: Mapped[str] = mapped_column(String(LABEL))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(DIGEST))
    given_by: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    given_at: Mapped[datetime] = mapped_column(UtcTime)


class Note(Base):
    """What staff noted of a call, a visit or a talk at the counter; corrected by a further note."""

    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id), index=True)
    kind: Mapped[str] = mapped_column(String(LABEL))
    text: Mapped[str] = mapped_column(Text)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("notes.id"))
    call_back_on: Mapped[date | None] = mapped_column(index=True)
    made_by: Mapped[int] = mapped_column(ForeignKey(User.id))
    made_at: Mapped[datetime] = mapped_column(UtcTime)


class Contact(Base):
    """A company was told of a measure that it meets and has not had; what was said stands in the note."""

    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_company_measure", "company_id", "measure_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id))
    measure_id: Mapped[str] = mapped_column(String(LABEL))
    note_id: Mapped[int] = mapped_column(ForeignKey(Note.id))
    made_by: Mapped[int] = mapped_column(ForeignKey(User.id))
    made_at: Mapped[datetime] = mapped_column(UtcTime)


class Notice(Base):
    """A message to a company or a person, queued in the same commit as what it tells.

    With both it is about the company and for that person alone. ``key`` makes the same message count once.
    """

    __tablename__ = "notices"
    __table_args__ = (Index("uq_notices_key", "key", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey(CompanyRow.id), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey(CaseRow.id))
    key: Mapped[str | None] = mapped_column(String(NAME))
    kind: Mapped[str] = mapped_column(String(LABEL))
    details: Mapped[str] = mapped_column(Text, default="{}")
    made_at: Mapped[datetime] = mapped_column(UtcTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Answered(Base):
    """A request that was answered: the same key and body again gets the same answer, once done."""

    __tablename__ = "answered"

    actor: Mapped[str] = mapped_column(String(LABEL), primary_key=True)
    key: Mapped[str] = mapped_column(String(LABEL), primary_key=True)
    digest: Mapped[str] = mapped_column(String(DIGEST))
    answer: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcTime)

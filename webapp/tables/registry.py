"""The registry: companies, their facts in two times, what departments decided, and the rules in force.

A fact is never changed. A newer one for the same place ends it: ``known_until`` says since when it is
no longer what we know, ``valid_from`` and ``valid_to`` when it is true in the world.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models import Base, UtcTime
from webapp.tables.columns import DIGEST, LABEL, NAME, Id


class CompanyRow(Base):
    """A company of the registry, known by its credit code."""

    __tablename__ = "companies"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    code: Mapped[str] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(NAME), index=True)
    region: Mapped[str] = mapped_column(String(LABEL), default="", index=True)
    industry: Mapped[str] = mapped_column(String(LABEL), default="")
    founded: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(LABEL), default="")
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class CompanyName(Base):
    """A name a company has or had, folded for search, with the first letters of its pinyin."""

    __tablename__ = "company_names"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    company_id: Mapped[int] = mapped_column(
        ForeignKey(CompanyRow.id, ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(NAME), index=True)
    folded: Mapped[str] = mapped_column(String(NAME), index=True)
    initials: Mapped[str] = mapped_column(String(NAME), index=True)
    until: Mapped[date | None]


class NameGram(Base):
    """A piece of a name and the name that has it (`webapp.services.registry.grams`).

    No foreign key: a check for each of some twenty rows a name would take longer than writing them. A row
    whose name is gone finds nothing, since every name that is found is read itself.
    """

    __tablename__ = "name_grams"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - as its base declares it

    # Pieces that begin with a character stand together only where they are compared byte by byte.
    gram: Mapped[str] = mapped_column(
        String(4).with_variant(String(4, collation="C"), "postgresql"), primary_key=True
    )
    name_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)


class FactImport(Base):
    """One file of facts that a custodian sent; the same file of the same custodian is taken once.

    ``done_rows`` is how far it was taken, so that an import that was stopped goes on there; ``reading``
    is a digest of how it is read (as-of date and mapping), which may not change meanwhile.
    """

    __tablename__ = "fact_imports"
    __table_args__ = (Index("uq_fact_imports_file", "custodian", "sha256", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    custodian: Mapped[str] = mapped_column(String(LABEL))
    file_name: Mapped[str] = mapped_column(String(NAME))
    sha256: Mapped[str] = mapped_column(String(DIGEST))
    reading: Mapped[str] = mapped_column(String(DIGEST))
    done_rows: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int]
    rejected: Mapped[int]
    imported_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    imported_at: Mapped[datetime] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)


_CURRENT = text("known_until IS NULL")


class FactRow(Base):
    """One value of one fact from one source. ``value`` is JSON as a company file writes it.

    ``member`` and ``period`` are "" where the fact has none; ``custodian`` is "" for what the company
    declares.
    """

    __tablename__ = "facts"
    __table_args__ = (
        Index(
            "uq_facts_current",
            "company_id",
            "attribute",
            "member",
            "period",
            "custodian",
            unique=True,
            sqlite_where=_CURRENT,
            postgresql_where=_CURRENT,
        ),
        CheckConstraint("assurance IN ('attested', 'declared')", name="assurance"),
        CheckConstraint("assurance = 'declared' OR custodian <> ''", name="attested_by_someone"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id), index=True)
    attribute: Mapped[str] = mapped_column(String(LABEL))
    member: Mapped[str] = mapped_column(String(LABEL), default="")
    period: Mapped[str] = mapped_column(String(LABEL), default="")
    value: Mapped[str] = mapped_column(Text)
    assurance: Mapped[str] = mapped_column(String(8))
    custodian: Mapped[str] = mapped_column(String(LABEL), default="")
    source: Mapped[str] = mapped_column(String(NAME), default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    known_until: Mapped[datetime | None] = mapped_column(UtcTime)
    import_id: Mapped[int | None] = mapped_column(ForeignKey(FactImport.id))
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class FactConflict(Base):
    """Two sources that say different things of one fact; neither is overwritten.

    ``chosen_id`` is what counts, by the rule named in ``ground`` or by the person who decided. Where
    attested facts disagree one person proposes and another decides.
    """

    __tablename__ = "fact_conflicts"
    __table_args__ = (Index("uq_fact_conflicts_pair", "first_id", "second_id", unique=True),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id), index=True)
    first_id: Mapped[int] = mapped_column(ForeignKey(FactRow.id))
    second_id: Mapped[int] = mapped_column(ForeignKey(FactRow.id))
    chosen_id: Mapped[int | None] = mapped_column(ForeignKey(FactRow.id))
    ground: Mapped[str] = mapped_column(String(NAME), default="")
    found_at: Mapped[datetime] = mapped_column(UtcTime)
    proposed_id: Mapped[int | None] = mapped_column(ForeignKey(FactRow.id))
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Decided:
    """What takes two people: one enters it, another approves it. Until then it counts for nothing."""

    document_no: Mapped[str] = mapped_column(String(NAME))
    entered_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    entered_at: Mapped[datetime] = mapped_column(UtcTime)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Judgement(Decided, Base):
    """A department's judgement (认定) of a company, for one measure or for any that asks for it."""

    __tablename__ = "judgements"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> entered_by", name="two_people"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id), index=True)
    name: Mapped[str] = mapped_column(String(LABEL))
    measure_id: Mapped[str] = mapped_column(String(LABEL), default="")
    period: Mapped[str] = mapped_column(String(LABEL), default="")
    holds: Mapped[bool]
    decided_on: Mapped[date]


class ListDocument(Decided, Base):
    """One dated version of a list of companies that a department keeps (名单).

    ``codes`` and ``names`` count the entries that have one: a list without codes is asked by name.
    """

    __tablename__ = "list_documents"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> entered_by", name="two_people"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(LABEL), index=True)
    as_of: Mapped[date]
    codes: Mapped[int]
    names: Mapped[int]


class ListEntry(Base):
    """One company on a list, by code and by the name as given."""

    __tablename__ = "list_entries"

    list_id: Mapped[int] = mapped_column(
        ForeignKey(ListDocument.id, ondelete="CASCADE"), primary_key=True
    )
    row: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(18), default="", index=True)
    name: Mapped[str] = mapped_column(String(NAME), default="", index=True)


class ParameterValue(Decided, Base):
    """A parameter's value from a day on (参数); earlier values stay."""

    __tablename__ = "parameter_values"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> entered_by", name="two_people"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(LABEL), index=True)
    first_day: Mapped[date]
    value: Mapped[str] = mapped_column(String(LABEL))


class RuleVersion(Base):
    """The rules as they stood under a version, packed, so that any finding can be made again."""

    __tablename__ = "rule_versions"

    version: Mapped[str] = mapped_column(String(DIGEST), primary_key=True)
    packed: Mapped[bytes] = mapped_column(LargeBinary)
    stored_at: Mapped[datetime] = mapped_column(UtcTime)

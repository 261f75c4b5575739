"""Money: budgets, payment files and withdrawals, what the bank returned, the ledger of what was paid. All in 分."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models import Base, UtcTime
from webapp.tables.cases import CaseRow
from webapp.tables.columns import DIGEST, LABEL, NAME, Id
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow


class Budget(Base):
    """What may be spent on a measure in a year. The check is the last guard, not the only one."""

    __tablename__ = "budgets"
    __table_args__ = (
        Index("uq_budgets_measure_period", "measure_id", "period", unique=True),
        CheckConstraint("reserved_fen >= 0 AND spent_fen >= 0", name="not_negative"),
        CheckConstraint("reserved_fen + spent_fen <= total_fen", name="not_exceeded"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    measure_id: Mapped[str] = mapped_column(String(LABEL))
    period: Mapped[int]
    total_fen: Mapped[int] = mapped_column(Id)
    reserved_fen: Mapped[int] = mapped_column(Id, default=0)
    spent_fen: Mapped[int] = mapped_column(Id, default=0)
    document_no: Mapped[str] = mapped_column(String(NAME))


class Sent:
    """A file that goes to the treasury: numbered, counted; building it again gives the same bytes and digest."""

    number: Mapped[str] = mapped_column(String(LABEL), unique=True)
    lines: Mapped[int]
    total_fen: Mapped[int] = mapped_column(Id)
    sha256: Mapped[str] = mapped_column(String(DIGEST))
    made_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime] = mapped_column(UtcTime)


class PaymentFile(Sent, Base):
    """One payment file."""

    __tablename__ = "payment_files"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)


_LIVE = text("state IN ('filed', 'paid')")


class PaymentLine(Base):
    """One payment of one file. One line is live for a measure, a company and a year: nothing is paid twice."""

    __tablename__ = "payment_lines"
    __table_args__ = (
        Index(
            "uq_payment_lines_live",
            "measure_id",
            "company_id",
            "period",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("uq_payment_lines_place", "file_id", "place", unique=True),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("state IN ('filed', 'paid', 'failed')", name="state"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    file_id: Mapped[int] = mapped_column(ForeignKey(PaymentFile.id))
    place: Mapped[int]
    case_id: Mapped[int] = mapped_column(ForeignKey(CaseRow.id), index=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id))
    measure_id: Mapped[str] = mapped_column(String(LABEL))
    period: Mapped[int]
    holder: Mapped[str] = mapped_column(String(NAME))
    bank: Mapped[str] = mapped_column(String(NAME))
    number_sealed: Mapped[str] = mapped_column(String(NAME))
    amount_fen: Mapped[int] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(LABEL))
    failure: Mapped[str] = mapped_column(String(NAME), default="")
    settled_on: Mapped[date | None]
    return_id: Mapped[int | None] = mapped_column(ForeignKey("return_files.id"))


class WithdrawalList(Sent, Base):
    """One list of payments that the treasury is asked not to make; the file that went out stays as it is."""

    __tablename__ = "withdrawal_lists"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)


class Withdrawal(Base):
    """A line that was withdrawn after it was filed.

    The line stays filed, and its money reserved, until the bank says what became of it. ``list_id`` is the
    list that told the treasury, None until there is one.
    """

    __tablename__ = "withdrawals"
    __table_args__ = (Index("uq_withdrawals_place", "list_id", "place", unique=True),)

    line_id: Mapped[int] = mapped_column(
        ForeignKey(PaymentLine.id), primary_key=True, autoincrement=False
    )
    day: Mapped[date]
    list_id: Mapped[int | None] = mapped_column(ForeignKey(WithdrawalList.id))
    place: Mapped[int | None]


class ReturnFile(Base):
    """One file that the bank returned; the same bytes are taken once."""

    __tablename__ = "return_files"

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    sha256: Mapped[str] = mapped_column(String(DIGEST), unique=True)
    rows: Mapped[int]
    taken_by: Mapped[int] = mapped_column(ForeignKey(User.id))
    taken_at: Mapped[datetime] = mapped_column(UtcTime)


class PaidRow(Base):
    """One payment that a company had: our own (``line_id``) or one that a department told us of.

    ``paid_to`` is a measure or a group of measures, as `matcher.payable.ledger` counts them.
    """

    __tablename__ = "paid"
    __table_args__ = (CheckConstraint("amount_fen <> 0", name="amount"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=True)
    company_id: Mapped[int] = mapped_column(ForeignKey(CompanyRow.id), index=True)
    paid_to: Mapped[str] = mapped_column(String(LABEL))
    amount_fen: Mapped[int] = mapped_column(Id)
    day: Mapped[date]
    project: Mapped[str] = mapped_column(String(NAME), default="")
    line_id: Mapped[int | None] = mapped_column(ForeignKey(PaymentLine.id), unique=True)
    recovers_id: Mapped[int | None] = mapped_column(ForeignKey("paid.id"), unique=True)
    source: Mapped[str] = mapped_column(String(NAME), default="")

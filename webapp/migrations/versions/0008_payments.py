"""Payment files, what banks return, and the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_files",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column(
            "total_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_payment_files_made_by"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_files"),
        sa.UniqueConstraint("number", name="uq_payment_files_number"),
    )
    op.create_table(
        "return_files",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("taken_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("taken_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["taken_by"], ["users.id"], name="fk_return_files_taken_by"),
        sa.PrimaryKeyConstraint("id", name="pk_return_files"),
        sa.UniqueConstraint("sha256", name="uq_return_files_sha256"),
    )
    op.create_table(
        "payment_lines",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("measure_id", sa.String(length=64), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("bank", sa.String(length=200), nullable=False),
        sa.Column("number_sealed", sa.String(length=200), nullable=False),
        sa.Column(
            "amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("failure", sa.String(length=200), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("return_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("state IN ('filed', 'paid', 'failed')", name="ck_payment_lines_state"),
        sa.CheckConstraint("amount_fen > 0", name="ck_payment_lines_amount"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_payment_lines_case_id"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_payment_lines_company_id"
        ),
        sa.ForeignKeyConstraint(["file_id"], ["payment_files.id"], name="fk_payment_lines_file_id"),
        sa.ForeignKeyConstraint(
            ["return_id"], ["return_files.id"], name="fk_payment_lines_return_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_lines"),
    )
    op.create_index("ix_payment_lines_case_id", "payment_lines", ["case_id"], unique=False)
    op.create_index(
        "uq_payment_lines_live",
        "payment_lines",
        ["measure_id", "company_id", "period"],
        unique=True,
        sqlite_where=sa.text("state IN ('filed', 'paid')"),
        postgresql_where=sa.text("state IN ('filed', 'paid')"),
    )
    op.create_index("uq_payment_lines_place", "payment_lines", ["file_id", "place"], unique=True)
    op.create_table(
        "paid",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("paid_to", sa.String(length=64), nullable=False),
        sa.Column(
            "amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("project", sa.String(length=200), nullable=False),
        sa.Column("line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "recovers_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.CheckConstraint("amount_fen <> 0", name="ck_paid_amount"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_paid_company_id"),
        sa.ForeignKeyConstraint(["line_id"], ["payment_lines.id"], name="fk_paid_line_id"),
        sa.ForeignKeyConstraint(["recovers_id"], ["paid.id"], name="fk_paid_recovers_id"),
        sa.PrimaryKeyConstraint("id", name="pk_paid"),
        sa.UniqueConstraint("line_id", name="uq_paid_line_id"),
        sa.UniqueConstraint("recovers_id", name="uq_paid_recovers_id"),
    )
    op.create_index("ix_paid_company_id", "paid", ["company_id"], unique=False)
    # ### end Alembic commands ###


def downgrade() -> None:
    op.drop_index("ix_paid_company_id", table_name="paid")
    op.drop_table("paid")
    op.drop_index("uq_payment_lines_place", table_name="payment_lines")
    op.drop_index(
        "uq_payment_lines_live",
        table_name="payment_lines",
        sqlite_where=sa.text("state IN ('filed', 'paid')"),
        postgresql_where=sa.text("state IN ('filed', 'paid')"),
    )
    op.drop_index("ix_payment_lines_case_id", table_name="payment_lines")
    op.drop_table("payment_lines")
    op.drop_table("return_files")
    op.drop_table("payment_files")

"""Payments withdrawn after they were filed, and the lists that tell the treasury."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "withdrawal_lists",
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
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_withdrawal_lists_made_by"),
        sa.PrimaryKeyConstraint("id", name="pk_withdrawal_lists"),
        sa.UniqueConstraint("number", name="uq_withdrawal_lists_number"),
    )
    op.create_table(
        "withdrawals",
        sa.Column(
            "line_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("list_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["line_id"], ["payment_lines.id"], name="fk_withdrawals_line_id"),
        sa.ForeignKeyConstraint(
            ["list_id"], ["withdrawal_lists.id"], name="fk_withdrawals_list_id"
        ),
        sa.PrimaryKeyConstraint("line_id", name="pk_withdrawals"),
    )
    op.create_index("uq_withdrawals_place", "withdrawals", ["list_id", "place"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_withdrawals_place", table_name="withdrawals")
    op.drop_table("withdrawals")
    op.drop_table("withdrawal_lists")

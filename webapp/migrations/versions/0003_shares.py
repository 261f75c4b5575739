"""Shared snapshots of results."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shares",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "profile_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("sheets", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.String(64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("figures", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shares"),
        sa.UniqueConstraint("code_hash", name="uq_shares_code_hash"),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name="fk_shares_profile_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_shares_profile_id", "shares", ["profile_id"])
    op.create_index("ix_shares_created_at", "shares", ["created_at"])


def downgrade() -> None:
    op.drop_index("ix_shares_created_at", table_name="shares")
    op.drop_index("ix_shares_profile_id", table_name="shares")
    op.drop_table("shares")

"""Recovery codes and the tries of them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column(
            "profile_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("wrapped", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_recovery_codes"),
        sa.UniqueConstraint("profile_id", name="uq_recovery_codes_profile_id"),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["profiles.id"],
            name="fk_recovery_codes_profile_id",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "recovery_tries",
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("address", "minute", name="pk_recovery_tries"),
    )


def downgrade() -> None:
    op.drop_table("recovery_tries")
    op.drop_table("recovery_codes")

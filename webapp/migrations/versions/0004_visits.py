"""What a company saw at its last visits."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visits",
        sa.Column(
            "profile_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("profile_id", name="pk_visits"),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name="fk_visits_profile_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("visits")

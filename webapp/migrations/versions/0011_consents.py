"""An index by which what a company said of its consents is found: it is asked at every match."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_consents_company_id", "consents", ["company_id"])


def downgrade() -> None:
    op.drop_index("ix_consents_company_id", table_name="consents")

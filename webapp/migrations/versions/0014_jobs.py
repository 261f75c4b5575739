"""Jobs, and registries that somebody had matched."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('waiting', 'running')")


def _id() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", _id(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("owner_id", _id(), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("reached", _id(), nullable=False),
        sa.Column("total", _id(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_jobs_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("key", name="uq_jobs_key"),
    )
    op.create_index(
        "ix_jobs_open", "jobs", ["due_at"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index("ix_jobs_ended_at", "jobs", ["ended_at"])
    op.create_table(
        "batch_runs",
        sa.Column("id", _id(), autoincrement=True, nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("owner_id", _id(), nullable=True),
        sa.Column("key_id", _id(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sheet", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("job_id", _id(), nullable=True),
        sa.Column("previous_id", _id(), nullable=True),
        sa.Column("rules_version", sa.String(length=64), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name="fk_batch_runs_owner_id"),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["batch_runs.id"], name="fk_batch_runs_previous_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_batch_runs"),
        sa.UniqueConstraint("token", name="uq_batch_runs_token"),
    )
    op.create_index("ix_batch_runs_owner_id", "batch_runs", ["owner_id"])
    op.create_index("ix_batch_runs_key_id", "batch_runs", ["key_id"])


def downgrade() -> None:
    op.drop_table("batch_runs")
    op.drop_table("jobs")

"""Following themes: subscriptions, mailboxes, mails that wait, rules that were seen; notices count once."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COMPANYS = sa.text("ended_at IS NULL AND company_id IS NOT NULL")
STAFFS = sa.text("ended_at IS NULL AND company_id IS NULL")
WAITING = sa.text("state = 'waiting'")


def _id() -> sa.types.TypeEngine:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _own(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"fk_{table}_{column}", ondelete=ondelete
    )


def upgrade() -> None:
    op.add_column("notices", sa.Column("key", sa.String(length=200), nullable=True))
    op.create_index("uq_notices_key", "notices", ["key"], unique=True)
    _subscriptions()
    op.create_table(
        "mailboxes",
        sa.Column("user_id", _id(), autoincrement=False, nullable=False),
        sa.Column("address_sealed", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("token_sealed", sa.Text(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("failed_at", sa.DateTime(), nullable=True),
        _own("mailboxes", "user_id", "users", "CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_mailboxes"),
        sa.UniqueConstraint("token_hash", name="uq_mailboxes_token_hash"),
    )
    _mails()
    op.create_table(
        "rules_seen",
        sa.Column("id", _id(), autoincrement=True, nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rules_seen"),
        sa.UniqueConstraint("version", name="uq_rules_seen_version"),
    )


def _subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", _id(), autoincrement=True, nullable=False),
        sa.Column("user_id", _id(), nullable=False),
        sa.Column("company_id", _id(), nullable=True),
        sa.Column("facet", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("met", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("token_sealed", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        _own("subscriptions", "user_id", "users", "CASCADE"),
        _own("subscriptions", "company_id", "companies"),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint("token_hash", name="uq_subscriptions_token_hash"),
    )
    op.create_index("ix_subscriptions_company_id", "subscriptions", ["company_id"])
    op.create_index("ix_subscriptions_ended_at", "subscriptions", ["ended_at"])
    for name, columns, where in (
        ("company", ["user_id", "company_id", "facet", "value"], COMPANYS),
        ("staff", ["user_id", "facet", "value"], STAFFS),
    ):
        op.create_index(
            f"uq_subscriptions_{name}",
            "subscriptions",
            columns,
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )


def _mails() -> None:
    op.create_table(
        "mails",
        sa.Column("id", _id(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("user_id", _id(), nullable=False),
        sa.Column("subscription_id", _id(), nullable=True),
        sa.Column("notice_id", _id(), nullable=True),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("failure", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        _own("mails", "user_id", "users", "CASCADE"),
        _own("mails", "subscription_id", "subscriptions", "CASCADE"),
        _own("mails", "notice_id", "notices", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
        sa.UniqueConstraint("key", name="uq_mails_key"),
    )
    for column in ("user_id", "subscription_id", "notice_id", "ended_at"):
        op.create_index(f"ix_mails_{column}", "mails", [column])
    op.create_index(
        "ix_mails_waiting", "mails", ["due_at"], sqlite_where=WAITING, postgresql_where=WAITING
    )


def downgrade() -> None:
    for table in ("rules_seen", "mails", "mailboxes", "subscriptions"):
        op.drop_table(table)
    op.drop_index("uq_notices_key", table_name="notices")
    op.drop_column("notices", "key")

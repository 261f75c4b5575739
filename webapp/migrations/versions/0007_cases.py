"""Cases, and what is said and decided about them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fact_snapshots",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("known_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_fact_snapshots_company_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_fact_snapshots"),
    )
    op.create_index(
        "uq_fact_snapshots_digest", "fact_snapshots", ["company_id", "digest"], unique=True
    )
    op.create_table(
        "findings",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("measure_id", sa.String(length=64), nullable=False),
        sa.Column("rules_version", sa.String(length=64), nullable=False),
        sa.Column(
            "snapshot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("general", sa.String(length=8), nullable=False),
        sa.Column("delivery", sa.String(length=64), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_findings_company_id"),
        sa.ForeignKeyConstraint(
            ["rules_version"], ["rule_versions.version"], name="fk_findings_rules_version"
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["fact_snapshots.id"], name="fk_findings_snapshot_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_findings"),
    )
    op.create_index("ix_findings_company_id", "findings", ["company_id"], unique=False)
    op.create_index("ix_findings_measure_id", "findings", ["measure_id"], unique=False)
    op.create_index(
        "uq_findings_made",
        "findings",
        ["snapshot_id", "measure_id", "rules_version", "as_of"],
        unique=True,
    )
    op.create_table(
        "publicities",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_publicities_made_by"),
        sa.PrimaryKeyConstraint("id", name="pk_publicities"),
        sa.UniqueConstraint("number", name="uq_publicities_number"),
    )
    op.create_index("ix_publicities_last_day", "publicities", ["last_day"], unique=False)
    op.create_table(
        "budgets",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("measure_id", sa.String(length=64), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column(
            "total_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "reserved_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "spent_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("document_no", sa.String(length=200), nullable=False),
        sa.CheckConstraint("reserved_fen + spent_fen <= total_fen", name="ck_budgets_not_exceeded"),
        sa.CheckConstraint("reserved_fen >= 0 AND spent_fen >= 0", name="ck_budgets_not_negative"),
        sa.PrimaryKeyConstraint("id", name="pk_budgets"),
    )
    op.create_index("uq_budgets_measure_period", "budgets", ["measure_id", "period"], unique=True)
    op.create_table(
        "cases",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("measure_id", sa.String(length=64), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("resume", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "finding_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "frozen_finding_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "amount_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("budget_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "publicity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("moved_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["budget_id"], ["budgets.id"], name="fk_cases_budget_id"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_cases_company_id"),
        sa.ForeignKeyConstraint(["finding_id"], ["findings.id"], name="fk_cases_finding_id"),
        sa.ForeignKeyConstraint(
            ["frozen_finding_id"], ["findings.id"], name="fk_cases_frozen_finding_id"
        ),
        sa.ForeignKeyConstraint(["publicity_id"], ["publicities.id"], name="fk_cases_publicity_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
    )
    op.create_index("ix_cases_measure_id", "cases", ["measure_id"], unique=False)
    op.create_index("ix_cases_publicity_id", "cases", ["publicity_id"], unique=False)
    op.create_index("ix_cases_state_due", "cases", ["state", "due_on"], unique=False)
    op.create_index(
        "uq_cases_company_measure", "cases", ["company_id", "measure_id", "period"], unique=True
    )
    op.create_table(
        "case_events",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("after", sa.String(length=64), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name="fk_case_events_actor_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_events_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_events"),
    )
    op.create_index("uq_case_events_place", "case_events", ["case_id", "place"], unique=True)
    op.create_table(
        "case_accounts",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("bank", sa.String(length=200), nullable=False),
        sa.Column("number_sealed", sa.String(length=200), nullable=False),
        sa.Column("last_digits", sa.String(length=4), nullable=False),
        sa.Column("given_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_accounts_case_id"),
        sa.ForeignKeyConstraint(["given_by"], ["users.id"], name="fk_case_accounts_given_by"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_accounts"),
    )
    op.create_table(
        "appeals",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "publicity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("receipt_hash", sa.String(length=64), nullable=False),
        sa.Column("disputed", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("contact_sealed", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column(
            "proposed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_appeals_case_id"),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name="fk_appeals_decided_by"),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_appeals_made_by"),
        sa.ForeignKeyConstraint(["proposed_by"], ["users.id"], name="fk_appeals_proposed_by"),
        sa.ForeignKeyConstraint(
            ["publicity_id"], ["publicities.id"], name="fk_appeals_publicity_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_appeals"),
        sa.UniqueConstraint("receipt_hash", name="uq_appeals_receipt_hash"),
    )
    op.create_index("ix_appeals_case_id", "appeals", ["case_id"], unique=False)
    op.create_index("ix_appeals_publicity_id", "appeals", ["publicity_id"], unique=False)
    op.create_index("ix_appeals_state", "appeals", ["state"], unique=False)
    op.create_table(
        "evidence",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("appeal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("given_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name="fk_evidence_appeal_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_evidence_case_id"),
        sa.ForeignKeyConstraint(["given_by"], ["users.id"], name="fk_evidence_given_by"),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
    )
    op.create_index("ix_evidence_appeal_id", "evidence", ["appeal_id"], unique=False)
    op.create_index("ix_evidence_case_id", "evidence", ["case_id"], unique=False)
    op.create_table(
        "notes",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "corrects_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("call_back_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_notes_company_id"),
        sa.ForeignKeyConstraint(["corrects_id"], ["notes.id"], name="fk_notes_corrects_id"),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_notes_made_by"),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_call_back_on", "notes", ["call_back_on"], unique=False)
    op.create_index("ix_notes_company_id", "notes", ["company_id"], unique=False)
    op.create_table(
        "contacts",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("measure_id", sa.String(length=64), nullable=False),
        sa.Column("note_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_contacts_company_id"),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_contacts_made_by"),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name="fk_contacts_note_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index(
        "ix_contacts_company_measure", "contacts", ["company_id", "measure_id"], unique=False
    )
    op.create_table(
        "calls",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("measure_id", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_calls_company_id"),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name="fk_calls_made_by"),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
    )
    op.create_index("ix_calls_company_id", "calls", ["company_id"], unique=False)
    op.create_index(
        "uq_calls_open",
        "calls",
        ["made_by", "company_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "call_answers",
        sa.Column("call_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fact", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("how", sa.String(length=64), nullable=False),
        sa.Column("measure_id", sa.String(length=64), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_call_answers_call_id"),
        sa.PrimaryKeyConstraint("call_id", "place", name="pk_call_answers"),
    )
    op.create_table(
        "notices",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_notices_case_id"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_notices_company_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_notices_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_company_id", "notices", ["company_id"], unique=False)
    op.create_index("ix_notices_user_id", "notices", ["user_id"], unique=False)
    op.create_table(
        "answered",
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name="pk_answered"),
    )


def downgrade() -> None:
    op.drop_table("answered")
    # ### end Alembic commands ###
    op.drop_index("ix_notices_user_id", table_name="notices")
    op.drop_index("ix_notices_company_id", table_name="notices")
    op.drop_table("notices")
    op.drop_index("ix_contacts_company_measure", table_name="contacts")
    op.drop_table("contacts")
    op.drop_index("ix_notes_company_id", table_name="notes")
    op.drop_table("call_answers")
    op.drop_index("uq_calls_open", table_name="calls")
    op.drop_index("ix_calls_company_id", table_name="calls")
    op.drop_table("calls")
    op.drop_index("ix_notes_call_back_on", table_name="notes")
    op.drop_table("notes")
    op.drop_index("ix_evidence_case_id", table_name="evidence")
    op.drop_index("ix_evidence_appeal_id", table_name="evidence")
    op.drop_table("evidence")
    op.drop_index("ix_appeals_state", table_name="appeals")
    op.drop_index("ix_appeals_publicity_id", table_name="appeals")
    op.drop_index("ix_appeals_case_id", table_name="appeals")
    op.drop_table("appeals")
    op.drop_table("case_accounts")
    op.drop_index("uq_case_events_place", table_name="case_events")
    op.drop_table("case_events")
    op.drop_index("uq_cases_company_measure", table_name="cases")
    op.drop_index("ix_cases_state_due", table_name="cases")
    op.drop_index("ix_cases_publicity_id", table_name="cases")
    op.drop_index("ix_cases_measure_id", table_name="cases")
    op.drop_table("cases")
    op.drop_index("uq_budgets_measure_period", table_name="budgets")
    op.drop_table("budgets")
    op.drop_index("ix_publicities_last_day", table_name="publicities")
    op.drop_table("publicities")
    op.drop_index("uq_findings_made", table_name="findings")
    op.drop_index("ix_findings_measure_id", table_name="findings")
    op.drop_index("ix_findings_company_id", table_name="findings")
    op.drop_table("findings")
    op.drop_index("uq_fact_snapshots_digest", table_name="fact_snapshots")
    op.drop_table("fact_snapshots")

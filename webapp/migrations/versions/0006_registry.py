"""What is known and decided of companies, in two times, and the rules of each version."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fact_imports",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("custodian", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("reading", sa.String(length=64), nullable=False),
        sa.Column("done_rows", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column(
            "imported_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("imported_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["imported_by"], ["users.id"], name="fk_fact_imports_imported_by"),
        sa.PrimaryKeyConstraint("id", name="pk_fact_imports"),
    )
    op.create_index("uq_fact_imports_file", "fact_imports", ["custodian", "sha256"], unique=True)
    op.create_table(
        "facts",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("attribute", sa.String(length=64), nullable=False),
        sa.Column("member", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("assurance", sa.String(length=8), nullable=False),
        sa.Column("custodian", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("known_until", sa.DateTime(), nullable=True),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "entered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.CheckConstraint(
            "assurance = 'declared' OR custodian <> ''", name="ck_facts_attested_by_someone"
        ),
        sa.CheckConstraint("assurance IN ('attested', 'declared')", name="ck_facts_assurance"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_facts_company_id"),
        sa.ForeignKeyConstraint(["entered_by"], ["users.id"], name="fk_facts_entered_by"),
        sa.ForeignKeyConstraint(["import_id"], ["fact_imports.id"], name="fk_facts_import_id"),
        sa.PrimaryKeyConstraint("id", name="pk_facts"),
    )
    op.create_index("ix_facts_company_id", "facts", ["company_id"], unique=False)
    op.create_index(
        "uq_facts_current",
        "facts",
        ["company_id", "attribute", "member", "period", "custodian"],
        unique=True,
        sqlite_where=sa.text("known_until IS NULL"),
        postgresql_where=sa.text("known_until IS NULL"),
    )
    op.create_table(
        "fact_conflicts",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("first_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "second_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("chosen_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ground", sa.String(length=200), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column(
            "proposed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "proposed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("proposed_at", sa.DateTime(), nullable=True),
        sa.Column(
            "decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["chosen_id"], ["facts.id"], name="fk_fact_conflicts_chosen_id"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_fact_conflicts_company_id"
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name="fk_fact_conflicts_decided_by"),
        sa.ForeignKeyConstraint(["first_id"], ["facts.id"], name="fk_fact_conflicts_first_id"),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["users.id"], name="fk_fact_conflicts_proposed_by"
        ),
        sa.ForeignKeyConstraint(
            ["proposed_id"], ["facts.id"], name="fk_fact_conflicts_proposed_id"
        ),
        sa.ForeignKeyConstraint(["second_id"], ["facts.id"], name="fk_fact_conflicts_second_id"),
        sa.PrimaryKeyConstraint("id", name="pk_fact_conflicts"),
    )
    op.create_index("ix_fact_conflicts_company_id", "fact_conflicts", ["company_id"], unique=False)
    op.create_index(
        "uq_fact_conflicts_pair", "fact_conflicts", ["first_id", "second_id"], unique=True
    )
    op.create_table(
        "judgements",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("measure_id", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=64), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.String(length=200), nullable=False),
        sa.Column(
            "entered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column(
            "approved_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> entered_by", name="ck_judgements_two_people"
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["users.id"], name="fk_judgements_approved_by"),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name="fk_judgements_company_id"),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name="fk_judgements_ended_by"),
        sa.ForeignKeyConstraint(["entered_by"], ["users.id"], name="fk_judgements_entered_by"),
        sa.PrimaryKeyConstraint("id", name="pk_judgements"),
    )
    op.create_index("ix_judgements_company_id", "judgements", ["company_id"], unique=False)
    op.create_table(
        "list_documents",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("names", sa.Integer(), nullable=False),
        sa.Column("document_no", sa.String(length=200), nullable=False),
        sa.Column(
            "entered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column(
            "approved_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> entered_by", name="ck_list_documents_two_people"
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["users.id"], name="fk_list_documents_approved_by"
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name="fk_list_documents_ended_by"),
        sa.ForeignKeyConstraint(["entered_by"], ["users.id"], name="fk_list_documents_entered_by"),
        sa.PrimaryKeyConstraint("id", name="pk_list_documents"),
    )
    op.create_index("ix_list_documents_name", "list_documents", ["name"], unique=False)
    op.create_table(
        "list_entries",
        sa.Column("list_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=18), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["list_documents.id"], name="fk_list_entries_list_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("list_id", "row", name="pk_list_entries"),
    )
    op.create_index("ix_list_entries_code", "list_entries", ["code"], unique=False)
    op.create_index("ix_list_entries_name", "list_entries", ["name"], unique=False)
    op.create_table(
        "parameter_values",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("document_no", sa.String(length=200), nullable=False),
        sa.Column(
            "entered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column(
            "approved_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> entered_by",
            name="ck_parameter_values_two_people",
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["users.id"], name="fk_parameter_values_approved_by"
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["users.id"], name="fk_parameter_values_ended_by"),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["users.id"], name="fk_parameter_values_entered_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_parameter_values"),
    )
    op.create_index("ix_parameter_values_name", "parameter_values", ["name"], unique=False)
    op.create_table(
        "rule_versions",
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_rule_versions"),
    )


def downgrade() -> None:
    op.drop_table("rule_versions")
    op.drop_index("ix_parameter_values_name", table_name="parameter_values")
    op.drop_table("parameter_values")
    op.drop_index("ix_list_entries_name", table_name="list_entries")
    op.drop_index("ix_list_entries_code", table_name="list_entries")
    op.drop_table("list_entries")
    op.drop_index("ix_list_documents_name", table_name="list_documents")
    op.drop_table("list_documents")
    op.drop_index("ix_judgements_company_id", table_name="judgements")
    op.drop_table("judgements")
    op.drop_index("uq_fact_conflicts_pair", table_name="fact_conflicts")
    op.drop_index("ix_fact_conflicts_company_id", table_name="fact_conflicts")
    op.drop_table("fact_conflicts")
    op.drop_index(
        "uq_facts_current",
        table_name="facts",
        sqlite_where=sa.text("known_until IS NULL"),
        postgresql_where=sa.text("known_until IS NULL"),
    )
    op.drop_index("ix_facts_company_id", table_name="facts")
    op.drop_table("facts")
    op.drop_index("uq_fact_imports_file", table_name="fact_imports")
    op.drop_table("fact_imports")

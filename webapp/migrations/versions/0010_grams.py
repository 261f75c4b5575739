"""The pieces of names by which companies are found, for the names that are there too."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# What webapp/services/registry/grams.py keeps of a name. In the order of the key, so that the pages of
# millions of rows are written one after the other.
FILL = """
INSERT INTO name_grams (gram, name_id)
WITH RECURSIVE places (place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM places WHERE place < 200)
SELECT {piece}, company_names.id FROM company_names JOIN places ON place <= {last}
WHERE {piece} NOT IN ('有限', '限公', '公司', '司', '~yxg', '~xgs')
ORDER BY 1, 2
ON CONFLICT DO NOTHING
"""
PIECES = (
    ("substr(folded, place, 2)", "length(folded)"),
    ("'~' || substr(initials, place, 3)", "length(initials) - 2"),
    ("'^' || substr(initials, 1, 2)", "1"),
)


def upgrade() -> None:
    gram = sa.String(4).with_variant(sa.String(4, collation="C"), "postgresql")
    op.create_table(
        "name_grams",
        sa.Column("gram", gram, nullable=False),
        sa.Column(
            "name_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("gram", "name_id", name="pk_name_grams"),
        sqlite_with_rowid=False,
    )
    for piece, last in PIECES:
        op.execute(FILL.format(piece=piece, last=last))


def downgrade() -> None:
    op.drop_table("name_grams")

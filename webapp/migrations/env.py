"""Alembic's entry: runs the revisions on the connection that `webapp.database` hands over."""

from alembic import context

from webapp import tables  # noqa: F401 (declares the rest of the tables)
from webapp.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()

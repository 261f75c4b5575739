"""One PostgreSQL database for many tests: migrated once, and put back to how it was before each of them.

Copying a database writes all of its files, a third of a second for every test; putting rows back takes
milliseconds. A test that changed the schema, triggers that it switched off too, costs a new database.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

# What the migrations left behind, so that it can be put back: all rows, and where numbers go on.
_KEEP = """
DO $$ DECLARE one name; BEGIN
  CREATE SCHEMA kept;
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', one);
  END LOOP;
  CREATE TABLE kept."numbers of" AS SELECT sequencename, start_value, last_value FROM pg_sequences
    WHERE schemaname = 'public';
END $$
"""
# Nobody else may hold a lock, as a process that a test killed would; and no trigger keeps rows from going.
_RESTORE = """
DO $$ DECLARE one name; BEGIN
  PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DELETE FROM public.%I', one);
    EXECUTE format('INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE TABLE kept.%1$I', one);
  END LOOP;
  PERFORM setval(format('public.%I', sequencename)::regclass, coalesce(last_value, start_value),
    last_value IS NOT NULL) FROM kept."numbers of";
END $$
"""
_SCHEMA = """
SELECT md5(string_agg(told, ' ' ORDER BY told)) FROM (
  SELECT concat(tgrelid::regclass, tgname, tgenabled) AS told FROM pg_trigger
  UNION ALL SELECT concat(attrelid::regclass, attname, atttypid, attnotnull) FROM pg_attribute
    WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
  UNION ALL SELECT concat(conrelid::regclass, conname, convalidated) FROM pg_constraint
  UNION ALL SELECT concat(proname, prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS all_of_it
"""


class Reused:
    """The database; ``scratch`` makes an empty one that is dropped in the end, ``migrate`` brings it up to date."""

    def __init__(
        self, scratch: Callable[[], AbstractContextManager[str]], migrate: Callable[[str], None]
    ) -> None:
        self._scratch, self._migrate = scratch, migrate
        self._held = ExitStack()
        self._url = self._schema = ""
        self._engine: Engine

    def fresh(self) -> str:
        """Give the address of the database, which holds what the migrations left and nothing else."""
        if self._url and self._do(_SCHEMA) == self._schema:
            self._do(_RESTORE)
            return self._url
        self.close()
        self._url = self._held.enter_context(self._scratch())
        self._engine = create_engine(self._url, poolclass=NullPool)
        self._migrate(self._url)
        self._do(_KEEP)
        self._schema = self._do(_SCHEMA)
        return self._url

    def close(self) -> None:
        """Drop the database."""
        self._held.close()

    def _do(self, statement: str) -> str:
        with self._engine.begin() as connection:
            done = connection.execute(text(statement))
            return str(done.scalar()) if done.returns_rows else ""

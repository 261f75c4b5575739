"""Many new rows of a table at once, given column by column, as fast as each database takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, cast

from sqlalchemy import ARRAY, Column, Dialect, Table, func, insert, literal, select
from sqlalchemy.orm import Session

from webapp.models import Base


def new_keys(session: Session, model: type[Base], count: int) -> Sequence[int]:
    """Give keys for rows that the unit of work, a writing one, is about to add."""
    table = _table(model)
    if _dialect(session).name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, "id")
        several = func.generate_series(1, count).table_valued("n")
        return session.scalars(select(func.nextval(sequence)).select_from(several)).all()
    # A writer of SQLite is alone, and this is how SQLite itself numbers rows.
    last = session.scalar(select(func.max(table.c.id))) or 0
    return range(last + 1, last + 1 + count)


def insert_columns(
    session: Session,
    model: type[Base],
    same: Mapping[str, Any],
    each: Mapping[str, Sequence[Any]],
) -> None:
    """Insert rows: values that all of them have, and columns of those that each has for itself."""
    table, dialect = _table(model), _dialect(session)
    if dialect.name != "postgresql":
        _insert_many(session, table, dialect, same, each)
        return
    arrays = [literal(list(values), ARRAY(table.c[name].type)) for name, values in each.items()]
    rows = func.unnest(*arrays).table_valued(*each).render_derived()
    fixed = [literal(value, table.c[name].type) for name, value in same.items()]
    told = select(*(rows.c[name] for name in each), *fixed)
    session.execute(insert(table).from_select([*each, *same], told))


def _insert_many(
    session: Session,
    table: Table,
    dialect: Dialect,
    same: Mapping[str, Any],
    each: Mapping[str, Sequence[Any]],
) -> None:
    """Hand rows to the driver as it takes them; the usual way looks at every value of every row."""
    names = [column.name for column in table.c if column.name in same or column.name in each]
    statement = insert(table).compile(dialect=dialect, column_keys=names)
    cells = [
        _bound(table.c[name], dialect, each[name])
        if name in each
        else repeat(_bound(table.c[name], dialect, [same[name]])[0])
        for name in names
    ]
    rows = list(zip(*cells, strict=False))  # what all rows have is repeated without an end
    session.connection().exec_driver_sql(str(statement), rows)


def _bound(column: Column[Any], dialect: Dialect, values: Sequence[Any]) -> Sequence[Any]:
    """Give values as the driver takes them."""
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    return values if process is None else [process(value) for value in values]


def _table(model: type[Base]) -> Table:
    return cast("Table", model.__table__)


def _dialect(session: Session) -> Dialect:
    return session.get_bind().dialect

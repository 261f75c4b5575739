"""A negation of something unknown is unknown, also in the SQL that Ibis writes."""

from __future__ import annotations

import duckdb
import ibis
import polars as pl
import pytest

from matcher.readers.columns import is_met, is_open, is_unmet, negate

ROWS = pl.DataFrame({"held": [True, False, None]}, schema={"held": pl.Boolean})
TRUTHS = [(True, False, False), (False, False, True), (False, True, False)]


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "pyspark"])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_an_unknown_negation_is_open(dialect: str, times: int) -> None:
    table = ibis.table({"held": "boolean"}, name="facts")
    truth = table.held
    for _ in range(times):
        truth = negate(truth)
    asked = table.select(met=is_met(truth), open=is_open(truth), unmet=is_unmet(truth))
    sql = ibis.to_sql(asked, dialect=dialect).replace("`", '"')  # Spark's quotes, for DuckDB
    with duckdb.connect() as connection:
        connection.register("facts", ROWS.to_arrow())
        found = connection.sql(sql).fetchall()
    # Negated an odd number of times, what is held is unmet.
    assert found == ([TRUTHS[1], TRUTHS[0], TRUTHS[2]] if times % 2 else TRUTHS)

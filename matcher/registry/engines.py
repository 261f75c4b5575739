"""The back ends that evaluate a facts table: Polars, DuckDB, PostgreSQL and Spark.

One Ibis expression over the table ``facts`` serves them all. An engine loads the parts of a facts table and
gives the rows of an expression back in batches, in any order, as Polars frames.
"""

from __future__ import annotations

import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import ibis
import polars as pl
from sqlglot import exp

from matcher.registry.database import Address
from matcher.registry.faults import RegistryFault
from matcher.registry.feed import Feed, scan_part
from matcher.registry.series import TYPES

TABLE = "facts"
# Merged, a leaf would be written out in every measure that asks for it.
ibis.options.sql.fuse_selects = False
BATCH = 100_000
CHECK_CLIENT = "5s"
# Plans of some hundred columns need more than Spark's own gigabyte.
DRIVER_MEMORY = "3g"
_POSTGRES_TYPES = {
    "string": "text",
    "boolean": "boolean",
    "int16": "smallint",
    "int32": "integer",
    "int64": "bigint",
    "date": "date",
}


def facts_table(columns: Mapping[str, str]) -> Any:
    """Give the unbound table that expressions are written over."""
    return ibis.table(ibis.schema(dict(columns)), name=TABLE)


class Engine(ABC):
    """A back end, open from ``with`` on; what it cannot do raises `RegistryFault`."""

    name: ClassVar[str]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:  # noqa: B027 - not every engine holds something
        """Let go of what the engine holds."""

    @abstractmethod
    def load(self, parts: Sequence[Path], columns: Mapping[str, str]) -> None:
        """Make the parts of a facts table, with these columns, the table ``facts``."""

    @abstractmethod
    def rows(self, expression: Any) -> Iterator[pl.DataFrame]:
        """Give the rows of an expression over ``facts`` in batches."""


class PolarsEngine(Engine):
    """Streams the parts through this process; needs no server."""

    name = "polars"

    def load(self, parts: Sequence[Path], columns: Mapping[str, str]) -> None:
        self.parts = tuple(parts)

    def rows(self, expression: Any) -> Iterator[pl.DataFrame]:
        feed = Feed(self.parts, BATCH)
        connection = ibis.polars.connect()
        connection.create_table(TABLE, feed.scan())
        frame = connection.compile(expression)
        batches = frame.collect_batches(
            chunk_size=BATCH, maintain_order=True, lazy=True, engine="streaming"
        )
        try:
            for batch in batches:
                yield batch
                feed.took(batch.height)
        finally:
            feed.close()


class DuckDBEngine(Engine):
    """An in-process database; reads the parts itself."""

    name = "duckdb"

    def __init__(self) -> None:
        import duckdb

        self.connection = duckdb.connect()

    def close(self) -> None:
        self.connection.close()

    def load(self, parts: Sequence[Path], columns: Mapping[str, str]) -> None:
        self.parts = tuple(parts)

    def rows(self, expression: Any) -> Iterator[pl.DataFrame]:
        self.connection.register(TABLE, self._reader())
        sql = ibis.to_sql(expression, dialect="duckdb")
        for batch in self.connection.sql(sql).to_arrow_reader(BATCH):
            yield _frame(batch)

    def _reader(self) -> Any:
        """Give the rows of all parts, one part in memory at a time; the expression reads them once."""
        import pyarrow as pa

        def batches() -> Iterator[Any]:
            for part in self.parts:
                yield from scan_part(part).collect().to_arrow().to_batches()

        schema = scan_part(self.parts[0]).head(0).collect().to_arrow().schema
        return pa.RecordBatchReader.from_batches(schema, batches())


class PostgresEngine(Engine):
    """A PostgreSQL database: the facts go into a temporary table there and the work is done there."""

    name = "postgres"

    def __init__(self, address: str) -> None:
        self.address = Address.parse(address, needs_table=False)
        self.connection = self.address.connect()
        # A client that was killed must not leave its query running.
        self.connection.execute(f"SET client_connection_check_interval = '{CHECK_CLIENT}'")

    def close(self) -> None:
        self.connection.close()

    def load(self, parts: Sequence[Path], columns: Mapping[str, str]) -> None:
        named = ", ".join(f'"{name}" {_POSTGRES_TYPES[kind]}' for name, kind in columns.items())
        with self.address.watched(), self.connection.cursor() as cursor:
            # Thousands of short expressions take longer to compile than to work out.
            cursor.execute("SET jit = off")
            cursor.execute(f'DROP TABLE IF EXISTS "{TABLE}"')
            cursor.execute(f'CREATE TEMPORARY TABLE "{TABLE}" ({named})')
            with cursor.copy(f'COPY "{TABLE}" FROM STDIN (FORMAT csv)') as copy:
                for part in parts:
                    frame = scan_part(part).select(list(columns)).collect()
                    for slice_ in frame.iter_slices(BATCH):
                        copy.write(
                            slice_.write_csv(include_header=False, quote_style="non_numeric")
                        )
            cursor.execute(f'ANALYZE "{TABLE}"')

    def rows(self, expression: Any) -> Iterator[pl.DataFrame]:
        sql = _fenced(ibis.to_sql(expression, dialect="postgres"))
        schema = {name: TYPES[str(kind)] for name, kind in expression.schema().items()}
        with self.address.watched(), self.connection.cursor("outcomes", binary=True) as cursor:
            cursor.itersize = BATCH
            cursor.execute(sql)
            while batch := cursor.fetchmany(BATCH):
                yield pl.DataFrame(batch, schema=schema, orient="row")


_MERGING = "org.apache.spark.sql.catalyst.optimizer.CollapseProject"


class SparkEngine(Engine):
    """Spark, local or a cluster, through Ibis' PySpark back end."""

    name = "spark"

    def __init__(self, master: str) -> None:
        try:
            from pyspark.sql import SparkSession
        except ModuleNotFoundError as error:
            raise RegistryFault(
                "没有安装 PySpark,请先运行 pip install 'mianshen[spark]'(另需 Java 17)"
            ) from error
        builder: Any = SparkSession.builder
        self.session = (
            builder.master(master)
            .appName("mianshen")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.memory", DRIVER_MEMORY)
            # Merged, the columns of the leaves would be worked out again in every measure.
            .config("spark.sql.optimizer.excludedRules", _MERGING)
            # Plans of hundreds of columns are longer than what a generated method may be.
            .config("spark.sql.codegen.wholeStage", "false")
            .config("spark.sql.execution.arrow.pyspark.enabled", "true")
            .config("spark.sql.execution.arrow.maxRecordsPerBatch", str(BATCH))
            .getOrCreate()
        )
        self.connection = ibis.pyspark.connect(self.session)

    def close(self) -> None:
        self.session.stop()

    def load(self, parts: Sequence[Path], columns: Mapping[str, str]) -> None:
        self.folder = parts[0].parent
        paths = [part.with_suffix(".parquet") for part in parts]
        for part, path in zip(parts, paths, strict=True):
            if part != path:
                scan_part(part).sink_parquet(path)
        frame = self.session.read.parquet(*map(str, paths))
        frame.createOrReplaceTempView(TABLE)

    def rows(self, expression: Any) -> Iterator[pl.DataFrame]:
        frame = self.session.sql(
            _with_few_brackets(self.connection.compiler.to_sqlglot(expression))
        )
        # Written out by the executors: collected, the answers of a million companies fill the driver.
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            target = Path(folder, "outcomes")
            frame.write.parquet(str(target))
            for part in sorted(target.glob("*.parquet")):
                yield from pl.scan_parquet(part).collect_batches(chunk_size=BATCH)


def _with_few_brackets(query: Any) -> str:
    """Write a query for Spark without the brackets that change nothing.

    Its parser looks ahead to the closing of each bracket: nested some forty deep, as Ibis writes them,
    they take it minutes and gigabytes.
    """
    tests = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is)
    inside: dict[Any, tuple[Any, ...]] = {
        **dict.fromkeys(tests, (exp.And, exp.Or, exp.Not)),
        exp.And: (exp.And, exp.Or),
        exp.Or: (exp.Or,),
    }
    for bracket in list(query.find_all(exp.Paren)):
        around = (exp.Alias, exp.Paren, *inside.get(type(bracket.this), ()))
        if type(bracket.this) in inside and isinstance(bracket.parent, around):
            bracket.replace(bracket.this)
    written: str = query.sql("spark")
    return written


def _fenced(sql: str) -> str:
    """Keep PostgreSQL from writing a subquery's columns out in every expression that uses them.

    A subquery with an offset is worked out as it stands; without one its leaves are judged again for
    each measure, and a run takes many times as long.
    """
    return re.sub(rf'(FROM "{TABLE}" AS "\w+")(\s*\))', r"\1 OFFSET 0\2", sql)


def _frame(batch: Any) -> pl.DataFrame:
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)
    return frame

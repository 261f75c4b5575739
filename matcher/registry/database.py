"""A PostgreSQL table or view as a registry: ``postgresql://user@host/db?table=schema.table``.

Everything is read in one transaction, REPEATABLE READ and READ ONLY, through cursors on the server: the
rows hold still and only a few are here at a time. They come in the order of the primary key, else as
they are stored, else (a view) sorted by every column. No message and no name holds the password.

Whole numbers, doubles, numerics with a stated scale, days, booleans, texts and lists of texts keep
their types. A numeric without a scale comes as text with all its digits; a point in time becomes its
day, in China where it has a time zone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import polars as pl

from matcher.registry.faults import ConnectionLost, RegistryFault
from matcher.registry.limits import CONNECT_SECONDS
from matcher.registry.sources import ColumnType, Source, SourceColumn, check_columns

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composed, Identifier

_FETCH_ROWS = 5_000
_NUMBERS = count(1)  # two readings of one table have cursors of their own
_EXAMPLE = "postgresql://用户@主机:5432/库?table=模式.表"
# Each PostgreSQL type with the kind of its column, how it is selected, and the type in a frame.
_TYPES: dict[str, tuple[ColumnType, str, pl.DataType]] = {
    **dict.fromkeys(
        ("text", "varchar", "bpchar", "name", "uuid"), ("text", "{}::text", pl.String())
    ),
    "int2": ("number", "{}", pl.Int16()),
    "int4": ("number", "{}", pl.Int32()),
    "int8": ("number", "{}", pl.Int64()),
    "float4": ("number", "{}", pl.Float32()),
    "float8": ("number", "{}", pl.Float64()),
    "numeric": ("text", "{}::text", pl.String()),
    "bool": ("yes_no", "{}", pl.Boolean()),
    "date": ("date", "{}", pl.Date()),
    "timestamp": ("date", "{}::date", pl.Date()),
    "timestamptz": ("date", "({} AT TIME ZONE 'Asia/Shanghai')::date", pl.Date()),
    **dict.fromkeys(("_text", "_varchar"), ("list", "{}::text[]", pl.List(pl.String()))),
}
_FIND = """
    SELECT c.oid, n.nspname, c.relname, c.relkind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = to_regclass(%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
_COLUMNS = """
    SELECT a.attname, CASE t.typtype WHEN 'e' THEN 'text' ELSE t.typname END,
           format_type(a.atttypid, a.atttypmod), a.atttypmod
    FROM pg_attribute a
    JOIN pg_type stated ON stated.oid = a.atttypid
    JOIN pg_type t ON t.oid = CASE stated.typtype WHEN 'd' THEN stated.typbasetype ELSE stated.oid END
    WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""
_KEY = """
    SELECT a.attname
    FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k (attnum, place), pg_attribute a
    WHERE i.indrelid = %s AND i.indisprimary AND a.attrelid = i.indrelid AND a.attnum = k.attnum
    ORDER BY k.place
"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a table is: what psycopg connects to, the table, a name that may be shown, secrets."""

    url: str = field(repr=False)
    table: str
    name: str
    secrets: tuple[str, ...] = field(repr=False)

    @classmethod
    def parse(cls, given: str, *, needs_table: bool = True) -> Address:
        """Take a URL apart; the table stands in ``?table=`` or after ``#``."""
        # Nothing of a URL that cannot be taken apart is repeated: it may hold a password.
        try:
            parts = urlsplit(given)
            port = parts.port
            if given.count("@") > 1 or ("@" in given and "@" not in parts.netloc):
                raise ValueError
        except ValueError:
            raise RegistryFault(
                f"数据库地址写得不对。请写成 {_EXAMPLE},密码里的 @ : / ? # 要写成 %40 %3A %2F %3F %23"
            ) from None
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        table = options.pop("table", "") or unquote(parts.fragment)
        secrets = [
            parts.password or "",
            options.get("password", ""),
            options.get("sslpassword", ""),
        ]
        host = (parts.hostname or "") + (f":{port}" if port else "")
        user = f"{parts.username}@" if parts.username else ""
        name = f"postgresql://{user}{host}{parts.path}"
        if needs_table and not table:
            raise RegistryFault(f"{name}:没有写明是哪一张表。请写成 {_EXAMPLE}")
        options.setdefault("connect_timeout", str(CONNECT_SECONDS))
        query = urlencode(options, quote_via=quote)
        url = urlunsplit(("postgresql", parts.netloc, parts.path, query, ""))
        known = {secret for one in secrets for secret in (one, unquote(one)) if secret}
        shown = f"{name}#{table}" if needs_table else name
        return cls(url, table, shown, tuple(sorted(known, key=len, reverse=True)))

    def masked(self, text: str) -> str:
        """Give a text with every secret struck out."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text

    def connect(self) -> Connection[Any]:
        """Connect; `RegistryFault` where that cannot be done."""
        try:
            import psycopg
        except ImportError:
            raise RegistryFault(
                f"{self.name}:要用数据库先安装 psycopg(pip install 'mianshen[postgres]')"
            ) from None
        try:
            connection = psycopg.connect(self.url)
        except (psycopg.Error, UnicodeError, ValueError) as error:
            raise RegistryFault(
                f"{self.name}:连不上数据库({self.said(error)})。请核对地址、用户、密码,以及数据库是否在运行"
            ) from None
        return connection

    def said(self, error: Exception) -> str:
        """Give the first line of what the database said, without secrets."""
        lines = self.masked(str(error)).strip().splitlines()
        return lines[0].strip().rstrip(":") if lines else type(error).__name__

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Turn a connection that breaks off into a fault."""
        from psycopg import InterfaceError, OperationalError

        try:
            yield
        except (OperationalError, InterfaceError) as error:
            raise ConnectionLost(f"{self.name}:与数据库的连接断了({self.said(error)})") from None


class _Column(NamedTuple):
    name: str
    kind: ColumnType
    selected: str
    frame_type: pl.DataType


class TableSource(Source):
    """A table; the connection stays open until `close`."""

    def __init__(self, given: str) -> None:
        self._address = Address.parse(given)
        self.name, self.format = self._address.name, "PostgreSQL"
        self._digest = ""
        self._connection = self._connect()
        try:
            with self._guarded():
                self._find()
        except BaseException:
            self.close()
            raise
        if not self.rows:
            self.close()
            raise RegistryFault(f"{self.name}:一行数据也没有。请核对是不是这张表")

    def close(self) -> None:
        """End the transaction and the connection."""
        self._connection.close()

    def frames(self) -> Iterator[pl.DataFrame]:
        """Give all rows in order, some thousand at a time."""
        exact = {one.name: one.frame_type for one in self._columns if one.frame_type.is_decimal()}
        # As text first: Polars ends the program where a Python decimal is NaN.
        schema = {one.name: one.frame_type for one in self._columns} | dict.fromkeys(
            exact, pl.String
        )
        read = 0
        with self._guarded(), self._connection.cursor(name=f"registry_{next(_NUMBERS)}") as cursor:
            cursor.execute(self._query())
            while rows := cursor.fetchmany(_FETCH_ROWS):
                yield self._frame(rows, schema, exact, read + 1)
                read += len(rows)

    def digest(self) -> str:
        """Give the SHA-256 of the rows in order, as PostgreSQL writes them out, in hex."""
        if not self._digest:
            from psycopg.sql import SQL

            found = hashlib.sha256()
            copy = SQL("COPY ({}) TO STDOUT").format(self._query())
            with self._guarded(), self._connection.cursor() as cursor, cursor.copy(copy) as rows:
                for block in rows:
                    found.update(block)
            self._digest = found.hexdigest()
        return self._digest

    # --- opening ---------------------------------------------------------------------------------

    def _connect(self) -> Connection[Any]:
        connection = self._address.connect()
        from psycopg import IsolationLevel  # only now is it sure to be installed

        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        return connection

    def _find(self) -> None:
        """Find the table, its columns, its order and its number of rows."""
        from psycopg.sql import SQL, Identifier

        # The server's own limits would end a long batch between two chunks.
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            self._connection.execute(SQL("SET {} = 0").format(Identifier(limit)))
        # Days, numbers and the digest read the same whatever the server is set to.
        self._connection.execute("SET datestyle = 'ISO, YMD'")
        self._connection.execute("SET timezone = 'UTC'")
        self._connection.execute("SET extra_float_digits = 1")
        found = self._connection.execute(_FIND, (self._address.table,)).fetchone()
        if found is None:
            raise RegistryFault(
                f"{self.name}:没有“{self._address.table}”这张表。请核对库名、模式和表名"
            )
        oid, schema, table, relation_kind = found
        self._table = Identifier(schema, table)
        self._columns = self._read_columns(oid)
        self.columns = tuple(SourceColumn(one.name, one.kind) for one in self._columns)
        self._order = self._read_order(oid, relation_kind)
        counted = SQL("SELECT count(*) FROM {}").format(self._table)
        (self.rows,) = self._connection.execute(counted).fetchone() or (0,)

    def _read_columns(self, oid: int) -> tuple[_Column, ...]:
        rows = self._connection.execute(_COLUMNS, (oid,)).fetchall()
        self._stored_names = [name for name, *_ in rows]
        names = check_columns(self.name, self._stored_names, "列")
        columns = []
        for name, (_, type_name, stated, modifier) in zip(names, rows, strict=True):
            if type_name not in _TYPES:
                raise RegistryFault(
                    f"{self.name}:“{name}”列的类型是 {stated},只能是文本、数、日期、是否或文本的列表。"
                    "请建一个不含这一列的视图再读"
                )
            kind, selected, frame_type = _TYPES[type_name]
            scale = re.search(r",\s*(\d+)\)$", stated)
            if type_name == "numeric" and modifier != -1 and scale:
                kind, frame_type = "number", pl.Decimal(38, int(scale.group(1)))
            columns.append(_Column(name, kind, selected, frame_type))
        return tuple(columns)

    def _read_order(self, oid: int, relation_kind: str) -> list[Identifier]:
        """Give what puts the rows in the same order every time."""
        from psycopg.sql import Identifier

        key = [name for (name,) in self._connection.execute(_KEY, (oid,)).fetchall()]
        if not key and relation_kind in ("r", "m"):
            return [Identifier("t", "tableoid"), Identifier("t", "ctid")]
        return [Identifier("t", name) for name in key or self._stored_names]

    def _query(self) -> Composed:
        from psycopg.sql import SQL, Identifier

        selected = [
            SQL(column.selected).format(Identifier(stored))
            for column, stored in zip(self._columns, self._stored_names, strict=True)
        ]
        return SQL("SELECT {} FROM {} AS t ORDER BY {}").format(
            SQL(", ").join(selected), self._table, SQL(", ").join(self._order)
        )

    # --- reading ---------------------------------------------------------------------------------

    def _frame(
        self, rows: list[Any], schema: dict[str, Any], exact: Any, first: int
    ) -> pl.DataFrame:
        try:
            return pl.DataFrame(rows, schema=schema, orient="row", strict=True).cast(exact)
        except (pl.exceptions.PolarsError, TypeError, OverflowError, ValueError):
            raise RegistryFault(
                f"{self.name}:第 {first} 到 {first + len(rows) - 1} 行里有读不出的值"
                "(例如 NaN,或多层的数组)。请在数据库里改正后再试"
            ) from None

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Turn what the database says into a fault that names the repair."""
        import psycopg

        try:
            with self._address.watched():
                yield
        except psycopg.errors.InsufficientPrivilege as error:
            raise RegistryFault(
                f"{self.name}:没有读这张表的权限({self._address.said(error)})。请让管理员授予 SELECT 权限"
            ) from None
        except psycopg.ProgrammingError as error:
            raise RegistryFault(
                f"{self.name}:没有“{self._address.table}”这张表({self._address.said(error)})。请核对库名、模式和表名"
            ) from None
        except psycopg.Error as error:
            raise RegistryFault(
                f"{self.name}:数据库读不出数据({self._address.said(error)})。请在数据库里改正后再试"
            ) from None

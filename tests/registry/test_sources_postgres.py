"""A PostgreSQL table as a registry; addresses need no server, everything else talks to a real one."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from matcher.registry.database import Address
from matcher.registry.faults import ConnectionLost
from matcher.registry.sources import RegistryFault, SourceColumn, open_source
from tests.registry.conftest import Schema
from tests.registry.opening import rows_of


def said(given: str) -> str:
    """Give the sentence with which an address is refused; it never holds the password."""
    with pytest.raises(RegistryFault) as caught:
        open_source(given).close()
    message = str(caught.value)
    assert "s3cret" not in message
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return message


def test_addresses() -> None:
    given = (
        "postgresql://reader:s3cret%40%2F@db.local:5433/registry?sslmode=require&table=公共.企业"
    )
    address = Address.parse(given)
    assert address.name == "postgresql://reader@db.local:5433/registry#公共.企业"
    assert address.table == "公共.企业"
    assert address.url == (
        "postgresql://reader:s3cret%40%2F@db.local:5433/registry?sslmode=require&connect_timeout=10"
    )
    assert address.masked("no s3cret@/ and no s3cret%40%2F") == "no *** and no ***"
    assert "s3cret" not in repr(address)
    assert Address.parse("postgres://h/db#a.b").table == "a.b"
    assert Address.parse("postgresql+psycopg://h/db?password=s3cret#b").masked("s3cret") == "***"


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://u:s3cret/x@host/db?table=a",
        "postgresql://u:1?s3cret@host/db?table=a",
        "postgresql://u:1#s3cret@host/db?table=a",
        "postgresql://u:x@s3cret@host/db?table=a",
        "postgresql://u:s3cret@host:port/db?table=a",
    ],
)
def test_addresses_that_cannot_be_taken_apart_are_not_repeated(given: str) -> None:
    assert "数据库地址写得不对" in said(given)


def test_an_address_without_a_table_and_a_server_that_is_not_there() -> None:
    assert "没有写明是哪一张表" in said("postgresql://u:s3cret@127.0.0.1:1/db")
    message = said("postgresql://u:s3cret@127.0.0.1:1/db?table=a")
    assert message.startswith("postgresql://u@127.0.0.1:1/db#a:连不上数据库(")
    assert "连不上数据库" in said("postgresql://u:s3cret@127.0.0.1:1/db?table=a&nonsense=s3cret")


def test_psycopg_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'mianshen[postgres]'" in said("postgresql://u:s3cret@127.0.0.1/db?table=a")


@pytest.mark.postgres
def test_types_and_names(schema: Schema) -> None:
    schema.run("CREATE TYPE 级别 AS ENUM ('国家级', '省级')")
    schema.run("CREATE DOMAIN 代码 AS varchar(18)")
    schema.run(
        """CREATE TABLE "企业 Registry" ("企业名称" text, c 代码, k char(4), n int, big bigint,
           m numeric(18,2), free numeric, w numeric(9), r float8, y boolean, d date, t timestamp,
           z timestamptz, l text[], e 级别)"""
    )
    schema.run(
        """INSERT INTO "企业 Registry" VALUES (' 甲 ', '91', 'ab', 1, 9007199254740993, 1.20,
           1.2300, 7, 0.1, true, '2018-03-05', '2018-03-05 10:00', '2020-01-01 20:00+00',
           ARRAY['高新技术企业', NULL], '省级')"""
    )
    schema.run("""INSERT INTO "企业 Registry" VALUES ('')""")
    with open_source(schema.table('"企业 Registry"')) as source:
        assert (source.format, source.rows) == ("PostgreSQL", 2)
        assert "".join(column.type[0] for column in source.columns) == "tttnnntnnydddlt"
        assert source.columns[0] == SourceColumn("企业名称", "text")
        first, second = rows_of(source)
        assert first == (
            *("甲", "91", "ab", 1, 9007199254740993, Decimal("1.20"), "1.2300", Decimal(7), 0.1),
            *(True, date(2018, 3, 5), date(2018, 3, 5), date(2020, 1, 2)),
            *(["高新技术企业", None], "省级"),
        )
        assert set(second) == {None}
        assert next(source.chunks(1)).frame.schema["m"] == pl.Decimal(38, 2)


@pytest.mark.postgres
@pytest.mark.parametrize("key", ["code text PRIMARY KEY", "code text"])
def test_chunks_are_the_same_every_time(schema: Schema, key: str) -> None:
    schema.run(f"CREATE TABLE firms ({key}, n int)")
    schema.run(
        "INSERT INTO firms SELECT 'c' || (n * 7919) % 12007, n FROM generate_series(1, 12000) n"
    )
    with open_source(schema.table("firms")) as source:
        rows = rows_of(source)
        assert len(set(rows)) == source.rows == 12_000
        for size, first_row in ((999, 1), (5_000, 4_321), (20_000, 12_000), (3, 12_001)):
            assert rows_of(source, size, first_row) == rows[first_row - 1 :]
        digest = source.digest()
    with open_source(schema.table("firms")) as again:
        assert rows_of(again) == rows
        assert again.digest() == digest
    schema.run("UPDATE firms SET n = 0 WHERE n = 5")
    with open_source(schema.table("firms")) as changed:
        assert changed.digest() != digest


@pytest.mark.postgres
def test_views_and_partitions_have_an_order_too(schema: Schema) -> None:
    schema.run("CREATE TABLE firms (n int, a text) PARTITION BY HASH (n)")
    for part in (0, 1):
        schema.run(
            f"CREATE TABLE firms{part} PARTITION OF firms"
            f" FOR VALUES WITH (MODULUS 2, REMAINDER {part})"
        )
    schema.run("INSERT INTO firms SELECT n, 'x' FROM generate_series(500, 1, -1) n")
    schema.run("CREATE VIEW seen AS SELECT * FROM firms")
    schema.run("CREATE MATERIALIZED VIEW kept AS SELECT * FROM firms ORDER BY n")
    for table in ("firms", "seen", "kept"):
        with open_source(schema.table(table)) as source:
            assert rows_of(source, 70, 101) == [(n, "x") for n in range(101, 501)]


@pytest.mark.postgres
def test_the_rows_hold_still_while_others_write(schema: Schema) -> None:
    schema.run("CREATE TABLE firms AS SELECT n FROM generate_series(1, 6000) n")
    with open_source(schema.table("firms")) as source:
        chunks = source.chunks(100)
        next(chunks)
        schema.run("DELETE FROM firms WHERE n > 10")
        schema.run("INSERT INTO firms VALUES (7000)")
        assert sum(chunk.frame.height for chunk in chunks) == 5_900
        assert rows_of(source, 100, 5_901) == [(n,) for n in range(5_901, 6_001)]


@pytest.mark.postgres
def test_tables_that_are_refused(schema: Schema) -> None:
    schema.run("CREATE TABLE nothing (a text)")
    schema.run("CREATE TABLE bare ()")
    schema.run("CREATE TABLE odd (a text, doc jsonb)")
    schema.run("INSERT INTO odd VALUES ('1', '{}')")
    assert "一行数据也没有" in said(schema.table("nothing"))
    assert "一列也没有" in said(schema.table("bare"))
    assert "“doc”列的类型是 jsonb,只能是文本" in said(schema.table("odd"))
    for table in ("missing", "no.such.place", "a b", "'; DROP TABLE odd"):
        assert "这张表" in said(schema.table(table).replace(" ", "%20"))
    with pytest.raises(RegistryFault, match="只有 XLSX 文件才有工作表"):
        open_source(schema.table("odd"), "一")


@pytest.mark.postgres
def test_values_that_no_frame_holds(schema: Schema) -> None:
    schema.run("CREATE TABLE odd (m numeric(9,2), d date)")
    for insert in ("INSERT INTO odd VALUES ('NaN')", "INSERT INTO odd VALUES (1, 'infinity')"):
        schema.run("TRUNCATE odd")
        schema.run(insert)
        with (
            open_source(schema.table("odd")) as source,
            pytest.raises(RegistryFault, match="请在数据库里改正"),
        ):
            list(source.chunks(10))


@pytest.mark.postgres
def test_a_role_without_select(schema: Schema) -> None:
    role = schema.name + "_reader"
    address = schema.table("firms").replace("//", f"//{role}:s3cret@", 1).replace("postgres@", "")
    schema.run("CREATE TABLE firms AS SELECT 1 AS n")
    schema.run(f"CREATE ROLE {role} LOGIN PASSWORD 's3cret'")
    try:
        message = said(address)
        assert "没有读这张表的权限(permission denied for schema" in message
        schema.run(f"GRANT USAGE ON SCHEMA {schema.name} TO {role}")
        message = said(address)
        assert "没有读这张表的权限(permission denied for table firms)" in message
        assert "授予 SELECT 权限" in message
        schema.run(f"GRANT SELECT ON firms TO {role}")
        with open_source(address) as source:
            assert rows_of(source) == [(1,)]
            assert "s3cret" not in source.name
    finally:
        schema.run(f"DROP OWNED BY {role}")
        schema.run(f"DROP ROLE {role}")


@pytest.mark.postgres
def test_a_lost_connection(schema: Schema) -> None:
    schema.run("CREATE TABLE firms AS SELECT n FROM generate_series(1, 50000) n")
    with open_source(schema.table("firms") + "&application_name=lost_registry") as source:
        chunks = source.chunks(1_000)
        next(chunks)
        schema.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'lost_registry'"
        )
        with pytest.raises(ConnectionLost, match="连接断了"):
            list(chunks)


@pytest.mark.postgres
def test_closing_halfway(schema: Schema) -> None:
    schema.run("CREATE TABLE firms AS SELECT n FROM generate_series(1, 50000) n")
    source = open_source(schema.table("firms"))
    chunks = source.chunks(1_000)
    next(chunks)
    source.close()
    del chunks

"""Parquet files and folders: types kept, days in China, nested and damaged ones refused."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matcher.registry.sources import RegistryFault, SourceColumn, open_source
from tests.registry.opening import refusal, rows_of


def written(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_types_are_kept(tmp_path: Path) -> None:
    path = written(
        tmp_path / "名册.parquet",
        企业名称=pa.array([" 甲 ", "", None]),
        县区=pa.array(["庐阳区", "庐阳区", None]).dictionary_encode(),
        人数=pa.array([10, None, 0], pa.int32()),
        营业收入=pa.array([Decimal("1.20"), None, Decimal("-3.00")], pa.decimal128(18, 2)),
        强度=pa.array([0.1, None, 2.5]),
        规上=pa.array([True, False, None]),
        成立=pa.array([date(2018, 3, 5), None, None]),
        更新=pa.array([datetime(2020, 1, 1, 20), None, None], pa.timestamp("us", "UTC")),
        登记=pa.array([datetime(2020, 1, 1, 20), None, None], pa.timestamp("ns")),
        资质=pa.array([["高新技术企业", "专精特新"], [], None]),
        备用=pa.array([None, None, None]),
    )
    source = open_source(str(path))

    assert (source.format, source.rows) == ("Parquet", 3)
    assert [column.type for column in source.columns] == [
        *("text", "text", "number", "number", "number", "yes_no"),
        *("date", "date", "date", "list", "text"),
    ]
    first, second, _ = rows_of(source, 2)
    assert first == (
        *("甲", "庐阳区", 10, Decimal("1.20"), 0.1, True),
        *(date(2018, 3, 5), date(2020, 1, 2), date(2020, 1, 1)),
        *(["高新技术企业", "专精特新"], None),
    )
    assert second[0] is None
    assert next(source.chunks(1)).frame.schema["营业收入"] == pl.Decimal(18, 2)
    assert source.digest() == hashlib.sha256(path.read_bytes()).hexdigest()


def test_chunks_of_any_size_over_many_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "名册.parquet"
    pq.write_table(pa.table({"a": range(50_000)}), path, row_group_size=7_000)
    source = open_source(str(path))
    for size, first_row in ((1_000, 1), (33_333, 2), (60_000, 49_999), (5, 50_001)):
        assert rows_of(source, size, first_row) == [(n,) for n in range(first_row - 1, 50_000)]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    written(tmp_path / "part-2.parquet", a=["三"], b=[3])
    written(tmp_path / "part-1.parquet", b=[1, 2], a=["一", "二"])
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".part-1.parquet.crc").touch()
    source = open_source(str(tmp_path))

    assert source.rows == 3
    assert source.columns == (SourceColumn("b", "number"), SourceColumn("a", "text"))
    assert rows_of(source, 2) == [(1, "一"), (2, "二"), (3, "三")]
    parts = [(tmp_path / f"part-{n}.parquet").read_bytes() for n in (1, 2)]
    assert source.digest() == hashlib.sha256(b"".join(parts)).hexdigest()


@pytest.mark.parametrize(
    "values",
    [
        pa.array([{"年": 2024}]),
        pa.array([[1, 2]]),
        pa.array([[["甲"]]]),
        pa.array([[("甲", "乙")]], pa.map_(pa.string(), pa.string())),
        pa.array([b"x"]),
        pa.array([time(1)]),
        pa.array([Decimal("1.0")], pa.decimal256(50, 1)),
    ],
    ids=lambda values: str(values.type),
)
def test_other_types_are_refused_by_column(tmp_path: Path, values: Any) -> None:
    path = written(tmp_path / "名册.parquet", 企业名称=["甲"], 附件=values)
    said = refusal(path)
    assert said.startswith("“附件”列的类型是 ")
    assert "只能是文本、数、日期、是否或文本的列表" in said


def test_no_rows_no_columns_and_names(tmp_path: Path) -> None:
    path = tmp_path / "名册.parquet"
    assert "一行数据也没有" in refusal(written(path, a=pa.array([], pa.string())))
    assert "一列也没有" in refusal(written(path))
    pq.write_table(pa.table([["甲"], ["乙"]], names=["a", "a"]), path)
    assert "列里 “a” 出现了不止一次" in refusal(path)
    assert "列第 1 列没有名称" in refusal(written(path, **{" ": ["甲"]}))


def test_damaged_files(tmp_path: Path) -> None:
    path = written(tmp_path / "名册.parquet", a=[f"企业{n}" for n in range(90_000)])
    whole = path.read_bytes()
    for content in (whole[:-9], whole[: len(whole) // 2], b"PAR1", b"PAR1PAR1", b"a,b\n1,2\n"):
        path.write_bytes(content)
        assert "不是完整的 Parquet 文件" in refusal(path)

    broken = bytearray(whole)
    broken[2_000:90_000] = bytes(88_000)
    path.write_bytes(broken)
    with pytest.raises(RegistryFault, match="不是完整的 Parquet 文件"):
        rows_of(open_source(str(path)))


def test_texts_that_are_not_utf8(tmp_path: Path) -> None:
    text = pa.StringArray.from_buffers(
        1, pa.py_buffer((0).to_bytes(4, "little") + (2).to_bytes(4, "little")), pa.py_buffer(b"\xff\xff")
    )  # fmt: skip
    source = open_source(str(written(tmp_path / "名册.parquet", a=text)))
    with pytest.raises(RegistryFault, match="不是完整的 Parquet 文件"):
        list(source.chunks(1))


def test_folders_that_are_no_registry(tmp_path: Path) -> None:
    assert "目录里没有 .parquet 文件" in refusal(tmp_path)
    written(tmp_path / "1.parquet", a=["甲"], b=[1])
    written(tmp_path / "2.parquet", a=["甲"], b=[1.5], c=[1])
    assert refusal(tmp_path).startswith("2.parquet:“b”、“c” 列与 1.parquet 里的不同")
    (tmp_path / "说明.txt").touch()
    assert "目录里的 说明.txt 不是 Parquet 文件" in refusal(tmp_path)


def test_a_file_that_changes_after_opening(tmp_path: Path) -> None:
    path = written(tmp_path / "名册.parquet", a=["甲"])
    source = open_source(str(path))
    written(path, a=["甲", "乙"])
    with pytest.raises(RegistryFault, match="读取期间文件被改动了"):
        list(source.chunks(1))

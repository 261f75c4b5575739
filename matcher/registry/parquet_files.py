"""Parquet: one file, or a folder of parts taken in the order of their names.

Columns keep their types: text, numbers, days, yes or no, lists of texts. A point in time becomes its
day, in China where it has a time zone. Anything else is refused by column.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import types

from matcher.registry.faults import RegistryFault
from matcher.registry.sources import (
    DISTINCT,
    ColumnType,
    Source,
    SourceColumn,
    Stamp,
    check_columns,
    file_digest,
    of_few_texts,
    unreadable,
)

_BATCH_ROWS = 16_384
_TABLE_BYTES = 32 * 1024**2
_BUFFER_BYTES = 1024**2


class ParquetSource(Source):
    """A Parquet file or a folder of them, read a batch at a time."""

    def __init__(self, path: Path, given: str) -> None:
        self.name, self.format = given, "Parquet"
        self._parts = _parts(path, given) if path.is_dir() else [path]
        self._stamp = Stamp.of(self._parts, given)
        self.rows = 0
        for part in self._parts:
            with self._open(part) as file:
                columns = _columns(file.schema_arrow, self._called(part))
                types_of = dict(zip(columns, map(_stored, file.schema_arrow), strict=True))
                self.rows += file.metadata.num_rows
            if part == self._parts[0]:
                self.columns, self._types = columns, types_of
            else:
                self._require_same_columns(types_of, part)
        if not self.rows:
            raise RegistryFault(f"{given}:一行数据也没有。请核对是否导出成功")

    def frames(self) -> Iterator[pl.DataFrame]:
        """Give all rows in order, a batch at a time."""
        self._stamp.require_same(self._parts, self.name)
        names = [column.name for column in self.columns]
        for part in self._parts:
            try:
                for table in self._tables_of(part):
                    table.validate(full=True)  # frames trust texts to be UTF-8
                    frame = pl.DataFrame(pl.from_arrow(table))
                    frame.columns = [name.strip() for name in frame.columns]
                    yield frame.select(names).with_columns(_days(frame))
            except (pa.ArrowException, OSError) as error:
                raise self._damaged(part) from error
        self._stamp.require_same(self._parts, self.name)

    def digest(self) -> str:
        """Give the SHA-256 of the bytes of all parts in order, in hex."""
        return file_digest(self._parts, self.name)

    def _tables_of(self, part: Path) -> Iterator[Any]:
        with self._open(part) as file:
            few = _of_few_texts(file)
        with self._open(part, few) as file:
            wanted = pa.schema([_field(field, few) for field in file.schema_arrow])
            for table in _tables(file):
                yield table.cast(wanted)

    def _open(self, part: Path, few: Collection[str] = ()) -> Any:
        """Open a part; the texts of the columns ``few`` are read once each."""
        try:
            # Column chunks are read piecemeal: a row group may be larger than memory.
            return pq.ParquetFile(
                part, buffer_size=_BUFFER_BYTES, pre_buffer=False, read_dictionary=list(few)
            )
        except PermissionError as error:
            raise unreadable(self._called(part), error) from error
        except (pa.ArrowException, OSError) as error:
            raise self._damaged(part) from error

    def _damaged(self, part: Path) -> RegistryFault:
        return RegistryFault(
            f"{self._called(part)}:不是完整的 Parquet 文件,可能已损坏或没有传完。请重新导出后再试"
        )

    def _called(self, part: Path) -> str:
        return self.name if len(self._parts) == 1 else f"{self.name}:{part.name}"

    def _require_same_columns(self, types_of: dict[SourceColumn, Any], part: Path) -> None:
        """Refuse a part whose columns differ from the first part's; their order may differ."""
        differing = {column.name for column, _ in types_of.items() ^ self._types.items()}
        if differing:
            names = "、".join(f"“{name}”" for name in sorted(differing))
            raise RegistryFault(
                f"{self._called(part)}:{names} 列与 {self._parts[0].name} 里的不同(缺少、多出或类型不同)。"
                "请让各部分的列一致后再试"
            )


def _of_few_texts(file: Any) -> set[str]:
    """Find the text columns whose first rows hold few different texts."""
    texts = [field.name for field in file.schema_arrow if _is_text(field.type)]
    first = next(file.iter_batches(_BATCH_ROWS, columns=texts), None) if texts else None
    return of_few_texts(first) if first is not None else set()


def _tables(file: Any) -> Iterator[Any]:
    """Give the rows in tables of about ``_TABLE_BYTES``."""
    held, size = [], 0
    for batch in file.iter_batches(_BATCH_ROWS):
        held.append(batch)
        size += batch.nbytes
        if size >= _TABLE_BYTES:
            yield pa.Table.from_batches(held)
            held, size = [], 0
    if held:
        yield pa.Table.from_batches(held)


def _parts(folder: Path, given: str) -> list[Path]:
    """List the files of a folder; what is no part of the registry is refused, not passed over."""
    try:
        found = sorted(path for path in folder.iterdir() if not path.name.startswith(("_", ".")))
    except OSError as error:
        raise unreadable(given, error) from error
    other = next((path for path in found if path.suffix != ".parquet" or not path.is_file()), None)
    if other is not None:
        raise RegistryFault(
            f"{given}:目录里的 {other.name} 不是 Parquet 文件。请把它移走,目录里只留名册的各部分"
        )
    if not found:
        raise RegistryFault(f"{given}:目录里没有 .parquet 文件。请核对路径")
    return found


def _columns(schema: Any, place: str) -> tuple[SourceColumn, ...]:
    names = check_columns(place, schema.names, "列")
    columns = []
    for name, field in zip(names, schema, strict=True):
        kind = _kind(_plain(field.type))
        if kind is None:
            raise RegistryFault(
                f"{place}:“{name}”列的类型是 {field.type},只能是文本、数、日期、是否或文本的列表。"
                "请改成其中一种,或去掉这一列"
            )
        columns.append(SourceColumn(name, kind))
    return tuple(columns)


def _plain(type_: Any) -> Any:
    """Give the type of the values where they are stored as places in a dictionary."""
    return type_.value_type if types.is_dictionary(type_) else type_


def _is_text(type_: Any) -> bool:
    return bool(
        types.is_string(type_) or types.is_large_string(type_) or types.is_string_view(type_)
    )


def _kind(type_: Any) -> ColumnType | None:
    if _is_text(type_) or types.is_null(type_):
        return "text"
    if types.is_boolean(type_):
        return "yes_no"
    if types.is_date(type_) or types.is_timestamp(type_):
        return "date"
    # The frames have no decimals of more than 38 digits.
    if types.is_integer(type_) or types.is_floating(type_):
        return "number"
    if types.is_decimal(type_) and not types.is_decimal256(type_):
        return "number"
    if types.is_list(type_) or types.is_large_list(type_):
        return "list" if _is_text(_plain(type_.value_type)) else None
    return None


def _field(field: Any, few: Collection[str]) -> Any:
    """Give a field as it goes into a frame: places in a list of texts, or the values themselves."""
    if field.name in few:
        return field.with_type(DISTINCT)
    return field.with_type(_stored(field))


def _stored(field: Any) -> Any:
    """Give the type in which a field goes into a frame."""
    type_ = _plain(field.type)
    if _kind(type_) == "text":
        type_ = pa.string()
    elif types.is_float16(type_):
        type_ = pa.float32()
    elif types.is_date(type_):
        type_ = pa.date32()
    elif types.is_decimal(type_):
        type_ = pa.decimal128(type_.precision, type_.scale)
    elif _kind(type_) == "list":
        type_ = pa.list_(pa.string())
    return type_


def _days(frame: pl.DataFrame) -> list[pl.Expr]:
    """Give the days of the columns that hold points in time."""
    days = []
    for name, type_ in frame.schema.items():
        if isinstance(type_, pl.Datetime):
            point = pl.col(name)
            if type_.time_zone is not None:
                point = point.dt.convert_time_zone("Asia/Shanghai")
            days.append(point.dt.date())
    return days

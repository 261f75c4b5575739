"""A registry as it comes, whatever its kind: names of columns, number of rows, chunks of raw rows.

CSV and XLSX give text only. Parquet files and database tables keep their types. In every source the
text is stripped and an empty text is NULL. Rows keep their order and are numbered from 1, the header
not counted; opening the same input again gives the same chunks, so that a run can go on where it
stopped.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import polars as pl
import pyarrow as pa

from matcher.registry.faults import RegistryFault
from matcher.registry.limits import MAX_COLUMNS
from matcher.registry.series import distinct, nulled

__all__ = ["Chunk", "RegistryFault", "Source", "SourceColumn", "open_source"]

ColumnType = Literal["text", "number", "date", "yes_no", "list"]
POSTGRES_SCHEMES = ("postgresql://", "postgres://", "postgresql+psycopg://")
# A text column with at most so many different texts in its first rows is held by distinct texts.
_SAMPLE, _FEW = 1_000, 200
DISTINCT = pa.dictionary(pa.int32(), pa.string())  # such a column, in Arrow
_PARQUET, _ZIP, _OLE, _GZIP = b"PAR1", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column of the input; ``list`` is a list of texts."""

    name: str
    type: ColumnType = "text"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive raw rows; ``first_row`` is the number of the first, from 1.

    Texts are strings, or categorical where a column has few different ones.
    """

    first_row: int
    frame: pl.DataFrame


class Source(ABC):
    """An opened registry.

    ``name`` is what was given, without a password; ``format`` is said to the user; ``rows`` is exact.
    """

    name: str
    format: str
    columns: tuple[SourceColumn, ...]
    rows: int

    def chunks(self, size: int, first_row: int = 1) -> Generator[Chunk, None, None]:
        """Give the rows from ``first_row`` on; every chunk but the last has ``size`` rows.

        Raises `RegistryFault` where the input changes, breaks off or turns out damaged.
        """
        if size < 1 or first_row < 1:
            raise ValueError("size and first_row count from 1")
        return _regroup(self.frames(), size, first_row)

    @abstractmethod
    def frames(self) -> Iterator[pl.DataFrame]:
        """Give all rows in order, in frames as the input happens to give them."""

    @abstractmethod
    def digest(self) -> str:
        """Give the SHA-256 of the input's bytes in hex; of a table, that of its rows in order."""

    def close(self) -> None:  # noqa: B027 - most sources hold nothing open
        """Let go of connections."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_source(given: str, sheet: str | None = None) -> Source:
    """Open a CSV, XLSX or Parquet file, a folder of Parquet files, or a ``postgresql://`` table.

    The content decides what a file is, not its name. Raises `RegistryFault` on everything that cannot
    be read whole and right.
    """
    if given.startswith(POSTGRES_SCHEMES):
        from matcher.registry.database import TableSource

        _no_sheet(given.partition("://")[0], sheet)
        return TableSource(given)
    path = Path(given)
    if path.is_dir():
        from matcher.registry.parquet_files import ParquetSource

        _no_sheet(given, sheet)
        return ParquetSource(path, given)
    return _open_file(path, given, sheet)


def _open_file(path: Path, given: str, sheet: str | None) -> Source:
    start = _first_bytes(path, given)
    suffix = path.suffix.lower()
    if start.startswith(_OLE):
        raise RegistryFault(
            f"{given}:是旧版 Excel(.xls)或有密码的工作簿,无法读取。请在 Excel 中去掉密码,另存为 xlsx 后再试"
        )
    if start.startswith(_GZIP):
        raise RegistryFault(f"{given}:是压缩文件。请先解压,再给出里面的 CSV 文件")
    if start.startswith(_ZIP) or suffix in (".xlsx", ".xlsm"):
        from matcher.registry.spreadsheets import SheetSource

        return SheetSource(path, given, sheet)
    _no_sheet(given, sheet)
    if start.startswith(_PARQUET) or suffix in (".parquet", ".pq"):
        from matcher.registry.parquet_files import ParquetSource

        return ParquetSource(path, given)
    from matcher.registry.delimited import CsvSource

    return CsvSource(path, given)


def _first_bytes(path: Path, given: str) -> bytes:
    if path.exists() and not path.is_file():
        raise RegistryFault(f"{given}:不是普通文件。请先存成文件,再给出它的路径")
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except FileNotFoundError:
        raise RegistryFault(f"{given}:没有这个文件。请核对路径") from None
    except OSError as error:
        raise unreadable(given, error) from error
    if not start:
        raise RegistryFault(f"{given}:文件是空的。请核对是否导出成功")
    return start


def unreadable(given: str, error: OSError) -> RegistryFault:
    """Give the fault for a file that the system does not let us read."""
    return RegistryFault(f"{given}:读不到文件({error.strerror or error})。请核对路径和权限")


def _no_sheet(given: str, sheet: str | None) -> None:
    if sheet is not None:
        raise RegistryFault(f"{given}:只有 XLSX 文件才有工作表。请去掉 --sheet")


def check_columns(place: str, names: Iterable[str], called: str = "表头") -> tuple[str, ...]:
    """Give the column names stripped; refuse none, too many, blank and repeated ones."""
    stripped = tuple(name.strip() for name in names)
    if not stripped:
        raise RegistryFault(f"{place}:一列也没有。请核对是否导出成功")
    if len(stripped) > MAX_COLUMNS:
        raise RegistryFault(
            f"{place}:有 {len(stripped)} 列,最多 {MAX_COLUMNS} 列。请只保留匹配要用的列"
        )
    blank = [str(place) for place, name in enumerate(stripped, 1) if not name]
    if blank:
        raise RegistryFault(
            f"{place}:{called}第 {'、'.join(blank)} 列没有名称。请补上列名,或删去空列"
        )
    repeated = [f"“{name}”" for name, count in Counter(stripped).items() if count > 1]
    if repeated:
        raise RegistryFault(
            f"{place}:{called}里 {'、'.join(repeated)} 出现了不止一次。请改成不同的列名,或删去多余的列"
        )
    return stripped


def file_digest(paths: Iterable[Path], given: str) -> str:
    """Give the SHA-256 of the bytes of files, one after the other, in hex."""
    digest = hashlib.sha256()
    try:
        for path in paths:
            with path.open("rb") as file:
                while block := file.read(1024**2):
                    digest.update(block)
    except OSError as error:
        raise unreadable(given, error) from error
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Stamp:
    """Size and time of change of files: whether they are still what was opened."""

    stated: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, paths: Iterable[Path], given: str) -> Stamp:
        """Note the files as they stand."""
        try:
            states = [path.stat() for path in paths]
        except OSError as error:
            raise unreadable(given, error) from error
        return cls(tuple((state.st_size, state.st_mtime_ns) for state in states))

    def require_same(self, paths: Iterable[Path], given: str) -> None:
        """Refuse files that have changed since."""
        if Stamp.of(paths, given) != self:
            raise changed(given)


def changed(given: str) -> RegistryFault:
    """Give the fault for an input that is no longer what was opened."""
    return RegistryFault(f"{given}:读取期间文件被改动了。请等写入结束后,从头再运行一次")


def _regroup(
    frames: Iterator[pl.DataFrame], size: int, first_row: int
) -> Generator[Chunk, None, None]:
    """Cut frames of any heights into chunks of ``size`` rows, leaving out those before ``first_row``."""
    skip, count = first_row - 1, 0
    held: list[pl.DataFrame] = []
    for given in frames:
        frame = given.slice(skip)
        skip = max(0, skip - given.height)
        held.append(frame)
        count += frame.height
        if count < size:
            continue
        whole = pl.concat(held, rechunk=False)
        for start in range(0, count - size + 1, size):
            yield Chunk(first_row, tidy(whole.slice(start, size).rechunk()))
            first_row += size
        held = [whole.slice(count - count % size)]
        count %= size
    if count:
        yield Chunk(first_row, tidy(pl.concat(held, rechunk=True)))


def tidy(frame: pl.DataFrame) -> pl.DataFrame:
    """Strip every text; what is then empty is NULL. A column of few different texts holds each once."""
    return frame.with_columns(
        _tidied(column) for column in frame if isinstance(column.dtype, pl.String | pl.Categorical)
    )


def _tidied(column: pl.Series) -> pl.Series:
    if column.dtype == pl.String:
        if column.head(_SAMPLE).n_unique() > _FEW:
            return _stripped(column)
        column = column.cast(pl.Categorical(pl.Categories.random()))
    texts, places = distinct(column)
    stripped = _stripped(texts)
    if stripped.equals(texts):
        return column
    return stripped.cast(pl.Categorical(pl.Categories.random())).gather(places).alias(column.name)


def of_few_texts(batch: Any) -> set[str]:
    """Name the columns of an Arrow batch of texts whose first rows hold few different ones."""
    first = batch.slice(0, _SAMPLE)
    columns = zip(first.schema.names, first.columns, strict=True)
    return {name for name, column in columns if len(column.unique()) <= _FEW}


def _stripped(texts: pl.Series) -> pl.Series:
    stripped = texts.str.strip_chars()
    return nulled(stripped, (stripped == "").fill_null(False))

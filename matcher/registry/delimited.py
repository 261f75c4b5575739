"""CSV files of any size, in UTF-8 or GB18030, comma, tab or semicolon between the cells.

Opening reads the file once from end to end in small blocks: encoding, NUL characters, the width of every
row, the length of every cell, the number of rows and the SHA-256. A row that does not fit is never
shifted: the file is refused with the line. Reading rows later is a second pass.

Quotes follow RFC 4180: they count only at the beginning of a cell, and a quoted cell may hold line
breaks, each of which comes as ``\\n``. Empty lines are no rows.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
import traceback
from collections.abc import Callable, Collection, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Literal, NoReturn

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from matcher.registry import limits
from matcher.registry.faults import RegistryFault
from matcher.registry.limits import HEADER_BYTES, MAX_CELL, MAX_WIDTH_FAULTS
from matcher.registry.sources import (
    DISTINCT,
    Source,
    SourceColumn,
    Stamp,
    changed,
    check_columns,
    of_few_texts,
    unreadable,
)
from matcher.registry.streams import Feed, Stream

Encoding = Literal["UTF-8", "GB18030"]
_DELIMITERS = ",\t;"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Added to the file as its last row: it comes back whole unless a quote before it was never closed.
_END = "\x1e免申:文件到此为止\x1e"
# A line whose every character is ASCII or three bytes of UTF-8, two of these at least. Two Chinese
# characters in UTF-8 often also read as three in GB18030, so that decoding alone would not object.
_UTF8_LINE = re.compile(
    rb"^[\x00-\x09\x0b-\x7f]*(?:[\xe2-\xef][\x80-\xbf]{2}[\x00-\x09\x0b-\x7f]*){2,}$", re.MULTILINE
)


class CsvSource(Source):
    """A CSV file."""

    def __init__(self, path: Path, given: str) -> None:
        self.name, self._path = given, path
        self._stamp = Stamp.of([path], given)
        try:
            self._encoding, self._decided_at = _detect(path, given)
            self.format = f"CSV({self._encoding})"
            header, self._delimiter = self._header()
            self.columns = tuple(SourceColumn(name) for name in check_columns(given, header))
            self._digest = hashlib.sha256()
            self._few: set[str] = set()
            self.rows = self._count_and_check()
        except OSError as error:
            raise unreadable(given, error) from error
        if not self.rows:
            raise RegistryFault(f"{given}:只有表头,没有数据行。请核对是否导出成功")

    def digest(self) -> str:
        """Give the SHA-256 of the file's bytes in hex, taken when it was opened."""
        return self._digest.hexdigest()

    def frames(self) -> Iterator[pl.DataFrame]:
        """Give all rows in order, every cell as text."""
        self._stamp.require_same([self._path], self.name)
        rows = -1  # the header comes first
        try:
            for batch in self._batches(self._pieces(), self._altered, self._few):
                frame = pl.DataFrame(pl.from_arrow(batch))
                frame.columns = [column.name for column in self.columns]
                first = 1 if rows < 0 else 0
                yield frame.slice(first, max(0, min(frame.height, self.rows - rows) - first))
                rows += frame.height
        except (OSError, pa.ArrowInvalid) as error:
            raise changed(self.name) from error
        self._stamp.require_same([self._path], self.name)
        if rows != self.rows + 1:
            raise changed(self.name)

    def _altered(self, _: Any) -> str:
        return "error"

    # --- opening ---------------------------------------------------------------------------------

    def _header(self) -> tuple[list[str], str]:
        """Read the first row with every delimiter; the one that gives most cells is the file's."""
        with self._path.open("rb") as file:
            start = file.read(HEADER_BYTES)
        decoder = codecs.getincrementaldecoder(_codec(self._encoding))("replace")
        text = decoder.decode(start).removeprefix("\ufeff")
        found: dict[str, list[str]] = {}
        for delimiter in _DELIMITERS:
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            try:
                found[delimiter] = next(row for row in rows if row)
            except StopIteration:
                raise RegistryFault(f"{self.name}:只有空行。请核对是否导出成功") from None
            except csv.Error:
                raise RegistryFault(f"{self.name}:表头里有没有配对的引号。请改正后再试") from None
        delimiter = max(_DELIMITERS, key=lambda one: len(found[one]))
        return found[delimiter], delimiter

    def _count_and_check(self) -> int:
        """Read the whole file once and give its number of data rows."""
        wrong: list[Any] = []

        def note(row: Any) -> str:
            wrong.append(row)
            return "skip"

        rows, last, too_long = 0, None, False
        pieces = self._pieces(self._digest)
        try:
            for batch in self._batches(pieces, refuse_width=note):
                self._few = self._few if rows else of_few_texts(batch)
                rows += batch.num_rows
                too_long = any(_longest(column) > MAX_CELL for column in batch.columns)
                if too_long or len(wrong) >= MAX_WIDTH_FAULTS:
                    break
                if batch.num_rows:
                    last = batch.column(0)[-1].as_py()
        except pa.ArrowInvalid:
            self._refuse_rows(MAX_WIDTH_FAULTS)
        if too_long or wrong or last != _END:
            self._refuse_rows(min(len(wrong), MAX_WIDTH_FAULTS))
        return rows - 2  # the header and the row that was added

    def _refuse_rows(self, count: int) -> NoReturn:
        """Name the line of the first row that cannot be read, or up to ``count`` of the wrong width."""
        width, faults = len(self.columns), list[str]()
        for line, row in self._records():
            if any(_END in cell and cell != _END for cell in row):
                raise self._unclosed(line)
            for number, cell in enumerate(row[:width]):
                if len(cell) > MAX_CELL:
                    raise RegistryFault(
                        f"{self.name}:第 {line} 行“{self.columns[number].name}”有 {len(cell)} 个字符,"
                        f"一格最多 {MAX_CELL} 个。请核对是否缺了引号,或缩短这一格"
                    )
            if len(row) != width:
                faults.append(f"第 {line} 行有 {len(row)} 格")
            if count and len(faults) == count:
                break
        if faults:
            more = " 等" if count == MAX_WIDTH_FAULTS else ""
            raise RegistryFault(
                f"{self.name}:表头有 {width} 列,但{'、'.join(faults)}{more}。"
                "请核对这些行是否多了或少了分隔符,含分隔符的内容要用双引号括起来"
            )
        raise RegistryFault(f"{self.name}:不能按 CSV 读取。请在 Excel 中打开核对,另存为 CSV 后再试")

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Read the file row by row, slowly, each row with the line it begins on."""
        with self._path.open(encoding=_codec(self._encoding), newline="") as file:
            ending = self._delimiter.join([_END, *[""] * (len(self.columns) - 1)])
            rows = csv.reader(chain(file, ["\n", ending]), delimiter=self._delimiter)
            line = 1
            try:
                for row in rows:
                    if row:
                        yield line, row
                    line = rows.line_num + 1
            except csv.Error:
                raise self._unclosed(line) from None

    def _unclosed(self, line: int) -> RegistryFault:
        return RegistryFault(f"{self.name}:第 {line} 行有一个双引号没有配对。请补上或删去它")

    # --- reading ---------------------------------------------------------------------------------

    def _batches(
        self,
        pieces: Iterator[bytes],
        refuse_width: Callable[[Any], str],
        few: Collection[str] = (),
    ) -> Iterator[pa.RecordBatch]:
        """Parse UTF-8 pieces; the header comes as the first row and ``_END`` as the last.

        Columns named in ``few`` hold each different text once.
        """
        names = [f"c{number}" for number in range(len(self.columns))]
        feed = Feed(pieces)
        try:
            yield from self._parsed(feed, names, refuse_width, few)
        except pa.ArrowInvalid as error:
            traceback.clear_frames(error.__traceback__)
            feed.raise_fault()
            raise
        finally:
            feed.leave()
        feed.raise_fault()

    def _parsed(
        self,
        feed: Feed,
        names: list[str],
        refuse_width: Callable[[Any], str],
        few: Collection[str],
    ) -> Iterator[pa.RecordBatch]:
        with self._reader(Stream(feed), names, refuse_width, few) as reader:
            yield from reader

    def _reader(
        self,
        stream: Stream,
        names: list[str],
        refuse_width: Callable[[Any], str],
        few: Collection[str],
    ) -> Any:
        return pa_csv.open_csv(
            pa.PythonFile(stream, "r"),
            read_options=pa_csv.ReadOptions(
                block_size=limits.CSV_BLOCK_BYTES, column_names=names, use_threads=False
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=True,
                invalid_row_handler=refuse_width,
            ),
            # The pieces are checked already, and every cell stays text.
            convert_options=pa_csv.ConvertOptions(
                check_utf8=False,
                column_types={name: DISTINCT if name in few else pa.string() for name in names},
            ),
        )

    def _pieces(self, digest: Any = None) -> Iterator[bytes]:
        """Give the file as UTF-8, then the row that ends it; refuse NUL and a second encoding."""
        line, piece = 1, b""
        for block in _blocks(self._path, self.name):
            if digest is not None:
                digest.update(block)
            if b"\0" in block:
                line += _line_ends(block[: block.index(b"\0")])
                raise RegistryFault(
                    f"{self.name}:第 {line} 行有空字符(NUL),不是文本。请另存为 UTF-8 编码的 CSV 后再试"
                )
            piece = self._as_utf8(block, line)
            line += _line_ends(block)
            # Arrow drops the second half of a line end that lies across its blocks, in quotes too.
            yield piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in piece else piece
        ending = self._delimiter.join([_END, *[""] * (len(self.columns) - 1)])
        yield ("" if piece.endswith(b"\n") else "\n").encode() + ending.encode() + b"\n"

    def _as_utf8(self, block: bytes, line: int) -> bytes:
        """Check a block of whole lines that begins on ``line``."""
        if line == 1:
            block = block.removeprefix(codecs.BOM_UTF8)
        if block.isascii():
            return block
        if self._encoding == "GB18030" and (found := _UTF8_LINE.search(block)):
            raise self._mixed(line + _line_ends(block[: found.start()]), found.group())
        try:
            text = block.decode(_codec(self._encoding))
        except UnicodeDecodeError as error:
            ended = block.rfind(b"\n", 0, error.start) + 1
            rest = block[ended:].partition(b"\n")[0]
            raise self._mixed(line + _line_ends(block[: error.start]), rest) from None
        return block if self._encoding == "UTF-8" else text.encode()

    def _mixed(self, line: int, content: bytes) -> RegistryFault:
        other: Encoding = "GB18030" if self._encoding == "UTF-8" else "UTF-8"
        repair = "请用文本编辑器打开核对,整个文件另存为 UTF-8 后再试"
        try:
            content.decode(_codec(other))
        except UnicodeDecodeError:
            return RegistryFault(
                f"{self.name}:第 {line} 行既不是 UTF-8 也不是 GB18030 编码。{repair}"
            )
        decided = f"第 {self._decided_at} 行是 {self._encoding}" if self._decided_at else "别处不是"
        return RegistryFault(
            f"{self.name}:第 {line} 行是 {other} 编码,而{decided},同一个文件混用了两种编码。{repair}"
        )


def _blocks(path: Path, given: str) -> Iterator[bytes]:
    """Give the file in blocks that end where a line ends.

    Neither encoding uses the bytes of a line end inside a character.
    """
    line, pending = 1, b""
    with path.open("rb") as file:
        while block := file.read(limits.CSV_BLOCK_BYTES):
            block = pending + block
            # A carriage return at the very end may be half of a line end.
            cut = (block.rfind(b"\n") + 1) or (block.rfind(b"\r", 0, len(block) - 1) + 1)
            pending = block[cut:]
            if cut:
                line += _line_ends(block[:cut])
                yield block[:cut]
            elif len(pending) > limits.CSV_BLOCK_BYTES:
                raise RegistryFault(
                    f"{given}:第 {line} 行超过 {limits.CSV_BLOCK_BYTES // 1024**2} MiB,不像企业名册。请核对文件"
                )
        if pending:
            yield pending


def _line_ends(block: bytes) -> int:
    count = block.count(b"\n")
    if b"\r" in block:
        count += block.count(b"\r") - block.count(b"\r\n")
    return count


def _codec(encoding: Encoding) -> str:
    return "utf-8-sig" if encoding == "UTF-8" else "gb18030"


def _detect(path: Path, given: str) -> tuple[Encoding, int]:
    """Give the encoding and the first line that proves it, 0 where all is ASCII.

    Characters of two bytes prove nothing: C2 B7 is “·” in UTF-8 and “路” in GB18030.
    """
    line = 1
    for block in _blocks(path, given):
        if line == 1 and block.startswith(_UTF16):
            raise RegistryFault(f"{given}:是 UTF-16 编码。请另存为 UTF-8 编码的 CSV 后再试")
        if line == 1 and block.startswith(codecs.BOM_UTF8):
            return "UTF-8", 1
        if block.isascii():
            line += _line_ends(block)
            continue
        for content in block.splitlines():
            if not content.isascii():
                try:
                    text = content.decode()
                except UnicodeDecodeError:
                    return "GB18030", line
                if any(character >= "\u0800" for character in text):
                    return "UTF-8", line
            line += 1
    return "UTF-8", 0


def _longest(column: pa.Array) -> int:
    """Give the length in characters of the longest text; bytes settle it for nearly all columns."""
    longest = pc.max(pc.binary_length(column)).as_py() or 0
    return longest if longest <= MAX_CELL else pc.max(pc.utf8_length(column)).as_py()

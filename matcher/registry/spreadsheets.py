"""XLSX workbooks: one sheet of at most 200,000 rows, its first row that is not blank being the header.

A workbook is read by a child process (``python -m matcher.registry.spreadsheets``) with bounds on its
memory, processor time and output, so that a hostile file ends the child and not the program. The
child hands back the cells as text in an Arrow file: numbers in plain decimals (of more than 15 digits,
of which a sheet loses the last: 9.13401231493451E+17), days as YYYY-MM-DD, 是 and 否, errors as the
sheet shows them. Blank rows at the end do not count.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from decimal import Context, Decimal
from functools import reduce
from pathlib import Path
from typing import Any

import fastexcel
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from matcher.registry.faults import RegistryFault
from matcher.registry.limits import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_XLSX_BYTES,
    MAX_XLSX_ROWS,
    XLSX_MEMORY,
    XLSX_OUTPUT,
    XLSX_SECONDS,
)
from matcher.registry.sources import (
    Source,
    SourceColumn,
    Stamp,
    check_columns,
    file_digest,
)
from matcher.registry.xlsx_parts import BROKEN, Area, Sheet, Workbook, cell_name

_ERRORS = {
    "NA": "#N/A",
    "Ref": "#REF!",
    "Div0": "#DIV/0!",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}
_ERROR = re.compile(r"Error\((\w+)\)")
_REWRITTEN = {
    # A cell that holds only a time of day comes with the day before the calendar begins.
    r"^1899-12-3[01] (\d\d:\d\d:\d\d)(\.\d+)?$": r"\1",
    r"^(\d{4}-\d\d-\d\d) \d\d:\d\d:\d\d(\.\d+)?$": r"\1",
}
# A sheet shows 15 digits; what a number has beyond them is how computers store it.
_DECIMAL = r"^-?\d*\.\d+$"
_SHOWN_DIGITS = 15
_SHOWN = Context(prec=_SHOWN_DIGITS)


class SheetSource(Source):
    """One sheet of an XLSX workbook; every cell is text."""

    def __init__(self, path: Path, given: str, sheet: str | None) -> None:
        self.name, self.format, self._path = given, "XLSX", path
        self._stamp = Stamp.of([path], given)
        if path.stat().st_size > MAX_XLSX_BYTES:
            raise RegistryFault(
                f"{given}:文件超过 {MAX_XLSX_BYTES // 1024**2} MiB。请另存为 CSV(UTF-8)后再试"
            )
        self._digest = file_digest([path], given)
        self._frame = _read_apart(path, given, sheet)
        self.columns = tuple(SourceColumn(name) for name in self._frame.columns)
        self.rows = self._frame.height
        self._stamp.require_same([path], given)

    def frames(self) -> Iterator[pl.DataFrame]:
        """Give all rows at once; a sheet is small."""
        yield self._frame

    def digest(self) -> str:
        """Give the SHA-256 of the file's bytes in hex, taken when it was opened."""
        return self._digest


def _read_apart(path: Path, given: str, sheet: str | None) -> pl.DataFrame:
    """Have a child process read the sheet."""
    with tempfile.TemporaryDirectory(prefix="mianshen-") as folder:
        out = Path(folder) / "cells.arrow"
        job = {"path": str(path), "given": given, "sheet": sheet, "out": str(out)}
        command = [sys.executable, "-m", "matcher.registry.spreadsheets"]
        try:
            child = subprocess.run(
                command,
                input=json.dumps(job).encode(),
                capture_output=True,
                timeout=XLSX_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _too_slow(given) from None
        if child.returncode == -signal.SIGXCPU:
            raise _too_slow(given)
        if child.returncode or not child.stdout:
            raise RegistryFault(
                f"{given}:这个工作簿展开后太大,或已损坏,无法读取。"
                "请只把数据区域复制到新工作簿,或另存为 CSV(UTF-8)后再试"
            )
        fault = json.loads(child.stdout)["fault"]
        if fault:
            raise RegistryFault(fault)
        return pl.read_ipc(out)


def _too_slow(given: str) -> RegistryFault:
    return RegistryFault(f"{given}:{XLSX_SECONDS} 秒内读不完这个工作簿。请另存为 CSV(UTF-8)后再试")


# --- in the child process ------------------------------------------------------------------------


def main() -> None:
    """Do the job given on standard input; say on standard output what is wrong, if anything is."""
    job = json.load(sys.stdin)
    _bound_resources()
    given, fault = job["given"], ""
    try:
        table = read_sheet(Path(job["path"]), given, job["sheet"])
        with pa.OSFile(job["out"], "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    except RegistryFault as found:
        fault = str(found)
    except (*BROKEN, fastexcel.FastExcelError):
        fault = f"{given}:不是完整的 XLSX 文件,可能已损坏。请在 Excel 中打开,另存为 xlsx 后再试"
    json.dump({"fault": fault}, sys.stdout)


def _bound_resources() -> None:
    """Bound memory beyond what is mapped now, processor time, the file to write; no core dumps."""
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bounds = {
        resource.RLIMIT_AS: pages * resource.getpagesize() + XLSX_MEMORY,
        resource.RLIMIT_CPU: XLSX_SECONDS,
        resource.RLIMIT_FSIZE: XLSX_OUTPUT,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in bounds.items():
        resource.setrlimit(kind, (bound, bound))


def read_sheet(path: Path, given: str, wanted: str | None) -> Any:
    """Give an Arrow table of one sheet: named columns of text, the data rows only.

    Arrow does the work because Polars maps more memory ahead than the bound leaves room for.
    """
    with Workbook(path, given) as workbook:
        sheet = workbook.choose(wanted)
        place = f"{given}:工作表“{sheet.name}”"
        columns, left = _cells(path, workbook, sheet)
        rows = _filled_rows(columns)
        if not rows:
            raise RegistryFault(f"{place}是空的。请核对是否选对了工作表")
        area = Area(rows[0], left, rows[-1], left + len(columns) - 1)
        merged = next((one for one in workbook.merged(sheet) if one.touches(area)), None)
    if merged is not None:
        raise RegistryFault(f"{place}的 {merged} 是合并单元格。请取消合并,每一格都填上值后再试")
    header = [column[area.top].as_py() or "" for column in columns]
    data = [column.slice(area.top + 1, area.bottom - area.top) for column in columns]
    names = _names(header, place, area)
    _check_data(data, place, area)
    return pa.table(data, names=list(names))


def _cells(path: Path, workbook: Workbook, sheet: Sheet) -> tuple[list[Any], int]:
    """Give the columns as text from the sheet's first row on, and the number of the first, from 0."""
    loaded = fastexcel.read_excel(path).load_sheet(
        sheet.name, header_row=None, skip_rows=0, dtypes="string"
    )
    if not loaded.width:
        return [], 0
    batch, errors = loaded.to_arrow_with_errors()
    columns = [_as_text(column) for column in batch.columns]
    left = loaded.selected_columns[0].absolute_index
    shown: dict[int, dict[int, str]] = {}
    for error in errors.errors if errors else ():
        row, at = error.position
        shown.setdefault(at, {})[row] = _error(error.detail)
    # Like the sheet, and so that no code of 18 digits is taken that has lost the last three.
    for row, at, number in workbook.long_numbers(sheet):
        if row < batch.num_rows and 0 <= at - left < len(columns):
            shown.setdefault(at - left, {})[row] = f"{Decimal(number):.14E}"
    for at, cells in shown.items():
        columns[at] = _replaced(columns[at], cells)
    return columns, left


def _filled_rows(columns: list[Any]) -> list[int]:
    """Give the first and the last row that is not blank; nothing where all are."""
    if not columns:
        return []
    rows = pc.indices_nonzero(reduce(pc.or_, (column.is_valid() for column in columns)))
    return [rows[0].as_py(), rows[-1].as_py()] if len(rows) else []


def _as_text(column: Any) -> Any:
    """Write cells as the messages and the other sources have them."""
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    for cell, shown in (("", None), ("true", "是"), ("false", "否")):
        text = pc.if_else(pc.equal(text, cell), pa.scalar(shown, pa.string()), text)
    if pc.any(pc.match_substring(text, ":")).as_py():
        for pattern, replacement in _REWRITTEN.items():
            text = pc.replace_substring_regex(text, pattern, replacement)
    if (pc.max(pc.utf8_length(text)).as_py() or 0) <= _SHOWN_DIGITS:
        return text
    long = pc.greater(pc.utf8_length(text), _SHOWN_DIGITS)
    long = pc.fill_null(pc.and_(long, pc.match_substring_regex(text, _DECIMAL)), False)
    rows = pc.indices_nonzero(long).to_pylist()
    return _replaced(text, {row: _as_shown(text[row].as_py()) for row in rows})


def _as_shown(number: str) -> str:
    """Write a number with the digits that a sheet shows: 0.1 + 0.2 is 0.3."""
    return f"{_SHOWN.create_decimal(number).normalize():f}"


def _replaced(column: Any, cells: dict[int, str]) -> Any:
    if not cells:
        return column
    mask = np.zeros(len(column), dtype=bool)
    mask[list(cells)] = True
    return pc.replace_with_mask(column, mask, pa.array([cells[row] for row in sorted(cells)]))


def _error(detail: str) -> str:
    found = _ERROR.search(detail)
    return _ERRORS.get(found.group(1), "#ERROR!") if found else "#ERROR!"


def _names(header: list[str], place: str, area: Area) -> tuple[str, ...]:
    blank = [cell_name(area.top, area.left + at) for at, name in enumerate(header) if not name]
    if blank and len(header) <= MAX_COLUMNS:
        raise RegistryFault(
            f"{place}的 {'、'.join(blank)} 没有列名。"
            "第一个非空行应是表头,请补上列名,或删去空列和表头前的标题"
        )
    return check_columns(place, header)


def _check_data(columns: list[Any], place: str, area: Area) -> None:
    """Refuse no rows, too many rows and a cell that is too long."""
    rows = area.bottom - area.top
    if not rows:
        raise RegistryFault(f"{place}只有表头,没有数据行。请核对是否导出成功")
    if rows > MAX_XLSX_ROWS:
        raise RegistryFault(
            f"{place}有 {rows} 行数据,最多 {MAX_XLSX_ROWS} 行。请另存为 CSV(UTF-8)后再试"
        )
    for at, column in enumerate(columns):
        lengths = pc.fill_null(pc.utf8_length(column), 0)
        if pc.max(lengths).as_py() > MAX_CELL:
            row = pc.index(pc.greater(lengths, MAX_CELL), True).as_py()
            where = cell_name(area.top + 1 + row, area.left + at)
            raise RegistryFault(
                f"{place}的 {where} 有 {lengths[row]} 个字符,一格最多 {MAX_CELL} 个。请缩短这一格"
            )


if __name__ == "__main__":
    main()

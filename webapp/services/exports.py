"""Tables for people and for banks, as CSV and as XLSX; the same rows always give the same bytes.

Texts stay texts: a code keeps its digits, and nothing that somebody typed is run as a formula.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

import xlsxwriter

from matcher.registry.rejected import FORMULA

Cell = str | int
Row = Sequence[Cell]
_BOM = "\ufeff"
_MADE = datetime(2000, 1, 1)  # a workbook notes when it was made; ours must not differ by that
_WIDTH = 22


def csv_bytes(head: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Write CSV as spreadsheets read it: UTF-8 with BOM, CRLF; a text like a formula gets a leading '."""
    out = io.StringIO()
    out.write(_BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def xlsx_bytes(sheet: str, head: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Write a workbook of one sheet: texts as texts, numbers as numbers."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": _MADE})
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        made = book.add_worksheet(sheet)
        made.write_row(0, 0, head, bold)
        made.set_column(0, len(head) - 1, _WIDTH)
        made.freeze_panes(1, 0)
        for number, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                if isinstance(cell, int):
                    made.write_number(number, place, cell)
                else:
                    made.write_string(number, place, cell, text)
    return out.getvalue()


def yuan(fen: int) -> str:
    """Write 分 as 元 with two decimals, as payment files do."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"


def fen(text: str) -> int | None:
    """Read 元 with at most two decimals; None where it is no such amount."""
    plain = text.strip().replace(",", "")
    if not re.fullmatch(r"\d{1,13}(\.\d{1,2})?", plain, re.ASCII):
        return None
    whole, _, part = plain.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0"))


def _guarded(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and re.match(FORMULA, cell) else cell

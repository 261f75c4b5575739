"""Write a run's summary as a workbook: one sheet a table, ready to filter and to print.

Text is written as text, so that ``=1+1`` stays what it is and long codes keep their digits. Equal summaries
give equal bytes.
"""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wcwidth import wcswidth

from matcher.registry.summary import Summary
from matcher.registry.tables import TITLE, Cell, Kind, Table, overview, tables

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MAX_WIDTH = 60
A4 = 9
NUMBER_FORMAT, SHARE_FORMAT, TEXT_FORMAT = "#,##0", "0.0%", "@"
_FONT = {"font_name": "Microsoft YaHei", "font_size": 11, "valign": "top"}


def write_workbook(summary: Summary, path: Path) -> None:
    """Write ``summary.xlsx``: 概况 and the tables of `matcher.registry.tables`."""
    # Only a batch run writes workbooks.
    from xlsxwriter import Workbook

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(path, options) as book:
        book.set_properties(
            {
                "title": TITLE,
                "subject": f"基准日 {summary.as_of.isoformat()}",
                "author": "免申",
                "created": datetime.combine(summary.as_of, time()),
            }
        )
        looks = {
            "head": book.add_format(
                {**_FONT, "bold": True, "bg_color": "#0B4EA2", "font_color": "#FFFFFF", "border": 1}
                | {"border_color": "#DDE3EA", "text_wrap": True, "valign": "vcenter"}
            ),
            Kind.TEXT: book.add_format({**_FONT, "num_format": TEXT_FORMAT, "text_wrap": True}),
            Kind.NUMBER: book.add_format({**_FONT, "num_format": NUMBER_FORMAT}),
            Kind.SHARE: book.add_format({**_FONT, "num_format": SHARE_FORMAT}),
        }
        looks[Kind.REMARK] = looks[Kind.TEXT]
        for table in (overview(summary), *tables(summary)):
            _write_sheet(book.add_worksheet(table.name), table, summary, looks)


def _write_sheet(
    sheet: Worksheet, table: Table, summary: Summary, looks: dict[Any, Format]
) -> None:
    for place, column in enumerate(table.columns):
        sheet.set_column(place, place, _width(table, place), looks[column.kind])
    sheet.set_row(0, 24)
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, column.head, looks["head"])
    for row, cells in enumerate(table.rows, start=1):
        for place, (column, cell) in enumerate(zip(table.columns, cells, strict=True)):
            _write_cell(sheet, row, place, cell, column.kind, looks)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
    sheet.set_header(f"&L{table.name}&R基准日 {summary.as_of.isoformat()}")
    sheet.set_footer("&C第 &P 页,共 &N 页")


def _write_cell(
    sheet: Worksheet, row: int, place: int, cell: Cell, kind: Kind, looks: dict[Any, Format]
) -> None:
    if cell is None or cell == "":
        sheet.write_blank(row, place, None, looks[kind])
    elif isinstance(cell, str):
        sheet.write_string(row, place, cell, looks[kind])
    elif isinstance(cell, float):
        sheet.write_number(row, place, cell, looks[Kind.SHARE])
    else:
        sheet.write_number(row, place, cell, looks[Kind.NUMBER])


def _width(table: Table, place: int) -> float:
    """Give a column's width in characters: its widest cell, a head with its filter button."""
    column = table.columns[place]
    widest = wcswidth(column.head) + 4
    for row in table.rows:
        cell = row[place]
        if isinstance(cell, str):
            widest = max(widest, wcswidth(cell) + 2)
        elif isinstance(cell, int):
            widest = max(widest, len(f"{cell:,}") + 2)
    return min(widest, MAX_WIDTH)

"""The workbook, opened again as a spreadsheet program would."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from matcher.catalogue import Catalogue
from matcher.registry.summary import GroupCount, Summary
from matcher.registry.tables import tables
from matcher.registry.workbook import write_workbook
from tests.registry.summaries import empty, realistic

SHEETS = ["概况", "按措施", "按县区", "按行业", "缺少的数据", "共享清单"]


@pytest.fixture(scope="module")
def summary(catalogue: Catalogue) -> Summary:
    return realistic(catalogue)


@pytest.fixture(scope="module")
def book(summary: Summary, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    path = tmp_path_factory.mktemp("book") / "summary.xlsx"
    write_workbook(summary, path)
    return load_workbook(path)


def test_every_sheet_is_ready_to_read_filter_and_print(book: Workbook) -> None:
    assert book.sheetnames == SHEETS
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        # One page wide is the format's default and not written; 0 is as many pages high as needed.
        assert sheet.page_setup.fitToWidth in {None, 1}
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.print_title_rows == "$1:$1"


def test_cells_have_the_types_and_formats_of_their_columns(book: Workbook) -> None:
    sheet = book["按措施"]
    heads = [cell.value for cell in sheet[1]]
    row = dict(zip(heads, sheet[2], strict=True))
    assert (row["编号"].data_type, row["编号"].number_format) == ("s", "@")
    assert (row["符合"].data_type, row["符合"].number_format) == ("n", "#,##0")
    assert (row["符合占比"].data_type, row["符合占比"].number_format) == ("n", "0.0%")
    assert 0 < row["符合占比"].value < 1


def test_the_sheets_hold_what_the_summary_holds(book: Workbook, summary: Summary) -> None:
    for table in tables(summary):
        values = [[cell.value or 0 for cell in row] for row in book[table.name].iter_rows()]
        assert values[0] == [column.head for column in table.columns]
        assert values[1:] == [[pytest.approx(cell or 0) for cell in row] for row in table.rows]
    measures = tables(summary)[0]
    assert sum(measures.values("符合")) == sum(item.met for item in summary.measures)
    overview = {row[0].value: row[1].value for row in book["概况"].iter_rows(min_row=2)}
    assert overview["采用的企业"] == summary.accepted
    assert overview["退回的行"] == summary.rejected
    assert overview["可免申即享的企业"] == summary.automatic
    assert overview["没有比对的措施"] == summary.refused[0]


def test_columns_fit_chinese_text(book: Workbook) -> None:
    sheet = book["按县区"]
    longest = max(len(cell.value) for cell in sheet["A"])
    assert sheet.column_dimensions["A"].width >= 2 * longest
    assert all(sheet.column_dimensions[name].width <= 61 for name in "ABCDEF")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("=1+1", "=1+1"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("@SUM(1)", "@SUM(1)"),
        ("https://example.org", "https://example.org"),
        ("913401000000000012", "913401000000000012"),
        ("00123", "00123"),
        ("合肥\u202e市\x07\ud800\uffff", "合肥[U+202E]市[U+0007][U+D800][U+FFFF]"),
    ],
    ids=["sum", "command", "at", "address", "code", "zeros", "hidden"],
)
def test_text_stays_text(tmp_path: Path, name: str, kept: str) -> None:
    path = tmp_path / "summary.xlsx"
    write_workbook(replace(empty(), counties=(GroupCount(name, 1, 0, 0, 0),)), path)
    cell = load_workbook(path)["按县区"]["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (kept, "s", None)


def test_equal_summaries_give_equal_bytes(summary: Summary, tmp_path: Path) -> None:
    first, second = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    write_workbook(summary, first)
    write_workbook(summary, second)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {item.date_time[0] for item in archive.infolist()} == {1980}


def test_the_properties_name_no_person(book: Workbook, summary: Summary) -> None:
    created = datetime.combine(summary.as_of, datetime.min.time())
    assert (book.properties.creator, book.properties.lastModifiedBy) == ("免申", "免申")
    assert (book.properties.created, book.properties.modified) == (created, created)


def test_nothing_at_all_gives_every_sheet_with_its_heads(tmp_path: Path) -> None:
    path = tmp_path / "summary.xlsx"
    write_workbook(empty(), path)
    book = load_workbook(path)
    assert book.sheetnames == SHEETS
    assert [sheet.max_row for sheet in book.worksheets[1:]] == [1] * 5
    shares = [row for row in book["概况"].iter_rows(values_only=True) if "占比" in str(row[0])]
    assert shares
    assert {row[1] for row in shares} == {None}

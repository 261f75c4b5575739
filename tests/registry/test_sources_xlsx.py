"""XLSX workbooks: what sheets hold comes as text; hostile workbooks are refused, and the program lives."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from matcher.registry import spreadsheets
from matcher.registry.limits import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_XLSX_BYTES,
    MAX_XLSX_ENTRIES,
    MAX_XLSX_ROWS,
    MAX_XLSX_UNPACKED,
)
from matcher.registry.sources import open_source
from matcher.registry.xlsx_parts import cell_name
from tests.registry.opening import refusal, rows_of

SHEET, RELATIONS = "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"
HEADER = b'<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'


def workbook(path: Path, write: Callable[[Any, Any], None]) -> Path:
    """Make a workbook whose sheet “名册” a function writes."""
    with xlsxwriter.Workbook(path) as made:
        write(made, made.add_worksheet("名册"))
    return path


def sheet_of(path: Path, *rows: tuple[Any, ...]) -> Path:
    def write(_: Any, sheet: Any) -> None:
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)

    return workbook(path, write)


def rebuilt(path: Path, change: Callable[[str, bytes], bytes], extra: dict[str, bytes]) -> Path:
    """Pack a plain workbook anew with parts changed and added."""
    plain = sheet_of(path.with_name("plain.xlsx"), ("a", "b"), (1, 2))
    with (
        zipfile.ZipFile(plain) as read,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        for name in read.namelist():
            written.writestr(name, change(name, read.read(name)))
        for name, content in extra.items():
            written.writestr(name, content)
    return path


def with_rows(path: Path, rows: bytes) -> Path:
    """Make a workbook whose sheet holds rows of XML and says that it is as large as can be."""

    def change(name: str, content: bytes) -> bytes:
        if name != SHEET:
            return content
        content = content.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
        data = b"<sheetData>" + rows + b"</sheetData>"
        return re.sub(rb"<sheetData>.*</sheetData>", lambda _: data, content)

    return rebuilt(path, change, {})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "名册.xlsx"


def test_every_kind_of_cell_comes_as_text(path: Path) -> None:
    def write(made: Any, sheet: Any) -> None:
        day, time = (made.add_format({"num_format": form}) for form in ("yyyy/m/d", "hh:mm"))
        sheet.write_row(0, 0, [" 企业名称 ", "数", "日期", "是否", "公式"])
        sheet.write_row(1, 0, [" 甲 ", 12.3])
        sheet.write_datetime(1, 2, datetime(2018, 3, 5), day)
        sheet.write_boolean(1, 3, True)
        sheet.write_formula(1, 4, "=1+1", None, 2)
        sheet.write_row(2, 0, ["0012", 1e-7])
        sheet.write_datetime(2, 2, datetime(2018, 3, 5, 10, 20, 30), day)
        sheet.write_boolean(2, 3, False)
        sheet.write_formula(2, 4, "=NA()", None, "#N/A")
        sheet.write_row(3, 0, ["340123149345103123", 340123149345103000])
        sheet.write_number(3, 2, 0.5, time)
        sheet.write_formula(3, 4, "=A99/0", None, "#DIV/0!")
        sheet.write_row(5, 0, ["一\n二", -1200])
        sheet.write_blank(900, 0, None, day)

    source = open_source(str(workbook(path, write)))
    assert (source.format, source.rows) == ("XLSX", 5)
    assert rows_of(source, 2) == [
        ("甲", "12.3", "2018-03-05", "是", "2"),
        ("0012", "0.0000001", "2018-03-05", "否", "#N/A"),
        ("340123149345103123", "3.40123149345103E+17", "12:00:00", None, "#DIV/0!"),
        (None, None, None, None, None),
        ("一\n二", "-1200", None, None, None),
    ]
    assert rows_of(source, 2, 4) == rows_of(source)[3:]
    assert source.digest() == open_source(str(path)).digest()


def test_numbers_lose_the_tail_that_no_sheet_shows(path: Path) -> None:
    numbers = (
        b"0.30000000000000004",
        b"12.299999999999999",
        b"999999999999999",
        b"2.5E-3",
        b"1234567.8901",
    )
    rows = b"".join(
        b'<row r="%d"><c r="A%d"><v>%s</v></c></row>' % (at, at, number)
        for at, number in enumerate(numbers, 2)
    )
    shown = [cell for (cell,) in rows_of(open_source(str(with_rows(path, HEADER + rows))))]
    assert shown == ["0.3", "12.3", "999999999999999", "0.0025", "1234567.8901"]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (b"<v>913401231493451030</v>", "9.13401231493451E+17"),
        (b"<v>9.1340123149345101E+17</v>", "9.13401231493451E+17"),
        (b"<f>A1*10</f><v>1000000000000000</v>", "1.00000000000000E+15"),
    ],
    ids=["整数", "指数", "公式"],
)
def test_numbers_that_have_lost_digits_cannot_pass_for_codes(
    path: Path, cell: bytes, shown: str
) -> None:
    row = b'<row r="2"><c r="A2" s="0">' + cell + b"</c></row>"
    assert rows_of(open_source(str(with_rows(path, HEADER + row)))) == [(shown,)]
    text = row.replace(b'r="A2"', b'r="A2" t="str"')
    said = re.sub(rb"<f>.*</f>", b"", cell)[3:-4].decode()
    assert rows_of(open_source(str(with_rows(path, HEADER + text)))) == [(said,)]


def test_the_only_sheet_that_shows_and_holds_anything_is_taken(path: Path) -> None:
    def write(made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["a"])
        sheet.write_row(1, 0, ["1"])
        made.add_worksheet("空表")
        hidden = made.add_worksheet("字典")
        hidden.write(0, 0, "是否")
        hidden.hide()

    assert rows_of(open_source(str(workbook(path, write)))) == [("1",)]
    assert "没有名为“名单”的工作表。有 “名册”、“空表”、“字典”" in refusal(path, "名单")
    assert "工作表“空表”是空的" in refusal(path, "空表")
    assert "工作表“字典”只有表头,没有数据行" in refusal(path, "字典")


def test_several_sheets_need_a_choice(path: Path) -> None:
    def write(made: Any, sheet: Any) -> None:
        sheet.write_column(0, 0, ["a", "1"])
        made.add_worksheet("二").write_column(0, 0, ["b", "2"])

    assert "有 2 个工作表有内容(“名册”、“二”)。请用 --sheet 指定" in refusal(workbook(path, write))
    assert rows_of(open_source(str(path), "二")) == [("2",)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "各工作表都是空的"),
        ([(" ",), (" ",)], "是空的"),
        ([("a", "b")], "工作表“名册”只有表头,没有数据行"),
        ([("a", "", "c"), (1, 2, 3)], "工作表“名册”的 B1 没有列名"),
        ([("a", "b", " a"), (1, 2, 3)], "表头里 “a” 出现了不止一次"),
        ([tuple(f"c{n}" for n in range(MAX_COLUMNS + 1)), (1,)], "有 301 列,最多 300 列"),
        ([("a", "b"), (1, 2), (3, "长" * (MAX_CELL + 1))], "的 B3 有 4001 个字符,一格最多 4000 个"),
    ],
)
def test_what_a_sheet_may_not_hold(path: Path, rows: list[tuple[Any, ...]], said: str) -> None:
    assert said in refusal(sheet_of(path, *rows))


def test_a_sheet_at_its_limits(path: Path) -> None:
    header = tuple(f"c{n}" for n in range(MAX_COLUMNS))
    source = open_source(str(sheet_of(path, header, ("长" * MAX_CELL,))))
    assert rows_of(source) == [("长" * MAX_CELL, *[None] * (MAX_COLUMNS - 1))]


def test_rows_at_the_limit_and_one_more(path: Path) -> None:
    rows = b"".join(b"<row><c><v>%d</v></c></row>" % n for n in range(MAX_XLSX_ROWS))
    assert open_source(str(with_rows(path, HEADER + rows))).rows == MAX_XLSX_ROWS
    said = refusal(with_rows(path, HEADER + rows + b"<row><c><v>1</v></c></row>"))
    assert "有 200001 行数据,最多 200000 行" in said


def test_merged_cells_are_refused_where_the_data_is(path: Path) -> None:
    def write(area: str) -> Callable[[Any, Any], None]:
        def fill(_: Any, sheet: Any) -> None:
            sheet.write_row(2, 1, ["a", "b"])
            sheet.write_row(3, 1, [1, 2])
            sheet.write_row(4, 1, [1, 2])
            sheet.merge_range(area, "")

        return fill

    assert "工作表“名册”的 B4:B5 是合并单元格" in refusal(workbook(path, write("B4:B5")))
    assert "工作表“名册”的 A3:B3 是合并单元格" in refusal(workbook(path, write("A3:B3")))
    for beside in ("A1:B1", "E1:E9", "B7:C8"):
        assert open_source(str(workbook(path, write(beside)))).rows == 2


@pytest.mark.parametrize(
    "row", [b'<row r="%d"/>', b'<row r="%d"><c r="A%d" s="0"/></row>'], ids=["行", "空格"]
)
def test_a_million_empty_rows_count_for_nothing(path: Path, row: bytes) -> None:
    filled = b"".join(b'<row r="%d"><c r="A%d"><v>7</v></c></row>' % (n, n) for n in range(2, 12))
    empty = b"".join(row.replace(b"%d", b"%d" % n) for n in range(12, 1_048_577))
    assert rows_of(open_source(str(with_rows(path, HEADER + filled + empty)))) == [("7",)] * 10
    assert "各工作表都是空的" in refusal(with_rows(path, empty))


def test_two_cells_in_the_far_corners(path: Path) -> None:
    """A sheet spanned by two cells would take hundreds of gigabytes."""
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert "这个工作簿展开后太大,或已损坏" in refusal(with_rows(path, HEADER + corner))


def test_zip_bombs(path: Path) -> None:
    bomb = rebuilt(path, lambda _, content: content, {"xl/media/x.bin": bytes(8 * 1024**2)})
    assert "可能是压缩炸弹" in refusal(bomb)
    # Within the ratio, because something else does not pack, but too much in all.
    noise = b"".join(n.to_bytes(4, "big") for n in range(700_000))
    large = {"xl/media/y.bin": noise, "xl/media/x.bin": bytes(MAX_XLSX_UNPACKED)}
    assert "解压后超过 200 MiB" in refusal(rebuilt(path, lambda _, content: content, large))


def test_a_part_that_lies_about_its_size(path: Path) -> None:
    sheet_of(path, ("a",), (1,))
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (1).to_bytes(4, "little")
    path.write_bytes(content)
    assert "不是完整的 XLSX 文件" in refusal(path)


def test_too_many_parts_and_too_large_a_file(path: Path) -> None:
    more = {f"xl/media/{n}.png": b"x" for n in range(MAX_XLSX_ENTRIES)}
    assert "个部件,最多 200 个" in refusal(rebuilt(path, lambda _, content: content, more))
    path.write_bytes(b"PK\x03\x04" + bytes(MAX_XLSX_BYTES))
    assert "文件超过 20 MiB" in refusal(path)


def test_macros_passwords_and_other_files(path: Path) -> None:
    macros = rebuilt(path, lambda _, content: content, {"xl/vbaProject.bin": b"x"})
    assert "含有宏" in refusal(macros)
    for name in ("名册.xls", "名册.xlsx"):
        old = path.with_name(name)
        old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
        assert "旧版 Excel(.xls)或有密码的工作簿" in refusal(old)
        assert "另存为 xlsx" in refusal(old)
    with zipfile.ZipFile(path, "w") as other:
        other.writestr("content.xml", "<a/>")
    assert "不是 XLSX 工作簿" in refusal(path)
    path.write_bytes(b"PK\x03\x04 broken")
    assert "不是完整的 XLSX 文件" in refusal(path)
    path.write_text("企业名称,信用代码\n甲,1\n", encoding="utf-8")
    assert "不是完整的 XLSX 文件" in refusal(path)


def test_entities_are_refused(path: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb">]>'
        return content.replace(b"?>", b"?>" + bomb, 1) if name == RELATIONS else content

    assert "含有 DOCTYPE 声明" in refusal(rebuilt(path, change, {}))


def test_a_workbook_that_takes_too_long(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "XLSX_SECONDS", 0.01)
    assert "秒内读不完这个工作簿" in refusal(sheet_of(path, ("a",), (1,)))


def test_names_of_cells() -> None:
    assert [cell_name(0, at) for at in (0, 25, 26, 701, 702)] == ["A1", "Z1", "AA1", "ZZ1", "AAA1"]

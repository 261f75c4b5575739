"""What an XLSX file is made of: its parts within bounds, its sheets, its merged cells.

Nothing that the file states about its own size is trusted: every part is inflated and counted before
anything else reads it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from matcher.registry.faults import RegistryFault
from matcher.registry.limits import MAX_XLSX_ENTRIES, MAX_XLSX_RATIO, MAX_XLSX_UNPACKED

_PIECE = 1024**2
_OVERLAP = 16 * 1024  # so that what is sought is not cut in two; a formula has 8,192 characters
_INDEX_BYTES = 4 * 1024**2
_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_RELATION_ID = re.compile(r"\{[^}]*/relationships\}id")
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)[\s>]")
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?\bref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']"
)
# A number of more than 15 digits; a formula's text is left alone. The groups: attributes, number.
_LONG_NUMBER = re.compile(
    rb"<(?:\w+:)?c\s((?:(?!\bt=\"str)[^>])*)>(?:<(?:\w+:)?f\b[^>]*/>|<(?:\w+:)?f\b[^>]*>[^<]*</(?:\w+:)?f>)?"
    rb"<(?:\w+:)?v>(-?\d{16,}(?:\.\d*)?|-?\d(?:\.\d+)?[Ee]\+?(?:1[5-9]|[2-9]\d))</"
)
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
# What reading a broken archive or a broken index raises.
BROKEN = (BadZipFile, zlib.error, EOFError, ElementTree.ParseError)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet, the part it is stored in, and whether it shows and holds any value."""

    name: str
    part: str
    visible: bool
    filled: bool


@dataclass(frozen=True, slots=True)
class Area:
    """Cells from one corner to the other, both included; rows and columns from 0."""

    top: int
    left: int
    bottom: int
    right: int

    def touches(self, other: Area) -> bool:
        """Say whether the two have a cell in common."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )

    def __str__(self) -> str:
        return f"{cell_name(self.top, self.left)}:{cell_name(self.bottom, self.right)}"


def cell_name(row: int, column: int) -> str:
    """Give the name a sheet shows for a cell: row 0, column 27 is AB1."""
    letters, number = "", column + 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


class Workbook:
    """An XLSX file whose parts have been counted and found harmless.

    Raises `RegistryFault` on what is refused and one of ``BROKEN`` on a damaged file.
    """

    def __init__(self, path: Path, given: str) -> None:
        self._given = given
        self._archive = ZipFile(path)
        try:
            filled = self._check(path.stat().st_size)
            self.sheets = tuple(self._sheets(filled))
        except BaseException:
            self._archive.close()
            raise

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def choose(self, wanted: str | None) -> Sheet:
        """Give the sheet that was asked for, or the only visible one that holds anything."""
        names = "、".join(f"“{sheet.name}”" for sheet in self.sheets)
        if wanted is not None:
            for sheet in self.sheets:
                if sheet.name == wanted:
                    return sheet
            raise RegistryFault(
                f"{self._given}:没有名为“{wanted}”的工作表。有 {names},请改用其中一个"
            )
        filled = [sheet for sheet in self.sheets if sheet.visible and sheet.filled]
        if not filled:
            raise RegistryFault(f"{self._given}:各工作表都是空的。请核对是否导出成功")
        if len(filled) > 1:
            names = "、".join(f"“{sheet.name}”" for sheet in filled)
            raise RegistryFault(
                f"{self._given}:有 {len(filled)} 个工作表有内容({names})。请用 --sheet 指定一个"
            )
        return filled[0]

    def merged(self, sheet: Sheet) -> Iterator[Area]:
        """Give the areas of a sheet whose cells are merged."""
        for piece in self._sheet_pieces(sheet):
            for found in _MERGED.finditer(piece):
                left, top, right, bottom = (group.decode() for group in found.groups())
                yield Area(int(top) - 1, _column(left), int(bottom) - 1, _column(right))

    def long_numbers(self, sheet: Sheet) -> Iterator[tuple[int, int, str]]:
        """Give row, column and number of the cells whose last digits a sheet does not keep."""
        for piece in self._sheet_pieces(sheet):
            for found in _LONG_NUMBER.finditer(piece):
                place = _PLACE.search(found.group(1))
                if place is not None:
                    letters, row = (group.decode() for group in place.groups())
                    yield int(row) - 1, _column(letters), found.group(2).decode()

    def _sheet_pieces(self, sheet: Sheet) -> Iterator[bytes]:
        if sheet.part in self._archive.namelist():
            for _, piece in self._pieces(self._archive.getinfo(sheet.part)):
                yield piece

    def _refuse(self, what: str) -> RegistryFault:
        return RegistryFault(f"{self._given}:{what}")

    def _check(self, packed: int) -> set[str]:
        """Inflate and count every part; give the names of those that hold values of cells."""
        entries = self._archive.infolist()
        if len(entries) > MAX_XLSX_ENTRIES:
            raise self._refuse(
                f"里面有 {len(entries)} 个部件,最多 {MAX_XLSX_ENTRIES} 个。"
                "请只把数据区域复制到新工作簿后再试"
            )
        self._check_names([entry.filename for entry in entries])
        unpacked, filled = 0, set[str]()
        for entry in entries:
            if entry.flag_bits & 1:
                raise self._refuse("有密码。请在 Excel 中去掉密码,另存为 xlsx 后再试")
            if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                raise BadZipFile("a compression that no workbook uses")
            for read, piece in self._pieces(entry):
                unpacked += read
                if unpacked > min(MAX_XLSX_UNPACKED, MAX_XLSX_RATIO * packed):
                    raise self._refuse(
                        f"解压后超过 {MAX_XLSX_UNPACKED // 1024**2} MiB 或文件大小的 {MAX_XLSX_RATIO} 倍,"
                        "可能是压缩炸弹。请只把数据区域复制到新工作簿,或另存为 CSV(UTF-8)后再试"
                    )
                if _DECLARATION.search(piece):
                    raise self._refuse("含有 DOCTYPE 声明。请在 Excel 中打开,另存为 xlsx 后再试")
                if _VALUE.search(piece):
                    filled.add(entry.filename)
        return filled

    def _check_names(self, names: list[str]) -> None:
        lower = {name.lower() for name in names}
        if any(name.endswith("vbaproject.bin") for name in lower):
            raise self._refuse("含有宏。请另存为不含宏的 xlsx 后再试")
        if len(lower) < len(names):
            raise BadZipFile("two parts of one name")
        if _WORKBOOK not in lower or _RELATIONS not in lower:
            raise self._refuse("不是 XLSX 工作簿。请在 Excel 中打开,另存为 xlsx 后再试")

    def _pieces(self, entry: ZipInfo) -> Iterator[tuple[int, bytes]]:
        """Inflate a part bit by bit: how much is new, and that with the end of what came before."""
        before = b""
        with self._archive.open(entry) as file:
            while new := file.read(_PIECE):
                piece = before + new
                yield len(new), piece
                before = piece[-_OVERLAP:]

    def _sheets(self, filled: set[str]) -> Iterator[Sheet]:
        parts = {
            relation.get("Id"): relation
            for relation in self._index(_RELATIONS).iterfind("{*}Relationship")
        }
        for sheet in self._index(_WORKBOOK).iterfind("{*}sheets/{*}sheet"):
            keys = [key for key in sheet.attrib if _RELATION_ID.fullmatch(key)]
            relation = parts.get(sheet.get(keys[0])) if keys else None
            if relation is None or not relation.get("Type", "").endswith("/worksheet"):
                continue
            target = relation.get("Target", "")
            part = target[1:] if target.startswith("/") else f"xl/{target}"
            visible = sheet.get("state", "visible") == "visible"
            yield Sheet(sheet.get("name", ""), part, visible, part in filled)

    def _index(self, part: str) -> Any:
        with self._archive.open(part) as file:
            content = file.read(_INDEX_BYTES + 1)
        if len(content) > _INDEX_BYTES:
            raise BadZipFile("an index of that size")
        return ElementTree.fromstring(content)  # noqa: S314 - declarations are refused by now


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1

"""A list document as a department sends it (CSV or XLSX) -> its entries: code and name of each company.

A list counts whole or not at all, so a row that cannot be right refuses it: whoever is left out of a list
by mistake would count as not on it.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from matcher.holdings import CODE_COLUMNS, NAME_COLUMNS
from matcher.registry.codes import fold_one
from matcher.registry.sources import open_source
from matcher.values import fold
from webapp.services.registry.decisions import MAX_ENTRIES

_CHUNK = 10_000
_CODE = 18
_NAMED = 5
"""Rows that a refusal names."""


class ListWrong(ValueError):
    """A list cannot be taken; the message names the rows and the repair, in Chinese."""


def read_list(path: Path) -> list[tuple[str, str]]:
    """Read the entries of a list, one a row; raises `ListWrong` or `RegistryFault`."""
    with open_source(str(path)) as source:
        names = [column.name for column in source.columns]
        code, name = _column(names, CODE_COLUMNS), _column(names, NAME_COLUMNS)
        if code is None and name is None:
            known = "、".join(names[:_CODE])
            raise ListWrong(f"没有“统一社会信用代码”或“企业名称”列,现有列:{known}")
        if source.rows > MAX_ENTRIES:
            raise ListWrong(f"有 {source.rows} 行,最多 {MAX_ENTRIES} 行")
        entries: list[tuple[str, str]] = []
        wrong: list[str] = []
        for chunk in source.chunks(_CHUNK):
            codes, said = (_cells(chunk.frame, column) for column in (code, name))
            for row, one in enumerate(zip(codes, said, strict=True), chunk.first_row):
                folded = fold_one(one[0])
                if folded and len(folded) != _CODE:
                    wrong.append(f"第 {row} 行 {one[0][:40]}")
                entries.append((folded, one[1]))
    if wrong:
        more = f"等 {len(wrong)} 行" if len(wrong) > _NAMED else ""
        raise ListWrong(f"代码不是 18 位:{'、'.join(wrong[:_NAMED])}{more}。改正后再传一次")
    return entries


def _column(names: list[str], wanted: tuple[str, ...]) -> str | None:
    folded = {fold(name).strip(): name for name in names}
    return next((folded[one] for one in wanted if one in folded), None)


def _cells(frame: pl.DataFrame, column: str | None) -> list[str]:
    if column is None:
        return [""] * frame.height
    return ["" if cell is None else str(cell) for cell in frame[column].to_list()]

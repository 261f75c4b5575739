"""Rows of a registry that cannot be true: refused with the cell, or counted with the sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from tests.registry.tables import Desk, reasons

MAPPING = """\
填报日期: 2025-06-30
列:
  - {列: 收入, 指标: 营业收入, 单位: 万元}
  - {列: 主营, 指标: 主营业务收入, 单位: 元%s}
  - {列: 研发, 指标: 研发费用, 单位: 万元}"""
ROWS = {
    "收入": ["100", "100", "100", ""],
    "主营": ["1000000", "1000000.01", "", "5"],
    "研发": ["100.01", "3", "200", "5"],
}


@pytest.mark.parametrize(
    "cells",
    [["-3万元", "5万元"], pl.Series([-3, 5]), pl.Series([-3.5, 5.0]), ["-3", "5"]],
    ids=["text", "whole", "float", "digits"],
)
def test_revenue_below_zero_is_refused_however_it_is_written(
    desk: Desk, cells: Sequence[Any] | pl.Series
) -> None:
    cleaned = desk.column("营业收入(万元)", cells)

    assert reasons(cleaned) == {1: "小于零"}
    assert cleaned.facts["revenue_2024"].to_list() == [None, 5_000_000]


@pytest.mark.parametrize(
    "cells",
    [["100%", "100.5%"], pl.Series([100, 101]), pl.Series([100.0, 100.5]), ["100", "100.5"]],
    ids=["text", "whole", "float", "digits"],
)
def test_a_share_of_the_market_is_at_most_the_market(
    desk: Desk, cells: Sequence[Any] | pl.Series
) -> None:
    cleaned = desk.column("细分市场占有率(%)", cells)

    assert reasons(cleaned) == {2: "超过 100 %"}
    assert cleaned.faults["repair"].to_list() == ["填 0 到 100 % 之间的数"]


def test_a_part_larger_than_its_whole_is_refused_to_the_fen(desk: Desk) -> None:
    cleaned, _ = desk.clean(ROWS, MAPPING % "")

    assert cleaned.faults.to_dicts() == [
        {
            "row_number": 2,
            "column": "主营",
            "value": "1000000.01",
            "reason": "大于“2024 年 营业收入”",
            "repair": "营业收入由主营业务收入和其他业务收入组成。核对两个数和单位",
        }
    ]


def test_a_part_that_may_be_larger_is_counted_and_kept(desk: Desk) -> None:
    cleaned, _ = desk.clean(ROWS, MAPPING % "")

    sentence = "2024 年 研发费用:大于“2024 年 营业收入”,按填写的数比对"
    assert cleaned.warnings[sentence] == 2
    assert cleaned.facts["rd_expense_2024"].to_list()[2] == 200_000_000


def test_where_unreadable_cells_are_unknown_both_figures_are(desk: Desk) -> None:
    cleaned, _ = desk.clean(ROWS, MAPPING % ", 读不懂时: 未知")

    assert cleaned.faults.is_empty()
    assert cleaned.facts["main_revenue_2024"].to_list() == [100_000_000, None, None, 500]
    assert cleaned.facts["revenue_2024"].to_list() == [100_000_000, None, 100_000_000, None]


def test_a_day_that_has_not_come_is_refused(desk: Desk) -> None:
    cleaned = desk.column("迁入日期", ["2025-06-30", "2999-01-01"])

    assert list(reasons(cleaned)) == [2]

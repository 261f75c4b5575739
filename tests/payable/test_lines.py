"""How the lines of a calculation read: limits below nothing, shares, prices, periods in English."""

from __future__ import annotations

import pytest

from matcher.payable.bounds import Bounds
from matcher.payable.ledger import Ledger
from tests.payable.amounts import WAN, worth

LEFT_OF_INTEREST = "贷款余额 × 2%, 不超过 利息支出 - 研发费用"


def test_a_cap_below_zero_leaves_nothing() -> None:
    # 2000 × 2% = 40 万元, capped by 10 - 30 万元
    found = worth(
        LEFT_OF_INTEREST,
        "上年度: {贷款余额: 2000 万元, 利息支出: 10 万元, 研发费用: 30 万元}",
    )

    assert found.bounds == Bounds.exactly(0)
    assert found.lines[-1] == "不超过 0 元:0 元"


def test_an_unknown_cap_does_not_go_below_zero() -> None:
    found = worth(LEFT_OF_INTEREST, "上年度: {贷款余额: 2000 万元, 研发费用: 30 万元}")

    assert found.bounds == Bounds(0, 40 * WAN)
    assert "-" not in found.lines[-1]


def test_an_unknown_growth_counts_no_steps_below_none() -> None:
    found = worth("3 万元 + (营业收入 同比增长 - 25%) 每满 1 百分点 × 0.5 万元", "注册地: 合肥市")

    assert found.bounds == Bounds(3 * WAN, None)
    assert found.lines[1] == "上年度 营业收入 同比增长 未知 - 25% = 未知"


@pytest.mark.parametrize(
    ("fact", "low"),
    # What cannot fall below zero leaves the rest as the least; a profit can.
    [("研发费用", 3 * WAN), ("净利润", None)],
)
def test_an_unknown_sum_is_below_zero_only_where_it_can_be(fact: str, low: int | None) -> None:
    assert worth(f"3 万元 + {fact} × 1%", "注册地: 合肥市").bounds == Bounds(low, None)


def test_english_counts_prices_in_yuan_and_names_the_period() -> None:
    found = worth(
        "  金额: 从业人员 × 2 万元/人\n  年度上限: 100 万元\n",
        "上年度: {从业人员: 3}",
        Ledger(),
        language="en",
    )

    assert found.lines == (
        "Employees, last year 3 persons × 20000 yuan per person = 60,000 yuan",
        "limit (The same year) 1,000,000 yuan, paid already 0 yuan: 60,000 yuan",
    )

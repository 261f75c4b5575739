"""Numbers with units as registries write them, to the last 分."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.catalogue import Catalogue
from matcher.layout import MAX_NUMBER
from matcher.profile import (
    FactKey,
)
from matcher.registry.amounts import NO_RATE, NOT_ZERO, NumberReader
from matcher.registry.cells import Batch
from matcher.registry.columns import MappedColumn
from matcher.registry.synonyms import RegistryWords
from tests.registry.tables import Desk, reasons

MONEY = [
    ("2,600(万元)", 2_600_000_000),
    ("100万元人民币", 100_000_000),
    ("500万人民币", 500_000_000),
    ("50(万人民币元)", 50_000_000),
    ("人民币500万元", 500_000_000),
    ("¥500万元", 500_000_000),
    ("12(万)", 12_000_000),
    ("48,231.7700(万元)", 48_231_770_000),
    ("6.5(万元)", 6_500_000),
    ("１２００（万元）", 1_200_000_000),
    ("1.5亿元", 15_000_000_000),
    ("2亿", 20_000_000_000),
    ("300元", 30_000),
    ("500万元整", 500_000_000),
    ("1,234.56", 1_234_560_000),
    (" 88 ", 88_000_000),
    ("0", 0),
    ("0.000001", 1),
    ("100.0000000000", 100_000_000),
    ("9000000000000元", 900_000_000_000_000),
]


@pytest.mark.parametrize(("text", "fen"), MONEY)
def test_money_is_exact_in_fen(desk: Desk, text: str, fen: int) -> None:
    cleaned = desk.column("注册资金", [text])

    assert cleaned.faults.is_empty()
    assert cleaned.facts["registered_capital"].to_list() == [fen]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0.0000001", "小于一分钱的部分无法表示"),
        ("(1,200)", "看不出括号里的是不是负数"),
        ("1,0000000(万)", "逗号的位置不对"),
        ("人民币500", "没有写单位"),
        ("500人", "读不懂数字旁的“人”"),
        ("500-1000万", "不是一个数"),
        ("五百万元", "不是一个数"),
        ("99999999999999亿元", "数太大"),
        ("1234567890123456789", "数字太长"),
        ("1e5", "不是一个数"),
        ("inf", "不是一个数"),
        ("١٢", "不是一个数"),
    ],
)
def test_an_amount_that_cannot_be_exact_is_refused(desk: Desk, text: str, reason: str) -> None:
    cleaned = desk.column("注册资金", [text])

    assert reasons(cleaned) == {1: reason}
    assert cleaned.facts["registered_capital"].to_list() == [None]


@pytest.mark.parametrize("text", ["727.1876(万美元)", "100万港元", "1,000(万日元)", "美元200万"])
def test_foreign_money_is_unknown_without_a_rate(desk: Desk, text: str) -> None:
    cleaned = desk.column("注册资金", [text, "5万元"])

    assert cleaned.facts["registered_capital"].to_list() == [None, 5_000_000]
    assert cleaned.faults.is_empty()
    assert cleaned.warnings == {f"注册资本:{NO_RATE}": 1}


def test_a_rate_turns_foreign_money_into_fen(desk: Desk) -> None:
    mapping = "列:\n  - {列: 注册资金, 指标: 注册资本, 汇率: {美元: 7.1, 日元: 0.048}}"

    cleaned = desk.column("注册资金", ["727.1876(万美元)", "1,000(万日元)", "3美元"], mapping)

    assert cleaned.facts["registered_capital"].to_list() == [5_163_031_960, 48_000_000, 2_130]


def test_a_column_may_be_in_foreign_money(desk: Desk) -> None:
    cleaned = desk.column(
        "注册资金(万美元)",
        ["10", "100万元"],
        "列:\n  - {列: 注册资金(万美元), 指标: 注册资本, 汇率: {美元: 7}}",
    )
    unknown = desk.column("注册资金(万美元)", ["10"])

    assert cleaned.facts["registered_capital"].to_list() == [70_000_000, 100_000_000]
    assert unknown.facts["registered_capital"].to_list() == [None]


def test_an_attribute_in_dollars_stays_in_dollars(desk: Desk) -> None:
    cleaned = desk.column("出口额", ["12.5", "3万美元", "2万元"])

    # Six decimals of one dollar, the smallest unit of the dimension.
    assert cleaned.facts["export_volume_2024"].to_list() == [125_000_000_000, 30_000_000_000, None]
    assert set(reasons(cleaned)) == {3}


@pytest.mark.parametrize(
    "blank", ["", " ", "-", "—", "/", "null", "NULL", "N/A", "无数据", "不清楚"]
)
def test_a_blank_is_unknown(desk: Desk, blank: str) -> None:
    """Whatever the kind of the column."""
    columns = [
        "注册资金",
        "成立日期",
        "企业类型",
        "注册地",
        "行业",
        "高新技术企业",
        "企业资质",
        "企业名称",
    ]

    cleaned, cleaner = desk.clean({name: [blank] for name in columns})

    assert cleaned.faults.is_empty()
    assert cleaned.warnings == {}
    [profile] = desk.profiles(cleaned, cleaner)
    assert {key.attribute for key in profile.facts} == {"统一社会信用代码", "主体类别"}


def test_nothing_is_not_zero(desk: Desk) -> None:
    cleaned = desk.column("从业人员", ["无", "0", "没有"])

    assert cleaned.facts["employees_2024"].to_list() == [None, 0, None]
    assert cleaned.warnings == {f"2024 年 从业人员:{NOT_ZERO}": 2}


def test_people_come_whole_and_not_below_zero(desk: Desk) -> None:
    cleaned = desk.column("从业人员", ["12", "1.5", "-3", "２０人", "1.2万", "120.0", "1,200"])

    assert cleaned.facts["employees_2024"].to_list() == [12, None, None, 20, 12_000, 120, 1_200]
    assert reasons(cleaned) == {2: "不是整数", 3: "小于零"}


def test_a_share_counts_in_its_unit(desk: Desk) -> None:
    cleaned, cleaner = desk.clean({"细分市场占有率": ["12.5", "30%", "5‰"]})

    values = [p.value(FactKey("细分市场占有率")) for p in desk.profiles(cleaned, cleaner)]
    assert values == [Fraction(1, 8), Fraction(3, 10), Fraction(1, 200)]


def test_native_numbers_keep_their_last_fen(desk: Desk) -> None:
    """The shortest decimal of a float is what was meant."""
    floats = pl.Series([0.07, 1234.56, 22567.79, 1e9, 9_999_999_999.99, None, float("nan"), -0.5])

    cleaned = desk.column("净利润(元)", floats)

    fen = [7, 123_456, 2_256_779, 10**11, 999_999_999_999, None, None, -50]
    assert cleaned.facts["net_profit_2024"].to_list() == fen
    assert cleaned.faults.is_empty()


def test_native_numbers_that_are_not_exact_are_refused(desk: Desk) -> None:
    floats = pl.Series([0.1 + 0.2, float("inf"), 1e300])

    cleaned = desk.column("营业收入(元)", floats)

    assert reasons(cleaned)[1] == "小于一分钱的部分无法表示"
    assert set(reasons(cleaned)) == {1, 2, 3}
    assert "保留到分" in cleaned.faults["repair"][0]


@pytest.mark.parametrize(
    "cells",
    [
        pl.Series([15], dtype=pl.Int8),
        pl.Series([15], dtype=pl.UInt64),
        pl.Series([15.0], dtype=pl.Float32),
        pl.Series([Decimal("15.00")], dtype=pl.Decimal(10, 2)),
        pl.Series(["15"]),
    ],
)
def test_all_types_of_numbers_mean_the_same(desk: Desk, cells: pl.Series) -> None:
    assert desk.column("营业收入", cells).facts["revenue_2024"].to_list() == [15_000_000]


def test_a_narrow_float_means_its_own_decimal(desk: Desk) -> None:
    cells = pl.Series([0.1], dtype=pl.Float32)

    assert desk.column("营业收入", cells).facts["revenue_2024"].to_list() == [100_000]


def test_numbers_beyond_64_bits_are_refused(desk: Desk) -> None:
    most = MAX_NUMBER // 100
    cleaned = desk.column("营业收入(元)", pl.Series([most, most + 1, -most - 1]))

    assert cleaned.facts["revenue_2024"].to_list() == [most * 100, None, None]
    assert reasons(cleaned) == {2: "数字太长", 3: "数字太长"}


@settings(max_examples=300, deadline=None)
@given(
    number=st.decimals(min_value=-(10**12), max_value=10**12, places=6),
    unit=st.sampled_from(["", "万元", "(万元)", "元", "亿元", "万人民币"]),
)
def test_whole_columns_read_what_one_cell_says(
    catalogue: Catalogue, words: RegistryWords, number: Decimal, unit: str
) -> None:
    """The quick way and the careful way agree, and so do floats where they can."""
    attribute = catalogue.vocabulary.attributes["净利润"]
    column = MappedColumn(("c",), attribute, year=2024)
    reader = NumberReader(column, catalogue.vocabulary, words)
    text = f"{number:f}".rstrip("0").rstrip(".") + unit

    quick = reader._fast(pl.Series("c", [text]))[0]
    batch = Batch(pl.DataFrame({"c": [text]}), pl.Series([1]), words)
    careful = reader.read(batch)[""][0]

    one = Fraction(number) * {"元": 100, "亿元": 10**10}.get(unit, 10**6)
    exact = one.numerator if one.denominator == 1 and abs(one) <= MAX_NUMBER else None
    assert careful == exact
    assert quick in (None, exact)


@settings(max_examples=300, deadline=None)
@given(number=st.floats(allow_infinity=False))
def test_a_float_means_its_shortest_decimal(
    catalogue: Catalogue, words: RegistryWords, number: float
) -> None:
    attribute = catalogue.vocabulary.attributes["营业收入"]
    reader = NumberReader(MappedColumn(("c",), attribute, year=2024), catalogue.vocabulary, words)

    found = reader._fast(pl.Series("c", [number], dtype=pl.Float64))[0]

    assert found is None or found == Fraction(repr(number)) * 10**6

"""Numbers, units and dates as people type them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.catalogue import Catalogue
from matcher.values import Number, Unit, Units, ValueFault, decimal_text, parse_date, parse_number


@pytest.fixture(scope="module")
def units(catalogue: Catalogue) -> Units:
    return catalogue.vocabulary.units


def unit(units: Units, name: str) -> Unit:
    found = units.find(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("1200", 1200),
        ("1,200", 1200),
        ("1,234,567.5", Fraction("1234567.5")),
        ("１２００", 1200),
        ("１，２００．５", Fraction("1200.5")),
        ("-3.5", Fraction("-3.5")),
        ("0", 0),
        ("9999999999999", 9999999999999),
        ("0.000001", Fraction(1, 1000000)),
        (" 12 ", 12),
    ],
)
def test_a_number(said: str, number: Number) -> None:
    assert parse_number(said) == number


@pytest.mark.parametrize(
    "said",
    [
        "",
        "1e9",
        "NaN",
        "Infinity",
        "-Infinity",
        "1_000",
        "0x10",
        "12,34",
        "1,2000",
        "١٠",
        "१२",
        "十",
        "10000000000000",
        "0.0000001",
        "+5",
        "5.",
        ".5",
        "--5",
        "1 000",
    ],
)
def test_what_is_no_number(said: str) -> None:
    with pytest.raises(ValueFault) as caught:
        parse_number(said)
    assert caught.value.code == "bad-number"


YUAN = 100  # 分


@pytest.mark.parametrize(
    ("said", "expected", "value"),
    [
        ("1,200万", "万元", 1200 * 10_000 * YUAN),
        ("1200 万元", "元", 1200 * 10_000 * YUAN),
        ("12亿", "万元", 1_200_000_000 * YUAN),
        ("12 亿元", "万元", 1_200_000_000 * YUAN),
        ("0.01 元", "万元", 1),
        ("９６００万元", "万元", 96_000_000 * YUAN),
        ("-50 万元", "万元", -500_000 * YUAN),
        ("0 元", "万元", 0),
        ("３％", "%", Fraction(3, 100)),
        ("12.5%", "%", Fraction(1, 8)),
        ("20 个百分点", "%", Fraction(1, 5)),
        ("3‰", "%", Fraction(3, 1000)),
        ("120", "人", 120),
        ("120人", "人", 120),
        ("120 名", "人", 120),
        ("1万", "人", 10_000),
        ("1.2 万人", "人", 12_000),
        ("12 项", "件", 12),
        ("3 年", "年", 3),
        ("1000 ㎡", "平方米", 1000),
        ("50 nm", "纳米", 50),
    ],
)
def test_an_amount(said: str, expected: str, value: Number, units: Units) -> None:
    assert units.parse(said, unit(units, expected)) == value


@pytest.mark.parametrize(
    ("said", "expected", "code"),
    [
        ("1200", "万元", "missing-unit"),
        ("15", "%", "missing-unit"),
        ("12 人", "万元", "wrong-unit"),
        ("12 万元", "人", "wrong-unit"),
        ("100 万美元", "万元", "wrong-unit"),
        ("12 头", "人", "wrong-unit"),
        ("1e9 元", "万元", "wrong-unit"),
        ("0.001 元", "万元", "bad-number"),
        ("很多", "人", "bad-number"),
        ("١٠ 人", "人", "bad-number"),
        ("NaN 元", "万元", "bad-number"),
    ],
)
def test_what_is_no_amount(said: str, expected: str, code: str, units: Units) -> None:
    with pytest.raises(ValueFault) as caught:
        units.parse(said, unit(units, expected))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "said", ["2025-07-08", "2025-7-8", "2025/07/08", "2025年7月8日", "２０２５-０７-０８"]
)
def test_a_date(said: str) -> None:
    assert parse_date(said) == date(2025, 7, 8)


@pytest.mark.parametrize(
    "said",
    [
        "2025-02-30",
        "2025-13-01",
        "2025-00-10",
        "1899-12-31",
        "2101-01-01",
        "2025-W10-1",
        "20250708",
        "2025",
        "昨天",
        "٢٠٢٥-07-08",
        "2025-07-08T00:00:00",
        "",
    ],
)
def test_what_is_no_date(said: str) -> None:
    with pytest.raises(ValueFault) as caught:
        parse_date(said)
    assert caught.value.code == "bad-date"


def test_the_first_and_last_years_that_count() -> None:
    assert parse_date("1900-01-01") == date(1900, 1, 1)
    assert parse_date("2100-12-31") == date(2100, 12, 31)


@given(st.integers(-(10**12), 10**12), st.integers(0, 6))
def test_a_written_number_reads_back(digits: int, places: int) -> None:
    number = Fraction(digits, 10**places)

    assert parse_number(decimal_text(number)) == number


def fault_of(read: Callable[[str], object], said: str) -> str:
    """Give the code of the fault, or nothing where the text was read."""
    try:
        read(said)
    except ValueFault as fault:
        return fault.code
    return ""


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_a_fault(said: str) -> None:
    assert fault_of(parse_number, said) in ("", "bad-number")


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_a_fault(said: str) -> None:
    assert fault_of(parse_date, said) in ("", "bad-date")

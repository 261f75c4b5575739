"""Numbers, units, dates and words as people type them -> exact values.

Money is an integer of 分 and everything else an integer or a reduced fraction of its base unit, so a
threshold is compared without rounding. Raw text never reaches `Decimal`, `float` or `int` unchecked.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

Number = int | Fraction

MONEY, SHARE = "金额", "比例"
# ASCII only: elsewhere \d takes the digits of every script, and int() would read them.
_NUMBER = re.compile(r"-?\d{1,13}(\.\d{1,6})?", re.ASCII)
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_QUANTITY = re.compile(r"(-?[\d,]+(?:\.\d+)?)\s*(\S.*)?", re.ASCII)
FIRST_YEAR, LAST_YEAR = 1900, 2100


class ValueFault(ValueError):
    """A value cannot be understood; the message says why and how to write it, in Chinese."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        self.code, self.hint = code, hint
        super().__init__(message)


def fold(text: str) -> str:
    """Fold full-width forms character by character, so that positions stay where they were."""
    if text.isascii():
        return text
    return "".join(_fold_one(character) for character in text)


def _fold_one(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


def whole(value: Number) -> Number:
    """Give a fraction that is a whole number as an int."""
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    return value


def parse_number(text: str) -> Number:
    """Read an ASCII or full-width decimal number, thousands commas allowed.

    Raises `ValueFault` on anything else: words, exponents, infinities, more than 13 digits.
    """
    folded = fold(text).strip()
    if _GROUPED.fullmatch(folded):
        folded = folded.replace(",", "")
    if not _NUMBER.fullmatch(folded):
        raise ValueFault("bad-number", f"“{text}”不是一个数", "写成 1200 或 1,200.5 这样的数")
    sign, digits = (-1, folded[1:]) if folded.startswith("-") else (1, folded)
    head, _, tail = digits.partition(".")
    return whole(sign * (int(head) + Fraction(int(tail or "0"), 10 ** len(tail))))


def within(day: date, first: date | None, last: date | None) -> bool:
    """Say whether a day lies in a period, both ends included; None leaves an end open."""
    return (first is None or first <= day) and (last is None or day <= last)


def parse_date(text: str) -> date:
    """Read ``YYYY-MM-DD`` (also ``YYYY/M/D`` and ``YYYY年M月D日``) between 1900 and 2100."""
    folded = fold(text).strip().replace("/", "-").replace("年", "-").replace("月", "-")
    match = _DATE.fullmatch(folded.removesuffix("日"))
    if not match:
        raise ValueFault("bad-date", f"“{text}”不是日期", "写成 2025-07-08 这样的年-月-日")
    year, month, day = (int(part) for part in match.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueFault("bad-date", f"“{text}”的年份应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间")
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueFault("bad-date", f"没有“{text}”这一天", "请核对月份和日期") from None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a dimension; ``factor`` turns it into the dimension's base unit."""

    name: str
    dimension: str
    factor: Number
    english: str = ""


def needs_unit(unit: Unit) -> bool:
    """Say whether a number of this dimension means nothing without its unit."""
    return unit.dimension in (MONEY, SHARE) or "/" in unit.dimension


def in_base(amount: Number, unit: Unit) -> Number:
    """Turn an amount into the base unit; money smaller than a 分 is refused."""
    value = whole(amount * Fraction(unit.factor))
    if unit.dimension == MONEY and not isinstance(value, int):
        said = f"{decimal_text(amount)} {unit.name}"
        raise ValueFault("bad-number", f"“{said}”小于一分钱的部分无法表示", "元最多两位小数")
    return value


class Units:
    """The units of rules/vocabulary/单位.yaml, found by name or alias."""

    def __init__(self, units: Mapping[str, Unit]) -> None:
        self.by_name = dict(units)

    def find(self, name: str) -> Unit | None:
        """Give the unit of a name or alias; ``元/平方米`` is the price of one by the other."""
        found = self.by_name.get(name) or self.by_name.get(fold(name))
        over, slash, under = name.partition("/")
        return self._price(over, under) if found is None and slash else found

    def _price(self, over: str, under: str) -> Unit | None:
        money, per = self.find(over), self.find(under)
        if money is None or per is None or money.dimension != MONEY or "/" in per.dimension:
            return None
        return Unit(
            f"{money.name}/{per.name}",
            f"{money.dimension}/{per.dimension}",
            whole(Fraction(money.factor) / Fraction(per.factor)),
            f"{money.english} per {per.english}",
        )

    def names(self, dimension: str | None = None) -> list[str]:
        """List the canonical names, of one dimension or of all."""
        units = {unit.name: unit for unit in self.by_name.values()}
        return [name for name, unit in units.items() if dimension in (None, unit.dimension)]

    def parse(self, text: str, expected: Unit) -> Number:
        """Read ``1,200万`` or ``3％`` into the base unit of ``expected``'s dimension.

        A bare number counts in ``expected`` itself where that is 人, 件 or another plain count; money
        and ratios need their unit. Raises `ValueFault` naming the units that fit.
        """
        match = _QUANTITY.fullmatch(fold(text).strip())
        if not match:
            raise ValueFault(
                "bad-number", f"“{text}”不是数量", f"写成 1200 {expected.name} 这样的数和单位"
            )
        amount, unit_name = parse_number(match.group(1)), match.group(2)
        if not unit_name:
            if needs_unit(expected):
                hint = f"写成 {text.strip()} {expected.name}"
                raise ValueFault("missing-unit", f"“{text}”没有单位", hint)
            return whole(amount * Fraction(expected.factor))
        unit = self.fitting(unit_name.strip(), expected)
        if unit is None:
            fitting = "、".join(self.names(expected.dimension))
            raise ValueFault("wrong-unit", f"单位“{unit_name}”不合", f"这里用 {fitting}")
        return in_base(amount, unit)

    def fitting(self, name: str, expected: Unit) -> Unit | None:
        """Find a unit of the expected dimension; 万 alone is ten thousand of whatever is counted."""
        unit = self.find(name) or self.find(name.removeprefix("个"))
        if unit is not None and unit.dimension == expected.dimension:
            return unit
        if name in ("万", "亿") and not needs_unit(expected):
            factor = 10_000 if name == "万" else 100_000_000
            return Unit(f"{name}{expected.name}", expected.dimension, factor * expected.factor)
        return None

    def show(self, value: Number, unit: Unit) -> str:
        """Write a base-unit value in a unit, without rounding where that is possible."""
        return f"{decimal_text(value, unit.factor)} {unit.name}"

    def show_best(self, value: Number, unit: Unit) -> str:
        """Write a value in the largest unit of the dimension that keeps it short and exact."""
        if unit.dimension != MONEY or value == 0:
            return self.show(value, unit)
        for name in ("亿元", "万元", "元"):
            factor = self.by_name[name].factor
            whole_ones = value >= factor or value <= -factor
            if whole_ones and len(text := decimal_text(value, factor)) <= 8:
                return f"{text} {name}"
        return self.show(value, unit)


_TENS = tuple(10**n for n in range(13))


def decimal_text(value: Number, factor: Number = 1) -> str:
    """Write a number of ``factor`` as a plain decimal where it ends within 12 places, else as a fraction."""
    over, under = value.numerator * factor.denominator, value.denominator * factor.numerator
    places = next((n for n, ten in enumerate(_TENS) if over * ten % under == 0), None)
    if places is None:
        return str(Fraction(over, under))
    digits = str(abs(over) * _TENS[places] // under).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if over < 0 else text


def add_years(start: date, years: int) -> date:
    """Give the same day ``years`` later; 29 February becomes 28 February."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, day=28)


def add_months(start: date, months: int) -> date:
    """Give the same day ``months`` later, or the month's last day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def age_in_years(start: date, as_of: date) -> Fraction | None:
    """Count years between two days exactly: whole years plus days over the days of that year.

    None where the start lies after ``as_of``: the company does not exist yet.
    """
    if start > as_of:
        return None
    years = as_of.year - start.year
    if add_years(start, years) > as_of:
        years -= 1
    since, until = add_years(start, years), add_years(start, years + 1)
    return years + Fraction((as_of - since).days, (until - since).days)

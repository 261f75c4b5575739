"""Periods and quantities: the numbers that conditions compare.

Numbers stand in base units (see `matcher.values`); attribute labels are those of the vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING

from matcher.values import Number

if TYPE_CHECKING:
    from matcher.tree.conditions import Condition


class Order(Enum):
    """How two numbers, dates or ranks compare."""

    AT_LEAST = "≥"
    AT_MOST = "≤"
    MORE = ">"
    LESS = "<"
    EQUAL = "="

    def holds(self, left: Number, right: Number) -> bool:
        """Compare two exact numbers."""
        if self is Order.AT_LEAST:
            return left >= right
        if self is Order.AT_MOST:
            return left <= right
        if self is Order.MORE:
            return left > right
        return left < right if self is Order.LESS else left == right


# --- periods -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class YearsBack:
    """The calendar year ``years`` before the profile's 填报日期; 1 is 上年度, 0 is 本年度."""

    years: int = 1


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year by number."""

    year: int


@dataclass(frozen=True, slots=True)
class LastYears:
    """近 N 年: the N full years before as-of for figures, the N years up to as-of for events."""

    years: int


@dataclass(frozen=True, slots=True)
class Days:
    """From a day to a day, both included."""

    first: date
    last: date


Period = YearsBack | Year | LastYears | Days


def year_before(period: YearsBack | Year) -> YearsBack | Year:
    """Give the calendar year before a calendar year."""
    if isinstance(period, Year):
        return Year(period.year - 1)
    return YearsBack(period.years + 1)


# --- quantities ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that a company's facts give."""


@dataclass(frozen=True, slots=True)
class Constant(Quantity):
    """A number of the rule, in the base unit; ``unit`` is how it was written, not what it means."""

    value: Number
    unit: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Figure(Quantity):
    """A fact as it stands; ``period`` is None for a figure without a year."""

    attribute: str
    period: YearsBack | Year | Days | None = None


@dataclass(frozen=True, slots=True)
class Total(Quantity):
    """The sum of a yearly figure over full years."""

    attribute: str
    period: Period


@dataclass(frozen=True, slots=True)
class Ratio(Quantity):
    """One quantity over another; a denominator of zero or less makes it unknown."""

    over: Quantity
    under: Quantity


@dataclass(frozen=True, slots=True)
class Sum(Quantity):
    """One quantity plus another, or minus it."""

    left: Quantity
    right: Quantity
    minus: bool = False


@dataclass(frozen=True, slots=True)
class Growth(Quantity):
    """(this year ÷ the year before) − 1; a base of zero or less makes it unknown."""

    attribute: str
    period: YearsBack | Year


@dataclass(frozen=True, slots=True)
class CompoundGrowth(Quantity):
    """The yearly rate that leads from the figure ``years`` before to last year's figure."""

    attribute: str
    years: int


@dataclass(frozen=True, slots=True)
class Age(Quantity):
    """Years from a date to the as-of date."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Derived(Quantity):
    """A numeric term: its formula, or its score items."""

    term: str
    definition: Quantity | Score = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter(Quantity):
    """A dated figure that staff enter (LPR, 全市平均增速); unknown until given."""

    name: str


@dataclass(frozen=True, slots=True)
class Indicator(Quantity):
    """1 where a condition is met, 0 where it is not: what a score item with a condition counts by."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class ScoreItem:
    """One item of a score: the first band whose lower bound the value reaches gives the points."""

    name: str
    value: Quantity
    bands: tuple[tuple[Order, Number, Number], ...]
    otherwise: Number


@dataclass(frozen=True, slots=True)
class BestItem:
    """One item of a score that counts by the better of several ways to earn it."""

    name: str
    ways: tuple[ScoreItem, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Points over items; an unknown item makes the score an interval."""

    full: Number
    items: tuple[ScoreItem | BestItem, ...]


def age_of(quantity: Quantity) -> str | None:
    """Give the date from which a quantity counts years, if it is an age."""
    if isinstance(quantity, Derived) and isinstance(quantity.definition, Quantity):
        return age_of(quantity.definition)
    return quantity.attribute if isinstance(quantity, Age) else None

"""The words of a calculation, in Chinese and English: numbers with units, facts by name, phrases."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from matcher import tree
from matcher.language.amount_sentences import TIMES
from matcher.language.printer import QuantityPrinter
from matcher.payable.bounds import Bounds
from matcher.readers import english
from matcher.readers.measuring import Context
from matcher.readers.prose import EN, ZH, Prose, Wording
from matcher.tree import Condition, Constant, Quantity
from matcher.tree.amounts import Span
from matcher.values import MONEY, SHARE, Number, Unit, decimal_text
from matcher.vocabulary.model import Vocabulary

PHRASES: dict[str, dict[str, str]] = {
    ZH: {
        "joint": "、",
        "not_applicable": "不适用",
        "fact_not_applicable": "{name} 不适用",
        "unknown": "{name} 未知",
        "unknown_why": "{name} 算不出:{why}",
        "known": "{name} {value}",
        "range": "{low} 至 {high}",
        "from": "{low} 以上",
        "up_to": "不超过 {high}",
        "any": "数额未知",
        "any_share": "未知",
        "steps": "{value},每满 {step} 算一次",
        "greatest": "取最大({parts})",
        "least": "取最小({parts})",
        "picked": "{of}:{name},按 {result}",
        "picked_plain": "{name}:按 {result}",
        "possible": "{of}:还不能定,可能是 {cases}",
        "possible_plain": "还不能定,可能是 {cases}",
        "otherwise": "其余",
        "outside_bands": "{of}:不在所写的各档之内",
        "no_case": "没有写这种情形的金额",
        "no_record": "没有符合条件的{records}",
        "record": "{records} {number}",
        "of_record": "{record}:{line}",
        "year": "{since} {day},{year} 年是第 {number} 年,按 {result}",
        "outside_years": "{since} {day}:{year} 年不在所写的 {count} 年之内",
        "nth_year": "第 {number} 年",
        "alike": "{cases}:都按 {result}",
        "floor": "不低于 {limit}:{result}",
        "floor_open": "下限未定({limit}):{result}",
        "cap": "不超过 {limit}:{result}",
        "cap_open": "上限未定({limit}):{result}",
        "remaining": "{span}上限 {limit},已领 {paid}:{result}",
        "remaining_unknown": "{span}上限 {limit},没有已领记录:{result}",
        "outstanding": "{amount} 减去{span}已领 {paid}",
        "outstanding_unknown": "{amount} 减去{span}已领(没有已领记录)",
        "beyond": "超出最后一段的部分",
        "decided": "{what}待认定",
        "elsewhere": "{what}另行规定",
        "the_sum": "数额",
        "below_zero": "小于零,按零计",
        "rounded": "不足一分的舍去:{result}",
        "batch": "这是上限;实得待批次:{why}",
        "ceiling": "文件只写了最高额:这是上限,实得由主管部门定",
        "instalment": "第 {number} 期 {result}",
    },
    EN: {
        "joint": "; ",
        "not_applicable": "not applicable",
        "fact_not_applicable": "{name}: not applicable",
        "unknown": "{name}: not known",
        "unknown_why": "{name}: cannot be worked out ({why})",
        "known": "{name} {value}",
        "range": "{low} to {high}",
        "from": "{low} or more",
        "up_to": "up to {high}",
        "any": "an unknown sum",
        "any_share": "not known",
        "steps": "{value}, once for each whole {step}",
        "greatest": "the largest of ({parts})",
        "least": "the smallest of ({parts})",
        "picked": "{of}: {name}, gives {result}",
        "picked_plain": "{name}: gives {result}",
        "possible": "{of}: still open, may be {cases}",
        "possible_plain": "still open, may be {cases}",
        "otherwise": "the rest",
        "outside_bands": "{of}: outside all bands of the text",
        "no_case": "the text gives no amount for this case",
        "no_record": "no record fits: {records}",
        "record": "{records} {number}",
        "of_record": "{record}: {line}",
        "year": "{since} {day}: {year} is year {number}, gives {result}",
        "outside_years": "{since} {day}: {year} is not one of the {count} years",
        "nth_year": "year {number}",
        "alike": "{cases}: all give {result}",
        "floor": "at least {limit}: {result}",
        "floor_open": "floor not known yet ({limit}): {result}",
        "cap": "at most {limit}: {result}",
        "cap_open": "cap not known yet ({limit}): {result}",
        "remaining": "limit ({span}) {limit}, paid already {paid}: {result}",
        "remaining_unknown": "limit ({span}) {limit}, no record of payments: {result}",
        "outstanding": "{amount} less {paid} paid already ({span})",
        "outstanding_unknown": "{amount} less what was paid already ({span}), no record of payments",
        "beyond": "the part beyond the last slice",
        "decided": "{what}: decided by the department",
        "elsewhere": "{what}: left to other rules",
        "the_sum": "the sum",
        "below_zero": "below zero, counts as zero",
        "rounded": "parts of a fen are dropped: {result}",
        "batch": "this is the most; the sum waits for the batch: {why}",
        "ceiling": "the text states the most only: the department decides the sum",
        "instalment": "instalment {number}: {result}",
    },
}


class Shown:
    """Writes numbers, facts and phrases for one profile in one language."""

    def __init__(self, vocabulary: Vocabulary, context: Context, language: str = ZH) -> None:
        self.vocabulary, self.context, self.language = vocabulary, context, language
        self.wording = Wording(vocabulary, language)

    def say(self, phrase: str, **words: Any) -> str:
        """Say a phrase."""
        return PHRASES[self.language][phrase].format(**words)

    def listed(self, parts: Iterable[str]) -> str:
        """Write several things one after the other."""
        return self.say("joint").join(parts)

    def span(self, span: Span) -> str:
        """Name the time whose payments count."""
        return self.wording.word("已领期间", span.value)

    def name(self, quantity: Quantity) -> str:
        """Name a quantity; a year is given by its number."""
        if self.language == EN:
            return english.quantity(quantity, self.wording)
        return QuantityPrinter(self.vocabulary).text(quantity)

    def condition(self, condition: Condition) -> str:
        """Say a condition."""
        return Prose(self.vocabulary, self.language)(condition)

    def never_negative(self, quantity: Quantity) -> bool:
        """Say whether no fact can make a quantity negative."""
        if isinstance(quantity, tree.Figure | tree.Total):
            return not self.vocabulary.attributes[quantity.attribute].may_be_negative
        return isinstance(quantity, tree.Age)

    def number(self, value: Number, unit: Unit) -> str:
        """Write a number in a unit, money in the largest that keeps it short."""
        if self.language == EN:
            return english.number(Constant(value, unit.name), self.wording)
        if unit.dimension == MONEY:
            return self.vocabulary.units.show_best(value, unit)
        return self.vocabulary.units.show(value, unit).replace(" %", "%")

    def bounds(self, bounds: Bounds, dimension: str | None, unit: Unit | None = None) -> str:
        """Write an interval."""
        # A bare factor is written as it is, a share that was given as one in per cent.
        ends = [Fraction(end) for end in (bounds.low, bounds.high) if end is not None]
        factor = dimension == SHARE and (unit is None or unit.name == TIMES)
        plain = factor and all(end.denominator == 1 for end in ends)
        unit = None if plain else unit or self._unit(dimension)
        if bounds.exact and bounds.low is not None:
            return self._written(bounds.low, unit)
        low = None if bounds.low in (None, 0) else self._written(bounds.low or 0, unit)
        high = None if bounds.high is None else self._written(bounds.high, unit)
        if low and high:
            return self.say("range", low=low, high=high)
        if low:
            return self.say("from", low=low)
        if high:
            return self.say("up_to", high=high)
        return self.say("any_share" if dimension == SHARE else "any")

    def _written(self, value: Number, unit: Unit | None) -> str:
        return decimal_text(value) if unit is None else self.number(value, unit)

    def _unit(self, dimension: str | None) -> Unit | None:
        """Find a unit to write a dimension in."""
        if dimension is None:
            return None
        units = self.vocabulary.units
        over, slash, under = dimension.partition("/")
        names = units.names(over)
        per = units.names(under) if slash else []
        if not names or (slash and not per):
            return None
        return units.find(f"{names[0]}/{per[0]}" if slash else names[0])

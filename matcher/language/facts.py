"""Values of a company file -> claims: one reader per kind of attribute.

In: a YAML node and the attribute it belongs to. Out: claims (`matcher.language.claims`). Attributes that
are known member by member are read by `matcher.language.members`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from matcher.language.claims import (
    NA_WORDS,
    NONE_WORDS,
    UNSURE_WORDS,
    Claim,
    member_of,
    sourced,
    text_of,
)
from matcher.language.diagnostics import Problems, did_you_mean
from matcher.language.entries import NO, YES
from matcher.language.members import MEMBERWISE, MemberReader
from matcher.language.plausible import check_amount, check_day
from matcher.language.source import Mapping, Node, Scalar, Sequence
from matcher.profile import NOT_APPLICABLE, Fact, FactKey, FactValue, Profile, Rank
from matcher.values import Number, Unit, ValueFault, parse_date, parse_number
from matcher.vocabulary.model import Attribute, Kind, Vocabulary

# What is counted in whole ones.
WHOLE = frozenset({"人数", "件数"})
_RANK_PARTS = 2


class FactReader:
    """Reads the values of one company file, noted on a day."""

    def __init__(self, vocabulary: Vocabulary, problems: Problems, noted_on: date) -> None:
        self.vocabulary, self.problems, self.noted_on = vocabulary, problems, noted_on
        self.members = MemberReader(vocabulary, problems, noted_on)

    def read(self, attribute: Attribute, node: Node, period: int | None = None) -> list[Claim]:
        """Read everything a node says of an attribute; mistakes are reported, not raised."""
        if attribute.kind in MEMBERWISE:
            return list(self.members.read(attribute, node))
        try:
            return [self._claim(attribute, node, period)]
        except ValueFault as fault:
            self.problems.add(fault.code, f"{attribute.label}:{fault}", node.place, fault.hint)
            return []

    def _claim(self, attribute: Attribute, node: Node, period: int | None) -> Claim:
        key = FactKey(attribute.label, None, period)
        value, source = sourced(node, self.problems)
        if isinstance(value, Scalar) and value.text in UNSURE_WORDS:
            return Claim(key, None, source, node)
        if isinstance(value, Scalar) and value.text in NA_WORDS:
            return Claim(key, NOT_APPLICABLE, source, node)
        if attribute.kind is Kind.RECORDS:
            return Claim(key, tuple(self._records(attribute, value)), source, node)
        return Claim(key, self._value(attribute, value), source, node)

    def _value(self, attribute: Attribute, node: Node) -> FactValue:
        if attribute.kind in (Kind.REGION, Kind.INDUSTRY):
            nodes = list(node) if isinstance(node, Sequence) else [node]
            read = self._region if attribute.kind is Kind.REGION else self._industry
            if not nodes:
                raise ValueFault("wrong-shape", "没有填值", "不知道就写“不清楚”,或删去这一行")
            return tuple(read(item) for item in nodes)
        return self._simple(attribute, text_of(node))

    def _simple(self, attribute: Attribute, text: str) -> FactValue:
        if attribute.kind is Kind.TEXT:
            return text
        if attribute.kind is Kind.YES_NO:
            if text in YES or text in NO:
                return text in YES
            raise ValueFault("wrong-type", f"“{text}”不是“是”或“否”", "写“是”“否”或“不清楚”")
        if attribute.kind is Kind.NUMBER:
            assert attribute.unit is not None
            return self._number(text, attribute, attribute.unit)
        if attribute.kind is Kind.DATE:
            day = parse_date(text)
            check_day(day, self.noted_on)
            return day
        if attribute.kind is Kind.CHOICE:
            return member_of(attribute, text).label
        if attribute.kind is Kind.RANK:
            parts = text.split("/")
            numbers = [parse_number(part) for part in parts if part]
            whole = [number for number in numbers if isinstance(number, int) and number > 0]
            if len(whole) == len(parts) <= _RANK_PARTS:
                return Rank(*whole)
            raise ValueFault("bad-number", f"“{text}”不是名次", "写成 3 或 3/120(名次/总数)")
        raise ValueFault("wrong-shape", f"“{attribute.label}”不能这样填")

    def _number(self, text: str, attribute: Attribute, unit: Unit) -> Number:
        """Read an amount within what the attribute can be; people come whole."""
        value = self.vocabulary.units.parse(text, unit)
        check_amount(value, text, attribute, self.vocabulary.units)
        if unit.dimension in WHOLE and not isinstance(value, int):
            raise ValueFault("bad-number", f"“{text}”不是整数", f"{unit.name}数填整数")
        return value

    def _region(self, node: Node) -> str:
        text = text_of(node)
        found = self.vocabulary.regions.find(text)
        if len(found) == 1:
            return found[0].id
        if found:
            names = "、".join(self.vocabulary.regions.name(item.id) for item in found)
            raise ValueFault("unknown-name", f"“{text}”不止一处", f"写全名,如 {names}")
        names_ = [item.name for item in self.vocabulary.regions.by_id.values()]
        raise ValueFault(
            "unknown-name",
            f"没有名为“{text}”的地区",
            did_you_mean(text, names_, "写到市或县区,如 合肥市蜀山区"),
        )

    def _industry(self, node: Node) -> str:
        text = text_of(node)
        code = self.vocabulary.industries.find(text)
        if code is None:
            raise ValueFault(
                "unknown-name",
                f"行业表里没有“{text}”",
                "写 GB/T 4754-2017 的代码或名称,如 6520 集成电路设计",
            )
        if not self.vocabulary.industries.is_listed(code):
            self.problems.add(
                "unlisted-code",
                f"行业代码 {code} 不在内置表里,按前几位归入{self.vocabulary.industries.name(code)}",
                node.place,
                "可用 mianshen vocabulary import-industries 装入完整的表",
                warning=True,
            )
        return code

    def _records(self, attribute: Attribute, node: Node) -> Iterator[Profile]:
        if isinstance(node, Scalar) and node.text in NONE_WORDS:
            return
        if not isinstance(node, Sequence):
            raise ValueFault("wrong-shape", "应是一列记录", "每条记录写成“- 名称: …”")
        fields = {
            name: item for item in attribute.fields for name in (item.label, item.id, *item.aliases)
        }
        for row in node:
            if not isinstance(row, Mapping):
                raise ValueFault("wrong-shape", "每条记录应是“键: 值”")
            facts = {}
            for key, value in row.pairs:
                field = fields.get(key.text)
                if field is None:
                    names = did_you_mean(key.text, fields)
                    self.problems.add(
                        "unknown-key", f"{attribute.label}没有“{key.text}”这一栏", key.place, names
                    )
                    continue
                for claim in self.read(field, value):
                    if claim.key in facts:
                        message = f"“{field.label}”在一条记录里填了两次"
                        self.problems.add("contradiction", message, key.place, "只留一个")
                    elif claim.value is not None:
                        facts[claim.key] = Fact(claim.value, source=claim.source)
            yield Profile(facts, self.noted_on)

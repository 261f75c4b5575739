"""What every condition sentence is made of: names, periods, days and numbers, with their mistakes.

In: the syntax tree of a sentence (`matcher.language.leaves`). A mistake is reported with its place and
raises `Unreadable`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lark import Token, Tree

from matcher.language.diagnostics import Problems, nearest
from matcher.language.source import Scalar
from matcher.tree import Days, LastYears, Period, Year, YearsBack
from matcher.values import Number, ValueFault, parse_date, parse_number
from matcher.vocabulary.model import PARAMETER, SET_KINDS, Attribute, Kind, Vocabulary

MAX_YEARS = 30
_WHERE = "全部指标见 rules/vocabulary/"


class Unreadable(Exception):
    """The sentence holds a mistake that has been reported; nothing more can be said of it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The parsed parts of a figure: ``近 3 年 累计 研发费用`` or ``科创板 上市阶段``."""

    period: Period | None
    many: str | None
    name: Token
    second: Token | None
    change: Token | None


class SentenceReader:
    """Reads the parts of one sentence; mistakes raise `Unreadable`."""

    def __init__(self, vocabulary: Vocabulary, problems: Problems, node: Scalar) -> None:
        self.vocabulary, self.problems, self.node = vocabulary, problems, node

    # --- reporting -------------------------------------------------------------------------------

    def fault(self, code: str, message: str, token: Token | None, hint: str = "") -> Unreadable:
        """Report a mistake at a token (or the whole sentence) and give the exception to raise."""
        place = self.node.place
        if token is not None:
            place = self.node.part(token.start_pos or 0, len(token))
        self.problems.add(code, message, place, hint)
        return Unreadable()

    def attribute(self, token: Token) -> Attribute:
        """Find an attribute or term by name."""
        word = str(token)
        found = self.vocabulary.attribute(word)
        if found is not None:
            return found
        owner = next((x for x in self.vocabulary.attributes.values() if x.member(word)), None)
        if owner is not None:
            raise self.fault(
                "wrong-type",
                f"“{word}”是{_WHAT.get(owner.kind, f'{owner.label}里的一项')},不是指标",
                token,
                f"写成“{_member_usage(owner).replace('…', word)}”",
            )
        if word in self.vocabulary.named:
            message = f"“{word}”是一处定义好的条件,不是指标"
            raise self.fault("wrong-shape", message, token, f"写成“引用: {word}”")
        raise self.fault(
            "unknown-attribute", f"没有名为“{word}”的指标", token, self._attribute_hint(word)
        )

    def _attribute_hint(self, word: str) -> str:
        attributes = self.vocabulary.attributes
        for label in sorted(attributes, key=len, reverse=True):
            if word.startswith(label):
                rest = word.removeprefix(label)
                operator = next((sign for sign in _GLUED if rest.startswith(sign)), "")
                parts = [label, operator, rest.removeprefix(operator)]
                return f"词与词之间空一格,如“{' '.join(filter(None, parts))}”"
        names = self.vocabulary.spellings()
        near = nearest(word, names)
        if not near:
            return _WHERE
        found = names[near[0]]
        unit = f"({found.unit.name})" if found.unit else ""
        return f"是否想写“{found.label}”{unit}? {_WHERE}"

    def only(self, kind: Kind, token: Token | None) -> Attribute:
        """Give the one attribute of a kind; inside a record there is none."""
        found = next((x for x in self.vocabulary.attributes.values() if x.kind is kind), None)
        if found is None:
            fields = "、".join(self.vocabulary.attributes)
            raise self.fault(
                "wrong-operator", f"一条记录里没有{kind.value}", token, f"可写的栏目:{fields}"
            )
        return found

    # --- parts -----------------------------------------------------------------------------------

    def subject(self, tree: Tree[Token]) -> Subject:
        """Read the parts of a figure node."""
        period, many, name, second, change = tree.children
        read = self.period(period) if isinstance(period, Tree) else None
        assert isinstance(name, Token)
        return Subject(read, str(many) if many else None, name, _token(second), _token(change))

    def period(self, tree: Tree[Token]) -> Period:
        """Read a period node."""
        tokens = [token for token in tree.children if isinstance(token, Token)]
        if tree.data == "last_year":
            return YearsBack(1)
        if tree.data == "earlier_year":
            return YearsBack(2)
        if tree.data == "this_year":
            return YearsBack(0)
        if tree.data == "days":
            first, last = self.day(tokens[0]), self.day(tokens[2])
            if first > last:
                raise self.fault("wrong-period", "期间的开始晚于结束", tokens[0], "对调两个日期")
            return Days(first, last)
        number = next(token for token in tokens if token.type == "NUMBER")
        if tree.data == "recent":
            return LastYears(self.years(number))
        value = self.integer(number)
        if not 1900 <= value <= 2100:
            raise self.fault("wrong-period", f"“{value} 年”不是年份", number, "写成 2025 年")
        return Year(value)

    def day(self, token: Token) -> date:
        """Read a date token."""
        try:
            return parse_date(str(token))
        except ValueFault as error:
            raise self.fault(error.code, str(error), token, error.hint) from None

    def number(self, token: Token) -> Number:
        """Read a number token."""
        try:
            return parse_number(str(token))
        except ValueFault as error:
            raise self.fault(error.code, str(error), token, error.hint) from None

    def integer(self, token: Token) -> int:
        """Read a whole number token."""
        value = self.number(token)
        if not isinstance(value, int):
            raise self.fault("bad-number", f"“{token}”应是整数", token)
        return value

    def years(self, token: Token) -> int:
        """Read how many years back a condition looks."""
        value = self.integer(token)
        if not 1 <= value <= MAX_YEARS:
            raise self.fault(
                "wrong-period", f"“{token} 年”不在 1 到 {MAX_YEARS} 年之间", token, "改正年数"
            )
        return value


def _token(child: object) -> Token | None:
    return child if isinstance(child, Token) else None


def first_token(tree: Tree[Token]) -> Token:
    return next(iter(tree.scan_values(lambda value: isinstance(value, Token))))


# Words that an author may run together with the name before them.
_GLUED = ("不属于", "属于", "不含", "含", "不为", "为", "同比增长")


_WHAT = {Kind.LIST: "一份名单", Kind.JUDGEMENT: "一项认定", Kind.PARAMETER: "一个参数"}


def _member_usage(owner: Attribute) -> str:
    """Say how a rule speaks of one member of an attribute."""
    special = {
        Kind.LIST: "列入 …",
        Kind.JUDGEMENT: "主管部门认定 …",
        Kind.PARAMETER: f"{PARAMETER} …",
        Kind.STAGE: f"… {owner.label} 不早于 {owner.stages[0] if owner.stages else ''}",
    }
    verb = "为" if owner.kind in (Kind.CHOICE, Kind.STATUS) else "含"
    return special.get(owner.kind, f"{owner.label} {verb} …")


def kind_of(attribute: Attribute) -> str:
    """Say what kind of thing an attribute is."""
    return "一组选项" if attribute.kind in SET_KINDS else attribute.kind.value


def operators_of(attribute: Attribute) -> str:
    """Say how a condition on an attribute is written; empty where a rule cannot ask for it."""
    usage = {
        Kind.YES_NO: attribute.label,
        Kind.NUMBER: f"{attribute.label} ≥ …{attribute.unit.name if attribute.unit else ''}",
        Kind.RANK: f"{attribute.label} 前 10%",
        Kind.RECORDS: f"{attribute.label} 中有一项 满足: …",
        Kind.CHOICE: f"{attribute.label} 为 …",
        Kind.SET: f"{attribute.label} 含 …",
        Kind.TITLES: f"{attribute.label} 含 …",
        Kind.ACTIVITIES: f"{attribute.label} 含 …",
        Kind.STATUS: f"{attribute.label} 为 …",
        Kind.REGION: f"{attribute.label} 属于 …",
        Kind.INDUSTRY: f"{attribute.label} 属于 …",
        Kind.DATE: f"{attribute.label} 早于 2024-01-01",
        Kind.STAGE: f"{attribute.label} 不早于 …",
    }
    return f"写成“{usage[attribute.kind]}”" if attribute.kind in usage else ""

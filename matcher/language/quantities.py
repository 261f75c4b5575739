"""The quantities of a condition sentence: names, periods and units checked against the vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from lark import Token, Tree

from matcher.language.diagnostics import Problems, did_you_mean
from matcher.language.source import Scalar
from matcher.tree import (
    Age,
    CompoundGrowth,
    Constant,
    Days,
    Derived,
    Figure,
    Growth,
    LastYears,
    Parameter,
    Period,
    Quantity,
    Ratio,
    Sum,
    Total,
    Year,
    YearsBack,
)
from matcher.values import MONEY, Unit, ValueFault, parse_date, parse_number, whole
from matcher.vocabulary.model import Attribute, Kind, Vocabulary

RATE = "比例"
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


@dataclass(frozen=True, slots=True)
class Sized:
    """A quantity with the dimension that its unit must have; None where any number fits."""

    quantity: Quantity
    unit: Unit | None
    bare: bool = False


class QuantityResolver:
    """Turns the quantity part of a sentence into tree nodes; mistakes raise `Unreadable`."""

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
        found = self.vocabulary.attribute(str(token))
        if found is None:
            names = list(self.vocabulary.attributes)
            raise self.fault(
                "unknown-attribute",
                f"没有名为“{token}”的指标",
                token,
                self._attribute_hint(str(token), names),
            )
        return found

    def _attribute_hint(self, word: str, names: list[str]) -> str:
        for kind, text in ((Kind.ACTIVITIES, "事项 含"), (Kind.TITLES, "资质 含")):
            for attribute in self.vocabulary.attributes.values():
                if attribute.kind is kind and attribute.member(word):
                    return f"“{word}”是{attribute.label}的一项,写成“{text} {word}”"
        return did_you_mean(word, names, _WHERE)

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
        if tree.data == "this_year":
            return YearsBack(0)
        if tree.data == "days":
            first, last = self.day(tokens[0]), self.day(tokens[2])
            if first > last:
                raise self.fault("wrong-period", "期间的开始晚于结束", tokens[0], "对调两个日期")
            return Days(first, last)
        number = next(token for token in tokens if token.type == "NUMBER")
        value = self.integer(number)
        if tree.data == "recent":
            if not 1 <= value <= 30:
                raise self.fault("wrong-period", f"“近 {value} 年”不在 1 到 30 年之间", number)
            return LastYears(value)
        if not 1900 <= value <= 2100:
            raise self.fault("wrong-period", f"“{value} 年”不是年份", number, "写成 2025 年")
        return Year(value)

    def day(self, token: Token) -> date:
        """Read a date token."""
        try:
            return parse_date(str(token))
        except ValueFault as error:
            raise self.fault(error.code, str(error), token, error.hint) from None

    def integer(self, token: Token) -> int:
        """Read a whole number token."""
        value = parse_number(str(token))
        if not isinstance(value, int):
            raise self.fault("bad-number", f"“{token}”应是整数", token)
        return value

    # --- quantities ------------------------------------------------------------------------------

    def read(self, tree: Tree[Token]) -> Sized:
        """Read a quantity that is not a bare constant."""
        if tree.data == "figure":
            return self.figure(self.subject(tree))
        if tree.data == "ratio":
            return self._ratio(tree)
        if tree.data in ("plus", "minus"):
            return self._sum(tree)
        if tree.data == "age":
            return self._age(tree)
        if tree.data in ("parameter", "parameter_plus"):
            return self._parameter(tree)
        if tree.data == "amount":
            raise self.fault("wrong-shape", "左边应是一个指标,不是数", first_token(tree))
        raise self.fault("wrong-shape", "这里应是一个数量", first_token(tree))

    def figure(self, subject: Subject) -> Sized:
        """Read a named figure with its period, growth or total."""
        if subject.second is not None and str(subject.second) not in ("件数", "得分"):
            raise self.fault(
                "unknown-attribute",
                f"“{subject.name} {subject.second}”不是一个数量",
                subject.second,
                "两个词之间可写 级别、取得日期、剩余有效期、件数、得分 或 上市阶段",
            )
        attribute = self.attribute(subject.name)
        term = self.vocabulary.term(attribute.label)
        if attribute.kind is not Kind.NUMBER:
            raise self.fault(
                "wrong-type",
                f"“{attribute.label}”是{attribute.kind.value},不能和数比较",
                subject.name,
                operators_of(attribute),
            )
        assert attribute.unit is not None
        if term is not None:
            return self._term(subject, attribute)
        if subject.change is not None:
            return Sized(self._change(subject, attribute), self.rate)
        return Sized(self._plain(subject, attribute), attribute.unit)

    @property
    def rate(self) -> Unit:
        """The unit of growth rates and shares."""
        unit = self.vocabulary.units.find("%")
        assert unit is not None
        return unit

    def _term(self, subject: Subject, attribute: Attribute) -> Sized:
        if subject.period or subject.many or subject.change:
            raise self.fault(
                "wrong-period",
                f"“{attribute.label}”是派生指标,不另写期间",
                subject.name,
                f"直接写“{attribute.label}”",
            )
        term = self.vocabulary.term(attribute.label)
        assert term is not None
        definition = term.formula or term.score
        if definition is None:
            raise self.fault("wrong-type", f"“{attribute.label}”不是数值", subject.name)
        return Sized(Derived(attribute.label, definition), attribute.unit)

    def _change(self, subject: Subject, attribute: Attribute) -> Quantity:
        change = subject.change
        assert change is not None
        self._needs_years(attribute, subject.name)
        if change.type == "COMPOUND":
            if not isinstance(subject.period, LastYears):
                raise self.fault(
                    "wrong-period",
                    "复合增长率前要写“近 N 年”",
                    change,
                    "如 近 2 年 营业收入 复合增长率",
                )
            return CompoundGrowth(attribute.label, subject.period.years)
        period = subject.period or YearsBack(1)
        if not isinstance(period, YearsBack | Year):
            raise self.fault("wrong-period", "同比增长只对一个年度", change, "写 上年度 或 2024 年")
        return Growth(attribute.label, period)

    def _needs_years(self, attribute: Attribute, token: Token) -> None:
        if not attribute.yearly:
            raise self.fault(
                "wrong-period",
                f"“{attribute.label}”没有年度,不能写期间",
                token,
                f"去掉期间,直接写“{attribute.label}”",
            )

    def _plain(self, subject: Subject, attribute: Attribute) -> Quantity:
        period = subject.period
        if subject.many == "每年":
            raise self.fault("wrong-shape", "“每年”只用在“近 N 年 每年 … ≥ …”里", subject.name)
        if period is None:
            return Figure(attribute.label, YearsBack(1) if attribute.yearly else None)
        self._needs_years(attribute, subject.name)
        if subject.many or isinstance(period, LastYears):
            money = attribute.unit is not None and attribute.unit.dimension == MONEY
            if isinstance(period, LastYears) and not subject.many and money:
                # A count over several years can only mean the total; money must say which.
                raise self.fault(
                    "wrong-period",
                    f"“近 {period.years} 年”后面要写“累计”或“每年”",
                    subject.name,
                    f"写成“近 {period.years} 年 累计 {attribute.label}”",
                )
            return Total(attribute.label, period)
        return Figure(attribute.label, period)

    def _ratio(self, tree: Tree[Token]) -> Sized:
        over, _, under = tree.children
        assert isinstance(over, Tree) and isinstance(under, Tree)
        left, right = self.read(over), self.read(under)
        same = left.unit and right.unit and left.unit.dimension == right.unit.dimension
        # 营业收入 ÷ 从业人员 has the unit of its numerator, "per head".
        return Sized(Ratio(left.quantity, right.quantity), self.rate if same else left.unit)

    def _sum(self, tree: Tree[Token]) -> Sized:
        first, _, second = tree.children
        assert isinstance(first, Tree) and isinstance(second, Tree)
        left = self.read(first)
        minus = tree.data == "minus"
        if second.data == "amount":
            return Sized(Sum(left.quantity, self.amount(second, left), minus), left.unit)
        right = self.read(second)
        if left.unit and right.unit and left.unit.dimension != right.unit.dimension:
            raise self.fault(
                "wrong-unit",
                f"{left.unit.dimension}和{right.unit.dimension}不能相加减",
                first_token(second),
            )
        return Sized(Sum(left.quantity, right.quantity, minus), left.unit)

    def _age(self, tree: Tree[Token]) -> Sized:
        value = next(child for child in tree.children if isinstance(child, Tree))
        token = first_token(value)
        attribute = self.attribute(token)
        if attribute.kind is not Kind.DATE:
            raise self.fault("wrong-type", f"“{attribute.label}”不是日期", token)
        return Sized(Age(attribute.label), self.vocabulary.units.find("年"))

    def _parameter(self, tree: Tree[Token]) -> Sized:
        trees = [child for child in tree.children if isinstance(child, Tree)]
        token = first_token(trees[0])
        member = self.vocabulary.member("参数", str(token))
        if member is None:
            names = [item.label for item in self.vocabulary.attributes["参数"].members]
            raise self.fault(
                "unknown-name", f"没有名为“{token}”的参数", token, did_you_mean(str(token), names)
            )
        unit = self.vocabulary.units.find(member.definition) or self.rate
        parameter = Parameter(member.label)
        if tree.data == "parameter":
            return Sized(parameter, unit)
        return Sized(Sum(parameter, self.amount(trees[1], Sized(parameter, unit))), unit)

    def amount(self, tree: Tree[Token], against: Sized) -> Constant:
        """Read a number with its unit, which must fit the quantity it is compared with."""
        number, unit_token = tree.children
        assert isinstance(number, Token)
        value, expected = parse_number(str(number)), against.unit
        if expected is None:
            return Constant(value)
        if unit_token is None:
            if expected.dimension in (MONEY, RATE) and value != 0:
                raise self.fault(
                    "missing-unit", f"“{number}”没有单位", number, f"写成“{number} {expected.name}”"
                )
            return Constant(whole(value * Fraction(expected.factor)), expected.name)
        assert isinstance(unit_token, Token)
        name = str(unit_token).removeprefix("个") or "个"
        unit = self.vocabulary.units.find(str(unit_token)) or self.vocabulary.units.find(name)
        if unit is None or unit.dimension != expected.dimension:
            fitting = "、".join(self.vocabulary.units.names(expected.dimension))
            raise self.fault(
                "wrong-unit", f"单位“{unit_token}”不合", unit_token, f"这里用 {fitting}"
            )
        return Constant(whole(value * Fraction(unit.factor)), unit.name)


def _token(child: object) -> Token | None:
    return child if isinstance(child, Token) else None


def first_token(tree: Tree[Token]) -> Token:
    return next(iter(tree.scan_values(lambda value: isinstance(value, Token))))


def operators_of(attribute: Attribute) -> str:
    usage = {
        Kind.YES_NO: attribute.label,
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

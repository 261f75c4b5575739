"""The quantities of a condition sentence: figures, totals, ratios and growth with fitting units."""

from __future__ import annotations

from dataclasses import dataclass

from lark import Token, Tree

from matcher.language.diagnostics import did_you_mean
from matcher.language.sentences import SentenceReader, Subject, first_token, operators_of
from matcher.tree import (
    Age,
    CompoundGrowth,
    Constant,
    Derived,
    Figure,
    Growth,
    LastYears,
    Parameter,
    Quantity,
    Ratio,
    Sum,
    Total,
    Year,
    YearsBack,
    year_before,
)
from matcher.values import MONEY, Unit, ValueFault, in_base, needs_unit
from matcher.vocabulary.model import Attribute, Kind


@dataclass(frozen=True, slots=True)
class Sized:
    """A quantity with the dimension that its unit must have; None where any number fits."""

    quantity: Quantity
    unit: Unit | None
    bare: bool = False


class QuantityResolver(SentenceReader):
    """Turns the quantity part of a sentence into tree nodes."""

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
        attribute = self.attribute(subject.name)
        if subject.second is not None and str(subject.second) not in ("件数", "得分"):
            raise self.fault(
                "leaf-syntax",
                f"“{subject.name} {subject.second}”不是一个数量",
                subject.second,
                "两个词之间可写 级别、取得日期、剩余有效期、件数、得分 或 上市阶段",
            )
        term = self.vocabulary.term(attribute.label)
        if attribute.kind is not Kind.NUMBER:
            raise self.fault(
                "wrong-type",
                f"“{attribute.label}”是{attribute.kind.value},不能和数比较",
                subject.name,
                operators_of(attribute),
            )
        assert attribute.unit is not None
        self._check_counter(subject, attribute.unit)
        if term is not None:
            return self._term(subject, attribute)
        if subject.change is not None:
            unit = attribute.unit if subject.change.type == "INCREASE" else self.rate
            return Sized(self._change(subject, attribute), unit)
        return Sized(self._plain(subject, attribute), attribute.unit)

    def _check_counter(self, subject: Subject, unit: Unit) -> None:
        """``Ⅰ类知识产权 件数`` and ``… 得分`` only say aloud what the unit already is."""
        counted = {"件数": "件数", "得分": "分值"}.get(str(subject.second), unit.dimension)
        if counted != unit.dimension:
            raise self.fault(
                "wrong-unit",
                f"“{subject.name}”的单位是{unit.name},不是{subject.second}",
                subject.second,
                f"去掉“{subject.second}”",
            )

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
        self.needs_years(attribute, subject.name)
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
            raise self.fault(
                "wrong-period", f"{change}只对一个年度", change, "写 上年度 或 2024 年"
            )
        if change.type == "INCREASE":
            now, before = Figure(attribute.label, period), year_before(period)
            return Sum(now, Figure(attribute.label, before), minus=True)
        return Growth(attribute.label, period)

    def needs_years(self, attribute: Attribute, token: Token) -> None:
        """Refuse a period before an attribute that has no years."""
        if not attribute.yearly:
            raise self.fault(
                "wrong-period",
                f"“{attribute.label}”没有年度,不能写期间",
                token,
                f"去掉期间,直接写“{attribute.label}”",
            )

    def undated(self, subject: Subject, attribute: Attribute) -> None:
        """Refuse a period, total or growth before a leaf that would not heed it.

        上年度 is what a yearly attribute means anyway.
        """
        if subject.many or subject.change:
            word = subject.change or subject.many
            raise self.fault(
                "wrong-operator",
                f"“{attribute.label}”不能写“{word}”",
                subject.name,
                operators_of(attribute),
            )
        if subject.period is None or (attribute.yearly and subject.period == YearsBack(1)):
            return
        self.needs_years(attribute, subject.name)
        raise self.fault(
            "wrong-period", f"“{attribute.label}”只看上年度", subject.name, "去掉期间,或写“上年度”"
        )

    def _plain(self, subject: Subject, attribute: Attribute) -> Quantity:
        period = subject.period
        if subject.many == "每年":
            raise self.fault("wrong-shape", "“每年”只用在“近 N 年 每年 … ≥ …”里", subject.name)
        if period is None:
            return Figure(attribute.label, YearsBack(1) if attribute.yearly else None)
        self.needs_years(attribute, subject.name)
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
                "两边要是同一种量",
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
        attribute = self.only(Kind.PARAMETER, token)
        member = attribute.member(str(token))
        if member is None:
            names = [item.label for item in attribute.members]
            raise self.fault(
                "unknown-name",
                f"没有名为“{token}”的参数",
                token,
                did_you_mean(str(token), names, "全部参数见 rules/vocabulary/参数.yaml"),
            )
        unit = self.vocabulary.parameter_unit(member)
        parameter = Parameter(member.label)
        if tree.data == "parameter":
            return Sized(parameter, unit)
        return Sized(Sum(parameter, self.amount(trees[1], Sized(parameter, unit))), unit)

    def amount(self, tree: Tree[Token], against: Sized) -> Constant:
        """Read a number with its unit, which must fit the quantity it is compared with."""
        number, unit_token = tree.children
        assert isinstance(number, Token)
        value, expected = self.number(number), against.unit
        if expected is None:
            return Constant(value)
        unit: Unit | None = expected
        if unit_token is None:
            if needs_unit(expected) and value != 0:
                raise self.fault(
                    "missing-unit", f"“{number}”没有单位", number, f"写成“{number} {expected.name}”"
                )
        else:
            assert isinstance(unit_token, Token)
            unit = self.vocabulary.units.fitting(str(unit_token), expected)
            if unit is None:
                fitting = "、".join(self.vocabulary.units.names(expected.dimension))
                raise self.fault(
                    "wrong-unit", f"单位“{unit_token}”不合", unit_token, f"这里用 {fitting}"
                )
        assert unit is not None
        try:
            return Constant(in_base(value, unit), unit.name)
        except ValueFault as error:
            raise self.fault(error.code, str(error), number, error.hint) from None

"""Sentences that compare: numbers, dates, ranks, levels and stages against a bound."""

from __future__ import annotations

from fractions import Fraction

from lark import Token, Tree

from matcher.language.diagnostics import did_you_mean
from matcher.language.names import NameResolver
from matcher.language.quantities import Sized
from matcher.language.sentences import Subject, first_token, operators_of
from matcher.tree import (
    AtStage,
    Compare,
    Condition,
    Constant,
    DateIs,
    DateWithin,
    EachYear,
    LastYears,
    Order,
    Ranks,
    StageWithin,
    TitleDate,
    TitleGrade,
    TitleLeft,
    TopRanked,
    Within,
)
from matcher.values import whole
from matcher.vocabulary.model import SET_KINDS, Attribute, Kind, Member

ORDERS: dict[str, Order] = {
    **dict.fromkeys(("≥", ">=", "不低于", "不少于", "不小于", "至少", "不早于"), Order.AT_LEAST),
    **dict.fromkeys(
        ("≤", "<=", "不超过", "不高于", "不多于", "不大于", "至多", "不晚于"), Order.AT_MOST
    ),
    **dict.fromkeys((">", "超过", "高于", "大于", "多于", "晚于"), Order.MORE),
    **dict.fromkeys(("<", "低于", "不足", "少于", "小于", "早于"), Order.LESS),
    **dict.fromkeys(("=", "==", "等于"), Order.EQUAL),
}


def split_order(text: str) -> tuple[Order, str] | None:
    """Part a bound such as ``≥ 30%`` into its order and the rest; None where no order stands first."""
    sign = next((sign for sign in ORDERS if text.startswith(sign)), None)
    return None if sign is None else (ORDERS[sign], text[len(sign) :])


class ComparisonResolver(NameResolver):
    """Reads sentences with a bound."""

    def _compare(self, tree: Tree[Token]) -> Condition:
        left, sign, right = tree.children[:3]
        assert isinstance(left, Tree) and isinstance(right, Tree) and isinstance(sign, Token)
        return self._ordered(left, ORDERS[str(sign)], right, sign)

    def _compare_above(self, tree: Tree[Token]) -> Condition:
        left, _, right, above = tree.children
        assert isinstance(left, Tree) and isinstance(right, Tree) and isinstance(above, Token)
        return self._ordered(left, Order.AT_LEAST, right, above)

    def _above(self, tree: Tree[Token]) -> Condition:
        return self._bounded(tree, Order.AT_LEAST)

    def _below(self, tree: Tree[Token]) -> Condition:
        return self._bounded(tree, Order.AT_MOST)

    def _bounded(self, tree: Tree[Token], order: Order) -> Condition:
        left, right, word = tree.children
        assert isinstance(left, Tree) and isinstance(right, Tree) and isinstance(word, Token)
        return self._ordered(left, order, right, word)

    def _ordered(
        self, left: Tree[Token], order: Order, right: Tree[Token], sign: Token
    ) -> Condition:
        if left.data == "figure":
            special = self._special(self.subject(left), order, right, sign)
            if special is not None:
                return special
        value = self.read(left)
        if right.data == "amount":
            return Compare(value.quantity, order, self.amount(right, value))
        if right.data == "date":
            raise self.fault(
                "wrong-type", "左边不是日期,不能和日期比较", first_token(right), "右边写数和单位"
            )
        other = self.read(right)
        if value.unit and other.unit and value.unit.dimension != other.unit.dimension:
            raise self.fault(
                "wrong-unit",
                f"{value.unit.dimension}和{other.unit.dimension}不能比较",
                first_token(right),
                "两边要是同一种量;求占比用 ÷",
            )
        return Compare(value.quantity, order, other.quantity)

    def _special(
        self, subject: Subject, order: Order, right: Tree[Token], sign: Token
    ) -> Condition | None:
        """Read comparisons whose left side is not a number: a title, a stage, a date, a rank."""
        if subject.second is not None:
            return self._title_or_stage(subject, order, right)
        attribute = self.attribute(subject.name)
        if attribute.kind is not Kind.NUMBER:
            self.undated(subject, attribute)
        if attribute.kind is Kind.STAGE:
            return self._stage(attribute, None, order, right)
        if attribute.kind is Kind.DATE:
            day = self._date_operand(right, subject.name)
            return DateIs(attribute.label, order, self.day(day))
        if attribute.kind is Kind.CHOICE and attribute.ordered:
            option = self.member_of(attribute, self._word(right))
            labels = tuple(item.label for item in attribute.members)
            return Ranks(attribute.label, order, option.label, labels, self.grading(attribute))
        if subject.many == "每年":
            return self._each_year(subject, order, right)
        if attribute.kind in SET_KINDS:
            raise self.fault(
                "wrong-operator",
                f"“{attribute.label}”是一组选项,不能用“{sign}”",
                sign,
                f"写成“{attribute.label} 含 …”或“{attribute.label} 含至少 2 项 (…)”",
            )
        return None

    def _each_year(self, subject: Subject, order: Order, right: Tree[Token]) -> Condition:
        attribute = self.attribute(subject.name)
        self.needs_years(attribute, subject.name)
        if not isinstance(subject.period, LastYears) or right.data != "amount":
            raise self.fault("wrong-shape", "“每年”要写成“近 N 年 每年 指标 ≥ 数”", subject.name)
        bound = self.amount(right, Sized(Constant(0), attribute.unit))
        return EachYear(attribute.label, subject.period.years, order, bound)

    def _word(self, right: Tree[Token]) -> Token:
        """Read the right side of a ranked comparison: one word and nothing beside it."""
        tokens = list(right.scan_values(lambda value: isinstance(value, Token)))
        if right.data != "figure" or len(tokens) != 1:
            raise self.fault(
                "leaf-syntax", f"读到“{tokens[-1]}”时不明白", tokens[-1], "这里只写一个词"
            )
        return first_token(right)

    def _date_operand(self, right: Tree[Token], name: Token) -> Token:
        if right.data != "date":
            raise self.fault(
                "wrong-type",
                f"“{name}”是日期,要和日期比较",
                first_token(right),
                "如 早于 2024-01-01",
            )
        return first_token(right)

    def _title_or_stage(
        self, subject: Subject, order: Order, right: Tree[Token]
    ) -> Condition | None:
        second = subject.second
        assert second is not None
        attribute = self.vocabulary.attribute(str(second))
        if attribute is not None and attribute.kind is Kind.STAGE:
            self.undated(subject, attribute)
            return self._stage(attribute, subject.name, order, right)
        if str(second) not in ("级别", "取得日期", "剩余有效期"):
            return None
        titles = self.only(Kind.TITLES, subject.name)
        self.undated(subject, titles)
        title = self.member_of(titles, subject.name)
        if str(second) == "取得日期":
            day = self._date_operand(right, subject.name)
            return TitleDate(title.label, order, self.day(day))
        if str(second) == "剩余有效期":
            if right.data != "amount":
                hint = "如 剩余有效期 ≥ 180 天"
                raise self.fault("wrong-type", "剩余有效期要和天数比较", first_token(right), hint)
            days = self.amount(right, Sized(Constant(0), self.vocabulary.units.find("天")))
            return TitleLeft(title.label, order, int(days.value))
        return self._level(title, subject.name, order, self._word(right))

    def _level(self, title: Member, name: Token, order: Order, token: Token) -> Condition:
        if not title.levels:
            hint = f"写成“资质 含 {title.label}”"
            raise self.fault("wrong-type", f"“{title.label}”不分级别", name, hint)
        if str(token) not in title.levels:
            raise self.fault(
                "unknown-member",
                f"“{title.label}”没有“{token}”这一级",
                token,
                f"从低到高有 {'、'.join(title.levels)}",
            )
        return TitleGrade(title.label, order, str(token), title.levels)

    def _stage(
        self, attribute: Attribute, board: Token | None, order: Order, right: Tree[Token]
    ) -> Condition:
        label, stage = self._stage_name(attribute, board, self._word(right))
        return AtStage(attribute.label, label, order, stage)

    def _stage_name(
        self, attribute: Attribute, board: Token | None, token: Token
    ) -> tuple[str | None, str]:
        """Find a board and a stage that exists there; no board means any."""
        member = self.member_of(attribute, board) if board is not None else None
        stages = attribute.stages_of(member)
        if str(token) not in stages:
            name = member.label if member else attribute.label
            raise self.fault(
                "unknown-member",
                f"“{name}”没有“{token}”这一阶段",
                token,
                did_you_mean(str(token), stages, f"从早到晚有 {'、'.join(stages)}"),
            )
        return member.label if member else None, str(token)

    def _between(self, tree: Tree[Token]) -> Condition:
        left, _, low, _, high = tree.children
        assert isinstance(left, Tree) and isinstance(low, Tree) and isinstance(high, Tree)
        value = self.read(left)
        if low.children[1] is None:  # 介于 10 至 300 人: the unit is said once
            low = Tree("amount", [low.children[0], high.children[1]])
        return self._interval(value, low, high, (True, True))

    def _in_range(self, tree: Tree[Token]) -> Condition:
        left, _, bounds = tree.children
        assert isinstance(left, Tree) and isinstance(bounds, Tree)
        opening, low, _, high, closing = bounds.children
        assert isinstance(low, Tree) and isinstance(high, Tree)
        if low.children[1] is None:
            low = Tree("amount", [low.children[0], high.children[1]])
        return self._interval(
            self.read(left), low, high, (str(opening) == "[", str(closing) == "]")
        )

    def _interval(
        self, value: Sized, low: Tree[Token], high: Tree[Token], ends: tuple[bool, bool]
    ) -> Condition:
        bottom, top = self.amount(low, value), self.amount(high, value)
        if bottom.value > top.value or (bottom.value == top.value and not all(ends)):
            raise self.fault(
                "always-false", "范围是空的,下限大于上限", first_token(low), "对调两个数"
            )
        return Within(value.quantity, bottom, top, *ends)

    def _in_period(self, tree: Tree[Token]) -> Condition:
        left, _, period = tree.children
        assert isinstance(left, Tree) and isinstance(period, Tree)
        if left.data != "figure":
            raise self.fault("wrong-type", "“在 … 年内”前面应是一个日期指标", first_token(left))
        subject, attribute = self.named(left)
        if attribute.kind is not Kind.DATE:
            raise self.fault(
                "wrong-type",
                f"“{attribute.label}”是{attribute.kind.value},不是日期",
                subject.name,
                operators_of(attribute),
            )
        return DateWithin(attribute.label, self.period(period))

    def _top(self, tree: Tree[Token]) -> Condition:
        figure, _, number, unit = tree.children
        assert isinstance(figure, Tree) and isinstance(number, Token)
        subject = self.subject(figure)
        attribute = self._rank(subject)
        value = self.number(number)
        share = str(unit or "") == "%"
        if value <= 0 or (share and value > 100) or not (share or isinstance(value, int)):
            raise self.fault("bad-number", f"“{number}”不是名次", number, "如 前 10% 或 前 30 名")
        if share:
            return TopRanked(attribute.label, share=whole(Fraction(value) / 100))
        return TopRanked(attribute.label, places=int(value))

    def _rank(self, subject: Subject) -> Attribute:
        """Find a rank by its name, which may or may not end in 排名."""
        if subject.second is not None and str(subject.second) != "排名":
            raise self.fault("leaf-syntax", f"读到“{subject.second}”时不明白", subject.second)
        attribute = self.attribute(subject.name)
        if attribute.kind is not Kind.RANK:
            raise self.fault(
                "wrong-type",
                f"“{attribute.label}”是{attribute.kind.value},没有排名",
                subject.name,
                operators_of(attribute),
            )
        self.undated(subject, attribute)
        return attribute

    def _stage_within(self, tree: Tree[Token]) -> Condition:
        figure, _, value = tree.children
        assert isinstance(figure, Tree) and isinstance(value, Tree)
        subject = self.subject(figure)
        name, board = subject.name, None
        if subject.second is not None:
            name, board = subject.second, subject.name
        attribute = self.attribute(name)
        if attribute.kind is not Kind.STAGE or subject.period is None:
            raise self.fault(
                "wrong-shape", "“达到”用于阶段", name, "写成“2025 年内 上市阶段 达到 受理”"
            )
        label, stage = self._stage_name(attribute, board, self.value_tokens(value)[0])
        return StageWithin(attribute.label, label, stage, subject.period)

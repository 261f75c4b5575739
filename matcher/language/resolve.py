"""A parsed condition sentence -> a typed leaf of the tree.

Every word is looked up in the vocabulary and every operator checked against the type of its attribute;
a mistake is reported with its place and the sentence yields None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from lark import Token, Tree

from matcher.language.diagnostics import Problems, did_you_mean
from matcher.language.leaves import LeafGrammar
from matcher.language.quantities import (
    QuantityResolver,
    Sized,
    Subject,
    Unreadable,
    first_token,
    operators_of,
)
from matcher.language.source import Scalar
from matcher.tree import (
    AtStage,
    Compare,
    Condition,
    Constant,
    DateIs,
    DateWithin,
    DoneWithin,
    EachYear,
    Event,
    Grading,
    Happened,
    HeldYears,
    Holds,
    InTree,
    IsTrue,
    Judged,
    LastYears,
    Listed,
    Not,
    NotApplicable,
    OneOf,
    Order,
    Ranks,
    StageWithin,
    State,
    TitleDate,
    TitleGrade,
    TitleLeft,
    TopRanked,
    Within,
)
from matcher.values import Number, whole
from matcher.vocabulary.model import JUDGEMENT, LIST, Attribute, Kind, Member, Vocabulary

ORDERS: dict[str, Order] = {
    **dict.fromkeys(("≥", ">=", "不低于", "不少于", "不小于", "至少", "不早于"), Order.AT_LEAST),
    **dict.fromkeys(
        ("≤", "<=", "不超过", "不高于", "不多于", "不大于", "至多", "不晚于"), Order.AT_MOST
    ),
    **dict.fromkeys((">", "超过", "高于", "大于", "多于", "晚于"), Order.MORE),
    **dict.fromkeys(("<", "低于", "不足", "少于", "小于", "早于"), Order.LESS),
    **dict.fromkeys(("=", "==", "等于"), Order.EQUAL),
}
EVENTS = {
    **dict.fromkeys(("新获", "新获得", "新纳入"), Event.NEWLY),
    **dict.fromkeys(("首次获得", "首次纳入"), Event.FIRST),
    "曾获": Event.EVER,
}
STATES = {"在做": State.DOING, "已完成": State.DONE}
_SET_KINDS = (Kind.SET, Kind.TITLES, Kind.ACTIVITIES, Kind.STATUS)


def resolve_leaf(
    node: Scalar, vocabulary: Vocabulary, grammar: LeafGrammar, problems: Problems
) -> Condition | None:
    """Read one condition sentence; None after its mistakes have been reported."""
    tree = grammar.parse(node, problems)
    if tree is None:
        return None
    try:
        condition = _LeafResolver(vocabulary, problems, node).leaf(tree)
    except Unreadable:
        return None
    return replace(condition, place=node.place)


class _LeafResolver(QuantityResolver):
    def leaf(self, tree: Tree[Token]) -> Condition:
        method: Callable[[Tree[Token]], Condition] = getattr(self, f"_{tree.data}")
        return method(tree)

    # --- numbers, dates, ranks -------------------------------------------------------------------

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
            raise self.fault("wrong-type", "左边不是日期,不能和日期比较", first_token(right))
        other = self.read(right)
        if value.unit and other.unit and value.unit.dimension != other.unit.dimension:
            raise self.fault(
                "wrong-unit",
                f"{value.unit.dimension}和{other.unit.dimension}不能比较",
                first_token(right),
            )
        return Compare(value.quantity, order, other.quantity)

    def _special(
        self, subject: Subject, order: Order, right: Tree[Token], sign: Token
    ) -> Condition | None:
        """Read comparisons whose left side is not a number: a title, a stage, a date, a rank."""
        if subject.second is not None:
            return self._title_or_stage(subject, order, right)
        attribute = self.attribute(subject.name)
        if attribute.kind is Kind.STAGE:
            return self._stage(attribute, None, order, right)
        if attribute.kind is Kind.DATE:
            day = self._date_operand(right, subject.name)
            return DateIs(attribute.label, order, self.day(day))
        if attribute.kind is Kind.CHOICE and attribute.ordered:
            option = self.member_of(attribute, first_token(right))
            labels = tuple(item.label for item in attribute.members)
            return Ranks(attribute.label, order, option.label, labels, self._grading(attribute))
        if subject.many == "每年":
            return self._each_year(subject, order, right)
        if attribute.kind in _SET_KINDS:
            raise self.fault(
                "wrong-operator",
                f"“{attribute.label}”是一组{attribute.kind.value},不能用“{sign}”",
                sign,
                f"写成“{attribute.label} 含 …”",
            )
        return None

    def _each_year(self, subject: Subject, order: Order, right: Tree[Token]) -> Condition:
        attribute = self.attribute(subject.name)
        self._needs_years(attribute, subject.name)
        if not isinstance(subject.period, LastYears) or right.data != "amount":
            raise self.fault("wrong-shape", "“每年”要写成“近 N 年 每年 指标 ≥ 数”", subject.name)
        bound = self.amount(right, Sized(Constant(0), attribute.unit))
        return EachYear(attribute.label, subject.period.years, order, bound)

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
            return self._stage(attribute, subject.name, order, right)
        if str(second) not in ("级别", "取得日期", "剩余有效期"):
            return None
        title = self.member_of(self.vocabulary.titles, subject.name)
        if str(second) == "取得日期":
            day = self._date_operand(right, subject.name)
            return TitleDate(title.label, order, self.day(day))
        if str(second) == "剩余有效期":
            days = self.amount(right, Sized(Constant(0), self.vocabulary.units.find("天")))
            return TitleLeft(title.label, order, int(days.value))
        return self._level(title, subject.name, order, first_token(right))

    def _level(self, title: Member, name: Token, order: Order, token: Token) -> Condition:
        if not title.levels:
            raise self.fault("wrong-type", f"“{title.label}”不分级别", name)
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
        stage = self._stage_name(attribute, first_token(right))
        label = self.member_of(attribute, board).label if board is not None else None
        return AtStage(attribute.label, label, order, stage)

    def _stage_name(self, attribute: Attribute, token: Token) -> str:
        if str(token) not in attribute.stages:
            raise self.fault(
                "unknown-member",
                f"“{attribute.label}”没有“{token}”这一阶段",
                token,
                f"从早到晚有 {'、'.join(attribute.stages)}",
            )
        return str(token)

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
        token = self.subject(left).name
        attribute = self.attribute(token)
        if attribute.kind is not Kind.DATE:
            raise self.fault("wrong-type", f"“{attribute.label}”不是日期", token)
        return DateWithin(attribute.label, self.period(period))

    def _top(self, tree: Tree[Token]) -> Condition:
        figure, _, number, unit = tree.children
        assert isinstance(figure, Tree) and isinstance(number, Token)
        token = self.subject(figure).name
        attribute = self.vocabulary.attribute(str(token))
        if attribute is None or attribute.kind is not Kind.RANK:
            attribute = self.vocabulary.attribute(f"{token}排名")
        if attribute is None or attribute.kind is not Kind.RANK:
            raise self.fault("wrong-type", f"“{token}”没有排名", token)
        if str(unit or "") == "%":
            share: Number = whole(Fraction(self.integer(number), 100))
            return TopRanked(attribute.label, share=share)
        return TopRanked(attribute.label, places=self.integer(number))

    # --- names -----------------------------------------------------------------------------------

    def member_of(self, attribute: Attribute, token: Token) -> Member:
        """Find an option, title or activity by name."""
        member = attribute.member(str(token))
        if member is None:
            names = [item.label for item in attribute.members]
            raise self.fault(
                "unknown-member",
                f"“{attribute.label}”里没有“{token}”",
                token,
                did_you_mean(str(token), names),
            )
        return member

    def _grading(self, attribute: Attribute) -> Grading | None:
        term = self.vocabulary.term(attribute.label)
        return term.grading if term else None

    def _alone(self, tree: Tree[Token]) -> Condition:
        figure = tree.children[0]
        assert isinstance(figure, Tree)
        subject = self.subject(figure)
        attribute = self.attribute(subject.name)
        if attribute.kind is not Kind.YES_NO or subject.second or subject.period:
            raise self.fault(
                "wrong-operator",
                f"“{attribute.label}”后面还要写条件",
                subject.name,
                operators_of(attribute),
            )
        term = self.vocabulary.term(attribute.label)
        if term is not None and term.condition is not None:
            return term.condition
        return IsTrue(attribute.label)

    def _value_tokens(self, tree: Tree[Token]) -> list[Token]:
        return [
            token
            for token in tree.scan_values(lambda v: isinstance(v, Token))
            if token.type in ("NAME", "NUMBER")
        ]

    def _parts(self, tree: Tree[Token]) -> tuple[Subject, Attribute, list[Token]]:
        figure, values = tree.children[0], tree.children[-1]
        assert isinstance(figure, Tree) and isinstance(values, Tree)
        subject = self.subject(figure)
        return subject, self.attribute(subject.name), self._value_tokens(values)

    def _is_value(self, tree: Tree[Token]) -> Condition:
        _, attribute, tokens = self._parts(tree)
        if attribute.kind is Kind.YES_NO and str(tokens[0]) in ("是", "否"):
            yes = IsTrue(attribute.label)
            return yes if str(tokens[0]) == "是" else Not(yes)
        return self._belongs_to(attribute, tokens, tree)

    def _is_not_value(self, tree: Tree[Token]) -> Condition:
        return Not(self._is_value(tree))

    def _belongs(self, tree: Tree[Token]) -> Condition:
        _, attribute, tokens = self._parts(tree)
        return self._belongs_to(attribute, tokens, tree)

    def _belongs_not(self, tree: Tree[Token]) -> Condition:
        return Not(self._belongs(tree))

    def _belongs_to(
        self, attribute: Attribute, tokens: list[Token], tree: Tree[Token]
    ) -> Condition:
        if attribute.kind is Kind.CHOICE:
            options = self._labels(attribute, tokens)
            return OneOf(attribute.label, options, self._grading(attribute))
        if attribute.kind in (Kind.STATUS, Kind.SET):
            return Holds(attribute.label, self._labels(attribute, tokens))
        if attribute.kind is Kind.REGION:
            return InTree(attribute.label, tuple(self._region(token) for token in tokens))
        if attribute.kind is Kind.INDUSTRY:
            return InTree(attribute.label, tuple(self._industry(token) for token in tokens))
        sign = next(token for token in tree.children if isinstance(token, Token))
        raise self.fault(
            "wrong-operator",
            f"“{attribute.label}”是{attribute.kind.value},不能用“{sign}”",
            sign,
            operators_of(attribute),
        )

    def _labels(self, attribute: Attribute, tokens: list[Token]) -> tuple[str, ...]:
        labels = [self.member_of(attribute, token).label for token in tokens]
        for token, label in zip(tokens, labels, strict=True):
            if labels.count(label) > 1:
                raise self.fault("wrong-shape", f"“{label}”写了两次", token, "删去重复的一项")
        return tuple(labels)

    def _region(self, token: Token) -> str:
        found = self.vocabulary.regions.find(str(token))
        if len(found) == 1:
            return found[0].id
        if found:
            names = "、".join(self.vocabulary.regions.name(item.id) for item in found)
            raise self.fault("unknown-name", f"“{token}”不止一处", token, f"写全名:{names}")
        names_ = [item.name for item in self.vocabulary.regions.by_id.values()]
        raise self.fault(
            "unknown-name", f"没有名为“{token}”的地区", token, did_you_mean(str(token), names_)
        )

    def _industry(self, token: Token) -> str:
        code = self.vocabulary.industries.find(str(token))
        if code is not None:
            return code
        names = self.vocabulary.industries.by_name
        raise self.fault(
            "unknown-name",
            f"行业表里没有“{token}”",
            token,
            did_you_mean(str(token), names, "写 GB/T 4754-2017 的代码或名称"),
        )

    def _in_group(self, tree: Tree[Token]) -> Condition:
        token = self._value_tokens(tree)[0]
        group = self.vocabulary.groups.get(str(token))
        if group is None:
            names = self.vocabulary.groups
            raise self.fault(
                "unknown-name", f"没有名为“{token}”的行业组", token, did_you_mean(str(token), names)
            )
        attribute = self.vocabulary.one(Kind.INDUSTRY)
        return InTree(attribute.label, group.codes, group.partly, group.label)

    # --- sets, activities, titles ----------------------------------------------------------------

    def _set(self, tree: Tree[Token]) -> tuple[Attribute, tuple[str, ...], State | None]:
        _, attribute, tokens = self._parts(tree)
        if attribute.kind not in _SET_KINDS:
            sign = next(token for token in tree.children if isinstance(token, Token))
            raise self.fault(
                "wrong-operator",
                f"“{attribute.label}”是{attribute.kind.value},不能用“{sign}”",
                sign,
                operators_of(attribute),
            )
        state = State.PLANNED if attribute.kind is Kind.ACTIVITIES else None
        return attribute, self._labels(attribute, tokens), state

    def _has(self, tree: Tree[Token]) -> Condition:
        attribute, members, state = self._set(tree)
        return Holds(attribute.label, members, 1, state)

    _has_any = _has

    def _has_all(self, tree: Tree[Token]) -> Condition:
        attribute, members, state = self._set(tree)
        return Holds(attribute.label, members, len(members), state)

    def _has_not(self, tree: Tree[Token]) -> Condition:
        return Not(self._has(tree))

    def _has_some(self, tree: Tree[Token]) -> Condition:
        attribute, members, state = self._set(tree)
        number = tree.children[2]
        assert isinstance(number, Token)
        count = self.integer(number)
        if not 1 <= count <= len(members):
            code = "always-false" if count > len(members) else "always-true"
            raise self.fault(code, f"列了 {len(members)} 项,要求至少 {count} 项", number)
        return Holds(attribute.label, members, count, state)

    def _in_state(self, tree: Tree[Token]) -> Condition:
        subject, attribute, tokens = self._parts(tree)
        if attribute.kind is not Kind.ACTIVITIES:
            raise self.fault(
                "wrong-operator", f"只有事项有状态,“{attribute.label}”没有", subject.name
            )
        sign = tree.children[1]
        return Holds(attribute.label, self._labels(attribute, tokens), 1, STATES[str(sign)])

    def _done_within(self, tree: Tree[Token]) -> Condition:
        period, sign, value = tree.children
        assert isinstance(period, Tree) and isinstance(value, Tree) and isinstance(sign, Token)
        if str(sign) != "已完成":
            raise self.fault("wrong-operator", "期间后面写“已完成”", sign)
        member = self.member_of(self.vocabulary.activities, self._value_tokens(value)[0])
        return DoneWithin(member.label, self.period(period))

    def _happening(self, tree: Tree[Token], token: Token) -> tuple[str, str]:
        """Find which title or status a word names."""
        kinds = (Kind.TITLES, Kind.STATUS)
        pool: list[str] = []
        for attribute in self.vocabulary.attributes.values():
            if attribute.kind not in kinds:
                continue
            member = attribute.member(str(token))
            if member is not None:
                return attribute.label, member.label
            pool += [item.label for item in attribute.members]
        raise self.fault(
            "unknown-member",
            f"没有名为“{token}”的资质或状态",
            token,
            did_you_mean(str(token), pool),
        )

    def _happened(self, tree: Tree[Token]) -> Condition:
        period, sign, value = tree.children
        assert isinstance(period, Tree) and isinstance(value, Tree)
        attribute, member = self._happening(tree, self._value_tokens(value)[0])
        return Happened(attribute, member, EVENTS[str(sign)], self.period(period))

    def _listed_within(self, tree: Tree[Token]) -> Condition:
        period, _, value = tree.children
        assert isinstance(period, Tree) and isinstance(value, Tree)
        attribute, member = self._happening(tree, self._value_tokens(value)[0])
        return Happened(attribute, member, Event.LISTED, self.period(period))

    def _not_listed_within(self, tree: Tree[Token]) -> Condition:
        return Not(self._listed_within(tree))

    def _not_listed(self, tree: Tree[Token]) -> Condition:
        attribute, member = self._happening(tree, self._value_tokens(tree)[0])
        return Not(Holds(attribute, (member,)))

    def _streak(self, tree: Tree[Token]) -> Condition:
        number, token = tree.children[1], self._value_tokens(tree)[-1]
        assert isinstance(number, Token)
        title = self.member_of(self.vocabulary.titles, token)
        return HeldYears(title.label, self.integer(number))

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
        stage = self._stage_name(attribute, self._value_tokens(value)[0])
        label = self.member_of(attribute, board).label if board is not None else None
        return StageWithin(attribute.label, label, stage, subject.period)

    def _on_list(self, tree: Tree[Token]) -> Condition:
        attribute = self.vocabulary.attributes[LIST]
        return Listed(self.member_of(attribute, self._value_tokens(tree)[0]).label)

    def _judged(self, tree: Tree[Token]) -> Condition:
        attribute = self.vocabulary.attributes[JUDGEMENT]
        return Judged(self.member_of(attribute, self._value_tokens(tree)[0]).label)

    def _not_applicable(self, tree: Tree[Token]) -> Condition:
        figure = tree.children[0]
        assert isinstance(figure, Tree)
        return NotApplicable(self.attribute(self.subject(figure).name).label)

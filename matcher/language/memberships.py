"""Sentences about belonging: yes or no, options, sets, places, titles, lists and judgements."""

from __future__ import annotations

from lark import Token, Tree

from matcher.language.diagnostics import did_you_mean
from matcher.language.names import NameResolver
from matcher.language.sentences import Unreadable, kind_of, operators_of
from matcher.tree import (
    Condition,
    DoneWithin,
    Event,
    Happened,
    HeldYears,
    Holds,
    InTree,
    IsTrue,
    Judged,
    Listed,
    Not,
    NotApplicable,
    OneOf,
    State,
)
from matcher.vocabulary.model import MEMBER_KINDS, SET_KINDS, Attribute, Kind

EVENTS = {
    **dict.fromkeys(("新获", "新获得", "新纳入"), Event.NEWLY),
    **dict.fromkeys(("首次获得", "首次纳入"), Event.FIRST),
    "曾获": Event.EVER,
}
STATES = {"在做": State.DOING, "已完成": State.DONE}


class MembershipResolver(NameResolver):
    """Reads sentences that say what a company is, has or does."""

    # --- yes or no, options, places --------------------------------------------------------------

    def _alone(self, tree: Tree[Token]) -> Condition:
        figure = tree.children[0]
        assert isinstance(figure, Tree)
        subject = self.subject(figure)
        attribute = self.attribute(subject.name)
        if attribute.kind is not Kind.YES_NO or subject.second:
            raise self.fault(
                "wrong-operator",
                f"“{attribute.label}”后面还要写条件",
                subject.name,
                operators_of(attribute),
            )
        self.undated(subject, attribute)
        return self._yes(attribute)

    def _yes(self, attribute: Attribute) -> Condition:
        term = self.vocabulary.term(attribute.label)
        if term is not None and term.condition is not None:
            return term.condition
        return IsTrue(attribute.label)

    def _is_value(self, tree: Tree[Token]) -> Condition:
        _, attribute, tokens = self.parts(tree)
        if attribute.kind is Kind.YES_NO and str(tokens[0]) in ("是", "否"):
            yes = self._yes(attribute)
            return yes if str(tokens[0]) == "是" else Not(yes)
        return self._belongs_to(attribute, tokens, tree)

    def _is_not_value(self, tree: Tree[Token]) -> Condition:
        return Not(self._is_value(tree))

    def _belongs(self, tree: Tree[Token]) -> Condition:
        _, attribute, tokens = self.parts(tree)
        return self._belongs_to(attribute, tokens, tree)

    def _belongs_not(self, tree: Tree[Token]) -> Condition:
        return Not(self._belongs(tree))

    def _belongs_to(
        self, attribute: Attribute, tokens: list[Token], tree: Tree[Token]
    ) -> Condition:
        if attribute.kind is Kind.CHOICE:
            options = self.labels(attribute, tokens)
            return OneOf(attribute.label, options, self.grading(attribute))
        if attribute.kind in (Kind.STATUS, Kind.SET):
            return Holds(attribute.label, self.labels(attribute, tokens))
        if attribute.kind is Kind.REGION:
            return InTree(attribute.label, tuple(self.region(token) for token in tokens))
        if attribute.kind is Kind.INDUSTRY:
            return InTree(attribute.label, tuple(self.industry(token) for token in tokens))
        raise self._wrong_operator(attribute, tree)

    def _wrong_operator(self, attribute: Attribute, tree: Tree[Token]) -> Unreadable:
        """Report that the sentence's operator does not go with the type of its attribute."""
        sign = next(token for token in tree.children if isinstance(token, Token))
        return self.fault(
            "wrong-operator",
            f"“{attribute.label}”是{kind_of(attribute)},不能用“{sign}”",
            sign,
            operators_of(attribute),
        )

    def _in_group(self, tree: Tree[Token]) -> Condition:
        token = self.value_tokens(tree)[0]
        attribute = self.only(Kind.INDUSTRY, token)
        group = self.vocabulary.groups.get(str(token))
        if group is None:
            names = self.vocabulary.groups
            raise self.fault(
                "unknown-name",
                f"没有名为“{token}”的行业组",
                token,
                did_you_mean(str(token), names, "全部见 rules/vocabulary/行业组.yaml"),
            )
        return InTree(attribute.label, group.codes, group.partly, group.label)

    # --- sets, activities, titles ----------------------------------------------------------------

    def _set(self, tree: Tree[Token]) -> tuple[Attribute, tuple[str, ...], State | None]:
        _, attribute, tokens = self.parts(tree)
        if attribute.kind not in SET_KINDS:
            raise self._wrong_operator(attribute, tree)
        state = State.PLANNED if attribute.kind is Kind.ACTIVITIES else None
        return attribute, self.labels(attribute, tokens), state

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
            message = f"列了 {len(members)} 项,要求至少 {count} 项"
            raise self.fault(code, message, number, "改正项数,或补上选项")
        return Holds(attribute.label, members, count, state)

    def _in_state(self, tree: Tree[Token]) -> Condition:
        subject, attribute, tokens = self.parts(tree)
        if attribute.kind is not Kind.ACTIVITIES:
            raise self.fault(
                "wrong-operator",
                f"只有事项有状态,“{attribute.label}”没有",
                subject.name,
                operators_of(attribute),
            )
        sign = tree.children[1]
        return Holds(attribute.label, self.labels(attribute, tokens), 1, STATES[str(sign)])

    def _done_within(self, tree: Tree[Token]) -> Condition:
        period, sign, value = tree.children
        assert isinstance(period, Tree) and isinstance(value, Tree) and isinstance(sign, Token)
        if str(sign) != "已完成":
            raise self.fault("wrong-operator", "期间后面写“已完成”", sign)
        token = self.value_tokens(value)[0]
        member = self.member_of(self.only(Kind.ACTIVITIES, token), token)
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
        attribute, member = self._happening(tree, self.value_tokens(value)[0])
        return Happened(attribute, member, EVENTS[str(sign)], self.period(period))

    def _listed_within(self, tree: Tree[Token]) -> Condition:
        period, _, value = tree.children
        assert isinstance(period, Tree) and isinstance(value, Tree)
        attribute, member = self._happening(tree, self.value_tokens(value)[0])
        return Happened(attribute, member, Event.LISTED, self.period(period))

    def _not_listed_within(self, tree: Tree[Token]) -> Condition:
        return Not(self._listed_within(tree))

    def _not_listed(self, tree: Tree[Token]) -> Condition:
        attribute, member = self._happening(tree, self.value_tokens(tree)[0])
        return Not(Holds(attribute, (member,)))

    def _streak(self, tree: Tree[Token]) -> Condition:
        number, token = tree.children[1], self.value_tokens(tree)[-1]
        assert isinstance(number, Token)
        title = self.member_of(self.only(Kind.TITLES, token), token)
        return HeldYears(title.label, self.years(number))

    def _on_list(self, tree: Tree[Token]) -> Condition:
        token = self.value_tokens(tree)[0]
        return Listed(self.member_of(self.only(Kind.LIST, token), token).label)

    def _judged(self, tree: Tree[Token]) -> Condition:
        token = self.value_tokens(tree)[0]
        return Judged(self.member_of(self.only(Kind.JUDGEMENT, token), token).label)

    def _not_applicable(self, tree: Tree[Token]) -> Condition:
        subject, attribute = self.named(tree.children[0])
        if attribute.kind in MEMBER_KINDS or self.vocabulary.term(attribute.label) is not None:
            raise self.fault(
                "wrong-operator",
                f"“{attribute.label}”没有“不适用”这种回答",
                subject.name,
                operators_of(attribute),
            )
        return NotApplicable(attribute.label)

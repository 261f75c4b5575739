"""Values that are known member by member: sets, activities, titles, statuses, stages.

A list of bare names says which members are held and nothing of the rest; a mapping gives each member
its own answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from matcher.language.claims import (
    EMPTY_WORDS,
    NEVER,
    NONE_WORDS,
    SOURCE_KEYS,
    UNSURE_WORDS,
    Claim,
    member_of,
    source_of,
    sourced,
)
from matcher.language.diagnostics import Problems
from matcher.language.entries import NO, YES, Entry
from matcher.language.plausible import IMPLAUSIBLE
from matcher.language.source import Mapping, Node, Scalar, Sequence
from matcher.profile import Activity, FactKey, Spell, Stage, Tenure
from matcher.tree import State
from matcher.values import ValueFault, add_months, add_years
from matcher.vocabulary.model import Attribute, Kind, Member, Vocabulary

MAX_SPELLS = 50
"""Certificates of one title, or stretches of one status, in one company file."""
_NAME_KEYS = ("名称", "name")
_BEGINNINGS = ("取得日期", "列入日期", "自", "发生日期", "from")
_ENDS = ("有效期至", "移出日期", "至", "to")


class MemberReader:
    """Reads what one company file says of members, noted on a day."""

    def __init__(self, vocabulary: Vocabulary, problems: Problems, noted_on: date) -> None:
        self.vocabulary, self.problems, self.noted_on = vocabulary, problems, noted_on

    def read(self, attribute: Attribute, node: Node) -> Iterator[Claim]:
        """Read a node of an attribute; each member's mistake is reported by itself."""
        if isinstance(node, Scalar) and node.text in NONE_WORDS | NEVER | UNSURE_WORDS:
            for member in attribute.members:
                yield from self._guarded(attribute, member, node, node)
        elif isinstance(node, Scalar) and node.text in EMPTY_WORDS and not node.quoted:
            self._report(
                attribute, node, ValueFault("wrong-shape", "没有填值", "都没有就写“都没有”")
            )
        elif isinstance(node, Scalar):
            yield from self._listed(attribute, Sequence((node,), node.place))
        elif isinstance(node, Sequence):
            yield from self._listed(attribute, node)
        else:
            for key, value in node.pairs:
                named = self._named(attribute, key)
                if named is not None:
                    yield from self._guarded(attribute, named, value, key)

    def _report(self, attribute: Attribute, node: Node, fault: ValueFault) -> None:
        self.problems.add(fault.code, f"{attribute.label}:{fault}", node.place, fault.hint)

    def _guarded(
        self, attribute: Attribute, member: Member, node: Node, name: Node
    ) -> Iterator[Claim]:
        try:
            yield MEMBERWISE[attribute.kind](self, attribute, member, node, name)
        except ValueFault as fault:
            self._report(attribute, node, fault)

    def _named(self, attribute: Attribute, name: Scalar) -> Member | None:
        try:
            return member_of(attribute, name.text)
        except ValueFault as fault:
            self._report(attribute, name, fault)
            return None

    def _listed(self, attribute: Attribute, node: Sequence) -> Iterator[Claim]:
        """Read a list: bare names are held; mappings give details; one title may come twice."""
        grouped: dict[str, tuple[Member, list[Node], Scalar]] = {}
        for item in node:
            name = item
            if isinstance(item, Mapping):
                name = item.get("名称") or item.get("name") or item
            if not isinstance(name, Scalar):
                fault = ValueFault("wrong-shape", "每一项应是名称,或写明“名称: …”")
                self._report(attribute, item, fault)
                continue
            member = self._named(attribute, name)
            if member is not None:
                grouped.setdefault(member.label, (member, [], name))[1].append(item)
        for member, items, name in grouped.values():
            value = items[0] if len(items) == 1 else Sequence(tuple(items), name.place)
            yield from self._guarded(attribute, member, value, name)

    # --- kinds -----------------------------------------------------------------------------------

    def set_member(self, attribute: Attribute, member: Member, node: Node, name: Node) -> Claim:
        """Read 是, 没有 or 不清楚 of one member."""
        key = FactKey(attribute.label, member.label)
        value, source = sourced(node, self.problems)
        if isinstance(value, Mapping):
            entry = Entry(value, self.problems)
            entry.asked |= {*_NAME_KEYS, *SOURCE_KEYS, "日期", "date", "文号"}
            source = source_of(entry)
            entry.done()
            return Claim(key, True, source, name)
        text = value.text if isinstance(value, Scalar) else ""
        if text in UNSURE_WORDS:
            return Claim(key, None, source, name)
        if text in NONE_WORDS | NEVER:
            return Claim(key, False, source, name)
        if text in YES or attribute.member(text) is member:
            return Claim(key, True, source, name)
        raise ValueFault(
            "unknown-member", f"“{member.label}”不能填“{text}”", "写“是”“没有”或“不清楚”"
        )

    def activity(self, attribute: Attribute, member: Member, node: Node, name: Node) -> Claim:
        """Read how far an activity is."""
        key = FactKey(attribute.label, member.label)
        value, source = sourced(node, self.problems)
        done_on = None
        if isinstance(value, Mapping):
            entry = Entry(value, self.problems)
            entry.asked |= {*_NAME_KEYS, *SOURCE_KEYS, "state", "done_on"}
            state_node = entry.scalar("状态") or entry.scalar("state")
            done_on = entry.day("完成日期") or entry.day("done_on")
            source = source_of(entry)
            entry.done()
            text = state_node.text if state_node else "打算"
        else:
            text = value.text if isinstance(value, Scalar) else ""
        if text in UNSURE_WORDS:
            return Claim(key, None, source, name)
        state = self._state(text, member)
        if done_on is not None and (state is not State.DONE or done_on > self.noted_on):
            raise ValueFault(
                "contradiction",
                f"“{member.label}”的完成日期 {done_on} 与状态“{text}”不符",
                "完成了的写 已完成,日期不晚于填报日期",
            )
        return Claim(key, Activity(state, done_on), source, name)

    def _state(self, text: str, member: Member) -> State:
        words = list(self.vocabulary.words("事项状态").values())
        for place, word in enumerate(words):
            if text in (word.label, word.id):
                return State(place)
        if text in NO:
            return State.NONE
        if text in YES or text in (member.label, member.id, *member.aliases):
            return State.PLANNED
        names = "、".join(word.label for word in words)
        raise ValueFault("unknown-member", f"“{text}”不是事项的状态", f"可写 {names}、不清楚")

    def tenure(self, attribute: Attribute, member: Member, node: Node, name: Node) -> Claim:
        """Read the stretches of a title or status."""
        key = FactKey(attribute.label, member.label)
        spells: list[Spell] = []
        source = ""
        items = list(node) if isinstance(node, Sequence) else [node]
        if len(items) > MAX_SPELLS:
            raise ValueFault("limit", f"“{member.label}”超过 {MAX_SPELLS} 段", "只写与条件有关的")
        for given in items:
            item, claimed = sourced(given, self.problems)
            source = claimed or source
            if isinstance(item, Mapping):
                spell, claimed = self._spell(member, item)
                source = claimed or source
                spells.append(spell)
                continue
            text = item.text if isinstance(item, Scalar) else ""
            if text in UNSURE_WORDS:
                return Claim(key, None, source, name)
            if text in NONE_WORDS:
                return Claim(key, absence(member, self.noted_on), source, name)
            if text in NEVER:
                return Claim(key, Tenure(clear_since=date.min), source, name)
            spells.append(Spell(level=self._level(member, text)))
        return Claim(key, Tenure(tuple(spells)), source, name)

    def _level(self, member: Member, text: str) -> str | None:
        """Read what stands beside a title: its level, its own name again, or 是."""
        if text in member.levels:
            return text
        if text in YES or text in (member.label, member.id, *member.aliases):
            return None
        hint = (
            f"可写 {'、'.join(member.levels)}、没有、不清楚"
            if member.levels
            else "写“是”“没有”或“不清楚”"
        )
        raise ValueFault("unknown-member", f"“{member.label}”不能填“{text}”", hint)

    def _spell(self, member: Member, node: Mapping) -> tuple[Spell, str]:
        entry = Entry(node, self.problems)
        entry.asked |= {*_NAME_KEYS, *SOURCE_KEYS, "文号", "level", "first"}
        start, end = _first_day(entry, _BEGINNINGS), _first_day(entry, _ENDS)
        level = entry.scalar("级别") or entry.scalar("level")
        first = next((entry.flag(key) for key in ("首次", "first") if node.get(key)), None)
        source = source_of(entry)
        number = entry.scalar("证书编号")
        entry.done()
        if number is not None and start is None and end is None:
            self.problems.add(
                IMPLAUSIBLE,
                f"“{member.label}”写了证书编号,没有写日期",
                number.place,
                "照证书补上取得日期和有效期;没有日期的按填报日期持有处理,不知道何时到期",
                warning=True,
            )
        if level is not None and level.text not in member.levels:
            raise ValueFault(
                "unknown-member",
                f"“{member.label}”没有“{level.text}”这一级",
                f"可写 {'、'.join(member.levels) or '(不分级别)'}",
            )
        if start and end and start > end:
            raise ValueFault(
                "contradiction", f"“{member.label}”的取得日期晚于有效期", "核对两个日期"
            )
        if start and end is None and member.months_valid:
            end = add_months(start, member.months_valid) - timedelta(days=1)
        return Spell(start, end, level.text if level else None, first), source

    def stage(self, attribute: Attribute, member: Member, node: Node, name: Node) -> Claim:
        """Read how far a listing is on one board."""
        key = FactKey(attribute.label, member.label)
        value, source = sourced(node, self.problems)
        stages = attribute.stages_of(member)
        if isinstance(value, Scalar):
            if value.text in UNSURE_WORDS:
                return Claim(key, None, source, name)
            if value.text in NONE_WORDS | NEVER:
                return Claim(key, Stage(), source, name)
            return Claim(key, Stage(_stage(stages, value.text, member)), source, name)
        if not isinstance(value, Mapping):
            raise ValueFault("wrong-shape", "写成 科创板: 受理,或 科创板: {受理: 2025-06-30}")
        entry = Entry(value, self.problems)
        source = source_of(entry) or source
        reached: list[tuple[str, date]] = []
        for stage, _ in value.pairs:
            if stage.text not in SOURCE_KEYS:
                label = _stage(stages, stage.text, member)
                day = entry.day(stage.text)
                if day is not None:
                    reached.append((label, day))
        reached.sort(key=lambda pair: attribute.stages.index(pair[0]))
        days = [day for _, day in reached]
        if days != sorted(days) or (days and days[-1] > self.noted_on):
            raise ValueFault(
                "contradiction",
                f"“{member.label}”各阶段的日期先后不对,或晚于填报日期",
                f"从早到晚是 {'、'.join(stages)}",
            )
        return Claim(key, Stage(reached[-1][0] if reached else None, tuple(reached)), source, name)


def absence(member: Member, noted_on: date) -> Tenure:
    """Give a "none" its reach: the member's look-back, else the day it was said."""
    years = member.lookback_years
    return Tenure(clear_since=add_years(noted_on, -years) if years else noted_on)


def _stage(stages: tuple[str, ...], text: str, member: Member) -> str:
    if text in stages:
        return text
    raise ValueFault(
        "unknown-member", f"“{member.label}”没有“{text}”这一阶段", f"从早到晚有 {'、'.join(stages)}"
    )


def _first_day(entry: Entry, keys: tuple[str, ...]) -> date | None:
    days = [entry.day(key) for key in keys]
    return next((day for day in days if day is not None), None)


MemberMethod = Callable[[MemberReader, Attribute, Member, Node, Node], Claim]
MEMBERWISE: dict[Kind, MemberMethod] = {
    Kind.SET: MemberReader.set_member,
    Kind.JUDGEMENT: MemberReader.set_member,
    Kind.LIST: MemberReader.set_member,
    Kind.ACTIVITIES: MemberReader.activity,
    Kind.TITLES: MemberReader.tenure,
    Kind.STATUS: MemberReader.tenure,
    Kind.STAGE: MemberReader.stage,
}

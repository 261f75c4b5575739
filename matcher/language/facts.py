"""Values of a company file -> facts: one reader per kind of attribute.

In: a YAML node and the attribute it belongs to. Out: pairs of fact key and value, with the source the
file claims. A value that cannot be understood raises `ValueFault`; the caller names the place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from matcher.language.diagnostics import Problems, did_you_mean
from matcher.language.entries import NO, YES, Entry
from matcher.language.source import Mapping, Node, Scalar, Sequence
from matcher.profile import (
    NOT_APPLICABLE,
    Activity,
    Fact,
    FactKey,
    FactValue,
    Profile,
    Rank,
    Spell,
    Stage,
    Tenure,
)
from matcher.tree import State
from matcher.values import ValueFault, add_months, add_years, parse_date, parse_number
from matcher.vocabulary.model import Attribute, Kind, Member, Vocabulary

NEVER = frozenset({"从未", "never"})
NONE_WORDS = NO | {"都没有", "none"}
UNSURE_WORDS = frozenset({"不清楚", "unsure", "unknown"})
NA_WORDS = frozenset({"不适用", "not_applicable"})


class Claim(NamedTuple):
    """One value as the file states it: what it is about, the value, and the claimed source.

    A value of None means 不清楚.
    """

    key: FactKey
    value: FactValue | None
    source: str
    node: Node


@dataclass(frozen=True)
class FactReader:
    """Reads the values of one company file."""

    vocabulary: Vocabulary
    problems: Problems
    noted_on: date

    def read(self, attribute: Attribute, node: Node, period: int | None = None) -> list[Claim]:
        """Read everything a node says of an attribute; mistakes are reported, not raised."""
        try:
            return list(self._claims(attribute, node, period))
        except ValueFault as fault:
            self.problems.add(fault.code, f"{attribute.label}:{fault}", node.place, fault.hint)
            return []

    def _claims(self, attribute: Attribute, node: Node, period: int | None) -> Iterator[Claim]:
        key = FactKey(attribute.label, None, period)
        if attribute.kind in _MEMBERWISE:
            yield from self._members(attribute, node)
            return
        if attribute.kind is Kind.RECORDS:
            yield Claim(key, tuple(self._records(attribute, node)), "", node)
            return
        value, source = self._sourced(node)
        if isinstance(value, Scalar) and value.text in UNSURE_WORDS:
            yield Claim(key, None, source, node)
        elif isinstance(value, Scalar) and value.text in NA_WORDS:
            yield Claim(key, NOT_APPLICABLE, source, node)
        else:
            yield Claim(key, self._value(attribute, value), source, node)

    def _sourced(self, node: Node) -> tuple[Node, str]:
        """Split ``{值: …, 来源: …}`` into its value and source."""
        if not isinstance(node, Mapping) or not (node.get("值") or node.get("value")):
            return node, ""
        entry = Entry(node, self.problems)
        inner = entry.get("值") or entry.get("value")
        source = entry.text("来源") or entry.text("source")
        for key in ("日期", "date", "value"):
            entry.get(key)
        entry.done()
        assert inner is not None
        return inner, source

    def _value(self, attribute: Attribute, node: Node) -> FactValue:
        if attribute.kind in (Kind.REGION, Kind.INDUSTRY) and isinstance(node, Sequence):
            nodes = [item for item in node if isinstance(item, Scalar)]
        elif isinstance(node, Scalar):
            nodes = [node]
        else:
            raise ValueFault("wrong-shape", "应是一个值", "写成“指标: 值”")
        if not nodes or not nodes[0].text.strip():
            raise ValueFault("wrong-shape", "没有填值", "不知道就写“不清楚”,或删去这一行")
        if attribute.kind is Kind.REGION:
            return tuple(self._region(item.text) for item in nodes)
        if attribute.kind is Kind.INDUSTRY:
            return tuple(self._industry(item) for item in nodes)
        return self._simple(attribute, nodes[0].text.strip())

    def _simple(self, attribute: Attribute, text: str) -> FactValue:
        if attribute.kind is Kind.TEXT:
            return text
        if attribute.kind is Kind.YES_NO:
            if text in YES or text in NO:
                return text in YES
            raise ValueFault("wrong-type", f"“{text}”不是“是”或“否”", "写“是”“否”或“不清楚”")
        if attribute.kind is Kind.NUMBER:
            assert attribute.unit is not None
            return self.vocabulary.units.parse(text, attribute.unit)
        if attribute.kind is Kind.DATE:
            return parse_date(text)
        if attribute.kind is Kind.CHOICE:
            return self._member(attribute, text).label
        if attribute.kind is Kind.RANK:
            place, _, total = text.partition("/")
            numbers = [parse_number(part) for part in (place, total) if part]
            if all(isinstance(number, int) and number > 0 for number in numbers):
                return Rank(*(int(number) for number in numbers))
            raise ValueFault("bad-number", f"“{text}”不是名次", "写成 3 或 3/120(名次/总数)")
        raise ValueFault("wrong-shape", f"“{attribute.label}”不能这样填")

    def _member(self, attribute: Attribute, name: str) -> Member:
        member = attribute.member(name)
        if member is None:
            names = [item.label for item in attribute.members]
            raise ValueFault("unknown-member", f"没有名为“{name}”的选项", did_you_mean(name, names))
        return member

    def _region(self, text: str) -> str:
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

    def _industry(self, node: Scalar) -> str:
        code = self.vocabulary.industries.find(node.text)
        if code is None:
            raise ValueFault(
                "unknown-name",
                f"行业表里没有“{node.text}”",
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

    # --- members ---------------------------------------------------------------------------------

    def _members(self, attribute: Attribute, node: Node) -> Iterator[Claim]:
        reader = _MEMBERWISE[attribute.kind]
        if isinstance(node, Scalar):
            if node.text in NONE_WORDS or node.text in NEVER:
                for member in attribute.members:
                    yield reader(self, attribute, member, node, node)
                return
            if node.text in UNSURE_WORDS:
                for member in attribute.members:
                    yield Claim(FactKey(attribute.label, member.label), None, "", node)
                return
            yield from self._listed(attribute, Sequence((node,), node.place), reader)
        elif isinstance(node, Sequence):
            yield from self._listed(attribute, node, reader)
        else:
            for key, value in node.pairs:
                named = self._named(attribute, key)
                if named is not None:
                    yield reader(self, attribute, named, value, key)

    def _named(self, attribute: Attribute, name: Scalar) -> Member | None:
        try:
            return self._member(attribute, name.text)
        except ValueFault as fault:
            self.problems.add(fault.code, f"{attribute.label}:{fault}", name.place, fault.hint)
            return None

    def _listed(
        self, attribute: Attribute, node: Sequence, reader: MemberReader
    ) -> Iterator[Claim]:
        """Read a list: bare names are held; mappings give details; one title may come twice."""
        grouped: dict[str, tuple[Member, list[Node], Scalar]] = {}
        for item in node:
            name = item
            if isinstance(item, Mapping):
                name = item.get("名称") or item.get("name") or item
            if not isinstance(name, Scalar):
                raise ValueFault("wrong-shape", "每一项应是名称,或写明“名称: …”")
            member = self._named(attribute, name)
            if member is not None:
                grouped.setdefault(member.label, (member, [], name))[1].append(item)
        for member, items, name in grouped.values():
            value = items[0] if len(items) == 1 else Sequence(tuple(items), name.place)
            yield reader(self, attribute, member, value, name)

    def set_member(self, attribute: Attribute, member: Member, node: Node, name: Node) -> Claim:
        key = FactKey(attribute.label, member.label)
        value, source = self._sourced(node)
        text = value.text if isinstance(value, Scalar) else ""
        if isinstance(node, Mapping) and not text:
            entry = Entry(node, self.problems)
            source = entry.text("来源") or entry.text("source")
        if text in UNSURE_WORDS:
            return Claim(key, None, source, name)
        return Claim(key, text not in NONE_WORDS and text not in NEVER, source, name)

    def activity(self, attribute: Attribute, member: Member, node: Node, name: Node) -> Claim:
        key = FactKey(attribute.label, member.label)
        source, done_on = "", None
        if isinstance(node, Mapping):
            entry = Entry(node, self.problems)
            for known in ("名称", "name"):
                entry.get(known)
            state_node = entry.scalar("状态") or entry.scalar("state")
            done_on = entry.day("完成日期") or entry.day("done_on")
            source = entry.text("来源") or entry.text("source")
            entry.get("state")
            entry.done()
            text = state_node.text if state_node else "打算"
        else:
            text = node.text if isinstance(node, Scalar) else ""
        if text in UNSURE_WORDS:
            return Claim(key, None, source, name)
        state = self._state(text, member)
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
        key = FactKey(attribute.label, member.label)
        nodes = list(node) if isinstance(node, Sequence) else [node]
        spells: list[Spell] = []
        source = ""
        for given in nodes:
            item, claimed = self._sourced(given)
            source = claimed or source
            if isinstance(item, Mapping):
                spell, source = self._spell(member, item)
                spells.append(spell)
                continue
            text = item.text if isinstance(item, Scalar) else ""
            if text in UNSURE_WORDS:
                return Claim(key, None, source, name)
            if text in NONE_WORDS or text in NEVER:
                return Claim(key, self._absence(member, text), source, name)
            level = text if text in member.levels else None
            spells.append(Spell(level=level))
        return Claim(key, Tenure(tuple(spells)), source, name)

    def _absence(self, member: Member, text: str) -> Tenure:
        """Give a "none" its reach: the member's look-back, or for ever where it says so."""
        if text in NEVER:
            return Tenure(clear_since=date.min)
        years = member.lookback_years
        return Tenure(clear_since=add_years(self.noted_on, -years) if years else self.noted_on)

    def _spell(self, member: Member, node: Mapping) -> tuple[Spell, str]:
        entry = Entry(node, self.problems)
        for known in ("名称", "name", "证书编号", "文号"):
            entry.get(known)
        start = _first_day(entry, ("取得日期", "列入日期", "自", "发生日期", "from"))
        end = _first_day(entry, ("有效期至", "移出日期", "至", "to"))
        level = entry.scalar("级别") or entry.scalar("level")
        first = entry.flag("首次") if node.get("首次") else None
        source = entry.text("来源") or entry.text("source")
        for known in ("level", "source", "级别"):
            entry.get(known)
        entry.done()
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
        key = FactKey(attribute.label, member.label)
        if isinstance(node, Scalar):
            if node.text in UNSURE_WORDS:
                return Claim(key, None, "", name)
            if node.text in NONE_WORDS or node.text in NEVER:
                return Claim(key, Stage(), "", name)
            return Claim(key, Stage(self._stage_name(attribute, node.text)), "", name)
        if not isinstance(node, Mapping):
            raise ValueFault("wrong-shape", "写成 科创板: 受理,或 科创板: {受理: 2025-06-30}")
        entry, source = Entry(node, self.problems), ""
        if node.get("来源") is not None:
            source = entry.text("来源")
        reached = []
        for stage, _ in node.pairs:
            if stage.text == "来源":
                continue
            day = entry.day(stage.text)
            label = self._stage_name(attribute, stage.text)
            if day is not None:
                reached.append((label, day))
        reached.sort(key=lambda pair: attribute.stages.index(pair[0]))
        return Claim(key, Stage(reached[-1][0] if reached else None, tuple(reached)), source, name)

    def _stage_name(self, attribute: Attribute, text: str) -> str:
        if text in attribute.stages:
            return text
        raise ValueFault(
            "unknown-member", f"没有“{text}”这一阶段", f"从早到晚有 {'、'.join(attribute.stages)}"
        )

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
                    if claim.value is not None:
                        facts[claim.key] = Fact(claim.value, source=claim.source)
            yield Profile(facts, self.noted_on)


def _first_day(entry: Entry, keys: tuple[str, ...]) -> date | None:
    days = [entry.day(key) for key in keys]
    return next((day for day in days if day is not None), None)


MemberReader = Callable[[FactReader, Attribute, Member, Node, Node], Claim]
_MEMBERWISE: dict[Kind, MemberReader] = {
    Kind.SET: FactReader.set_member,
    Kind.JUDGEMENT: FactReader.set_member,
    Kind.LIST: FactReader.set_member,
    Kind.ACTIVITIES: FactReader.activity,
    Kind.TITLES: FactReader.tenure,
    Kind.STATUS: FactReader.tenure,
    Kind.STAGE: FactReader.stage,
}

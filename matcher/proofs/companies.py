"""A profile as the company file that would state it, and as a case of tests/cases/.

In: facts by key. Out: plain values for YAML, which `matcher.language.profiles` reads back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import yaml

from matcher.language.printer import period_text
from matcher.language.profiles import FILED
from matcher.profile import (
    NOT_APPLICABLE,
    Activity,
    FactKey,
    FactValue,
    Profile,
    Rank,
    Spell,
    Stage,
    Tenure,
)
from matcher.tree import Days, State
from matcher.values import Number
from matcher.vocabulary.model import JUDGEMENT, LIST, MEMBER_KINDS, Attribute, Kind, Vocabulary

_NAMES = {JUDGEMENT: "认定", LIST: "名单"}
_YES, _NO, _NEVER = "是", "没有", "从未"
Company = dict[str, Any]


class CompanyWriter:
    """Writes the facts of a company with the labels of a vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def __call__(self, profile: Profile) -> Company:
        """Write a profile: 填报日期 first, yearly figures under their year."""
        said: Company = {FILED: profile.filed.isoformat()} if profile.filed else {}
        for key, fact in sorted(profile.facts.items(), key=lambda pair: self._order(pair[0])):
            attribute = self.vocabulary.attributes[key.attribute]
            name, value = _NAMES.get(attribute.label, attribute.label), self.value(key, fact.value)
            if isinstance(key.period, int):
                said.setdefault("年度", {}).setdefault(str(key.period), {})[name] = value
            elif isinstance(key.period, Days):
                said.setdefault("区间", {}).setdefault(period_text(key.period), {})[name] = value
            elif key.member is None:
                said[name] = value
            else:
                said.setdefault(name, {})[key.member] = value
        return {name: self._short(name, value) for name, value in said.items()}

    def _order(self, key: FactKey) -> tuple[int, str, str]:
        labels = list(self.vocabulary.attributes)
        return labels.index(key.attribute), str(key.period), key.member or ""

    def _short(self, name: str, value: Any) -> Any:
        """Write members that are simply held as a list, the way people do."""
        attribute = self.vocabulary.attribute(name)
        held = attribute is not None and attribute.kind in MEMBER_KINDS
        if held and isinstance(value, dict) and all(said == _YES for said in value.values()):
            return list(value)
        return value

    def value(self, key: FactKey, value: FactValue) -> Any:
        """Write one value."""
        attribute = self.vocabulary.attributes[key.attribute]
        if value is NOT_APPLICABLE:
            return NOT_APPLICABLE.value
        write = _WRITERS.get(attribute.kind)
        return write(self, attribute, value) if write else str(value)

    def flag(self, attribute: Attribute, value: bool) -> str:
        return _YES if value else _NO

    def yes_no(self, attribute: Attribute, value: bool) -> str:
        return _YES if value else "否"

    def number(self, attribute: Attribute, value: Number) -> str:
        assert attribute.unit is not None
        return self.vocabulary.units.show_best(value, attribute.unit)

    def day(self, attribute: Attribute, value: date) -> str:
        return value.isoformat()

    def regions(self, attribute: Attribute, value: tuple[str, ...]) -> Any:
        return _one_or_all(self._region(id_) for id_ in value)

    def _region(self, id_: str) -> str:
        name = self.vocabulary.regions.name(id_)
        found = [item.id for item in self.vocabulary.regions.find(name)]
        return name if found == [id_] else id_

    def industries(self, attribute: Attribute, value: tuple[str, ...]) -> Any:
        table = self.vocabulary.industries
        return _one_or_all(
            f"{code} {table.name(code)}" if table.is_listed(code) else code for code in value
        )

    def activity(self, attribute: Attribute, value: Activity) -> Any:
        words = list(self.vocabulary.words("事项状态").values())
        state = words[value.state.value].label
        if value.done_on is None or value.state is not State.DONE:
            return state
        return {"状态": state, "完成日期": value.done_on.isoformat()}

    def tenure(self, attribute: Attribute, value: Tenure) -> Any:
        if not value.spells:
            return _NEVER if value.clear_since == date.min else _NO
        return _one_or_all(self._spell(attribute, spell) for spell in value.spells)

    def _spell(self, attribute: Attribute, spell: Spell) -> Any:
        titles = attribute.kind is Kind.TITLES
        names = ("取得日期", "有效期至") if titles else ("列入日期", "移出日期")
        days = zip(names, (spell.start, spell.end), strict=True)
        said = {name: day.isoformat() for name, day in days if day is not None}
        if spell.level is not None:
            said["级别"] = spell.level
        if spell.first is not None:
            said["首次"] = self.yes_no(attribute, spell.first)
        return said or _YES

    def stage(self, attribute: Attribute, value: Stage) -> Any:
        if value.reached:
            return {label: day.isoformat() for label, day in value.reached}
        return value.current or _NO

    def rank(self, attribute: Attribute, value: Rank) -> str:
        return f"{value.place}/{value.total}" if value.total else str(value.place)

    def records(self, attribute: Attribute, value: tuple[Profile, ...]) -> Any:
        inside = CompanyWriter(self.vocabulary.inside_record(attribute.label))
        rows = [
            {key.attribute: inside.value(key, fact.value) for key, fact in row.facts.items()}
            for row in value
        ]
        return rows or _NO


def _one_or_all(values: Iterable[Any]) -> Any:
    every = list(values)
    return every[0] if len(every) == 1 else every


_WRITERS: dict[Kind, Callable[[CompanyWriter, Attribute, Any], Any]] = {
    Kind.YES_NO: CompanyWriter.yes_no,
    Kind.NUMBER: CompanyWriter.number,
    Kind.DATE: CompanyWriter.day,
    Kind.SET: CompanyWriter.flag,
    Kind.REGION: CompanyWriter.regions,
    Kind.INDUSTRY: CompanyWriter.industries,
    Kind.ACTIVITIES: CompanyWriter.activity,
    Kind.TITLES: CompanyWriter.tenure,
    Kind.STATUS: CompanyWriter.tenure,
    Kind.STAGE: CompanyWriter.stage,
    Kind.RECORDS: CompanyWriter.records,
    Kind.JUDGEMENT: CompanyWriter.flag,
    Kind.LIST: CompanyWriter.flag,
    Kind.RANK: CompanyWriter.rank,
}


class _PlainDumper(yaml.SafeDumper):
    """Writes no anchors, which readers refuse, and no quotes, as every value is read as text."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - as its base declares it

    def ignore_aliases(self, data: object) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


class Flow(dict[str, Any]):
    """A mapping that is written on one line, as cases write their company."""


_PlainDumper.add_representer(
    Flow,
    lambda dumper, value: dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True),
)


def yaml_text(value: object) -> str:
    """Write plain values as YAML."""
    text: str = yaml.dump(
        value, Dumper=_PlainDumper, allow_unicode=True, sort_keys=False, width=120
    )
    return text

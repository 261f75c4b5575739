"""Which input column is which fact: `MappedColumn`, and all of them together, `RegistryMapping`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from matcher.language.answers import said
from matcher.language.diagnostics import Problems
from matcher.language.entries import Entry
from matcher.language.members import MEMBERWISE
from matcher.profile import Fact, FactKey
from matcher.values import Unit, ValueFault
from matcher.vocabulary.model import MEMBER_KINDS, Attribute, Kind, Member, Vocabulary

if TYPE_CHECKING:
    from matcher.registry.synonyms import RegistryWords

# The columns that say one place together, from the widest to the narrowest.
LAYERS = ("省", "市", "县")
# What 部分 may say, and the part of a facts table it means.
PARTS = {
    "取得日期": "from",
    "有效期至": "to",
    "级别": "level",
    "首次": "first",
    "完成日期": "done",
}
_PARTS_OF = {
    Kind.TITLES: ("取得日期", "有效期至", "级别", "首次"),
    Kind.STATUS: ("取得日期", "有效期至", "级别", "首次"),
    Kind.ACTIVITIES: ("完成日期",),
}
# Kinds that one column may answer for all members, as a list of those that hold.
LISTABLE = frozenset(
    {Kind.SET, Kind.TITLES, Kind.STATUS, Kind.ACTIVITIES, Kind.LIST, Kind.JUDGEMENT}
)
# 记录 have no columns in a facts table; 参数 belong to the deployment, not to a company.
UNMAPPABLE = frozenset({Kind.RECORDS, Kind.PARAMETER})


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """One input column, or several that say one place together, and the fact it holds.

    ``types`` are those of `SourceColumn`. ``source`` names the department whose data these are, as of
    ``noted_on``; ``rates`` give 元 for one unit of a foreign currency.
    """

    names: tuple[str, ...]
    attribute: Attribute
    member: Member | None = None
    year: int | None = None
    part: str = ""
    unit: Unit | None = None
    source: str = ""
    noted_on: date | None = None
    complete: bool = False
    rates: dict[str, Fraction] = field(default_factory=dict)
    lenient: bool = False
    types: tuple[str, ...] = ("text",)

    @property
    def key(self) -> FactKey:
        """The fact; of a list column the attribute without a member."""
        member = self.member.label if self.member else None
        return FactKey(self.attribute.label, member, self.year)

    @property
    def name(self) -> str:
        """The input column as messages name it."""
        return "、".join(self.names)

    @property
    def label(self) -> str:
        """The fact as messages name it."""
        return said(self.key)

    @property
    def is_list(self) -> bool:
        """Whether the column names all members that hold."""
        return self.member is None and self.attribute.kind in LISTABLE


@dataclass(frozen=True)
class RegistryMapping:
    """All columns of one registry, what every row shares, and what was noticed on the way.

    ``registers`` says that a company nobody knows yet is registered (新企业: 登记), where rows are taken
    into a registry; by default such a row is reported.
    """

    columns: tuple[MappedColumn, ...]
    words: RegistryWords
    filed: date | None = None
    shared: tuple[tuple[FactKey, Fact], ...] = ()
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    registers: bool = False


def is_yearly(attribute: Attribute) -> bool:
    """Say whether facts of the attribute belong to a year; those known by member never do."""
    return attribute.yearly and attribute.kind not in MEMBERWISE


def needs_member(attribute: Attribute) -> bool:
    """Say whether a fact of the attribute is one of its members'."""
    return attribute.kind in MEMBER_KINDS or attribute.kind is Kind.STAGE


def part_named(text: str, attribute: Attribute, member: Member | None) -> str:
    """Find the part of a fact that 部分 names; raises `ValueFault` with those that fit."""
    if attribute.kind is Kind.STAGE:
        stages = attribute.stages_of(member)
        if text in stages:
            return f"on{attribute.stages.index(text)}"
        message = f"“{member.label if member else attribute.label}”没有“{text}”这一阶段"
        raise ValueFault("unknown-member", message, f"可写 {'、'.join(stages)}")
    fitting = _PARTS_OF.get(attribute.kind, ())
    if text not in fitting:
        message = f"“{attribute.label}”没有“{text}”这一部分"
        hint = f"可写 {'、'.join(fitting)}" if fitting else "删去“部分”"
        raise ValueFault("unknown-member", message, hint)
    if text == "级别" and not (member and member.levels):
        name = member.label if member else attribute.label
        raise ValueFault("unknown-member", f"“{name}”不分级别", "删去这一列的映射")
    return PARTS[text]


def read_part(
    entry: Entry, attribute: Attribute | None, member: Member | None, problems: Problems
) -> str:
    """Read 部分 of an entry of a mapping or of the synonym table; empty where it says none."""
    node = entry.scalar("部分")
    if node is None or attribute is None:
        return ""
    try:
        return part_named(node.text, attribute, member)
    except ValueFault as fault:
        problems.add(fault.code, str(fault), node.place, fault.hint)
        return ""


def may_attest(column: MappedColumn, member: Member | None, vocabulary: Vocabulary) -> bool:
    """Say whether the column's department can vouch for the fact of a member."""
    if not column.source:
        return False
    if column.attribute.kind is Kind.JUDGEMENT:
        return True
    label = member.label if member else None
    custodian, attestable = vocabulary.custodian(column.attribute.label, label)
    return attestable and custodian == column.source


def clashes(columns: Iterable[MappedColumn]) -> Iterator[tuple[MappedColumn, MappedColumn]]:
    """Find the columns that would say one and the same thing."""
    taken: dict[tuple[FactKey, str], MappedColumn] = {}
    for column in columns:
        first = taken.setdefault((column.key, column.part), column)
        if first is not column:
            yield first, column

"""The columns of a synthetic registry: what each is called, holds and means; the mapping that says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

import yaml

from matcher.vocabulary.model import Vocabulary
from seeds.distributions import Distributions

CODE, NAME = "统一社会信用代码", "企业名称"
PLACE, PLANNED_PLACE, INDUSTRY, FOUNDED = "注册地", "拟投资地", "行业", "成立日期"
EMPLOYEES, REVENUE, RESEARCH, ASSETS = "从业人员", "营业收入", "研发费用", "资产总额"
TALENTS, ABOVE_SCALE = "高层次人才人数", "规上状态"
TITLES, STAGES, ACTIVITIES = "资质", "上市阶段", "事项"
GRANTED, ENDS, LEVEL = "取得日期", "有效期至", "级别"
# The titles whose certificates a department keeps with their dates.
DATED = ("高新技术企业", "专精特新中小企业")
LEVELLED = "绿色工厂"
COOPERATIVES = "合作社及农户"


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    YES_NO = "yes_no"
    COUNT = "count"
    MONEY = "money"
    DATE = "date"


@dataclass(frozen=True)
class Column:
    """One column of the table and the fact it states.

    ``absent`` is the factor of the missing share in thousandths, 0 for one that is never missing.
    """

    header: str
    kind: Kind
    attribute: str
    absent: int
    member: str | None = None
    year: int | None = None
    unit: str = ""
    part: str = ""


def columns(given: Distributions) -> list[Column]:
    """List every column in the order of the table."""
    registered = given.absent["登记"]
    listed = [
        Column(CODE, Kind.TEXT, CODE, 0),
        Column(NAME, Kind.TEXT, NAME, 0),
        Column(PLACE, Kind.TEXT, PLACE, registered),
        Column(PLANNED_PLACE, Kind.TEXT, PLANNED_PLACE, registered),
        Column(INDUSTRY, Kind.TEXT, INDUSTRY, registered),
        Column(FOUNDED, Kind.DATE, FOUNDED, registered),
        *(Column(owner, Kind.YES_NO, owner, registered) for owner in given.owners),
        *_figures(given),
    ]
    for status in given.thresholds:
        absent = given.absent[ABOVE_SCALE]
        listed.append(Column(status, Kind.YES_NO, ABOVE_SCALE, absent, status))
    for option in given.options:
        kind = Kind.TEXT if option.attribute in (STAGES, ACTIVITIES) else Kind.YES_NO
        listed.append(Column(option.header, kind, option.attribute, option.absent, option.member))
        if option.attribute == TITLES:
            listed.extend(_certificate(listed[-1]))
    return listed


def _figures(given: Distributions) -> Iterator[Column]:
    absent, last = given.absent["经营"], given.reference.year - 1
    for attribute in (EMPLOYEES, REVENUE, RESEARCH, ASSETS):
        kind = Kind.COUNT if attribute == EMPLOYEES else Kind.MONEY
        unit = "人" if attribute == EMPLOYEES else "万元"
        header = attribute if attribute == EMPLOYEES else f"{attribute}(万元)"
        yield Column(header, kind, attribute, absent, year=last, unit=unit)
        before = f"{last - 1}年{header}"
        yield Column(before, kind, attribute, absent, year=last - 1, unit=unit)
    yield Column(TALENTS, Kind.COUNT, TALENTS, absent, unit="人")


def _certificate(title: Column) -> Iterator[Column]:
    """List the further columns of a title."""
    parts = {GRANTED: Kind.DATE, ENDS: Kind.DATE} if title.header in DATED else {}
    if title.header == LEVELLED:
        parts = {LEVEL: Kind.TEXT}
    for part, kind in parts.items():
        header = title.header + part
        yield Column(header, kind, TITLES, title.absent, title.member, part=part)


def mapping(given: Distributions, as_of: date, vocabulary: Vocabulary) -> str:
    """Write the mapping as YAML: what a custodian can attest is attested on ``as_of``."""
    lines = [
        f"# {given.description}(mianshen seed registry)。",
        f"填报日期: {as_of.isoformat()}",
        "列:",
        *(f"  - {_flow(_entry(item, as_of, vocabulary))}" for item in columns(given)),
        "忽略: []",
    ]
    return "\n".join(lines) + "\n"


def _entry(column: Column, as_of: date, vocabulary: Vocabulary) -> dict[str, object]:
    entry: dict[str, object] = {"列": column.header, "指标": column.attribute}
    if column.member:
        entry["项"] = column.member
    if column.part:
        entry["部分"] = column.part
    if column.year:
        entry["年度"] = "上年度" if column.year == as_of.year - 1 else column.year
    if column.unit:
        entry["单位"] = column.unit
    custodian, attestable = vocabulary.custodian(column.attribute, column.member)
    if attestable:
        entry |= {"来源": custodian, "日期": as_of}
    return entry


def _flow(entry: dict[str, object]) -> str:
    """Write an entry on one line."""
    dumped: str = yaml.safe_dump(
        entry, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6
    )
    return dumped.strip()

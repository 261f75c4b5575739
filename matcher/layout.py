"""How facts stand in a facts table: one row a company, one group of columns a fact.

`Layout` says which facts a table has columns for and what the columns are called; a fact without a
column is unknown for every row. Every column is nullable and NULL means unknown. By kind of attribute:

| kind | main column | further columns |
| --- | --- | --- |
| 文本 | the text | |
| 是否, 多选, 认定, 名单 | true or false | |
| 数值, 参数 | whole number: the base-unit value times `scale_of` | |
| 日期 | the day | |
| 单选 | place among the attribute's members, from 0 | |
| 区域, 行业 | place in `Layout.dictionaries`: distinct values of the table | |
| 事项 | `State.value` | ``done``: day of completion |
| 资质, 状态 | number of stretches, 0 for none | ``clear``: day from which absence is known; \
``from1 to1 level1 first1`` … of each stretch |
| 阶段 | place among the attribute's stages, -1 for none | ``on0`` …: day a stage was reached |
| 排名 | the place | ``total`` |

不适用 (kinds that are not known member by member) is true in the further column ``na``; the main column
is NULL there. 记录 have no columns: no table of one row a company can hold them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from math import lcm
from typing import Any

from matcher.profile import FactKey
from matcher.tree import Days
from matcher.values import FIRST_YEAR, MONEY, Unit, Units
from matcher.vocabulary.model import Kind, Vocabulary

# The first day a table states; absence known "for ever" counts from it.
FIRST_DAY = date(FIRST_YEAR, 1, 1)
# The largest stored number: products with a threshold still fit, and no figure of a company is larger.
MAX_NUMBER = 10**17
MAX_NAME = 60  # PostgreSQL cuts names at 63 bytes
WHOLE = frozenset({"人数", "件数"})
DECIMALS = 6  # digits after the point that a number may have as written, see `parse_number`
# The columns every facts table begins with: row number in the input, credit code, name, branch.
ROW, CODE, NAME, BRANCH = "row_number", "credit_code", "company_name", "is_branch"

# What a further column holds, by its name without the number of the stretch or stage.
PART_TYPES = {
    "na": "boolean",
    "done": "date",
    "clear": "date",
    "from": "date",
    "to": "date",
    "level": "int16",
    "first": "boolean",
    "on": "date",
    "total": "int32",
}
MAIN_TYPES = {
    Kind.TEXT: "string",
    Kind.YES_NO: "boolean",
    Kind.SET: "boolean",
    Kind.JUDGEMENT: "boolean",
    Kind.LIST: "boolean",
    Kind.NUMBER: "int64",
    Kind.PARAMETER: "int64",
    Kind.DATE: "date",
    Kind.CHOICE: "int16",
    Kind.REGION: "int32",
    Kind.INDUSTRY: "int32",
    Kind.ACTIVITIES: "int16",
    Kind.TITLES: "int16",
    Kind.STATUS: "int16",
    Kind.STAGE: "int16",
    Kind.RANK: "int32",
}


def part_type(part: str) -> str:
    """Give the type of a further column: ``from2`` is a date."""
    return PART_TYPES[part.rstrip("0123456789")]


def scale_of(unit: Unit, units: Units) -> int:
    """Give the factor that makes every number written in a unit's dimension whole.

    1 for money (分), people and pieces; else enough for six decimals of the smallest unit.
    """
    if unit.dimension == MONEY or unit.dimension in WHOLE:
        return 1
    factors = {item.factor for item in units.by_name.values() if item.dimension == unit.dimension}
    return lcm(*(Fraction(item, 10**DECIMALS).denominator for item in factors))


def column_name(key: FactKey, vocabulary: Vocabulary) -> str:
    """Give the main column of a fact, in English ids: ``revenue_2024``, ``titles__hnte``."""
    attribute = vocabulary.attributes[key.attribute]
    name = attribute.id
    if key.member is not None:
        member = attribute.member(key.member)
        name += f"__{member.id if member else key.member}"
    if isinstance(key.period, Days):
        name += f"_{key.period.first:%Y%m%d}_{key.period.last:%Y%m%d}"
    elif key.period is not None:
        name += f"_{key.period}"
    if key.measure:
        name += f"__for_{key.measure}"
    room = MAX_NAME - len("__first99")
    if len(name.encode()) > room:
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = name.encode()[: room - 9].decode(errors="ignore") + "_" + digest
    return name


@dataclass(frozen=True, slots=True)
class Stored:
    """The columns of one fact: the main one, and which further ones the table has.

    ``attested`` says whether the column's custodian vouches for it. Where that differs from row to
    row, ``attested_name`` is a column that repeats only the attested values.
    """

    name: str
    parts: frozenset[str] = frozenset()
    attested: bool = False
    attested_name: str = ""
    source: str = ""

    def part(self, part: str) -> str:
        """Give the name of a further column."""
        return f"{self.name}__{part}"

    @property
    def stretches(self) -> int:
        """How many stretches the columns have room for; one without days where none is named."""
        numbered = [int(part.lstrip("abcdefghijklmnopqrstuvwxyz") or 0) for part in self.parts]
        return max([1, *numbered])


@dataclass(frozen=True)
class Layout:
    """The facts that a table has columns for."""

    facts: Mapping[FactKey, Stored] = field(default_factory=dict)
    filed: date | None = None
    # Distinct values of region and industry columns, by attribute label, in the order of their codes.
    dictionaries: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    def attested(self) -> Layout:
        """Give the layout of the same table with everything that is declared left out."""
        kept = {}
        for key, stored in self.facts.items():
            if stored.attested:
                kept[key] = stored
            elif stored.attested_name:
                kept[key] = replace(stored, name=stored.attested_name, parts=frozenset())
        return replace(self, facts=kept)

    def columns(self, vocabulary: Vocabulary) -> dict[str, str]:
        """List every column of the table with its type, reserved ones first."""
        columns = {ROW: "int64", CODE: "string", NAME: "string", BRANCH: "boolean"}
        for key, stored in self.facts.items():
            main = MAIN_TYPES[vocabulary.attributes[key.attribute].kind]
            columns[stored.name] = main
            columns |= {stored.part(part): part_type(part) for part in sorted(stored.parts)}
            if stored.attested_name:
                columns[stored.attested_name] = main
        return columns

    def to_json(self) -> dict[str, Any]:
        """Give the layout as plain data, for the file beside the table."""
        return {
            "filed_on": self.filed.isoformat() if self.filed else None,
            "facts": [
                {
                    "attribute": key.attribute,
                    "member": key.member,
                    "period": _period_json(key.period),
                    "measure": key.measure,
                    "column": stored.name,
                    "parts": sorted(stored.parts),
                    "attested": stored.attested,
                    "attested_column": stored.attested_name,
                    "source": stored.source,
                }
                for key, stored in self.facts.items()
            ],
            "dictionaries": {
                label: [list(value) for value in values]
                for label, values in self.dictionaries.items()
            },
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Layout:
        """Read what `to_json` gave."""
        facts = {
            FactKey(
                item["attribute"], item["member"], _period(item["period"]), item["measure"]
            ): Stored(
                item["column"],
                frozenset(item["parts"]),
                item["attested"],
                item["attested_column"],
                item["source"],
            )
            for item in data["facts"]
        }
        filed = date.fromisoformat(data["filed_on"]) if data["filed_on"] else None
        dictionaries = {
            label: tuple(tuple(value) for value in values)
            for label, values in data["dictionaries"].items()
        }
        return cls(facts, filed, dictionaries)


def _period_json(period: int | Days | None) -> Any:
    if isinstance(period, Days):
        return [period.first.isoformat(), period.last.isoformat()]
    return period


def _period(data: Any) -> int | Days | None:
    if isinstance(data, list):
        return Days(date.fromisoformat(data[0]), date.fromisoformat(data[1]))
    return data  # type: ignore[no-any-return]

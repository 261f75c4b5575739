"""The tables of a run's summary, in the order in which people read them.

In: a `Summary`. Out: `Table` values of plain cells, which the workbook writes as sheets and the page as
HTML tables, so that both say the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from matcher.finding import Delivery
from matcher.registry.summary import GroupCount, Summary
from matcher.terminal import FOOTER

Cell = str | int | float | None

UNDECIDED = "兑现待细则"
UNKNOWN_KEEPER = "没有写明"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_NO_CHARACTERS = "\ufffe\uffff"
DELIVERIES = tuple(item.value for item in Delivery)
MEASURES, COUNTIES, INDUSTRIES, GAPS, SHOPPING = (
    "按措施",
    "按县区",
    "按行业",
    "缺少的数据",
    "共享清单",
)


class Kind(Enum):
    """What the cells of a column are."""

    TEXT = "text"
    REMARK = "remark"  # text that a page shows small, under the row's name
    NUMBER = "number"
    SHARE = "share"  # of one: 0.25 is 25 %


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; ``on_page`` is False where only the workbook has room for it."""

    head: str
    kind: Kind
    on_page: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A named table; the cells of a row stand in the order of the columns, None for nothing."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def values(self, head: str) -> list[Cell]:
        """Give the cells below a head."""
        place = [column.head for column in self.columns].index(head)
        return [row[place] for row in self.rows]


def shown(text: str) -> str:
    """Make characters visible that would change how a text reads or cannot be written: ``[U+202E]``.

    Those are control, format (bidirectional, zero-width) and surrogate characters, line breaks, and
    the two code points that XML does not allow.
    """
    return "".join(
        f"[U+{ord(character):04X}]"
        if unicodedata.category(character) in _HIDDEN or character in _NO_CHARACTERS
        else character
        for character in text
    )


def share(part: int, whole: int) -> float | None:
    """Give a part of a whole, None of nothing."""
    return part / whole if whole else None


def deliveries(summary: Summary) -> dict[str, int]:
    """Count the findings that are met by 兑现方式, those without one last; only what occurs."""
    totals: dict[str, int] = {}
    for measure in summary.measures:
        for name, count in measure.deliveries.items():
            totals[name] = totals.get(name, 0) + count
    names = [*DELIVERIES, *sorted(set(totals) - set(DELIVERIES))]
    counted = {name: totals[name] for name in names if totals.get(name)}
    undecided = sum(item.met for item in summary.measures) - sum(counted.values())
    return counted | ({UNDECIDED: undecided} if undecided else {})


def tables(summary: Summary) -> tuple[Table, ...]:
    """Give every table of a summary."""
    return (
        by_measure(summary),
        _by_group(COUNTIES, "县区", summary.counties),
        _by_group(INDUSTRIES, "行业", summary.industries),
        missing(summary),
        shopping_list(summary),
    )


def by_measure(summary: Summary) -> Table:
    """Give the measures with what companies came to, those with the most met first."""
    ways = list(deliveries(summary))
    columns = (
        Column("措施", Kind.TEXT),
        Column("编号", Kind.REMARK),
        Column("政策文件", Kind.REMARK, on_page=False),
        Column("兑付依据", Kind.REMARK),
        Column("部门", Kind.REMARK),
        Column("符合", Kind.NUMBER),
        *(Column(way, Kind.NUMBER) for way in ways),
        Column("待补充", Kind.NUMBER),
        Column("不符合", Kind.NUMBER),
        Column("比对的企业", Kind.NUMBER, on_page=False),
        Column("符合占比", Kind.SHARE, on_page=False),
    )
    rows = []
    for item in sorted(summary.measures, key=lambda item: (-item.met, -item.open)):
        counted = item.deliveries | {UNDECIDED: item.met - sum(item.deliveries.values())}
        rows.append(
            (
                shown(item.title),
                shown(item.measure),
                shown(item.document),
                shown(item.benefit_basis),
                shown("、".join(item.departments)),
                item.met,
                *(counted.get(way, 0) for way in ways),
                item.open,
                item.unmet,
                item.companies,
                share(item.met, item.companies),
            )
        )
    return Table(MEASURES, columns, tuple(rows))


def _by_group(name: str, head: str, groups: Iterable[GroupCount]) -> Table:
    columns = (
        Column(head, Kind.TEXT),
        Column("企业", Kind.NUMBER),
        Column("有符合措施的企业", Kind.NUMBER),
        Column("有符合措施的占比", Kind.SHARE),
        Column("可免申即享的企业", Kind.NUMBER),
        Column("符合的结果", Kind.NUMBER),
    )
    rows = tuple(
        (
            shown(item.name),
            item.companies,
            item.with_met,
            share(item.with_met, item.companies),
            item.automatic,
            item.met,
        )
        for item in sorted(groups, key=lambda item: (-item.with_met, -item.companies))
    )
    return Table(name, columns, rows)


def missing(summary: Summary) -> Table:
    """Give the facts that are missing, those that hold the most findings open first."""
    columns = (
        Column("缺少的数据", Kind.TEXT),
        Column("谁掌握", Kind.TEXT),
        Column("能否由部门核验", Kind.TEXT),
        Column("涉及的结果", Kind.NUMBER),
        Column("占待补充", Kind.SHARE),
        Column("只缺这一项的结果", Kind.NUMBER),
    )
    rows = tuple(
        (
            shown(item.fact),
            shown(item.custodian) or UNKNOWN_KEEPER,
            "能核验" if item.attestable else "不能,要企业填写",
            item.findings,
            share(item.findings, summary.open_findings),
            item.alone,
        )
        for item in sorted(summary.gaps, key=lambda item: -item.findings)
    )
    return Table(GAPS, columns, rows)


def shopping_list(summary: Summary) -> Table:
    """Give the facts worth sharing in their order, with what each settles and all up to it."""
    columns = (
        Column("顺序", Kind.NUMBER, on_page=False),  # the page counts the rows itself
        Column("要共享的数据", Kind.TEXT),
        Column("谁掌握", Kind.TEXT),
        Column("这一项新确定的结果", Kind.NUMBER),
        Column("累计确定的结果", Kind.NUMBER),
        Column("累计占待补充", Kind.SHARE),
    )
    rows, before = [], 0
    for place, step in enumerate(summary.shopping_list, start=1):
        rows.append(
            (
                place,
                shown(step.fact),
                shown(step.custodian) or UNKNOWN_KEEPER,
                step.settled - before,
                step.settled,
                share(step.settled, summary.open_findings),
            )
        )
        before = step.settled
    return Table(SHOPPING, columns, tuple(rows))


def overview(summary: Summary) -> Table:
    """Give the run's own figures, one a row, then what was not compared and the warnings."""
    met = sum(item.met for item in summary.measures)
    rows: list[tuple[Cell, ...]] = [
        ("输入", shown(summary.input), ""),
        ("基准日", summary.as_of.isoformat(), "按这一天有效的条文和数据比对"),
        ("规则版本", shown(summary.rules_version), f"{len(summary.measures)} 项支持措施"),
        ("计算引擎", shown(summary.engine), ""),
        ("输入的行", summary.rows, "采用的行与退回的行相加"),
        ("采用的企业", summary.accepted, "每行一家"),
        ("其中分支机构", summary.branches, ""),
        ("退回的行", summary.rejected, "行号、原因和改法在 rejected.csv"),
        ("有符合措施的企业", summary.with_met, "至少符合一项"),
        ("有符合措施的占比", share(summary.with_met, summary.accepted), "占采用的企业"),
        ("可免申即享的企业", summary.automatic, "至少有一项可免申即享"),
        ("可免申即享的占比", share(summary.automatic, summary.accepted), "占采用的企业"),
        ("符合的结果", met, "一家企业对一项措施算一条结果"),
        *((f"其中{shown(way)}", count, "") for way, count in deliveries(summary).items()),
        ("待补充的结果", summary.open_findings, "缺数据,定不下来"),
        ("不符合的结果", sum(item.unmet for item in summary.measures), ""),
        *(("没有比对的措施", shown(item), "") for item in summary.refused),
        *(("提示", shown(item), "") for item in summary.warnings),
        ("说明", FOOTER, ""),
    ]
    columns = (Column("项目", Kind.TEXT), Column("数值", Kind.TEXT), Column("说明", Kind.TEXT))
    return Table("概况", columns, tuple(rows))

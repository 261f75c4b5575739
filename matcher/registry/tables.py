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
from matcher.registry.summary import Gap, GroupCount, MeasureCount, Step, Summary
from matcher.terminal import FOOTER

Cell = str | int | float | None

TITLE = "企业与支持措施比对结果"
UNDECIDED = "兑现待细则"
UNKNOWN_KEEPER = "没有写明"
BEST, UNPROVEN = "同样项数里最多", "没有证明是最多"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_NO_CHARACTERS = "\ufffe\uffff"
DELIVERIES = tuple(item.value for item in Delivery)


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
        for name, count in by_way(measure).items():
            totals[name] = totals.get(name, 0) + count
    names = [*DELIVERIES, *sorted(set(totals) - {*DELIVERIES, UNDECIDED}), UNDECIDED]
    return {name: totals[name] for name in names if totals.get(name)}


def by_way(measure: MeasureCount) -> dict[str, int]:
    """Count the findings of one measure that are met by 兑现方式, those without one too."""
    return measure.deliveries | {UNDECIDED: measure.undecided}


def keeper(item: Gap | Step) -> str:
    """Name who keeps a fact."""
    return shown(item.custodian) or UNKNOWN_KEEPER


def tables(summary: Summary) -> tuple[Table, ...]:
    """Give every table of a summary."""
    return (
        by_measure(summary),
        _by_group("县区", summary.counties),
        _by_group("行业", summary.industries),
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
        counted = by_way(item)
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
    return Table("按措施", columns, tuple(rows))


def _by_group(what: str, groups: Iterable[GroupCount]) -> Table:
    columns = (
        Column(what, Kind.TEXT),
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
        for item in groups
    )
    return Table(f"按{what}", columns, rows)


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
            keeper(item),
            "能核验" if item.attestable else "不能,要企业填写",
            item.findings,
            share(item.findings, summary.open_findings),
            item.alone,
        )
        for item in summary.gaps
    )
    return Table("缺少的数据", columns, rows)


def shopping_list(summary: Summary) -> Table:
    """Give the facts worth sharing in their order, with what each settles and all up to it."""
    columns = (
        Column("顺序", Kind.NUMBER, on_page=False),  # the page counts the rows itself
        Column("要共享的数据", Kind.TEXT),
        Column("谁掌握", Kind.TEXT),
        Column("这一项新确定的结果", Kind.NUMBER),
        Column("累计确定的结果", Kind.NUMBER),
        Column("累计占待补充", Kind.SHARE),
        Column("与同样项数的其他数据比", Kind.REMARK),
    )
    rows = tuple(
        (
            place,
            shown(step.fact),
            keeper(step),
            step.added,
            step.settled,
            share(step.settled, summary.open_findings),
            _compared(step),
        )
        for place, step in enumerate(summary.shopping_list, start=1)
    )
    return Table("共享清单", columns, rows)


def _compared(step: Step) -> str:
    """Say whether other facts, as many as up to this step, would settle more."""
    if step.better is None:
        return BEST if step.proven else UNPROVEN
    without, instead = (
        "、".join(f"“{shown(name)}”" for name in names)
        for names in (step.better.without, step.better.instead)
    )
    said = f"把{without}换成{instead},累计能确定 {step.better.settled:,}"
    return said if step.proven else f"{said}({UNPROVEN})"


def overview(summary: Summary) -> Table:
    """Give the run's own figures, one a row, then what was not compared and the warnings."""
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
        ("符合的结果", summary.met, "一家企业对一项措施算一条结果"),
        *((f"其中{shown(way)}", count, "") for way, count in deliveries(summary).items()),
        ("待补充的结果", summary.open_findings, "缺数据,定不下来"),
        ("不符合的结果", summary.unmet, ""),
        *(("没有比对的措施", shown(item), "") for item in summary.refused),
        *(("提示", shown(item), "") for item in summary.warnings),
        ("说明", FOOTER, ""),
    ]
    columns = (Column("项目", Kind.TEXT), Column("数值", Kind.TEXT), Column("说明", Kind.TEXT))
    return Table("概况", columns, tuple(rows))

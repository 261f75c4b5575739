"""Write a run's summary as one HTML file that loads nothing: to open, to send and to print.

The page's policy lets in its own stylesheet by its hash and nothing else. Equal summaries give equal bytes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from matcher.finding import Delivery
from matcher.registry.charts import NARROW, WIDE, Bar, Series, draw
from matcher.registry.summary import GroupCount, Summary
from matcher.registry.tables import (
    BEST,
    TITLE,
    UNDECIDED,
    UNPROVEN,
    Cell,
    Column,
    Kind,
    Table,
    by_way,
    deliveries,
    keeper,
    share,
    shown,
    tables,
)
from matcher.terminal import FOOTER

if TYPE_CHECKING:
    from jinja2 import Environment

MAX_BARS = 20
OPEN_ROWS = 12  # a longer table is folded below its chart
TOP_STEPS = 3
_TONES = {
    Delivery.AUTOMATIC.value: "automatic",
    Delivery.EXPRESS.value: "express",
    Delivery.APPLICATION.value: "application",
    Delivery.SERVICE.value: "service",
    Delivery.GUIDANCE.value: "guidance",
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart with its heading and legend; the page shows the drawing that fits."""

    title: str
    series: tuple[Series, ...]
    wide: Markup
    narrow: Markup


def write_page(summary: Summary, path: Path) -> None:
    """Write ``summary.html``."""
    path.write_text(render_page(summary), encoding="utf-8", newline="\n")


def render_page(summary: Summary) -> str:
    """Give the whole page as text."""
    environment = _environment()
    style = environment.get_template("summary.css").render(as_of=summary.as_of.isoformat())
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    measures, counties, industries, gaps, shopping = tables(summary)
    return environment.get_template(
        "summary.html"
    ).render(
        summary=summary,
        style=Markup(style),  # noqa: S704 - our own file; only a date is filled in
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        ways=deliveries(summary),
        documents=_documents(summary),
        measures=measures,
        counties=counties,
        industries=industries,
        gaps=gaps,
        shopping=shopping,
        met_chart=_met_chart(summary),
        open_chart=_open_chart(summary),
        county_chart=_group_chart(counties, summary.counties),
        industry_chart=_group_chart(industries, summary.industries),
        gap_chart=_gap_chart(summary),
        step_chart=_step_chart(summary),
        first_steps=summary.shopping_list[:TOP_STEPS],
        footer=FOOTER,
    )


def _documents(summary: Summary) -> dict[str, str]:
    """Give the titles of the documents by the part of the measures' ids that names them."""
    return {item.measure.rpartition("/")[0]: item.document for item in summary.measures}


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("matcher.registry"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": shown, "cell": _cell, "percent": _percent}
    environment.globals |= {
        "Kind": Kind,
        "OPEN_ROWS": OPEN_ROWS,
        "BEST": BEST,
        "TITLE": TITLE,
        "UNDECIDED": UNDECIDED,
        "UNPROVEN": UNPROVEN,
        "share": share,
        "lines": _lines,
    }
    return environment


def _cell(cell: Cell) -> str:
    """Say a cell; a share has one decimal, and none of nothing is 无."""
    if cell is None:
        return "无"
    if isinstance(cell, float):
        return f"{cell:.1%}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def _percent(part: int, whole: int) -> str:
    return _cell(share(part, whole))


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table on the page: its name, the remarks under it, and the other cells."""

    name: str
    remarks: tuple[str, ...]
    cells: tuple[tuple[str, str, str], ...]  # head, what to show, class: n a figure, z a zero


def _lines(table: Table) -> list[Line]:
    """Lay a table out for the page: the first text is the row's name, remarks go under it."""
    naming = next(i for i, column in enumerate(table.columns) if column.kind is Kind.TEXT)
    lines = []
    for row in table.rows:
        placed = [
            (column, _cell(cell))
            for i, (column, cell) in enumerate(zip(table.columns, row, strict=True))
            if i != naming and column.on_page
        ]
        lines.append(
            Line(
                _cell(row[naming]),
                tuple(text for column, text in placed if column.kind is Kind.REMARK and text),
                tuple(
                    (column.head, text, _look(column, text))
                    for column, text in placed
                    if column.kind is not Kind.REMARK
                ),
            )
        )
    return lines


def _look(column: Column, text: str) -> str:
    if column.kind is Kind.TEXT:
        return ""
    return "n z" if text == "0" else "n"


def _chart(title: str, series: Sequence[Series], bars: Iterable[Bar]) -> Chart | None:
    """Draw the bars that have a length; None where none has one."""
    kept = [bar for bar in bars if sum(bar.parts)][:MAX_BARS]
    if not kept:
        return None
    says = f"条形图:{title}。数字见图下的表格。"
    wide, narrow = (Markup(draw(says, series, kept, shape)) for shape in (WIDE, NARROW))  # noqa: S704
    return Chart(title, tuple(series), wide, narrow)


def _most(title: str, count: int, unit: str) -> str:
    """Give a chart's title; a cut one says how many bars of how many it shows."""
    return f"{title}(前 {MAX_BARS} {unit},共 {count:,} {unit})" if count > MAX_BARS else title


def _met_chart(summary: Summary) -> Chart | None:
    ways = list(deliveries(summary))
    series = [Series(way, _TONES.get(way, "undecided")) for way in ways]
    bars = []
    for item in sorted(summary.measures, key=lambda item: -item.met):
        counted = by_way(item)
        parts = tuple(counted.get(way, 0) for way in ways)
        bars.append(Bar(shown(item.title), parts, f"{item.met:,}"))
    count = sum(1 for item in summary.measures if item.met)
    return _chart(_most("符合的企业最多的措施", count, "项"), series, bars)


def _open_chart(summary: Summary) -> Chart | None:
    bars = [
        Bar(shown(item.title), (item.open,), f"{item.open:,}")
        for item in sorted(summary.measures, key=lambda item: -item.open)
    ]
    count = sum(1 for item in summary.measures if item.open)
    title = _most("待补充的企业最多的措施", count, "项")
    return _chart(title, [Series("待补充", "open")], bars)


def _group_chart(table: Table, groups: Sequence[GroupCount]) -> Chart | None:
    what = table.columns[0].head
    series = [
        Series("可免申即享的企业", "automatic"),
        Series("其他有符合措施的企业", "express"),
        Series("没有符合措施的企业", "rest"),
    ]
    bars = [
        Bar(
            shown(item.name),
            (item.automatic, item.with_met - item.automatic, item.companies - item.with_met),
            f"{item.with_met:,}({_percent(item.with_met, item.companies)})",
        )
        for item in groups
    ]
    title = _most(f"各{what}有符合措施的企业", len(groups), "个")
    return _chart(title, series, bars)


def _gap_chart(summary: Summary) -> Chart | None:
    series = [Series("只缺这一项", "open"), Series("还缺别的数据", "open-more")]
    bars = [
        Bar(
            f"{shown(item.fact)}({keeper(item)})",
            (item.alone, item.findings - item.alone),
            f"{item.findings:,} 条",
        )
        for item in summary.gaps
    ]
    return _chart(_most("各项数据涉及的待补充结果", len(summary.gaps), "项"), series, bars)


def _step_chart(summary: Summary) -> Chart | None:
    series = [
        Series("前面各项已确定", "express"),
        Series("这一项新确定", "automatic"),
        Series("还不能确定", "rest"),
    ]
    bars = [
        Bar(
            f"{place}. {shown(step.fact)}({keeper(step)})",
            (step.settled - step.added, step.added, summary.open_findings - step.settled),
            f"累计 {_percent(step.settled, summary.open_findings)}",
        )
        for place, step in enumerate(summary.shopping_list, start=1)
    ]
    title = _most("每多共享一项,累计能确定多少待补充结果", len(bars), "项")
    return _chart(title, series, bars)

"""The page: loads nothing, says every number, stays harmless whatever the names are."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from matcher.catalogue import Catalogue
from matcher.registry.charts import LABEL_COLUMNS, NARROW, WIDE, Bar, Series, Shape, cut, draw
from matcher.registry.page import render_page, write_page
from matcher.registry.summary import Better, Gap, GroupCount, MeasureCount, Step, Summary
from matcher.registry.tables import Kind, tables
from tests.registry.summaries import empty, realistic
from tests.webapp.html import parse

VOID = {"meta", "br", "link", "img", "input", "hr"}
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "=cmd|' /C calc'!A0",
    "合肥\u202e市\u200b",
    "{{ 7 * 7 }}</svg></style>",
)


class Page(HTMLParser):
    """What a page consists of: its elements in order, and its text by the element it stands in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.style = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), "no attribute twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            self.style += data
        elif data.strip():
            self.words.append(data.strip())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Give the attributes of every element of a name."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        """All the words."""
        return "\n".join(self.words)


@pytest.fixture(scope="module")
def summary(catalogue: Catalogue) -> Summary:
    return realistic(catalogue)


@pytest.fixture(scope="module")
def page(summary: Summary) -> Page:
    return Page(render_page(summary))


def assert_harmless(page: Page) -> None:
    """Check that a page runs nothing and loads nothing."""
    names = {name for name, _ in page.elements}
    assert not names & {"script", "iframe", "object", "embed", "img", "link", "base", "form"}
    for _, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in {"style", "src", "srcset", "xlink:href", "action"}
            if name == "href":
                assert value is not None
                assert value.startswith("#")
    assert not re.search(r"url\(|@import|//", page.style)


def test_the_page_loads_and_runs_nothing(page: Page) -> None:
    assert_harmless(page)
    assert "http" not in page.text


def test_the_policy_lets_in_this_stylesheet_alone(page: Page) -> None:
    policy = next(
        item["content"]
        for item in page.all("meta")
        if item.get("http-equiv") == "Content-Security-Policy"
    )
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy is not None
    assert policy.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    names = [name for name, _ in page.elements]
    assert names.index("meta") < names.index("style")


def test_every_number_of_the_summary_is_there(page: Page, summary: Summary) -> None:
    for number in (
        summary.rows,
        summary.accepted,
        summary.rejected,
        summary.branches,
        summary.with_met,
        summary.automatic,
        summary.open_findings,
    ):
        assert f"{number:,}" in page.text
    said = set(page.words)
    for table in tables(summary):
        for place, column in enumerate(table.columns):
            if not column.on_page or column.kind in {Kind.TEXT, Kind.REMARK}:
                continue
            for row in table.rows:
                cell = row[place]
                assert (f"{cell:.1%}" if isinstance(cell, float) else f"{cell:,}") in said
    for item in (summary.input, summary.as_of.isoformat(), summary.rules_version, summary.engine):
        assert item in page.text
    assert {*summary.warnings, *summary.refused} <= said


def test_the_structure_is_sound(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(item["href"])[1:] for item in page.all("a")} <= set(ids)
    labelled = {str(item.get("aria-labelledby")) for item in page.all("section")}
    assert labelled <= set(ids)
    assert (len(page.all("h1")), len(page.all("main"))) == (1, 1)
    assert page.all("html") == [{"lang": "zh-CN"}]
    assert len(page.all("table")) == len(page.all("caption"))
    assert all(item.get("scope") in {"col", "row"} for item in page.all("th"))


def test_every_chart_has_a_name_and_a_table(page: Page) -> None:
    drawings = [item for item in page.all("svg") if item.get("role") == "img"]
    assert len(drawings) == 2 * len(page.all("figure")) == 12
    assert all(str(item["aria-label"]).endswith("数字见图下的表格。") for item in drawings)
    assert len(page.all("table")) == 5


def test_charts_hold_real_text(summary: Summary) -> None:
    drawn = render_page(summary).split("</figure>")[0]
    first = max(summary.measures, key=lambda item: item.met)
    assert f">{first.title}</text>" in drawn
    assert f">{first.met:,}</text>" in drawn


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_text(name: str) -> None:
    summary = replace(
        empty(),
        input=name,
        rules_version=name,
        engine=name,
        rows=9,
        accepted=9,
        with_met=2,
        open_findings=4,
        measures=(MeasureCount(name, name, name, name, (name,), 2, 4, 3, {name: 1}),),
        counties=(GroupCount(name, 9, 2, 2, 1),),
        industries=(GroupCount(name, 9, 2, 2, 1),),
        gaps=(Gap(name, name, True, 4, 2),),
        shopping_list=(Step(name, name, 3, 3, Better((name,), (name,), 4), proven=True),),
        warnings=(name,),
        refused=(name,),
    )
    text = render_page(summary)
    page = Page(text)
    assert_harmless(page)
    plain = name.replace("\u202e", "[U+202E]").replace("\u200b", "[U+200B]")
    assert page.words.count(plain) >= 8
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f]", text)


def test_nothing_at_all_gives_a_page_that_says_so() -> None:
    page = Page(render_page(empty()))
    assert_harmless(page)
    assert not page.all("figure")
    assert not page.all("table")
    assert "这次没有比对任何措施,所以没有结果。请核对运行时选的措施和基准日。" in page.words
    assert "没有需要共享的数据。" in page.words
    assert "没有提示。" in page.words


def test_measures_that_nobody_meets_are_said_not_drawn() -> None:
    measure = MeasureCount("a-1/1.1", "甲", "文件", "无资金", (), 0, 0, 5, {})
    summary = replace(empty(), rows=5, accepted=5, measures=(measure,))
    page = Page(render_page(summary))
    assert "没有企业符合其中任何一项措施。" in page.words
    assert "没有因为缺数据而定不下来的结果。" in page.words
    assert not page.all("figure")
    assert len(page.all("table")) == 1


def test_equal_summaries_give_equal_bytes(summary: Summary, tmp_path: Path) -> None:
    write_page(summary, tmp_path / "1.html")
    write_page(summary, tmp_path / "2.html")
    assert (tmp_path / "1.html").read_bytes() == (tmp_path / "2.html").read_bytes()


def test_a_hundred_counties_stay_small(catalogue: Catalogue, tmp_path: Path) -> None:
    summary = realistic(catalogue, tuple(f"第{place}县" for place in range(100)))
    assert len(summary.measures) >= 149
    path = tmp_path / "summary.html"
    write_page(summary, path)
    assert path.stat().st_size < 1_000_000


@pytest.mark.parametrize(
    ("text", "shortened"),
    [("合肥市", "合肥市"), ("汉" * 22, "汉" * 22), ("汉" * 23, "汉" * 21 + "…"), ("", "")],
)
def test_long_labels_are_cut_by_display_width(text: str, shortened: str) -> None:
    assert LABEL_COLUMNS == 44
    assert cut(text) == shortened


@pytest.mark.parametrize("shape", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_link_covers_the_row_of_its_bar(shape: Shape) -> None:
    bars = [Bar(f"第{n}行", (n,), str(n), f"/{n}" if n != 2 else "") for n in range(1, 8)]
    drawn = parse(draw("图", [Series("数", "met")], bars, shape))
    labels = {node.text(): float(node.get("y")) for node in drawn.all("text")}
    links = {node.get("href"): node for node in drawn.all("a")}
    assert list(links) == [f"/{n}" for n in (1, 3, 4, 5, 6, 7)]
    ends = []
    for n in (1, 3, 4, 5, 6, 7):
        (row,) = links[f"/{n}"].all("rect")
        top, high = float(row.get("y")), float(row.get("height"))
        assert top < labels[f"第{n}行"] < top + high
        ends.append((top, top + high))
        assert [node.text() for node in links[f"/{n}"].all("title")] == [f"第{n}行 {n}"]
    assert all(end <= top + 0.2 for (_, end), (top, _) in pairwise(ends))

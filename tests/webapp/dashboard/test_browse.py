"""Findings page by page: what facets count is what lines there are."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from matcher.logic import Verdict
from tests.webapp.dashboard.runs import COMPANIES, outcome_table, stored
from webapp.services.dashboard.browse import FACETS, PAGE, Browser, Line
from webapp.services.dashboard.figures import exactly, roughly

CHOICES: list[dict[str, tuple[str, ...]]] = [
    {"verdict": ("met",)},
    {"verdict": ("met", "open"), "county": ("340104",)},
    {"delivery": ("automatic",)},
    {"delivery": ("none",), "verdict": ("open",), "industry": ("C", "I")},
    {"measure": ("hefei-2025/1.4", "bozhou-2025-38/1.2"), "county": ("340104", "341602")},
    {"county": ("",)},
]


def every_line(browser: Browser) -> list[Line]:
    total = browser.total(exactly).n
    pages = [browser.lines(number) for number in range(1, -(-total // PAGE) + 1)]
    assert all(len(page) == PAGE for page in pages[:-1])
    return [line for page in pages for line in page]


@pytest.mark.parametrize("chosen", CHOICES, ids=str)
def test_pages_hold_what_is_counted_each_once(
    out: Path, chosen: dict[str, tuple[str, ...]]
) -> None:
    browser = Browser(stored(out), chosen)
    lines = every_line(browser)
    assert len(lines) == browser.total(exactly).n
    assert len({(line.code, line.measure) for line in lines}) == len(lines)
    for line in lines:
        values = {
            "verdict": line.verdict.value,
            "delivery": line.delivery or "none",
            "county": line.county,
            "industry": line.section,
            "measure": line.measure,
        }
        assert all(values[name] in ids for name, ids in chosen.items())


def test_lines_are_the_findings_of_the_run(out: Path) -> None:
    told = outcome_table(out)
    for verdict in (Verdict.MET, Verdict.OPEN):
        lines = every_line(Browser(stored(out), {"verdict": (verdict.value,)}))
        own = told.filter(pl.col("verdict") == verdict.name)
        assert {(x.code, x.measure) for x in lines} == set(
            own.select("credit_code", "measure").iter_rows()
        )
        named = {"automatic": "免申即享", "express": "快申快享", "service": "服务",
                 "guidance": "引导", "application": "申报", "": None}  # fmt: skip
        assert {(x.code, x.measure, named[x.delivery]) for x in lines} == set(
            own.select("credit_code", "measure", "delivery").iter_rows()
        )


def test_facets_count_what_a_value_would_leave(out: Path) -> None:
    chosen = {"verdict": ("met",), "county": ("340104", "340111")}
    browser = Browser(stored(out), chosen)
    for name, values in browser.facets(exactly).items():
        for value in values[:6]:
            changed = {**chosen, name: (value.id,)}
            assert value.figure == Browser(stored(out), changed).total(exactly), (name, value.id)
    assert set(browser.facets(exactly)) == set(FACETS)


def test_all_findings_are_companies_times_measures(out: Path) -> None:
    browser = Browser(stored(out), {})
    assert browser.total(exactly).n == COMPANIES * len(stored(out).measures)
    last = browser.lines(-(-browser.total(exactly).n // PAGE))
    assert last[-1].measure == stored(out).measures[-1]
    assert browser.total(roughly).n % 5 == 0


def test_what_the_run_does_not_have_is_not_known(out: Path) -> None:
    browser = Browser(stored(out), {})
    assert browser.knows("county", "340104")
    assert not browser.knows("county", "110101")
    assert not browser.knows("measure", "gone/1.1")
    assert not browser.knows("verdict", "MET")

"""The growth path in a real browser: found from the results, read on a phone, printed; and axe on every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from matcher.catalogue import Catalogue
from matcher.registry.page import write_page
from tests.journeys import axe
from tests.journeys.conftest import Visit
from tests.registry.summaries import realistic

pytestmark = pytest.mark.journey

DESKTOP, PHONE = (True, 1280, 800), (True, 360, 640)
NO_SCRIPT = (False, 1280, 800)


def answer(visit: Visit) -> str:
    """Tell of a company with a title that ends soon; gives the address of its pages."""
    page = visit.page
    page.goto(visit.address)
    visit.follow(page.get_by_role("button", name="开始测一测"))
    page.get_by_label("企业注册在哪里?").fill("合肥市")
    visit.follow(page.get_by_role("button", name="保存并继续"))
    own = page.url.rpartition("/")[0]
    page.goto(f"{own}/titles")
    page.locator("summary", has_text="专精特新").first.click()
    page.get_by_label("专精特新中小企业", exact=True).check()
    page.get_by_label("取得日期 专精特新中小企业").fill("2024-06-01")
    visit.follow(page.get_by_role("button", name="保存并看结果"))
    return own


@pytest.mark.parametrize("visit", [DESKTOP, NO_SCRIPT, PHONE], indirect=True)
def test_from_the_results_to_the_path_and_on_to_a_measure(visit: Visit) -> None:
    page = visit.page
    answer(visit)
    visit.follow(page.get_by_role("link", name="成长路径:已有哪些称号"))
    expect(page.locator("h1")).to_have_text("成长路径")
    visit.check()

    step = page.locator(".step", has_text="专精特新中小企业")
    expect(step.locator(".standing")).to_contain_text("已有")
    step.get_by_role("link").click()
    expect(page.locator(".rung:target")).to_be_in_viewport()
    expect(page.locator(".rung:target h3")).to_have_text("专精特新中小企业")

    unlocked = page.locator(".unlocks a").first
    name = unlocked.inner_text()
    visit.follow(unlocked)
    expect(page.locator("h1")).to_have_text(name)


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_the_keyboard_climbs_a_ladder(visit: Visit) -> None:
    page = visit.page
    own = answer(visit)
    page.goto(f"{own}/path")
    last = page.locator(".ladder-map").first.get_by_role("link").last
    last.focus()
    target = last.get_attribute("href")
    page.keyboard.press("Enter")

    assert page.url.endswith(str(target))
    page.locator(".rung:target summary").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".rung:target .why-box")).to_have_attribute("open", "")


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_each_ladder_is_printed_on_pages_of_its_own(visit: Visit) -> None:
    page = visit.page
    own = answer(visit)
    page.goto(f"{own}/path")
    ladders = page.locator("section.ladder").count()
    page.emulate_media(media="print")

    for hidden in (".masthead", ".company-band", ".no-print", ".path .why-box"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".rung").first).to_be_visible()
    printed = page.pdf(prefer_css_page_size=True)
    sheets = re.findall(rb"/MediaBox \[([\d. ]+)\]", printed)
    assert len(sheets) >= ladders >= 2
    for box in sheets:
        assert [round(float(side)) for side in box.split()] == pytest.approx(
            [0, 0, 595, 842], abs=1
        )


@pytest.mark.parametrize(
    ("visit", "language"), [(DESKTOP, "zh"), (PHONE, "en")], indirect=["visit"]
)
def test_axe_finds_nothing(visit: Visit, language: str) -> None:
    page = visit.page
    own = answer(visit)
    page.goto(f"{visit.address}?lang={language}")
    for address in (f"{own}/path", f"{own}/why/hefei-2025/1.4"):
        page.goto(address)
        axe.check(page)


@pytest.mark.parametrize("visit", [DESKTOP, PHONE], indirect=True)
def test_axe_finds_nothing_on_the_summary_of_a_batch(
    visit: Visit, catalogue: Catalogue, tmp_path: Path
) -> None:
    write_page(realistic(catalogue), tmp_path / "summary.html")
    visit.page.goto((tmp_path / "summary.html").as_uri())

    axe.check(visit.page)

"""Searching, narrowing, reading a measure and its place in the text, in a real browser; and axe on each."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import axe
from tests.journeys.conftest import Visit

pytestmark = pytest.mark.journey

DESKTOP, PHONE = (True, 1280, 800), (True, 360, 640)
NO_SCRIPT = (False, 1280, 800)


def counted(visit: Visit) -> int:
    found = re.search(r"\d+", visit.page.get_by_role("status").inner_text())
    assert found
    return int(found.group())


@pytest.mark.parametrize("visit", [DESKTOP, NO_SCRIPT, PHONE], indirect=True)
def test_from_a_word_to_the_place_in_the_text(visit: Visit) -> None:
    page = visit.page
    page.goto(visit.address)
    page.get_by_label("搜政策").fill("小巨人")
    with page.expect_navigation():
        page.get_by_label("搜政策").press("Enter")
    expect(page.locator("mark.hit", has_text="专精特新小巨人企业").first).to_be_visible()
    visit.check()
    found = counted(visit)

    if (page.viewport_size or {"width": 0})["width"] < 961:
        expect(page.locator("a.facet-link").first).to_be_hidden()
        page.locator(".facets > summary").click()
    value = page.locator("a.facet-link", has_text="方向性").first
    left = int(value.locator(".facet-n").inner_text())
    visit.follow(value)
    assert counted(visit) == left <= found
    visit.check()
    narrowed = page.url

    measure = page.locator(".row-measure-found a").first
    name = measure.inner_text()
    visit.follow(measure)
    expect(page.locator("h1")).to_have_text(name)
    visit.check()
    quote = page.locator("blockquote.quote").inner_text()
    visit.follow(page.get_by_role("link", name="看原文位置"))
    anchor = page.locator(".anchor:target")
    expect(anchor).to_be_attached()
    expect(page.locator(".anchor:target ~ mark.quoted").first).to_be_in_viewport()
    assert quote[:20] in page.locator(".source-text").inner_text()

    page.go_back()
    page.go_back()
    assert page.url == narrowed
    visit.follow(page.locator(".chips a", has_text="方向性"))
    assert counted(visit) == found


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_the_keyboard_pages_through_the_measures(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}/measures")
    page.get_by_role("link", name="下一页").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="上一页")).to_be_visible()
    assert page.url.endswith("/measures?page=2")


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_the_browser_keeps_a_text_and_asks_only_whether_it_changed(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}/documents/hefei-2025")
    page.goto(f"{visit.address}/documents")
    with page.expect_response("**/documents/hefei-2025") as answer:
        visit.follow(page.locator("a[href='/documents/hefei-2025']"))
    sizes = answer.value.request.sizes()
    assert answer.value.status == 304 or sizes["responseBodySize"] == 0
    expect(page.locator(".source-text")).to_contain_text("推进科技创新和产业创新深度融合")


@pytest.mark.parametrize(
    ("visit", "language"), [(DESKTOP, "zh"), (PHONE, "en")], indirect=["visit"]
)
def test_axe_finds_nothing(visit: Visit, language: str) -> None:
    page = visit.page
    page.goto(f"{visit.address}?lang={language}")
    for address in (
        "/measures",
        "/measures?q=上市&region=340100",
        "/measures?q=小巨人奖励",
        "/measures?q=上市&region=341600",
        "/measures/hefei-2025/1.4",
        "/measures/bozhou-2025-38/20.1",
        "/documents",
        "/documents/hefei-2025",
        "/documents/bozhou-2025-38?show=measures",
        "/documents/bozhou-2025-38?show=reasons",
    ):
        page.goto(visit.address + address)
        expect(page.locator("h1")).to_have_count(1)
        axe.check(page)

"""The results in a real browser: the next question answered in place, filters, a supposition, reasons."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys import axe
from tests.journeys.conftest import Visit

pytestmark = pytest.mark.journey

DESKTOP, PHONE, NO_SCRIPT = (True, 1280, 800), (True, 360, 640), (False, 1280, 800)


def begin(visit: Visit) -> str:
    """Start without a name and go straight to the results; gives the address of the pages."""
    page = visit.page
    page.goto(visit.address)
    visit.follow(page.get_by_role("button", name="开始测一测"))
    own = page.url.rpartition("/")[0]
    page.goto(f"{own}/results")
    return own


def numbers(page: Page) -> list[int]:
    return [int(text) for text in page.locator(".counter-number").all_text_contents()]


def card(page: Page) -> Locator:
    return page.locator("section.next")


def settle_titles(visit: Visit, own: str) -> None:
    """Say on the form that the company holds no title and is a company."""
    page = visit.page
    page.goto(f"{own}/titles")
    page.locator("#q-titles-rest-all-none").check()
    visit.follow(page.get_by_role("button", name="保存并看结果"))


@pytest.mark.parametrize("visit", [DESKTOP, PHONE, NO_SCRIPT], indirect=True)
def test_one_question_after_the_other_then_a_step_that_is_only_supposed(visit: Visit) -> None:
    page = visit.page
    own = begin(visit)
    visit.check()
    expect(card(page).locator("h2")).to_have_text("先回答 2 问")
    expect(card(page).locator("input[name=fact]")).to_have_count(2)

    visit.follow(card(page).get_by_role("button", name="回答"))
    expect(card(page).locator(".error-summary")).to_be_focused()
    card(page).get_by_label("企业注册在哪里?").fill("合肥市")
    visit.follow(card(page).get_by_role("button", name="回答"))
    expect(page.get_by_text("已记下,结果已重新比对。")).to_be_visible()
    expect(page).to_have_url(f"{own}/results#next")
    before = numbers(page)
    assert f"施行中的 {sum(before)} 项" in page.locator(".sum").inner_text()

    settle_titles(visit, own)
    before = numbers(page)
    chip = page.locator(".what-if .chips a").first
    visit.follow(chip)
    expect(page.locator(".supposed")).to_contain_text("假设情景,未保存")
    assert numbers(page)[0] > before[0]
    expect(card(page)).to_have_count(0)
    visit.check()
    visit.follow(page.get_by_role("link", name="清除假设"))
    assert numbers(page) == before

    if page.locator(".filter-sheet > summary").is_visible():
        page.locator(".filter-sheet > summary").click()
    page.locator(".filter > summary", has_text="支持方式").click()
    visit.follow(page.locator(".filter a.facet-link").first)
    expect(page.locator(".sum")).to_contain_text("筛选后")
    assert sum(numbers(page)) < sum(before)
    visit.check()
    visit.follow(page.locator("a.chip-clear"))
    assert numbers(page) == before

    visit.follow(page.locator("a.counter-near"))
    near = page.locator("article.finding-near").first
    expect(near.locator(".gaps")).to_be_visible()
    visit.check()


@pytest.mark.parametrize("visit", [PHONE], indirect=True)
def test_on_a_phone_the_counts_stay_in_sight_and_the_filters_fold(visit: Visit) -> None:
    page = visit.page
    own = begin(visit)
    settle_titles(visit, own)
    page.goto(f"{own}/results")
    expect(page.locator(".filter").first).to_be_hidden()
    page.locator(".filter-sheet > summary").click()
    expect(page.locator(".filter").first).to_be_visible()
    page.locator(".result-group").last.scroll_into_view_if_needed()
    bar = page.locator(".counters-bar").bounding_box()
    assert bar is not None
    assert bar["y"] == pytest.approx(0, abs=1)
    assert bar["height"] < 100


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_a_button_prints(visit: Visit) -> None:
    page = visit.page
    own = begin(visit)
    settle_titles(visit, own)
    for address in ("results", "sheet"):
        page.goto(f"{own}/{address}")
        expect(page.locator("[data-print-keys]").first).to_be_hidden()
        page.evaluate("window.print = () => { document.title = 'printed'; }")
        page.locator("[data-print]").first.click()
        expect(page).to_have_title("printed")


@pytest.mark.parametrize("visit", [NO_SCRIPT], indirect=True)
def test_without_a_script_the_page_says_which_keys_print(visit: Visit) -> None:
    page = visit.page
    own = begin(visit)
    settle_titles(visit, own)
    for address in ("results", "sheet"):
        page.goto(f"{own}/{address}")
        expect(page.locator("[data-print]").first).to_be_hidden()
        expect(page.locator("[data-print-keys]").first).to_contain_text("请按 Ctrl+P")


@pytest.mark.parametrize(
    ("visit", "language"), [(DESKTOP, "zh"), (PHONE, "en")], indirect=["visit"]
)
def test_axe_finds_nothing(visit: Visit, language: str) -> None:
    page = visit.page
    own = begin(visit)
    page.goto(f"{own}/results?lang={language}")
    axe.check(page)
    visit.follow(card(page).locator("button"))
    axe.check(page)
    card(page).locator("input[data-picker]").first.fill("合肥市")
    visit.follow(card(page).locator("button"))
    page.goto(f"{own}/titles")
    page.locator("#q-titles-rest-all-none").check()
    visit.follow(page.locator("button[value=results]"))
    axe.check(page)
    visit.follow(page.locator(".what-if .chips a").first)
    axe.check(page)
    page.goto(f"{own}/results?group=near&document=hefei-2025")
    axe.check(page)
    page.goto(f"{own}/results?group=rest")
    visit.follow(page.locator(".row-reason a").first)
    axe.check(page)
    page.goto(own)
    axe.check(page)
    assert visit.faults == []

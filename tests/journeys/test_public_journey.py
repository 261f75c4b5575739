"""The public pages in a real browser: each language, width and display, with and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys import axe
from tests.journeys.conftest import Visit

pytestmark = pytest.mark.journey

DESKTOP, PHONE, NO_SCRIPT = (True, 1280, 800), (True, 360, 640), (False, 1280, 800)
ZOOMED = (True, 320, 256)
"""1280 × 1024 at 400 %."""
PAGES = (
    "/",
    "/measures?q=上市",
    "/measures/hefei-2025/1.4",
    "/measures/bozhou-2025-38/20.3",
    "/documents",
    "/documents/bozhou-2025-38",
    "/growth",
    "/sitemap",
    "/accessibility",
    "/nowhere",
)
# The distances of WCAG 1.4.12.
SPACED = """
() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}
"""
CUT_OFF = """
() => [...document.querySelectorAll("main *, header *, footer *")].filter((one) => {
  const style = getComputedStyle(one);
  const clips = style.overflowX === "hidden" || style.overflowY === "hidden";
  const seen = one.clientWidth > 1 && one.clientHeight > 1 && one.textContent.trim();
  return clips && seen && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
}).map((one) => one.outerHTML.slice(0, 120))
"""
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.mark.parametrize(
    ("visit", "language"),
    [(DESKTOP, "zh"), (PHONE, "en"), (NO_SCRIPT, "zh"), (ZOOMED, "zh")],
    indirect=["visit"],
)
def test_every_public_page_fits_and_has_its_own_title(visit: Visit, language: str) -> None:
    visit.page.goto(f"{visit.address}/?lang={language}")
    for address in PAGES:
        visit.page.goto(visit.address + address)
        visit.check()


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
@pytest.mark.parametrize("switch", ["care=1", "contrast=1"])
def test_axe_finds_nothing_in_another_display(visit: Visit, switch: str) -> None:
    visit.page.goto(f"{visit.address}/?{switch}")
    for address in ("/", "/measures?q=上市", "/measures/hefei-2025/1.4", "/documents/hefei-2025"):
        visit.page.goto(visit.address + address)
        axe.check(visit.page)
        assert not visit.page.evaluate(WIDE), address


@pytest.mark.parametrize("visit", [PHONE], indirect=True)
def test_wider_text_is_neither_cut_off_nor_scrolled_sideways(visit: Visit) -> None:
    for address in PAGES:
        visit.page.goto(visit.address + address)
        visit.page.evaluate(SPACED)
        assert not visit.page.evaluate(WIDE), address
        assert visit.page.evaluate(CUT_OFF) == [], address


def test_colours_of_the_visitor_leave_nothing_without_a_sign(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(forced_colors="active", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/documents/hefei-2025")
    lines = page.evaluate(
        """() => ["mark.quoted:not(.quoted-twice)", ".source-text mark.quoted-twice"].map((one) => {
          const style = getComputedStyle(document.querySelector(one));
          return [style.borderBottomStyle, parseFloat(style.borderBottomWidth)];
        })"""
    )
    assert [style for style, _ in lines] == ["solid", "double"]
    assert lines[1][1] > lines[0][1] > 0
    for path in ("/", "/measures?q=上市&kind=guidance", "/nowhere"):
        page.goto(address + path)
        axe.check(page)
    context.close()


@pytest.mark.parametrize("visit", [DESKTOP, NO_SCRIPT, PHONE], indirect=True)
def test_from_home_to_a_measure_and_back_by_the_breadcrumb(visit: Visit) -> None:
    page = visit.page
    page.goto(visit.address)
    visit.follow(page.get_by_role("link", name="份认定标准"))
    expect(page.locator("h1")).to_have_text("成长路径")
    step = page.locator("#little-giant-2026")
    visit.follow(step.get_by_role("link", name="培育专精特新小巨人企业"))
    expect(page.locator("h1")).to_have_text("培育专精特新小巨人企业")
    visit.follow(page.get_by_role("navigation", name="当前位置").get_by_role("link", name="找政策"))
    expect(page.locator("h1")).to_have_text("支持措施")
    visit.follow(page.get_by_role("navigation", name="当前位置").get_by_role("link", name="首页"))
    visit.check()


@pytest.mark.parametrize("visit", [DESKTOP, NO_SCRIPT, PHONE], indirect=True)
def test_an_address_that_leads_nowhere_leads_on(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}/measures/hefei-2025/99.9")
    box = page.get_by_label("搜政策")
    box.fill("技改")
    with page.expect_navigation():
        box.press("Enter")
    expect(page.locator(".row-measure-found").first).to_be_visible()


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_a_link_to_a_measure_lights_its_words(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}/documents/hefei-2025")
    page.locator("a.footnote", has_text="[1.4]").first.focus()
    lit = page.locator("mark.lit")
    expect(lit.first).to_be_visible()
    assert all(
        "1.4" in one.split() for one in lit.evaluate_all("all => all.map(m => m.dataset.of)")
    )
    page.locator("a.footnote", has_text="[1.4]").first.blur()
    expect(lit).to_have_count(0)


@pytest.mark.parametrize("visit", [DESKTOP, NO_SCRIPT], indirect=True)
def test_the_keyboard_alone_reaches_the_foot(visit: Visit) -> None:
    page = visit.page
    for address in ("/", "/measures/hefei-2025/1.4", "/growth"):
        page.goto(visit.address + address)
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('footer a[href^=tel]')"):
                break
        expect(page.locator("footer a[href^='tel:']")).to_be_focused()


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_paper_has_the_text_and_no_navigation(visit: Visit) -> None:
    page = visit.page
    page.goto(f"{visit.address}/documents/hefei-2025")
    page.emulate_media(media="print")
    for hidden in (".masthead", ".topbar", ".trail", ".toggles", ".contents", ".foot-links"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator(".source-text")).to_be_visible()
    expect(page.locator(".footnote", has_text="[1.4]").first).to_be_visible()
    expect(page.locator(".print-only")).to_contain_text("规则版本")
    page.goto(f"{visit.address}/measures?q=上市")
    page.emulate_media(media="print")
    expect(page.locator(".finder-side")).to_be_hidden()
    expect(page.locator(".row-measure-found").first).to_be_visible()

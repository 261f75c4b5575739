"""The pickers in a real browser: with an input method, by keyboard alone, without a script, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import CDPSession, Locator, Page, expect

from tests.journeys import axe
from tests.journeys.conftest import Visit

pytestmark = pytest.mark.journey

DESKTOP, PHONE = (True, 1280, 800), (True, 360, 640)
NO_SCRIPT, NO_SCRIPT_PHONE = (False, 1280, 800), (False, 360, 640)
COMPOSING = 229
"""The key code of a key that an input method takes."""


def start(visit: Visit, group: str) -> Page:
    """Start a profile and open a group."""
    page = visit.page
    page.goto(visit.address)
    visit.follow(page.get_by_role("button", name="开始测一测"))
    page.goto(f"{page.url.rpartition('/')[0]}/{group}")
    return page


def industry(page: Page) -> Locator:
    return page.get_by_label("主要做什么行业?")


def options(page: Page) -> Locator:
    return page.get_by_role("option")


def kept(page: Page) -> list[str]:
    """Give the codes of what is chosen."""
    boxes = page.locator("[data-kept] input:checked")
    return [str(box.get_attribute("value")) for box in boxes.all()]


def saved(page: Page) -> list[str]:
    """Open the group anew and give the codes of what is chosen."""
    page.goto(f"{page.url.rpartition('/')[0]}/industry")
    return kept(page)


class InputMethod:
    """A pinyin input method: letters are composed, then replaced by characters."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)

    def compose(self, letters: str) -> None:
        """Type letters one by one; none of them is text yet."""
        for end in range(1, len(letters) + 1):
            self.key(letters[end - 1])
            self.session.send(
                "Input.imeSetComposition",
                {"text": letters[:end], "selectionStart": end, "selectionEnd": end},
            )

    def key(self, key: str) -> None:
        """Press a key that the input method takes for itself."""
        pressed = {
            "key": key,
            "windowsVirtualKeyCode": COMPOSING,
            "nativeVirtualKeyCode": COMPOSING,
        }
        self.session.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **pressed})
        self.session.send("Input.dispatchKeyEvent", {"type": "keyUp", **pressed})

    def commit(self, characters: str) -> None:
        """Put the characters that were composed."""
        self.session.send("Input.insertText", {"text": characters})


@pytest.mark.parametrize("visit", [DESKTOP, PHONE], indirect=True)
def test_enter_of_an_input_method_chooses_and_sends_nothing(visit: Visit) -> None:
    page = start(visit, "industry")
    address = page.url
    method = InputMethod(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    industry(page).fill("芯片")
    expect(options(page).first).to_contain_text("3973 集成电路制造")
    page.keyboard.press("ArrowDown")
    asked.clear()
    method.compose("zhizao")
    method.key("ArrowDown")
    method.key("Enter")
    method.key("Escape")
    page.wait_for_timeout(400)
    assert kept(page) == []
    assert page.url == address
    assert [url for url in asked if "trades.json" in url] == []
    expect(options(page).first).to_have_attribute("aria-selected", "true")

    industry(page).fill("")
    method.compose("yinpian")
    method.key("Enter")
    method.commit("饮片")
    expect(industry(page)).to_have_value("饮片")
    expect(options(page).first).to_contain_text("2730 中药饮片加工")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert kept(page) == ["2730"]
    expect(industry(page)).to_have_value("")
    expect(industry(page)).to_be_focused()
    assert page.url == address
    visit.follow(page.get_by_role("button", name="保存并继续").last)
    assert saved(page) == ["2730"]


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_the_keyboard_alone_finds_chooses_adds_and_leaves(visit: Visit) -> None:
    page = start(visit, "industry")
    box = industry(page)
    box.focus()
    expect(box).to_have_attribute("role", "combobox")
    page.keyboard.type("药")
    expect(page.locator("#said")).to_have_text(re.compile(r"找到 \d+ 个"))
    expect(box).to_have_attribute("aria-expanded", "true")

    def chosen() -> str:
        return str(page.locator("[aria-selected=true]").get_attribute("id"))

    page.keyboard.press("ArrowUp")
    last = chosen()
    expect(box).to_have_attribute("aria-activedescendant", last)
    page.keyboard.press("ArrowDown")
    first = chosen()
    assert first.endswith("-0")
    page.keyboard.press("End")
    assert chosen() == last
    page.keyboard.press("Home")
    assert chosen() == first
    expect(options(page).first).to_be_in_viewport()

    page.keyboard.press("Escape")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("药")
    page.keyboard.press("ArrowDown")
    expect(options(page).first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert len(kept(page)) == 1
    expect(page.locator(".trade-room")).to_have_text("再加一个(还可以加 3 个)")
    expect(page.locator("#said")).to_contain_text("已答 1 问")

    for words in ("6520", "光伏组件", "白酒"):
        page.keyboard.type(words)
        expect(options(page).first).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    assert len(kept(page)) == 4
    expect(page.locator(".trade-room")).to_contain_text("已经选满 4 个")
    expect(box).not_to_be_editable()
    expect(box).to_be_focused()
    page.locator("[data-kept] input").first.uncheck()
    expect(box).to_be_editable()
    visit.check()


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_enter_without_a_choice_sends_what_was_typed(visit: Visit) -> None:
    page = start(visit, "industry")
    industry(page).fill("芯片")
    expect(options(page).first).to_be_visible()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    found = page.locator(".trade-found")
    expect(found).to_contain_text("“芯片”找到")
    found.get_by_label(re.compile("^6520")).check()
    visit.check()
    visit.follow(page.get_by_role("button", name="保存并继续").last)
    assert saved(page) == ["6520"]


@pytest.mark.parametrize("visit", [NO_SCRIPT, NO_SCRIPT_PHONE], indirect=True)
def test_without_a_script_words_become_a_list_and_a_branch_is_browsed(visit: Visit) -> None:
    page = start(visit, "industry")
    industry(page).fill("中药饮片")
    visit.follow(page.get_by_role("button", name="找行业"))
    page.locator(".trade-found").get_by_label(re.compile("^2730")).check()
    visit.check()
    visit.follow(page.get_by_role("button", name="按分类逐级找"))
    expect(page.locator("h1")).to_have_text("按分类找行业")
    page.locator("summary", has_text="制造业").first.click()
    row = page.get_by_label(re.compile("^15 酒、饮料和精制茶制造业"))
    expect(row).to_be_visible()
    row.check()
    visit.check()
    visit.follow(page.get_by_role("button", name="选这个"))
    assert kept(page) == ["2730", "15"]
    expect(page.locator("[data-kept]")).to_contain_text("细到这一级就行")
    page.locator("[data-kept] input").first.uncheck()
    visit.follow(page.get_by_role("button", name="保存并继续").last)
    assert saved(page) == ["15"]


@pytest.mark.parametrize("visit", [DESKTOP, PHONE, NO_SCRIPT, NO_SCRIPT_PHONE], indirect=True)
def test_a_place_is_chosen_step_by_step_and_the_others_follow(visit: Visit) -> None:
    page = start(visit, "basics")
    place = page.locator("#q-registered_region")
    button = place.get_by_role("button", name="下一级")
    place.get_by_label("市: 注册地").select_option("合肥市")
    if visit.setting.scripts:
        expect(button).to_be_hidden()
    else:
        visit.follow(button)
    place.get_by_label("县区: 注册地").select_option("蜀山区")
    place.get_by_label("开发区(在开发区内才选): 注册地").select_option("合肥高新技术产业开发区")
    taxed = page.get_by_role("group", name="在哪里缴税?")
    expect(taxed.get_by_label("和注册地一样")).to_be_checked()
    expect(taxed.get_by_role("combobox", name="市: 纳税地")).to_be_hidden()
    taxed.get_by_label("不一样").check()
    taxed.get_by_label("在哪里缴税?", exact=True).fill("亳州市")
    visit.check()
    visit.follow(page.get_by_role("button", name="保存并继续").last)
    assert "/industry" in page.url

    page.goto(f"{page.url.rpartition('/')[0]}/answers")
    said = page.locator("main").inner_text()
    assert said.count("蜀山区") == 2  # 注册地 and 经营地
    assert "亳州市" in said


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_a_place_is_typed_and_the_later_of_two_ways_counts(visit: Visit) -> None:
    page = start(visit, "basics")
    box = page.get_by_label("企业注册在哪里?")
    city = page.locator("#q-registered_region-city")
    city.select_option("亳州市")
    expect(page.locator("#q-registered_region-county")).to_be_visible()
    box.fill("高新")
    expect(options(page).first).to_contain_text("合肥高新技术产业开发区")
    expect(city).to_have_value("")
    options(page).first.click()
    expect(box).to_have_value("合肥高新技术产业开发区")
    city.select_option("合肥市")
    expect(box).to_have_value("")
    place = page.locator("#q-registered_region")
    place.get_by_label("不清楚").check()
    expect(city).to_have_value("")
    box.fill("蜀山")
    expect(place.get_by_label("不清楚")).not_to_be_checked()


@pytest.mark.parametrize(
    ("visit", "language"), [(DESKTOP, "zh"), (PHONE, "en")], indirect=["visit"]
)
def test_axe_finds_nothing_while_the_list_is_open(visit: Visit, language: str) -> None:
    page = start(visit, "industry")
    page.goto(f"{page.url}?lang={language}")
    page.locator("#q-industry-text").fill("芯片")
    expect(options(page).first).to_be_visible()
    axe.check(page)
    page.goto(page.url.partition("?")[0].replace("/industry", "/industries"))
    axe.check(page)

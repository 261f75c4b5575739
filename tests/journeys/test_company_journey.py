"""A company's way from the first page to its results and back out, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Visit

pytestmark = pytest.mark.journey

DESKTOP, PHONE = (True, 1280, 800), (True, 360, 640)
NO_SCRIPT_PHONE = (False, 360, 640)
TITLE = "科技型企业贴息贴费、风险补偿、直接奖补"


@pytest.mark.parametrize("visit", [NO_SCRIPT_PHONE], indirect=True)
def test_from_the_first_page_to_the_results_and_out(visit: Visit) -> None:
    start(visit)
    fill(visit)
    read_results(visit)
    read_the_source(visit)
    leave(visit)


def start(visit: Visit) -> None:
    page = visit.page
    page.goto(visit.address)
    visit.check()
    page.get_by_label("企业名称或统一社会信用代码").fill("合肥云岭科技有限公司")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("基本信息")
    visit.check()


def fill(visit: Visit) -> None:
    page = visit.page
    page.get_by_label("企业注册在哪里?").fill("合飞市")
    visit.follow(page.get_by_role("button", name="保存并继续"))
    expect(page.locator(".error-summary")).to_be_focused()
    visit.check()
    page.get_by_role("link", name="注册地").click()
    page.get_by_label("合肥市", exact=True).check()
    page.get_by_role("group", name="是民营企业吗?").get_by_label("是", exact=True).check()
    visit.follow(page.get_by_role("button", name="保存并继续"))

    page.get_by_label("主要做什么行业?").fill("6520 集成电路设计")
    visit.follow(page.get_by_role("button", name="保存并继续"))
    for _ in range(2):
        visit.check()
        visit.follow(page.get_by_role("button", name="保存并继续"))

    expect(page.locator("h1")).to_have_text("资质与上市")
    visit.check()
    page.locator("summary", has_text="高新技术企业").click()
    page.get_by_label("高新技术企业", exact=True).check()
    page.get_by_label("取得日期 高新技术企业").fill("2025-01-01")
    visit.follow(page.get_by_role("button", name="保存并继续"))

    expect(page.locator("h1")).to_have_text("正在做或打算做的事")
    page.locator("summary", has_text="技术改造与数字化").click()
    page.get_by_role("group", name="技术改造", exact=False).first.get_by_text("打算").click()
    page.get_by_role("group", name="其余的 技术改造与数字化").get_by_label("本组其余都没有").check()
    visit.check()
    visit.follow(page.get_by_role("button", name="保存并看结果"))


def read_results(visit: Visit) -> None:
    page = visit.page
    expect(page.locator("h1")).to_contain_text("支持措施比对结果")
    visit.check()
    numbers = [int(text) for text in page.locator(".counter-number").all_text_contents()]
    assert len(numbers) == 4
    assert f"施行中的 {sum(numbers)} 项" in page.locator(".sum").inner_text()

    card = page.locator("article", has=page.get_by_role("heading", name=TITLE))
    expect(card.locator(".verdict")).to_contain_text("符合")
    card.locator("summary", has_text="为什么符合").click()
    expect(card.get_by_text("持有有效的“高新技术企业”")).to_be_visible()

    visit.follow(page.get_by_role("link", name="现在填").first)
    assert "#q-" in page.url
    page.go_back()


def read_the_source(visit: Visit) -> None:
    page = visit.page
    visit.follow(page.get_by_role("link", name=TITLE, exact=True))
    expect(page.locator("h1")).to_have_text(TITLE)
    visit.check()
    quote = page.locator("blockquote.quote").inner_text()

    visit.follow(page.get_by_role("link", name="看原文位置"))
    assert page.url.endswith("/documents/hefei-2025#q-1.4")
    expect(page.locator("mark", has_text=quote[:20])).to_be_in_viewport()
    visit.check()
    visit.follow(page.get_by_role("link", name="[1.4]"))
    expect(page.locator("h1")).to_have_text(TITLE)
    for _ in range(3):
        page.go_back()
    expect(page.locator("h1")).to_contain_text("支持措施比对结果")


def leave(visit: Visit) -> None:
    page = visit.page
    visit.follow(page.get_by_role("link", name="填写情况"))
    visit.check()
    own = page.get_by_label("您的网址,只有您有").input_value()
    visit.follow(page.get_by_role("link", name="删除我的数据"))
    visit.check()
    visit.follow(page.get_by_role("button", name="确认删除"))
    expect(page.locator("h1")).to_have_text("已删除")
    visit.check()

    answer = page.goto(own)
    assert answer is not None
    assert answer.status == 404
    visit.check()


@pytest.mark.parametrize("visit", [PHONE], indirect=True)
def test_the_same_in_english(visit: Visit) -> None:
    page = visit.page
    page.goto(visit.address)
    visit.follow(page.get_by_role("link", name="English"))
    expect(page.locator("h1")).to_have_text("Which measures are for your company?")
    visit.follow(page.get_by_role("button", name="Start"))
    page.get_by_label("Where is the company registered?").fill("合肥市")
    visit.check()
    visit.follow(page.get_by_role("button", name="Save and see results"))
    expect(page.locator("h1")).to_contain_text("Your results")
    assert page.locator("html").get_attribute("lang") == "en"
    visit.check()


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_the_keyboard_alone_reaches_the_end(visit: Visit) -> None:
    page = visit.page
    page.goto(visit.address)
    page.keyboard.press("Tab")
    expect(page.get_by_text("跳到正文")).to_be_focused()
    page.get_by_label("企业名称或统一社会信用代码").focus()
    page.keyboard.press("Enter")
    page.get_by_label("企业注册在哪里?").focus()
    page.keyboard.type("合肥市")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value === 'results'"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("支持措施比对结果")
    visit.check()


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_ninety_activities_are_few_steps_by_keyboard(visit: Visit) -> None:
    """Closed topics keep their items out of the way."""
    page = visit.page
    page.goto(visit.address)
    visit.follow(page.get_by_role("button", name="开始测一测"))
    page.goto(page.url.replace("/basics", "/plans"))
    page.locator(".topic summary").first.focus()
    steps = 0
    while not page.evaluate("document.activeElement.type === 'submit'"):
        page.keyboard.press("Tab")
        steps += 1
        assert steps < 30

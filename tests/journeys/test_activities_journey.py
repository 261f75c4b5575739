"""The checklist, the hub and the form's behaviour in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import axe
from tests.journeys.conftest import Visit

pytestmark = pytest.mark.journey

DESKTOP, PHONE, NO_SCRIPT = (True, 1280, 800), (True, 360, 640), (False, 1280, 800)
RENOVATION = "#q-activities-technical_renovation"


def start(visit: Visit) -> str:
    """Start a profile; gives the address of its pages."""
    visit.page.goto(visit.address)
    visit.follow(visit.page.get_by_role("button", name="开始测一测"))
    return visit.page.url.rpartition("/")[0]


def plans(visit: Visit) -> str:
    own = start(visit)
    visit.page.goto(f"{own}/plans")
    return own


def chosen(page: Page) -> list[str]:
    return page.locator("[data-chips] a").all_text_contents()


def pick(page: Page, activity: str, state: str) -> None:
    """Choose a state of an activity, its topic being opened first."""
    topic = page.locator(".topic", has=page.locator(activity))
    if topic.get_attribute("open") is None:
        topic.locator("summary").click()
    page.locator(f"{activity} .pill-{state}").click()


@pytest.mark.parametrize("visit", [DESKTOP, PHONE], indirect=True)
def test_what_is_chosen_follows_every_click_and_can_be_taken_back(visit: Visit) -> None:
    page = visit.page
    own = plans(visit)
    assert chosen(page) == []
    pick(page, RENOVATION, "planned")
    assert chosen(page) == ["技术改造 · 打算"]
    pick(page, RENOVATION, "under_way")
    assert chosen(page) == ["技术改造 · 在做"]
    expect(page.locator("[data-picked]")).to_have_text("已选 1")
    expect(page.locator(".topic[open] [data-topic-count]")).to_have_text("已选 1")
    pick(page, RENOVATION, "none")
    assert chosen(page) == []
    expect(page.locator(".topic[open] [data-topic-count]")).to_contain_text("看了 1/")
    pick(page, RENOVATION, "planned")
    visit.check()
    axe.check(page)

    page.get_by_role("button", name="去掉 技术改造").click()
    assert chosen(page) == []
    expect(page.locator(f"{RENOVATION} :checked")).to_have_count(0)
    expect(page.locator(".picked-list")).to_be_focused()
    assert page.url == f"{own}/plans"
    expect(page.locator("#counts")).to_have_text("还没有回答")


@pytest.mark.parametrize("visit", [NO_SCRIPT], indirect=True)
def test_without_a_script_a_button_takes_one_back_and_keeps_the_rest(visit: Visit) -> None:
    page = visit.page
    own = plans(visit)
    pick(page, RENOVATION, "planned")
    visit.follow(page.get_by_role("button", name="保存并继续"))
    page.goto(f"{own}/plans")
    page.locator("summary", has_text="绿色低碳").click()
    page.locator(".topic[open] .pill-planned").last.click()
    kept = page.locator(".topic[open] :checked").last.get_attribute("id")
    visit.follow(page.get_by_role("button", name="去掉 技术改造"))
    expect(page.locator(f"{RENOVATION} :checked")).to_have_count(0)
    expect(page.locator(f"#{kept}")).to_be_checked()


def test_an_activity_that_stands_twice_shows_the_same_at_both_places(visit: Visit) -> None:
    page = visit.page
    own = start(visit)
    page.goto(f"{own}/import")
    page.locator("#file").set_input_files(
        {"name": "x.yaml", "mimeType": "text/yaml", "buffer": "行业: 2730 中药饮片加工\n".encode()}
    )
    visit.follow(page.locator("main button[type=submit]"))
    visit.follow(page.locator("main button[type=submit]"))
    page.goto(f"{own}/plans")
    first = page.locator(".usual .activity").first
    member = first.get_attribute("data-member")
    first.locator(".pill-planned").click()
    expect(page.locator(f"#q-activities-{member}-planned")).to_be_checked()
    pick(page, f"#q-activities-{member}", "under_way")
    expect(first.locator(".pill-input:checked")).to_have_value("under_way")
    assert len(chosen(page)) == 1
    axe.check(page)

    visit.follow(page.get_by_role("button", name="保存并继续"))
    page.goto(f"{own}/plans")
    assert len(chosen(page)) == 1
    expect(page.locator(".usual .pill-input:checked")).to_have_value("under_way")


def test_the_closed_checklist_is_passed_in_fewer_than_25_tab_stops(visit: Visit) -> None:
    page = visit.page
    plans(visit)
    page.locator("[data-find]").focus()
    inside = "document.activeElement.closest('#q-activities') !== null"
    stops = 0
    while page.evaluate(inside):
        page.keyboard.press("Tab")
        stops += 1
        assert stops < 25
    assert stops > 9


def test_the_page_speaks_once_after_the_last_change(visit: Visit) -> None:
    page = visit.page
    start(visit)
    page.evaluate(
        """() => {
          window.spoken = [];
          new MutationObserver(() => window.spoken.push(document.getElementById("said").textContent))
            .observe(document.getElementById("said"), { childList: true, characterData: true, subtree: true });
        }"""
    )
    group = page.get_by_role("group", name="是民营企业吗?")
    group.get_by_label("是", exact=True).check()
    expect(page.locator("#counts")).to_contain_text("已答 1 问")
    assert page.evaluate("window.spoken.length") == 0, "still typing"
    page.locator("[name=a_name]").fill("云岭")
    expect(page.locator("#said")).to_have_text(re.compile("已答 1 问"))
    page.wait_for_timeout(1200)
    assert page.evaluate("window.spoken.length") == 1


@pytest.mark.parametrize("visit", [DESKTOP, PHONE], indirect=True)
def test_what_was_typed_is_still_there_after_back_and_forward(visit: Visit) -> None:
    page = visit.page
    own = start(visit)
    page.goto(f"{own}/operations")
    page.locator("[name=a_employees]").fill("20")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{own}/results")
    page.go_back()
    expect(page.locator("[name=a_employees]")).to_have_value("20")
    expect(page.locator("#counts")).to_contain_text("已答 1 问")
    page.go_forward()
    page.go_back()
    expect(page.locator("[name=a_employees]")).to_have_value("20")


def test_a_page_that_came_back_with_a_mistake_is_not_left_without_asking(visit: Visit) -> None:
    page = visit.page
    own = start(visit)
    page.goto(f"{own}/operations")
    page.locator("[name=a_employees]").fill("很多")
    visit.follow(page.get_by_role("button", name="保存并继续"))
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("[name=a_employees]").click()  # browsers ask only who has touched the page
    page.goto(own)
    assert asked == ["beforeunload"]


def test_a_save_asks_nothing(visit: Visit) -> None:
    page = visit.page
    own = start(visit)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"{own}/operations")
    page.locator("[name=a_employees]").fill("20")
    visit.follow(page.get_by_role("button", name="保存并继续"))
    page.goto(own)
    assert asked == []


def test_the_code_is_copied_and_without_a_script_there_are_no_buttons(visit: Visit) -> None:
    page = visit.page
    own = start(visit)
    page.goto(own)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="复制").click()
    expect(page.locator("[data-copy]")).to_have_text("已复制")
    code = page.locator("#recovery-code").inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == code
    axe.check(page)


@pytest.mark.parametrize("visit", [NO_SCRIPT], indirect=True)
def test_without_a_script_the_code_stands_alone(visit: Visit) -> None:
    visit.page.goto(start(visit))
    expect(visit.page.locator("#recovery-code")).to_be_visible()
    expect(visit.page.locator(".recovery-buttons")).to_be_hidden()


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_two_tabs_are_merged_or_asked_about(visit: Visit) -> None:
    page = visit.page
    own = start(visit)
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(f"{own}/operations")
    page.locator("[name=a_employees]").fill("20")
    visit.follow(page.get_by_role("button", name="保存并继续"))
    other.locator("[name=a_revenue]").fill("1200")
    with other.expect_navigation():
        other.get_by_role("button", name="保存并继续").click()
    expect(other.locator(".notice")).to_contain_text("两边的都留下了")

    for tab in (page, other):
        tab.goto(f"{own}/operations")
        expect(tab.locator("[name=a_revenue]")).to_have_value("1200")
    page.locator("[name=a_employees]").fill("30")
    visit.follow(page.get_by_role("button", name="保存并继续"))
    other.locator("[name=a_employees]").fill("40")
    with other.expect_navigation():
        other.get_by_role("button", name="保存并继续").click()
    expect(other.locator(".error-summary")).to_contain_text("别处存的是 30 人")
    expect(other.locator("[name=a_employees]")).to_have_value("40")
    axe.check(other)

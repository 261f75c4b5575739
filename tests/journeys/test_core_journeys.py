"""The way of every company, from the first page to the printed sheet, once for each way to use a computer.

In full with a mouse on a wide screen in Chinese; then again with one thing different at a time. Every page on
the way is checked (see `Visit.check`) and kept as a picture.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from matcher.catalogue import Catalogue
from tests.journeys.hands import Hand, Keyboard, Mouse
from tests.journeys.said import Said
from tests.journeys.visits import Setting, Visit

pytestmark = pytest.mark.journey

NAME = "合肥云岭科技有限公司"
TITLE = "专精特新中小企业"
SETTINGS = [
    Setting("mouse"),
    Setting("keyboard", keyboard=True),
    Setting("no-script", scripts=False),
    Setting("phone", width=360, height=640),
    Setting("english", language="en"),
    Setting("zoom-400", width=320, height=256),
    Setting("care", display="care"),
    Setting("contrast", display="contrast"),
]


@pytest.mark.parametrize("visit", SETTINGS, indirect=True, ids=str)
def test_from_the_first_page_to_the_sheet(visit: Visit, catalogue: Catalogue) -> None:
    said = Said(visit.page, catalogue.vocabulary, visit.setting.language)
    hand: Hand = Keyboard(visit.page) if visit.setting.keyboard else Mouse(visit.page)
    start(visit, said, hand)
    correct_a_mistake(visit, said, hand)
    fill(visit, said, hand)
    read_the_results(visit, said, hand)
    suppose(visit, said, hand)
    take_the_sheet(visit, said, hand)


def start(visit: Visit, said: Said, hand: Hand) -> None:
    page = visit.page
    page.goto(visit.address)
    if visit.setting.language == "en":
        hand.go(page.get_by_role("link", name="English", exact=True))
    if visit.setting.display:
        hand.go(said.link(f"shell.{visit.setting.display}_on"))
        expect(page.locator(f"html.{visit.setting.display}")).to_have_count(1)
    visit.check("home")
    hand.write(page.get_by_label(said.text("home.company")), NAME)
    hand.go(said.button("home.start"))
    expect(said.box("企业名称")).to_have_value(NAME)


def correct_a_mistake(visit: Visit, said: Said, hand: Hand) -> None:
    """A page that comes back names what is wrong, leads to it and keeps everything typed."""
    page = visit.page
    hand.write(said.box("注册地"), "合飞市")
    hand.choose(said.option("民营企业", "yes"))
    hand.go(said.button("form.save_next"))
    expect(page.locator(".error-summary")).to_be_focused()
    visit.check("mistake")
    expect(said.box("注册地")).to_have_value("合飞市")
    expect(said.option("民营企业", "yes")).to_be_checked()
    wrong = page.locator(".error-summary a").first
    if visit.setting.keyboard:
        page.keyboard.press("Tab")
        expect(wrong).to_be_focused()
        page.keyboard.press("Enter")
    else:
        wrong.click()
    expect(said.box("注册地")).to_be_in_viewport()
    hand.write(said.box("注册地"), "合肥市")
    hand.go(said.button("form.save_next"))


ANSWERS = {
    "industry": {"行业": "6520"},
    "operations": {"从业人员": "８０", "营业收入": "２，０００", "资产总额": "3000"},
    "innovation": {"研发费用": "160", "科技人员": "30", "发明专利": "3"},
}


def fill(visit: Visit, said: Said, hand: Hand) -> None:
    """Go through the other groups in the order in which they come."""
    page, seen = visit.page, []
    while "/results" not in page.url:
        group = re.split("[?#]", page.url)[0].rpartition("/")[2]
        seen.append(group)
        for label, text in ANSWERS.get(group, {}).items():
            hand.write(said.box(label), text)
        if group == "titles":
            choose_folded(hand, said.member("资质", TITLE, "1"))
            hand.write(dates_of(said), "2025-01-01")
            hand.choose(said.rest("资质", "none"))
        if group == "plans":
            choose_folded(hand, said.member("事项", "技术改造", "planned"))
        visit.check(group)
        last = said.button("form.save_next").count() == 0
        hand.go(said.button("form.save_results" if last else "form.save_next"))
        assert page.locator(".error-summary").count() == 0, page.locator("main").inner_text()
    assert {*ANSWERS, "titles", "plans"} <= set(seen)


def choose_folded(hand: Hand, option: Locator) -> None:
    around = option.locator("xpath=ancestor::details[not(@open)]/summary")
    if around.count():
        hand.unfold(around.first)
    hand.choose(option)


def dates_of(said: Said) -> Locator:
    member = said.wording.member("资质", TITLE)
    return said.page.get_by_label(re.compile(rf".+ {re.escape(member)}$")).first


def read_the_results(visit: Visit, said: Said, hand: Hand) -> None:
    page = visit.page
    expect(page.locator("h1")).to_contain_text(said.text("results.title"))
    visit.check("results")
    numbers = [int(text) for text in page.locator(".counter-number").all_text_contents()]
    assert len(numbers) == 4
    assert str(sum(numbers)) in page.locator(".sum").inner_text()

    card = page.get_by_role("article").first
    hand.unfold(card.locator("summary").first)
    expect(card.locator("details[open] li").first).to_be_visible()


def suppose(visit: Visit, said: Said, hand: Hand) -> None:
    page = visit.page
    before = page.locator(".counter-number").all_text_contents()
    hand.go(page.get_by_role("region", name=said.text("if.title")).get_by_role("link").first)
    expect(page.get_by_text(said.text("if.band")).first).to_be_visible()
    visit.check("what-if")
    assert page.locator(".counter-number").all_text_contents() != before
    hand.go(said.link("if.clear"))
    assert page.locator(".counter-number").all_text_contents() == before


def take_the_sheet(visit: Visit, said: Said, hand: Hand) -> None:
    page = visit.page
    hand.go(said.link("sheet.title"))
    expect(page.locator("h1")).to_have_text(said.text("sheet.heading"))
    expect(page.get_by_text(NAME).first).to_be_visible()
    visit.check("sheet")

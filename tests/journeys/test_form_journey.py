"""The form in a real browser: counts while typing, search, recovery code, a file in and out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys import axe
from tests.journeys.conftest import Visit

pytestmark = pytest.mark.journey

DESKTOP, PHONE = (True, 1280, 800), (True, 360, 640)
NO_SCRIPT = (False, 1280, 800)
DEMO = Path(__file__).parents[2] / "seeds" / "companies" / "demo.yaml"


def start(visit: Visit) -> str:
    """Start a profile; gives the address of its pages."""
    visit.page.goto(visit.address)
    visit.follow(visit.page.get_by_role("button", name="开始测一测"))
    return visit.page.url.rpartition("/")[0]


def bring(visit: Visit, file: Path) -> str:
    """Import a company file into a new profile; gives the address of its pages."""
    page = visit.page
    page.goto(f"{visit.address}/import")
    page.locator("#file").set_input_files(file)
    visit.follow(page.locator("main button[type=submit]"))
    visit.follow(page.locator("main button[type=submit]"))
    return page.url.rpartition("/")[0]


@pytest.mark.parametrize("visit", [DESKTOP, PHONE], indirect=True)
def test_the_counts_follow_what_is_typed_and_what_is_restored(visit: Visit) -> None:
    page = visit.page
    own = start(visit)
    strip = page.locator("#counts")
    expect(strip).to_have_text("还没有回答")
    page.get_by_label("企业注册在哪里?").fill("合肥市")
    # Where it operates and where it pays taxes are the same place unless said otherwise.
    expect(strip).to_contain_text("已答 3 问")
    page.get_by_role("group", name="是民营企业吗?").get_by_label("是", exact=True).check()
    expect(strip).to_contain_text("已答 4 问")
    typed = strip.inner_text()
    visit.check()

    visit.follow(page.get_by_role("button", name="保存并继续"))
    expect(strip).to_have_text(typed)
    page.go_back()
    chosen = page.locator('select[name^="a_registered_region-"]').evaluate_all(
        "all => all.map(one => one.selectedOptions[0].text)"
    )
    assert "合肥市" in chosen
    expect(strip).to_have_text(typed)

    page.goto(f"{own}/results")
    met, open_, near, rest = map(int, page.locator(".counter-number").all_text_contents())
    assert [int(said) for said in re.findall(r"\d+", typed)[1:]] == [met, open_, near, rest]


@pytest.mark.parametrize("visit", [DESKTOP, PHONE], indirect=True)
def test_what_has_the_focus_is_never_under_the_strip(visit: Visit) -> None:
    page = visit.page
    own = start(visit)
    page.goto(f"{own}/operations")
    page.emulate_media(
        reduced_motion="reduce"
    )  # else the page is still scrolling when it is measured
    page.locator("[name=a_employees]").focus()
    for _ in range(24):
        page.keyboard.press("Tab")
        covered = page.evaluate(
            """() => {
              const strip = document.querySelector(".strip");
              const focused = document.activeElement;
              if (strip.contains(focused)) return false;
              return focused.getBoundingClientRect().bottom > strip.getBoundingClientRect().top + 1
                && focused.getBoundingClientRect().top < strip.getBoundingClientRect().bottom;
            }"""
        )
        assert not covered, page.evaluate("document.activeElement.outerHTML")


@pytest.mark.parametrize("visit", [DESKTOP, NO_SCRIPT], indirect=True)
def test_a_search_of_activities_keeps_what_is_chosen(visit: Visit) -> None:
    page = visit.page
    own = start(visit)
    page.goto(f"{own}/plans")
    page.locator("summary", has_text="绿色低碳").click()
    page.locator(".topic[open] .pill-planned").first.click()
    chosen = page.locator(".topic[open] .pill-input:checked").first.get_attribute("id")

    page.get_by_label("搜事项").fill("技改")
    button = page.get_by_role("button", name="找", exact=True)
    visit.follow(button) if not visit_has_script(visit) else page.wait_for_timeout(50)
    expect(page.locator("#q-activities-technical_renovation")).to_be_visible()
    expect(page.locator("[data-found]")).to_contain_text("找到")
    page.get_by_label("搜事项").fill("")
    visit.follow(page.get_by_role("button", name="保存并继续"))

    page.goto(f"{own}/plans")
    expect(page.locator(f"#{chosen}")).to_be_checked()


def visit_has_script(visit: Visit) -> bool:
    """Say whether the form's script ran: it takes the button away that it makes needless."""
    return visit.page.locator(".strip-button").is_hidden()


@pytest.mark.parametrize("visit", [DESKTOP, NO_SCRIPT, PHONE], indirect=True)
def test_a_file_is_brought_checked_changed_and_found_again_by_its_code(visit: Visit) -> None:
    page = visit.page
    page.goto(visit.address)
    visit.follow(page.get_by_role("link", name="有填好的文件?从文件导入"))
    visit.check()
    page.locator("#file").set_input_files(DEMO)
    visit.follow(page.get_by_role("button", name="读取"))
    expect(page.locator("h1")).to_have_text("这是读到的内容")
    visit.check()
    visit.follow(page.get_by_role("button", name="保存这些答案"))

    expect(page.locator("h1")).to_have_text("核对答案")
    visit.check()
    visit.follow(page.get_by_role("link", name="修改 民营企业"))
    page.get_by_role("group", name="是民营企业吗?").get_by_label("否", exact=True).check()
    visit.follow(page.get_by_role("button", name="保存并回到核对"))
    expect(page.locator("#q-private_enterprise .answer-said")).to_have_text("否")

    visit.follow(page.get_by_role("link", name="填写情况"))
    code = page.locator("#recovery-code").inner_text()
    own = page.url
    page.goto(visit.address)
    page.get_by_label("恢复码", exact=True).fill(f" {code.lower()} ")
    visit.follow(page.get_by_role("button", name="继续", exact=True))
    assert page.url == own


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_unsaved_answers_are_not_left_without_asking(visit: Visit) -> None:
    page = visit.page
    own = start(visit)
    page.get_by_label("企业注册在哪里?").fill("合肥市")
    asked: list[str] = []

    def answer(dialog: object) -> None:
        asked.append(getattr(dialog, "type", ""))
        dialog.accept()  # type: ignore[attr-defined]

    page.on("dialog", answer)
    page.get_by_label("企业注册在哪里?").press("Tab")
    page.goto(f"{own}/results")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize(
    ("visit", "language"), [(DESKTOP, "zh"), (PHONE, "en")], indirect=["visit"]
)
def test_axe_finds_nothing(visit: Visit, language: str, tmp_path: Path) -> None:
    page = visit.page
    own = bring(visit, DEMO)
    page.goto(f"{visit.address}?lang={language}")
    for address in (visit.address, own, f"{own}/answers", f"{own}/plans", f"{own}/import"):
        page.goto(address)
        axe.check(page)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("注册地: 合飞市\n职工人数: 12\n", encoding="utf-8")
    for file in (wrong, DEMO):
        page.goto(f"{own}/import")
        page.locator("#file").set_input_files(file)
        visit.follow(page.locator("main button[type=submit]").first)
        axe.check(page)

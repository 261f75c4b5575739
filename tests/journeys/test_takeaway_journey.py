"""Taking the results away in a real browser: the printed sheet, a shared snapshot, and its end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys import axe
from tests.journeys.conftest import Visit
from tests.journeys.test_path_journey import DESKTOP, NO_SCRIPT, PHONE, answer

pytestmark = pytest.mark.journey


def share(visit: Visit, own: str) -> str:
    """Share the results without figures; gives the address of the snapshot."""
    page = visit.page
    page.goto(f"{own}/results")
    page.locator(".takeaway summary").click()
    page.get_by_label("不显示我填的数字").check()
    visit.follow(page.get_by_role("button", name="生成", exact=True))
    expect(page.get_by_role("status").first).to_contain_text("分享链接已生成")
    return page.locator("#shares input.mono").first.input_value()


@pytest.mark.parametrize("visit", [DESKTOP, NO_SCRIPT, PHONE], indirect=True)
def test_results_are_shared_read_and_revoked(visit: Visit) -> None:
    page = visit.page
    own = answer(visit)
    address = share(visit, own)
    visit.check()

    page.goto(address)
    expect(page.locator("h1")).to_have_text("分享的比对结果")
    expect(page.locator("body")).to_contain_text("企业没有公开所填的数字")
    visit.check()

    page.goto(own)
    visit.follow(page.get_by_role("button", name=re.compile("^撤销")))
    expect(page.locator("#shares")).to_have_count(0)
    page.goto(address)
    expect(page.locator("h1")).to_have_text("这个链接不再有效")


@pytest.mark.parametrize("visit", [DESKTOP, PHONE], indirect=True)
def test_from_the_results_to_the_sheet_and_its_full_version(visit: Visit) -> None:
    page = visit.page
    answer(visit)
    visit.follow(page.get_by_role("link", name="打印结果单"))
    expect(page.locator("h1")).to_have_text("支持措施比对结果单")
    expect(page.get_by_role("img", name="扫码看全部支持措施")).to_be_visible()
    visit.check()

    visit.follow(page.get_by_role("link", name="看完整版"))
    expect(page.locator(".slip-rest")).to_have_count(0)
    visit.check()


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_the_short_sheet_is_two_pages_of_a4_in_black(visit: Visit) -> None:
    page = visit.page
    own = answer(visit)
    page.goto(f"{own}/sheet")
    page.emulate_media(media="print")

    for hidden in (".masthead", ".company-band", ".no-print"):
        expect(page.locator(hidden).first).to_be_hidden()
    for repeated, place in ((".running-head", "header"), (".running-foot", "footer")):
        expect(page.locator(repeated)).to_be_visible()
        expect(page.locator(repeated)).to_have_css("display", f"table-{place}-group")
        expect(page.locator(repeated)).to_have_css("break-inside", "avoid")
    expect(page.locator(".slip h3 a").first).to_have_css("color", "rgb(0, 0, 0)")
    expect(page.locator(".verdict").first).to_have_css("color", "rgb(0, 0, 0)")
    boxes = re.findall(rb"/MediaBox \[([\d. ]+)\]", page.pdf(prefer_css_page_size=True))
    assert 1 <= len(boxes) <= 2
    for box in boxes:
        assert [round(float(side)) for side in box.split()] == pytest.approx(
            [0, 0, 595, 842], abs=1
        )


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_the_calendar_is_a_download(visit: Visit) -> None:
    page = visit.page
    answer(visit)
    with page.expect_download() as download:
        page.get_by_role("link", name="把到期日记进日历").click()

    assert download.value.suggested_filename == "mianshen-dates.ics"
    assert "续期:专精特新中小企业" in download.value.path().read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("visit", "language"), [(DESKTOP, "zh"), (PHONE, "en")], indirect=["visit"]
)
def test_axe_finds_nothing_on_what_is_taken_away(visit: Visit, language: str) -> None:
    page = visit.page
    own = answer(visit)
    address = share(visit, own)
    page.goto(f"{visit.address}?lang={language}")
    gone = address[:-1] + ("A" if address[-1] != "A" else "B")
    for one in (f"{own}/sheet", f"{own}/sheet?full=1", own, f"{own}/results", address, gone):
        page.goto(one)
        axe.check(page)

"""What happens on the way: coming back another day, another language, back, a double click, two tabs, paper."""

from __future__ import annotations

import io
import re
import unicodedata

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader
from pypdf.generic import ContentStream

from matcher.catalogue import Catalogue
from tests.journeys.said import Said
from tests.journeys.visits import Setting, Visit

pytestmark = pytest.mark.journey

DESKTOP, NO_SCRIPT = Setting("desktop"), Setting("no-script", scripts=False)
BOTH = pytest.mark.parametrize("visit", [DESKTOP, NO_SCRIPT], indirect=True, ids=str)
NAME = "亳州三曹酿造🍶有限公司"


def begin(visit: Visit, said: Said, name: str = NAME) -> str:
    """Start a profile and answer where it is; gives the address of its pages."""
    page = visit.page
    page.goto(visit.address)
    page.get_by_label(said.text("home.company")).fill(name)
    visit.follow(said.button("home.start"))
    own = page.url.rpartition("/")[0]
    said.box("注册地").fill("亳州市")
    visit.follow(said.button("form.save_next"))
    return own


@pytest.fixture
def said(visit: Visit, catalogue: Catalogue) -> Said:
    """The words of the visitor's language."""
    return Said(visit.page, catalogue.vocabulary, visit.setting.language)


@BOTH
def test_a_saved_profile_is_found_again_by_its_code_and_by_its_address(
    visit: Visit, said: Said
) -> None:
    page = visit.page
    own = begin(visit, said)
    page.goto(own)
    visit.check("hub")
    code = page.locator("#recovery-code").inner_text()
    for typed in (code, code.lower().replace("-", " "), own):
        page.context.clear_cookies()
        page.goto(visit.address)
        page.get_by_label(said.text("home.resume_code"), exact=True).fill(typed)
        visit.follow(said.button("home.resume_button"))
        assert page.url == own
        expect(page.get_by_text(NAME).first).to_be_visible()

    page.goto(visit.address)
    page.get_by_label(said.text("home.resume_code"), exact=True).fill("0000-0000-0000")
    visit.follow(said.button("home.resume_button"))
    expect(page.get_by_label(said.text("home.resume_code"), exact=True)).to_have_value(
        "0000-0000-0000"
    )
    visit.check("wrong-code")


@BOTH
def test_the_language_of_a_form_that_is_being_filled_can_be_changed(
    visit: Visit, said: Said, catalogue: Catalogue
) -> None:
    """What was saved is there in both languages; a script asks before what is not saved is left."""
    page = visit.page
    own = begin(visit, said)
    page.goto(f"{own}/operations")
    said.box("从业人员").fill("８０")
    visit.follow(said.button("form.save_next"))
    page.goto(f"{own}/operations")
    said.box("营业收入").fill("1200")
    said.box("营业收入").press("Tab")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    visit.follow(page.get_by_role("link", name="English", exact=True))
    assert asked == (["beforeunload"] if visit.setting.scripts else [])
    english = Said(page, catalogue.vocabulary, "en")
    expect(said.box("从业人员")).to_have_value("80")
    visit.check("english")
    visit.follow(page.get_by_role("link", name="中文", exact=True))
    expect(said.box("从业人员")).to_have_value("80")
    assert english.text("form.save_next") not in page.locator("main").inner_text()


@BOTH
def test_the_back_button_leads_to_the_answers_as_they_were_typed(visit: Visit, said: Said) -> None:
    page = visit.page
    own = begin(visit, said)
    page.goto(f"{own}/operations")
    said.box("从业人员").fill("80")
    visit.follow(said.button("form.save_next"))
    page.go_back()
    expect(said.box("从业人员")).to_have_value("80")
    said.box("从业人员").fill("90")
    visit.follow(said.button("form.save_next"))
    page.goto(f"{own}/operations")
    expect(said.box("从业人员")).to_have_value("90")
    visit.check()


@BOTH
def test_a_double_click_on_save_saves_once_and_goes_on(visit: Visit, said: Said) -> None:
    page = visit.page
    own = begin(visit, said)
    page.goto(f"{own}/operations")
    said.box("从业人员").fill("80")
    # The second press may break off the first one's answer; where the page ends up is what counts.
    said.button("form.save_next").dblclick(no_wait_after=True)
    expect(page).to_have_url(re.compile("/innovation"))
    page.wait_for_load_state()
    assert page.locator(".error-summary").count() == 0
    page.goto(f"{own}/operations")
    expect(said.box("从业人员")).to_have_value("80")
    visit.check()


@BOTH
def test_two_tabs_of_one_profile_lose_nothing(
    visit: Visit, said: Said, catalogue: Catalogue
) -> None:
    """Different answers of two tabs are both kept; of the same answer the second tab is asked."""
    page, own = visit.page, begin(visit, said)
    page.goto(f"{own}/operations")
    other = page.context.new_page()
    there = Said(other, catalogue.vocabulary, "zh")
    other.goto(f"{own}/operations")
    there.box("从业人员").fill("80")
    with other.expect_navigation():
        there.button("form.save_next").click()

    said.box("从业人员").fill("90")
    said.box("营业收入").fill("1200")
    visit.follow(said.button("form.save_next"))
    expect(page.locator(".error-summary")).to_be_visible()
    expect(said.box("从业人员")).to_have_value("90")
    expect(said.box("营业收入")).to_have_value("1200")
    visit.check("two-tabs")
    visit.follow(said.button("form.save_next"))
    other.goto(f"{own}/operations")
    expect(there.box("从业人员")).to_have_value("90")
    expect(there.box("营业收入")).to_have_value("1200")


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True, ids=str)
def test_the_printed_sheet_can_be_searched_and_no_sign_is_missing(visit: Visit, said: Said) -> None:
    page = visit.page
    own = begin(visit, said, "亳州三曹酿造有限公司")
    page.goto(f"{own}/sheet")
    printed = page.pdf(prefer_css_page_size=True)
    visit.folder.mkdir(parents=True, exist_ok=True)
    (visit.folder / "sheet.pdf").write_bytes(printed)
    reader = PdfReader(io.BytesIO(printed))
    assert 1 <= len(reader.pages) <= 2
    for number, sheet in enumerate(reader.pages, start=1):
        text = plain(sheet.extract_text())
        assert "亳州三曹酿造有限公司" in text
        assert f"{number}/{len(reader.pages)}" in text
    whole = "".join(plain(sheet.extract_text()) for sheet in reader.pages)
    for words in (said.text("sheet.heading"), "符合", said.text("foot.promise")):
        assert plain(words) in whole
    assert [font for sheet in reader.pages for font in missing(sheet, reader)] == []


def plain(text: str) -> str:
    """Give a text without breaks; where a font draws 支 and its radical ⽀ with one sign, it is 支."""
    return unicodedata.normalize("NFKC", "".join(text.split()))


def missing(sheet: object, reader: PdfReader) -> list[str]:
    """List the fonts of a sheet that draw the sign which stands for signs they lack: number 0."""
    fonts = {name: font.get_object() for name, font in sheet["/Resources"]["/Font"].items()}  # type: ignore[index]
    found, used = [], ""
    for operands, operator in ContentStream(sheet["/Contents"].get_object(), reader).operations:  # type: ignore[index]
        if operator == b"Tf":
            used = operands[0]
        drawn = operands[0] if operator == b"TJ" else operands
        for part in drawn if operator in (b"Tj", b"TJ") else ():
            if fonts[used]["/Subtype"] == "/Type0" and hasattr(part, "original_bytes"):
                codes = part.original_bytes
                if any(codes[at : at + 2] == b"\0\0" for at in range(0, len(codes), 2)):
                    found.append(str(fonts[used]["/BaseFont"]))
    return found

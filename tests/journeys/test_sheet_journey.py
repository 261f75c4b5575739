"""The sheet on paper: two pages of A4 for each sample company, its words searchable, its code readable."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import PIL.Image
import pytest
import zxingcpp
from flask import Flask
from pypdf import PdfReader

from tests.conftest import SEEDS
from tests.journeys.conftest import Visit
from webapp.services import profiles
from webapp.services.importing import understand
from webapp.shared import Portal

pytestmark = pytest.mark.journey

DESKTOP = (True, 1280, 800)
SAMPLES = sorted((SEEDS / "companies").glob("*.yaml"))
PROMISE = "本结果是按公开条文的比对,不是审批决定。"


def kept(file: Path, served: Flask) -> str:
    """Keep the answers of a sample company; gives its token."""
    portal: Portal = served.extensions["mianshen"]
    text = file.read_text(encoding="utf-8")
    found = understand(text, file.name, portal.catalogue.vocabulary, portal.today())
    return profiles.create(portal.database, found.facts, portal.now())


def pages(visit: Visit, address: str) -> list[str]:
    """Print a page and give the words of each sheet of paper.

    Fonts share the shape of a character with that of its radical, so a PDF may name the one for the
    other; readers compare them by compatibility, and so does this.
    """
    visit.page.goto(address)
    printed = PdfReader(io.BytesIO(visit.page.pdf(prefer_css_page_size=True)))
    return [
        "".join(unicodedata.normalize("NFKC", one.extract_text()).split()) for one in printed.pages
    ]


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_the_short_sheet_takes_two_pages(visit: Visit, served: Flask, file: Path) -> None:
    token = kept(file, served)
    found = pages(visit, f"{visit.address}/p/{token}/sheet")
    assert len(found) <= 2
    for number, words in enumerate(found, start=1):
        assert f"{number}/{len(found)}" in words
        assert "规则版本" in words
        assert unicodedata.normalize("NFKC", PROMISE) in words
    assert "支持措施比对结果单" in found[0]


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_the_full_sheet_repeats_its_head_and_splits_no_finding(visit: Visit, served: Flask) -> None:
    token = kept(SEEDS / "companies" / "demo.yaml", served)
    found = pages(visit, f"{visit.address}/p/{token}/sheet?full=1")
    assert len(found) > 2
    assert all("合肥示例微电子有限公司" in words for words in found)
    visit.page.emulate_media(media="print")
    for name in ("slip", "slip-row"):
        kinds = visit.page.locator(f"li.{name}").evaluate_all(
            "items => [...new Set(items.map(item => getComputedStyle(item).breakInside))]"
        )
        assert kinds in ([], ["avoid"])


@pytest.mark.parametrize("visit", [DESKTOP], indirect=True)
def test_the_code_on_the_sheet_is_read_by_a_scanner(visit: Visit, served: Flask) -> None:
    token = kept(SEEDS / "companies" / "demo.yaml", served)
    visit.page.goto(f"{visit.address}/p/{token}/sheet")
    picture = PIL.Image.open(io.BytesIO(visit.page.locator(".qr svg").screenshot()))
    (code,) = zxingcpp.read_barcodes(picture)
    assert code.text == f"{visit.address}/measures"
    assert token not in code.text

"""A stranger reads a public list and objects to it, with evidence, without an account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from matcher.catalogue import Catalogue
from tests.journeys.city import BARE, CARE, ENGLISH, PHONE, WIDE, Walk
from tests.webapp.city import OTHER_CODE, OTHER_NAME, SOLE_CODE, SOLE_NAME
from tests.webapp.publicity.test_evidence import PNG

pytestmark = pytest.mark.journey


@pytest.fixture
def walk(
    request: pytest.FixtureRequest,
    browser: Browser,
    sample_catalogue: Catalogue,
    tmp_path: Path,
    shots: Path,
) -> Iterator[Walk]:
    """A city with two companies on a public list; the parameter is how the visitor reads."""
    with Walk.begun(browser, sample_catalogue, request.param, tmp_path, shots) as walk:
        cases = [
            walk.city.confirmed(walk.city.company(name, code), name)
            for name, code in ((OTHER_NAME, OTHER_CODE), (SOLE_NAME, SOLE_CODE))
        ]
        walk.city.publicised(cases)
        yield walk


@pytest.mark.parametrize("walk", [WIDE, BARE, PHONE], indirect=True, ids=str)
def test_a_stranger_objects_and_finds_the_answer(walk: Walk) -> None:
    page = walk.visit.page
    walk.go("/")
    page.get_by_role("link", name="公示").first.click()
    walk.visit.check("lists")
    walk.follow("高新技术企业奖励公示", "list")
    assert "王小明" not in page.content()
    walk.follow(f"提出异议 {OTHER_NAME}", "who")
    walk.follow("我要对名单提异议", "form")
    walk.press("下一步:核对", "faults")
    page.get_by_label("注册地属于深圳市").check()
    page.get_by_label("事实和理由").fill("这家企业去年已经搬走")
    page.get_by_label("证明材料").set_input_files(
        [
            {"name": "照片.png", "mimeType": "image/png", "buffer": PNG},
            {
                "name": "太大.pdf",
                "mimeType": "application/pdf",
                "buffer": b"%PDF-" + b"0" * 6_000_000,
            },
        ]
    )
    walk.press("下一步:核对", "too-big")
    assert "超过 5 MB" in walk.words
    assert page.get_by_label("事实和理由").input_value() == "这家企业去年已经搬走"
    walk.press("下一步:核对", "check")
    assert "照片.png" in walk.words
    walk.press("修改")
    assert page.get_by_label("注册地属于深圳市").is_checked()
    walk.press("下一步:核对")
    walk.press("提交异议", "receipt")
    number = page.locator(".receipt-number").inner_text()

    walk.city.answered(1, False, "经核实,注册地未变")
    walk.go("/appeals", "find")
    page.get_by_label("回执号").fill(number.lower())
    walk.press("查结果", "answer")
    assert "经核实,注册地未变" in walk.words


@pytest.mark.parametrize("walk", [WIDE, PHONE, CARE, ENGLISH], indirect=True, ids=str)
def test_every_page_of_lists_and_objections_fits(walk: Walk) -> None:
    for path in (
        "/publicity",
        "/publicity/G2026-0001",
        "/appeals/new?case=1",
        "/appeals/new?case=1&kind=objection",
        "/appeals",
        "/appeals/2222",
    ):
        walk.go(path)
    walk.city.on(date(2026, 3, 10))
    walk.go("/publicity", "archive")
    walk.go("/publicity/G2026-0001", "over")
    walk.go("/appeals/new?case=1&kind=objection", "closed")

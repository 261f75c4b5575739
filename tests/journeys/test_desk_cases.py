"""Handler, reviewer and finance take a case from the queue to the books, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from matcher.catalogue import Catalogue
from tests.journeys.serving import served
from tests.journeys.visits import Setting, Visit, opened
from tests.webapp.desk.demonstration import Stage, copied, filled
from webapp.services.cases.returns import COLUMNS
from webapp.services.exports import csv_bytes

WIDE = Setting("wide")
BARE = Setting("bare", scripts=False)
PHONE = Setting("phone", scripts=False, width=360, height=640)
ENGLISH = Setting("english", language="en")


@pytest.fixture(scope="module")
def made(sample_catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demonstration."""
    return filled(sample_catalogue, tmp_path_factory.mktemp("demonstration"))


@pytest.fixture
def desk(sample_catalogue: Catalogue, made: Path, tmp_path: Path) -> Iterator[tuple[Stage, str]]:
    """A served application of its own over the demonstration."""
    stage = copied(sample_catalogue, made, tmp_path)
    with served(stage.app) as address:
        yield stage, address
    stage.held.database.close()


class Colleagues:
    """Members of staff, each with a tab that is checked as any visitor's."""

    def __init__(self, browser: Browser, desk: tuple[Stage, str], setting: Setting, shots: Path):
        self.browser, (self.stage, self.address) = browser, desk
        self.setting, self.shots = setting, shots
        self.opened: list[object] = []

    def sign_in(self, login: str) -> Visit:
        held = opened(self.browser, self.address, self.setting, self.shots / login)
        visit = held.__enter__()
        self.opened.append(held)
        cookie = {"name": "mianshen", "value": self.stage.token(login), "url": self.address}
        visit.page.context.add_cookies([cookie])
        if self.setting.language == "en":
            lang = {"name": "lang", "value": "en", "url": self.address}
            visit.page.context.add_cookies([lang])
        return visit

    def leave(self) -> None:
        for held in reversed(self.opened):
            held.__exit__(None, None, None)  # type: ignore[attr-defined]


@pytest.fixture
def colleagues(
    request: pytest.FixtureRequest, browser: Browser, desk: tuple[Stage, str], shots: Path
) -> Iterator[Colleagues]:
    """The staff of the demonstration; the parameter is how they read."""
    made = Colleagues(browser, desk, request.param, shots)
    yield made
    made.leave()


def go(visit: Visit, path: str, name: str = "") -> Page:
    visit.page.goto(visit.address + path)
    visit.check(name)
    return visit.page


def press(visit: Visit, words: str, exact: bool = True) -> None:
    visit.follow(visit.page.get_by_role("button", name=words, exact=exact).first)


@pytest.mark.parametrize("colleagues", [WIDE, BARE, PHONE], indirect=True, ids=str)
def test_a_case_goes_from_the_list_to_the_books(colleagues: Colleagues) -> None:
    """经办 sends to the list, 复核 approves what is over, 财务 pays and takes in the bank's answer."""
    stage = colleagues.stage
    handler = colleagues.sign_in("jingban")
    go(handler, "/desk/cases", "queue")
    go(handler, "/desk/cases?view=board", "board")
    go(handler, f"/desk/cases/{stage.case('vetted').id}", "vetted")
    press(handler, "冻结名单")
    handler.check("frozen")
    assert "预算已占用" in handler.page.content()
    go(handler, "/desk/cases/publish", "publish")
    press(handler, "送公示(", exact=False)
    handler.check("list")
    go(handler, "/desk/lists", "lists")

    reviewer = colleagues.sign_in("fuhe1")
    go(reviewer, f"/desk/cases/{stage.case('publicised').id}", "runs")
    go(reviewer, f"/desk/cases/{stage.case('over').id}", "approve")
    press(reviewer, "批准")
    reviewer.check("approved")

    finance = colleagues.sign_in("caiwu")
    go(finance, "/desk/payments", "payments")
    for box in finance.page.locator("input[name=case]").all():
        box.check()
    press(finance, "核对选中的")
    finance.check("confirm")
    assert "合计 200,000 元" in finance.page.content()
    press(finance, "做付款文件(", exact=False)
    finance.check("file")
    number = re.search(r"B\d{4}-\d{4}", finance.page.url)
    assert number
    with finance.page.expect_download() as waiting:
        finance.page.get_by_role("button", name="下载 CSV").click()
    assert waiting.value.suggested_filename == f"{number[0]}.csv"
    _take(finance, [(number[0], "1", "100000.00", "大概", "", "2026-03-20")])
    finance.check("bad-return")
    assert "只写 成功" in finance.page.content()
    rows = [(number[0], str(n), "100000.00", "成功", "", "2026-03-20") for n in (1, 2)]
    _take(finance, rows)
    finance.check("taken")
    go(finance, "/desk/reconciliation", "books")
    go(finance, "/desk/budgets", "budgets")
    assert stage.case("over").state == "paid"


def _take(visit: Visit, rows: list[tuple[str, ...]]) -> None:
    visit.page.goto(visit.address + "/desk/payments/returns")
    file = {"name": "return.csv", "mimeType": "text/csv", "buffer": csv_bytes(COLUMNS, rows)}
    visit.page.set_input_files("input[name=file]", file)  # type: ignore[arg-type]
    press(visit, "导入")


@pytest.mark.parametrize("colleagues", [WIDE, PHONE], indirect=True, ids=str)
def test_two_reviewers_answer_an_objection(colleagues: Colleagues) -> None:
    one, two = colleagues.sign_in("fuhe1"), colleagues.sign_in("fuhe2")
    go(one, "/desk/appeals", "queue")
    one.follow(one.page.get_by_role("link", name=re.compile("异议 \\d")).first)
    one.check("plea")
    address = one.page.url.removeprefix(one.address)
    one.page.get_by_label("异议不成立").check()
    one.page.get_by_label("答复内容").fill("经核实,证书有效。")
    press(one, "预览答复函")
    one.check("letter")
    press(one, "提出,等第二人签字")
    one.check("proposed")
    go(two, address, "to-sign")
    press(two, "签字,发出答复")
    two.check("signed")
    assert colleagues.stage.case("objected").state == "publicised"


@pytest.mark.parametrize("colleagues", [WIDE], indirect=True, ids=str)
def test_a_card_is_moved_by_the_keyboard_alone(colleagues: Colleagues) -> None:
    visit = colleagues.sign_in("jingban")
    row, name = colleagues.stage.case("compared"), colleagues.stage.company("compared").name
    page = go(visit, "/desk/cases?view=board&show=check")
    card = page.locator(".case-card", has=page.get_by_role("link", name=name, exact=True))
    card.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "action"
    page.keyboard.type("核过信用")
    for _ in range(2):
        page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    visit.check("moved")
    assert page.url.endswith("view=board&show=check")
    assert colleagues.stage.case("compared").state == "vetted"
    assert colleagues.stage.case("compared").version == row.version + 1


@pytest.mark.parametrize("colleagues", [ENGLISH], indirect=True, ids=str)
def test_the_pages_read_in_english(colleagues: Colleagues) -> None:
    visit, stage = colleagues.sign_in("fuhe1"), colleagues.stage
    for path in (
        "/desk/cases",
        "/desk/cases?view=board",
        f"/desk/cases/{stage.case('over').id}",
        f"/desk/cases/{stage.case('paid').id}/print",
        "/desk/lists",
        "/desk/appeals",
        "/desk/appeals/1",
    ):
        go(visit, path, re.sub(r"\W+", "-", path).strip("-"))
    finance = colleagues.sign_in("caiwu")
    for path in (
        "/desk/payments",
        "/desk/payments/returns",
        "/desk/reconciliation",
        "/desk/budgets",
    ):
        go(finance, path, re.sub(r"\W+", "-", path).strip("-"))

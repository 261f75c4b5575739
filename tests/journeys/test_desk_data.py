"""数据部门 sends a file and settles what disagrees, 审计 checks the chain, 管理 says who speaks for whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from matcher.catalogue import Catalogue
from tests.journeys.serving import City, desk
from tests.journeys.visits import Setting, Visit
from tests.webapp.accounts.conftest import House
from webapp.services.audit.verify import Signer, keep_head
from webapp.services.people.roles import SYSTEM, Role
from webapp.services.registry.companies import register
from webapp.services.registry.learning import Telling, Told, learn

WIDE = Setting("wide")
BARE = Setting("bare", scripts=False)
PHONE = Setting("phone", scripts=False, width=360, height=640)
ENGLISH = Setting("english", language="en")
SETTINGS = [WIDE, BARE, PHONE, ENGLISH]
EACH = [WIDE, BARE]
"""The other journeys of these pages: with script and without."""
CODE, NAME = "91340100MA2ABCDE0X", "安徽云岭药业有限公司"
FILE = (
    "统一社会信用代码,企业名称,高新技术企业,研发费用(万元),备注\n"
    f"{CODE},{NAME},是,300,无\n"
    "91340100MA2FGHJK12,合肥望江茶业有限公司,也许,20,\n"
    "12,短代码有限公司,是,1,\n"
)


@pytest.fixture
def city(
    request: pytest.FixtureRequest,
    browser: Browser,
    catalogue: Catalogue,
    tmp_path: Path,
    shots: Path,
) -> Iterator[City]:
    """A desk with a company that two departments disagree about."""
    with desk(catalogue, tmp_path, browser, request.param, shots) as made:
        _furnish(made.app, catalogue, made.house)
        yield made


def _furnish(app: Any, catalogue: Catalogue, house: House) -> None:
    words, now = catalogue.vocabulary, house.now - timedelta(days=1)
    with house.database.writing() as session:
        first = register(session, CODE, NAME, SYSTEM, now)
        register(session, "91340100MA2FGHJK12", "合肥望江茶业有限公司", SYSTEM, now)
        first.region = "340104"
        facts = {("注册地", "市场监管局"): '"合肥市"', ("研发费用", "税务局"): '"280 万元"'}
        for (attribute, custodian), value in facts.items():
            period = "2025" if attribute == "研发费用" else ""
            told = Told(attribute, "", period, value, True)
            learn(session, {first.id: [told]}, Telling(custodian, None, now), words)
        held = '{"取得日期": "2025-03-01", "有效期至": "2028-02-29"}'
        kind = Told("主体类别", "企业", "", '"是"', True)
        title = Told("资质", "高新技术企业", "", held, False)
        learn(session, {first.id: [kind]}, Telling("市场监管局", None, now), words)
        learn(session, {first.id: [title]}, Telling("", None, now), words)
        for said in ('"2018-03-01"', '"2019-03-01"'):
            source = "市场监管局" if "2018" in said else "税务局"
            fact = Told("成立日期", "", "", said, True)
            learn(session, {first.id: [fact]}, Telling(source, None, now), words)
    with house.database.writing() as session:
        signer = Signer(str(app.config["SECRET_KEY"]).encode())
        keep_head(session, signer, house.now.date() + timedelta(days=1))


def wait(city: City, visit: Visit) -> None:
    """Ask how far a file is until nobody works on it any more, as a reader without scripts does."""
    for _ in range(60):
        link = visit.page.get_by_role("link", name=city.say("facts.refresh"))
        if not link.count():
            return
        visit.check()
        visit.page.wait_for_timeout(500)
        visit.follow(link)
    raise AssertionError("still at work")


def go(visit: Visit, path: str, name: str = "") -> Page:
    visit.page.goto(visit.address + path)
    visit.check(name)
    return visit.page


@pytest.mark.parametrize("city", SETTINGS, indirect=True, ids=str)
def test_a_department_sends_a_file_that_is_half_right(city: City, tmp_path: Path) -> None:
    """管理 binds the account; 数据部门 uploads, looks, takes over and gets the refused rows back."""
    person = city.house.person(Role.DATA, second=True, name="李数据")
    admin = city.visit(city.house.person(Role.ADMIN, second=True, name="赵管理"), "admin")
    data = city.visit(person, "data")
    go(data, "/desk/facts", "nobody")
    page = go(admin, f"/desk/users/{person.id}", "user")
    page.get_by_label("科技局", exact=True).check()
    city.button(admin, "users.save_custodians")
    admin.check("bound")

    page = go(data, "/desk/facts", "empty")
    city.button(data, "facts.look")
    data.check("no-file")
    file = tmp_path / "科技局名单.csv"
    file.write_text(FILE, encoding="utf-8")
    page.locator("#file").set_input_files(file)
    city.button(data, "facts.look")
    wait(city, data)
    data.check("preview")
    assert city.say("facts.would") in page.content()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=city.say("facts.download")).click()
    back = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert "也许" in back
    assert CODE not in back
    city.button(data, "facts.take", n=1)
    wait(city, data)
    data.check("taken")
    go(data, "/desk/facts", "history")


@pytest.mark.parametrize("city", EACH, indirect=True, ids=str)
def test_what_disagrees_and_what_departments_decide(city: City, tmp_path: Path) -> None:
    """经办 proposes and enters, another settles and 复核 approves; the list shows who still lacks it."""
    handler = city.visit(city.house.person(Role.HANDLER, second=True, name="孙经办"), "handler")
    page = go(handler, "/desk/conflicts", "conflicts")
    handler.follow(page.locator(".row-title a").first)
    handler.check("conflict")

    go(handler, "/desk/decisions/judgements", "judgements")
    page.select_option("#name", "科技型企业")
    page.fill("#code", CODE)
    page.locator("#holds-1").check()
    page.fill("#day", "2026-11-01")
    city.button(handler, "decisions.enter_button")
    handler.check("no-document")
    page.fill("#document", "合科〔2026〕12号")
    city.button(handler, "decisions.enter_button")
    handler.check("entered")
    entered = page.url.removeprefix(city.address)

    go(handler, "/desk/decisions/lists", "lists")
    page.select_option("#name", "倍增计划企业名单")
    file = tmp_path / "名单.csv"
    file.write_text(f"统一社会信用代码,企业名称\n{CODE},{NAME}\n", encoding="utf-8")
    page.locator("#file").set_input_files(file)
    page.fill("#day", "2026-11-01")
    page.fill("#document", "合工信〔2026〕3号")
    city.button(handler, "decisions.enter_button")
    handler.check("list")
    go(handler, "/desk/decisions/parameters", "parameters")

    reviewer = city.visit(city.house.person(Role.REVIEWER, second=True, name="周复核"), "reviewer")
    go(reviewer, entered, "waiting")
    city.button(reviewer, "decisions.approve")
    reviewer.check("approved")


@pytest.mark.parametrize("city", EACH, indirect=True, ids=str)
def test_a_company_that_has_not_had_it_is_told(city: City) -> None:
    """坐席 lists who meets a measure, and notes that one was told."""
    desk = city.visit(city.house.person(Role.DESK, second=True, name="王坐席"), "desk")
    page = go(desk, "/desk/outreach", "choose")
    page.select_option("#measure", "hefei-2025/1.4")
    page.locator("#facts-every").check()
    city.button(desk, "outreach.list")
    desk.check("found")
    page.locator("details.why-box summary").last.click()
    page.locator("textarea[name=note]").fill("下周带证书来窗口")
    city.button(desk, "outreach.mark_button")
    desk.titles.clear()  # the same page under the same address, written in another way
    desk.check("told")
    assert "下周带证书来窗口" in page.content()


@pytest.mark.parametrize("city", EACH, indirect=True, ids=str)
def test_an_auditor_searches_and_checks(city: City) -> None:
    """审计 searches, checks the chain, takes the heads away; 管理 sees what is kept for how long."""
    auditor = city.visit(city.house.person(Role.AUDITOR, second=True, name="吴审计"), "auditor")
    page = go(auditor, "/desk/audit", "audit")
    page.fill("#action", "company.")
    city.button(auditor, "audit.search")
    assert "company.register" in page.content()
    page = go(auditor, "/desk/audit")
    city.button(auditor, "audit.check_button")
    auditor.check("checked")
    assert city.say("audit.check_done") in page.content()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=city.say("audit.heads_download")).click()
    assert waiting.value.suggested_filename.startswith("mianshen-audit-heads-")

    admin = city.visit(city.house.person(Role.ADMIN, second=True, name="赵管理"), "admin")
    page = go(admin, "/desk/retention", "retention")
    page.fill("#code", CODE)
    city.button(admin, "retention.company_button")
    admin.check("unsure")

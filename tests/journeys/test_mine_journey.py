"""A company's finance manager answers what was found, on a desk and on a phone, with and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from matcher.catalogue import Catalogue
from tests.journeys.city import BARE, CARE, ENGLISH, PHONE, WIDE, Walk
from tests.webapp.casework.test_money import APPROVED_ON, filed, returned
from tests.webapp.city import ACCOUNT, OTHER_CODE, OTHER_NAME
from tests.webapp.mine.test_correcting import fact
from webapp.services.people.roles import Role
from webapp.services.registry.companies import missing_names

pytestmark = pytest.mark.journey


@pytest.fixture
def walk(
    request: pytest.FixtureRequest,
    browser: Browser,
    sample_catalogue: Catalogue,
    tmp_path: Path,
    shots: Path,
) -> Iterator[Walk]:
    """A city with one visitor; the parameter is how the visitor reads."""
    with Walk.begun(browser, sample_catalogue, request.param, tmp_path, shots) as walk:
        yield walk


@pytest.mark.parametrize("walk", [WIDE, BARE, PHONE], indirect=True, ids=str)
def test_a_company_is_told_looks_and_confirms(walk: Walk) -> None:
    company = walk.city.company()
    case = walk.city.notified(company)
    walk.sign_in(company)
    walk.go("/my", "companies")
    walk.go(f"/my/{company}/notices", "notices")
    walk.press("打开", "case")
    walk.follow("查看并答复", "confirm")
    walk.press("确认领取", "faults")
    assert "有 3 处需要修改" in walk.words
    page = walk.visit.page
    page.get_by_label("开户银行").fill(ACCOUNT["bank"])
    page.get_by_label("账号").fill("6222 0000 1111 2222")
    page.get_by_label("我承诺").check()
    walk.press("确认领取", "confirmed")
    assert "已确认领取。" in walk.words
    assert "**** 2222" in walk.words
    assert walk.city.office.case(case).state == "confirmed"
    walk.go(f"/my/{company}", "cases")


@pytest.mark.parametrize("walk", [WIDE, PHONE], indirect=True, ids=str)
def test_a_company_says_no_or_that_something_is_wrong(walk: Walk) -> None:
    company = walk.city.company()
    case = walk.city.notified(company)
    walk.sign_in(company)
    walk.go(f"/my/{company}/cases/{case}/confirm")
    page = walk.visit.page
    page.locator("details summary", has_text="不领取").click()
    walk.press("不领取", "unsure")
    assert "先勾选" in walk.words
    walk.follow("信息有误,提出申诉", "appeal")
    page.get_by_label("上年度 新获 高新技术企业").check()
    page.get_by_label("事实和理由").fill("证书日期不对")
    walk.press("下一步:核对", "check")
    walk.press("提交申诉", "receipt")
    assert "最迟 2026-03-16 答复" in walk.words
    walk.go(f"/my/{company}/cases/{case}", "appealed")
    walk.go(f"/my/{company}/cases/{case}/appeal", "no-appeal")


@pytest.mark.parametrize("walk", [WIDE, PHONE], indirect=True, ids=str)
def test_another_account_after_a_payment_that_failed(walk: Walk) -> None:
    city = walk.city
    company = city.company()
    case = city.confirmed(company)
    city.publicised([case])
    city.on(APPROVED_ON)
    city.office.do(case, "approve", Role.REVIEWER)
    file = filed(city.office, [case])
    returned(city.office, (file.number, "1", "100000.00", "失败", "账号不存在", ""))
    city.on(city.office.today)
    walk.sign_in(company)
    walk.go(f"/my/{company}")
    walk.follow("更正收款账户", "account")
    walk.visit.page.get_by_label("开户银行").fill(ACCOUNT["bank"])
    walk.visit.page.get_by_label("账号").fill("6222000011113333")
    walk.press("保存新账户", "saved")
    assert "**** 3333" in walk.words


@pytest.mark.parametrize("walk", [WIDE, PHONE, CARE, ENGLISH], indirect=True, ids=str)
def test_measures_and_facts_with_their_sources(walk: Walk) -> None:
    company = walk.city.company()
    walk.city.notified(company)
    walk.sign_in(company)
    walk.go(f"/my/{company}", "cases")
    walk.go(f"/my/{company}/measures", "measures")
    walk.go(f"/my/{company}/measures?group=rest", "rest")
    walk.go(f"/my/{company}/measures/examples/14.1", "why")
    walk.go(f"/my/{company}/facts", "facts")
    for attribute, member in (("注册地", ""), ("资质", "高新技术企业"), ("主体类别", "企业")):
        place = fact(walk.city.office, company, attribute, member)
        walk.go(f"/my/{company}/facts/{place}", f"correct-{place}")
    walk.go("/account")


@pytest.mark.parametrize("walk", [WIDE, PHONE], indirect=True, ids=str)
def test_a_stranger_is_asked_which_company_is_meant(walk: Walk) -> None:
    walk.city.company()
    walk.city.company(OTHER_NAME, OTHER_CODE)
    with walk.city.office.work.database.writing() as session:
        missing_names(session)
    page = walk.visit.page
    walk.go("/")
    page.get_by_label("企业名称或统一社会信用代码").fill("深圳示例")
    walk.press("开始测一测", "which")
    walk.press("继续", "none-chosen")
    assert "请选一家" in walk.words
    page.get_by_label(OTHER_NAME).check()
    walk.press("继续", "form")
    expect(page.get_by_label("统一社会信用代码是多少?")).to_have_value(OTHER_CODE)

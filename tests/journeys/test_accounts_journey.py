"""Accounts: a colleague's first day, and how a company's manager comes to act for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser

from matcher.catalogue import Catalogue
from tests.journeys.city import BARE, ENGLISH, PHONE, WIDE, Walk
from tests.webapp.city import CODE, NAME
from webapp.services.people.roles import Role

pytestmark = pytest.mark.journey

FIRST, OWN = "王核", "窗外的雨下了一整夜没有停过 9"


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


def as_admin(walk: Walk) -> None:
    walk.set("mianshen", walk.city.token(walk.city.office.people[Role.ADMIN]))


def leave(walk: Walk) -> None:
    walk.go("/account")
    walk.press("退出")
    assert "已退出。" in walk.words


def fill(walk: Walk, **typed: str) -> None:
    for name, text in typed.items():
        walk.visit.page.locator(f"main [name={name}]").first.fill(text)


@pytest.mark.parametrize("walk", [WIDE, PHONE], indirect=True, ids=str)
def test_a_colleague_comes_in_for_the_first_time(walk: Walk) -> None:
    page = walk.visit.page
    as_admin(walk)
    walk.go("/desk/users", "users")
    fill(walk, login="Wang He", name=FIRST)
    walk.press("新增,生成一次性密码", "faults")
    fill(walk, login="wanghe")
    page.get_by_label("复核", exact=True).check()
    walk.press("新增,生成一次性密码", "handed")
    once = page.locator("dd.mono").nth(1).inner_text()
    leave(walk)

    walk.go("/login", "login")
    fill(walk, login="wanghe", password="not-the-right-one")
    walk.press("登录", "wrong")
    assert "登录名或密码不对" in walk.words
    fill(walk, password=once)
    walk.press("登录", "change-password")
    fill(walk, old=once, password=OWN)
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_url("**/account/second")
    walk.visit.check("second-factor")
    secret = page.locator("code.letters").inner_text().replace(" ", "")
    fill(walk, code=pyotp.TOTP(secret).at(walk.city.clock.now), old=OWN)
    walk.press("开启", "spare-codes")
    spare = page.locator(".spare-codes li").first.inner_text()
    walk.follow("已保存好,继续", "desk")
    assert "/desk" in page.url
    leave(walk)

    walk.go("/login")
    fill(walk, login="wanghe", password=OWN)
    walk.press("登录", "code")
    fill(walk, code="000000")
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_load_state()
    walk.visit.check("wrong-code")
    fill(walk, code=spare)
    with page.expect_navigation(url=re.compile("/desk")):
        page.get_by_role("main").get_by_role("button").first.click()
    walk.go("/account", "account")


@pytest.mark.parametrize("walk", [BARE], indirect=True, ids=str)
def test_a_manager_registers_and_acts_for_a_company(walk: Walk) -> None:
    walk.city.office.company(CODE, NAME)
    walk.go("/login")
    walk.follow("企业注册账号", "register")
    fill(walk, login="manager@example.com", name="李经理", password="short")
    walk.press("注册", "faults")
    fill(walk, password=OWN)
    walk.press("注册", "registered")
    fill(walk, code=CODE)
    walk.press("申请", "asked")
    assert f"{CODE} 等核对" in walk.words
    assert NAME not in walk.words
    leave(walk)

    as_admin(walk)
    walk.go("/desk/members", "waiting")
    walk.press("核准", "no-ground")
    fill(walk, ground="营业执照原件、授权书 2026-03-01")
    walk.press("核准", "approved")
    leave(walk)

    walk.go("/login")
    fill(walk, login="manager@example.com", password=OWN)
    walk.press("登录", "mine")
    assert NAME in walk.words
    walk.go("/account", "own-account")
    walk.follow("授权使用部门数据", "consents")


@pytest.mark.parametrize("walk", [ENGLISH], indirect=True, ids=str)
def test_the_pages_of_accounts_read_in_english(walk: Walk) -> None:
    for path in ("/login", "/register"):
        walk.go(path, path.strip("/"))
    as_admin(walk)
    person = walk.city.office.people[Role.REVIEWER]
    for path in ("/account", "/account/password", "/desk/users", f"/desk/users/{person.id}"):
        walk.go(path, path.strip("/").replace("/", "-"))
    walk.go("/desk/members", "members")

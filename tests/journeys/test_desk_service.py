"""坐席 answers a call: finds the company, asks, reads the verdict, writes the note and ends the service."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from matcher.catalogue import Catalogue
from tests.journeys.serving import served
from tests.journeys.visits import Setting, Visit, opened
from tests.webapp.accounts.conftest import HASHER, House
from tests.webapp.conftest import Clock
from tests.webapp.desk.conftest import HIGH_TECH, NAME, Counter
from webapp import create_app
from webapp.people import EXTENSION
from webapp.services.people.roles import Role

pytestmark = pytest.mark.journey

SETTINGS = [
    Setting("wide", keyboard=True),
    Setting("bare", scripts=False),
    Setting("phone", scripts=False, width=360, height=640),
    Setting("english", language="en"),
]


@pytest.fixture
def counter(catalogue: Catalogue, tmp_path: Path) -> Iterator[tuple[Counter, str]]:
    """A desk that is served, with one company in it; and its address."""
    app = create_app(
        {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'desk.sqlite3'}",
            "DATA": tmp_path,
            "SECRET_KEY": "only-for-tests-" * 4,
            "CATALOGUE": catalogue,
            "PASSWORD_HASHER": HASHER,
            "OIDC": None,
        }
    )
    portal, now = app.extensions["mianshen"], datetime.now(UTC)
    house = House(app.extensions[EXTENSION].accounts, now)
    staff = house.person(Role.DESK, second=True, name="王坐席")
    made = Counter(portal, house, Clock(portal.today(), now), app, staff, app.test_client())
    with served(app) as address:
        yield made, address
    portal.database.close()


@pytest.fixture(params=SETTINGS, ids=str)
def visit(
    request: pytest.FixtureRequest, counter: tuple[Counter, str], browser: Browser, shots: Path
) -> Iterator[Visit]:
    """The tab of the member of staff."""
    made, address = counter
    setting: Setting = request.param
    with opened(browser, address, setting, shots) as tab:
        assert made.staff.id is not None
        cookies = {"mianshen": made.house.token(made.staff.id), "lang": setting.language}
        tab.page.context.add_cookies(
            [{"name": name, "value": value, "url": address} for name, value in cookies.items()]
        )
        yield tab


def test_a_call_is_answered(counter: tuple[Counter, str], visit: Visit) -> None:
    made, address = counter
    company = made.company(注册地="合肥市", 年度={"2025": {"营业收入": "5200 万元"}})
    made.renamed(company, "云岭生物科技有限公司")
    page = visit.page

    def say(key: str, **values: object) -> str:
        said: str = made.portal.texts.get(visit.setting.language, key, **values)
        return said

    page.goto(f"{address}/desk")
    assert NAME not in page.content()
    assert page.evaluate("document.activeElement.id") == "q"
    visit.check("start")
    page.keyboard.type("云岭生物")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    visit.check("found")
    visit.follow(page.get_by_role("link", name=NAME).first)
    assert say("desk.hidden", custodian="").split("(")[0].strip() in page.inner_text("main")
    assert "5200" not in page.content()
    visit.check("company")

    page.goto(f"{address}/desk/companies/{company}/check?measure={HIGH_TECH}")
    answered_by_keyboard(visit)
    assert page.url == f"{address}/desk/companies/{company}/check"
    assert page.evaluate("document.activeElement.closest('#ask') !== null")
    visit.check("asked-one")
    visit.follow(page.get_by_role("link", name=say("check.reply_make")))
    visit.check("reply")
    page.goto(f"{address}/desk/companies/{company}/sheet")
    visit.check("sheet")

    page.goto(f"{address}/desk/companies/{company}/notes")
    box = page.locator("#text")
    assert "科技型企业贴息贴费" in box.input_value()
    box.fill("研发 300 万")
    visit.follow(page.get_by_role("button", name=say("notes.keep"), exact=True))
    visit.check("note")
    visit.follow(page.locator(".offer button").first)
    assert say("notes.fact_kept") in page.inner_text("main")

    page.goto(f"{address}/desk/companies/{company}/check")
    visit.follow(page.get_by_role("button", name=say("check.end"), exact=True))
    assert NAME not in page.content()
    visit.check("ended")


def answered_by_keyboard(visit: Visit) -> None:
    """Say that a title is not held: the focus is on the first answer, Enter keeps it."""
    page = visit.page
    assert page.evaluate("document.activeElement.closest('#ask') !== null")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")  # from “held” to “none”
    with page.expect_navigation():
        page.keyboard.press("Enter")

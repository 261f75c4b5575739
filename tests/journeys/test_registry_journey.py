"""数据部门 reads the dashboards of the whole registry and goes down to single findings; 审计 sees no small count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from matcher.catalogue import Catalogue
from tests.journeys.serving import City, desk
from tests.journeys.visits import Setting, Visit
from tests.webapp.dashboard.runs import STEPS, add_case, findings_of, make_run, place_run, register
from webapp.services.people.roles import Role
from webapp.tables.money import Budget

WIDE = Setting("wide")
PHONE = Setting("phone", scripts=False, width=360, height=640)
ENGLISH = Setting("english", language="en")
CARE = Setting("care", display="care", width=360, height=640)
SETTINGS = [WIDE, PHONE, ENGLISH, CARE]
VIEWS = ("measures", "gaps", "titles", "work")
COMPANIES = 600


@pytest.fixture(scope="module")
def out(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a finished run."""
    return make_run(tmp_path_factory.mktemp("run"), catalogue, COMPANIES)


@pytest.fixture
def city(
    request: pytest.FixtureRequest,
    browser: Browser,
    catalogue: Catalogue,
    tmp_path: Path,
    shots: Path,
) -> Iterator[City]:
    """A desk without a run."""
    with desk(catalogue, tmp_path, browser, request.param, shots) as made:
        yield made


def furnish(city: City, out: Path, data: Path) -> None:
    """Put a run in place, with cases at several stages, deadlines and a budget."""
    place_run(city.house.database, data, out)
    found, today = findings_of(out), city.house.now.date()
    with city.house.database.writing() as session:
        budget = Budget(
            measure_id=found[0][1], period=today.year, total_fen=2 * 10**8, document_no="示例"
        )
        budget.reserved_fen, budget.spent_fen = 6 * 10**7, 5 * 10**7
        session.add(budget)
        session.flush()
        for number, (code, measure) in enumerate(found[:30]):
            days = (-4, 1, 2, 12, 40)[number % 5]
            add_case(
                session,
                code,
                measure,
                STEPS[: number % 4],
                due_on=today + timedelta(days=days),
                budget=budget.id,
            )
        register(session, found[0][0])


def go(visit: Visit, path: str, name: str = "") -> Page:
    visit.page.goto(visit.address + path)
    visit.check(name)
    return visit.page


@pytest.mark.parametrize("city", SETTINGS, indirect=True, ids=str)
def test_from_the_dashboards_to_single_findings(city: City, out: Path, tmp_path: Path) -> None:
    """Every part of the dashboards, a place chosen, a table opened, a file taken, a row and a bar followed to their
    findings."""
    furnish(city, out, tmp_path / "data")
    data = city.visit(city.house.person(Role.DATA, second=True, name="李数据"), "data")
    for view in VIEWS:
        go(data, f"/desk/registry?view={view}", view)
    page = go(data, "/desk/registry", "reach")
    page.select_option("#county", "340104")
    data.follow(page.get_by_role("button", name=city.say("registry.look"), exact=True))
    data.check("place")
    assert "county=340104" in page.url
    if city.setting.display != "care":  # in large type tables are open
        page.locator("#industries summary").click()
    assert page.locator("#industries table").is_visible()
    data.check("table")
    with page.expect_download() as waiting:
        page.locator("#industries .chart-csv a").click()
    lines = Path(waiting.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) - 1 == page.locator("#industries tbody tr").count()

    data.follow(page.locator("#industries tbody a").first)
    data.check("findings")
    assert page.locator("ol.rows > li").count() == 20
    data.follow(page.get_by_role("link", name=city.say("pager.on")).first)
    data.check("second")
    if not page.locator(".facets summary").first.is_hidden():
        page.locator(".facets summary").first.click()
    data.follow(page.locator(".facet a:not(.facet-chosen)").first)
    data.check("narrower")
    data.follow(page.get_by_role("link", name=city.say("measures.clear")))
    data.check("all")

    page = go(data, "/desk/registry")
    bars = page.locator("#counties svg.chart:visible a")
    if bars.count():  # in large type a phone shows tables alone
        wanted = bars.nth(1).get_attribute("href")
        data.follow(bars.nth(1))
        assert page.url.endswith(str(wanted))


@pytest.mark.parametrize("city", [WIDE, PHONE], indirect=True, ids=str)
def test_who_may_not_see_single_companies(city: City, out: Path, tmp_path: Path) -> None:
    """审计 reads rounded counts, and no list of companies."""
    furnish(city, out, tmp_path / "data")
    auditor = city.visit(city.house.person(Role.AUDITOR, second=True, name="吴审计"), "auditor")
    page = go(auditor, "/desk/registry?county=341602", "rounded")
    assert city.say("registry.roughly") in page.locator("main").inner_text()
    go(auditor, "/desk/registry?view=titles&county=341602", "titles")
    page = go(auditor, "/desk/registry/findings?verdict=met", "counts")
    assert city.say("registry.not_yours") in page.locator("main").inner_text()
    assert page.locator("ol.rows").count() == 0


@pytest.mark.parametrize("city", [WIDE, PHONE, ENGLISH], indirect=True, ids=str)
def test_before_the_first_run(city: City) -> None:
    """An empty page says why, and leads on to where a run is made."""
    data = city.visit(city.house.person(Role.DATA, second=True, name="李数据"), "data")
    page = go(data, "/desk/registry", "empty")
    assert city.say("registry.no_run") in page.locator("main").inner_text()
    data.follow(page.get_by_role("link", name=city.say("registry.to_batches")))
    assert page.url.endswith("/desk/batches")


@pytest.mark.parametrize("city", [WIDE], indirect=True, ids=str)
def test_on_paper_each_chart_takes_half_a_page(city: City, out: Path, tmp_path: Path) -> None:
    furnish(city, out, tmp_path / "data")
    data = city.visit(city.house.person(Role.DATA, second=True, name="李数据"), "data")
    page = go(data, "/desk/registry")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1000})  # A4 less its margins, in CSS pixels
    half = 124 / 25.4 * 96
    for block in page.locator(".chart-block").all():
        box, drawing = block.bounding_box(), block.locator("svg.chart.wide").bounding_box()
        assert box is not None
        assert drawing is not None
        assert abs(box["height"] - half) < 2
        assert drawing["y"] + drawing["height"] <= box["y"] + box["height"]
        assert not block.locator("table").is_visible()
    data.shoot("paper")
    page.pdf(path=city.shots / "data" / "paper.pdf", prefer_css_page_size=True)

"""The pages of the dashboards: who may open them, what they show, and that chart, table and file agree."""

from __future__ import annotations

import csv
import io
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from matcher.catalogue import Catalogue
from tests.webapp.accounts.conftest import HASHER, House
from tests.webapp.conftest import NOON, TODAY, Clock
from tests.webapp.dashboard.runs import (
    COMPANIES,
    STEPS,
    TOKEN,
    add_case,
    findings_of,
    place_run,
    register,
    stored,
)
from tests.webapp.html import Element, parse
from webapp import create_app
from webapp.desk.registry import CHARTS, VIEWS
from webapp.people import EXTENSION
from webapp.services.dashboard import reach
from webapp.services.dashboard.figures import exactly
from webapp.services.dashboard.stored import Scope
from webapp.services.people.roles import GRANTS, STAFF, Permission, Role
from webapp.tables.batches import BatchRun
from webapp.tables.money import Budget

HERE = "/desk/registry"
SEES = GRANTS[Permission.REGISTRY_SEE].roles
OF_RUN = [name for view, names in VIEWS.items() if view != "work" for name in names]


@pytest.fixture
def house(tmp_path: Path, sqlite_schema: Path, catalogue: Catalogue, clock: Clock) -> House:
    """An application without a run, whose people can sign in."""
    shutil.copy(sqlite_schema, tmp_path / "app.sqlite3")
    made = create_app(
        {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'app.sqlite3'}",
            "DATA": tmp_path / "data",
            "SECRET_KEY": "only-for-tests-" * 4,
            "CATALOGUE": catalogue,
            "PASSWORD_HASHER": HASHER,
            "OIDC": None,
            "TODAY": lambda: clock.today,
            "NOW": lambda: clock.now,
        }
    )
    house = House(made.extensions[EXTENSION].accounts, clock.now)
    house.app = made  # type: ignore[attr-defined]
    house.data = tmp_path / "data"  # type: ignore[attr-defined]
    return house


@pytest.fixture
def filled(house: House, out: Path) -> House:
    """The same with a finished run over the companies of the installation."""
    place_run(house.database, house.data, out)  # type: ignore[attr-defined]
    return house


def browser(house: House, role: Role) -> FlaskClient:
    """A browser in which somebody of a role is signed in."""
    person = house.person(role, second=True)
    client: FlaskClient = house.app.test_client()  # type: ignore[attr-defined]
    assert person.id is not None
    client.set_cookie("mianshen", house.token(person.id, True))
    return client


def opened(client: FlaskClient, address: str) -> Element:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status)
    return parse(response.text)


def table_of(page: Element, name: str) -> list[list[str]]:
    """Give the table of a chart, its head first."""
    (section,) = [one for one in page.all("section") if one.get("id") == name]
    (table,) = section.all("table")
    assert table.all("caption"), name
    return [
        [cell.text() for cell in row.walk() if cell.tag in ("th", "td")] for row in table.all("tr")
    ]


def file_of(client: FlaskClient, name: str, query: str = "") -> list[list[str]]:
    response = client.get(f"{HERE}/{name}.csv{query}")
    assert response.status_code == 200, name
    assert response.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"))))


# --- who and what -------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(STAFF))
@pytest.mark.parametrize("path", ["", "/findings", "/funnel.csv"])
def test_who_may_open_them(filled: House, role: Role, path: str) -> None:
    answer = browser(filled, role).get(HERE + path)
    assert answer.status_code == (200 if role in SEES else 403)


def test_a_visitor_is_asked_to_sign_in(filled: House) -> None:
    client = filled.app.test_client()  # type: ignore[attr-defined]
    assert client.get(HERE).status_code in (302, 303, 401)


@pytest.mark.parametrize("role", [Role.DATA, Role.ADMIN])
def test_without_a_run_the_page_says_why_it_is_empty(house: House, role: Role) -> None:
    client = browser(house, role)
    page = opened(client, HERE)
    assert "还没有做完的比对" in page.text()
    links = [one.get("href") for one in page.all("a")]
    assert ("/desk/batches" in links) is (role is Role.DATA)
    assert "还没有做完的比对" in opened(client, f"{HERE}/findings").text()
    assert client.get(f"{HERE}/counties.csv").status_code == 404
    assert table_of(opened(client, f"{HERE}?view=work"), "deadlines")


def test_a_run_without_counts_says_so(filled: House) -> None:
    shutil.rmtree(filled.data / "batches" / TOKEN / "out" / "dashboard")  # type: ignore[attr-defined]
    assert "没有统计数据" in opened(browser(filled, Role.DATA), HERE).text()


@pytest.mark.parametrize(
    "query",
    [
        "?run=nothing",
        f"?run={'B' * 22}",
        "?county=110101",
        "?industry=Z",
        "?view=other",
        "/findings?verdict=MET",
        "/findings?measure=gone/1.1",
        "/findings?page=0",
        "/findings?page=99999999",
        "/findings?page=x",
        "/other.csv",
    ],
)
def test_what_is_not_there_is_not_found(filled: House, query: str) -> None:
    assert browser(filled, Role.DATA).get(HERE + query).status_code == 404


def test_somebody_elses_upload_is_not_found(filled: House, out: Path) -> None:
    place_run(filled.database, filled.data, out, "C" * 22, "upload")  # type: ignore[attr-defined]
    for role in (Role.DATA, Role.AUDITOR):
        assert browser(filled, role).get(f"{HERE}?run={'C' * 22}").status_code == 404
    owner = filled.person(Role.DATA, second=True, name="上传者")
    with filled.database.writing() as session:
        session.query(BatchRun).filter_by(token="C" * 22).one().owner_id = owner.id
    client = filled.app.test_client()  # type: ignore[attr-defined]
    assert owner.id is not None
    client.set_cookie("mianshen", filled.token(owner.id, True))
    assert client.get(f"{HERE}?run={'C' * 22}").status_code == 200


# --- chart, table, file -------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.DATA, Role.AUDITOR])
@pytest.mark.parametrize("query", ["", "county=340104", "county=341602&industry=C"])
def test_chart_table_and_file_say_the_same(filled: House, role: Role, query: str) -> None:
    client = browser(filled, role)
    for view, names in VIEWS.items():
        page = opened(client, f"{HERE}?view={view}&{query}")
        for name in names:
            if name == "budgets":
                continue  # none is set
            rows, lines = table_of(page, name), file_of(client, name, f"?{query}")
            if name == "matrix":  # the file has all measures and places, the page the first ones
                lines = [line[: len(rows[0])] for line in lines[: len(rows)]]
            plain = [[cell.replace(",", "") for cell in row] for row in rows]
            assert plain[0] == lines[0]
            assert plain[1:] == lines[1:], name
            cells = {cell for row in rows[1:] for cell in row}
            for note in _notes(page, name):
                assert set(re.findall(r"<5|[\d,]+", note)) <= cells, (name, note)


def _notes(page: Element, name: str) -> list[str]:
    """Give what stands at the bars of the drawings of a chart."""
    groups = [one for svg in _drawings(page, name) for one in svg.all("g", "note")]
    return [text.text() for one in groups for text in one.all("text")]


def _drawings(page: Element, name: str) -> list[Element]:
    (section,) = [one for one in page.all("section") if one.get("id") == name]
    return [one for one in section.all("svg") if "chart" in one.get("class").split()]


@pytest.mark.parametrize("view", VIEWS)
def test_every_drawing_has_a_title_a_table_and_a_file(filled: House, view: str) -> None:
    page = opened(browser(filled, Role.DATA), f"{HERE}?view={view}")
    for name in VIEWS[view]:
        if name in ("budgets", "matrix"):
            continue
        drawings = _drawings(page, name)
        assert len(drawings) == 2 or name == "deadlines"
        for one in drawings:
            linked = one.all("a")
            assert one.get("role") == ("group" if linked else "img")
            title, *of_links = one.all("title")
            assert title.text() == one.get("aria-label") != ""
            assert len(of_links) == len(linked)
        links = [one.get("href") for one in page.all("a")]
        assert any(f"/{name}.csv" in link for link in links)
    assert not any(item.get("style") for item in page.walk())


@pytest.mark.parametrize("view", ["reach", "gaps"])
def test_a_bar_leads_where_its_row_of_the_table_leads(filled: House, view: str) -> None:
    page = opened(browser(filled, Role.DATA), f"{HERE}?view={view}")
    led = 0
    for name in VIEWS[view]:
        (section,) = [one for one in page.all("section") if one.get("id") == name]
        of_table = [one.get("href") for table in section.all("table") for one in table.all("a")]
        for drawing in _drawings(page, name):
            left = iter(of_table)
            for link in drawing.all("a"):
                assert link.get("href") in left  # in the order of the table, which has more rows
                led += 1
    assert led


def test_the_address_alone_rebuilds_the_view(filled: House, out: Path) -> None:
    client = browser(filled, Role.HANDLER)
    page = opened(client, f"{HERE}?run={TOKEN}&county=340104&view=measures")
    chosen = [one.get("value") for one in page.all("option") if "selected" in one.attributes]
    assert chosen[:2] == [TOKEN, "340104"]
    counts = stored(out)
    exact = reach.whole(counts, Scope(counts.counties.index("340104")), exactly)
    assert f"{exact.companies.n}" in page.text()
    links = [one.get("href") for one in page.all("a")]
    assert all("county=340104" in link for link in links if "/findings?" in link)
    assert any("verdict=met" in link for link in links)


def test_english_pages_mark_what_stays_chinese(filled: House) -> None:
    page = opened(browser(filled, Role.DATA), f"{HERE}?view=gaps&lang=en")
    assert "Missing data" in page.text()
    assert "registry." not in page.text()


# --- small counts -------------------------------------------------------------------------------------


def test_roles_without_single_companies_never_see_a_small_count(filled: House) -> None:
    client, seen = browser(filled, Role.AUDITOR), set()
    for name in [*OF_RUN, "deadlines"]:
        for query in ("", "?county=341602", "?county=341602&industry=C"):
            lines = file_of(client, name, query)
            assert lines[1:], name
            skipped = {"measures": (1,), "titles": (1,), "gaps": (1, 4), "keepers": (3,)}
            for line in lines[1:]:
                for place, cell in enumerate(line):
                    if place and place not in skipped.get(name, ()):
                        seen.add(cell)
    assert "<5" in seen
    numbers = {int(cell) for cell in seen - {"<5"}}
    assert min(numbers) >= 5
    assert {number % 5 for number in numbers} == {0}


def test_pages_hide_what_files_hide(filled: House) -> None:
    client = browser(filled, Role.ADMIN)
    page = opened(client, f"{HERE}?view=titles&county=341602")
    assert "<5" in page.text()
    assert "约数" in page.text()
    assert "约数" not in opened(browser(filled, Role.DATA), HERE).text()


def test_who_may_not_see_companies_gets_counts_alone(filled: House) -> None:
    page = opened(browser(filled, Role.AUDITOR), f"{HERE}/findings?verdict=met")
    assert "不能看单个企业" in page.text()
    assert not re.search(r"\b9199\d{14}\b|\b9199[0-9A-Z]{14}\b", page.text())
    counts = [one.text() for one in page.all("span") if "facet-n" in one.get("class")]
    assert all(one == "<5" or int(one.replace(",", "")) % 5 == 0 for one in counts)


# --- findings -----------------------------------------------------------------------------------------


def test_findings_link_companies_of_the_registry(filled: House, out: Path) -> None:
    code, measure = findings_of(out)[0]
    with filled.database.writing() as session:
        company = register(session, code).id
    client = browser(filled, Role.DESK)
    assert client.get(f"{HERE}/findings").status_code == 403
    page = opened(
        browser(filled, Role.HANDLER), f"{HERE}/findings?measure={measure}&delivery=automatic"
    )
    links = [one.get("href") for one in page.all("a")]
    assert f"/desk/companies/{company}" in links
    assert f"/measures/{measure}" in links


def test_pages_of_findings_follow_each_other(filled: House) -> None:
    client = browser(filled, Role.DATA)
    first = opened(client, f"{HERE}/findings?verdict=met&county=340104")
    (onward,) = [one.get("href") for one in first.all("a") if one.get("rel") == "next"]
    assert "verdict=met" in onward
    assert "county=340104" in onward
    second = opened(client, onward)
    (lines,) = second.all("ol", "rows")
    assert len(lines.all("li")) == 20
    assert f"{COMPANIES:,}" in opened(client, f"{HERE}/findings?measure=hefei-2025/1.4").text()


def test_a_filter_that_fits_nothing_is_not_a_verdict(filled: House) -> None:
    query = "?measure=hefei-2025/1.4&delivery=guidance"
    page = opened(browser(filled, Role.DATA), f"{HERE}/findings{query}")
    assert "这些筛选条件下没有匹配结果" in page.text()
    assert "清除筛选" in page.text()


# --- cases and money ----------------------------------------------------------------------------------


def test_deadlines_and_budgets_come_from_the_cases_of_now(filled: House, out: Path) -> None:
    findings = findings_of(out)
    with filled.database.writing() as session:
        budget = Budget(
            measure_id=findings[0][1], period=TODAY.year, total_fen=10**9, document_no="示例"
        )
        budget.reserved_fen, budget.spent_fen = 3 * 10**8, 2 * 10**8
        session.add(budget)
        session.flush()
        for number, days in enumerate((-3, 0, 1, 9, 40, None)):
            due_on = None if days is None else TODAY + timedelta(days=days)
            code, measure = findings[number]
            add_case(session, code, measure, STEPS[:1], due_on=due_on, budget=budget.id)
    client = browser(filled, Role.FINANCE)
    piles = [int(line[1]) for line in file_of(client, "deadlines")[1:]]
    assert piles == [1, 2, 1, 1, 1]
    (line,) = file_of(client, "budgets")[1:]
    assert line[1:] == ["10000000.00", "2000000.00", "3000000.00", "5000000.00", "6"]
    page = opened(client, f"{HERE}?view=work")
    links = [one.get("href") for one in page.all("a")]
    assert "/desk/cases?due=overdue" in links
    (hidden,) = file_of(browser(filled, Role.ADMIN), "budgets")[1:]
    assert hidden[1:5] == ["10000000.00", "2000000.00", "3000000.00", "5000000.00"]
    assert hidden[5] in ("5", "10")


def test_money_of_few_companies_is_hidden_from_who_may_not_see_them(
    filled: House, out: Path
) -> None:
    findings = findings_of(out)
    with filled.database.writing() as session:
        budget = Budget(
            measure_id=findings[0][1], period=TODAY.year, total_fen=10**9, document_no="示例"
        )
        budget.reserved_fen = 10**8
        session.add(budget)
        session.flush()
        for code, measure in findings[:2]:
            add_case(session, code, measure, STEPS[:1], budget=budget.id)
    (line,) = file_of(browser(filled, Role.AUDITOR), "budgets")[1:]
    assert line[1:] == ["10000000.00", "<5", "<5", "<5", "<5"]
    page = opened(browser(filled, Role.ADMIN), f"{HERE}?view=work")
    assert "1,000,000" not in page.text()
    assert not any("/desk/cases" in one.get("href") for one in page.all("a") if one.get("href"))


def test_all_charts_have_an_address_of_their_own() -> None:
    assert len(CHARTS) == len(set(CHARTS)) == 10
    assert NOON.date() == TODAY

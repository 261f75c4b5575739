"""What surrounds every public page: breadcrumb, navigation, foot, site map, statement, growth path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from matcher.catalogue import Catalogue
from tests.webapp.conftest import TODAY
from tests.webapp.html import Element, parse
from webapp import create_app
from webapp.services.site import Site, SiteFault, read_contacts, site_of
from webapp.settings import SettingsFault

PUBLIC = (
    "/",
    "/measures",
    "/measures/hefei-2025/1.4",
    "/documents",
    "/documents/hefei-2025",
    "/growth",
    "/sitemap",
    "/accessibility",
    "/import",
    "/nowhere",
)
SITE = Site(
    host="示例市数据资源管理局",
    contact="0000-1234567",
    code="0000000000",
    icp="皖ICP备00000000号",
    police="皖公网安备00000000000000号",
    report="https://example.org/report",
    contacts={("bozhou-2025-38", "市科技局"): "0000-7654321"},
)

Visit = Callable[[Site], FlaskClient]


@pytest.fixture
def run_by(config: dict[str, Any]) -> Iterator[Visit]:
    """A visitor of a site whose owner said something about it."""
    made = []

    def visit(site: Site) -> FlaskClient:
        made.append(create_app({**config, "SITE": site}))
        return made[-1].test_client()

    yield visit
    for app in made:
        app.extensions["mianshen"].database.engine.dispose()


def foot(page: Element) -> str:
    return page.all("footer")[0].text()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_has_one_heading_and_a_title_of_its_own(
    client: FlaskClient, language: str
) -> None:
    client.get(f"/?lang={language}")
    titles = []
    for address in PUBLIC:
        page = parse(client.get(address).text)
        assert len(page.all("h1")) == 1, address
        titles.append(page.all("title")[0].text())
    assert len(set(titles)) == len(PUBLIC)


def test_measures_of_one_name_have_pages_of_different_titles(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    titles = {
        parse(client.get(f"/measures/{one.id}").text).all("title")[0].text()
        for one in catalogue.measures
    }
    assert len(titles) == len(catalogue.measures)


def test_the_shell_comes_in_its_order(client: FlaskClient) -> None:
    page = parse(client.get("/measures/hefei-2025/1.4").text)
    order = [
        next(
            name
            for name in ("skip", "toolbar", "brand", "main-nav", "trail")
            if one.has_class(name)
        )
        for one in page.walk()
        if any(one.has_class(name) for name in ("skip", "toolbar", "brand", "main-nav", "trail"))
    ]
    assert order == ["skip", "toolbar", "brand", "main-nav", "trail"]
    assert [link.text() for link in page.all(class_="main-nav")[0].all("a")] == [
        "找政策",
        "测一测",
        "政策文件",
        "公示",
    ]


@pytest.mark.parametrize(
    ("address", "above"),
    [
        ("/", []),
        ("/measures", ["/"]),
        ("/measures/hefei-2025/1.4", ["/", "/measures"]),
        ("/documents/hefei-2025", ["/", "/documents"]),
        ("/growth", ["/"]),
        ("/nowhere", ["/"]),
    ],
)
def test_the_breadcrumb_lists_the_pages_above(
    client: FlaskClient, address: str, above: list[str]
) -> None:
    found = parse(client.get(address).text).all(class_="trail")
    assert [link.get("href") for one in found for link in one.all("a")] == above


def test_the_foot_says_who_runs_the_site_where_that_is_known(
    client: FlaskClient, run_by: Visit
) -> None:
    bare = parse(client.get("/").text)
    assert not bare.all(class_="foot-site")
    assert "网站找错" not in foot(bare)
    assert "12345" in foot(bare)

    page = parse(run_by(SITE).get("/").text)
    for fact in (SITE.host, SITE.contact, SITE.code, SITE.icp, SITE.police, "网站找错"):
        assert fact in foot(page)
    links = {link.text(): link.get("href") for link in page.all("footer")[0].all("a")}
    assert links["网站找错"] == SITE.report
    assert links[SITE.icp] == "https://beian.miit.gov.cn/"
    assert links[SITE.police].endswith("code=00000000000000")


def test_another_owner_makes_another_page_for_the_browser(run_by: Visit) -> None:
    tags = {run_by(site).get("/").headers["ETag"] for site in (Site(), SITE)}
    assert len(tags) == 2


def test_the_page_of_a_measure_has_the_telephone_of_its_department(run_by: Visit) -> None:
    client = run_by(SITE)
    assert "0000-7654321" in client.get("/measures/bozhou-2025-38/24.1").text
    assert "0000-7654321" not in client.get("/measures/hefei-2025/1.4").text


def test_facts_about_the_site_come_from_the_environment(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    file = tmp_path / "contacts.yaml"
    file.write_text("bozhou-2025-38:\n  市科技局: '0558-0000000'\n", encoding="utf-8")
    site = site_of({"MIANSHEN_SITE_HOST": " 示例局 ", "MIANSHEN_CONTACTS": str(file)}, catalogue)
    assert site.host == "示例局"
    assert site.icp == ""
    assert site.contact_of("bozhou-2025-38", "市科技局") == "0558-0000000"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bozhou: {市科技局: '1'}", "没有编号为“bozhou”的文件"),
        ("bozhou-2025-38: {科技局: '1'}", "是否想写“市科技局”"),
        ("bozhou-2025-38: {市科技局: 5580000000}", "电话加引号"),
        ("bozhou-2025-38: [市科技局]", "名称: 内容"),
        ("- x", "名称: 内容"),
        ("a: [", "读不了"),
    ],
)
def test_a_file_of_contacts_with_a_mistake_is_refused_in_words(
    catalogue: Catalogue, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "contacts.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SiteFault, match=said):
        read_contacts(file, catalogue)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MIANSHEN_SITE_REPORT", "javascript:alert(1)"),
        ("MIANSHEN_SITE_REPORT", "http://example.org"),
        ("MIANSHEN_SITE_HOST", "x" * 201),
        ("MIANSHEN_CONTACTS", "/does/not/exist.yaml"),
    ],
)
def test_a_site_with_a_wrong_fact_does_not_start(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsFault, match=variable):
        create_app(config)


def test_the_site_map_leads_to_every_public_page(client: FlaskClient, catalogue: Catalogue) -> None:
    links = {link.get("href") for link in parse(client.get("/sitemap").text).all("a")}
    assert {f"/measures/{one.id}" for one in catalogue.measures} <= links
    assert {f"/documents/{one.id}" for one in catalogue.documents} <= links
    assert {"/growth", "/accessibility", "/import", "/template.xlsx"} <= links
    for address in sorted(link for link in links if link.startswith("/")):
        if "/measures/" not in address:
            assert client.get(address).status_code == 200, address


def test_the_statement_names_what_falls_short(client: FlaskClient) -> None:
    page = parse(client.get("/accessibility").text)
    (gaps,) = [one for one in page.all("section") if one.get("aria-labelledby") == "a-gaps"]
    assert len(gaps.all("li")) >= 5


def test_the_growth_path_has_every_standard_in_force_once(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    page = parse(client.get("/growth").text)
    shown = [item.get("id") for item in page.all("li", "sheet")]
    today = {one.id for one in catalogue.standards if one.in_force(TODAY)}
    assert len(shown) == len(set(shown))
    assert set(shown) == today
    assert "little-giant-2026" in shown
    assert "little-giant-2022" not in shown


def test_a_measure_that_leads_to_a_title_links_to_its_place_on_the_path(
    client: FlaskClient,
) -> None:
    page = parse(client.get("/measures/bozhou-2025-38/20.3").text)
    assert "/growth#little-giant-2026" in [link.get("href") for link in page.all("a")]
    path = parse(client.get("/growth").text)
    step = path.by_id("little-giant-2026")
    assert step is not None
    assert "/measures/bozhou-2025-38/20.3" in [link.get("href") for link in step.all("a")]


def test_who_plans_a_company_starts_without_a_name(client: FlaskClient) -> None:
    response = client.post("/start", data={"company": "打了一半", "planned": "1"})
    assert response.status_code == 303
    assert "打了一半" not in client.get(response.location).text

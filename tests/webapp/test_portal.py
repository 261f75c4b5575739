"""The pages, as a visitor without scripts meets them."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.webapp.conftest import Clock, Company
from tests.webapp.html import parse
from webapp.limits import KEPT_FOR

FOOTER = "本结果是按公开条文的比对,不是审批决定。查询和申报均不收费,无需中介。"


def pages_of(company: Company) -> list[str]:
    groups = ["basics", "industry", "operations", "innovation", "titles", "plans", "compliance"]
    own = [
        company.url(page)
        for page in ("", "answers", "import", "results", "path", "delete", *groups)
    ]
    return [
        "/",
        "/measures",
        "/measures/hefei-2025/1.4",
        "/documents",
        "/documents/hefei-2025",
        "/documents/bozhou-2025-38?show=reasons",
        "/deleted",
        "/import",
        *own,
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_well_formed_and_has_one_heading_and_its_own_title(
    company: Company, language: str
) -> None:
    company.client.get(f"/?lang={language}")
    company.save("basics", registered_region="合肥市")
    titles = []
    for address in pages_of(company):
        response = company.client.get(address)
        assert response.status_code == 200, address
        page = parse(response.text)
        assert len(page.all("h1")) == 1, address
        assert page.all("html")[0].get("lang") == {"zh": "zh-CN", "en": "en"}[language]
        assert page.all(class_="foot-promise")
        titles.append(page.all("title")[0].text())
        ids = [item.get("id") for item in page.walk() if item.get("id")]
        assert len(ids) == len(set(ids)), address
        for label in page.all("label"):
            assert page.by_id(label.get("for")), (address, label.get("for"))
        for item in page.walk():
            for id_ in item.get("aria-describedby").split():
                assert page.by_id(id_), (address, id_)
    assert len(titles) == len(set(titles))


def test_no_page_has_code_or_style_in_it_or_asks_another_host(company: Company) -> None:
    for address in pages_of(company):
        for item in parse(company.client.get(address).text).walk():
            assert "style" not in item.attributes, address
            assert not [name for name in item.attributes if name.startswith("on")], address
            assert item.tag != "style", address
            assert item.tag != "script" or (item.get("src") and not item.text()), address
            source = item.get("src") or (item.get("href") if item.tag == "link" else "")
            own = ("/static/", "/measures/") if item.get("rel") == "alternate" else ("/static/",)
            assert not source or source.startswith(own), source


def test_home_says_what_this_is_and_starts(client: FlaskClient) -> None:
    page = parse(client.get("/").text)
    assert "218" in page.text() or re.search(r"\d+\s*项支持措施", page.text())
    assert FOOTER in page.text()

    response = client.post("/start", data={"company": "  合肥云岭科技有限公司 "})
    assert response.status_code == 303
    assert re.fullmatch(r"/p/[\w-]{43}/basics", response.location)
    assert 'value="合肥云岭科技有限公司"' in client.get(response.location).text


def test_a_credit_code_is_known_as_one(client: FlaskClient) -> None:
    response = client.post("/start", data={"company": "9134 0100ma2mrk2y8x"})
    page = parse(client.get(response.location).text)
    code, name = page.by_id("q-uscc-text"), page.by_id("q-name-text")
    assert code is not None
    assert name is not None
    assert (code.get("value"), name.get("value")) == ("91340100MA2MRK2Y8X", "")


def test_a_saved_profile_is_resumed_by_its_address(company: Company) -> None:
    address = f"http://localhost{company.url('results')}"
    response = company.client.post("/resume", data={"code": address})
    assert (response.status_code, response.location) == (303, company.url())

    for wrong in ("", "7KQ2-M9XD", "A" * 43):
        response = company.client.post("/resume", data={"code": wrong})
        assert response.status_code == 422
        assert "没有找到" in response.text


@pytest.mark.parametrize("page", ["", "results", "basics", "delete", "facts.json", "why/x/1.1"])
def test_an_unknown_token_is_not_found(client: FlaskClient, page: str) -> None:
    assert client.get(f"/p/{'A' * 43}/{page}".rstrip("/")).status_code == 404
    assert client.get(f"/p/short/{page}".rstrip("/")).status_code == 404


def test_a_profile_that_is_over_is_not_found(company: Company, clock: Clock) -> None:
    assert "2027-02-20" in company.page().text()
    clock.now += 2 * KEPT_FOR
    assert company.client.get(company.url()).status_code == 404


def test_deleting_asks_first_and_then_deletes_for_good(company: Company) -> None:
    assert "不能恢复" in company.page("delete").text()
    response = company.client.post(company.url("delete"))
    assert (response.status_code, response.location) == (303, "/deleted")
    assert company.client.get(company.url()).status_code == 404

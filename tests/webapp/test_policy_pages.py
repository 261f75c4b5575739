"""The pages of measures and policy texts, and what they quote."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from matcher.catalogue import Catalogue
from tests.webapp.html import parse


@pytest.mark.parametrize("show", ["", "?show=reasons"])
def test_a_document_without_its_marks_is_its_source_byte_for_byte(
    client: FlaskClient, catalogue: Catalogue, show: str
) -> None:
    for document in catalogue.documents:
        page = parse(client.get(f"/documents/{document.id}{show}").text)
        lines = page.all("p", "line")
        text = "\n".join(line.text(without="footnote") for line in lines)
        assert text.encode() == document.text.encode()


def test_every_measure_has_a_footnote_and_an_anchor_in_its_document(
    client: FlaskClient, catalogue: Catalogue
) -> None:
    for document in catalogue.documents:
        page = parse(client.get(f"/documents/{document.id}").text)
        notes = {link.get("href") for link in page.all("a", "footnote")}
        for measure in document.measures:
            number = measure.id.partition("/")[2]
            assert f"/measures/{measure.id}" in notes
            assert page.by_id(f"q-{number}"), measure.id
        for clause in document.clauses:
            assert page.by_id(f"c-{clause.number}")


def test_reasons_of_what_is_no_measure_are_shown_on_demand(client: FlaskClient) -> None:
    plain = parse(client.get("/documents/hefei-2025").text)
    shown = parse(client.get("/documents/hefei-2025?show=reasons").text)
    assert not plain.all(class_="reason")
    assert "主送机关" in [item.text() for item in shown.all(class_="reason")]


def test_every_measure_has_a_page_that_quotes_it(client: FlaskClient, catalogue: Catalogue) -> None:
    for measure in catalogue.measures:
        response = client.get(f"/measures/{measure.id}")
        assert response.status_code == 200, measure.id
        page = parse(response.text)
        assert measure.quote in [quote.text() for quote in page.all("blockquote", "quote")]
        assert page.all(class_="basis")[0].text().strip()


def test_the_list_holds_every_measure_once(client: FlaskClient, catalogue: Catalogue) -> None:
    page = parse(client.get("/measures").text)
    links = [link.get("href") for row in page.all(class_="row-measure") for link in row.all("a")]
    assert sorted(links) == sorted(f"/measures/{item.id}" for item in catalogue.measures)


def test_a_search_finds_and_says_when_it_finds_nothing(client: FlaskClient) -> None:
    found = parse(client.get("/measures?q=贴息 高新技术企业").text)
    assert "科技型企业贴息贴费" in found.text()
    nothing = parse(client.get("/measures?q=没有这个词").text)
    assert "没有结果" in nothing.text()
    assert nothing.all(class_="row-measure") == []
    assert client.get("/measures?document=nowhere").status_code == 404


@pytest.mark.parametrize("address", ["/documents/x", "/measures/x/1", "/measures/x", "/x"])
def test_what_does_not_exist_is_not_found(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 404
    assert "没有这一页" in response.text
    assert "Page not found" in response.text

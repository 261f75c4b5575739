"""English glosses of titles: every one is there, and English pages show them behind the Chinese."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from matcher.catalogue import Catalogue
from tests.webapp.html import parse

CHINESE = re.compile("[\u3400-\u9fff]")
AMOUNT = re.compile(r"\d+ ?(%|yuan|million|RMB)")


def test_every_document_clause_and_measure_has_a_gloss_of_its_own(catalogue: Catalogue) -> None:
    for document in catalogue.documents:
        titled = [document, *document.clauses, *document.measures]
        for thing in titled:
            assert thing.english, thing.title
            assert not CHINESE.search(thing.english), thing.title
            # The texts state no amount, so no gloss may.
            assert not AMOUNT.search(thing.english), thing.english
        glosses = [measure.english for measure in document.measures]
        assert len(set(glosses)) == len(glosses)


def test_every_standard_leads_to_something_that_has_an_english_name(catalogue: Catalogue) -> None:
    for standard in catalogue.standards:
        member = catalogue.vocabulary.member(standard.attribute, standard.title)
        assert member is not None
        assert member.english.name
        assert not CHINESE.search(member.english.name)


@pytest.mark.parametrize(
    "address",
    ["/measures?q=灯塔工厂", "/measures/hefei-2025/4.5", "/documents/hefei-2025", "/sitemap"],
)
def test_an_english_page_has_the_gloss_and_a_chinese_page_has_not(
    client: FlaskClient, address: str
) -> None:
    gloss = "Encouragement to become a “lighthouse factory”"
    assert gloss not in client.get(address).text
    english = parse(client.get(f"{address}{'&' if '?' in address else '?'}lang=en").text)
    shown = [item.text() for item in english.all(class_="gloss")]
    titles = [item.get("title") for item in english.all("a")]
    assert gloss in [*shown, *titles]
    assert "鼓励企业争创“灯塔工厂”" in english.text() or gloss in titles


def test_a_search_in_english_finds_by_the_gloss(client: FlaskClient) -> None:
    page = parse(client.get("/measures?q=lighthouse factory&lang=en").text)
    links = [link.get("href") for link in page.all("a")]
    assert "/measures/hefei-2025/4.5" in links


def test_the_title_of_an_english_page_is_the_gloss(client: FlaskClient) -> None:
    (title,) = parse(client.get("/measures/hefei-2025/4.5?lang=en").text).all("title")
    assert title.text().startswith("Encouragement to become a “lighthouse factory”")


def test_a_measure_as_data_has_its_gloss(client: FlaskClient, catalogue: Catalogue) -> None:
    data = client.get("/measures/hefei-2025/4.5.json").get_json()
    assert data["english_title"] == catalogue.by_id["hefei-2025/4.5"].english

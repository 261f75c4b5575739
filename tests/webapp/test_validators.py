"""Pages that are the same for everyone: kept by browsers, asked for again cheaply, free of tokens."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from matcher.catalogue import Catalogue
from tests.webapp.conftest import Clock, Company
from webapp import create_app

PAGES = (
    "/",
    "/measures",
    "/measures?q=上市&region=340100",
    "/measures/hefei-2025/1.4",
    "/measures/hefei-2025/1.4.json",
    "/documents",
    "/documents/hefei-2025?show=reasons",
)
ZIPPED = {"Accept-Encoding": "gzip"}


@pytest.fixture
def guarded(config: dict[str, Any]) -> Iterator[FlaskClient]:
    """A visitor of the application as it runs, form tokens on."""
    made = create_app(config)
    yield made.test_client()
    made.extensions["mianshen"].database.engine.dispose()


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("asked", [{}, ZIPPED])
def test_a_page_that_has_not_changed_is_not_sent_again(
    guarded: FlaskClient, address: str, asked: dict[str, str]
) -> None:
    first = guarded.get(address, headers=asked)
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    again = guarded.get(address, headers={**asked, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    for answer in (first, again):
        assert {"Cookie", "Accept-Encoding"} <= set(answer.vary)
        assert answer.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("address", PAGES)
def test_the_same_tag_means_the_same_bytes(guarded: FlaskClient, address: str) -> None:
    plain, other = (guarded.get(address) for _ in range(2))
    packed, repacked = (guarded.get(address, headers=ZIPPED) for _ in range(2))
    assert (plain.data, plain.headers["ETag"]) == (other.data, other.headers["ETag"])
    assert (packed.data, packed.headers["ETag"]) == (repacked.data, repacked.headers["ETag"])
    if "Content-Encoding" in packed.headers:
        assert packed.headers["ETag"] != plain.headers["ETag"]
        assert gzip.decompress(packed.data) == plain.data


@pytest.mark.parametrize("address", PAGES)
def test_such_a_page_holds_no_token_and_sets_no_session(guarded: FlaskClient, address: str) -> None:
    answer = guarded.get(address)
    assert "csrf" not in answer.text
    assert answer.headers.getlist("Set-Cookie") == []


def test_language_day_rules_and_address_make_another_tag(
    config: dict[str, Any], catalogue: Catalogue, clock: Clock, guarded: FlaskClient
) -> None:
    tags = [guarded.get("/measures").headers["ETag"], guarded.get("/measures?q=a").headers["ETag"]]
    tags.append(guarded.get("/documents").headers["ETag"])
    guarded.get("/?lang=en")
    tags.append(guarded.get("/measures").headers["ETag"])
    guarded.get("/?lang=zh")
    clock.today = date(2026, 11, 23)
    tags.append(guarded.get("/measures").headers["ETag"])
    other = create_app({**config, "CATALOGUE": replace(catalogue, version="0123456789ab")})
    tags.append(other.test_client().get("/measures").headers["ETag"])
    other.extensions["mianshen"].database.engine.dispose()
    assert len(set(tags)) == len(tags)


def test_what_is_not_found_and_what_is_a_company_s_has_no_tag(company: Company) -> None:
    for address in ("/measures/x", "/measures?page=99", company.url(), company.url("results")):
        answer = company.client.get(address)
        assert "ETag" not in answer.headers, address
        assert answer.headers["Cache-Control"] == "no-store"


def test_whoever_names_no_tag_of_ours_gets_the_answer(guarded: FlaskClient) -> None:
    for held in ("*", '"other"', 'W/"other", "more"'):
        assert guarded.get("/measures", headers={"If-None-Match": held}).status_code == 200
        assert guarded.get("/measures/x", headers={"If-None-Match": held}).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Origin": "http://localhost"}, 303),
        ({"Origin": "https://localhost"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://other.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_the_forms_of_the_home_page_are_taken_from_our_own_pages_alone(
    guarded: FlaskClient, headers: dict[str, str], status: int
) -> None:
    assert guarded.post("/start", data={"company": ""}, headers=headers).status_code == status
    refused = guarded.post("/resume", data={"code": "x"}, headers=headers)
    assert (refused.status_code == 403) == (status == 403)

"""What anyone may read: the catalogue in pages, with tags, filtered as the portal filters it."""

from __future__ import annotations

import pytest

from matcher.catalogue import Catalogue
from matcher.documents.model import coverage
from matcher.report import measure_json
from tests.webapp.api.conftest import HIGH_TECH, System, World, problem
from webapp.limits import MAX_PAGE


def test_measures_come_in_pages(anyone: System, catalogue: Catalogue) -> None:
    address, found, pages = f"/measures?limit={MAX_PAGE}&q=", [], 0
    while address:
        response = anyone.get(address)
        told = anyone.answer("measures", response)
        found += told["items"]
        pages += 1
        links = dict(reversed(one.split("; ")) for one in response.headers["Link"].split(", "))
        address = links.get('rel="next"', "").strip("<>").removeprefix("/api/v1")
    assert pages == told["pages"] == 2
    assert found == [measure_json(one, catalogue.vocabulary) for one in catalogue.measures]
    assert told["total"] == len(found)


def test_a_page_beyond_the_last_is_empty_and_leads_back(anyone: System) -> None:
    response = anyone.get("/measures?page=1000")
    assert anyone.answer("measures", response)["items"] == []
    assert 'rel="first"' in response.headers["Link"]
    assert 'rel="next"' not in response.headers["Link"]


def test_measures_are_found_as_on_the_portal(anyone: System) -> None:
    told = anyone.answer("measures", anyone.get("/measures?q=高企&document=hefei-2025"))
    assert HIGH_TECH in [one["id"] for one in told["items"]]
    assert {one["document"] for one in told["items"]} == {"hefei-2025"}
    (chosen,) = [one for one in told["facets"]["document"] if one["chosen"]]
    assert (chosen["id"], chosen["count"]) == ("hefei-2025", told["total"])


@pytest.mark.parametrize("words", ["%", "_", "*", "%%", "高%企", "高_", ".*"])
def test_wildcards_are_plain_characters(anyone: System, words: str) -> None:
    told = anyone.get("/measures", query_string={"q": words}).get_json()
    assert told["total"] == 0


def test_one_measure(anyone: System, catalogue: Catalogue) -> None:
    for path in (HIGH_TECH, HIGH_TECH.replace("/", "%2F")):
        told = anyone.answer("measure", anyone.get(f"/measures/{path}"))
        assert told["id"] == HIGH_TECH
        assert told["standing"] == {"id": "in_force", "day": None}
        expected = measure_json(catalogue.by_id[HIGH_TECH], catalogue.vocabulary)
        assert {name: told[name] for name in expected} == expected


def test_a_measure_that_was_replaced_names_its_successors(world: World) -> None:
    catalogue = world.app.extensions["mianshen"].catalogue
    catalogue.__dict__["successors"] = {"hefei-2025/0.1": (HIGH_TECH,)}
    try:
        told = problem(world.anyone().get("/measures/hefei-2025/0.1"), 404)
    finally:
        del catalogue.__dict__["successors"]
    assert told["successors"] == [HIGH_TECH]


def test_documents_with_their_texts(anyone: System, catalogue: Catalogue) -> None:
    told = anyone.answer("documents", anyone.get("/documents"))
    assert [one["id"] for one in told["items"]] == ["bozhou-2025-38", "hefei-2025"]

    whole = anyone.answer("document", anyone.get("/documents/hefei-2025"))
    document = catalogue.document("hefei-2025")
    assert document is not None
    assert whole["text"] == document.text
    assert [one["number"] for one in whole["clauses"]] == [one.number for one in document.clauses]
    assert whole["coverage"]["covered"] == coverage(document).covered


def test_coverage(anyone: System) -> None:
    told = anyone.answer("coverage", anyone.get("/coverage"))
    for one in told["items"]:
        assert one["covered"] == one["characters"]
        assert one["uncovered"] == []


def test_the_vocabulary_is_found_by_any_of_its_names(anyone: System) -> None:
    told = anyone.answer("vocabulary", anyone.get("/vocabulary?q=revenue"))
    assert "营业收入" in [one["label"] for one in told["items"]]
    told = anyone.answer("vocabulary", anyone.get("/vocabulary?q=高企"))
    assert "titles" in [one["id"] for one in told["items"]]
    assert anyone.get("/vocabulary?q=nothing of the kind").get_json()["total"] == 0


@pytest.mark.parametrize(
    "path",
    [
        "/measures?q=技改",
        f"/measures/{HIGH_TECH}",
        "/documents",
        "/documents/hefei-2025",
        "/vocabulary",
        "/coverage",
        "/openapi.json",
    ],
)
def test_what_has_not_changed_is_not_sent_again(world: World, path: str) -> None:
    system = world.anyone()
    first = system.get(path)
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    assert {"Accept-Language", "Accept-Encoding"} <= set(first.headers["Vary"].split(", "))

    again = system.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    packed = system.get(path, headers={"Accept-Encoding": "gzip"})
    held = {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}
    assert system.get(path, headers=held).status_code == 304

    english = {"If-None-Match": tag, "Accept-Language": "en"}
    assert system.get(path, headers=english).status_code == 200
    world.clock.today = world.clock.today.replace(day=23)
    assert system.get(path, headers={"If-None-Match": tag}).status_code == 200

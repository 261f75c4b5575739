"""What the pages weigh on the line: every page that can be opened, as a browser that takes gzip gets it.

A page that is added must be weighed too: an address of the application that is not listed here fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from tests.conftest import SEEDS
from tests.webapp.conftest import Clock, Company
from tests.webapp.html import parse
from webapp.services import profiles
from webapp.services.importing import understand

KB = 1024
HTML, RESULTS = 40 * KB, 60 * KB
FIRST_VIEW, NEXT_VIEW = 120 * KB, 60 * KB
STYLES, SCRIPTS = 10 * KB, 15 * KB
VENDORED = "/static/vendor/"
SAMPLES = sorted((SEEDS / "companies").glob("*.yaml"))
IDS = {"measure": "hefei-2025/1.4", "why": "hefei-2025/1.4", "document": "hefei-2025"}
GROUPS = ("basics", "industry", "operations", "innovation", "titles", "plans", "compliance")
WHOLE = frozenset({"results", "sheet", "shared"})
"""These hold all measures in force."""
# The answers of these are no pages but data: files to download, and what scripts ask for.
DATA = frozenset(
    [
        "static",
        "measure_data",
        "blank_template",
        "workbook",
        "facts_yaml",
        "facts",
        "dates",
        "trades_found",
        "places_found",
        "places_below",
    ]
)


@dataclass
class Weighed:
    """One page with what it loads: the bytes on the line of each."""

    html: int
    loaded: dict[str, int] = field(default_factory=dict)

    @property
    def whole(self) -> int:
        """The page and all that it loads."""
        return self.html + sum(self.loaded.values())

    def ours(self, ending: str) -> int:
        """What our own files of one kind weigh together."""
        return sum(
            size
            for address, size in self.loaded.items()
            if urlsplit(address).path.endswith(ending) and VENDORED not in address
        )


_FILES: dict[str, int] = {}
"""The weight of files that were weighed; an address names what a file holds."""


def on_the_line(client: FlaskClient, address: str) -> int:
    if address in _FILES:
        return _FILES[address]
    response = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert response.status_code == 200, address
    size = len(response.data)
    response.close()  # a file of ours is sent as it lies on the disk, and stays open until then
    if address.startswith("/static/"):
        _FILES[address] = size
    return size


def weigh(client: FlaskClient, address: str) -> Weighed:
    """Load a page the way a browser does, images of the page itself included."""
    page = parse(client.get(address).text)
    wanted = [
        item.get("href") for item in page.all("link") if item.get("rel") in ("stylesheet", "icon")
    ]
    wanted += [
        item.get("src") for tag in ("script", "img") for item in page.all(tag) if item.get("src")
    ]
    assets = [one for one in dict.fromkeys(wanted) if not one.startswith("data:")]
    assert all(one.startswith("/static/") for one in assets), assets
    return Weighed(on_the_line(client, address), {one: on_the_line(client, one) for one in assets})


@pytest.fixture(params=SAMPLES, ids=lambda file: file.stem)
def sample(request: pytest.FixtureRequest, app: Flask, clock: Clock) -> Company:
    """One of the sample companies."""
    return kept(request.param, app, clock)


def kept(file: Path, app: Flask, clock: Clock) -> Company:
    vocabulary = app.extensions["mianshen"].catalogue.vocabulary
    found = understand(file.read_text(encoding="utf-8"), file.name, vocabulary, clock.today)
    database = app.extensions["mianshen"].database
    return Company(app.test_client(), profiles.create(database, found.facts, clock.now))


def pages(app: Flask, company: Company) -> dict[str, list[str]]:
    """Give the addresses of every page by the name of its view."""
    company.client.post(company.url("shares"))
    hub = company.page()
    (code,) = [
        one.get("value").rpartition("/")[2] for one in hub.all("input") if "/s/" in one.get("value")
    ]
    found: dict[str, list[str]] = {}
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            blueprint, _, view = rule.endpoint.rpartition(".")
            if blueprint != "portal" or "GET" not in (rule.methods or ()) or view in DATA:
                continue
            known = {"token": company.token, "code": code, "id_": IDS.get(view, "")}
            for group in GROUPS if "group" in rule.arguments else [""]:
                values = {**known, "group": group}
                chosen = {name: values[name] for name in rule.arguments}
                found.setdefault(view, []).append(url_for(rule.endpoint, **chosen))
    found["results"] += [company.url(f"results?group={group}") for group in ("met", "open", "rest")]
    found["sheet"].append(company.url("sheet?full=1"))
    return found


def test_every_page_is_light(app: Flask, sample: Company) -> None:
    """40 KB a page, 60 KB for the results of all measures; with all that it loads 120 KB at first.

    As a next page, with what the first one loaded still in the browser, it is little more than itself.
    """
    heavy = []
    kept_already = weigh(sample.client, "/").loaded
    for view, addresses in pages(app, sample).items():
        for address in addresses:
            found = weigh(sample.client, address)
            limit = RESULTS if view in WHOLE else HTML
            new = sum(size for one, size in found.loaded.items() if one not in kept_already)
            if found.html > limit or found.whole > FIRST_VIEW or found.html + new > NEXT_VIEW:
                heavy.append((address, found.html, found.whole, new))
            assert found.ours(".css") <= STYLES, (address, found.loaded)
            assert found.ours(".js") <= SCRIPTS, (address, found.loaded)
    assert heavy == []


def test_the_results_hold_all_measures_and_stay_within_their_budget(sample: Company) -> None:
    page = sample.page("results")
    numbers = [int(one.text()) for one in page.all(class_="counter-number")]
    assert sum(numbers) >= 149
    assert weigh(sample.client, sample.url("results")).html <= RESULTS

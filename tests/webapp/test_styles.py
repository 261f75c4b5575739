"""Which stylesheets a page loads: all that it needs, and no more than the budget."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from tests.webapp.conftest import Company
from tests.webapp.html import Element, parse

STATIC = Path(__file__).parents[2] / "webapp" / "static"
OURS = sorted(file.name for file in STATIC.glob("*.css"))
PAGES = [
    "/",
    "/measures?q=技改",
    "/measures/hefei-2025/1.4",
    "/documents",
    "/documents/hefei-2025",
    "/import",
    "/nowhere",
    *("own" + rest for rest in ("", "/basics", "/operations", "/titles", "/plans", "/results")),
    *("own" + rest for rest in ("/path", "/answers", "/sheet", "/import", "/delete")),
    "own/why/hefei-2025/1.4",
]


def styled(name: str) -> set[str]:
    """List the classes that a stylesheet speaks of."""
    text = re.sub(r"/\*.*?\*/", "", (STATIC / name).read_text(encoding="utf-8"), flags=re.S)
    return set(re.findall(r"\.([a-z][\w-]*)(?=[^{}]*\{)", text))


def loaded(page: Element) -> list[str]:
    """List our own stylesheets that a page loads."""
    addresses = [item.get("href") for item in page.all("link") if item.get("rel") == "stylesheet"]
    names = [address.partition("?")[0].rpartition("/static/")[2] for address in addresses]
    return [name for name in names if "/" not in name]


@pytest.fixture
def answered(company: Company) -> Company:
    """A company with some answers, so that its pages have something to draw."""
    company.save("basics", name="合肥云岭科技有限公司", registered_region="合肥市")
    company.save("operations", employees="80")
    return company


def opened(company: Company, address: str) -> Element:
    """Open one of the pages above."""
    own = f"/p/{company.token}"
    return parse(company.client.get(re.sub("^own", own, address)).text)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_loads_the_stylesheets_of_what_is_on_it(answered: Company, address: str) -> None:
    page = opened(answered, address)
    sheets = loaded(page)
    known = set().union(*(styled(name) for name in sheets))
    everywhere = set().union(*(styled(name) for name in OURS))
    used = {name for item in page.walk() for name in item.get("class").split()}

    assert sheets
    assert sorted((used & everywhere) - known) == []


@pytest.mark.parametrize("address", PAGES)
def test_the_styles_of_a_page_stay_within_ten_kilobytes(answered: Company, address: str) -> None:
    sheets = loaded(opened(answered, address))
    assert sum(len(gzip.compress((STATIC / name).read_bytes(), 6)) for name in sheets) <= 10 * 1024


def test_every_stylesheet_is_loaded_by_some_template() -> None:
    templates = STATIC.parent.glob("templates/**/*.html")
    text = "".join(file.read_text(encoding="utf-8") for file in templates)
    assert [name for name in OURS if f"asset('{name}')" not in text] == []

"""A city that is served, so that a browser can walk in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from matcher.catalogue import Catalogue
from tests.journeys.serving import served
from tests.journeys.visits import Setting, Visit, opened
from tests.webapp.casework.conftest import HIGH_TECH
from tests.webapp.city import FEN, City, sample_clock

WIDE = Setting("wide")
BARE = Setting("bare", scripts=False)
PHONE = Setting("phone", scripts=False, width=360, height=640)
ENGLISH = Setting("english", language="en")
CARE = Setting("care", width=360, height=640, display="care")


@dataclass
class Walk:
    """A city with one visitor in it, who may be signed in."""

    city: City
    visit: Visit

    @classmethod
    @contextmanager
    def begun(
        cls, browser: Browser, catalogue: Catalogue, setting: Setting, folder: Path, shots: Path
    ) -> Iterator[Walk]:
        """Build and serve a city, and open a visitor's tab."""
        city = City.built(folder, catalogue, sample_clock())
        city.office.budget(HIGH_TECH, 10 * FEN)
        try:
            with (
                served(city.app) as address,
                opened(browser, address, setting, shots) as visit,
            ):
                walk = cls(city, visit)
                walk.set("lang", setting.language)
                if setting.display:
                    walk.set(setting.display, "1")
                yield walk
        finally:
            city.app.extensions["mianshen"].database.close()

    def set(self, name: str, value: str) -> None:
        """Let the browser hold a cookie."""
        cookie = {"name": name, "value": value, "url": self.visit.address}
        self.visit.page.context.add_cookies([cookie])  # type: ignore[list-item]

    def sign_in(self, company: int) -> None:
        """Let the visitor act for a company."""
        self.set("mianshen", self.city.token(self.city.owners[company]))

    def go(self, path: str, name: str = "") -> None:
        """Open a page and look at it."""
        self.visit.page.goto(self.visit.address + path)
        self.visit.check(name)

    def press(self, words: str, name: str = "") -> None:
        """Press a button by its words and look at the page that it leads to."""
        self.visit.follow(self.visit.page.get_by_role("button", name=words).first)
        self.visit.check(name)

    def follow(self, words: str, name: str = "") -> None:
        """Follow a link by its words and look at the page that it leads to."""
        self.visit.follow(self.visit.page.get_by_role("link", name=words).first)
        self.visit.check(name)

    @property
    def words(self) -> str:
        """What the page says."""
        return " ".join(self.visit.page.locator("main").inner_text().split())

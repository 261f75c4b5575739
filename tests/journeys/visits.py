"""One visitor's tab: how it is set, what must never happen in it, and what it looked like."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.journeys import axe

SHOTS = "MIANSHEN_SCREENSHOTS"
"""Names the folder that pictures are kept in; without it only pages on which a test failed are."""
FAILURE = "failed"

# WCAG 1.4.12: what a reader may set without losing content.
_SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
_WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# Text that its box cuts off; what is only for screen readers is cut off on purpose.
_CUT = """() => [...document.querySelectorAll('main *, header *, footer *')].filter(one => {
  const style = getComputedStyle(one);
  if (style.overflowX === 'visible' && style.overflowY === 'visible') return false;
  if (one.closest('.visually-hidden, svg, datalist, select, option') || !one.innerText?.trim()) return false;
  const across = one.scrollWidth > one.clientWidth + 1 && style.overflowX !== 'auto';
  const down = one.scrollHeight > one.clientHeight + 1 && style.overflowY !== 'auto';
  return one.clientHeight > 1 && (across || down);
}).map(one => one.outerHTML.slice(0, 200))"""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a visitor reads: one value of each thing that may differ."""

    name: str
    scripts: bool = True
    width: int = 1280
    height: int = 800
    language: str = "zh"
    keyboard: bool = False
    display: str = ""
    """The switch of ours that is on: "care", "contrast" or none."""
    media: tuple[tuple[str, str], ...] = ()
    """What the system asks for: forced colours, less motion."""
    spaced: bool = False
    """Text spacing as WCAG 1.4.12 lets a reader set it."""

    def __str__(self) -> str:
        return self.name


@dataclass
class Visit:
    """One visitor's tab, which notes what must never happen."""

    page: Page
    address: str
    setting: Setting
    folder: Path
    faults: list[str] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    shown: int = 0
    twin: Page | None = None
    """Where scripts are off, a tab that shows axe, which is a script, the same page without ours."""

    def watch(self) -> None:
        """Note console errors, failures of scripts, policy reports and requests to other hosts."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))
        session = self.page.context.new_cdp_session(self.page)
        session.on("Audits.issueAdded", lambda event: self._reported(event["issue"]))
        session.send("Audits.enable")

    def _heard(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        # A page that answers 422 or 404 is logged by the browser itself; that is no fault of ours.
        if kind in ("error", "warning") and "the server responded with a status" not in text:
            self.faults.append(f"{kind}: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:")):
            self.faults.append(f"request to {url}")

    def _reported(self, issue: dict[str, Any]) -> None:
        if issue["code"] == "ContentSecurityPolicyIssue":
            self.faults.append(f"policy: {issue['details']}")

    def follow(self, control: Locator) -> None:
        """Use a link or button and wait for the page it leads to."""
        with self.page.expect_navigation():
            control.click()

    def check(self, name: str = "") -> None:
        """Check the page that is open; with a name, keep what it looks like too.

        One heading, its own title, no sideways scroll at 320 pixels or as wide as it is, nothing cut off
        where text is spaced, nothing that axe finds, nothing noted since the visit began.
        """
        if self.setting.spaced:
            self.page.evaluate(_SPACED)
        assert self.page.locator("h1").count() == 1, self.page.url
        self._check_title()
        self._check_widths()
        if self.setting.spaced:
            assert self.page.evaluate(_CUT) == [], self.page.url
        axe.check(self._as_axe_reads())
        if name:
            self.shoot(name)
        assert self.faults == []

    def _as_axe_reads(self) -> Page:
        if self.twin is None:
            return self.page
        shown, here = self.page.content(), self.page.url.partition("#")[0]
        self.twin.unroute_all()
        self.twin.route("**/*.js*", lambda route: route.abort())
        self.twin.route(here, lambda route: route.fulfill(body=shown, content_type="text/html"))
        self.twin.goto(here)
        return self.twin

    def _check_title(self) -> None:
        path = self.page.url.removeprefix(self.address).partition("#")[0]
        title = self.page.title()
        others = {known for where, known in self.titles.items() if where != path}
        assert title not in others, f"{path}: {title}"
        self.titles[path] = title

    def _check_widths(self) -> None:
        size = self.page.viewport_size or {"width": 1280, "height": 800}
        for width in dict.fromkeys((size["width"], 320)):
            if width != size["width"]:
                self.page.set_viewport_size({"width": width, "height": 640})
            wide = self.page.evaluate(_WIDER)
            assert not wide, f"{self.page.url} scrolls sideways at {width} px"
        self.page.set_viewport_size(size)

    def shoot(self, name: str) -> None:
        """Keep the whole page as a picture, numbered in the order of the visit.

        Drawing takes an eighth of all the time of the journeys, so it is done where somebody wants to look.
        """
        self.shown += 1
        if name != FAILURE and SHOTS not in os.environ:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{self.shown:02}-{name}.jpeg"
        self.page.screenshot(path=file, quality=70, full_page=True, animations="disabled")


@contextmanager
def opened(browser: Browser, address: str, setting: Setting, folder: Path) -> Iterator[Visit]:
    """Open a visitor's tab and close it in the end; what was noted until then still counts."""
    context = _context(browser, setting, scripts=setting.scripts)
    visitor = Visit(context.new_page(), address, setting, folder)
    visitor.watch()
    if not setting.scripts:
        visitor.twin = _context(browser, setting, scripts=True).new_page()
    yield visitor
    if visitor.twin is not None:
        visitor.twin.context.close()
    context.close()


def _context(browser: Browser, setting: Setting, *, scripts: bool) -> BrowserContext:
    context = browser.new_context(
        java_script_enabled=scripts,
        viewport={"width": setting.width, "height": setting.height},
        locale="zh-CN",
        **dict(setting.media),  # type: ignore[arg-type]
    )
    context.set_default_timeout(15_000)
    return context

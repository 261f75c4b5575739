"""axe-core on the page that is open: every rule it has, with all that is folded opened."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_OPEN = "document.querySelectorAll('details').forEach(one => { one.open = true })"
_AXE = Axe()


def check(page: Page) -> None:
    """Fail with the rule, the element and the repair of everything that axe finds."""
    page.evaluate(_OPEN)
    found = _AXE.run(page).response["violations"]
    assert [
        f"{page.url} {rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ] == []

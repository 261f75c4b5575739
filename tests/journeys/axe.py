"""axe-core on the page that is open: every rule it has, with all that is folded opened for it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# What axe cannot see it cannot check; afterwards the page is as its reader left it.
_OPEN = """() => document.querySelectorAll('details:not([open])').forEach(one => {
  one.open = true; one.dataset.foldAgain = '';
})"""
_FOLD = """() => document.querySelectorAll('details[data-fold-again]').forEach(one => {
  one.open = false; delete one.dataset.foldAgain;
})"""
_AXE = Axe()


def check(page: Page) -> None:
    """Fail with the rule, the element and the repair of everything that axe finds."""
    page.evaluate(_OPEN)
    found = _AXE.run(page).response["violations"]
    page.evaluate(_FOLD)
    assert [
        f"{page.url} {rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ] == []

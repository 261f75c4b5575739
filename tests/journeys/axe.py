"""axe-core on the page that is open: every rule it has, with all that is folded opened for it."""

from __future__ import annotations

import re

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
# What differs from one visit to the next and says nothing: unguessable parts of addresses and tokens.
_RANDOM = re.compile(r"[A-Za-z0-9_.-]{22,}")
# What decides how a page looks and is not in its markup.
_LOOK = """() => [innerWidth, innerHeight, document.adoptedStyleSheets.length,
  ...['print', '(forced-colors: active)', '(prefers-contrast: more)', '(prefers-color-scheme: dark)',
    '(prefers-reduced-motion: reduce)'].map(media => matchMedia(media).matches),
  ...[...document.querySelectorAll(':checked, :focus')].map(one => one.id || one.value)].join(' ')"""
_passed: set[tuple[str, str]] = set()
"""The pages that axe found nothing on in this process: how they look, and what they hold."""


def check(page: Page) -> None:
    """Fail with the rule, the element and the repair of everything that axe finds.

    The same page in the same setting is read once: axe takes seconds for a long form, and many visits come
    by it.
    """
    page.evaluate(_OPEN)
    known = (page.evaluate(_LOOK), _RANDOM.sub("", page.content()))
    if known not in _passed:
        _read(page)
        _passed.add(known)
    page.evaluate(_FOLD)


def _read(page: Page) -> None:
    found = _AXE.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [
        f"{page.url} {rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ] == []

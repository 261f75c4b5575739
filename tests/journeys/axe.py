"""axe-core on the page that is open: every rule it has, with all that is folded opened for it."""

from __future__ import annotations

import re
from collections import defaultdict

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
# What decides the colours of a page and is not in its markup; and what decides how it is laid out.
_LOOK = """() => [document.documentElement.className, document.adoptedStyleSheets.length,
  ...['print', '(forced-colors: active)', '(prefers-contrast: more)', '(prefers-color-scheme: dark)',
    '(prefers-reduced-motion: reduce)'].map(media => matchMedia(media).matches),
  ].join(' ')"""
# How an element is styled, as far as its markup decides it: itself, its parent and what stands before it.
_STYLED = """() => {
  const states = ['aria-current', 'aria-pressed', 'aria-invalid', 'disabled', 'lang'];
  const styled = one => one ? [one.localName, one.className.baseVal ?? one.className, one.matches(':checked'),
    ...states.map(name => one.hasAttribute(name))].join(' ') : '';
  return [...new Set([...document.querySelectorAll('body *')].map(
    one => [one.parentElement, one.previousElementSibling, one].map(styled).join(' > ')))];
}"""
_SIZE = "() => `${innerWidth} ${innerHeight}`"
_BY_STYLE = ("color-contrast", "link-in-text-block")
"""The rules that read colours: most of axe's time, and the same for elements that are styled alike."""
_passed: set[tuple[str, str, str]] = set()
"""The pages that axe found nothing on in this process: how they look, and what they hold."""
_styles: dict[str, set[str]] = defaultdict(set)
"""For each look, the styles whose contrast is known to be enough."""


def check(page: Page) -> None:
    """Fail with the rule, the element and the repair of everything that axe finds.

    axe takes seconds for a long form, most of them for the contrast of each text. So the same page in the
    same setting is read once, and contrast only where a page has an element that is styled as none before.
    """
    page.evaluate(_OPEN)
    look, size = page.evaluate(_LOOK), page.evaluate(_SIZE)
    shown = _RANDOM.sub("", page.content())
    styles = set(page.evaluate(_STYLED))
    new = not styles <= _styles[look]
    if new or (look, size, shown) not in _passed:
        _read(page, colours=new)
        _styles[look] |= styles
        _passed.add((look, size, shown))
    page.evaluate(_FOLD)


def _read(page: Page, *, colours: bool) -> None:
    rules = {name: {"enabled": colours} for name in _BY_STYLE}
    # What axe loads beforehand are style sheets, for a rule that asks whether one of them turns the page.
    options = {"resultTypes": ["violations"], "rules": rules, "preload": colours}
    found = _AXE.run(page, options=options).response["violations"]
    assert [
        f"{page.url} {rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ] == []

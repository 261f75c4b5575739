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
_AXE = Axe().axe_script
_KNOWN = "() => typeof axe === 'object'"
_RUN = "options => axe.run(document, options).then(found => found.violations)"
# What differs from one visit to the next and says nothing: unguessable parts of addresses and tokens.
_RANDOM = re.compile(r"[A-Za-z0-9_.-]{22,}")
# What decides how a page is read and is not in its markup.
_LOOK = """() => [document.documentElement.className, document.adoptedStyleSheets.length,
  ...['print', '(forced-colors: active)', '(prefers-contrast: more)', '(prefers-color-scheme: dark)',
    '(prefers-reduced-motion: reduce)'].map(media => matchMedia(media).matches),
  ].join(' ')"""
# All that contrast is reckoned from: of each text that is seen its colour, its size and weight, and the grounds
# behind it; of a link the colour of the words around it too.
_COLOURS = """() => {
  const grounds = new Map([[null, '']]);
  const behind = one => {
    if (!grounds.has(one)) {
      const style = getComputedStyle(one);
      const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter].join(' ');
      const plain = own === 'rgba(0, 0, 0, 0) none 1 none';
      grounds.set(one, behind(one.parentElement) + (plain ? '' : ` > ${own}`));
    }
    return grounds.get(one);
  };
  const shown = one => one.checkVisibility({visibilityProperty: true}) && !one.closest('.visually-hidden');
  const written = one => shown(one) && (one.matches('input, select, textarea')
    || [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim()));
  const told = one => {
    const style = getComputedStyle(one);
    const around = one.localName === 'a' ? getComputedStyle(one.parentElement).color : '';
    return [style.color, style.fontSize, style.fontWeight, style.textShadow, style.textDecorationLine,
      one.matches(':disabled'), around, behind(one)].join(' | ');
  };
  return [...new Set([...document.querySelectorAll('body *')].filter(written).map(told))];
}"""
_SIZE = "() => `${innerWidth} ${innerHeight}`"
_BY_COLOUR = ("color-contrast", "link-in-text-block")
"""The rules that read colours: most of axe's time, and the same for texts whose colours are the same."""
_passed: set[tuple[str, str, str]] = set()
"""The pages that axe found nothing on in this process: how they look, and what they hold."""
_colours: set[str] = set()
"""The colours of texts, with their grounds, whose contrast is known to be enough."""


def check(page: Page) -> None:
    """Fail with the rule, the element and the repair of everything that axe finds.

    axe takes seconds for a long form, most of them for the contrast of each text. So the same page in the
    same setting is read once, and contrast only where a page has a text with colours that none had before.
    """
    page.evaluate(_OPEN)
    look, size = page.evaluate(_LOOK), page.evaluate(_SIZE)
    shown = _RANDOM.sub("", page.content())
    colours = set(page.evaluate(_COLOURS))
    new = not colours <= _colours
    if new or (look, size, shown) not in _passed:
        _read(page, colours=new)
        _colours.update(colours)
        _passed.add((look, size, shown))
    page.evaluate(_FOLD)


def _read(page: Page, *, colours: bool) -> None:
    rules = {name: {"enabled": colours} for name in _BY_COLOUR}
    # What axe loads beforehand are style sheets, for a rule that asks whether one of them turns the page.
    options = {"resultTypes": ["violations"], "rules": rules, "preload": colours}
    if not page.evaluate(_KNOWN):
        page.evaluate(_AXE)
    found = page.evaluate(_RUN, options)
    assert [
        f"{page.url} {rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ] == []

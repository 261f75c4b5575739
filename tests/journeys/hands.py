"""The two ways to use a page: a mouse, and a keyboard that knows nothing of where things are."""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import Locator, Page

MOST_STEPS = 250
# A group of radios is one stop of the Tab key; the arrows go on from there.
_REACHED = """one => {
  const here = document.activeElement;
  return here === one || (one.type === 'radio' && here.type === 'radio' && here.name === one.name);
}"""
_IS_FOCUSED = "one => one === document.activeElement"
# Gives what hides the control that has the focus: what lies over it, or that it is out of the window.
_HIDDEN_BY = """() => {
  const one = document.activeElement;
  const seen = one.classList.contains('pill-input') ? one.nextElementSibling : one;
  const box = seen.getBoundingClientRect();
  if (box.bottom <= 0 || box.top >= innerHeight) return `out of sight: ${box.top} to ${box.bottom} of ${innerHeight}`;
  const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  const over = document.elementFromPoint(box.left + Math.min(box.width / 2, 40), (top + bottom) / 2);
  return !over || seen.contains(over) || over.contains(seen) ? '' : over.outerHTML.slice(0, 200);
}"""


class Hand(Protocol):
    """What a visitor does with a page."""

    def write(self, box: Locator, text: str) -> None:
        """Put a text into a box."""

    def choose(self, option: Locator) -> None:
        """Choose a radio or tick a box."""

    def unfold(self, summary: Locator) -> None:
        """Open what is folded."""

    def go(self, control: Locator) -> None:
        """Use a link or a button and wait for the page it leads to."""


class Mouse:
    """Points and clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def write(self, box: Locator, text: str) -> None:
        box.click()
        box.fill(text)

    def choose(self, option: Locator) -> None:
        option.locator("xpath=following-sibling::label[1]").click()

    def unfold(self, summary: Locator) -> None:
        if summary.locator("xpath=..").get_attribute("open") is None:
            summary.click()

    def go(self, control: Locator) -> None:
        with self.page.expect_navigation():
            control.click()


class Keyboard:
    """Goes by Tab, arrows, Space and Enter; what has the focus must be in sight."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, control: Locator) -> None:
        """Press Tab until a control has the focus."""
        control.wait_for()
        one = control.element_handle()
        for _ in range(MOST_STEPS):
            if one.evaluate(_REACHED):
                self._check_in_sight()
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"not reached in {MOST_STEPS} steps: {control}")

    def write(self, box: Locator, text: str) -> None:
        self.reach(box)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, option: Locator) -> None:
        self.reach(option)
        for _ in range(MOST_STEPS):
            if option.evaluate(_IS_FOCUSED):
                break
            self.page.keyboard.press("ArrowDown")
        if not option.is_checked():
            self.page.keyboard.press("Space")
        assert option.is_checked()

    def unfold(self, summary: Locator) -> None:
        self.reach(summary)
        if summary.locator("xpath=..").get_attribute("open") is None:
            self.page.keyboard.press("Enter")

    def go(self, control: Locator) -> None:
        self.reach(control)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def _check_in_sight(self) -> None:
        """Fail where something hides what has the focus; the page may still be gliding towards it."""
        for _ in range(40):
            hidden_by = self.page.evaluate(_HIDDEN_BY)
            if not hidden_by:
                return
            self.page.wait_for_timeout(50)
        focused = self.page.evaluate("document.activeElement.outerHTML.slice(0, 300)")
        raise AssertionError(f"{focused} is hidden by {hidden_by}")

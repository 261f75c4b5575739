"""The words by which a visitor finds things, in the language that is read."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from matcher.readers.prose import Wording
from matcher.vocabulary.model import Vocabulary
from webapp.texts import Texts


class Said:
    """Finds texts and links by what is written, and answers by the question they belong to."""

    def __init__(self, page: Page, vocabulary: Vocabulary, language: str) -> None:
        self.page, self.vocabulary, self.language = page, vocabulary, language
        self.wording = Wording(vocabulary, language)
        self._texts = Texts()

    def text(self, key: str, **values: object) -> str:
        """Give one of the interface's own texts."""
        return self._texts.get(self.language, key, **values)

    def box(self, label: str) -> Locator:
        """Find the box of a question; what is sent under its name is the answer."""
        return self.page.locator(f'input[name="a_{self.vocabulary.attributes[label].id}"]').first

    def option(self, label: str, value: str) -> Locator:
        """Find one of the answers of a question that offers a few."""
        name = f"a_{self.vocabulary.attributes[label].id}"
        return self.page.locator(f'input[name="{name}"][value="{value}"]')

    def member(self, label: str, member: str, value: str) -> Locator:
        """Find the control of one of many members, which may stand in a folded part."""
        attribute = self.vocabulary.attributes[label]
        found = attribute.member(member)
        assert found, member
        return self.page.locator(f'[name="a_{attribute.id}-{found.id}"][value="{value}"]')

    def rest(self, label: str, value: str) -> Locator:
        """Find a closing choice of a question with many members."""
        attribute = self.vocabulary.attributes[label]
        return self.page.locator(f'[name^="a_{attribute.id}-rest-"][value="{value}"]').first

    def button(self, key: str) -> Locator:
        """Find a button by its text."""
        return self.page.get_by_role("button", name=self.text(key), exact=True)

    def link(self, key: str) -> Locator:
        """Find a link by its text."""
        return self.page.get_by_role("link", name=self.text(key), exact=True)

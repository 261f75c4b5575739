"""What can be followed: everything, one kind of support, one department, one document."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.readers.prose import EN, Wording
from webapp.services.facets import LISTS, Facets, values_of
from webapp.tables.following import Subscription

FACETS = ("kind", "department", "document")
"""The facets of measures whose values can be followed."""
ALL = "all"
_JOINT = ":"


@dataclass(frozen=True, slots=True)
class Theme:
    """One value of a facet; without either it is everything."""

    facet: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.facet}{_JOINT}{self.value}" if self.facet else ALL

    def holds(self, themes: Container[str]) -> bool:
        """Say whether a measure of these themes belongs to it."""
        return not self.facet or str(self) in themes


def theme_of(row: Subscription) -> Theme:
    """Give the theme of a subscription."""
    return Theme(row.facet, row.value)


def read_theme(text: str, facets: Facets) -> Theme | None:
    """Read a theme as forms and addresses write it, ``all`` or ``facet:value``; None where there is none such."""
    if text == ALL:
        return Theme()
    facet, _, value = text.partition(_JOINT)
    return Theme(facet, value) if facet in FACETS and facets.knows(facet, value) else None


def themes_of(measure: Measure, catalogue: Catalogue) -> list[str]:
    """Give the themes that a measure belongs to, as texts, besides everything."""
    held = values_of(measure, catalogue)
    return [str(Theme(facet, value)) for facet in FACETS for value in sorted(held[facet])]


def name_of(theme: Theme, catalogue: Catalogue, language: str) -> str:
    """Name a theme that is not everything; one that the rules no longer know by its id."""
    if theme.facet in LISTS:
        return Wording(catalogue.vocabulary, language).word_by_id(LISTS[theme.facet], theme.value)
    document = catalogue.document(theme.value)
    if document is None:
        return theme.value
    return (document.english if language == EN else "") or document.title

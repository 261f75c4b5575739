"""The list of measures: words, facets, order and page, all of them in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import abort, render_template, request, url_for

from matcher.documents.model import Measure
from webapp.limits import MAX_SEARCH
from webapp.pages import wording
from webapp.portal.selection import page_number
from webapp.services.facets import NAMES, Choice, Chosen, Facet
from webapp.services.paging import page_of
from webapp.services.search import Term
from webapp.shared import portal

ORDERS = ("relevance", "newest", "name")
SHOWN = 8
"""Values of a facet that are shown at once; the others are folded."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for."""

    q: str
    chosen: Chosen
    sort: str = ORDERS[0]

    @property
    def narrowed(self) -> bool:
        """Whether any facet has a chosen value."""
        return any(self.chosen.values())

    def address(self, page: int = 1) -> str:
        """Give the address that asks for this; what goes without saying is left out."""
        values: dict[str, object] = {"q": self.q, **self.chosen}
        values |= {"sort": self.sort if self.sort != ORDERS[0] else ""}
        values |= {"page": page if page > 1 else ""}
        return url_for("portal.measures", **{key: value for key, value in values.items() if value})

    def with_choice(self, facet: Facet, choice: Choice) -> str:
        """Give the address with a value chosen, or no longer chosen."""
        ids = self.chosen[facet.name]
        changed = tuple(one for one in ids if one != choice.id) if choice.chosen else None
        return self._with(facet.name, (*ids, choice.id) if changed is None else changed)

    def _with(self, name: str, ids: tuple[str, ...]) -> str:
        return replace(self, chosen={**self.chosen, name: ids}).address()

    def sorted_by(self, order: str) -> str:
        """Give the address in another order."""
        return replace(self, sort=order).address()

    def searching(self, words: str) -> str:
        """Give the address of a search for other words, with nothing else kept."""
        return Asked(words, dict.fromkeys(NAMES, ())).address()

    def without_choices(self) -> str:
        """Give the address with the words alone."""
        return self.searching(self.q)


def measures() -> str:
    """List the measures that hold the words and have the chosen values."""
    asked = _asked()
    index, facets = portal().index, portal().facets
    terms = index.terms(asked.q)
    searched = index.find(terms)
    found = _ordered(facets.narrow(searched, asked.chosen), asked.sort)
    counted = facets.count(searched, asked.chosen, wording())
    return render_template(
        "measures.html",
        asked=asked,
        terms=terms,
        orders=ORDERS,
        shown=SHOWN,
        total=len(found),
        searched=len(searched),
        page=page_of(found, page_number()) or abort(404),
        facets=counted,
        chosen=[(facet, one) for facet in counted for one in facet.choices if one.chosen],
        **_beside(terms, bool(searched)),
    )


def _asked() -> Asked:
    """Read the address; a value that no facet has, or an unknown order, is not found."""
    chosen = {name: tuple(dict.fromkeys(request.args.getlist(name))) for name in NAMES}
    chosen = {name: tuple(filter(None, ids)) for name, ids in chosen.items()}
    sort = request.args.get("sort") or ORDERS[0]
    known = all(portal().facets.knows(name, one) for name, ids in chosen.items() for one in ids)
    if not known or sort not in ORDERS:
        abort(404)
    return Asked(request.args.get("q", "")[:MAX_SEARCH].strip(), chosen, sort)


def _beside(terms: tuple[Term, ...], hits: bool) -> Mapping[str, object]:
    """Say where the words stand that found no measure, and which words are near."""
    index = portal().index
    return {"asides": index.asides(terms), "nearest": [] if hits else index.nearest(terms)}


def _ordered(measures: list[Measure], order: str) -> list[Measure]:
    """Sort what was found; a search gives the best first, no search the order of the documents."""
    if order == "newest":
        issued = {item.id: item.issued for item in portal().catalogue.documents}
        return sorted(measures, key=lambda item: issued[item.document], reverse=True)
    if order == "name":
        # GB 18030 keeps the common characters in the order of their pinyin.
        return sorted(measures, key=lambda item: item.title.encode("gb18030"))
    return measures

"""Results and chosen values -> the results narrowed, and what they can be narrowed by, with counts.

Values of one facet are alternatives, facets narrow each other. A value is listed where any finding has
it; its count is what it would leave with everything else as chosen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matcher.catalogue import Catalogue
from matcher.finding import Finding
from webapp.services.facets import Choice, Facet, values_of
from webapp.services.matching import Results, delivery_id

NAMES = ("kind", "department", "region", "document", "delivery")
Chosen = Mapping[str, tuple[str, ...]]
Label = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Results under a choice of values, and the facets."""

    results: Results
    facets: tuple[Facet, ...]


def narrow(results: Results, chosen: Chosen, catalogue: Catalogue, label: Label) -> Narrowed:
    """Keep the findings that have one of the chosen values of every facet; ``label`` names a value."""
    held = {item.measure.id: _values(item, catalogue) for item in results.findings}

    def fits(finding: Finding, without: str = "") -> bool:
        own = held[finding.measure.id]
        return all(
            not ids or name == without or not own[name].isdisjoint(ids)
            for name, ids in chosen.items()
        )

    facets = []
    for name in NAMES:
        every = Counter(one for own in held.values() for one in own[name])
        left = [item for item in results.findings if fits(item, without=name)]
        counts = Counter(one for item in left for one in held[item.measure.id][name])
        choices = tuple(
            Choice(id_, label(name, id_), counts[id_], id_ in chosen.get(name, ()))
            for id_, _ in every.most_common()
        )
        facets.append(Facet(name, choices))
    return Narrowed(results.only(fits) if any(chosen.values()) else results, tuple(facets))


def _values(finding: Finding, catalogue: Catalogue) -> dict[str, frozenset[str]]:
    """Give what the catalogue's own facets say of the measure, and how its benefit reaches the company."""
    return {
        **values_of(finding.measure, catalogue),
        "delivery": frozenset({delivery_id(finding)} - {""}),
    }

"""Measures -> what they can be narrowed by: values with counts, one kind of value a facet.

Values of one facet are alternatives, facets narrow each other. A count says how many measures a value
would leave with everything else as chosen; a value that leaves none stays in its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.readers.prose import EN, Wording
from matcher.tree import Condition, InTree
from matcher.vocabulary.model import Kind
from webapp.services.reachable import DELIVERIES, quickest

LISTS = {
    "kind": "支持方式",
    "department": "责任单位",
    "delivery": DELIVERIES,
    "basis": "兑付依据",
    "beneficiary": "对象",
}
"""The closed list that holds the values of a facet."""
NAMES = ("kind", "department", "region", "delivery", "basis", "document", "beneficiary")

Chosen = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet: its id in addresses, its name, what it would leave, whether it is chosen."""

    id: str
    label: str
    n: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One kind of value, those of most measures first, always in the same order."""

    name: str
    choices: tuple[Choice, ...]


class Facets:
    """The values of every measure of a catalogue, worked out once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._values = {item.id: values_of(item, catalogue) for item in catalogue.measures}
        self._ids = {name: self._order(name) for name in NAMES}

    def _order(self, name: str) -> tuple[str, ...]:
        counted = Counter(one for held in self._values.values() for one in held[name])
        return tuple(one for one, _ in counted.most_common())

    def knows(self, name: str, id_: str) -> bool:
        """Say whether a facet has a value."""
        return id_ in self._ids[name]

    def ids(self, name: str) -> tuple[str, ...]:
        """Give the values of a facet."""
        return self._ids[name]

    def narrow(self, measures: Iterable[Measure], chosen: Chosen) -> list[Measure]:
        """Keep the measures that have one of the chosen values of every facet."""
        return [item for item in measures if self._fits(item, chosen)]

    def _fits(self, measure: Measure, chosen: Chosen, without: str = "") -> bool:
        held = self._values[measure.id]
        return all(
            not ids or name == without or not held[name].isdisjoint(ids)
            for name, ids in chosen.items()
        )

    def count(self, measures: Iterable[Measure], chosen: Chosen, words: Wording) -> list[Facet]:
        """Give every facet with its counts among the measures that a search found."""
        searched = list(measures)
        found = []
        for name in NAMES:
            others = (item for item in searched if self._fits(item, chosen, without=name))
            counted = Counter(one for item in others for one in self._values[item.id][name])
            found.append(
                Facet(
                    name,
                    tuple(
                        Choice(id_, self.label(name, id_, words), counted[id_], id_ in chosen[name])
                        for id_ in self._ids[name]
                    ),
                )
            )
        return found

    def label(self, name: str, id_: str, words: Wording) -> str:
        """Name a value."""
        if name in LISTS:
            return words.word_by_id(LISTS[name], id_)
        if name == "region":
            return self.catalogue.vocabulary.regions.name(id_)
        document = self.catalogue.document(id_)
        if document is None:
            return id_
        return (document.english if words.language == EN else "") or document.title


def values_of(measure: Measure, catalogue: Catalogue) -> dict[str, frozenset[str]]:
    """Give the values that a measure has of every facet, as the rules state them."""

    def ids(name: str, labels: Iterable[str]) -> frozenset[str]:
        words = catalogue.vocabulary.words(LISTS[name])
        return frozenset(words[label].id for label in labels)

    return {
        "kind": ids("kind", measure.instruments),
        "department": ids("department", measure.departments),
        "region": frozenset(_regions(measure.condition, catalogue)),
        "document": frozenset({measure.document}),
        "delivery": frozenset({quickest(measure, catalogue.vocabulary)} - {""}),
        "basis": ids("basis", [measure.benefit_basis]),
        "beneficiary": ids("beneficiary", [measure.beneficiary]),
    }


def _regions(condition: Condition, catalogue: Catalogue) -> Iterator[str]:
    """Give the places that a condition names."""
    attributes = catalogue.vocabulary.attributes
    if isinstance(condition, InTree) and attributes[condition.attribute].kind is Kind.REGION:
        yield from condition.nodes
    for part in condition.children:
        yield from _regions(part, catalogue)

"""Places in steps: 市 (or another province), then 县区, then 开发区; and places found by what is typed.

A table need not know the counties of every province. Where it does, the province's cities come first; of
other provinces the cities are the second step. A zone may overlap several counties, so it is asked
besides the county, not under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.values import fold
from matcher.vocabulary.model import Attribute, Vocabulary
from matcher.vocabulary.trees import Region, Regions

PROVINCE, CITY, COUNTY, PARK = "province", "city", "county", "park"
STEPS = ("city", "county", "park")
"""The three choices, by the names of their controls."""
MOST = 12
"""How many places a list offers."""
SAME_AS = {"经营地": "注册地", "纳税地": "注册地"}
"""Places that are taken to be another one unless the company says that they are not."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place to choose."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class First:
    """The first step: the cities of each province that is known in detail, then other provinces."""

    home: tuple[tuple[Place, tuple[Place, ...]], ...]
    others: tuple[Place, ...]


class Places:
    """The places of a vocabulary, step by step; made once (`Places.of`)."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.regions: Regions = vocabulary.regions
        every = self.regions.by_id.values()
        inside = {above for region in every if region.level == COUNTY for above in region.path}
        provinces = [region for region in every if region.level == PROVINCE]
        home = [region for region in provinces if region.id in inside]
        self.first = First(
            tuple((_place(one), self._within(one.id, CITY)) for one in home),
            tuple(_place(one) for one in provinces if one.id not in inside),
        )

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Places:
        """Give the places of a vocabulary; worked out once."""
        known: Places = vocabulary.remembered.get(cls) or cls(vocabulary)
        vocabulary.remembered[cls] = known
        return known

    def _within(self, above: str, level: str) -> tuple[Place, ...]:
        return tuple(
            _place(region)
            for region in self.regions.by_id.values()
            if region.level == level and above in region.path
        )

    def second(self, city: str) -> tuple[Place, ...]:
        """List the counties of a city, or the cities of a province whose counties are not known."""
        region = self.regions.by_id.get(city)
        if region is None or any(province.id == city for province, _ in self.first.home):
            return ()
        return self._within(city, CITY if region.level == PROVINCE else COUNTY)

    def third(self, city: str) -> tuple[Place, ...]:
        """List the zones of a city."""
        return self._within(city, PARK) if city in self.regions.by_id else ()

    def steps(self, ids: Sequence[str]) -> dict[str, str]:
        """Turn the places of one answer into the three choices; {} where they do not fit into them."""
        chosen = dict.fromkeys(STEPS, "")
        for id_ in ids:
            region = self.regions.by_id[id_]
            step, city = self._step(region)
            if chosen[step] or (chosen["city"] and chosen["city"] != city):
                return {}
            chosen["city"] = city
            if step != "city":
                chosen[step] = id_
        return chosen

    def _step(self, region: Region) -> tuple[str, str]:
        """Name the choice in which a place stands, and the first choice that goes with it."""
        if region.level == CITY:
            province = next(iter(region.path - {region.id}), "")
            is_other = any(other.id == province for other in self.first.others)
            return ("county", province) if is_other else ("city", region.id)
        if region.level == PROVINCE:
            return "city", region.id
        return region.level, region.city

    def finest(self, chosen: dict[str, str]) -> tuple[str, ...] | None:
        """Give the places that three choices mean; None where one does not exist.

        A county or zone of another city is left from a city that was chosen before.
        """
        city = chosen["city"]
        if any(id_ and id_ not in self.regions.by_id for id_ in chosen.values()):
            return None
        second = {place.id for place in self.second(city)}
        third = {place.id for place in self.third(city)}
        fit = (chosen["county"] in second, chosen["park"] in third)
        ids = (chosen["county"] if fit[0] else "", chosen["park"] if fit[1] else "")
        return tuple(filter(None, ids)) or ((city,) if city else ())

    def find(self, text: str) -> tuple[Place, ...]:
        """Find places by a part of their name or of another name, at most `MOST`."""
        word = fold(text).replace(" ", "").lower()
        if not word:
            return ()
        exact = [region.id for region in self.regions.find(word)]
        begins, holds = [], []
        for region in self.regions.by_id.values():
            names = (self.regions.name(region.id), region.name, *region.aliases)
            if any(name.startswith(word) for name in names):
                begins.append(region.id)
            elif any(word in name for name in names):
                holds.append(region.id)
        ids = list(dict.fromkeys((*exact, *begins, *holds)))[:MOST]
        return tuple(Place(id_, self.regions.name(id_)) for id_ in ids)


def followed(attribute: Attribute, vocabulary: Vocabulary) -> str:
    """Name the attribute whose place is taken for this one, "" for none."""
    label = SAME_AS.get(attribute.label, "")
    return label if label in vocabulary.attributes else ""


def _place(region: Region) -> Place:
    return Place(region.id, region.name)

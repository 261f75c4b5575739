"""By what companies are counted: the place they are registered in, and the section of their trade."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.layout import Layout
from matcher.registry.outcomes import GROUPED
from matcher.vocabulary.model import Vocabulary

UNKNOWN = ""
"""The id of a place or section that is not known."""
MAX_PLACES = 400
"""More places than these are counted by city: a whole country has thousands of counties."""
_COUNTY = "county"
PLACE, TRADE = "注册地", "行业"
Places = NDArray[Any]


@dataclass(frozen=True)
class Groups:
    """Every pair of a place and a section, numbered place by place."""

    counties: tuple[str, ...]
    sections: tuple[str, ...]
    county_of: Places
    section_of: Places
    """For each value of a table's dictionary its place in ``counties``, or ``sections``; the last is for NULL."""

    @classmethod
    def of(cls, layout: Layout, vocabulary: Vocabulary) -> Groups:
        """Take the places and trades that a facts table has."""
        regions, industries = vocabulary.regions.by_id, vocabulary.industries

        def place(value: Sequence[str]) -> str:
            counties = [one for one in value if one in regions and regions[one].level == _COUNTY]
            return (counties or list(value))[0]

        def city(value: Sequence[str]) -> str:
            one = regions.get(place(value))
            return one.city or one.id if one is not None else UNKNOWN

        def section(value: Sequence[str]) -> str:
            return industries.path(value[0])[-1]

        places = layout.dictionaries.get(PLACE, ())
        wide = len({place(value) for value in places}) > MAX_PLACES
        counties, county_of = _numbered(places, city if wide else place)
        sections, section_of = _numbered(layout.dictionaries.get(TRADE, ()), section)
        return cls(counties, sections, county_of, section_of)

    @property
    def count(self) -> int:
        """How many pairs there are."""
        return len(self.counties) * len(self.sections)

    def take(self, batch: pl.DataFrame) -> Places:
        """Give the number of the pair of each row; ``split`` gives its two parts again."""
        county = self._of(batch, GROUPED[PLACE], self.county_of)
        section = self._of(batch, GROUPED[TRADE], self.section_of)
        return county * np.int32(len(self.sections)) + section

    def split(self, groups: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Give the places of pairs in ``counties`` and in ``sections``."""
        return groups // len(self.sections), groups % len(self.sections)

    @staticmethod
    def _of(batch: pl.DataFrame, name: str, place_of: Places) -> Places:
        if name not in batch.columns:
            return np.full(batch.height, place_of[-1], np.int32)
        codes = batch.get_column(name).fill_null(len(place_of) - 1).to_numpy()
        found: Places = place_of[codes]
        return found


def _numbered(
    values: Sequence[Sequence[str]], named: Callable[[Sequence[str]], str]
) -> tuple[tuple[str, ...], Places]:
    """Number the names of values in their order; what is not known comes last."""
    names = [*sorted({named(value) for value in values} - {UNKNOWN}), UNKNOWN]
    place = {name: number for number, name in enumerate(names)}
    found = [place[named(value)] for value in values] + [place[UNKNOWN]]
    return tuple(names), np.array(found, np.int32)

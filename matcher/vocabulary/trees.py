"""Regions and industries: two trees in which a place or a trade lies under others.

Regions are GB/T 2260 codes plus parks, which state their city and have no code. Industries are
GB/T 4754-2017 codes; a code that is not listed is placed by its prefix.
"""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from matcher.logic import Truth, any_of
from matcher.values import fold

# A catalogue asks about the same few nodes of every company, so the answers are worth keeping.
REMEMBERED = 8192


class Tree(ABC):
    """Nodes that lie under others; what is known of one node may be too coarse to tell."""

    def __init__(self) -> None:
        self.any_within: Callable[[tuple[str, ...], tuple[str, ...]], Truth]
        self.any_within = lru_cache(REMEMBERED)(self._any_within)

    @abstractmethod
    def within(self, given: str, wanted: str) -> Truth:
        """Say whether one node lies under another, itself included."""

    def _any_within(self, given: tuple[str, ...], wanted: tuple[str, ...]) -> Truth:
        """Say whether one of the given nodes lies under one of the wanted."""
        return any_of(self.within(one, node) for one in given for node in wanted)


@dataclass(frozen=True, slots=True)
class Region:
    """A province, city, county or park."""

    id: str
    name: str
    level: str
    path: frozenset[str] = field(repr=False)
    city: str = ""
    aliases: tuple[str, ...] = ()


class Regions(Tree):
    """The tree of regions, read from ``regions.csv`` and ``parks.csv``."""

    def __init__(self, regions_csv: str, parks_csv: str) -> None:
        super().__init__()
        self.by_id: dict[str, Region] = {}
        self._names: dict[str, list[str]] = {}
        self._below: dict[str, dict[str, str]] = {}
        for row in csv.DictReader(io.StringIO(regions_csv)):
            self._add_region(row["code"], row["name"], row["parent"], row["level"])
        cities = {region.name: region for region in self.by_id.values()}
        for row in csv.DictReader(io.StringIO(parks_csv)):
            aliases = tuple(filter(None, row["aliases"].split("|")))
            self._add_park(row["id"], row["name"], cities[row["city"]], aliases)

    def _add_region(self, code: str, name: str, parent: str, level: str) -> None:
        above = self.by_id[parent].path if parent in self.by_id else frozenset()
        city = code if level == "city" else parent if level == "county" else ""
        self.by_id[code] = Region(code, name, level, above | {code}, city)
        self._name(code, [name], above)

    def _add_park(self, id_: str, name: str, city: Region, aliases: tuple[str, ...]) -> None:
        self.by_id[id_] = Region(id_, name, "park", city.path | {id_}, city.id, aliases)
        short = city.name.removesuffix("市")
        names = [name, *aliases]
        self._name(id_, names, city.path)
        # "合肥市高新区" is how people write 合肥高新区.
        for local in (item.removeprefix(short) for item in names if item.startswith(short)):
            self._below[city.id].setdefault(local, id_)

    def _name(self, id_: str, names: list[str], above: frozenset[str]) -> None:
        self._below.setdefault(id_, {})
        for name in names:
            variants = {name}
            if name.endswith(("市", "省")) and len(name) > 2:
                variants.add(name[:-1])
            for variant in variants:
                self._names.setdefault(variant, []).append(id_)
                for ancestor in above:
                    self._below[ancestor].setdefault(variant, id_)

    def find(self, text: str) -> list[Region]:
        """Find the places a text can mean: one where it is clear, none where it is unknown."""
        text = fold(text).replace(" ", "").replace("·", "")
        if text in self.by_id:
            return [self.by_id[text]]
        direct = self._names.get(text)
        if direct:
            return [self.by_id[id_] for id_ in direct]
        for split in range(len(text) - 1, 1, -1):
            for id_ in self._names.get(text[:split], []):
                below = self._descend(id_, text[split:])
                if below:
                    return [self.by_id[below]]
        return []

    def _descend(self, id_: str, rest: str) -> str | None:
        if not rest:
            return id_
        for split in range(len(rest), 1, -1):
            child = self._below[id_].get(rest[:split])
            if child:
                return self._descend(child, rest[split:])
        return None

    def within(self, given: str, wanted: str) -> Truth:
        """Say whether one place lies in another; unknown where the given one is too coarse.

        A county and a park of one city may overlap, so neither answers the other.
        """
        have, want = self.by_id[given], self.by_id[wanted]
        if wanted in have.path:
            return True
        if given in want.path:
            return None
        same_city = have.city and have.city == want.city
        return None if same_city and "park" in (have.level, want.level) else False

    def name(self, id_: str) -> str:
        """Give a place's full name, from its city on."""
        region = self.by_id[id_]
        city = self.by_id.get(region.city)
        return f"{city.name}{region.name}" if city and region.level == "county" else region.name


class Industries(Tree):
    """The tree of industry codes, read from ``industries.csv`` and an imported official table."""

    def __init__(self, table: str) -> None:
        super().__init__()
        self.names: dict[str, str] = {}
        self.parents: dict[str, str] = {}
        self.by_name: dict[str, list[str]] = {}
        self._paths: dict[str, tuple[str, ...]] = {}
        self.add_table(table)

    def add_table(self, table: str) -> None:
        """Add the rows of a CSV text with columns code, name, parent."""
        for row in csv.DictReader(io.StringIO(table)):
            code = row["code"].strip()
            if code not in self.names:
                self.by_name.setdefault(fold(row["name"]), []).append(code)
            self.names[code] = row["name"].strip()
            self.parents[code] = row["parent"].strip()
        self._paths.clear()

    def find(self, text: str) -> str | None:
        """Read ``6520 集成电路设计``, ``6520``, ``C39`` or ``集成电路设计`` as a code.

        A name shared by a code and its only child means the wider one.
        """
        folded = fold(text).strip()
        head = folded.split(maxsplit=1)[0] if folded else ""
        if len(head) > 1 and head[0].isalpha() and head[0].isascii() and head[1:].isdigit():
            head = head[1:]
        head = head.upper()
        if head in self.names:
            return head
        if head.isascii() and head.isdigit() and 3 <= len(head) <= 4 and head[:2] in self.names:
            return head
        codes = self.by_name.get(folded)
        return min(codes, key=len) if codes else None

    def is_listed(self, code: str) -> bool:
        """Say whether the code itself stands in the table."""
        return code in self.names

    def path(self, code: str) -> tuple[str, ...]:
        """List a code and everything above it, nearest first."""
        known = self._paths.get(code)
        if known is None:
            steps = [code[:length] for length in range(len(code), 1, -1)] or [code]
            section = self.parents.get(code[:2], "") if code.isdigit() else ""
            known = self._paths[code] = (*steps, section) if section else tuple(steps)
        return known

    def within(self, given: str, wanted: str) -> Truth:
        """Say whether a trade lies under another; unknown where the given code is too coarse."""
        if wanted in self.path(given):
            return True
        return None if given in self.path(wanted) else False

    def name(self, code: str) -> str:
        """Give the name of a code, or of the nearest listed code above it."""
        for step in self.path(code):
            if step in self.names:
                return self.names[step] if step == code else f"{self.names[step]}({code})"
        return code

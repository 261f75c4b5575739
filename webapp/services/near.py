"""Measures that are not met -> the ways that are one step away, searched once for the same answers.

Which ways there are follows from the facts that a measure's condition can read (`matcher.nearby.reads`),
the day and 填报日期, and from nothing else. So a search is kept under these: while somebody types, only
the measures that read the fact that was changed are searched again, and the results find what the counts
have found already.

A key is a digest of those facts, salted anew in every process. What it leads to are changes and the
values they would end at; whose they are is not kept. Nothing is written anywhere, and a search that no
page has asked for again is dropped after `KEPT_SECONDS`, when the next is kept, or earlier where there
are many others.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from itertools import chain

from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.nearby.nearness import Way, ways_to
from matcher.nearby.reads import Asked, reads
from matcher.profile import FactKey, Profile
from matcher.vocabulary.model import DECIDED_BY_OTHERS
from webapp.services.memo import Memo

NEAR = 2
"""How many facts may have to change for a measure to be one step away."""
KEPT = 20_000
"""How many searches are kept: those of about a hundred companies."""
KEPT_SECONDS = 3600.0


class NearMisses:
    """Finds the ways to measures of one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.vocabulary = catalogue.vocabulary
        self._reads = {
            measure.id: reads(measure.condition, self.vocabulary) for measure in catalogue.measures
        }
        self._asked = {
            id_: tuple(sorted(found.asked, key=repr)) for id_, found in self._reads.items()
        }
        self._memo: Memo[tuple[Way, ...]] = Memo(KEPT, KEPT_SECONDS)
        self._salt = secrets.token_bytes(32)

    def ways(
        self, unmet: Sequence[Measure], profile: Profile, as_of: date
    ) -> dict[str, tuple[Way, ...]]:
        """Give the ways to each measure that is one step away, the cheapest first."""
        keys = self._keys(unmet, profile, as_of)
        found = {id_: self._memo.get(key) for id_, key in keys.items()}
        new = [measure for measure in unmet if found[measure.id] is None]
        searched = ways_to(new, profile, as_of, self.vocabulary)
        for measure, ways in zip(new, searched, strict=True):
            found[measure.id] = kept = tuple(filter(self._short, ways))
            self._memo.put(keys[measure.id], kept)
        return {id_: ways for id_, ways in found.items() if ways}

    def reading(self, measures: Iterable[Measure], keys: Iterable[FactKey]) -> list[Measure]:
        """Pick the measures that one of some facts can make a difference to."""
        keys = tuple(keys)
        return [item for item in measures if any(key in self._reads[item.id] for key in keys)]

    def _short(self, way: Way) -> bool:
        attributes = self.vocabulary.attributes
        kinds = {attributes[change.key.attribute].kind for change in way.changes}
        return len(way.changes) <= NEAR and not kinds & DECIDED_BY_OTHERS

    def _keys(
        self, measures: Sequence[Measure], profile: Profile, as_of: date
    ) -> Mapping[str, bytes]:
        """Give what the search for each measure is kept under."""
        said: dict[Asked, list[str]] = {}
        for key, fact in profile.facts.items():
            text = repr((key, fact.value))
            said.setdefault((key.attribute, None), []).append(text)
            if key.member is not None:
                said.setdefault((key.attribute, key.member), []).append(text)
        days = (as_of.isoformat(), repr(profile.filed))
        made = {}
        for measure in measures:
            known = (said[one] for one in self._asked[measure.id] if one in said)
            # No line holds a line break: they are ids, days and representations.
            lines = "\n".join((measure.id, *days, *chain.from_iterable(known)))
            made[measure.id] = blake2b(lines.encode(), key=self._salt, digest_size=16).digest()
        return made

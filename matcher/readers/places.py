"""Leaves that ask for a place or a trade -> places or trades that answer them in every way there is.

A company has one place or several at once. What is known too coarsely can still turn out to be any place
in it, so only places as fine as they can be known are listed. A park and a county of one city may
overlap: a county is listed alone and together with each park.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from matcher.logic import Truth, any_of
from matcher.profile import FactKey
from matcher.readers.leaves import LeafJudge
from matcher.tree import InTree
from matcher.vocabulary.model import Kind
from matcher.vocabulary.trees import Industries, Regions

MAX_PLACES = 32
Codes = tuple[str, ...]
_CODE_LENGTH, _PARK = 4, "park"
_REST = {count: [f"{number:0{count}}" for number in range(10**count)] for count in (1, 2)}


def places_of(nodes: Sequence[InTree], judge: LeafJudge) -> list[Codes]:
    """List one answer for each that makes a difference to the leaves of one attribute.

    None where there are too many, or where several coarse places are known already.
    """
    attribute, vocabulary = nodes[0].attribute, judge.vocabulary
    given = judge.profile.value(FactKey(attribute))
    within: Codes = given if isinstance(given, tuple) else ()  # type: ignore[assignment]
    if len(within) > 1:
        return []
    asked = (places_of, attribute, tuple((node.nodes, node.partly) for node in nodes), within)
    known: list[Codes] | None = vocabulary.remembered.get(asked)
    if known is None:
        named = {code for node in nodes for code in (*node.nodes, *node.partly)}
        if vocabulary.attributes[attribute].kind is Kind.REGION:
            single, more = _places(vocabulary.regions, named, *within)
        else:
            single = more = [(code,) for code in _trades(vocabulary.industries, named, *within)]
        known = vocabulary.remembered[asked] = _answering(nodes, judge, single, more)
    return known


def _answering(
    nodes: Sequence[InTree], judge: LeafJudge, single: Iterable[Codes], more: Iterable[Codes]
) -> list[Codes]:
    """Keep one for each answer; several at once answer what any of them answers, and so on."""

    def answers(codes: Codes) -> tuple[Truth, ...]:
        return tuple(judge.lies_in(node, codes) for node in nodes)

    values: dict[tuple[Truth, ...], Codes] = {}
    added: dict[tuple[Truth, ...], Codes] = {}
    for codes in single:
        values.setdefault(answers(codes), codes)
    for codes in more:
        added.setdefault(answers(codes), codes)
    fresh = list(values.items())
    while fresh:
        said, codes = fresh.pop()
        for other, further in added.items():
            both = tuple(any_of(pair) for pair in zip(said, other, strict=True))
            if both not in values:
                values[both] = codes + further
                fresh.append((both, values[both]))
        if len(values) > MAX_PLACES:
            return []
    return list(values.values())


def _places(regions: Regions, named: set[str], within: str = "") -> tuple[list[Codes], list[Codes]]:
    """Give the finest places but parks, and all that may come on top; in ``within`` where given.

    A park lies in counties that are listed anyway, so parks count only where a rule names one.
    """
    parks = {region.id: region.city for region in regions.by_id.values() if region.level == _PARK}
    asked_for_parks = bool(named & parks.keys())
    known_park = (within,) if within in parks and asked_for_parks else ()
    above = parks.get(within, within)
    covering = {
        code
        for region in regions.by_id.values()
        if region.id not in parks  # parks do not cover their city
        for code in region.path - {region.id}
    }
    inside = [
        code
        for code in regions.by_id
        if code not in covering and (not above or regions.within(code, above))
    ]
    single: list[Codes] = [(*known_park, code) for code in inside if code not in parks]
    more: list[Codes] = [(code,) for code in inside if code not in parks or asked_for_parks]
    return single, more


def _trades(industries: Industries, named: set[str], within: str = "") -> Iterator[str]:
    """Walk trades of four digits: every group may have one that neither table nor rule names."""
    for code in dict.fromkeys((*industries.names, *named, *((within,) if within else ()))):
        if not code.isdigit():
            continue
        rest = [code] if len(code) == _CODE_LENGTH else _rest(code)
        finest = (one for one in rest if not _named_below(one, code, named))
        if not within or industries.within(code, within) is not False:
            inside = (one for one in finest if not within or industries.within(one, within))
            yield from islice(inside, 1)


def _rest(code: str) -> list[str]:
    return [code + digits for digits in _REST[_CODE_LENGTH - len(code)]]


def _named_below(one: str, code: str, named: set[str]) -> bool:
    """Say whether a rule names a code, or a group below ``code`` that it lies in."""
    return any(one[:length] in named for length in range(len(code) + 1, _CODE_LENGTH + 1))

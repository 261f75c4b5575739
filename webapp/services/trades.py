"""Words of a company -> lines of business (GB/T 4754-2017) to choose from, and how fine a code must be.

A search looks at codes, at names, at what companies say (行业词), at industry groups and at codes of the
edition of 2011 (旧行业代码). It finds lines of business at every level; nothing is chosen by itself
unless a code or a name says exactly one thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from itertools import pairwise
from typing import Any

from matcher.catalogue import Catalogue
from matcher.logic import Truth, any_of
from matcher.tree import InTree
from matcher.values import fold
from matcher.vocabulary.model import Kind, Vocabulary
from matcher.vocabulary.trees import Industries

MOST = 12
"""How many lines of business a list offers."""
WIDER = 3
"""How many 大类 a list offers besides, for those who know no more."""
SAID, FORMER = "行业词", "旧行业代码"
SECTION, DIVISION, GROUP, CLASS = "section", "division", "group", "class"
_LEVELS = {1: SECTION, 2: DIVISION, 3: GROUP, 4: CLASS}
_BREAKS = re.compile(r"[\s、,,;;。/|]+")
_SKIPPED = re.compile(r"[\s“”\"'‘’「」()()]")
_CODE = re.compile(r"[a-z]?(\d{1,4})")
_SAME, _START, _INSIDE, _WORD, _PART, _GROUPED, _NEAR = 100, 60, 45, 50, 35, 20, 5
"""What a hit is worth: the very name, its beginning, within it, a company's word, a part of one, a group."""
_LIKE = 0.4
"""The share of common character pairs from which a name counts as near."""


@dataclass(frozen=True, slots=True)
class Trade:
    """One line of business with the names of what it lies under, the widest first."""

    code: str
    name: str
    path: tuple[str, ...]
    level: str

    @property
    def said(self) -> str:
        """The code and the name, as a company file has them."""
        return f"{self.code} {self.name}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A line of business that was found; ``by`` is the word that led to it where its name does not
    hold it, ``former`` the code of 2011 that it took the place of."""

    trade: Trade
    by: str = ""
    former: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, the best first, and 大类 for those who know no more."""

    hits: tuple[Hit, ...] = ()
    wider: tuple[Trade, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class _Name:
    """A way to say a line of business."""

    text: str
    code: str
    by: str

    def holds(self, word: str) -> bool:
        """Say whether a word stands in it; letters count as whole words only (AI is not in retail)."""
        if word.isascii():
            return word in re.findall(r"[a-z0-9]+", self.by.lower())
        return word in self.text


def plain(text: str) -> str:
    """Fold width and case, and leave out spaces, quotation marks and brackets."""
    return _SKIPPED.sub("", fold(text)).lower()


class Trades:
    """The lines of business of a vocabulary, ready to be searched; made once (`Trades.of`)."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary, self.industries = vocabulary, vocabulary.industries
        self._names = {code: plain(name) for code, name in self.industries.names.items()}
        self._said = tuple(_names(vocabulary, SAID))
        self._former = tuple(
            (alias, word.label)
            for word in vocabulary.words(FORMER).values()
            for alias in word.aliases
        )
        self._groups = tuple(
            _Name(plain(group.label), code, group.label)
            for group in vocabulary.groups.values()
            for code in group.codes
        )
        self._pairs = {code: _pairs(name) for code, name in self._names.items()}
        self._below: dict[str, list[str]] = {}
        for code in self.industries.names:
            self._below.setdefault(self.above(code), []).append(code)

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Trades:
        """Give the lines of business of a vocabulary; worked out once."""
        known: Trades = vocabulary.remembered.get(cls) or cls(vocabulary)
        vocabulary.remembered[cls] = known
        return known

    def above(self, code: str) -> str:
        """Give the nearest listed code above one, "" at the top."""
        steps = (step for step in self.industries.path(code)[1:] if self.industries.is_listed(step))
        return next(steps, "")

    def below(self, code: str) -> tuple[Trade, ...]:
        """List what lies directly under a code, or the 门类 under ""."""
        return tuple(self.trade(one) for one in self._below.get(code, ()))

    def trade(self, code: str) -> Trade:
        """Give a code with its name and where it lies."""
        path = [step for step in self.industries.path(code)[1:] if self.industries.is_listed(step)]
        name = self.industries.name(code).removesuffix(f"({code})")
        names = dict.fromkeys(self.industries.names[step] for step in reversed(path))
        names.pop(name, None)  # a group with one class alone has its name
        return Trade(code, name, tuple(names), _LEVELS[len(code)])

    def exact(self, text: str) -> str | None:
        """Read a text that says exactly one line of business; None where one has to choose.

        A code with a name that is not its own is a code of another edition, or a slip.
        """
        code = self.industries.find(text)
        if code is None:
            return None
        match = _CODE.match(fold(text).strip().lower())
        if match is None:
            return code if self._names.get(code) == plain(text) else None
        rest = plain(fold(text).strip()[match.end() :])
        if rest and rest != self._names.get(code):
            return None
        retired = not self.industries.is_listed(code) and self._was(code)
        return None if retired else code

    def find(self, text: str) -> Found:
        """Find the lines of business that a company may mean, at most `MOST`."""
        whole = plain(text)
        if not whole:
            return Found()
        match = _CODE.match(whole)
        digits = match.group(1) if match else ""
        rest = whole[match.end() :] if match else ""
        found: dict[str, tuple[int, Hit]] = {}
        if digits and (not rest or digits in self.industries.names or self._was(digits)):
            self._by_code(digits, rest, found)
        if not digits or rest:
            self._by_words(rest or whole, _BREAKS.split(fold(text).strip()), found)
        if not found:
            self._by_likeness(rest or whole, found)
        return self._listed(found)

    def _listed(self, found: dict[str, tuple[int, Hit]]) -> Found:
        # A class and the group that has it alone share a name; the class says more.
        names = {
            (hit.trade.name, hit.trade.code[:3])
            for _, hit in found.values()
            if hit.trade.level == CLASS
        }
        kept = [
            (worth, hit)
            for worth, hit in found.values()
            if hit.trade.level == CLASS or (hit.trade.name, hit.trade.code) not in names
        ]
        kept.sort(key=lambda one: (-one[0], -len(one[1].trade.code), one[1].trade.code))
        hits = tuple(hit for _, hit in kept[:MOST])
        shown = {hit.trade.code for hit in hits}
        wider = dict.fromkeys(hit.trade.code[:2] for hit in hits if hit.trade.level != SECTION)
        listed = [code for code in wider if code in self.industries.names and code not in shown]
        return Found(hits, tuple(map(self.trade, listed[:WIDER])), len(kept) - len(hits))

    def _by_code(self, digits: str, name: str, found: dict[str, tuple[int, Hit]]) -> None:
        for code in self.industries.names:
            if code == digits:
                self._add(found, code, _SAME if not name else _START)
            elif code.startswith(digits) and not name:
                self._add(found, code, _START)
        for alias, code in self._former:
            if alias.startswith(digits) and len(digits) > 2:
                same = alias.split(maxsplit=1)[0] == digits
                self._add(found, code, _SAME - 1 if same else _INSIDE, former=alias)

    def _was(self, digits: str) -> bool:
        """Say whether a code stood in the edition of 2011 and means something else today."""
        return any(alias.split(maxsplit=1)[0] == digits for alias, _ in self._former)

    def _by_words(self, whole: str, typed: list[str], found: dict[str, tuple[int, Hit]]) -> None:
        """Find what holds the whole text, else what holds one of its words."""
        words = [one for one in map(plain, typed) if len(one) > 1 and not one.isdigit()]
        for word in dict.fromkeys((whole, *words)):
            for code, name in self._names.items():
                if word in name:
                    worth = _SAME if word == name else _START if name.startswith(word) else _INSIDE
                    self._add(found, code, worth - (word != whole))
            for said in self._said:
                if said.text == word:
                    self._add(found, said.code, _WORD, by=said.by)
                elif said.holds(word) or _within(said.text, word):
                    self._add(found, said.code, _PART + len(said.text), by=said.by)
            for group in self._groups:
                if word == group.text or (len(word) > 2 and word in group.text):
                    self._add(found, group.code, _GROUPED, by=group.by)
            for alias, code in self._former:
                if word == plain(alias.partition(" ")[2]):
                    self._add(found, code, _INSIDE, former=alias)

    def _by_likeness(self, whole: str, found: dict[str, tuple[int, Hit]]) -> None:
        """Find names with many of the same pairs of characters, for a slip of the pen."""
        pairs = _pairs(whole)
        for code, others in self._pairs.items():
            share = 2 * len(pairs & others) / (len(pairs) + len(others))
            if share >= _LIKE:
                self._add(found, code, _NEAR + round(10 * share))

    def _add(
        self,
        found: dict[str, tuple[int, Hit]],
        code: str,
        worth: int,
        by: str = "",
        former: str = "",
    ) -> None:
        if code not in self.industries.names:
            return
        known = found.get(code)
        if known is None or known[0] < worth:
            former = former or (known[1].former if known else "")
            found[code] = worth, Hit(self.trade(code), by, former)
        elif former and not known[1].former:
            found[code] = known[0], Hit(known[1].trade, known[1].by, former)


def refined(codes: Iterable[str], industries: Industries) -> tuple[str, ...]:
    """Leave out repetitions, and a code of which a later one is a finer part."""
    kept: list[str] = []
    for code in codes:
        kept = [one for one in kept if one not in industries.path(code)[1:]]
        if code not in kept:
            kept.append(code)
    return tuple(kept)


class Levels:
    """How fine a line of business must be known: as fine as some condition can tell a difference.

    Read from the conditions themselves: those of measures, of what excludes in general, and of the
    terms that they use (企业规模 goes by industry).
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._industries = catalogue.vocabulary.industries
        conditions = (catalogue.exclusion, *(item.condition for item in catalogue.measures))
        self._nodes = tuple(dict.fromkeys(_asked(conditions, catalogue.vocabulary)))
        named = {code for node in self._nodes for code in (*node.nodes, *node.partly)}
        known = {code: self._answers(code) for code in (*self._industries.names, *named)}
        self._mattering = {
            wider
            for code, said in known.items()
            for wider in self._industries.path(code)[1:]
            if known.get(wider, said) != said
        }

    @classmethod
    def of(cls, catalogue: Catalogue) -> Levels:
        """Give the levels that matter to a catalogue; worked out once."""
        remembered = catalogue.vocabulary.remembered
        known: Levels = remembered.get((cls, catalogue.version)) or cls(catalogue)
        remembered[cls, catalogue.version] = known
        return known

    def matters(self, code: str) -> bool:
        """Say whether something finer than this code can change what a condition says."""
        return code in self._mattering

    def _answers(self, code: str) -> tuple[Truth, ...]:
        return tuple(self._answer(node, code) for node in self._nodes)

    def _answer(self, node: InTree, code: str) -> Truth:
        """Say what `LeafJudge.lies_in` says of a company in this one line of business."""
        sure = any_of(self._industries.within(code, one) for one in node.nodes)
        if sure is not False:
            return sure
        partly = any_of(self._industries.within(code, one) for one in node.partly)
        return False if partly is False else None


def _asked(conditions: Iterable[object], vocabulary: Vocabulary) -> Iterator[InTree]:
    """Walk all conditions on a line of business, also those within the terms that are named."""
    waiting: list[Any] = list(conditions)
    terms: set[str] = set()
    while waiting:
        item = waiting.pop()
        if isinstance(item, InTree):
            if vocabulary.attributes[item.attribute].kind is Kind.INDUSTRY:
                yield item
        elif isinstance(item, str):
            if item in vocabulary.terms and item not in terms:
                terms.add(item)
                waiting.append(vocabulary.terms[item])
        elif isinstance(item, tuple | list):
            waiting += item
        elif is_dataclass(item):
            waiting += [getattr(item, one.name) for one in fields(item)]


def _names(vocabulary: Vocabulary, name: str) -> Iterator[_Name]:
    for word in vocabulary.words(name).values():
        for said in filter(None, (*word.aliases, word.english)):
            yield _Name(plain(said), word.label, said)


def _within(name: str, text: str) -> bool:
    """Say whether a longer text names something: 做光伏组件的."""
    return len(name) > 1 and not name.isascii() and name in text


def _pairs(name: str) -> frozenset[str]:
    return frozenset(a + b for a, b in pairwise(name)) or frozenset({name})

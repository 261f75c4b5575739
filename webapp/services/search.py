"""Words -> the measures that say them, best first, and the passages that say them but give nothing.

The index is built once from the catalogue and the source texts. Words are sought as substrings, so two
characters are enough (上市, 技改); width, case, spaces and quotation marks do not matter. A word of the
vocabulary is also found under its other names: 高企 finds 高新技术企业.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from matcher.catalogue import Catalogue
from matcher.documents.model import Clause, Document, Measure
from matcher.readers.prose import EN, ZH, Wording
from matcher.tree import Condition, Leaf
from matcher.values import fold
from matcher.vocabulary.model import Vocabulary

# The official texts write 专精特新“小巨人”; nobody types the quotation marks.
_SKIPPED = re.compile(r"[\s“”\"'‘’「」]")
_BREAKS = re.compile(r"[\s、,,;;。|]+")
_APART = "|"
"""Stands between two texts that are searched together, so that no word is found across them."""
LISTS = ("支持方式", "部门", "责任单位", "对象", "搜索词")
"""The closed lists whose words have other names; 搜索词 is there for searches alone."""
TITLE, QUOTE, REST = 100, 40, 10
OTHER_NAME = 0.6
"""What a hit under another name is worth beside the word that was typed."""
SNIPPET, LEAD = 90, 24
NEAREST = 6
_LIKE = 0.3
"""The share of common character pairs from which two words count as near."""

Piece = tuple[str, bool]
"""A stretch of text, and whether it is a hit."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A text as it is searched, with the place of each of its characters in the text as written."""

    text: str
    places: tuple[int, ...]


def plain(text: str) -> Plain:
    """Fold width and case, and leave out spaces and quotation marks."""
    kept = [
        (place, character)
        for place, character in enumerate(fold(text))
        if not _SKIPPED.match(character)
    ]
    lowered = (one.lower() if len(one.lower()) == 1 else one for _, one in kept)
    return Plain("".join(lowered), tuple(place for place, _ in kept))


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a search: as it was typed, as it is sought, and its other names."""

    typed: str
    own: str
    others: frozenset[str] = frozenset()

    def worth(self, title: str, quote: str, rest: str) -> float:
        """Say how well three texts of one measure hold the word; 0 for not at all."""
        for text, worth in ((title, TITLE), (quote, QUOTE), (rest, REST)):
            if self.own in text:
                return worth
            if any(name in text for name in self.others):
                return worth * OTHER_NAME
        return 0


@dataclass(frozen=True, slots=True)
class Aside:
    """A document whose passages that found no measure hold the words, with their clauses."""

    document: Document
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    measure: Measure
    title: str
    quote: str
    rest: str


class Index:
    """Finds measures by words; a few hundred measures are searched in about a millisecond."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue, self.documents = catalogue, catalogue.documents
        self.names = _names(catalogue.vocabulary)
        self._pairs = {name: _pairs(name) for name in self.names}
        self._entries = tuple(_entries(catalogue))
        self._asides = tuple(
            (document, clause, plain(document.text[slice(*span)]).text)
            for document in catalogue.documents
            for clause, spans in _passages(document)
            for span in spans
        )

    @classmethod
    def of(cls, catalogue: Catalogue) -> Index:
        """Give the index of a catalogue, made once as long as the same catalogue is used."""
        kept = catalogue.vocabulary.remembered.get(cls)
        if not isinstance(kept, cls) or kept.catalogue is not catalogue:
            kept = catalogue.vocabulary.remembered[cls] = cls(catalogue)
        return kept

    def terms(self, words: str) -> tuple[Term, ...]:
        """Split a search into words; a name of the vocabulary stays whole."""
        whole = plain(words).text
        typed = [words.strip()] if whole in self.names else _BREAKS.split(words)
        found = {own: one for one in typed if (own := plain(one).text)}
        return tuple(
            Term(one, own, frozenset(self.names.get(own, ())) - {own}) for own, one in found.items()
        )

    def find(self, terms: tuple[Term, ...]) -> list[Measure]:
        """List the measures that hold every word: title before quote before the rest."""
        worth = [
            (sum(found), entry.measure)
            for entry in self._entries
            if all(found := [term.worth(entry.title, entry.quote, entry.rest) for term in terms])
        ]
        return [measure for _, measure in sorted(worth, key=lambda item: -item[0])]

    def asides(self, terms: tuple[Term, ...]) -> list[Aside]:
        """List where the words stand, as typed, in passages that found no measure."""
        found: dict[str, list[Clause]] = {}
        for document, clause, text in self._asides:
            if terms and all(term.own in text for term in terms):
                held = found.setdefault(document.id, [])
                if clause is not None and clause not in held:
                    held.append(clause)
        return [Aside(item, tuple(found[item.id])) for item in self.documents if item.id in found]

    def nearest(self, terms: tuple[Term, ...]) -> list[str]:
        """Suggest words that do find something, for a search that finds nothing."""
        if len(terms) > 1:
            alone = [term.typed for term in terms if self.find((term,))]
            if alone:
                return alone
        near: dict[str, float] = {}
        for term in terms:
            pairs = _pairs(term.own)
            for name, others in self._pairs.items():
                share = 2 * len(pairs & others) / (len(pairs) + len(others))
                inside = name in term.own or term.own in name
                if inside or share >= _LIKE:
                    near[name] = max(near.get(name, 0), share + inside)
        found: list[str] = []
        for name in sorted(near, key=lambda name: -near[name])[: 4 * NEAREST]:
            # One name of each thing is enough: they all find the same.
            if self.names[name].isdisjoint(found) and self.find(self.terms(name)):
                found.append(name)
        return found[:NEAREST]


def marked(text: str, terms: Iterable[Term]) -> list[Piece]:
    """Split a text at the hits; joined again the pieces are the text."""
    pieces: list[Piece] = []
    done = 0
    for start, end in _hits(text, terms):
        pieces += [(text[done:start], False), (text[start:end], True)]
        done = end
    return [piece for piece in (*pieces, (text[done:], False)) if piece[0]]


def snippet(text: str, terms: tuple[Term, ...]) -> list[Piece]:
    """Give the stretch of a text around its first hit, marked."""
    if len(text) <= SNIPPET:
        return marked(text, terms)
    first = next(iter(_hits(text, terms)), (0, 0))[0]
    start = min(max(0, first - LEAD), len(text) - SNIPPET)
    end = start + SNIPPET
    before: list[Piece] = [("…", False)] if start else []
    after: list[Piece] = [("…", False)] if end < len(text) else []
    return [*before, *marked(text[start:end], terms), *after]


def _hits(text: str, terms: Iterable[Term]) -> list[tuple[int, int]]:
    """Give the places of all hits in a text as written, in order, overlapping ones joined."""
    searched = plain(text)
    found: list[tuple[int, int]] = []
    for word in {word for term in terms for word in (term.own, *term.others)}:
        at = searched.text.find(word)
        while at >= 0:
            found.append((searched.places[at], searched.places[at + len(word) - 1] + 1))
            at = searched.text.find(word, at + len(word))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _pairs(name: str) -> frozenset[str]:
    return frozenset(a + b for a, b in pairwise(name)) or frozenset({name})


def _names(vocabulary: Vocabulary) -> dict[str, set[str]]:
    """Give every name of the vocabulary, as it is searched, with all names of the same thing."""
    found: dict[str, set[str]] = {}
    for group in _named(vocabulary):
        same = {name for name in (plain(one).text for one in group) if len(name) > 1}
        for name in same:
            found.setdefault(name, set()).update(same)
    return found


def _named(vocabulary: Vocabulary) -> Iterator[tuple[str, ...]]:
    for attribute in vocabulary.attributes.values():
        yield attribute.label, attribute.english.name, *attribute.aliases
        for member in attribute.members:
            yield member.label, member.english.name, *member.aliases
    for name in LISTS:
        for word in vocabulary.words(name).values():
            yield word.label, word.english, *word.aliases


def _entries(catalogue: Catalogue) -> Iterator[_Entry]:
    chinese, english = (Wording(catalogue.vocabulary, language) for language in (ZH, EN))
    for document in catalogue.documents:
        for clause in document.clauses:
            for measure in clause.measures:
                rest = [
                    *(
                        document.title,
                        document.number,
                        document.issuer,
                        clause.title,
                        clause.english,
                    ),
                    *(measure.id, measure.reading, measure.kind, measure.benefit_basis),
                    *(english.word("支持方式", one) for one in measure.instruments),
                    *(measure.instruments + measure.departments),
                    *(measure.beneficiary, english.word("对象", measure.beneficiary)),
                    *(chinese.leaf(leaf) for leaf in _leaves(measure.condition)),
                ]
                yield _Entry(
                    measure,
                    _APART.join(plain(text).text for text in (measure.title, measure.english)),
                    plain(measure.quote).text,
                    _APART.join(plain(text).text for text in rest),
                )


def _leaves(condition: Condition) -> Iterator[Leaf]:
    if isinstance(condition, Leaf):
        yield condition
    for part in condition.children:
        yield from _leaves(part)


def _passages(document: Document) -> Iterator[tuple[Clause | None, list[tuple[int, int]]]]:
    for passage in document.passages:
        yield None, list(passage.spans)
    for clause in document.clauses:
        for passage in clause.passages:
            yield clause, list(passage.spans)

"""Reads a column's name: the fact it names, the year and the unit it states.

``2024年营业收入(万元)`` is 营业收入 of 2024 in 万元; ``是否高新技术企业`` and ``高新技术企业有效期至`` are
two parts of one title. Only what is certain is read; everything else is left to suggestions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from matcher.layout import column_name
from matcher.profile import FactKey
from matcher.registry.columns import UNMAPPABLE, is_yearly, needs_member, part_named
from matcher.registry.synonyms import Meaning, RegistryWords, plain
from matcher.values import FIRST_YEAR, LAST_YEAR, Unit, ValueFault
from matcher.vocabulary.model import Attribute, Kind, Member, Vocabulary

_BRACKETS = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]")
_YEAR_FIRST = re.compile(r"^(\d{4})(?:年度|年)?[_\s-]*(?=\D)", re.ASCII)
_YEAR_LAST = re.compile(r"(?<=\D)[_\s-]*(\d{4})(?:年度|年)?$", re.ASCII)
_YEAR_ONLY = re.compile(r"(\d{4})(?:年度|年)?", re.ASCII)
_LAST_YEAR = ("上年度", "上一年度", "上年", "去年")
_ASKING = ("是否为", "是否属于", "是否被列入", "是否列入", "是否获得", "是否是", "是否有", "是否")
_FLAGS = ("标志", "标识")
# What stands in brackets and says how to fill in, not what is meant.
_HINTS = frozenset(
    map(plain, ("是/否", "Y/N", "必填", "选填", "可选", "单选", "多选", "0/1", "yyyymmdd"))
)


@dataclass(frozen=True, slots=True)
class Named:
    """What a column's name says: the fact, and the year and unit where it states them."""

    meaning: Meaning
    year: int | None = None
    unit: Unit | None = None


class Headers:
    """Finds what column names mean."""

    def __init__(self, vocabulary: Vocabulary, words: RegistryWords) -> None:
        self.vocabulary, self.words = vocabulary, words
        self.names: dict[str, list[Meaning]] = {}
        for attribute in vocabulary.attributes.values():
            if vocabulary.term(attribute.label) is None and attribute.kind not in UNMAPPABLE:
                for name, meaning in self._spellings(attribute):
                    self._add(plain(name), meaning)

    def _spellings(self, attribute: Attribute) -> Iterator[tuple[str, Meaning]]:
        own = (attribute.label, attribute.id, *attribute.aliases)
        yield from ((name, Meaning(attribute)) for name in own)
        for member in attribute.members if needs_member(attribute) else ():
            meaning = Meaning(attribute, member)
            key = FactKey(attribute.label, member.label)
            yield column_name(key, self.vocabulary), meaning
            for name in (member.label, member.id, *member.aliases):
                yield name, meaning
                for above in own:
                    yield above + name, meaning
                    yield name + above, meaning

    def _add(self, name: str, meaning: Meaning) -> None:
        known = self.names.setdefault(name, [])
        if not any((m.attribute, m.member) == (meaning.attribute, meaning.member) for m in known):
            known.append(meaning)

    def spellings(self) -> dict[str, Meaning]:
        """Give every name that a column may have meant, for suggestions."""
        named = {
            name: found[0]
            for name, found in self.names.items()
            if len(found) == 1 and len(name) > 1
        }
        return named | self.words.columns

    def read(self, header: str) -> Named | None:
        """Read a column's name; None where it is not certain what it means."""
        name = unicodedata.normalize("NFKC", header).strip()
        whole = self._meaning(name)
        if whole is not None and self._whole(whole):
            return Named(whole)
        return self._dressed(name)

    @staticmethod
    def _whole(meaning: Meaning) -> bool:
        """Say whether a fact can be read from a column of that name as it is."""
        return meaning.member is not None or meaning.attribute.kind is not Kind.STAGE

    def year_and_unit(self, header: str, attribute: Attribute) -> tuple[int | None, Unit | None]:
        """Give the year and unit that a column's name states, whatever else it says."""
        _, year, units = _undressed(unicodedata.normalize("NFKC", header).strip())
        found = (self.words.fitting(text, attribute, self.vocabulary) for text in units)
        return year, next((unit for unit in found if unit is not None), None)

    def _dressed(self, name: str) -> Named | None:
        """Take off year, unit and hints, and look again."""
        bare, year, units = _undressed(name)
        meaning, tail = self._meaning(bare), ""
        if meaning is None:
            meaning, tail = self._before_unit(bare)
        if meaning is None or not self._whole(meaning):
            return None
        if year is not None and not is_yearly(meaning.attribute):
            return None
        unit = None
        for text in [*units, *([tail] if tail else [])]:
            if text == "" or plain(text) in _HINTS:
                continue
            unit = self.words.fitting(text, meaning.attribute, self.vocabulary)
            if unit is None:
                return None
        return Named(meaning, year, unit)

    def _before_unit(self, bare: str) -> tuple[Meaning | None, str]:
        """Read 营业收入万元 and 营业收入_万元."""
        for start in range(len(bare) - 1, 1, -1):
            tail = bare[start:]
            meaning = self._meaning(bare[:start])
            if meaning is not None and meaning.attribute.kind is Kind.NUMBER:
                tail = tail.strip("_-: ,/")
                if self.words.fitting(tail, meaning.attribute, self.vocabulary) is not None:
                    return meaning, tail
        return None, ""

    def _meaning(self, name: str) -> Meaning | None:
        """Find a name, bare or with 是否 before it or a part after it."""
        word = plain(name)
        found = self._exact(word)
        if found is not None:
            return found
        for asking in _ASKING:
            if word.startswith(asking):
                found = self._asked(self._exact(word.removeprefix(asking)))
                if found is not None:
                    return found
        for flag in _FLAGS:
            if word.endswith(flag):
                return self._asked(self._exact(word.removesuffix(flag)))
        return self._with_part(word) or self._with_stage(word)

    def _exact(self, word: str) -> Meaning | None:
        known = self.names.get(word, [])
        if word in self.words.columns and not any(m.member is None for m in known):
            return self.words.columns[word]
        plainly = [m for m in known if m.member is None] or known
        return plainly[0] if len(plainly) == 1 else None

    @staticmethod
    def _asked(meaning: Meaning | None) -> Meaning | None:
        """Keep what can be answered with 是 or 否."""
        if meaning is None or meaning.part:
            return None
        yes_no = meaning.member is not None or meaning.attribute.kind is Kind.YES_NO
        return meaning if yes_no and meaning.attribute.kind is not Kind.STAGE else None

    def _with_part(self, word: str) -> Meaning | None:
        for ending in sorted(self.words.parts, key=len, reverse=True):
            if not word.endswith(ending) or word == ending:
                continue
            found = self._exact(word.removesuffix(ending)) or self._asked(
                self._exact(word.removesuffix(ending).removeprefix("是否"))
            )
            if found is None or found.member is None or found.part:
                continue
            try:
                part = part_named(self.words.parts[ending], found.attribute, found.member)
            except ValueFault:
                continue
            return replace(found, part=part)
        return None

    def _with_stage(self, word: str) -> Meaning | None:
        """Read 科创板受理日期: a board, one of its stages, and that it is a day."""
        base = word.removesuffix("日期").removesuffix("时间")
        if base == word:
            return None
        for attribute in self.vocabulary.attributes.values():
            if attribute.kind is not Kind.STAGE:
                continue
            for member in attribute.members:
                stage = next(
                    (s for s in attribute.stages_of(member) if base.endswith(plain(s))), ""
                )
                if stage and self._names_member(base.removesuffix(plain(stage)), member):
                    return Meaning(attribute, member, part_named(stage, attribute, member))
        return None

    @staticmethod
    def _names_member(word: str, member: Member) -> bool:
        return word in {plain(name) for name in (member.label, *member.aliases)}


def _undressed(name: str) -> tuple[str, int | None, list[str]]:
    """Split a name into what it names, the year it states, and what its brackets hold."""
    year: int | None = None
    units = []
    for inside in _BRACKETS.findall(name):
        for text in map(str.strip, re.split("[,、;:]", inside)):
            match = _YEAR_ONLY.fullmatch(text)
            if match and FIRST_YEAR <= int(match.group(1)) <= LAST_YEAR:
                year = int(match.group(1))
            else:
                units.append(text)
    bare = _BRACKETS.sub("", name).strip()
    for pattern in (_YEAR_FIRST, _YEAR_LAST):
        match = pattern.search(bare)
        if year is None and match and FIRST_YEAR <= int(match.group(1)) <= LAST_YEAR:
            year = int(match.group(1))
            bare = (bare[: match.start()] + bare[match.end() :]).strip("_- ")
    for word in _LAST_YEAR:
        if year is None and bare.startswith(word) and len(bare) > len(word):
            bare = bare.removeprefix(word).strip("_- 的")
    return bare, year, units

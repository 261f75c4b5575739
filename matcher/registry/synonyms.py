"""rules/registry/列名.yaml -> `RegistryWords`: what registries call their columns and write in their cells.

Column names, endings that name a part of a fact, spellings of options, currencies, endings of the names
of branches, and words for "nothing filled in". All of it is data; mistakes are reported like those of
every rule file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from matcher.language.diagnostics import Problems, did_you_mean
from matcher.language.entries import Entry, one_of
from matcher.language.source import Mapping, Scalar, read_mapping
from matcher.registry.columns import LAYERS, PARTS, read_part
from matcher.values import MONEY, Unit
from matcher.vocabulary.model import Attribute, Kind, Member, Vocabulary

FOLDER, FILE = "registry", "列名.yaml"
RENMINBI, FOREIGN = "人民币", "外币-"
_FEN = 100
_SEPARATORS = re.compile(r"[\s_\-:·.、/]+")
_MAGNITUDES = {
    "百": 100,
    "千": 1_000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 1_000_000,
    "千万": 10_000_000,
    "亿": 100_000_000,
    "十亿": 1_000_000_000,
    "百亿": 10_000_000_000,
    "千亿": 100_000_000_000,
    "万亿": 1_000_000_000_000,
}


def plain(name: str) -> str:
    """Fold a column name for comparing: width, case, spaces, underscores and hyphens do not count."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", name)).casefold()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column name stands for.

    ``layer`` is the place of a column among those that say one place together; ``second`` is used
    only where nothing better says the same; ``lenient`` takes unreadable cells as unknown.
    """

    attribute: Attribute
    member: Member | None = None
    part: str = ""
    layer: str = ""
    second: bool = False
    lenient: bool = False


@dataclass(frozen=True)
class RegistryWords:
    """The words of the synonym table, found by their folded spelling."""

    columns: dict[str, Meaning] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    options: dict[str, dict[str, str]] = field(default_factory=dict)
    by_beginning: frozenset[str] = frozenset()
    currencies: dict[str, str] = field(default_factory=dict)
    branch_endings: tuple[str, ...] = ()
    blanks: frozenset[str] = frozenset({""})

    def currency(self, word: str) -> str | None:
        """Give the name of a currency, None for any other word."""
        return self.currencies.get(plain(word))

    def money(self, text: str) -> Unit | None:
        """Read what stands beside an amount, ``万元人民币`` or ``万美元``; a plain 万 means 万元."""
        word = plain(text).strip("()[]").removesuffix("整")
        for name in sorted(self.currencies, key=len, reverse=True):
            inner = self._money(word[len(name) :]) if word.startswith(name) else None
            if inner is not None and inner[0] == RENMINBI:
                return self._unit(text, self.currencies[name], inner[1])
        found = self._money(word)
        return self._unit(text, *found) if found else None

    def _money(self, word: str) -> tuple[str, int] | None:
        head = max((m for m in _MAGNITUDES if word.startswith(m)), key=len, default="")
        rest = word[len(head) :].strip("()")
        currency = self.currencies.get(rest) if rest else RENMINBI if head else None
        return (currency, _MAGNITUDES.get(head, 1)) if currency else None

    @staticmethod
    def _unit(name: str, currency: str, times: int) -> Unit:
        if currency == RENMINBI:
            return Unit(name, MONEY, times * _FEN)
        return Unit(name, FOREIGN + currency, times)

    def fitting(self, name: str, attribute: Attribute, vocabulary: Vocabulary) -> Unit | None:
        """Find a unit that a number of this attribute can be written in, foreign money included."""
        expected = attribute.unit
        if expected is None:
            return None
        unit = vocabulary.units.fitting(name, expected)
        if unit is None:
            unit = self.money(name)
        if unit is None or unit.dimension == expected.dimension:
            return unit
        foreign = unit.dimension.startswith(FOREIGN)
        return unit if foreign and expected.dimension == MONEY else None


def load_words(folder: Path, vocabulary: Vocabulary) -> RegistryWords:
    """Read the synonym table of a rules folder; raises `SourceError` with every mistake in it."""
    problems = Problems()
    node = read_mapping(folder / FOLDER / FILE, problems)
    words = _Reader(vocabulary, problems).read(node) if node is not None else RegistryWords()
    problems.raise_if_any()
    return words


class _Reader:
    def __init__(self, vocabulary: Vocabulary, problems: Problems) -> None:
        self.vocabulary, self.problems = vocabulary, problems

    def read(self, node: Mapping) -> RegistryWords:
        entry = Entry(node, self.problems)
        options, by_beginning = self._options(entry)
        words = RegistryWords(
            columns=dict(self._columns(entry)),
            parts=dict(self._parts(entry)),
            options=options,
            by_beginning=by_beginning,
            currencies=dict(self._currencies(entry)),
            branch_endings=entry.words("分支机构"),
            blanks=frozenset({"", *(word.casefold() for word in entry.words("空白"))}),
        )
        entry.done()
        return words

    def attribute(self, entry: Entry) -> Attribute | None:
        node = entry.scalar("指标", needed=True)
        found = self.vocabulary.attribute(node.text) if node else None
        if node is not None and found is None:
            self.problems.add(
                "unknown-attribute",
                f"没有名为“{node.text}”的指标",
                node.place,
                did_you_mean(node.text, self.vocabulary.spellings()),
            )
        return found

    def _columns(self, table: Entry) -> Iterator[tuple[str, Meaning]]:
        seen: set[str] = set()
        for entry in table.entries("列名"):
            attribute = self.attribute(entry)
            names = entry.scalars("列")
            member = self._member(entry, attribute)
            part = read_part(entry, attribute, member, self.problems)
            layer = entry.word("层", LAYERS)
            second, lenient = entry.flag("次选"), entry.word("读不懂时", ("未知", "退回")) == "未知"
            entry.done()
            if attribute is None:
                continue
            for name in names:
                if plain(name.text) in seen:
                    message = f"列名“{name.text}”写了两次"
                    self.problems.add("duplicate-id", message, name.place, "只留一处")
                seen.add(plain(name.text))
                yield plain(name.text), Meaning(attribute, member, part, layer, second, lenient)

    def _member(self, entry: Entry, attribute: Attribute | None) -> Member | None:
        node = entry.scalar("项")
        if node is None or attribute is None:
            return None
        found = attribute.member(node.text)
        if found is None:
            one_of(node, [item.label for item in attribute.members], "选项", self.problems)
        return found

    def _parts(self, table: Entry) -> Iterator[tuple[str, str]]:
        for entry in table.entries("部分"):
            part = entry.word("部分", PARTS)
            for word in entry.words("写法"):
                yield plain(word), part
            entry.done()

    def _options(self, table: Entry) -> tuple[dict[str, dict[str, str]], frozenset[str]]:
        options: dict[str, dict[str, str]] = {}
        by_beginning = set()
        for entry in table.entries("选项"):
            attribute = self.attribute(entry)
            spellings = entry.entry("写法")
            beginning = entry.flag("按开头")
            entry.done()
            if attribute is None or spellings is None or attribute.kind is not Kind.CHOICE:
                continue
            if beginning:
                by_beginning.add(attribute.label)
            options[attribute.label] = dict(self._spellings(spellings, attribute))
        return options, frozenset(by_beginning)

    def _spellings(self, entry: Entry, attribute: Attribute) -> Iterator[tuple[str, str]]:
        labels = [member.label for member in attribute.members]
        for key, _ in entry.node.pairs:
            label = one_of(Scalar(key.text, key.place), labels, "选项", self.problems)
            for word in entry.words(key.text):
                yield plain(word), label or ""

    def _currencies(self, table: Entry) -> Iterator[tuple[str, str]]:
        for entry in table.entries("币种"):
            name = entry.text("名称", needed=True)
            for word in (name, *entry.words("别名")):
                yield plain(word), name
            entry.done()

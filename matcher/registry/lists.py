"""Columns that name all members that hold: ``高新技术企业;科技型中小企业``, or a list of texts.

What is not named is unknown, unless the column is 完整; then it is not held, as far as the column's
department keeps it.
"""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from matcher.language.claims import NEVER, NONE_WORDS, UNSURE_WORDS
from matcher.language.diagnostics import did_you_mean
from matcher.registry.cells import UNKNOWN, Answer, Batch, Lookup, Trouble, as_text
from matcher.registry.columns import MappedColumn, may_attest
from matcher.registry.synonyms import RegistryWords
from matcher.values import ValueFault
from matcher.vocabulary.model import Member, Vocabulary

_SPLIT = re.compile(r"[、;,|/\n]+")
_NONE = "都没有"
PARTLY_READ = "有读不懂的项,只取读得懂的"

# The members that a cell names, and whether it says that the rest is not held.
_Said = tuple[frozenset[str], bool]


class ListReader:
    """Reads a list column: for each member held, not held or unknown."""

    def __init__(self, column: MappedColumn, vocabulary: Vocabulary, words: RegistryWords) -> None:
        self.column, self.attribute = column, column.attribute
        self.scope = {
            member.label: not column.source or may_attest(column, member, vocabulary)
            for member in self.attribute.members
        }
        self.said: dict[_Said, int] = {}
        self.lookup = Lookup(self.read_one, words, pl.UInt32)

    def read(self, batch: Batch) -> pl.Series:
        """Give for each row the number of what its cell says, for `of`."""
        cells = batch.cells(self.column)
        texts = as_text(cells)
        if isinstance(cells.dtype, pl.List) and self.column.complete:
            # An empty list of a complete column is an answer; NULL is none.
            empty = (cells.list.len() == 0).fill_null(False)
            texts = texts.scatter(empty.arg_true(), _NONE)
        answers = self.lookup(texts)
        batch.report(self.column, cells, answers)
        return answers["value"]

    def of(self, member: Member, numbers: pl.Series) -> pl.Series:
        """Give what the rows say of one member."""
        states = [self._state(member, said) for said in self.said]
        if not states:
            return numbers.cast(pl.Boolean)
        return pl.Series(states, dtype=pl.Boolean).gather(numbers)

    def _state(self, member: Member, said: _Said) -> bool | None:
        named, closed = said
        if member.label in named:
            return True
        return False if closed and self.scope[member.label] else None

    def read_one(self, text: str) -> Answer:
        """Read one list."""
        if text in UNSURE_WORDS:
            return UNKNOWN
        if text in NONE_WORDS | NEVER:
            return Answer(self._number(frozenset(), True))
        named, unread = set(), []
        whole = self.attribute.member(text)
        folded = unicodedata.normalize("NFKC", text)
        for item in [text] if whole else _SPLIT.split(folded):
            word = item.strip()
            member = self.attribute.member(word)
            if member is not None:
                named.add(member.label)
            elif word:
                unread.append(word)
        if not unread:
            return Answer(self._number(frozenset(named), self.column.complete))
        if not self.column.lenient:
            labels = [member.label for member in self.attribute.members]
            hint = did_you_mean(unread[0], labels)
            raise ValueFault("unknown-member", f"{self.attribute.label}里没有其中一项", hint)
        # What could not be read may be any member, so nothing is known to be absent.
        doubt = Trouble(PARTLY_READ, warning=True)
        return Answer(self._number(frozenset(named), False), trouble=doubt)

    def _number(self, named: frozenset[str], closed: bool) -> int:
        return self.said.setdefault((named, closed), len(self.said))

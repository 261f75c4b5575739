"""Three-valued truths over table columns, and a facts table's columns as Ibis expressions.

A truth here is an Ibis boolean (NULL = unknown), or True, False or None where it is the same in every
row: the table has no column for a fact, or a joint is settled whatever the rows say.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis
from ibis.expr import operations

from matcher.layout import Layout, Stored
from matcher.logic import Truth
from matcher.profile import FactKey, Profile
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.tree import Order
from matcher.vocabulary.model import Vocabulary

# An Ibis boolean expression, or a literal truth. Ibis' own types are too wide to be of help here.
Column = Any


class Unsayable(Exception):
    """A table cannot say this condition; the message says why, in Chinese."""


def unknown() -> Column:
    """Give the NULL truth."""
    return ibis.null("boolean")


def as_column(truth: Column) -> Column:
    """Give a truth as an expression."""
    if truth is None:
        return unknown()
    return ibis.literal(truth) if isinstance(truth, bool) else truth


def _literal(truth: Column) -> bool:
    return truth is None or isinstance(truth, bool)


def _joined(parts: Iterable[Column], settling: bool, join: Any) -> Column:
    parts = list(parts)
    if any(part is settling for part in parts):
        return settling
    columns = [part for part in parts if not _literal(part)]
    vague = any(part is None for part in parts)
    if not columns:
        return None if vague else not settling
    joined = reduce(join, columns)
    return join(joined, unknown()) if vague else joined


def all_of(*parts: Column) -> Column:
    """Join truths by AND; NULL behaves as Kleene's unknown."""
    return _joined(parts, False, and_)


def any_of(*parts: Column) -> Column:
    """Join truths by OR."""
    return _joined(parts, True, or_)


def negate(part: Column) -> Column:
    """Turn a truth around."""
    if _literal(part):
        return None if part is None else not part
    return ~part


def is_met(part: Column) -> Column:
    """Say whether a truth is true: two-valued."""
    return part is True if _literal(part) else part.fill_null(False)


def is_unmet(part: Column) -> Column:
    """Say whether a truth is false: two-valued."""
    return is_met(negate(part))


def is_open(part: Column) -> Column:
    """Say whether a truth is unknown: two-valued."""
    if _literal(part):
        return part is None
    # Ibis writes the test of a negation as NOT x IS NULL, which SQL reads as "x is known".
    while isinstance(part.op(), operations.Not):
        part = part.op().arg.to_expr()
    return part.isnull()


def where(test: Column, then: Column, otherwise: Column) -> Column:
    """Choose a truth by a two-valued test."""
    if isinstance(test, bool):
        return then if test else otherwise
    if _literal(then) and _literal(otherwise) and then is otherwise:
        return then
    return ibis.ifelse(test, as_column(then), as_column(otherwise))


def cases(*branches: tuple[Column, Column], otherwise: Column) -> Column:
    """Choose the truth of the first two-valued test that holds."""
    for test, truth in reversed(branches):
        otherwise = where(test, truth, otherwise)
    return otherwise


def at_least(count: int, parts: Iterable[Column]) -> Column:
    """Met once enough parts are met, unmet once too few can still be."""
    parts = list(parts)
    met = total(is_met(part) for part in parts)
    possible = total(negate(is_unmet(part)) for part in parts)
    return cases((met >= count, True), (possible < count, False), otherwise=None)


def total(tests: Iterable[Column]) -> Any:
    """Count the two-valued tests that hold."""
    count: Any = 0
    for test in tests:
        count = count + (int(test) if isinstance(test, bool) else ibis.ifelse(test, 1, 0))
    return count


def ordered(left: Any, order: Order, right: Any) -> Column:
    """Compare two expressions, or an expression and a literal; NULL stays NULL."""
    if order is Order.AT_LEAST:
        return left >= right
    if order is Order.AT_MOST:
        return left <= right
    if order is Order.MORE:
        return left > right
    return left < right if order is Order.LESS else left == right


def known_false(value: Any) -> Column:
    """Give the truth of what no value satisfies: false where the value is known."""
    return value.isnull() & unknown()


def among(value: Any, options: Iterable[int]) -> Column:
    """Say whether a value is one of the options."""
    options = sorted(set(options))
    return value.isin(options) if options else known_false(value)


class Facts:
    """The columns of one facts table, as its layout names them, at an as-of date."""

    def __init__(self, table: Any, layout: Layout, vocabulary: Vocabulary, as_of: date) -> None:
        self.table, self.layout, self.vocabulary, self.as_of = table, layout, vocabulary, as_of
        self.context = Context(Profile({}, layout.filed), as_of)
        # Judges what the table has no column for: an empty profile knows as little.
        self.ignorant = LeafJudge(vocabulary, self.context)

    def knows(self, key: FactKey) -> bool:
        """Say whether the table has a column for a fact."""
        return key in self.layout.facts

    def stored(self, key: FactKey) -> Stored:
        """Give the columns' names of a fact."""
        return self.layout.facts[key]

    def main(self, key: FactKey) -> Any:
        """Give the main column, or None."""
        stored = self.layout.facts.get(key)
        return None if stored is None else self.table[stored.name]

    def part(self, key: FactKey, part: str) -> Any:
        """Give a further column, or None."""
        stored = self.layout.facts.get(key)
        if stored is None or part not in stored.parts:
            return None
        return self.table[stored.part(part)]

    def outside(self, key: FactKey) -> Column:
        """Say whether the company answered 不适用: two-valued."""
        column = self.part(key, "na")
        return False if column is None else column.fill_null(False)

    def missing(self, key: FactKey) -> Column:
        """Say whether nothing is known of a fact: two-valued."""
        column = self.main(key)
        if column is None:
            return True
        return all_of(column.isnull(), negate(self.outside(key)))

    def truth_without_columns(self, leaf: Any) -> tuple[bool, Truth]:
        """Say whether the table has no column that a leaf asks for, and what it then comes to."""
        judged = self.ignorant.judge(leaf)
        return not any(self.knows(key) for key in judged.missing), judged.truth

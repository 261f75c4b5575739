"""Condition trees -> NumPy arrays over a facts table, in OpenFisca's manner: one vector a leaf and joint.

A truth is two boolean arrays, what holds and what is known. It gives verdicts only: no missing facts, no
delivery. Only the leaves that the shipped rules use are written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from matcher import tree
from matcher.catalogue import Catalogue
from matcher.documents.model import Measure
from matcher.layout import Layout
from matcher.profile import FactKey
from matcher.readers.columns import Facts, ordered
from matcher.readers.fold import LEAVES, Fold
from matcher.readers.leaves import judgement_keys
from matcher.readers.measuring import key_of_figure
from matcher.registry.encoding import scale
from matcher.tree import Condition, State
from matcher.vocabulary.model import Kind

Array = Any  # NumPy's own types say nothing of length
SPOKEN = {
    tree.Holds,
    tree.InTree,
    tree.IsTrue,
    tree.Judged,
    tree.Listed,
    tree.Compare,
    tree.OneOf,
}


@dataclass(frozen=True, slots=True)
class Truths:
    """Where a condition holds, and where that is known; nothing holds that is not known."""

    holds: Array
    known: Array

    @property
    def fails(self) -> Array:
        """Where it is known not to hold."""
        return self.known & ~self.holds


def all_of(parts: Sequence[Truths]) -> Truths:
    """Join truths by Kleene's AND."""
    holds = np.logical_and.reduce([part.holds for part in parts])
    return Truths(holds, holds | np.logical_or.reduce([part.fails for part in parts]))


def any_of(parts: Sequence[Truths]) -> Truths:
    """Join truths by Kleene's OR."""
    holds = np.logical_or.reduce([part.holds for part in parts])
    return Truths(holds, holds | np.logical_and.reduce([part.known for part in parts]))


def at_least(count: int, parts: Sequence[Truths]) -> Truths:
    """Count what holds and what still may."""
    holds = np.sum([part.holds for part in parts], axis=0) >= count
    possible = np.sum([~part.fails for part in parts], axis=0) >= count
    return Truths(holds, holds | ~possible)


class Vectors(Fold[Truths]):
    """Reads trees over the columns of one table; equal leaves are made once."""

    cannot = frozenset(set(LEAVES) - SPOKEN)

    def __init__(self, frame: pl.DataFrame, facts: Facts) -> None:
        self.frame, self.facts, self.vocabulary = frame, facts, facts.vocabulary
        self._leaves: dict[Condition, Truths] = {}
        self._columns: dict[str, tuple[Array, Array]] = {}

    def visit_all_of(self, node: tree.AllOf, parts: tuple[Truths, ...]) -> Truths:
        return all_of(parts)

    def visit_any_of(self, node: tree.AnyOf, parts: tuple[Truths, ...]) -> Truths:
        return any_of(parts)

    def visit_not(self, node: tree.Not, parts: tuple[Truths, ...]) -> Truths:
        return Truths(parts[0].fails, parts[0].known)

    def visit_at_least(self, node: tree.AtLeast, parts: tuple[Truths, ...]) -> Truths:
        return at_least(node.count, parts)

    def visit_when(self, node: tree.When, parts: tuple[Truths, ...]) -> Truths:
        guard, then = parts
        return any_of((Truths(guard.fails, guard.known), then))

    def visit_named(self, node: tree.Named, parts: tuple[Truths, ...]) -> Truths:
        return parts[0]

    def visit_leaf(self, node: tree.Leaf, parts: tuple[Truths, ...]) -> Truths:
        if node not in self._leaves:
            without, truth = self.facts.truth_without_columns(node)
            self._leaves[node] = self._all(truth) if without else _LEAVES[type(node)](self, node)
        return self._leaves[node]

    def _all(self, truth: bool | None) -> Truths:
        rows = self.frame.height
        return Truths(np.full(rows, truth is True), np.full(rows, truth is not None))

    # --- columns ---------------------------------------------------------------------------------

    def _column(self, name: str) -> tuple[Array, Array]:
        """Give a column's values, days as whole numbers, and where it has one."""
        if name not in self._columns:
            series = self.frame.get_column(name).to_physical()
            empty = False if series.dtype == pl.Boolean else 0
            values = series.fill_null(empty).to_numpy(), series.is_not_null().to_numpy()
            self._columns[name] = values
        return self._columns[name]

    def _one(self, key: FactKey, test: Callable[[Array], Array]) -> Truths:
        stored = self.facts.layout.facts.get(key)
        if stored is None:
            return self._all(None)
        values, known = self._column(stored.name)
        holds = test(values) & known
        if "na" not in stored.parts:
            return Truths(holds, known)
        outside = self._column(stored.part("na"))[0]
        return Truths(holds & ~outside, known | outside)

    # --- leaves ----------------------------------------------------------------------------------

    def is_true(self, leaf: tree.IsTrue) -> Truths:
        return self._one(self.facts.ignorant.plain_key(leaf.attribute), lambda values: values)

    def judged(self, leaf: tree.Judged) -> Truths:
        own, general = (self._one(key, lambda values: values) for key in judgement_keys(leaf))
        return Truths(np.where(own.known, own.holds, general.holds), own.known | general.known)

    def listed(self, leaf: tree.Listed) -> Truths:
        (key,) = self.facts.ignorant.judge(leaf).missing
        return self._one(key, lambda values: values)

    def in_tree(self, leaf: tree.InTree) -> Truths:
        values = self.facts.layout.dictionaries.get(leaf.attribute, ())
        truths = [self.facts.ignorant.lies_in(leaf, value) for value in values]
        inside = np.array([truth is True for truth in truths])
        vague = np.array([truth is None for truth in truths])
        key = FactKey(leaf.attribute)
        found = self._one(key, lambda codes: inside[codes])
        unsure = self._one(key, lambda codes: vague[codes]).holds
        return Truths(found.holds, found.known & ~unsure)

    def compare(self, leaf: tree.Compare) -> Truths:
        assert isinstance(leaf.left, tree.Figure)
        assert isinstance(leaf.right, tree.Constant)
        attribute = self.vocabulary.attributes[leaf.left.attribute]
        bound = Fraction(leaf.right.value) * scale(attribute, None, self.vocabulary)
        assert bound.denominator == 1
        key = key_of_figure(leaf.left, self.facts.context)
        return self._one(key, lambda values: ordered(values, leaf.order, int(bound)))

    def holds(self, leaf: tree.Holds) -> Truths:
        parts = [self._held(FactKey(leaf.attribute, member), leaf) for member in leaf.members]
        return parts[0] if len(parts) == 1 else at_least(leaf.count, parts)

    def _held(self, key: FactKey, leaf: tree.Holds) -> Truths:
        kind = self.vocabulary.attributes[key.attribute].kind
        if kind is Kind.ACTIVITIES:
            state = (leaf.state or State.PLANNED).value
            return self._one(key, lambda values: values >= state)
        if kind in (Kind.TITLES, Kind.STATUS):
            return self._one(key, lambda count: self._in_force(key, count))
        return self._one(key, lambda values: values)

    def _in_force(self, key: FactKey, count: Array) -> Array:
        """One stretch covers the as-of date; an end that is not known is open."""
        stored = self.facts.stored(key)
        today = (self.facts.as_of - date(1970, 1, 1)).days
        found = np.zeros(self.frame.height, bool)
        for number in range(1, stored.stretches + 1):
            covers = count >= number
            for part, order in (("from", tree.Order.AT_MOST), ("to", tree.Order.AT_LEAST)):
                if f"{part}{number}" in stored.parts:
                    days, known = self._column(stored.part(f"{part}{number}"))
                    covers = covers & (~known | ordered(days, order, today))
            found = found | covers
        return found

    # --- graded terms ----------------------------------------------------------------------------

    def one_of(self, leaf: tree.OneOf) -> Truths:
        if leaf.term is not None:
            return self._graded(leaf.term, set(leaf.options))
        members = self.vocabulary.attributes[leaf.attribute].members
        places = [place for place, member in enumerate(members) if member.label in leaf.options]
        key = self.facts.ignorant.plain_key(leaf.attribute)
        return self._one(key, lambda values: np.isin(values, places))

    def _graded(self, term: tree.Grading, wanted: set[str]) -> Truths:
        fit = fail = np.zeros(self.frame.height, bool)
        beyond = np.ones(self.frame.height, bool)
        for case in reversed(term.cases):
            guard = self(case.guard)
            applies, goes_on = ~guard.fails, ~guard.holds
            row_fit, row_fail = self._row(case, wanted)
            fit, fail = applies & row_fit | goes_on & fit, applies & row_fail | goes_on & fail
            beyond = beyond & goes_on
        known = ~beyond & (fit ^ fail)
        return Truths(known & fit, known)

    def _row(self, case: tree.GradeCase, wanted: set[str]) -> tuple[Array, Array]:
        fit = fail = np.zeros(self.frame.height, bool)
        for grade in reversed(case.grades):
            said = self._all(True) if grade.condition is None else self(grade.condition)
            possible, goes_on = ~said.fails, ~said.holds
            if grade.option in wanted:
                fit, fail = possible | goes_on & fit, goes_on & fail
            else:
                fit, fail = goes_on & fit, possible | goes_on & fail
        return fit, fail


_LEAVES: dict[type[tree.Leaf], Callable[[Vectors, Any], Truths]] = {
    tree.Holds: Vectors.holds,
    tree.InTree: Vectors.in_tree,
    tree.IsTrue: Vectors.is_true,
    tree.Judged: Vectors.judged,
    tree.Listed: Vectors.listed,
    tree.Compare: Vectors.compare,
    tree.OneOf: Vectors.one_of,
}


def met_counts(
    frame: pl.DataFrame,
    measures: Sequence[Measure],
    catalogue: Catalogue,
    layout: Layout,
    as_of: date,
) -> dict[str, int]:
    """Count the companies that meet each measure."""
    read = Vectors(frame, Facts(None, layout, catalogue.vocabulary, as_of))
    return {item.id: int(np.count_nonzero(read(item.condition).holds)) for item in measures}

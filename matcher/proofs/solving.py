"""Questions to z3 about conditions: can this hold, must that hold?

A question that z3 does not settle within its steps counts as open: nothing is then claimed.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import z3

from matcher.readers.formula_amounts import Said
from matcher.readers.formula_facts import Facts
from matcher.readers.formulas import Formulas
from matcher.tree import Condition
from matcher.vocabulary.model import Vocabulary

# Steps of z3, not seconds: the same question has the same answer on a slower machine.
STEPS = 1_000_000


@contextmanager
def steadily() -> Iterator[None]:
    """Keep Python from collecting garbage, so that the same questions get the same companies.

    Collecting frees formulas, z3 gives their numbers out again, and which company it picks depends on
    them: when a collection falls due hangs on all that the program did before.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Prover:
    """Answers questions about conditions over the facts of one company."""

    def __init__(
        self, conditions: Iterable[Condition], vocabulary: Vocabulary, as_of: date
    ) -> None:
        self.facts = Facts.asked_by(conditions, vocabulary, as_of)
        self.formulas = Formulas(self.facts)
        self.solver = z3.Solver()
        self.solver.set("rlimit", STEPS)
        self._axioms = 0

    def said(self, condition: Condition) -> Said:
        """Give the formulas of a condition."""
        return self.formulas(condition)

    def never(self, *formulas: z3.BoolRef) -> bool:
        """Say whether no company satisfies all of the formulas; False also where that is open."""
        return bool(self.check(formulas) == z3.unsat)

    def check(self, formulas: Iterable[z3.BoolRef]) -> z3.CheckSatResult:
        """Ask for all of the formulas together; what they hold stays out of later questions."""
        self.sync()
        return self.solver.check(*self._named(formulas))

    def _named(self, formulas: Iterable[z3.BoolRef]) -> list[z3.BoolRef]:
        """Stand a name for each formula, as only names can be assumed."""
        names = []
        for formula in formulas:
            name = z3.Bool(f"asked#{formula.get_id()}")
            self.solver.add(z3.Implies(name, formula))
            names.append(name)
        return names

    def sync(self) -> None:
        """Tell the solver what holds of every company, as far as new facts have come up."""
        for axiom in self.facts.axioms[self._axioms :]:
            self.solver.add(axiom)
        self._axioms = len(self.facts.axioms)


def joined(old: Vocabulary, new: Vocabulary) -> Vocabulary:
    """Give the words of two versions together; where both have a word the newer one counts."""
    return replace(new, attributes={**old.attributes, **new.attributes}, remembered={}, _records={})

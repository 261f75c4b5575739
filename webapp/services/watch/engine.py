"""Which measures a company newly meets on attested facts: the watch's engines.

`DurableEngine` lets durable_rules fire rules compiled from the condition trees; what it cannot say goes
the way of `EvaluateEngine`, which reads the same trees with `evaluate`. Both give hints and the same ones;
a case opens only after the proof is made again.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

from matcher.catalogue import Catalogue
from matcher.finding import in_force
from matcher.profile import Profile
from matcher.readers.compiled import compile_conditions
from matcher.readers.durable import DurableRules, available
from webapp.services.cases.opening import may_open


class Engine(Protocol):
    """Gives the measures whose conditions attested facts meet on a day."""

    name: str

    def met(self, attested: Profile, as_of: date) -> set[str]:
        """Give the ids of the measures; ``attested`` holds no declared fact."""


def watched(catalogue: Catalogue, day: date) -> set[str]:
    """Give the measures in force on a day that a case may open for."""
    return {measure.id for measure in in_force(catalogue, day) if may_open(measure)}


class EvaluateEngine:
    """Reads the condition of every measure that a case may open for, as `evaluate` does, verdicts only."""

    name = "evaluate"

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.measures = [measure for measure in catalogue.measures if may_open(measure)]
        conditions = [measure.condition for measure in self.measures]
        self.compiled = compile_conditions(conditions, catalogue.vocabulary)

    def met(self, attested: Profile, as_of: date) -> set[str]:
        """Give the measures that are true."""
        truths = self.compiled(attested, as_of)
        true = {
            measure.id
            for measure, truth in zip(self.measures, truths, strict=True)
            if truth is True
        }
        return true & watched(self.catalogue, as_of) if true else true


class DurableEngine:
    """Lets durable_rules fire; one engine belongs to one thread of one process."""

    name = "durable_rules"

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        conditions = {one.id: one.condition for one in catalogue.measures if may_open(one)}
        self.rules = DurableRules(conditions, catalogue.vocabulary)
        self.unsayable = frozenset(self.rules.unsayable)
        self.rest = EvaluateEngine(catalogue)

    def met(self, attested: Profile, as_of: date) -> set[str]:
        """Give the measures whose rule fires, and those that only `evaluate` can say."""
        fired = self.rules.met(attested, as_of) & watched(self.catalogue, as_of)
        return fired | (self.rest.met(attested, as_of) & self.unsayable)


def make_engine(catalogue: Catalogue, name: str = "") -> Engine:
    """Make the engine of a name; without one durable_rules where it is installed, else `evaluate`."""
    if name == EvaluateEngine.name or (not name and not available()):
        return EvaluateEngine(catalogue)
    return DurableEngine(catalogue)

"""A model of z3 -> a company that anyone can check: its file, replayed through evaluate.

In: formulas, and what each condition must come to. Out: a `Witness`, or None where no company could be
made whose own file gives those verdicts. A model is never shown; only what evaluate confirms is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import z3

from matcher.language.diagnostics import SourceError
from matcher.language.profiles import Channel, read_company
from matcher.logic import Verdict
from matcher.profile import (
    NOT_APPLICABLE,
    Activity,
    Fact,
    FactKey,
    FactValue,
    Profile,
    Rank,
    Spell,
    Stage,
    Tenure,
)
from matcher.proofs.companies import Company, CompanyWriter, yaml_text
from matcher.proofs.history import pasts
from matcher.proofs.solving import Prover
from matcher.readers.evaluate import evaluate
from matcher.readers.formula_facts import Unknown, real
from matcher.tree import Condition, Records, State
from matcher.values import whole
from matcher.vocabulary.model import Kind, Vocabulary

TRIES = 12
RECORDED = Channel(judgements=True)
_DECIMALS = 10**6
_RECENT = date(2010, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one condition must come to for a witness."""

    condition: Condition
    verdicts: frozenset[Verdict]
    vocabulary: Vocabulary

    @classmethod
    def met(cls, condition: Condition, vocabulary: Vocabulary) -> Wanted:
        """Want a company that meets the condition."""
        return cls(condition, frozenset({Verdict.MET}), vocabulary)

    @classmethod
    def unmet(cls, condition: Condition, vocabulary: Vocabulary) -> Wanted:
        """Want a company that does not meet the condition."""
        return cls(condition, frozenset({Verdict.UNMET}), vocabulary)


@dataclass(frozen=True, slots=True)
class Witness:
    """A company as its file says it, with the verdict of each wanted condition."""

    company: Company
    profile: Profile
    verdicts: tuple[Verdict, ...]

    @property
    def text(self) -> str:
        """The company file."""
        return yaml_text(self.company)


class Witnesses:
    """Makes witnesses from the models of one prover."""

    def __init__(self, prover: Prover) -> None:
        self.prover, self.facts = prover, prover.facts
        self.vocabulary, self.as_of = prover.facts.vocabulary, prover.facts.as_of

    def find(self, formulas: Sequence[z3.BoolRef], wanted: Sequence[Wanted]) -> Witness | None:
        """Find a company that satisfies the formulas and gives the wanted verdicts."""
        for profile in self.profiles(formulas):
            if self.verdicts(profile, wanted) is not None:
                found = self._replayed(self._plain(profile, wanted), wanted)
                if found is not None:
                    return found
        return None

    def profiles(self, formulas: Sequence[z3.BoolRef]) -> Iterator[Profile]:
        """Make a few profiles that know every fact and satisfy the formulas, the plainest first."""
        self.prover.sync()
        solver = self.prover.solver
        solver.push()
        try:
            solver.add(*formulas)
            if solver.check() != z3.sat:
                return
            self._prefer(solver)
            for _ in range(TRIES):
                if solver.check() != z3.sat:
                    return
                model = solver.model()
                profile = self._profile(model)
                if profile is not None:
                    yield profile
                solver.add(self._another(model))
        finally:
            solver.pop()

    def _prefer(self, solver: z3.Solver) -> None:
        """Add, one by one, what makes a company plain, as long as it stays possible."""
        for preference in self._preferences():
            solver.push()
            solver.add(preference)
            possible = solver.check() == z3.sat
            solver.pop()
            if possible:
                solver.add(preference)

    def _preferences(self) -> Iterator[z3.BoolRef]:
        for fact in self.facts.unknowns.values():
            if not z3.is_false(fact.na):
                yield z3.Not(fact.na)
            if fact.attribute.kind in (Kind.REGION, Kind.INDUSTRY) and len(fact.parts) > 1:
                yield z3.AtMost(*fact.parts.values(), 1)
            if fact.attribute.kind is Kind.NUMBER and fact.attribute.unit is not None:
                units = fact.parts["value"] / real(fact.attribute.unit.factor)
                yield units >= 1
                yield z3.IsInt(units)
            if fact.attribute.kind is Kind.DATE:
                yield fact.parts["value"] >= _RECENT
            if fact.attribute.kind in (Kind.TITLES, Kind.STATUS):
                yield z3.Not(fact.parts["dated"])

    def _another(self, model: z3.ModelRef) -> z3.BoolRef:
        """Ask for a company that differs in a leaf that has no formula, or in any choice."""
        free = list(self.prover.formulas.free.values())
        flags = free or [
            part
            for fact in self.facts.unknowns.values()
            for part in (fact.na, *fact.parts.values())
            if z3.is_bool(part) and z3.is_const(part)
        ]
        differs: z3.BoolRef = z3.Or(
            *(flag != model.eval(flag, model_completion=True) for flag in flags)
        )
        return differs

    def _profile(self, model: z3.ModelRef) -> Profile | None:
        """Read a model as a profile; None where a free leaf cannot be given facts."""
        facts = {key: self._value(unknown, model) for key, unknown in self.facts.unknowns.items()}
        free = {
            leaf: z3.is_true(model.eval(name, model_completion=True))
            for leaf, name in self.prover.formulas.free.items()
        }
        completed = pasts(facts, free, self.vocabulary, self.as_of, self._row)
        if completed is None:
            return None
        return Profile({key: Fact(value) for key, value in completed.items()}, self.as_of)

    def _row(self, leaf: Records) -> Profile | None:
        """Make one record that satisfies what a leaf asks of records."""
        words = self.vocabulary.inside_record(leaf.attribute)
        inside = Witnesses(Prover([leaf.condition], words, self.as_of))
        met = inside.prover.said(leaf.condition).met
        if inside.prover.check([met]) != z3.sat:
            return None
        model = inside.prover.solver.model()
        unknowns = inside.facts.unknowns.items()
        return Profile(
            {key: Fact(inside._value(unknown, model)) for key, unknown in unknowns}, self.as_of
        )

    # --- reading a model -------------------------------------------------------------------------

    def _value(self, unknown: Unknown, model: z3.ModelRef) -> FactValue:
        said = {name: _read(model, part) for name, part in unknown.parts.items()}
        if _read(model, unknown.na) is True:
            return NOT_APPLICABLE
        read = _READERS.get(unknown.attribute.kind, _as_it_is)
        return read(self, unknown, said)

    def _located(self, unknown: Unknown, said: dict[str, Any]) -> FactValue:
        classes = self.facts.classes[unknown.key.attribute]
        return tuple(found.sample for place, found in enumerate(classes) if said[str(place)])

    def _chosen(self, unknown: Unknown, said: dict[str, Any]) -> FactValue:
        label: str = unknown.attribute.members[said["value"]].label
        return label

    def _dated(self, unknown: Unknown, said: dict[str, Any]) -> FactValue:
        return date.fromordinal(said["value"])

    def _activity(self, unknown: Unknown, said: dict[str, Any]) -> FactValue:
        done_on = date.fromordinal(said["done"]) if said["dated"] else None
        return Activity(State(said["state"]), done_on)

    def _tenure(self, unknown: Unknown, said: dict[str, Any]) -> FactValue:
        if not said["value"]:
            return Tenure(clear_since=self.as_of)
        member = unknown.attribute.member(unknown.key.member or "")
        level = member.levels[said["level"]] if member and said["level"] >= 0 else None
        start, end = (
            date.fromordinal(said[day]) if said[stated] else None
            for day, stated in (("start", "dated"), ("end", "bounded"))
        )
        return Tenure((Spell(start, end, level),))

    def _stage(self, unknown: Unknown, said: dict[str, Any]) -> FactValue:
        stages = unknown.attribute.stages
        if said["value"] < 0:
            return Stage()
        upto = [name for name in said if name in stages and stages.index(name) <= said["value"]]
        reached = tuple((name, date.fromordinal(said[name])) for name in upto)
        return Stage(stages[said["value"]], reached if said["dated"] else ())

    def _rank(self, unknown: Unknown, said: dict[str, Any]) -> FactValue:
        return Rank(said["value"], said["total"] if said["counted"] else None)

    # --- making it plain, and checking it --------------------------------------------------------

    def verdicts(self, profile: Profile, wanted: Iterable[Wanted]) -> tuple[Verdict, ...] | None:
        """Give the verdicts of a profile; None where one is not as wanted."""
        verdicts = []
        for one in wanted:
            outcome = evaluate(one.condition, profile, self.as_of, one.vocabulary)
            if outcome.verdict not in one.verdicts:
                return None
            verdicts.append(outcome.verdict)
        return tuple(verdicts)

    def proof(self, profile: Profile, wanted: Iterable[Wanted]) -> set[FactKey]:
        """List the facts that the verdicts of a profile rest on."""
        return {
            key
            for one in wanted
            for key in evaluate(one.condition, profile, self.as_of, one.vocabulary).proof()
        }

    def _plain(self, profile: Profile, wanted: Sequence[Wanted]) -> Profile:
        """Leave out what the verdicts do not rest on, and round the figures that may be rounded."""
        proof = self.proof(profile, wanted)
        needed = {key: fact for key, fact in profile.facts.items() if key in proof}
        fewer = Profile(needed, self.as_of)
        if self.verdicts(fewer, wanted) is None:
            fewer = profile
        for key, fact in fewer.facts.items():
            if isinstance(fact.value, int | Fraction) and not isinstance(fact.value, bool):
                for rounder in _rounder(fact.value):
                    changed = fewer.with_fact(key, Fact(rounder))
                    if self.verdicts(changed, wanted) is not None:
                        fewer = changed
                        break
        return fewer

    def read(self, profile: Profile) -> tuple[Company, Profile] | None:
        """Write the company's file and read it as any other; None where it would be refused."""
        company = CompanyWriter(self.vocabulary)(profile)
        try:
            read = read_company(
                yaml_text(company), "company", self.vocabulary, self.as_of, RECORDED
            )
        except SourceError:
            return None
        return company, read.profile

    def _replayed(self, profile: Profile, wanted: Sequence[Wanted]) -> Witness | None:
        read = self.read(profile)
        verdicts = self.verdicts(read[1], wanted) if read else None
        return Witness(read[0], read[1], verdicts) if read and verdicts else None


def _as_it_is(witnesses: Witnesses, unknown: Unknown, said: dict[str, Any]) -> FactValue:
    value: FactValue = said["value"]
    return value


def _read(model: z3.ModelRef, part: Any) -> Any:
    """Read a value: a yes or no, a whole number or a fraction of at most six decimals."""
    value = model.eval(part, model_completion=True)
    if z3.is_bool(value):
        return z3.is_true(value)
    if z3.is_int_value(value):
        return value.as_long()
    if z3.is_algebraic_value(value):
        value = value.approx(10)
    fraction = Fraction(value.numerator_as_long(), value.denominator_as_long())
    exact = _DECIMALS % fraction.denominator == 0
    return whole(fraction if exact else Fraction(round(fraction * _DECIMALS), _DECIMALS))


def _rounder(value: int | Fraction) -> Iterator[int | Fraction]:
    """Give rounder numbers near a number: of one digit, then of two."""
    digits = len(str(abs(int(value))))
    for kept in (1, 2):
        step = 10 ** max(digits - kept, 0)
        floor = int(value // step) * step
        yield from (floor, floor + step)


_READERS: dict[Kind, Callable[[Witnesses, Unknown, dict[str, Any]], FactValue]] = {
    Kind.REGION: Witnesses._located,
    Kind.INDUSTRY: Witnesses._located,
    Kind.CHOICE: Witnesses._chosen,
    Kind.DATE: Witnesses._dated,
    Kind.ACTIVITIES: Witnesses._activity,
    Kind.TITLES: Witnesses._tenure,
    Kind.STATUS: Witnesses._tenure,
    Kind.STAGE: Witnesses._stage,
    Kind.RANK: Witnesses._rank,
}

"""A profile at a date -> its growth path: what it holds, could apply for and lacks, title by title.

Each standard in force is read against the profile; what a title would unlock is found by matching the
profile once more as if the title were held. Nothing here changes what a match says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum

from matcher import tree
from matcher.documents.model import Measure
from matcher.documents.standards import Standard
from matcher.finding import Matcher, Matching
from matcher.logic import Verdict
from matcher.profile import Fact, FactKey, Profile, Spell, Stage, Tenure
from matcher.readers.evaluate import Evaluate, Outcome
from matcher.readers.missing import missing_facts
from matcher.values import add_years, fold
from matcher.vocabulary.model import JUDGEMENT, Attribute, Kind, Vocabulary

RENEWAL_DAYS = 180


class Standing(Enum):
    """Where a company stands with a title, by its label in the vocabulary's 阶梯进度."""

    HELD = "已有"
    READY = "条件已具备"
    OPEN = "待补充"
    SHORT = "还差"


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A measure whose verdict would be another one with the title held."""

    measure: Measure
    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class Rung:
    """One title of a ladder: its standard in force, and where the company stands.

    ``missing`` are the facts that can still decide, ``awaiting`` the judgements among them, ``unmet``
    the conditions that decide against. ``valid_to``, ``renew_by`` and ``report_by`` (the next yearly
    report) are those of a title that is held; ``expired_on`` is the last day of one held before.
    """

    ladder: str
    standard: Standard
    standing: Standing
    outcome: Outcome
    missing: tuple[FactKey, ...] = ()
    awaiting: tuple[str, ...] = ()
    unmet: tuple[Outcome, ...] = ()
    valid_to: date | None = None
    renew_by: date | None = None
    report_by: date | None = None
    renewal_due: bool = False
    expired_on: date | None = None
    unlocks: tuple[Unlocked, ...] = ()


@dataclass(frozen=True, slots=True)
class GrowthPath:
    """All rungs of a profile at a date, and the standards that were not in force."""

    as_of: date
    rungs: tuple[Rung, ...]
    not_in_force: tuple[Standard, ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """What a standard leads to, as facts of a company: a title or status, a listing, or a tier."""

    standard: Standard
    vocabulary: Vocabulary

    @property
    def attribute(self) -> Attribute:
        """The attribute that the goal is a member of."""
        return self.vocabulary.attributes[self.standard.attribute]

    @property
    def ladder(self) -> str:
        """The ladder (阶梯) that the vocabulary puts the goal on."""
        return self.attribute.by_label[fold(self.standard.title)].family

    @property
    def key(self) -> FactKey:
        """The fact that says whether the goal is reached."""
        member = None if self.attribute.kind is Kind.CHOICE else self.standard.title
        return FactKey(self.attribute.label, member)

    def spells(self, profile: Profile) -> list[Spell]:
        """List the stretches in which a title or status was held, at the level asked or above."""
        tenure = profile.value(self.key)
        spells = tenure.spells if isinstance(tenure, Tenure) else ()
        return [spell for spell in spells if self._high_enough(spell.level)]

    def _high_enough(self, level: str | None) -> bool:
        levels = self.attribute.by_label[fold(self.standard.title)].levels
        if not self.standard.level:
            return True
        return level is not None and levels.index(level) >= levels.index(self.standard.level)

    def reached(self, profile: Profile) -> bool:
        """Say whether the company is listed on the board, or in the tier or above."""
        value = profile.value(self.key)
        if isinstance(value, Stage):
            return value.current == self.attribute.stages[-1]
        tiers = [member.label for member in self.attribute.members]
        return isinstance(value, str) and tiers.index(value) >= tiers.index(self.standard.title)

    def gained(self, profile: Profile, day: date) -> tuple[FactKey, Fact]:
        """Give the fact of a company that reaches the goal on a day."""
        if self.attribute.kind is Kind.CHOICE:
            return self.key, Fact(self.standard.title)
        if self.attribute.kind is Kind.STAGE:
            last = self.attribute.stages[-1]
            return self.key, Fact(Stage(last, ((last, day),)))
        tenure = profile.value(self.key)
        past = tenure.spells if isinstance(tenure, Tenure) else ()
        return self.key, Fact(Tenure((*past, Spell(day, level=self.standard.level or None))))


def growth_path(matcher: Matcher, profile: Profile, as_of: date) -> GrowthPath:
    """Work out the growth path of a profile, by the versions of the standards in force on a day."""
    standards = matcher.catalogue.standards
    evaluate = Evaluate(matcher.vocabulary, profile, as_of)
    now = matcher.match(profile, as_of)
    rungs = []
    for standard in standards:
        if standard.in_force(as_of):
            rung = _rung(standard, matcher, evaluate)
            if rung.standing is not Standing.HELD:
                rung = replace(rung, unlocks=tuple(_unlocks(rung, matcher, profile, now)))
            rungs.append(rung)
    asleep = tuple(item for item in standards if not item.in_force(as_of))
    return GrowthPath(as_of, tuple(rungs), asleep)


def _rung(standard: Standard, matcher: Matcher, evaluate: Evaluate) -> Rung:
    profile, as_of = evaluate.judge.profile, evaluate.judge.as_of
    outcome = evaluate(standard.condition)
    goal = Goal(standard, matcher.vocabulary)
    spells = goal.spells(profile)
    held = [spell for spell in spells if spell.covers(as_of)]
    if held or goal.reached(profile):
        valid_to, renew_by = _validity(held, standard)
        due = renew_by is not None and (renew_by - as_of).days <= RENEWAL_DAYS
        return Rung(
            goal.ladder,
            standard,
            Standing.HELD,
            outcome,
            valid_to=valid_to,
            renew_by=renew_by,
            report_by=_next(standard.report_by, as_of),
            renewal_due=due,
        )
    missing = missing_facts(outcome, evaluate.judge)
    awaiting = tuple(key.member or "" for key in missing if key.attribute == JUDGEMENT)
    past = [spell.end for spell in spells if spell.end is not None and spell.end < as_of]
    return Rung(
        goal.ladder,
        standard,
        _standing(outcome, missing, awaiting),
        outcome,
        missing=missing,
        awaiting=awaiting,
        unmet=tuple(_unmet(outcome)),
        expired_on=max(past, default=None),
    )


def _standing(
    outcome: Outcome, missing: tuple[FactKey, ...], awaiting: tuple[str, ...]
) -> Standing:
    """Nothing but judgements left to wait for means that the company's own part is done."""
    if outcome.truth is False:
        return Standing.SHORT
    if outcome.truth is True or (missing and len(awaiting) == len(missing)):
        return Standing.READY
    return Standing.OPEN


def _validity(held: list[Spell], standard: Standard) -> tuple[date | None, date | None]:
    """Give until when the certificates in force are valid, and the day by which to renew.

    A certificate keeps its own validity, whichever version of the standard it was granted by.
    """
    if not held:
        return None, None
    ends = [spell.end for spell in held]
    valid_to = None if None in ends else max(end for end in ends if end is not None)
    starts = [spell.start for spell in held if spell.start is not None]
    if valid_to is None and starts:
        if standard.renew_by:
            return None, date(max(starts).year + 1, *standard.renew_by)
        if standard.renew_years:
            return None, add_years(max(starts), standard.renew_years) - timedelta(days=1)
    return valid_to, valid_to


def _next(month_day: tuple[int, int] | None, as_of: date) -> date | None:
    """Give the next day from as-of on that has a month and a day."""
    if month_day is None:
        return None
    this_year = date(as_of.year, *month_day)
    return this_year if this_year >= as_of else date(as_of.year + 1, *month_day)


def _unmet(outcome: Outcome) -> Iterator[Outcome]:
    """Walk the smallest parts that decide against: below what must hold entirely, not below others."""
    if outcome.truth is not False:
        return
    if isinstance(outcome.node, tree.AllOf | tree.Named):
        for part in outcome.parts:
            yield from _unmet(part)
    else:
        yield outcome


def _unlocks(rung: Rung, matcher: Matcher, profile: Profile, now: Matching) -> Iterator[Unlocked]:
    goal = Goal(rung.standard, matcher.vocabulary)
    key, holding = goal.gained(profile, now.as_of)
    then = matcher.match(profile.with_fact(key, holding), now.as_of)
    for before, after in zip(now.findings, then.findings, strict=True):
        if before.verdict is not after.verdict:
            yield Unlocked(before.measure, before.verdict, after.verdict)

"""A profile at a date -> its growth path: what it holds, could apply for and lacks, title by title.

Each standard in force is read against the profile; what a title would unlock is found by matching the
profile once more as if the title were held. Nothing here changes what a match says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from matcher import tree
from matcher.documents.model import Measure
from matcher.documents.standards import Standard
from matcher.finding import Matcher, Matching
from matcher.logic import Verdict
from matcher.profile import Fact, FactKey, Profile, Spell, Tenure
from matcher.readers.evaluate import Evaluate, Outcome
from matcher.readers.missing import missing_facts
from matcher.vocabulary.model import JUDGEMENT

RENEWAL_DAYS = 180


class Standing(Enum):
    """Where a company stands with a title."""

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
    the conditions that decide against. ``valid_to`` and ``renew_by`` are those of a title that is held;
    ``expired_on`` is the last day of one that was held before.
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
    renewal_due: bool = False
    expired_on: date | None = None
    unlocks: tuple[Unlocked, ...] = ()


@dataclass(frozen=True, slots=True)
class GrowthPath:
    """All rungs of a profile at a date, and the standards that were not in force."""

    as_of: date
    rungs: tuple[Rung, ...]
    not_in_force: tuple[Standard, ...] = ()


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
    member = matcher.vocabulary.titles.by_label[standard.title]
    tenure = profile.value(FactKey(matcher.vocabulary.titles.label, standard.title))
    spells = tenure.spells if isinstance(tenure, Tenure) else ()
    held = tenure.in_force(as_of) if isinstance(tenure, Tenure) else []
    if held:
        valid_to, renew_by = _validity(held, standard)
        due = renew_by is not None and (renew_by - as_of).days <= RENEWAL_DAYS
        return Rung(
            member.family,
            standard,
            Standing.HELD,
            outcome,
            valid_to=valid_to,
            renew_by=renew_by,
            renewal_due=due,
        )
    missing = missing_facts(outcome, evaluate.judge)
    awaiting = tuple(key.member or "" for key in missing if key.attribute == JUDGEMENT)
    past = [spell.end for spell in spells if spell.end is not None and spell.end < as_of]
    return Rung(
        member.family,
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
    ends = [spell.end for spell in held]
    valid_to = None if None in ends else max(end for end in ends if end is not None)
    starts = [spell.start for spell in held if spell.start is not None]
    if valid_to is None and standard.renew_by and starts:
        month, day = standard.renew_by
        return None, date(max(starts).year + 1, month, day)
    return valid_to, valid_to


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
    key = FactKey(matcher.vocabulary.titles.label, rung.standard.title)
    tenure = profile.value(key)
    past = tenure.spells if isinstance(tenure, Tenure) else ()
    holding = Fact(Tenure((*past, Spell(start=now.as_of))))
    then = matcher.match(profile.with_fact(key, holding), now.as_of)
    for before, after in zip(now.findings, then.findings, strict=True):
        if before.verdict is not after.verdict:
            yield Unlocked(before.measure, before.verdict, after.verdict)

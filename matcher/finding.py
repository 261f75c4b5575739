"""A profile at a date -> findings: verdict, general verdict, delivery, missing facts, reasons.

``verdicts`` is the fast path over every measure; ``finding`` works one measure out in full. Delivery
follows from the proof by the table of docs/design.md and is never typed by an author.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cached_property

from matcher.catalogue import Catalogue
from matcher.documents.model import DIRECTIONAL, NO_MONEY, Document, Measure
from matcher.logic import Truth, Verdict
from matcher.nearby.reads import asks_again
from matcher.profile import Assurance, FactKey, Profile
from matcher.readers.evaluate import Evaluate, Outcome
from matcher.readers.missing import missing_facts
from matcher.readers.settled import settle
from matcher.tree import Holds, Leaf, Order, TitleGrade
from matcher.vocabulary.model import JUDGEMENT, Kind, Vocabulary


class General(Enum):
    """The prevailing conditions (通行): nothing found, something found, or not known."""

    CLEAR = "clear"
    HIT = "hit"
    UNKNOWN = "unknown"


class Delivery(Enum):
    """How a benefit reaches the company, by its label in the vocabulary's 兑现方式."""

    AUTOMATIC = "免申即享"
    EXPRESS = "快申快享"
    APPLICATION = "申报"
    SERVICE = "服务"
    GUIDANCE = "引导"


GUIDING = "引导"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one measure comes to for one profile (匹配结果).

    ``outcome`` is read by Kleene's logic. Where it is open and the verdict is not, every completion of
    the missing facts agrees: ``whatever`` are those that may be one way or the other.
    """

    measure: Measure
    verdict: Verdict
    general: General
    delivery: Delivery | None
    outcome: Outcome
    missing: tuple[FactKey, ...] = ()
    whatever: tuple[FactKey, ...] = ()
    awaiting: tuple[str, ...] = ()
    to_prove: tuple[FactKey, ...] = ()
    automatic_if_checked: bool = False
    excluded: bool = False
    achieved: bool = False


@dataclass(frozen=True, slots=True)
class Matching:
    """All findings of a profile at a date, and the documents that were not in force."""

    as_of: date
    findings: tuple[Finding, ...]
    not_in_force: tuple[Document, ...] = ()
    measures_not_in_force: tuple[Measure, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Brief:
    """The verdicts of the measures in force on a day, by id, without reasons."""

    as_of: date
    general: General
    verdicts: dict[str, Verdict]


def in_force(catalogue: Catalogue, day: date) -> tuple[Measure, ...]:
    """Give the measures that count on a day: in force by their document and by their own period."""
    return tuple(
        measure
        for document in catalogue.documents
        if document.in_force(day)
        for measure in document.measures
        if measure.in_period(day)
    )


class Matcher:
    """Matches profiles against one catalogue."""

    def __init__(self, catalogue: Catalogue, *, general: bool = True) -> None:
        self.catalogue, self.use_general = catalogue, general
        self.vocabulary: Vocabulary = catalogue.vocabulary
        self._counted: tuple[date, frozenset[str]] | None = None

    @cached_property
    def _asking_again(self) -> frozenset[str]:
        return frozenset(
            measure.id
            for measure in self.catalogue.measures
            if asks_again(measure.condition, self.vocabulary)
        )

    def verdicts(self, profile: Profile, as_of: date) -> list[Truth]:
        """Give the truth of every measure of the catalogue, in order; nothing else is worked out."""
        return self.catalogue.compiled(profile, as_of)[:-1]

    def brief(self, profile: Profile, as_of: date) -> Brief:
        """Give the verdicts that `match` gives, and nothing else.

        Of what is open by Kleene's logic only what asks for one fact in several places is evaluated, to
        see whether every completion agrees.
        """
        *truths, exclusion = self.catalogue.compiled(profile, as_of)
        counting = self._counting(as_of)
        evaluate = Evaluate(self.vocabulary, profile, as_of)
        found = {}
        for measure, truth in zip(self.catalogue.measures, truths, strict=True):
            if measure.id not in counting:
                continue
            found[measure.id] = Verdict.of(truth)
            if truth is None and measure.id in self._asking_again:
                settled = settle(evaluate(measure.condition), evaluate.judge)
                found[measure.id] = settled.verdict if settled else Verdict.OPEN
        return Brief(as_of, self._general(exclusion), found)

    def _counting(self, day: date) -> frozenset[str]:
        """Give the ids of what counts on a day, kept for the day that was asked for last."""
        kept = self._counted  # read once: another thread may put another day there meanwhile
        if kept is None or kept[0] != day:
            kept = day, frozenset(item.id for item in in_force(self.catalogue, day))
            self._counted = kept
        return kept[1]

    def match(
        self, profile: Profile, as_of: date, measures: Sequence[Measure] | None = None
    ) -> Matching:
        """Give the findings of all measures in force, or of the named ones."""
        documents = self.catalogue.documents
        sleeping = tuple(item for item in documents if not item.in_force(as_of))
        asleep = {item.id for item in sleeping}
        chosen = [
            measure
            for measure in (self.catalogue.measures if measures is None else measures)
            if measure.document not in asleep
        ]
        apart = tuple(item for item in chosen if not item.in_period(as_of))
        inside = [item for item in chosen if item.in_period(as_of)]
        return Matching(as_of, tuple(self._findings(inside, profile, as_of)), sleeping, apart)

    def _findings(
        self, measures: Sequence[Measure], profile: Profile, as_of: date
    ) -> Iterator[Finding]:
        attested = profile.attested()
        work = _Work(
            Evaluate(self.vocabulary, profile, as_of),
            Evaluate(self.vocabulary, attested, as_of),
            profile,
        )
        exclusion = self.catalogue.exclusion
        general = self._general(work.evaluate(exclusion).truth)
        general_attested = self._general(work.attested(exclusion).truth)
        for measure in measures:
            yield self._finding(measure, work, general, general_attested)

    def _general(self, exclusion: Truth) -> General:
        truth = exclusion if self.use_general else None
        return {True: General.HIT, False: General.CLEAR, None: General.UNKNOWN}[truth]

    def _finding(
        self, measure: Measure, work: _Work, general: General, general_attested: General
    ) -> Finding:
        outcome = work.evaluate(measure.condition)
        settled = settle(outcome, work.evaluate.judge)
        truth = settled.verdict.truth if settled else outcome.truth
        missing = () if settled else missing_facts(outcome, work.evaluate.judge)
        awaiting = self._awaiting(measure, missing)
        to_prove: tuple[FactKey, ...] = ()
        automatic = checked = False
        if truth is True and measure.benefit_basis not in (NO_MONEY, DIRECTIONAL):
            proven = work.attested(measure.condition).truth is True
            automatic = proven and general_attested is General.CLEAR
            rests = settled.resting if settled else outcome.proof()
            to_prove = self._to_prove(rests, work, general_attested)
            # Delivery without application takes a plain proof, which a settled verdict will never be.
            checked = not (automatic or settled) and self._attestable(to_prove)
        return Finding(
            measure=measure,
            verdict=Verdict.of(truth),
            general=general,
            delivery=_delivery(measure, truth, missing, awaiting, automatic),
            outcome=outcome,
            missing=missing,
            whatever=settled.whatever if settled else (),
            awaiting=awaiting,
            to_prove=() if automatic else to_prove,
            automatic_if_checked=checked,
            excluded=self._excluded(measure, outcome),
            achieved=self._achieved(measure, work),
        )

    def _awaiting(self, measure: Measure, missing: tuple[FactKey, ...]) -> tuple[str, ...]:
        """Name the judgements and ranks a finding waits for."""
        kinds = self.vocabulary.attributes
        return tuple(
            key.member or key.attribute
            for key in missing
            if key.attribute == JUDGEMENT or kinds[key.attribute].kind is Kind.RANK
        )

    def _to_prove(
        self, rests: Sequence[FactKey], work: _Work, general_attested: General
    ) -> tuple[FactKey, ...]:
        """List the declared facts that the verdict rests on, then what the credit check needs."""
        keys = [
            key
            for key in rests
            if key in work.profile.facts and work.profile.facts[key].assurance is Assurance.DECLARED
        ]
        if self.use_general and general_attested is not General.CLEAR:
            exclusion = work.attested(self.catalogue.exclusion)
            keys += missing_facts(exclusion, work.attested.judge)
        return tuple(dict.fromkeys(keys))

    def _attestable(self, keys: tuple[FactKey, ...]) -> bool:
        return bool(keys) and all(
            self.vocabulary.custodian(key.attribute, key.member)[1] for key in keys
        )

    def _excluded(self, measure: Measure, outcome: Outcome) -> bool:
        """Say whether an exclusion that the text states is what decides against the company."""
        if not measure.exclusions or outcome.truth is not False:
            return False
        last = outcome.parts[-1]
        return last.truth is False

    def _achieved(self, measure: Measure, work: _Work) -> bool:
        """Say whether the title that a 引导 measure leads to is held already."""
        if not measure.target_title:
            return False
        title, level = measure.target_title, measure.target_level
        held: Leaf = Holds(self.vocabulary.titles.label, (title,))
        if level:
            member = self.vocabulary.titles.by_label[title]
            held = TitleGrade(title, Order.AT_LEAST, level, member.levels)
        return work.evaluate.judge.judge(held).truth is True


@dataclass(frozen=True, slots=True)
class _Work:
    """What one profile's findings share."""

    evaluate: Evaluate
    attested: Evaluate
    profile: Profile


def _delivery(
    measure: Measure,
    truth: Truth,
    missing: tuple[FactKey, ...],
    awaiting: tuple[str, ...],
    automatic: bool,
) -> Delivery | None:
    """Read the delivery table; the first row that fits wins."""
    if measure.kind == GUIDING:
        return Delivery.GUIDANCE
    if measure.benefit_basis == NO_MONEY:
        return Delivery.SERVICE if truth is True else None
    if measure.benefit_basis == DIRECTIONAL:
        return None
    if truth is None and awaiting and len(awaiting) == len(missing):
        return Delivery.APPLICATION
    if truth is not True:
        return None
    return Delivery.AUTOMATIC if automatic else Delivery.EXPRESS

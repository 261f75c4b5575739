"""Stored facts -> findings in three groups, sorted as a company reads them, with counts that add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from matcher.catalogue import Catalogue
from matcher.documents.model import Document, Measure
from matcher.finding import (
    BY_RULES,
    DIRECTIONAL,
    NO_MONEY,
    Delivery,
    Finding,
    General,
    Matcher,
    Matching,
)
from matcher.holdings import Holdings
from matcher.language.diagnostics import Diagnostic
from matcher.language.plausible import IMPLAUSIBLE
from matcher.language.profiles import CompanyFile, read_company
from matcher.logic import Verdict
from matcher.profile import Profile
from matcher.vocabulary.model import Kind, Vocabulary
from webapp.services.checking import dump
from webapp.services.profiles import Facts
from webapp.services.questions import IDENTITY

OTHERS_KINDS = frozenset({Kind.JUDGEMENT, Kind.LIST, Kind.RANK, Kind.PARAMETER})
"""Facts that only others can supply: a department's finding, list, rank or dated figure."""
_BASES = ("金额明确", BY_RULES, NO_MONEY, DIRECTIONAL)
_DELIVERIES = (*Delivery, None)


@dataclass(frozen=True)
class Results:
    """The findings of one profile at one date.

    ``judged`` is False before the first answer: then nothing may be called 符合 or 不符合. ``doubts``
    name answers that are used as they are but deserve a second look.
    """

    as_of: date
    profile: Profile
    judged: bool
    general: General
    met: tuple[Finding, ...] = ()
    open: tuple[Finding, ...] = ()
    awaiting: tuple[Finding, ...] = ()
    unmet: tuple[Finding, ...] = ()
    not_in_force: tuple[Document, ...] = ()
    measures_not_in_force: tuple[Measure, ...] = field(default=())
    doubts: tuple[Diagnostic, ...] = ()

    @property
    def all_open(self) -> tuple[Finding, ...]:
        """What is open: what the company can answer first, then what a department decides."""
        return self.open + self.awaiting

    @property
    def total(self) -> int:
        """All measures in force."""
        return len(self.met) + len(self.all_open) + len(self.unmet)

    def group(self, name: str) -> tuple[Finding, ...]:
        """Give the findings of met, open or unmet."""
        return {"met": self.met, "open": self.all_open, "unmet": self.unmet}[name]

    def of(self, measure: str) -> Finding | None:
        """Give the finding of one measure."""
        every = (*self.met, *self.all_open, *self.unmet)
        return next((item for item in every if item.measure.id == measure), None)


class Matchmaker:
    """Matches stored facts against the catalogue of this deployment."""

    def __init__(self, catalogue: Catalogue, data: Path) -> None:
        self.catalogue = catalogue
        self.matcher = Matcher(catalogue)
        self.holdings = Holdings(data)
        self._reach: tuple[date, dict[str, tuple[Measure, ...]]] | None = None

    def profile(self, facts: Facts, as_of: date) -> Profile:
        """Read the facts as the company's own declaration, with this deployment's parameters added.

        Lists that departments keep are not consulted: anyone can type anyone's name and code here,
        and what a list says of a company is not for strangers.
        """
        return self._enriched(self._read(facts, as_of).profile, as_of)

    def _read(self, facts: Facts, as_of: date) -> CompanyFile:
        return read_company(dump(facts), "", self.catalogue.vocabulary, as_of)

    def _enriched(self, profile: Profile, as_of: date) -> Profile:
        vocabulary = self.catalogue.vocabulary
        nameless = {
            key: fact for key, fact in profile.facts.items() if key.attribute not in IDENTITY
        }
        known = self.holdings.enrich(replace(profile, facts=nameless), vocabulary, as_of)
        return profile.with_facts(known.facts.items())

    def reach(self, as_of: date) -> dict[str, tuple[Measure, ...]]:
        """Give the measures that turn on each attribute: those that miss it when nothing is known."""
        if self._reach is not None and self._reach[0] == as_of:
            return self._reach[1]
        found: dict[str, list[Measure]] = {}
        for finding in self.matcher.match(Profile(filed=as_of), as_of).findings:
            for label in dict.fromkeys(key.attribute for key in finding.missing):
                found.setdefault(label, []).append(finding.measure)
        self._reach = as_of, {label: tuple(measures) for label, measures in found.items()}
        return self._reach[1]

    def results(self, facts: Facts, as_of: date, *, judged: bool) -> Results:
        """Match the facts at a date."""
        file = self._read(facts, as_of)
        profile = self._enriched(file.profile, as_of)
        matching = self.matcher.match(profile, as_of)
        found = _results(matching, profile, judged, self.catalogue.vocabulary)
        doubts = tuple(item for item in file.warnings if item.code == IMPLAUSIBLE)
        return replace(found, doubts=doubts)


def _results(matching: Matching, profile: Profile, judged: bool, vocabulary: Vocabulary) -> Results:
    def chosen(verdict: Verdict) -> list[Finding]:
        return [item for item in matching.findings if item.verdict is verdict]

    undecided = chosen(Verdict.OPEN)
    waiting = [item for item in undecided if waits_only(item, vocabulary)]
    findings = matching.findings
    return Results(
        as_of=matching.as_of,
        profile=profile,
        judged=judged,
        general=findings[0].general if findings else General.UNKNOWN,
        met=_sorted(chosen(Verdict.MET)),
        open=_sorted(
            [item for item in undecided if not waits_only(item, vocabulary)], by_missing=True
        ),
        awaiting=_sorted(waiting),
        unmet=tuple(chosen(Verdict.UNMET)),
        not_in_force=matching.not_in_force,
        measures_not_in_force=matching.measures_not_in_force,
    )


def waits_only(finding: Finding, vocabulary: Vocabulary) -> bool:
    """Say whether an open finding waits for departments alone: the company's part is done."""
    kinds = {vocabulary.attributes[key.attribute].kind for key in finding.missing}
    return finding.verdict is Verdict.OPEN and bool(kinds) and kinds <= OTHERS_KINDS


def _sorted(findings: Sequence[Finding], *, by_missing: bool = False) -> tuple[Finding, ...]:
    """Money first, then the nearest to being decided, then how it is delivered."""

    def place(finding: Finding) -> tuple[int, int, int]:
        basis = finding.measure.benefit_basis
        return (
            len(finding.missing) if by_missing else 0,
            _BASES.index(basis) if basis in _BASES else len(_BASES),
            _DELIVERIES.index(finding.delivery),
        )

    return tuple(sorted(findings, key=place))


def delivery_id(finding: Finding) -> str:
    """Name how the benefit reaches the company, as the page's wording knows it; "" for not at all.

    A typed profile has no attested facts, so 免申即享 appears only as what a check would give.
    """
    if finding.verdict is Verdict.UNMET:
        return ""
    if finding.achieved:
        return "achieved"
    if finding.delivery is None:
        return "directional" if finding.measure.benefit_basis == DIRECTIONAL else ""
    if finding.delivery is Delivery.AUTOMATIC and finding.measure.benefit_basis == BY_RULES:
        return "automatic_by_rules"
    if finding.automatic_if_checked:
        return "express_if_checked"
    return finding.delivery.name.lower()

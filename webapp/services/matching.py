"""Stored facts -> findings in four groups, sorted as a company reads them, with counts that add up.

符合, 待补充 (what the company can answer apart from what only departments decide), 还差一步 (not met, but
met once at most `NEAR` facts that a company can change are otherwise: `webapp.services.near`), and 其余,
the rest not met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from matcher.catalogue import Catalogue
from matcher.documents.model import BY_RULES, DIRECTIONAL, NO_MONEY, STATED, Document, Measure
from matcher.finding import (
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
from matcher.nearby.changes import cost
from matcher.nearby.nearness import Way
from matcher.nearby.questions import NextQuestion, next_questions
from matcher.profile import Profile
from matcher.vocabulary.model import DECIDED_BY_OTHERS, Vocabulary
from webapp.services.checking import dump
from webapp.services.near import NearMisses
from webapp.services.profiles import Facts
from webapp.services.questions import IDENTITY

GROUPS = ("met", "open", "near", "rest")
"""The groups of findings, in the order of the page."""
_BASES = (STATED, BY_RULES, NO_MONEY, DIRECTIONAL)
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
    findings: tuple[Finding, ...] = ()
    met: tuple[Finding, ...] = ()
    open: tuple[Finding, ...] = ()
    awaiting: tuple[Finding, ...] = ()
    near: tuple[Finding, ...] = ()
    rest: tuple[Finding, ...] = ()
    all_ways: Mapping[str, tuple[Way, ...]] = field(default_factory=dict)
    not_in_force: tuple[Document, ...] = ()
    measures_not_in_force: tuple[Measure, ...] = field(default=())
    doubts: tuple[Diagnostic, ...] = ()

    @property
    def all_open(self) -> tuple[Finding, ...]:
        """What is open: what the company can answer first, then what a department decides."""
        return self.open + self.awaiting

    @property
    def unmet(self) -> tuple[Finding, ...]:
        """What is not met: what is one step away first."""
        return self.near + self.rest

    @property
    def ways(self) -> dict[str, Way]:
        """The cheapest way to each measure that is one step away."""
        return {id_: ways[0] for id_, ways in self.all_ways.items()}

    @property
    def total(self) -> int:
        """How many measures the groups hold together."""
        return sum(len(self.group(name)) for name in GROUPS)

    @property
    def automatic_if_checked(self) -> int:
        """How many of the met would need no application once departments confirm the facts."""
        return sum(item.automatic_if_checked for item in self.met)

    def group(self, name: str) -> tuple[Finding, ...]:
        """Give the findings of a group."""
        return self.all_open if name == "open" else getattr(self, name)

    def group_of(self, finding: Finding) -> str:
        """Name the group in which a finding stands."""
        return next(name for name in GROUPS if finding in self.group(name))

    def of(self, measure: str) -> Finding | None:
        """Give the finding of one measure."""
        return next((item for item in self.findings if item.measure.id == measure), None)

    def only(self, wanted: Callable[[Finding], bool]) -> Results:
        """Give the results with each group narrowed; ``findings`` stay complete."""
        groups = ("met", "open", "awaiting", "near", "rest")
        kept = {name: tuple(filter(wanted, getattr(self, name))) for name in groups}
        return replace(self, **kept)  # type: ignore[arg-type]


class Matchmaker:
    """Matches stored facts against the catalogue of this deployment."""

    def __init__(self, catalogue: Catalogue, data: Path) -> None:
        self.catalogue = catalogue
        self.matcher = Matcher(catalogue)
        self.holdings = Holdings(data)
        self.near = NearMisses(catalogue)
        self._reach: tuple[date, dict[str, tuple[Measure, ...]]] | None = None

    def profile(self, facts: Facts, as_of: date) -> Profile:
        """Read the facts as the company's own declaration, with this deployment's parameters added.

        Lists that departments keep are not consulted: anyone can type anyone's name and code here,
        and what a list says of a company is not for strangers.
        """
        return self.enriched(self._read(facts, as_of).profile, as_of)

    def _read(self, facts: Facts, as_of: date) -> CompanyFile:
        return read_company(dump(facts), "", self.catalogue.vocabulary, as_of)

    def enriched(self, profile: Profile, as_of: date) -> Profile:
        """Give a profile with this deployment's parameters added, as `profile` gives it."""
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
        found = self.results_of(self.enriched(file.profile, as_of), as_of, judged=judged)
        doubts = tuple(item for item in file.warnings if item.code == IMPLAUSIBLE)
        return replace(found, doubts=doubts)

    def results_of(self, profile: Profile, as_of: date, *, judged: bool) -> Results:
        """Match a profile at a date; before the first answer nothing is near."""
        matching = self.matcher.match(profile, as_of)
        ways = self.ways(matching, profile) if judged else {}
        return _results(matching, profile, judged, ways, self.catalogue.vocabulary)

    def ways(self, matching: Matching, profile: Profile) -> dict[str, tuple[Way, ...]]:
        """Give the ways to each measure that is not met but one step away, the cheapest first."""
        unmet = [item.measure for item in matching.findings if item.verdict is Verdict.UNMET]
        return self.near.ways(unmet, profile, matching.as_of)

    def questions(self, results: Results) -> list[NextQuestion]:
        """List the questions worth answering next, the best first."""
        return next_questions(
            results.findings, results.profile, results.as_of, self.catalogue.vocabulary
        )


def _results(
    matching: Matching,
    profile: Profile,
    judged: bool,
    ways: dict[str, tuple[Way, ...]],
    vocabulary: Vocabulary,
) -> Results:
    def chosen(verdict: Verdict) -> list[Finding]:
        return [item for item in matching.findings if item.verdict is verdict]

    undecided, unmet = chosen(Verdict.OPEN), chosen(Verdict.UNMET)
    waiting = [item for item in undecided if waits_only(item, vocabulary)]
    mine = [item for item in undecided if not waits_only(item, vocabulary)]
    near = [item for item in unmet if item.measure.id in ways]
    near.sort(
        key=lambda item: (_basis_place(item), cost(ways[item.measure.id][0].changes, profile))
    )
    findings = matching.findings
    return Results(
        as_of=matching.as_of,
        profile=profile,
        judged=judged,
        general=findings[0].general if findings else General.UNKNOWN,
        findings=findings,
        met=_sorted(chosen(Verdict.MET)),
        open=_sorted(mine),
        awaiting=_sorted(waiting),
        near=tuple(near),
        rest=tuple(item for item in unmet if item.measure.id not in ways),
        all_ways=ways,
        not_in_force=matching.not_in_force,
        measures_not_in_force=matching.measures_not_in_force,
    )


def waits_only(finding: Finding, vocabulary: Vocabulary) -> bool:
    """Say whether an open finding waits for departments alone: the company's part is done."""
    kinds = {vocabulary.attributes[key.attribute].kind for key in finding.missing}
    return finding.verdict is Verdict.OPEN and bool(kinds) and kinds <= DECIDED_BY_OTHERS


def _sorted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Stated money first, then by how it is delivered, by department, and what lacks least."""

    def place(finding: Finding) -> tuple[int, int, tuple[str, ...], int]:
        return (
            _basis_place(finding),
            _DELIVERIES.index(finding.delivery),
            finding.measure.departments[:1],
            len(finding.missing),
        )

    return tuple(sorted(findings, key=place))


def _basis_place(finding: Finding) -> int:
    basis = finding.measure.benefit_basis
    return _BASES.index(basis) if basis in _BASES else len(_BASES)


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

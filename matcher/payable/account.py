"""A profile at a date -> its account: every amount it may count on, and the best legal combination.

Only measures whose conditions are met bring money. Of a measure that is still open the amount is worked
out too, so that a company sees what is at stake; it takes no part in the combination.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from matcher.documents.model import Measure, SharedCap
from matcher.finding import Finding, Matcher
from matcher.logic import Verdict
from matcher.payable.due import Due, due
from matcher.payable.ledger import Ledger
from matcher.payable.stacking import Combination, Limit, combine
from matcher.payable.worth import Case
from matcher.profile import Profile
from matcher.readers.evaluate import Evaluate
from matcher.readers.prose import ZH
from matcher.tree.amounts import Amount, Span


@dataclass(frozen=True, slots=True)
class Entry:
    """One measure of the account."""

    finding: Finding
    due: Due

    @property
    def counts(self) -> bool:
        """Say whether the measure is met, so that its amount counts."""
        return self.finding.verdict is Verdict.MET


@dataclass(frozen=True, slots=True)
class Account:
    """All amounts of a profile at a date."""

    as_of: date
    entries: tuple[Entry, ...]
    combination: Combination
    without_amount: int


def account(
    matcher: Matcher,
    profile: Profile,
    as_of: date,
    ledger: Ledger | None = None,
    language: str = ZH,
) -> Account:
    """Work out the account of a profile."""
    found = matcher.match(profile, as_of).findings
    return account_of(found, matcher, profile, as_of, ledger, language)


def account_of(
    matched: Iterable[Finding],
    matcher: Matcher,
    profile: Profile,
    as_of: date,
    ledger: Ledger | None = None,
    language: str = ZH,
) -> Account:
    """Work out the account of a profile whose findings are known already."""
    findings = [finding for finding in matched if finding.verdict is not Verdict.UNMET]
    entries = []
    for finding in findings:
        found = due(finding.measure, profile, as_of, matcher.vocabulary, ledger, language)
        if found is not None:
            entries.append(Entry(finding, found))
    counting = [entry.due for entry in entries if entry.counts]
    limits = _Limits(matcher, profile, as_of, ledger)
    combination = combine(counting, tuple(limits.of([item.measure for item in counting])))
    return Account(as_of, tuple(entries), combination, _without_amount(findings, counting))


def _without_amount(findings: list[Finding], counting: list[Due]) -> int:
    """Count the measures that are met and state no amount, themselves or in what implements them."""
    stated = {due.measure.id for due in counting} | {due.measure.refines for due in counting}
    met = (finding.measure.id for finding in findings if finding.verdict is Verdict.MET)
    return sum(id_ not in stated for id_ in met)


@dataclass(frozen=True, slots=True)
class _Limits:
    """Works out what is left of the limits that measures share."""

    matcher: Matcher
    profile: Profile
    as_of: date
    ledger: Ledger | None

    def of(self, measures: list[Measure]) -> Iterator[Limit]:
        shared: dict[str, tuple[SharedCap, Measure]] = {}
        for measure in measures:
            if measure.benefit is not None and measure.benefit.shared is not None:
                shared.setdefault(measure.benefit.shared.group, (measure.benefit.shared, measure))
        for group, (cap, measure) in shared.items():
            left = [
                self._left(limit, span, group, measure)
                for limit, span in ((cap.year, Span.YEAR), (cap.ever, Span.EVER))
                if limit is not None
            ]
            known = [item for item in left if item is not None]
            if known:
                yield Limit(group, min(known))

    def _left(self, limit: Amount, span: Span, group: str, measure: Measure) -> int | None:
        evaluate = Evaluate(self.matcher.vocabulary, self.profile, self.as_of)
        worth = Case(evaluate, measure.id, self.as_of.year, self.ledger).of(limit)
        if worth.bounds.low is None:
            return None
        paid = self._paid(group, span)
        return max(0, int(worth.bounds.low) - paid)

    def _paid(self, group: str, span: Span) -> int:
        """Add up the payments of a group: those to its name and to any of its measures."""
        if self.ledger is None:
            return 0
        names = [group]
        for measure in self.matcher.catalogue.measures:
            benefit = measure.benefit
            if benefit is not None and benefit.shared and benefit.shared.group == group:
                names.append(measure.id)
        return sum(self.ledger.paid(name, span, self.as_of.year) for name in names)

"""Activities that a company of some trade may look at first (同行常选).

Nobody counts what other companies chose, so this is read from the rules: of the measures with a
condition on the industry that this one meets, the activities that can decide most of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from datetime import date

from matcher.language.diagnostics import SourceError
from matcher.logic import Verdict
from matcher.profile import FactKey, Profile
from matcher.readers.evaluate import Outcome
from matcher.vocabulary.model import Kind, Member
from webapp.services.matching import Matchmaker
from webapp.services.profiles import Facts

SUGGESTED = 8


def suggested(matchmaker: Matchmaker, facts: Facts, as_of: date) -> tuple[Member, ...]:
    """List at most eight activities; none where the industry is not known."""
    vocabulary = matchmaker.catalogue.vocabulary
    try:
        profile = matchmaker.profile(facts, as_of)
    except SourceError:
        return ()  # the answers contradict each other; this page may be where to correct them
    trade = {
        key: fact
        for key, fact in profile.facts.items()
        if vocabulary.attributes[key.attribute].kind is Kind.INDUSTRY
    }
    if not trade:
        return ()
    matching = matchmaker.matcher.match(Profile(trade, profile.filed), as_of)
    activities = vocabulary.activities
    counted = Counter(
        key.member
        for finding in matching.findings
        if finding.verdict is Verdict.OPEN and _is_meant(finding.outcome, trade)
        for key in dict.fromkeys(finding.missing)
        if key.attribute == activities.label
    )
    return tuple(item for item in activities.members if item.label in _first(counted))


def _is_meant(outcome: Outcome, trade: Container[FactKey]) -> bool:
    """Say whether the trade meets a condition on it."""
    return any(
        leaf.verdict is Verdict.MET and any(key in trade for key in leaf.used())
        for leaf in outcome.leaves()
    )


def _first(counted: Counter[str | None]) -> set[str | None]:
    return {label for label, _ in counted.most_common(SUGGESTED)}

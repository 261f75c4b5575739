"""Where a company of some trade may look first on the checklist of activities.

Nobody counts what other companies chose, so both answers are read from the rules: of the measures with a
condition on the industry that this one meets, the activities that can decide most of them, and the topics
in which these stand. Only the industry counts: no other answer moves a topic or an activity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from datetime import date

from matcher.language.diagnostics import SourceError
from matcher.language.profiles import FILED
from matcher.logic import Verdict
from matcher.profile import FactKey, FactValue, Profile
from matcher.readers.evaluate import Outcome
from matcher.vocabulary.model import Kind, Member
from webapp.services.checking import Checker
from webapp.services.matching import Matchmaker
from webapp.services.profiles import Facts

SUGGESTED = 8


@dataclass(frozen=True, slots=True)
class Looks:
    """At most eight activities to look at first, all topics in the order in which to show them, the trade."""

    activities: tuple[Member, ...]
    topics: tuple[str, ...]
    trade: tuple[str, ...] = ()


def looks(matchmaker: Matchmaker, facts: Facts, as_of: date) -> Looks:
    """Work out where to look first; no activity and the vocabulary's order where no trade is known."""
    vocabulary = matchmaker.catalogue.vocabulary
    trade = _trade(matchmaker, facts, as_of)
    turning = _turning(matchmaker, trade, as_of) if trade.facts else []
    counted = Counter(label for activities in turning for label in activities)
    first = {label for label, _ in counted.most_common(SUGGESTED)}
    members = vocabulary.activities.members
    topic_of = {item.label: item.topic for item in members}
    by_topic = Counter(topic for found in turning for topic in {topic_of[label] for label in found})
    checker = Checker(vocabulary, as_of)
    codes = [code for fact in trade.facts.values() for code in _codes(fact.value)]
    return Looks(
        tuple(item for item in members if item.label in first),
        # Sorting keeps topics with equal counts in the order of the vocabulary.
        tuple(sorted(vocabulary.words("主题"), key=lambda topic: -by_topic[topic])),
        tuple(checker.industry(code) for code in codes),
    )


def _codes(value: FactValue) -> tuple[str, ...]:
    """Give the codes of an industry that is known."""
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _trade(matchmaker: Matchmaker, facts: Facts, as_of: date) -> Profile:
    """Read the industry alone, so that no mistake in another answer has a say either."""
    attributes = matchmaker.catalogue.vocabulary.attributes
    industry = {label for label, item in attributes.items() if item.kind is Kind.INDUSTRY}
    alone = {label: answer for label, answer in facts.items() if label in industry}
    try:
        read = matchmaker.profile({FILED: as_of.isoformat(), **alone}, as_of)
    except SourceError:
        return Profile(filed=as_of)  # a trade that the rules know no longer
    kept = {key: fact for key, fact in read.facts.items() if key.attribute in industry}
    return Profile(kept, as_of)


def _turning(matchmaker: Matchmaker, trade: Profile, as_of: date) -> list[list[str]]:
    """List the activities that can decide each measure that is meant for the trade."""
    activities = matchmaker.catalogue.vocabulary.activities
    found = [
        [
            key.member
            for key in dict.fromkeys(finding.missing)
            if key.attribute == activities.label and key.member is not None
        ]
        for finding in matchmaker.matcher.match(trade, as_of).findings
        if finding.verdict is Verdict.OPEN and _is_meant(finding.outcome, trade.facts)
    ]
    return [members for members in found if members]


def _is_meant(outcome: Outcome, trade: Container[FactKey]) -> bool:
    """Say whether the trade meets a condition on it."""
    return any(
        leaf.verdict is Verdict.MET and any(key in trade for key in leaf.used())
        for leaf in outcome.leaves()
    )

"""One measure -> the quickest way in which its benefit can reach a company (兑现方式), at best.

Which way it is in the end follows from a company's facts; before any are known, the conditions and who
keeps what they turn on say how quick it can become.
"""

from __future__ import annotations

from datetime import date
from enum import IntEnum

from matcher import tree
from matcher.documents.model import DIRECTIONAL, NO_MONEY, Measure
from matcher.finding import GUIDING, Delivery
from matcher.profile import FactKey, Profile
from matcher.readers.evaluate import Outcome, evaluate
from matcher.vocabulary.model import JUDGEMENT, Kind, Vocabulary

DELIVERIES = "兑现方式"
_ANY_DAY = date(2000, 1, 1)
"""Where nothing is known of a company, no day changes what is asked of it."""


class _Effort(IntEnum):
    """What a condition asks for at least, from the quickest."""

    SHARED = 0  # departments have it and can confirm it
    SAID = 1  # the company says it and brings papers
    DECIDED = 2  # a department decides, or the best of those who apply are taken


_WAYS = {
    _Effort.SHARED: Delivery.AUTOMATIC,
    _Effort.SAID: Delivery.EXPRESS,
    _Effort.DECIDED: Delivery.APPLICATION,
}


def quickest(measure: Measure, vocabulary: Vocabulary) -> str:
    """Give the id of the quickest 兑现方式, "" where the text states a direction only."""
    way = _way(measure, vocabulary)
    return vocabulary.words(DELIVERIES)[way.value].id if way else ""


def _way(measure: Measure, vocabulary: Vocabulary) -> Delivery | None:
    if measure.kind == GUIDING:
        return Delivery.GUIDANCE
    if measure.benefit_basis == NO_MONEY:
        return Delivery.SERVICE
    if measure.benefit_basis == DIRECTIONAL:
        return None
    # A company that has answered nothing leaves every fact open, so each leaf names all it turns on.
    outcome = evaluate(measure.condition, Profile(filed=_ANY_DAY), _ANY_DAY, vocabulary)
    return _WAYS[_effort(outcome, vocabulary)]


def _effort(outcome: Outcome, vocabulary: Vocabulary, negated: bool = False) -> _Effort:
    node = outcome.node
    if outcome.judgement is not None:
        asked = sorted(_kept(key, vocabulary) for key in outcome.missing())
        some = isinstance(node, tree.Holds) and not negated
        count = node.count if isinstance(node, tree.Holds) and some else len(asked)
        return asked[min(count, len(asked)) - 1] if asked else _Effort.SHARED
    below = not negated if isinstance(node, tree.Not) else negated
    parts = sorted(_effort(part, vocabulary, below) for part in outcome.parts)
    any_of = isinstance(node, tree.AllOf if negated else tree.AnyOf)
    count = 1 if any_of else len(parts)
    if isinstance(node, tree.AtLeast):
        # That fewer than n are met means that all but n - 1 are not.
        count = len(parts) - node.count + 1 if negated else node.count
    return parts[count - 1] if parts else _Effort.SHARED


def _kept(key: FactKey, vocabulary: Vocabulary) -> _Effort:
    kind = vocabulary.attributes[key.attribute].kind
    if key.attribute == JUDGEMENT or kind is Kind.RANK:
        return _Effort.DECIDED
    if kind is Kind.LIST:  # the department that keeps the list looks the company up
        return _Effort.SHARED
    return _Effort.SHARED if vocabulary.custodian(key.attribute, key.member)[1] else _Effort.SAID

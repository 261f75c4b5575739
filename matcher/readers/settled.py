"""A verdict that is settled whatever the missing facts turn out to be, beyond Kleene's logic.

「X 或 非 X」 is open part by part, yet every company meets it. In: an open outcome. Out: the verdict that
every completion of its missing facts agrees on, with the facts that were tried, or nothing.

A fact asked once may come out either way, so only facts that are asked in several places are tried, each
with its distinguishing values (`matcher.readers.cases`), the rest left unknown. That is sound: a value
that is not listed makes the leaves say no less than one that is. Where values cannot be listed or cases
are too many, the verdict stays open. 不适用 is a value like any other: 「营业收入 ≥ 3 亿元 或 营业收入 < 5
亿元」 is not settled, for both are false of a company to which the question does not apply.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from matcher.logic import Verdict
from matcher.profile import Fact, FactKey
from matcher.readers.cases import MAX_CASES, TooManyCases, Values, again, knowing, repeated
from matcher.readers.evaluate import Outcome
from matcher.readers.leaves import LeafJudge


@dataclass(frozen=True, slots=True)
class Settled:
    """A verdict on which all completions agree.

    ``whatever`` are the facts that may be one way or the other, ``resting`` the known facts that the
    proofs of the several cases rest on.
    """

    verdict: Verdict
    whatever: tuple[FactKey, ...]
    resting: tuple[FactKey, ...]


def settle(outcome: Outcome, judge: LeafJudge) -> Settled | None:
    """Give the verdict that every completion of an open outcome agrees on; None where they differ."""
    if outcome.truth is not None or not repeated(outcome, judge.context):
        return None
    search = Settler(judge)
    try:
        truth = search.agreed(outcome, {})
    except TooManyCases:
        return None
    if truth is None:
        return None
    known = judge.profile.facts
    resting = tuple(key for key in search.proof if key in known and key not in search.tried)
    return Settled(Verdict.of(truth), tuple(search.tried), resting)


class Settler:
    """Looks for two cases that differ; ``settles`` says that it goes beyond Kleene's logic."""

    settles: ClassVar[bool] = True

    def __init__(self, judge: LeafJudge) -> None:
        self.judge = judge
        self.cases = 0
        self.tried: dict[FactKey, None] = {}
        self.proof: dict[FactKey, None] = {}

    def agreed(self, outcome: Outcome, chosen: dict[FactKey, Fact]) -> bool | None:
        """Give the truth of all cases below this one; None as soon as one is open or two differ."""
        self.cases += 1
        if self.cases > MAX_CASES:
            raise TooManyCases
        if outcome.truth is not None:
            self.proof.update(dict.fromkeys(outcome.proof()))
            return outcome.truth
        judge = knowing(self.judge, chosen)
        values = Values(outcome, judge)
        open_ones = (key for key in repeated(outcome, judge.context) if key not in chosen)
        key, options = next(
            ((key, options) for key in open_ones if (options := values.of(key))), (None, [])
        )
        if key is None:
            return None
        self.tried[key] = None
        truths: set[bool | None] = set()
        for value in options:
            more = {**chosen, key: Fact(value)}
            truths.add(self.agreed(again(outcome, knowing(self.judge, more), key), more))
            if len(truths) > 1 or None in truths:
                return None
        return truths.pop()

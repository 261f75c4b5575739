"""The unknown facts that can still change a verdict: no fact too many, none too few.

`Outcome.missing` reads them off the open parts, which is exact as long as every fact is asked once.
Where a fact is asked in several places, one answer may close both: of 「营业收入 ≥ 5 亿元, 且 (营业收入
≥ 3 亿元 或 X)」 X can never matter. There every such fact is given each value that makes a difference
(`matcher.readers.cases`), and a fact stays listed if it is still open in one of those cases while the
others are known.

Facts are left listed, so the list may be too long but never too short, where their values cannot be
listed, or where there are more than ``MAX_CASES`` cases.
"""

from __future__ import annotations

from matcher.profile import Fact, FactKey
from matcher.readers.cases import (
    MAX_CASES,
    TooManyCases,
    Values,
    again,
    knowing,
    repeated,
)
from matcher.readers.evaluate import Outcome
from matcher.readers.leaves import LeafJudge


def missing_facts(outcome: Outcome, judge: LeafJudge) -> tuple[FactKey, ...]:
    """List the unknown facts that can still change a verdict, in the order of the text."""
    listed = outcome.missing()
    often = repeated(outcome, judge.context)
    if not often:
        return listed
    search = _Search(judge)
    try:
        once = [key for key in listed if key not in often]
        for wanted in (once, *([key] for key in listed if key in often)):
            search.look(outcome, set(wanted), {})
    except TooManyCases:
        return listed
    # Where any one answer alone would settle it, none needs another: then all are named.
    return tuple(key for key in listed if key in search.found) or listed


class _Search:
    """Looks for cases of the repeated facts in which a fact is still open; notes it in ``found``."""

    def __init__(self, judge: LeafJudge) -> None:
        self.judge = judge
        self.cases = 0
        self.found: set[FactKey] = set()

    def look(self, outcome: Outcome, wanted: set[FactKey], chosen: dict[FactKey, Fact]) -> None:
        """Settle one repeated fact after the other, never a wanted one.

        What is not missing now will not be once more is known, so such a case is left.
        """
        self.cases += 1
        if self.cases > MAX_CASES:
            raise TooManyCases
        still = wanted.intersection(outcome.missing()) - self.found
        if not still:
            return
        judge = knowing(self.judge, chosen)
        values = Values(outcome, judge)
        for key in repeated(outcome, judge.context):
            options = [] if key in wanted or key in chosen else values.of(key)
            if options:
                break
        else:
            self.found |= still
            return
        for value in options:
            more = {**chosen, key: Fact(value)}
            self.look(again(outcome, knowing(self.judge, more), key), wanted, more)

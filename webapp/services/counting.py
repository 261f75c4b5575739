"""What a company's answers come to in five numbers, fast enough to follow the typing.

The same findings and the same near misses as on the results; nothing is sorted, named or reasoned.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from matcher.language.diagnostics import SourceError
from matcher.logic import Verdict
from webapp.services.matching import Matchmaker
from webapp.services.profiles import Facts
from webapp.services.questions import Questionnaire


@dataclass(frozen=True, slots=True)
class Counts:
    """How many questions are answered, and how many measures in force stand in each group."""

    answered: int
    met: int = 0
    open: int = 0
    near: int = 0
    rest: int = 0


def counted(
    matchmaker: Matchmaker, questionnaire: Questionnaire, facts: Facts, today: date
) -> Counts | None:
    """Count; None where the answers contradict each other."""
    answered = questionnaire.answered(facts, today.year - 1)
    if not answered:
        return Counts(0)  # nothing is judged before the first answer
    try:
        profile = matchmaker.profile(facts, today)
    except SourceError:
        return None
    matching = matchmaker.matcher.match(profile, today)
    found = Counter(item.verdict for item in matching.findings)
    near = len(matchmaker.ways(matching, profile))
    rest = found[Verdict.UNMET] - near
    return Counts(answered, found[Verdict.MET], found[Verdict.OPEN], near, rest)

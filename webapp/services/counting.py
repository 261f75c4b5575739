"""What a company's answers come to in four numbers, fast enough to follow the typing.

The same findings as on the results; which of the unmet are one step away costs ten times as much to
find out, so the strip counts them with the rest.
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
    """How many questions are answered, and how many measures in force have each verdict."""

    answered: int
    met: int = 0
    open: int = 0
    unmet: int = 0


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
    found = Counter(item.verdict for item in matchmaker.matcher.match(profile, today).findings)
    return Counts(answered, found[Verdict.MET], found[Verdict.OPEN], found[Verdict.UNMET])

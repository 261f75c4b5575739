"""A profile -> the questions worth answering next, over all measures, the best first.

In: the findings of a profile at a date. Out: for each unknown fact that the form asks, how many open
findings one answer settles, which it takes part in, whether money hangs on it and what it costs to
answer. A fact answered 不清楚 is never proposed again.

An answer is tried out: every value of the fact between which the open conditions can tell a difference
(`matcher.readers.cases`) is put in, and the findings that are then settled are counted. ``least`` is what
the poorest of these values settles, ``most`` what the best does. 不适用 is not tried: it is no answer one
can plan with. Where values cannot be listed, only "not held" is tried, or nothing is promised.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from matcher.documents.model import DIRECTIONAL, NO_MONEY, Measure
from matcher.finding import Finding
from matcher.logic import Verdict
from matcher.profile import NOT_APPLICABLE, Fact, FactKey, FactValue, Profile, Tenure
from matcher.readers.cases import Values, again, knowing, open_leaves
from matcher.readers.leaves import LeafJudge
from matcher.readers.measuring import Context
from matcher.vocabulary.costs import cost_of
from matcher.vocabulary.model import DECIDED_BY_OTHERS, Kind, Vocabulary

_MONEY_WEIGHT = 2
_UNPAID = frozenset({NO_MONEY, DIRECTIONAL})
_FEW = 3
"""A condition that lacks more facts (a score, a list of titles) ties none of them together."""


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """One unknown fact and what its answer can bring.

    ``least`` and ``most`` count the open findings that an answer settles, by the answer; ``alone`` are
    the measures that lack nothing else, ``measures`` all that it takes part in, those first. ``related``
    are other askable facts that some condition needs along with this one. ``example`` is an answer that
    settles ``most``. ``worth`` is what the questions are ordered by: findings settled by an average
    answer, money twice, by the cost.
    """

    key: FactKey
    least: int
    most: int
    alone: tuple[Measure, ...]
    measures: tuple[Measure, ...]
    money: bool
    cost: int
    related: tuple[FactKey, ...]
    example: FactValue | None
    worth: Fraction


def askable(key: FactKey, profile: Profile, as_of: date, vocabulary: Vocabulary) -> bool:
    """Say whether the form asks for a fact: yearly figures only for the year before 填报日期."""
    attribute = vocabulary.attributes[key.attribute]
    if not attribute.in_form or not attribute.group or attribute.kind in DECIDED_BY_OTHERS:
        return False
    if key.measure is not None or attribute.kind is Kind.RECORDS or key in profile.unsure:
        return False
    year = profile.base_year(as_of) - 1 if attribute.yearly else None
    return not profile.knows(key) and key.period == year


def next_questions(
    findings: Sequence[Finding], profile: Profile, as_of: date, vocabulary: Vocabulary
) -> list[NextQuestion]:
    """List the questions that can still settle something or take part in it, the best first.

    ``findings`` are those of this very profile. Equal questions stand in the order of the texts.
    """
    judge = LeafJudge(vocabulary, Context(profile, as_of))
    asking: dict[FactKey, list[Finding]] = {}
    for finding in findings:
        if finding.verdict is Verdict.OPEN:
            for key in finding.missing:
                if askable(key, profile, as_of, vocabulary):
                    asking.setdefault(key, []).append(finding)
    values = {item.measure.id: Values(item.outcome, judge) for item in findings}
    partners = _partners(findings)
    made = [
        _question(key, concerned, _values(key, concerned, values, vocabulary), judge, partners)
        for key, concerned in asking.items()
    ]
    return sorted(made, key=lambda item: (-item.worth, -len(item.measures)))


def _partners(findings: Sequence[Finding]) -> dict[FactKey, dict[FactKey, None]]:
    """Say which facts some open condition needs together, as a ratio needs both its figures."""
    found: dict[FactKey, dict[FactKey, None]] = {}
    for finding in findings:
        for leaf in open_leaves(finding.outcome):
            missing = leaf.judgement.missing if leaf.judgement else ()
            for key in missing if 1 < len(missing) <= _FEW else ():
                found.setdefault(key, {}).update(dict.fromkeys(missing))
    return found


def _values(
    key: FactKey, concerned: Sequence[Finding], values: dict[str, Values], vocabulary: Vocabulary
) -> list[FactValue]:
    """List the values to try, those of every finding together."""
    every = [value for item in concerned for value in values[item.measure.id].of(key)]
    if not every and vocabulary.attributes[key.attribute].kind in (Kind.TITLES, Kind.STATUS):
        every = [Tenure()]
    return [value for value in _distinct(every) if value is not NOT_APPLICABLE]


def _distinct(values: Sequence[FactValue]) -> Iterator[FactValue]:
    """Leave out repetitions; True and 1 are different answers."""
    seen: set[tuple[type, FactValue]] = set()
    for value in values:
        if (type(value), value) not in seen:
            seen.add((type(value), value))
            yield value


def _question(
    key: FactKey,
    concerned: Sequence[Finding],
    values: Sequence[FactValue],
    judge: LeafJudge,
    partners: dict[FactKey, dict[FactKey, None]],
) -> NextQuestion:
    """Try the values of one fact on the findings that miss it."""
    vocabulary, as_of = judge.vocabulary, judge.as_of
    settled = [_settled(key, value, concerned, judge) for value in values]
    counts = [len(items) for items in settled]
    weights = [
        sum(_MONEY_WEIGHT if _pays(item.measure) else 1 for item in items) for items in settled
    ]
    cost = cost_of(key.attribute, key.member, vocabulary)
    alone = [item for item in concerned if item.missing == (key,)]
    others = [item for item in concerned if item.missing != (key,)]
    return NextQuestion(
        key=key,
        least=min(counts, default=0),
        most=max(counts, default=0),
        alone=tuple(item.measure for item in alone),
        measures=tuple(item.measure for item in (*alone, *others)),
        money=any(_pays(item.measure) for item in concerned),
        cost=cost,
        related=tuple(
            other
            for other in partners.get(key, ())
            if other != key and askable(other, judge.profile, as_of, vocabulary)
        ),
        example=values[counts.index(max(counts))] if counts else None,
        worth=Fraction(sum(weights), len(weights) * cost) if weights else Fraction(0),
    )


def _pays(measure: Measure) -> bool:
    return measure.benefit_basis not in _UNPAID


def _settled(
    key: FactKey, value: FactValue, concerned: Sequence[Finding], judge: LeafJudge
) -> list[Finding]:
    """List the findings that are no longer open once a fact has a value."""
    informed = knowing(judge, {key: Fact(value)})
    return [item for item in concerned if again(item.outcome, informed, key).truth is not None]

"""The eligibility check: a question asked on the phone, its answer kept, the verdicts it changed.

An answer becomes a fact that the company declares, whatever was seen on paper; only a custodian's own
file attests. The answer, the record of the call and the audit are one unit of work.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from matcher.profile import FactKey, Profile
from matcher.values import fold
from matcher.vocabulary.model import Kind, Vocabulary
from webapp.database import retrying
from webapp.services.asking import Asked, find
from webapp.services.audit.chain import Deed, append
from webapp.services.desk.calls import How, Outcome, Service, allow, own_call, service_of
from webapp.services.desk.service import COMPANY, Desk, Standing, role_of, standing, standing_on
from webapp.services.people.roles import Actor
from webapp.services.questions import IDENTITY, NO, UNSURE, Answer, Questionnaire
from webapp.services.registry.declared import SEEN
from webapp.services.registry.facts import DECLARED, StoredFact, stored_facts
from webapp.services.registry.learning import Overtaken, Telling, Told, learn
from webapp.tables.calls import CallAnswer

JUMPS = 12
"""Questions that a search for one lists."""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered: None where the question was skipped."""

    asked: Asked
    answer: Answer | None
    how: How = How.SAID

    @property
    def outcome(self) -> Outcome:
        """What became of the question."""
        if self.answer is None:
            return Outcome.SKIPPED
        said = self.answer.values() if isinstance(self.answer, Mapping) else [self.answer]
        return Outcome.UNSURE if all(one == UNSURE for one in said) else Outcome.ANSWERED


def passed_over(service: Service | None, questionnaire: Questionnaire, year: int) -> set[FactKey]:
    """Give the facts that need not be asked again in a service: 不清楚 or skipped."""
    found: set[FactKey] = set()
    for name in service.passed_over if service else ():
        asked = find(name, questionnaire)
        if asked is not None:
            found |= keys_of(asked, year)
    return found


def keys_of(asked: Asked, year: int) -> set[FactKey]:
    """Give the facts that a question asks for; yearly figures are those of ``year``."""
    attribute = asked.question.attribute
    period = year if attribute.yearly else None
    if asked.member is None:
        return {FactKey(attribute.label, None, period)}
    members = attribute.members if asked.question.closes_itself else (asked.member,)
    return {FactKey(attribute.label, member.label, period) for member in members}


def record(
    desk: Desk, actor: Actor, company: int, given: Given, now: datetime, today: date
) -> Service:
    """Keep an answer of the open service, and what it changed.

    Raises `Missing` where no service is open, `SourceError` where the answer cannot be read.
    """
    allow(actor)
    for left in range(_TRIES - 1, -1, -1):
        try:
            return _recorded(desk, actor, company, given, now, today)
        except Overtaken:
            if left == 0:
                raise
    raise AssertionError("unreachable")


def _recorded(
    desk: Desk, actor: Actor, company: int, given: Given, now: datetime, today: date
) -> Service:
    vocabulary = desk.matchmaker.catalogue.vocabulary
    with desk.database.reading() as session:
        service = service_of(session, own_call(session, actor, company))
    year = today.year - 1
    unsure = passed_over(service, desk.questionnaire, year)
    before = standing(desk, actor, company, today, unsure)
    told: list[Told] = []
    after = before
    if given.outcome is Outcome.ANSWERED:
        told = told_of(given, vocabulary, year, before.facts)
        after = standing_on(desk, actor, _with(before.facts, told, now), today, unsure)
    telling = Telling("", None, now, entered_by=actor.id)

    def unit() -> Service:
        with desk.database.writing() as session:
            call = own_call(session, actor, company)
            if told:
                learn(session, {company: told}, telling, vocabulary)
                digest = desk.sealer.digest([[one.place, one.value] for one in told])
                deed = Deed("facts.declare", COMPANY, str(company), after=digest)
                append(session, actor, role_of(actor), deed, now)
            _note(session, call.id, given, call.measure_id, before, after, now)
            return service_of(session, call)

    return retrying(unit)


def _note(
    session: Session,
    call: int,
    given: Given,
    measure: str,
    before: Standing,
    after: Standing,
    now: datetime,
) -> None:
    """Add a line to the record of a call."""
    last = session.scalar(select(func.max(CallAnswer.place)).where(CallAnswer.call_id == call))
    session.add(
        CallAnswer(
            call_id=call,
            place=(last or 0) + 1,
            fact=given.asked.id,
            outcome=given.outcome.value,
            how=given.how.value,
            measure_id=measure,
            before=before.told(measure),
            after=after.told(measure),
            at=now,
        )
    )
    session.flush()


def told_of(
    given: Given, vocabulary: Vocabulary, year: int, facts: Iterable[StoredFact]
) -> list[Told]:
    """Give the rows that an answer is kept in; a choice among members ends an earlier choice."""
    file = given.asked.put({}, given.answer, vocabulary, year)
    source = SEEN if given.how is How.SEEN else ""
    told = [
        Told(name, member, period, value, False, source)
        for name, member, period, value in stored_facts(file)
    ]
    if given.asked.question.closes_itself:
        places = {one.place for one in told}
        told += [
            Told(one.attribute, one.member, one.period, json.dumps(NO, ensure_ascii=False), False)
            for one in facts
            if not one.custodian
            and one.attribute == given.asked.question.attribute.label
            and one.place not in places
        ]
    return told


def _with(
    facts: Sequence[StoredFact], told: Sequence[Told], now: datetime
) -> tuple[StoredFact, ...]:
    """Give the facts as they are once the company has said some."""
    places = {one.place for one in told}
    kept = [one for one in facts if one.custodian or one.place not in places]
    received = now.isoformat()
    new = [
        StoredFact(*one.place, "", DECLARED, one.value, one.source, "", "", received)
        for one in told
    ]
    return tuple(sorted(kept + new))


def jumps(questionnaire: Questionnaire, text: str, english: bool = False) -> list[str]:
    """Find questions by words, out of order: by the names of attributes first, then of their members."""
    wanted = fold(text).casefold().replace(" ", "")
    if not wanted:
        return []
    named, inside = [], []
    for group in questionnaire.groups:
        for question in group.questions:
            attribute = question.attribute
            if attribute.label in IDENTITY:
                continue
            own = (attribute.label, attribute.question, attribute.english.name, *attribute.aliases)
            members = [member for part in question.parts for member in part.members]
            if not members and _says(own, wanted):
                named.append(attribute.id)
            for member in members:
                words = (member.label, member.english.name, *member.aliases)
                if _says(words, wanted):
                    inside.append(f"{attribute.id}.{member.id}")
            if question.closes_itself and _says(own, wanted):
                named.append(f"{attribute.id}.{members[0].id}")
    return list(dict.fromkeys(named + inside))[:JUMPS]


def _says(words: Iterable[str], wanted: str) -> bool:
    return any(wanted in fold(word).casefold().replace(" ", "") for word in words if word)


def remaining(found: Standing, measure: str, vocabulary: Vocabulary) -> int:
    """Count the questions that a measure can still need at most."""
    finding = found.results.of(measure)
    if finding is None:
        return 0
    asked = [key for key in finding.missing if vocabulary.attributes[key.attribute].in_form]
    return len(
        {_question(key, vocabulary) for key in asked if key not in found.results.profile.unsure}
    )


def _question(key: FactKey, vocabulary: Vocabulary) -> tuple[str, str | None]:
    """Name the question that asks for a fact: one choice answers for all its members."""
    closes = vocabulary.attributes[key.attribute].closed_by_answer
    return key.attribute, None if closes else key.member


def dated(asked: Asked) -> bool:
    """Say whether an answer may say until when: of titles and of standing on a list."""
    return asked.question.attribute.kind is Kind.TITLES


def knows(profile: Profile, asked: Asked, year: int) -> bool:
    """Say whether a question is answered already."""
    return all(profile.knows(key) for key in keys_of(asked, year))

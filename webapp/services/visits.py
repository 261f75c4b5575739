"""What a company saw at its last visit -> what is new since: measures met, no longer met, changed questions.

A visit is a day: whoever comes back on another day, or after the rules changed, is told what changed since
the last time, all through that visit. Nothing but ids and digests is kept, and it goes with the profile.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.dialects import postgresql, sqlite

from matcher.finding import Finding
from matcher.vocabulary.model import Attribute
from webapp.database import Database, retrying
from webapp.models import SavedProfile, Visit
from webapp.services.matching import Results
from webapp.services.profiles import token_digest
from webapp.services.questions import Question, Questionnaire

_DIGITS = 8
"""Hexadecimal digits of a question's digest: it only has to differ from that of one older wording."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a company saw: the day, the version of the rules, the measures met, its questions by label."""

    day: date
    rules: str
    met: tuple[str, ...]
    questions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Since:
    """What is new since an earlier visit.

    ``rules_changed`` says whether the rules are others; ``questions`` are those that are new or asked
    otherwise by these rules. ``lost`` are ids of measures that were met; some may be gone.
    """

    day: date
    gained: tuple[Finding, ...]
    lost: tuple[str, ...]
    rules_changed: bool
    questions: tuple[Question, ...]


def visit(
    database: Database, token: str, found: Results, rules: str, questionnaire: Questionnaire
) -> Since | None:
    """Note what is being seen and compare it with the visit before; None at the first visit."""
    now = Seen(
        found.as_of,
        rules,
        tuple(sorted(item.measure.id for item in found.met)),
        {item.attribute.label: _asked(item.attribute) for item in _questions(questionnaire)},
    )
    before = _note(database, token, now)
    if before is None:
        return None
    changed = [
        item
        for item in _questions(questionnaire)
        if before.questions.get(item.attribute.label) != now.questions[item.attribute.label]
    ]
    return Since(
        before.day,
        tuple(item for item in found.met if item.measure.id not in before.met),
        tuple(id_ for id_ in before.met if id_ not in now.met),
        before.rules != rules,
        tuple(changed),
    )


def _questions(questionnaire: Questionnaire) -> list[Question]:
    return [question for group in questionnaire.groups for question in group.questions]


def _asked(attribute: Attribute) -> str:
    """Digest what a question asks and which answers it offers; hints may change freely."""
    asked = [
        attribute.question,
        attribute.kind.value,
        attribute.unit.name if attribute.unit else "",
        attribute.yearly,
        [item.label for item in attribute.members],
        list(attribute.stages),
    ]
    text = json.dumps(asked, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _note(database: Database, token: str, now: Seen) -> Seen | None:
    """Keep what is seen now; give what was seen at the visit before."""
    profile = SavedProfile.token_hash == token_digest(token)
    wanted = select(Visit).join(SavedProfile, SavedProfile.id == Visit.profile_id).where(profile)
    with database.reading() as session:
        row = session.scalars(wanted).one_or_none()
        last = _load(row.seen) if row is not None else None
        before = _load(row.before) if row is not None and row.before else None
    if last == now:
        return before
    if last is not None and (last.day, last.rules) != (now.day, now.rules):
        before = last
    insert: Any = (sqlite if database.embedded else postgresql).insert(Visit)
    texts = {"seen": _dump(now), "before": _dump(before) if before is not None else None}
    # From the profile itself: one that is deleted meanwhile gets no row.
    source = select(SavedProfile.id, literal(texts["seen"]), literal(texts["before"])).where(
        profile
    )
    kept = insert.from_select(["profile_id", *texts], source).on_conflict_do_update(
        index_elements=[Visit.profile_id], set_=texts
    )

    def work() -> None:
        with database.writing() as session:
            session.execute(kept)

    retrying(work)
    return before


def _dump(seen: Seen) -> str:
    kept = {
        "day": seen.day.isoformat(),
        "rules": seen.rules,
        "met": seen.met,
        "questions": dict(seen.questions),
    }
    return json.dumps(kept, ensure_ascii=False)


def _load(text: str) -> Seen:
    kept = json.loads(text)
    day = date.fromisoformat(kept["day"])
    return Seen(day, kept["rules"], tuple(kept["met"]), kept["questions"])

"""What a source says of companies -> rows of facts in two times; nothing known before is overwritten.

A row that says something new ends the one before it (``known_until``) and stands beside it for ever. What
an older file says after a newer one is kept, and was never what we knew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from matcher.vocabulary.model import Vocabulary
from webapp.services.bulk import insert_columns, new_keys
from webapp.services.registry.conflicts import note_conflicts
from webapp.services.registry.current import Current, current_rows
from webapp.services.registry.facts import ATTESTED, DECLARED
from webapp.services.watch.inbox import note
from webapp.tables.registry import FactRow

FACTS = "facts"
"""The kind of the inbox events that changed facts write."""


class Overtaken(RuntimeError):
    """Another unit of work changed the same facts meanwhile; do this one again."""


@dataclass(frozen=True, slots=True)
class Told:
    """One fact as a source tells it; ``value`` is JSON as a company file writes it."""

    attribute: str
    member: str
    period: str
    value: str
    attested: bool
    source: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        """What the fact is about, whoever says it."""
        return self.attribute, self.member, self.period


@dataclass(frozen=True, slots=True)
class Telling:
    """Who tells facts, as of which day, and through what."""

    custodian: str
    valid_from: date | None
    now: datetime
    valid_to: date | None = None
    import_id: int | None = None
    entered_by: int | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """How many facts were new, were known already, or were older than what is known."""

    new: int = 0
    same: int = 0
    outdated: int = 0
    conflicts: int = 0


def learn(
    session: Session,
    told: Mapping[int, Sequence[Told]],
    telling: Telling,
    vocabulary: Vocabulary,
    *,
    complete: bool = False,
) -> Learned:
    """Take over what one source says of companies, inside an open unit of work.

    ``complete`` says that the source said all it has to say: what it said before and no longer says ends.
    Changed companies get an inbox event in the same commit.
    """
    news = _News(telling)
    for company, known in current_rows(session, told).items():
        news.compare(company, told[company], known, complete=complete)
    _end(session, [row.id for row in news.ended], telling.now)
    keys = news.insert(session)
    pairs = [(other, news.row(keys, new)) for new, others in news.beside for other in others]
    conflicts = note_conflicts(session, pairs, vocabulary, telling.now)
    changed = {news.companies[new] for new in news.counting}
    if complete:
        changed |= {row.company_id for row in news.ended}
    if changed:
        newest = max(keys, default=max((row.id for row in news.ended), default=0))
        note(session, changed, FACTS, f"{FACTS}:{newest}:{len(news.ended)}", telling.now)
    return Learned(len(news.counting), news.same, news.outdated, conflicts)


class _News:
    """What is told beside what is known: rows to add, column by column, and rows that end.

    ``counting`` are the places of new rows that are known from now on, ``beside`` those of which another
    source says something too.
    """

    def __init__(self, telling: Telling) -> None:
        self.telling = telling
        self.companies: list[int] = []
        self.facts: list[Told] = []
        self.late: list[bool] = []
        self.ended: list[Current] = []
        self.beside: list[tuple[int, list[Current]]] = []
        self.same = 0

    @property
    def outdated(self) -> int:
        return sum(self.late)

    @property
    def counting(self) -> list[int]:
        return [new for new, late in enumerate(self.late) if not late]

    def compare(
        self, company: int, facts: Sequence[Told], known: Sequence[Current], *, complete: bool
    ) -> None:
        """Compare what is told of a company with what is known of it."""
        own: dict[tuple[str, str, str], Current] = {}
        others: dict[tuple[str, str, str], list[Current]] = {}
        for row in known:
            if row.custodian == self.telling.custodian:
                own[row.place] = row
            else:
                others.setdefault(row.place, []).append(row)
        for fact in facts:
            place = fact.place
            before = own.pop(place, None)
            if before is not None and _says_same(before, fact, self.telling):
                self.same += 1
                continue
            late = before is not None and _is_newer(before, self.telling)
            if before is not None and not late:
                self.ended.append(before)
            if not late and place in others:
                self.beside.append((len(self.facts), others[place]))
            self.companies.append(company)
            self.facts.append(fact)
            self.late.append(late)
        if complete:
            self.ended += own.values()

    def insert(self, session: Session) -> Sequence[int]:
        """Add the rows and give their keys."""
        if not self.facts:
            return ()
        telling, facts = self.telling, self.facts
        keys = new_keys(session, FactRow, len(facts))
        same = {
            "custodian": telling.custodian,
            "valid_from": telling.valid_from,
            "valid_to": telling.valid_to,
            "received_at": telling.now,
            "import_id": telling.import_id,
            "entered_by": telling.entered_by,
        }
        each: dict[str, Sequence[Any]] = {
            "id": keys,
            "company_id": self.companies,
            "attribute": [fact.attribute for fact in facts],
            "member": [fact.member for fact in facts],
            "period": [fact.period for fact in facts],
            "value": [fact.value for fact in facts],
            "assurance": [ATTESTED if fact.attested else DECLARED for fact in facts],
            "source": [fact.source for fact in facts],
        }
        if any(self.late):
            each["known_until"] = [telling.now if late else None for late in self.late]
        insert_columns(session, FactRow, same, each)
        return keys

    def row(self, keys: Sequence[int], new: int) -> Current:
        """Give a row that was added."""
        fact, telling = self.facts[new], self.telling
        return Current(
            keys[new],
            self.companies[new],
            *fact.place,
            fact.value,
            ATTESTED if fact.attested else DECLARED,
            telling.custodian,
            fact.source,
            telling.valid_from,
            telling.valid_to,
        )


def _says_same(row: Current, fact: Told, telling: Telling) -> bool:
    """Say whether a row says the fact already; that it was said again later changes nothing."""
    return (
        (row.value == fact.value or json.loads(row.value) == json.loads(fact.value))
        and (row.assurance == ATTESTED) == fact.attested
        and row.valid_to == telling.valid_to
        and row.source == fact.source
    )


def _is_newer(row: Current, telling: Telling) -> bool:
    return (
        row.valid_from is not None
        and telling.valid_from is not None
        and row.valid_from > telling.valid_from
    )


def _end(session: Session, rows: Sequence[int], now: datetime) -> None:
    """End rows that were known until now; each must still be."""
    if not rows:
        return
    statement = (
        update(FactRow)
        .where(FactRow.id.in_(rows), FactRow.known_until.is_(None))
        .values(known_until=now)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", session.execute(statement)).rowcount != len(rows):
        raise Overtaken

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

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.orm import Session

from matcher.vocabulary.model import Vocabulary
from webapp.services.registry.conflicts import note_conflicts
from webapp.services.registry.facts import ATTESTED, DECLARED
from webapp.services.watch.inbox import note
from webapp.tables.registry import CompanyRow, FactRow

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
    current = current_rows(session, told)
    ended: list[int] = []
    rows: list[dict[str, Any]] = []
    same = outdated = 0
    for company, facts in told.items():
        own = {
            (row.attribute, row.member, row.period): row
            for row in current[company]
            if row.custodian == telling.custodian
        }
        for fact in facts:
            known = own.pop(fact.place, None)
            if known is not None and _says_same(known, fact, telling):
                same += 1
                continue
            late = known is not None and _is_newer(known, telling)
            if known is not None and not late:
                ended.append(known.id)
            outdated += late
            rows.append(_row(company, fact, telling, telling.now if late else None))
        if complete:
            ended += [row.id for row in own.values()]
    _end(session, ended, telling.now)
    new = _insert(session, rows)
    changed = {row.company_id for row in new}
    if complete:
        changed |= _owners(current, ended)
    conflicts = note_conflicts(session, new, current, vocabulary, telling.now)
    if changed:
        newest = max((row.id for row in new), default=max(ended, default=0))
        note(session, changed, FACTS, f"{FACTS}:{newest}:{len(ended)}", telling.now)
    return Learned(len(new), same, outdated, conflicts)


def current_rows(
    session: Session, companies: Mapping[int, Any] | Sequence[int]
) -> dict[int, list[FactRow]]:
    """Give what is known of companies now; their rows are held, so that writers follow each other."""
    wanted = sorted(companies)
    session.execute(
        select(CompanyRow.id)
        .where(CompanyRow.id.in_(wanted))
        .order_by(CompanyRow.id)
        .with_for_update()
    )
    found: dict[int, list[FactRow]] = {company: [] for company in wanted}
    rows = select(FactRow).where(FactRow.company_id.in_(wanted), FactRow.known_until.is_(None))
    for row in session.scalars(rows.execution_options(populate_existing=True)):
        found[row.company_id].append(row)
    return found


def _says_same(row: FactRow, fact: Told, telling: Telling) -> bool:
    """Say whether a row says the fact already; that it was said again later changes nothing."""
    return (
        json.loads(row.value) == json.loads(fact.value)
        and (row.assurance == ATTESTED) == fact.attested
        and row.valid_to == telling.valid_to
        and row.source == fact.source
    )


def _is_newer(row: FactRow, telling: Telling) -> bool:
    return (
        row.valid_from is not None
        and telling.valid_from is not None
        and row.valid_from > telling.valid_from
    )


def _row(
    company: int, fact: Told, telling: Telling, known_until: datetime | None
) -> dict[str, Any]:
    return {
        "company_id": company,
        "attribute": fact.attribute,
        "member": fact.member,
        "period": fact.period,
        "value": fact.value,
        "assurance": ATTESTED if fact.attested else DECLARED,
        "custodian": telling.custodian,
        "source": fact.source,
        "valid_from": telling.valid_from,
        "valid_to": telling.valid_to,
        "received_at": telling.now,
        "known_until": known_until,
        "import_id": telling.import_id,
        "entered_by": telling.entered_by,
    }


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


def _insert(session: Session, rows: Sequence[dict[str, Any]]) -> list[FactRow]:
    """Insert rows and give those that are known from now on."""
    if not rows:
        return []
    made = session.scalars(
        insert(FactRow).returning(FactRow, sort_by_parameter_order=True), list(rows)
    ).all()
    return [row for row in made if row.known_until is None]


def _owners(current: Mapping[int, Sequence[FactRow]], rows: Sequence[int]) -> set[int]:
    ids = set(rows)
    return {company for company, known in current.items() if any(row.id in ids for row in known)}

"""Two sources that say different things of one fact: kept, shown, and settled by rule or by people.

The rule: what the fact's custodian attests goes before what anybody else says. Where two attested facts
disagree neither counts as attested until one person has proposed and another has decided.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.orm import Session, aliased

from matcher.language.diagnostics import SourceError
from matcher.language.profiles import Channel
from matcher.profile import Activity, FactValue, Tenure
from matcher.vocabulary.model import Vocabulary
from webapp.database import Database, retrying
from webapp.services.audit.chain import Deed, Sealer, append
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.roles import Actor, Permission
from webapp.services.registry.current import Current
from webapp.services.registry.doubts import BY_CUSTODIAN
from webapp.services.registry.facts import ATTESTED, read_rows
from webapp.services.watch.inbox import note
from webapp.tables.registry import FactConflict, FactRow


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two facts that disagree, with how it stands: settled by a rule or a person, proposed, or open."""

    id: int
    company: int
    first: FactRow
    second: FactRow
    row: FactConflict

    @property
    def needs_two(self) -> bool:
        """Say whether one person alone may not settle it."""
        return self.first.assurance == self.second.assurance == ATTESTED

    @property
    def settled(self) -> bool:
        """Say whether it is known which of the two counts."""
        return self.row.chosen_id is not None


Said = FactRow | Current
"""What one source says of one fact."""


def note_conflicts(
    session: Session, pairs: Iterable[tuple[Said, Said]], vocabulary: Vocabulary, now: datetime
) -> int:
    """Keep the disagreements among pairs of what was known and what is new; gives their number."""
    rows = []
    for other, fact in pairs:
        if agree(other, fact, vocabulary, now.date()):
            continue
        chosen = _by_rule(other, fact)
        rows.append(
            {
                "company_id": fact.company_id,
                "first_id": other.id,
                "second_id": fact.id,
                "chosen_id": chosen,
                "ground": BY_CUSTODIAN if chosen else "",
                "found_at": now,
                "decided_at": now if chosen else None,
            }
        )
    if rows:
        session.execute(insert(FactConflict), rows)
    return len(rows)


def _by_rule(one: Said, two: Said) -> int | None:
    attested = [row.id for row in (one, two) if row.assurance == ATTESTED]
    return attested[0] if len(attested) == 1 else None


def agree(one: Said, two: Said, vocabulary: Vocabulary, day: date) -> bool:
    """Say whether two rows do not contradict each other: 持有 agrees with a dated certificate."""
    if one.value == two.value or json.loads(one.value) == json.loads(two.value):
        return True
    first, second = (_value(row, vocabulary, day) for row in (one, two))
    if isinstance(first, Tenure) and isinstance(second, Tenure):
        return first.held(day) == second.held(day) and _same_days(first, second)
    if isinstance(first, Activity) and isinstance(second, Activity):
        return first.state == second.state
    return first == second


def _same_days(first: Tenure, second: Tenure) -> bool:
    """Say whether no day or level that both name is different; one that only one names is no quarrel."""
    for one, two in zip(first.spells, second.spells, strict=False):
        pairs = ((one.start, two.start), (one.end, two.end), (one.level, two.level))
        if any(a != b for a, b in pairs if a is not None and b is not None):
            return False
    return True


def _value(row: Said, vocabulary: Vocabulary, day: date) -> FactValue | None:
    """Read what a row says; None where today's rules cannot."""
    try:
        facts = read_rows([row], row.custodian, vocabulary, day, Channel())
    except SourceError:
        return None
    return next(
        (
            fact.value
            for key, fact in facts.items()
            if key.attribute == row.attribute and (key.member or "") == row.member
        ),
        None,
    )


# --- shown and settled -----------------------------------------------------------------------------


def conflicts_of(
    session: Session, company: int | None = None, *, unsettled: bool = False
) -> list[Conflict]:
    """List the conflicts whose facts are both known now, the oldest first."""
    first, second = aliased(FactRow), aliased(FactRow)
    wanted = (
        select(FactConflict, first, second)
        .join(first, FactConflict.first_id == first.id)
        .join(second, FactConflict.second_id == second.id)
        .where(first.known_until.is_(None), second.known_until.is_(None))
        .order_by(FactConflict.id)
    )
    if company is not None:
        wanted = wanted.where(FactConflict.company_id == company)
    if unsettled:
        wanted = wanted.where(FactConflict.chosen_id.is_(None))
    return [
        Conflict(row.id, row.company_id, one, two, row) for row, one, two in session.execute(wanted)
    ]


def settle(
    database: Database,
    sealer: Sealer,
    actor: Actor,
    conflict: int,
    chosen: int,
    ground: str,
    now: datetime,
) -> bool:
    """Choose one of two facts; True where that settles it, False where another person has to agree.

    Raises `Refused`: settled already, no ground, the same person, or another fact than proposed.
    """
    if not actor.may(Permission.FACTS_SETTLE):
        raise Refused("not_allowed")
    if not ground.strip():
        raise Refused("reason_missing")

    def unit() -> bool:
        with database.writing() as session:
            return _settle(session, sealer, actor, conflict, chosen, ground.strip(), now)

    return retrying(unit)


def _settle(
    session: Session,
    sealer: Sealer,
    actor: Actor,
    id_: int,
    chosen: int,
    ground: str,
    now: datetime,
) -> bool:
    found = [one for one in _of_id(session, id_) if chosen in (one.first.id, one.second.id)]
    if not found:
        raise Missing
    conflict = found[0]
    if conflict.settled:
        raise Refused("conflict_settled")
    proposes = conflict.needs_two and conflict.row.proposed_by is None
    if conflict.needs_two and not proposes:
        if conflict.row.proposed_by == actor.id:
            raise Refused("same_person", action="propose")
        if conflict.row.proposed_id != chosen:
            raise Refused("conflict_other_proposed")
    changes: dict[str, Any] = (
        {"proposed_id": chosen, "proposed_by": actor.id, "proposed_at": now, "ground": ground}
        if proposes
        else {"chosen_id": chosen, "decided_by": actor.id, "decided_at": now, "ground": ground}
    )
    seen = conflict.row.proposed_by
    statement = (
        update(FactConflict)
        .where(
            FactConflict.id == id_,
            FactConflict.chosen_id.is_(None),
            FactConflict.proposed_by.is_(None)
            if seen is None
            else FactConflict.proposed_by == seen,
        )
        .values(**changes)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", session.execute(statement)).rowcount != 1:
        raise Refused("conflict_settled")
    action = "conflict.propose" if proposes else "conflict.settle"
    deed = Deed(action, "conflict", str(id_), after=sealer.digest([id_, chosen, ground]))
    append(session, actor, min(actor.roles).value, deed, now)
    if not proposes:
        note(session, [conflict.company], "conflict", f"conflict:{id_}", now)
    return not proposes


def take_back(
    database: Database, sealer: Sealer, actor: Actor, conflict: int, now: datetime
) -> None:
    """Take back a proposal that nobody agreed to, so that another can be made."""
    if not actor.may(Permission.FACTS_SETTLE):
        raise Refused("not_allowed")

    def unit() -> None:
        with database.writing() as session:
            statement = (
                update(FactConflict)
                .where(
                    FactConflict.id == conflict,
                    FactConflict.chosen_id.is_(None),
                    FactConflict.proposed_by.is_not(None),
                )
                .values(proposed_id=None, proposed_by=None, proposed_at=None, ground="")
            )
            if cast("CursorResult[Any]", session.execute(statement)).rowcount != 1:
                raise Refused("conflict_settled")
            deed = Deed("conflict.take_back", "conflict", str(conflict))
            append(session, actor, min(actor.roles).value, deed, now)

    retrying(unit)


def _of_id(session: Session, id_: int) -> list[Conflict]:
    row = session.get(FactConflict, id_, with_for_update=True)
    if row is None:
        return []
    return [one for one in conflicts_of(session, row.company_id) if one.id == id_]

"""Entering what departments decided: one person enters it with its document, another approves it.

Until then it counts for nothing. Nothing is corrected in place: a further entry for the same thing and
day ends the one before, from the moment of its approval on, and both stay as history.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.orm import Session

from matcher.registry.codes import fold_one
from matcher.values import ValueFault
from matcher.vocabulary.model import JUDGEMENT, LIST, PARAMETER, Vocabulary
from webapp.database import Database, retrying
from webapp.services.audit.chain import Deed, Sealer, append
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.roles import Actor, Permission
from webapp.services.registry.decided import status_named
from webapp.services.watch.inbox import note, sweep
from webapp.tables.columns import NAME
from webapp.tables.registry import (
    CompanyRow,
    Decided,
    Judgement,
    ListDocument,
    ListEntry,
    ParameterValue,
)

TABLES: dict[str, type[Judgement] | type[ListDocument] | type[ParameterValue]] = {
    "judgement": Judgement,
    "list": ListDocument,
    "parameter": ParameterValue,
}
"""The kinds of decisions, as addresses and audit name them."""
EVERYBODY = "everybody"
"""The kind of a sweep over all companies."""
MAX_ENTRIES = 200_000
_DECISION = "decision"
_FIRST = 1_000


@dataclass(frozen=True, slots=True)
class Desk:
    """What entering decisions needs: the database, who seals, and today's words."""

    database: Database
    sealer: Sealer
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class NewJudgement:
    """A judgement to enter; ``measure`` is empty where it counts for every measure that asks for it."""

    company: int
    name: str
    holds: bool
    decided_on: date
    document: str
    measure: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True)
class NewList:
    """A version of a list to enter: codes and names as given, either may be empty."""

    name: str
    as_of: date
    document: str
    entries: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class NewParameter:
    """A parameter's value to enter, with its unit, from a day on."""

    name: str
    value: str
    first_day: date
    document: str


New = NewJudgement | NewList | NewParameter


def enter(desk: Desk, actor: Actor, new: New, now: datetime, today: date) -> int:
    """Enter a decision and give its key; it counts once another person approves it.

    Raises `Refused`: no document number, a name that no rule knows, a future day, a value without its
    unit, an unknown company, an empty list.
    """
    if not actor.may(Permission.DECISIONS_ENTER) or actor.id is None:
        raise Refused("not_allowed")
    if not new.document.strip():
        raise Refused("document_missing")
    kind, values, entries = _values(desk, new, today)
    row = {**values, "document_no": new.document.strip()[:NAME]}
    row |= {"entered_by": actor.id, "entered_at": now}

    def unit() -> int:
        with desk.database.writing() as session:
            return _enter(session, desk, actor, kind, row, entries, now)

    return retrying(unit)


def _enter(
    session: Session,
    desk: Desk,
    actor: Actor,
    kind: str,
    row: dict[str, Any],
    entries: Sequence[tuple[str, str]],
    now: datetime,
) -> int:
    if kind == "judgement" and session.get(CompanyRow, row["company_id"]) is None:
        raise Refused("company_unknown")
    made = TABLES[kind](**row)
    session.add(made)
    session.flush()
    if entries:
        session.execute(
            insert(ListEntry),
            [
                {"list_id": made.id, "row": place, "code": code, "name": name}
                for place, (code, name) in enumerate(entries, 1)
            ],
        )
    told = {key: value for key, value in row.items() if key not in ("entered_by", "entered_at")}
    deed = Deed(
        f"decision.enter.{kind}", kind, str(made.id), after=desk.sealer.digest([told, len(entries)])
    )
    append(session, actor, min(actor.roles).value, deed, now)
    return made.id


def _values(
    desk: Desk, new: New, today: date
) -> tuple[str, dict[str, Any], Sequence[tuple[str, str]]]:
    """Check an entry and give its kind, its columns and the entries of a list."""
    words = desk.vocabulary
    day = new.decided_on if isinstance(new, NewJudgement) else None
    if isinstance(new, NewJudgement):
        _known(words.member(JUDGEMENT, new.name) is not None, new.name)
        values: dict[str, Any] = {
            "company_id": new.company,
            "name": new.name,
            "measure_id": new.measure,
            "period": new.period,
            "holds": new.holds,
            "decided_on": new.decided_on,
        }
        _not_future(day, today)
        return "judgement", values, ()
    if isinstance(new, NewList):
        known = words.member(LIST, new.name) is not None or status_named(new.name, words)
        _known(bool(known), new.name)
        _not_future(new.as_of, today)
        entries = _entries(new.entries)
        counts = {
            "codes": sum(bool(c) for c, _ in entries),
            "names": sum(bool(n) for _, n in entries),
        }
        return "list", {"name": new.name, "as_of": new.as_of, **counts}, entries
    member = words.member(PARAMETER, new.name)
    if member is None:
        raise Refused("name_unknown", name=new.name)
    try:
        words.units.parse(new.value, words.parameter_unit(member))
    except ValueFault as fault:
        raise Refused("value_wrong", said=str(fault), repair=fault.hint) from fault
    return "parameter", {"name": new.name, "first_day": new.first_day, "value": new.value}, ()


def _known(known: bool, name: str) -> None:
    if not known:
        raise Refused("name_unknown", name=name)


def _not_future(day: date | None, today: date) -> None:
    if day is not None and day > today:
        raise Refused("day_in_future", day=day)


def _entries(given: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Fold codes and drop blank lines; names stay as given."""
    entries = [(fold_one(code)[:18], name.strip()[:NAME]) for code, name in given]
    entries = [entry for entry in entries if any(entry)]
    if not entries:
        raise Refused("list_empty")
    if len(entries) > MAX_ENTRIES:
        raise Refused("list_too_long", most=MAX_ENTRIES)
    return entries


# --- approving -------------------------------------------------------------------------------------


def approve(desk: Desk, actor: Actor, kind: str, id_: int, now: datetime) -> None:
    """Approve an entry: from now on it counts, and an earlier one for the same thing and day ends.

    Raises `Refused` for the person who entered it, and where it was approved or withdrawn already.
    """
    if not actor.may(Permission.DECISIONS_APPROVE) or actor.id is None:
        raise Refused("not_allowed")

    def unit() -> None:
        with desk.database.writing() as session:
            row = _of(session, kind, id_)
            if row.entered_by == actor.id:
                raise Refused("same_person", action="enter")
            _change(session, kind, id_, {"approved_by": actor.id, "approved_at": now})
            _end_earlier(session, kind, row, actor.id, now)
            _tell(session, kind, row, now)
            deed = Deed(f"decision.approve.{kind}", kind, str(id_))
            append(session, actor, min(actor.roles).value, deed, now)

    retrying(unit)


def withdraw(desk: Desk, actor: Actor, kind: str, id_: int, now: datetime) -> None:
    """Withdraw an entry that nobody approved yet: by who entered it, or by who may approve."""

    def unit() -> None:
        with desk.database.writing() as session:
            row = _of(session, kind, id_)
            own = actor.id == row.entered_by and actor.may(Permission.DECISIONS_ENTER)
            if not own and not actor.may(Permission.DECISIONS_APPROVE):
                raise Refused("not_allowed")
            _change(session, kind, id_, {"ended_by": actor.id, "ended_at": now})
            deed = Deed(f"decision.withdraw.{kind}", kind, str(id_))
            append(session, actor, min(actor.roles).value, deed, now)

    retrying(unit)


def _of(session: Session, kind: str, id_: int) -> Any:
    row = session.get(TABLES[kind], id_) if kind in TABLES else None
    if row is None:
        raise Missing
    return row


def _change(session: Session, kind: str, id_: int, changes: dict[str, Any]) -> None:
    """Change an entry that is neither approved nor ended, in one statement: one of two people wins."""
    table = TABLES[kind]
    statement = (
        update(table)
        .where(table.id == id_, table.approved_at.is_(None), table.ended_at.is_(None))
        .values(**changes)
        .execution_options(synchronize_session=False)
    )
    if cast("CursorResult[Any]", session.execute(statement)).rowcount != 1:
        raise Refused("decision_settled")


def _same_place(kind: str, row: Any) -> dict[str, Any]:
    """Name what an entry is about, its day included."""
    places = {
        "judgement": ("company_id", "name", "measure_id", "period", "decided_on"),
        "list": ("name", "as_of"),
        "parameter": ("name", "first_day"),
    }
    return {column: getattr(row, column) for column in places[kind]}


def _end_earlier(session: Session, kind: str, row: Any, by: int | None, now: datetime) -> None:
    table = TABLES[kind]
    session.execute(
        update(table)
        .filter_by(**_same_place(kind, row))
        .where(table.id != row.id, table.approved_at.is_not(None), table.ended_at.is_(None))
        .values(ended_by=by, ended_at=now)
        .execution_options(synchronize_session=False)
    )


def _tell(session: Session, kind: str, row: Any, now: datetime) -> None:
    """Let the watch look at whom the decision concerns; a list or parameter concerns everybody."""
    key = f"{kind}:{row.id}"
    if kind == "judgement":
        note(session, [row.company_id], _DECISION, key, now)
        return
    if kind == "list":
        codes = select(ListEntry.code).where(ListEntry.list_id == row.id, ListEntry.code != "")
        named = select(CompanyRow.id).where(CompanyRow.code.in_(codes)).limit(_FIRST)
        # Some of those on it at once, everybody else by the sweep.
        note(session, session.scalars(named), _DECISION, key, now)
    sweep(session, key, EVERYBODY, now)


# --- shown -----------------------------------------------------------------------------------------


def history(session: Session, kind: str, **about: Any) -> Sequence[Decided]:
    """List every entry of a kind, ended ones too, the newest first: ``name=…``, ``company_id=…``."""
    table = TABLES[kind]
    wanted = select(table).filter_by(**about).order_by(table.entered_at.desc(), table.id.desc())
    return cast("Sequence[Decided]", session.scalars(wanted).all())


def to_approve(session: Session, kind: str) -> Sequence[Decided]:
    """List the entries that wait for a second person, the oldest first."""
    table = TABLES[kind]
    wanted = (
        select(table)
        .where(table.approved_at.is_(None), table.ended_at.is_(None))
        .order_by(table.entered_at, table.id)
    )
    return cast("Sequence[Decided]", session.scalars(wanted).all())


def entries_of(
    session: Session, list_id: int, first: int = 1, limit: int = 100
) -> Sequence[ListEntry]:
    """List entries of a list in their order, from one on."""
    return session.scalars(
        select(ListEntry)
        .where(ListEntry.list_id == list_id, ListEntry.row >= first)
        .order_by(ListEntry.row)
        .limit(limit)
    ).all()

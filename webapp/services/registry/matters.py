"""Whose matter a decision or a conflict is: a data department enters and settles only what is its own.

Handlers may enter for any department, from its document; a second person approves either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from matcher.vocabulary.model import JUDGEMENT, LIST, PARAMETER, Kind, Vocabulary
from webapp.database import Database
from webapp.limits import PAGE_SIZE
from webapp.services.audit.chain import Sealer
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.custodians import custodians_of
from webapp.services.people.roles import Actor, Role
from webapp.services.registry import conflicts, decisions
from webapp.services.registry.conflicts import Conflict
from webapp.services.registry.decided import status_named
from webapp.services.registry.decisions import Desk, New, NewJudgement, NewList
from webapp.tables.registry import CompanyRow, FactConflict, FactRow


@dataclass(frozen=True, slots=True)
class Name:
    """Something that may be decided: its name, and the department that keeps it."""

    label: str
    custodian: str
    english: str = ""


def names(kind: str, vocabulary: Vocabulary) -> list[Name]:
    """List what may be decided of a kind, each with its department, in the vocabulary's order."""
    attribute = vocabulary.attributes[
        {"judgement": JUDGEMENT, "list": LIST, "parameter": PARAMETER}[kind]
    ]
    found = [
        Name(one.label, vocabulary.custodian(attribute.label, one.label)[0], one.english.name)
        for one in attribute.members
    ]
    if kind == "list":
        found += [
            Name(one.label, vocabulary.custodian(status.label, one.label)[0], one.english.name)
            for status in vocabulary.attributes.values()
            if status.kind is Kind.STATUS
            for one in status.members
        ]
    return found


def open_to(session: Session, actor: Actor, kind: str, vocabulary: Vocabulary) -> list[Name]:
    """List what somebody may enter of a kind."""
    every = names(kind, vocabulary)
    if Role.HANDLER in actor.roles:
        return every
    own = custodians_of(session, actor)
    return [one for one in every if one.custodian in own]


def enter(desk: Desk, actor: Actor, new: New, now: datetime, today: date) -> int:
    """Enter a decision that is somebody's to enter; see `decisions.enter`."""
    kind = _kind(new)
    if new.name not in {one.label for one in names(kind, desk.vocabulary)}:
        raise Refused("name_unknown", name=new.name)
    with desk.database.reading() as session:
        allowed = {one.label for one in open_to(session, actor, kind, desk.vocabulary)}
    if new.name not in allowed:
        raise Refused("not_your_matter", name=new.name)
    return decisions.enter(desk, actor, new, now, today)


def _kind(new: New) -> str:
    if isinstance(new, NewJudgement):
        return "judgement"
    return "list" if isinstance(new, NewList) else "parameter"


def department_of(kind: str, name: str, vocabulary: Vocabulary) -> str:
    """Give the department that keeps what is decided; "" where today's rules do not know it."""
    if kind == "list":
        status = status_named(name, vocabulary)
        if status is not None and vocabulary.member(LIST, name) is None:
            return vocabulary.custodian(status[0].label, status[1].label)[0]
    attribute = {"judgement": JUDGEMENT, "list": LIST, "parameter": PARAMETER}[kind]
    return vocabulary.custodian(attribute, name)[0]


# --- conflicts -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Quarrel:
    """A conflict with the company that it is about."""

    conflict: Conflict
    company: CompanyRow


def quarrels(
    session: Session, actor: Actor, settled: bool, after: int = 0, limit: int = PAGE_SIZE
) -> list[Quarrel]:
    """List conflicts that are somebody's to see, the oldest first, from one on; facts of today alone."""
    wanted = _wanted(session, actor)
    if wanted is None:
        return []
    chosen = FactConflict.chosen_id
    statement = (
        wanted.where(chosen.is_not(None) if settled else chosen.is_(None), FactConflict.id > after)
        .order_by(FactConflict.id)
        .limit(limit)
    )
    return [_quarrel(row) for row in session.execute(statement)]


def quarrel(session: Session, actor: Actor, id_: int) -> Quarrel:
    """Give one conflict that is somebody's to see, or raise `Missing`."""
    wanted = _wanted(session, actor)
    row = None if wanted is None else session.execute(wanted.where(FactConflict.id == id_)).first()
    if row is None:
        raise Missing
    return _quarrel(row)


def settle(
    database: Database,
    sealer: Sealer,
    actor: Actor,
    conflict: int,
    chosen: int,
    ground: str,
    now: datetime,
) -> bool:
    """Settle a conflict that is somebody's to settle; see `conflicts.settle`."""
    with database.reading() as session:
        quarrel(session, actor, conflict)
    return conflicts.settle(database, sealer, actor, conflict, chosen, ground, now)


def take_back(
    database: Database, sealer: Sealer, actor: Actor, conflict: int, now: datetime
) -> None:
    """Take back a proposal in a conflict that is somebody's; see `conflicts.take_back`."""
    with database.reading() as session:
        quarrel(session, actor, conflict)
    conflicts.take_back(database, sealer, actor, conflict, now)


def _wanted(session: Session, actor: Actor) -> Any:
    """Give the statement for what is somebody's; None where nothing is."""
    first, second = aliased(FactRow), aliased(FactRow)
    statement = (
        select(FactConflict, first, second, CompanyRow)
        .join(first, FactConflict.first_id == first.id)
        .join(second, FactConflict.second_id == second.id)
        .join(CompanyRow, FactConflict.company_id == CompanyRow.id)
        .where(first.known_until.is_(None), second.known_until.is_(None))
    )
    if Role.HANDLER in actor.roles:
        return statement
    own = custodians_of(session, actor)
    return statement.where(_of(first, second, own)) if own else None


def _of(first: Any, second: Any, own: frozenset[str]) -> ColumnElement[bool]:
    return or_(first.custodian.in_(own), second.custodian.in_(own))


def _quarrel(row: Sequence[Any]) -> Quarrel:
    conflict, one, two, company = row
    return Quarrel(Conflict(conflict.id, conflict.company_id, one, two, conflict), company)

"""Which cases wait, for what and until when: one query behind the list and the board.

What is asked for is a `Asked`; what comes back are `Item`s, the one that is due first before the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from webapp.services.cases.columns import Column
from webapp.services.cases.lifecycle import STATES, State, moves_from
from webapp.services.people.roles import Actor, Role
from webapp.services.workdays import UnknownYear, Workdays
from webapp.tables.cases import CaseEvent, CaseRow
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow

OPEN, EVERY = "open", "every"
"""What is shown beside single columns: all that still moves, and all there ever was."""
OVERDUE, TODAY, SOON = "overdue", "today", "soon"
DUES = (OVERDUE, TODAY, SOON)
SOON_DAYS = 3
"""Working days that count as soon."""
BOARD_ROWS = 30
"""Cards of one column; what is due later is reached by the list."""
_OVER = frozenset({Column.DONE, Column.ENDED})
_OVER_STATES = frozenset({"declined", "recovered"})
OPEN_STATES = frozenset(
    state.id
    for state in STATES.values()
    if state.column not in _OVER and state.id not in _OVER_STATES
)
"""The states in which somebody still has to do something."""
_NOT_ON = ("suspend", "withdraw", "send_back", "arrive")
"""Moves that lead nowhere further; of a withdrawn payment that arrives the bank's file tells."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases are asked for; ``may`` narrows to states from which the actor's roles lead on."""

    show: str = OPEN
    due: str = ""
    measure: str = ""
    company: int | None = None
    may: bool = False
    states: frozenset[str] = frozenset()

    @property
    def narrowed(self) -> bool:
        """Say whether anything but the column was chosen."""
        return bool(self.due or self.measure or self.company is not None or self.may)


@dataclass(frozen=True, slots=True)
class Item:
    """One case as lists show it. ``left`` are working days until it is due, below zero when it is late."""

    id: int
    version: int
    company: int
    name: str
    code: str
    measure: str
    period: int
    state: State
    amount_fen: int | None
    due_on: date | None
    left: int | None
    resume: str = ""
    handler: str = ""
    reviewer: str = ""


@dataclass(frozen=True, slots=True)
class Pile:
    """One column of the board: its first cards, and how many there are in all."""

    column: Column
    items: tuple[Item, ...]
    total: int


def states_for(actor: Actor) -> frozenset[str]:
    """Give the states from which a role of the actor may lead on, ending and stopping a case apart."""
    return frozenset(
        state
        for state in OPEN_STATES
        if any(
            move.roles & actor.roles and move.action not in _NOT_ON for move in moves_from(state)
        )
    )


def page_items(
    session: Session, asked: Asked, workdays: Workdays, today: date, first: int, most: int
) -> tuple[list[Item], int]:
    """Give a part of the list and the number of all that match."""
    wanted = _narrowed(select(CaseRow, CompanyRow), asked, workdays, today)
    total = session.scalar(
        _narrowed(select(func.count()).select_from(CaseRow), asked, workdays, today)
    )
    rows = session.execute(_ordered(wanted).offset(first).limit(most)).all()
    return _items(session, rows, workdays, today), int(total or 0)


def board(session: Session, asked: Asked, workdays: Workdays, today: date) -> list[Pile]:
    """Give the same cases by column; a column that was not asked for stays away."""
    counted = counts(session, asked, workdays, today)
    states = _states(asked)
    piles = []
    for column in Column:
        inside = frozenset(id_ for id_ in states if STATES[id_].column is column)
        if not inside:
            continue
        narrowed = Asked(
            EVERY, asked.due, asked.measure, asked.company, asked.may, _kept(asked, inside)
        )
        wanted = _narrowed(select(CaseRow, CompanyRow), narrowed, workdays, today)
        rows = session.execute(_ordered(wanted).limit(BOARD_ROWS)).all()
        items = tuple(_items(session, rows, workdays, today))
        piles.append(Pile(column, items, sum(counted.get(id_, 0) for id_ in inside)))
    return piles


def counts(session: Session, asked: Asked, workdays: Workdays, today: date) -> dict[str, int]:
    """Count the cases by state, whatever column is shown."""
    every = Asked(EVERY, asked.due, asked.measure, asked.company, asked.may, asked.states)
    wanted = _narrowed(
        select(CaseRow.state, func.count()).select_from(CaseRow), every, workdays, today
    )
    return {state: int(n) for state, n in session.execute(wanted.group_by(CaseRow.state))}


def measures_of(session: Session) -> list[str]:
    """List the measures that have cases."""
    return list(session.scalars(select(CaseRow.measure_id).distinct().order_by(CaseRow.measure_id)))


def items_of(
    session: Session, cases: Iterable[int], workdays: Workdays, today: date
) -> dict[int, Item]:
    """Give some cases by number; a number that no case has is left out."""
    wanted = select(CaseRow, CompanyRow).join(CompanyRow, CaseRow.company_id == CompanyRow.id)
    rows = session.execute(_ordered(wanted.where(CaseRow.id.in_(list(cases))))).all()
    return {item.id: item for item in _items(session, rows, workdays, today)}


def in_states(
    session: Session, states: Iterable[str], workdays: Workdays, today: date, most: int
) -> list[Item]:
    """List the cases of some states, what is due first before the others."""
    wanted = (
        select(CaseRow, CompanyRow)
        .join(CompanyRow, CaseRow.company_id == CompanyRow.id)
        .where(CaseRow.state.in_(list(states)))
    )
    return _items(session, session.execute(_ordered(wanted).limit(most)).all(), workdays, today)


def days_left(workdays: Workdays, today: date, due_on: date | None) -> int | None:
    """Count the working days until a day; None where there is none, or no calendar reaches it."""
    if due_on is None:
        return None
    try:
        left = workdays.between(today, due_on)
    except UnknownYear:
        return None
    # A day off after the last day is late too, though no working day lies between.
    return -1 if left == 0 and due_on < today else left


def _states(asked: Asked) -> frozenset[str]:
    if asked.show == OPEN:
        return OPEN_STATES
    if asked.show == EVERY:
        return frozenset(STATES)
    return frozenset(state.id for state in STATES.values() if state.column == asked.show)


def _kept(asked: Asked, inside: frozenset[str]) -> frozenset[str]:
    return inside & asked.states if asked.may else inside


def _narrowed(wanted: Any, asked: Asked, workdays: Workdays, today: date) -> Select[Any]:
    found: Select[Any] = wanted.join(CompanyRow, CaseRow.company_id == CompanyRow.id)
    states = _states(asked)
    if asked.may or asked.states:
        states &= asked.states
    if states != frozenset(STATES):
        found = found.where(CaseRow.state.in_(sorted(states)))
    if asked.measure:
        found = found.where(CaseRow.measure_id == asked.measure)
    if asked.company is not None:
        found = found.where(CaseRow.company_id == asked.company)
    if asked.due == OVERDUE:
        found = found.where(CaseRow.due_on < today)
    elif asked.due == TODAY:
        found = found.where(CaseRow.due_on == today)
    elif asked.due == SOON:
        found = found.where(CaseRow.due_on >= today, CaseRow.due_on <= _soon(workdays, today))
    return found


def _soon(workdays: Workdays, today: date) -> date:
    try:
        return workdays.after(today, SOON_DAYS)
    except UnknownYear:
        return today


def _ordered(wanted: Any) -> Any:
    return wanted.order_by(CaseRow.due_on.is_(None), CaseRow.due_on, CaseRow.id)


def _items(session: Session, rows: Sequence[Any], workdays: Workdays, today: date) -> list[Item]:
    people = _people(session, [case.id for case, _ in rows])
    return [
        Item(
            case.id,
            case.version,
            company.id,
            company.name,
            company.code,
            case.measure_id,
            case.period,
            STATES[case.state],
            case.amount_fen,
            case.due_on,
            days_left(workdays, today, case.due_on),
            case.resume,
            people.get((case.id, Role.HANDLER.value), ""),
            people.get((case.id, Role.REVIEWER.value), ""),
        )
        for case, company in rows
    ]


def _people(session: Session, cases: Sequence[int]) -> dict[tuple[int, str], str]:
    """Give who handled and who reviewed each case last."""
    if not cases:
        return {}
    rows = session.execute(
        select(CaseEvent.case_id, CaseEvent.role, User.name)
        .join(User, CaseEvent.actor_id == User.id)
        .where(
            CaseEvent.case_id.in_(cases),
            CaseEvent.role.in_((Role.HANDLER.value, Role.REVIEWER.value)),
        )
        .order_by(CaseEvent.place)
    )
    return {(case, role): name for case, role, name in rows}

"""What departments decided (认定, 名单, 参数) -> facts of one company, as of a day and as known at a moment.

Only what a second person approved counts. Lists and parameters mean what they mean in
`matcher.holdings`; a list named like a status (失信被执行人) says whether the company stands on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from matcher.holdings import list_fact, parameter_fact, stands
from matcher.language.members import absence
from matcher.profile import Assurance, Fact, FactKey, Spell, Tenure
from matcher.vocabulary.model import JUDGEMENT, LIST, PARAMETER, Attribute, Kind, Member, Vocabulary
from webapp.tables.registry import (
    CompanyRow,
    Decided,
    Judgement,
    ListDocument,
    ListEntry,
    ParameterValue,
)

YES, NO = "是", "没有"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision as it bears on one company: its kind (认定, 名单, 参数), name, value, day and document."""

    kind: str
    name: str
    measure: str
    value: str
    day: date
    document: str
    approved_at: datetime


def decisions_on(
    session: Session, company: int, as_of: date, at: datetime | None = None
) -> list[Decision]:
    """List what was decided up to a day and was known at a moment (now, if none is named)."""
    return decisions_of(session, [session.get_one(CompanyRow, company)], as_of, at)[company]


def decisions_of(
    session: Session, companies: Sequence[CompanyRow], as_of: date, at: datetime | None = None
) -> dict[int, list[Decision]]:
    """List what was decided of each of some companies."""
    found: dict[int, list[Decision]] = {company.id: [] for company in companies}
    for id_, decision in _judgements(session, list(found), as_of, at):
        found[id_].append(decision)
    for id_, decision in _lists(session, companies, as_of, at):
        found[id_].append(decision)
    parameters = list(_parameters(session, as_of, at))
    return {id_: [*own, *parameters] for id_, own in found.items()}


def counting(table: type[Decided], at: datetime | None) -> list[ColumnElement[bool]]:
    """Give what a decision must fulfil to count at a moment: approved, and not ended by another."""
    ended: Any = table.ended_at
    approved: Any = table.approved_at
    if at is None:
        return [approved.is_not(None), ended.is_(None)]
    return [approved <= at, or_(ended.is_(None), ended > at)]


def _judgements(
    session: Session, companies: Sequence[int], as_of: date, at: datetime | None
) -> Iterator[tuple[int, Decision]]:
    wanted = (
        select(Judgement)
        .where(Judgement.company_id.in_(companies), Judgement.decided_on <= as_of)
        .where(*counting(Judgement, at))
        .order_by(Judgement.decided_on, Judgement.id)
    )
    newest = {(row.company_id, row.name, row.measure_id): row for row in session.scalars(wanted)}
    for row in newest.values():
        value = YES if row.holds else NO
        told = _decision(JUDGEMENT, row.name, value, row.decided_on, row, row.measure_id)
        yield row.company_id, told


def _lists(
    session: Session, companies: Sequence[CompanyRow], as_of: date, at: datetime | None
) -> Iterator[tuple[int, Decision]]:
    wanted = (
        select(ListDocument)
        .where(ListDocument.as_of <= as_of)
        .where(*counting(ListDocument, at))
        .order_by(ListDocument.as_of, ListDocument.id)
    )
    newest = {row.name: row for row in session.scalars(wanted)}
    if not newest:
        return
    entries = select(ListEntry.list_id, ListEntry.code, ListEntry.name).where(
        ListEntry.list_id.in_([row.id for row in newest.values()]),
        or_(
            ListEntry.code.in_([company.code for company in companies]),
            ListEntry.name.in_([company.name for company in companies]),
        ),
    )
    on = session.execute(entries).all()
    codes = {(entry.list_id, entry.code) for entry in on}
    names = {(entry.list_id, entry.name) for entry in on}
    for company in companies:
        for row in newest.values():
            answer = stands(
                company.code,
                company.name,
                (row.id, company.code) in codes,
                (row.id, company.name) in names,
                row.codes > 0,
                row.names > 0,
            )
            if answer is not None:
                value = YES if answer else NO
                yield company.id, _decision(LIST, row.name, value, row.as_of, row)


def _parameters(session: Session, as_of: date, at: datetime | None) -> Iterator[Decision]:
    wanted = (
        select(ParameterValue)
        .where(ParameterValue.first_day <= as_of)
        .where(*counting(ParameterValue, at))
        .order_by(ParameterValue.first_day, ParameterValue.id)
    )
    newest = {row.name: row for row in session.scalars(wanted)}
    for row in newest.values():
        yield _decision(PARAMETER, row.name, row.value, row.first_day, row)


def _decision(
    kind: str, name: str, value: str, day: date, row: Decided, measure: str = ""
) -> Decision:
    approved_at = cast(datetime, row.approved_at)  # `counting` asks for it
    return Decision(kind, name, measure, value, day, row.document_no, approved_at)


# --- as facts --------------------------------------------------------------------------------------


def status_named(name: str, vocabulary: Vocabulary) -> tuple[Attribute, Member] | None:
    """Find the status (信用名单, 规上状态) that a list tells of by its name."""
    for attribute in vocabulary.attributes.values():
        member = attribute.member(name) if attribute.kind is Kind.STATUS else None
        if member is not None:
            return attribute, member
    return None


def fact_of(decision: Decision, vocabulary: Vocabulary) -> tuple[FactKey, Fact] | None:
    """Give the fact that a decision is; None where today's rules do not know what it is about."""
    day = decision.day
    if decision.kind == JUDGEMENT:
        key = FactKey(JUDGEMENT, decision.name, None, decision.measure or None)
        value = decision.value == YES
        return key, Fact(value, Assurance.ATTESTED, decision.document, day)
    if decision.kind == PARAMETER:
        member = vocabulary.member(PARAMETER, decision.name)
        fact = member and parameter_fact(member, decision.value, day, vocabulary)
        return (FactKey(PARAMETER, member.label), fact) if member and fact else None
    fact = list_fact(decision.value == YES, decision.document, day)
    member = vocabulary.member(LIST, decision.name)
    if member is not None:
        return FactKey(LIST, member.label), fact
    status = status_named(decision.name, vocabulary)
    if status is None:
        return None
    attribute, kept = status
    return FactKey(attribute.label, kept.label), replace(fact, value=_standing(fact, kept, day))


def _standing(fact: Fact, member: Member, day: date) -> Tenure:
    """Give what standing on a dated list means: on it, or off it since that day at least.

    The list says nothing of the years before, so the look-back of a company's own 没有 does not apply.
    """
    if fact.value is True:
        return Tenure((Spell(),))
    return replace(absence(member, day), clear_since=day)

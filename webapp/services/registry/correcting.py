"""A company says that a department's fact about it is wrong: both stand, and staff decide which counts.

What the company says is declared, like everything it says. Until somebody has decided, the department's
fact counts on; so nobody gets rid of a fact by denying it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from matcher.language.diagnostics import SourceError
from matcher.language.profiles import Channel, read_company
from matcher.profile import Fact, FactKey
from matcher.vocabulary.model import Vocabulary
from webapp.database import Database, retrying
from webapp.services.audit.chain import Deed, Sealer, append
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people.roles import Actor, Permission, Role
from webapp.services.profiles import Facts
from webapp.services.registry.conflicts import agree, conflicts_of
from webapp.services.registry.doubts import BY_CUSTODIAN
from webapp.services.registry.facts import ATTESTED, DECLARED, company_text, stored_facts
from webapp.services.registry.learning import Telling, Told, learn
from webapp.services.registry.withheld import withheld
from webapp.tables.registry import FactConflict, FactRow

SOURCE = "企业更正"
"""The source of what a company says against a department's fact; its own words follow."""
MOST_WORDS = 150


@dataclass(frozen=True, slots=True)
class Shown:
    """One stored fact as it is read today; ``key`` is None where today's rules cannot read it.

    ``disputed`` says that a correction waits for a decision, ``withheld`` that it is not used, because the
    company took back its consent.
    """

    row: FactRow
    key: FactKey | None
    fact: Fact | None
    disputed: bool = False
    withheld: bool = False

    @property
    def attested(self) -> bool:
        """Say whether a department shared it."""
        return self.row.assurance == ATTESTED


def shown(session: Session, company: int, vocabulary: Vocabulary, today: date) -> list[Shown]:
    """List what is known of a company now, what departments share first, by attribute."""
    rows = session.scalars(
        select(FactRow)
        .where(FactRow.company_id == company, FactRow.known_until.is_(None))
        .order_by(FactRow.assurance, FactRow.attribute, FactRow.member, FactRow.period)
    ).all()
    open_ = conflicts_of(session, company, unsettled=True)
    disputed = {id_ for one in open_ for id_ in (one.first.id, one.second.id)}
    away = withheld(session, company)
    found = [
        replace(_shown(row, vocabulary, today, row.id in disputed), withheld=row.custodian in away)
        for row in rows
    ]
    return sorted(found, key=lambda one: not one.attested)


def one_shown(
    session: Session, company: int, fact: int, vocabulary: Vocabulary, today: date
) -> Shown:
    """Give one fact that a department shares about a company; raises `Missing`."""
    return _shown(_attested(session, company, fact), vocabulary, today, False)


def correct(
    database: Database,
    sealer: Sealer,
    vocabulary: Vocabulary,
    actor: Actor,
    company: int,
    fact: int,
    said: Facts,
    words: str,
    now: datetime,
) -> None:
    """Put what the company says beside a department's fact, as a conflict that staff decide.

    ``said`` is a company file with the right value alone. Raises `Refused`: no words, nothing said, the
    same as before; `Missing` where the fact is not the company's or stands no longer.
    """
    if not actor.may(Permission.OWN_COMPANY, company):
        raise Missing
    words = words.strip()
    if not words or len(words) > MOST_WORDS or not words.isprintable():
        raise Refused("correction_words", most=MOST_WORDS)

    def unit() -> None:
        with database.writing() as session:
            row = _attested(session, company, fact)
            told = _told(said, row, words)
            if not told:
                raise Refused("correction_missing")
            telling = Telling("", None, now, entered_by=actor.id)
            learn(session, {company: told}, telling, vocabulary)
            if not _reopen(session, row, vocabulary, now):
                raise Refused("correction_same")
            deed = Deed(
                "fact.correct",
                "fact",
                str(fact),
                after=sealer.digest([[one.place, one.value] for one in told]),
            )
            append(session, actor, Role.COMPANY.value, deed, now)

    retrying(unit)


def _attested(session: Session, company: int, fact: int) -> FactRow:
    row = session.get(FactRow, fact)
    if (
        row is None
        or row.company_id != company
        or row.known_until is not None
        or row.assurance != ATTESTED
    ):
        raise Missing
    return row


def _told(said: Facts, row: FactRow, words: str) -> list[Told]:
    """Take what is said of the fact's attribute and year; a choice among members answers for them all."""
    return [
        Told(attribute, member, period, value, False, f"{SOURCE}:{words}")
        for attribute, member, period, value in stored_facts(said)
        if attribute == row.attribute and period == row.period
    ]


def _reopen(session: Session, row: FactRow, vocabulary: Vocabulary, now: datetime) -> bool:
    """Leave the quarrel to staff, which the rule would settle for the department at once."""
    declared = session.scalars(
        select(FactRow).where(
            FactRow.company_id == row.company_id,
            FactRow.attribute == row.attribute,
            FactRow.period == row.period,
            FactRow.assurance == DECLARED,
            FactRow.custodian == "",
            FactRow.known_until.is_(None),
        )
    ).all()
    own = next((one for one in declared if one.member == row.member), None)
    if own is None or agree(row, own, vocabulary, now.date()):
        return False
    ids = [one.id for one in declared]
    session.execute(
        update(FactConflict)
        .where(
            or_(FactConflict.first_id.in_(ids), FactConflict.second_id.in_(ids)),
            FactConflict.ground == BY_CUSTODIAN,
        )
        .values(chosen_id=None, ground="", decided_at=None)
        .execution_options(synchronize_session=False)
    )
    return True


def _shown(row: FactRow, vocabulary: Vocabulary, today: date, disputed: bool) -> Shown:
    text = company_text([row], row.custodian)
    channel = Channel(frozenset({row.custodian})) if row.custodian else Channel()
    try:
        found: dict[FactKey, Any] = dict(
            read_company(text, "", vocabulary, today, channel).profile.facts
        )
    except SourceError:
        found = {}
    # A choice among members answers for all of them; the row says one.
    mine = [k for k in found if k.attribute == row.attribute and (k.member or "") == row.member]
    if len(mine) != 1:
        return Shown(row, None, None, disputed)
    return Shown(row, mine[0], found[mine[0]], disputed)

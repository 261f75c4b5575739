"""A glance at many companies at once: of whom a look could find something to do.

A hint, never a proof: a look that takes each company by itself follows. Stored facts are read one by one here,
every different one once, and only those that a watched measure can read, where a look reads all of a source
together. Wherever that could make a difference the company is looked at; so whoever newly meets a measure, or
no longer does, is among those that a glance names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select
from sqlalchemy.orm import Session

from matcher.catalogue import Catalogue
from matcher.language.answers import CODE
from matcher.language.diagnostics import SourceError
from matcher.language.profiles import Channel
from matcher.nearby.reads import reads
from matcher.profile import Assurance, Fact, FactKey, Profile
from webapp.services.following.subscriptions import followed
from webapp.services.registry.current import Current
from webapp.services.registry.decided import decisions_of, fact_of
from webapp.services.registry.doubts import disputed
from webapp.services.registry.facts import ATTESTED, DECISIONS, read_rows
from webapp.services.watch.engine import EvaluateEngine, watched
from webapp.services.watch.review import STOPPABLE
from webapp.tables.cases import CaseRow
from webapp.tables.registry import CompanyRow, FactRow

MAX_READ = 200_000
"""Different facts that are remembered as they were read."""
Facts = dict[FactKey, Fact]


class Glance:
    """What is needed to glance at companies on a day."""

    def __init__(self, catalogue: Catalogue, today: date) -> None:
        self.vocabulary, self.today = catalogue.vocabulary, today
        self.engine = EvaluateEngine(catalogue)
        ids = watched(catalogue, today)
        conditions = [one.condition for one in catalogue.measures if one.id in ids]
        members: dict[str, set[str | None]] = {}
        for condition in conditions:
            for attribute, member in reads(condition, self.vocabulary).asked:
                members.setdefault(attribute, set()).add(member)
        self.asked = frozenset(members)
        self.rows = self._rows(members)
        self._read: dict[tuple[str, ...], Facts | None] = {}

    def hinted(self, session: Session, companies: Sequence[CompanyRow]) -> set[int]:
        """Give those of some companies, in the order of their keys, that must be looked at."""
        if not companies:
            return set()
        first, last = companies[0].id, companies[-1].id
        found = under_way(session, first, last) | disputed(session, first, last)
        found |= followed(session, first, last)
        had: dict[int, set[str]] = {}
        for company, measure in session.execute(
            select(CaseRow.company_id, CaseRow.measure_id).where(
                CaseRow.company_id.between(first, last), CaseRow.period == self.today.year
            )
        ):
            had.setdefault(company, set()).add(measure)
        for company, facts in self.known(session, companies).items():
            if facts is None:
                found.add(company)
            elif facts and company not in found:
                met = self.engine.met(Profile(facts, self.today), self.today)
                if met - had.get(company, set()):
                    found.add(company)
        return found

    def known(
        self, session: Session, companies: Sequence[CompanyRow]
    ) -> Mapping[int, Facts | None]:
        """Give the attested facts of each company; None where sources differ or cannot be read."""
        found: dict[int, Facts | None] = {company.id: {} for company in companies}
        stretch = FactRow.company_id.between(companies[0].id, companies[-1].id)
        for row in session.execute(self.rows.where(stretch)):
            self._add(found, row.company_id, self._facts(row))
        for company, decisions in decisions_of(session, companies, self.today).items():
            for decision in decisions:
                fact = fact_of(decision, self.vocabulary)
                if fact is not None and fact[0].attribute in self.asked:
                    self._add(found, company, dict([fact]))
        return found

    def _rows(self, members: Mapping[str, Set[str | None]]) -> Select[*tuple[Any, ...]]:
        """Select the rows of attested facts that measures read, whosesoever they are."""
        attributes = self.vocabulary.attributes
        whole = {name for name, own in members.items() if None in own} - DECISIONS
        if any(attributes[name].presumed for name in members.keys() & attributes.keys()):
            whole.add(CODE)  # it tells what goes without saying
        places: list[ColumnElement[bool]] = [FactRow.attribute.in_(sorted(whole))]
        for name in sorted(members.keys() - whole - DECISIONS):
            own = sorted({"", *(member for member in members[name] if member)})
            places.append(and_(FactRow.attribute == name, FactRow.member.in_(own)))
        columns = [FactRow.__table__.c[name] for name in Current._fields]
        return select(*columns).where(
            FactRow.known_until.is_(None),
            FactRow.assurance == ATTESTED,
            or_(*places),
            or_(FactRow.valid_from.is_(None), FactRow.valid_from <= self.today),
            or_(FactRow.valid_to.is_(None), FactRow.valid_to >= self.today),
        )

    @staticmethod
    def _add(found: dict[int, Facts | None], company: int, facts: Facts | None) -> None:
        known = found.get(company)
        if known is None:
            return
        if facts is None or any(
            key in known and known[key].value != fact.value for key, fact in facts.items()
        ):
            found[company] = None
        else:
            known.update(facts)

    def _facts(self, row: Row[*tuple[Any, ...]]) -> Facts | None:
        """Read what one row says; None where today's rules cannot."""
        coded = row.attribute == CODE
        # What follows from a licence code is written in its beginning; no measure asks for all of it.
        value = row.value[:3] if coded else row.value
        about = (row.custodian, row.attribute, row.member, row.period, value)
        if about not in self._read:
            if len(self._read) >= MAX_READ:
                self._read.clear()
            self._read[about] = self._first(row)
        return self._read[about]

    def _first(self, row: Any) -> Facts | None:
        channel = Channel(frozenset({row.custodian}))
        try:
            facts = read_rows([row], row.custodian, self.vocabulary, self.today, channel)
        except SourceError:
            return None
        return {
            key: fact
            for key, fact in facts.items()
            if fact.assurance is Assurance.ATTESTED and key.attribute in self.asked
        }


def under_way(session: Session, first: int, last: int) -> set[int]:
    """Give the companies of a stretch with a case that changed facts still bear on."""
    cases = select(CaseRow.company_id).where(
        CaseRow.company_id.between(first, last), CaseRow.state.in_(STOPPABLE)
    )
    return set(session.scalars(cases))

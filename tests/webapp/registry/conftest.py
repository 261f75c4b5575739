"""A registry on both databases: companies, people, and files that custodians send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from tests.conftest import RULES
from tests.webapp.casework.conftest import NOW, TODAY, Office, office
from webapp.services.people.custodians import known_custodians
from webapp.services.people.roles import SYSTEM, Actor, Role
from webapp.services.registry import imports, sending
from webapp.services.registry.companies import register
from webapp.services.registry.decisions import Desk
from webapp.services.registry.facts import known, profile_from
from webapp.services.registry.learning import Learned, Telling, Told, learn
from webapp.services.registry.reading import RowFault
from webapp.tables.people import UserCustodian
from webapp.tables.registry import FactRow
from webapp.tables.watch import InboxEvent

__all__ = ["NOW", "TODAY", "office"]

CODES = ("91440300MA0000001X", "91440300MA0000002W", "91440300MA0000003U")


@dataclass
class Registry:
    """The registry of an office, with the steps that tests take."""

    office: Office
    folder: Path
    faults: list[RowFault] = field(default_factory=list)

    def company(self, code: str = CODES[0], name: str = "深圳示例科技有限公司") -> int:
        """Register a company that nothing is known of."""
        with self.office.work.database.writing() as session:
            return register(session, code, name, SYSTEM, self.office.now).id

    def later(self, days: int = 0, **parts: int) -> None:
        """Let time pass."""
        self.office.now += timedelta(days=days, **parts)
        self.office.today += timedelta(days=days)

    def tell(
        self,
        company: int,
        custodian: str,
        attribute: str,
        value: str,
        member: str = "",
        *,
        attested: bool = True,
        valid_from: date | None = None,
    ) -> Learned:
        """Let a source say one fact."""
        told = Told(attribute, member, "", value, attested)
        telling = Telling(custodian, valid_from, self.office.now)
        with self.office.work.database.writing() as session:
            return learn(session, {company: [told]}, telling, self.vocabulary)

    @property
    def vocabulary(self) -> Any:
        """The words of the rules."""
        return self.office.work.prover.catalogue.vocabulary

    @property
    def desk(self) -> Desk:
        """Where decisions are entered."""
        return Desk(self.office.work.database, self.office.work.sealer, self.vocabulary)

    def person(self, role: Role) -> Actor:
        """Give the person of a role."""
        return self.office.people[role]

    def write(self, name: str, text: str) -> Path:
        """Write a file that a custodian sends."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def take(
        self, path: Path, custodian: str, office: sending.Office | None = None, **options: Any
    ) -> sending.Report:
        """Take a file over; what is wrong with its rows is in ``faults`` then."""
        self.faults.clear()
        options.setdefault("as_of", self.office.today)
        wanted = sending.Sending(path, custodian, **options)
        clock: Callable[[], Any] = lambda: self.office.now  # noqa: E731
        return imports.take(
            office or self.receiving,
            wanted,
            self.person(Role.DATA),
            self.faults.append,
            clock,
            self.office.today,
        )

    @property
    def receiving(self) -> sending.Office:
        """Where files are taken over."""
        work = self.office.work
        return sending.Office(work.database, work.sealer, work.prover.catalogue, Path(RULES))

    def rows(self, company: int, attribute: str) -> list[FactRow]:
        """Give every row ever kept of an attribute, in the order of arrival."""
        with self.office.work.database.reading() as session:
            found = session.scalars(
                select(FactRow)
                .filter_by(company_id=company, attribute=attribute)
                .order_by(FactRow.id)
            ).all()
            session.expunge_all()
            return list(found)

    def events(self) -> list[tuple[int, str]]:
        """Give what waits in the inbox."""
        with self.office.work.database.reading() as session:
            rows = session.scalars(select(InboxEvent).order_by(InboxEvent.id))
            return [(row.company_id, row.kind) for row in rows]

    def profile(self, company: int, at: Any = None) -> Any:
        """Give a company's profile as known at a moment."""
        with self.office.work.database.reading() as session:
            facts = known(session, company, self.office.today, at)
        return profile_from(facts, self.vocabulary, self.office.today)


@pytest.fixture
def registry(office: Office, tmp_path: Path) -> Registry:
    """A registry without companies; its person of the data departments speaks for all of them."""
    made = Registry(office, tmp_path)
    speaker = made.person(Role.DATA).id
    rows = [{"user_id": speaker, "custodian": one} for one in known_custodians(made.vocabulary)]
    with office.work.database.writing() as session:
        session.execute(insert(UserCustodian), rows)
    return made

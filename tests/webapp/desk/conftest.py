"""A service desk on both databases: staff with browsers, and companies that something is known of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from matcher.catalogue import Catalogue
from tests.webapp.accounts.conftest import HASHER, House
from tests.webapp.conftest import Clock
from tests.webapp.desk.demonstration import Stage, copied, filled
from tests.webapp.html import Element, parse
from webapp import create_app
from webapp.database import Database
from webapp.people import EXTENSION
from webapp.services.desk.service import Desk
from webapp.services.people.roles import SYSTEM, Actor, Role
from webapp.services.registry.companies import add_former_name, register
from webapp.services.registry.facts import stored_facts
from webapp.services.registry.learning import Telling, Told, learn
from webapp.shared import Portal
from webapp.tables.registry import CompanyRow, FactRow

HIGH_TECH = "hefei-2025/1.4"
"""合肥市: a company that is a 科技型中小企业 or a 高新技术企业."""
CODE, NAME = "91340100MA2ABCDE0X", "安徽云岭药业有限公司"
OTHER_CODE, OTHER_NAME = "91340100MA2FGHJK12", "合肥望江茶业有限公司"


@dataclass
class Counter:
    """The desk with its staff; ``client`` is the browser of the member of staff at it."""

    portal: Portal
    house: House
    clock: Clock
    app: Any
    staff: Actor
    client: FlaskClient

    @property
    def desk(self) -> Desk:
        """What the desk's services work with."""
        shared = self.portal
        return Desk(
            shared.database, shared.casework.sealer, shared.matchmaker, shared.questionnaire
        )

    @property
    def database(self) -> Database:
        """The database."""
        return self.portal.database

    def company(self, code: str = CODE, name: str = NAME, **facts: Any) -> int:
        """Register a company, with facts that their custodians share."""
        with self.database.writing() as session:
            row = register(session, code, name, SYSTEM, self.clock.now)
            row.region = "340104"
            id_ = row.id
        for attribute, value in facts.items():
            self.share(id_, attribute, value)
        return id_

    def share(self, company: int, attribute: str, value: Any, custodian: str = "") -> None:
        """Let a custodian share a fact, its own one unless another is named."""
        vocabulary = self.portal.catalogue.vocabulary
        with self.database.writing() as session:
            for name, member, period, said in stored_facts({attribute: value}):
                keeper, attestable = vocabulary.custodian(name, member or None)
                by = custodian or keeper
                assert attestable or custodian, name
                told = Told(name, member, period, said, by == keeper)
                telling = Telling(by, None, self.clock.now)
                learn(session, {company: [told]}, telling, vocabulary)

    def renamed(self, company: int, former: str) -> None:
        """Note an earlier name of a company."""
        with self.database.writing() as session:
            add_former_name(session, company, former, date(2024, 1, 1))

    def browser(self, *roles: Role) -> FlaskClient:
        """Give a browser in which somebody with roles is signed in."""
        return self.browser_of(self.house.person(*roles, second=True))

    def browser_of(self, person: Actor) -> FlaskClient:
        """Give a browser in which somebody is signed in."""
        assert person.id is not None
        made: FlaskClient = self.app.test_client()
        self.house.now = self.clock.now
        made.set_cookie("mianshen", self.house.token(person.id, True))
        return made

    def page(self, address: str, client: FlaskClient | None = None) -> Element:
        """Open a page of the desk."""
        response = (client or self.client).get(address)
        assert response.status_code == 200, (address, response.status, response.text[:400])
        return parse(response.text)

    def answer(self, company: int, fact: str, said: str, **more: str) -> TestResponse:
        """Answer a question in a word."""
        sent = {"fact": fact, "answer": said, "how": "said", **more}
        return self.client.post(f"/desk/companies/{company}/check", data=sent)

    def rows(self, company: int, attribute: str) -> list[FactRow]:
        """Give what is known now of an attribute."""
        with self.database.reading() as session:
            found = session.scalars(
                select(FactRow)
                .filter_by(company_id=company, attribute=attribute, known_until=None)
                .order_by(FactRow.id)
            ).all()
            session.expunge_all()
            return list(found)

    def values(self, company: int, attribute: str) -> dict[str, Any]:
        """Give what is known now of an attribute, by member."""
        return {row.member: json.loads(row.value) for row in self.rows(company, attribute)}

    def row(self, company: int) -> CompanyRow:
        """Give a company's row."""
        with self.database.reading() as session:
            row = session.get_one(CompanyRow, company)
            session.expunge(row)
            return row


@pytest.fixture
def counter(config: dict[str, Any], database: Database, clock: Clock) -> Iterator[Counter]:
    """A desk at which a 坐席 sits, on SQLite and on PostgreSQL."""
    url = database.engine.url.render_as_string(hide_password=False)
    given = {**config, "DATABASE_URL": url, "PASSWORD_HASHER": HASHER, "OIDC": None}
    app = create_app({**given, "WTF_CSRF_ENABLED": False})
    house = House(app.extensions[EXTENSION].accounts, clock.now)
    portal: Portal = app.extensions["mianshen"]
    staff = house.person(Role.DESK, second=True, name="王坐席")
    made = Counter(portal, house, clock, app, staff, app.test_client())
    made.client = made.browser_of(staff)
    yield made
    portal.database.close()


@pytest.fixture(scope="session")
def demonstration(sample_catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demonstration, made once."""
    return filled(sample_catalogue, tmp_path_factory.mktemp("demonstration"))


@pytest.fixture
def stage(sample_catalogue: Catalogue, demonstration: Path, tmp_path: Path) -> Iterator[Stage]:
    """An application of its own with the demonstration; form tokens are off."""
    made = copied(sample_catalogue, demonstration, tmp_path, WTF_CSRF_ENABLED=False)
    yield made
    made.held.database.close()

"""A whole city for tests of pages: the application with the sample document, an office, companies with people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from matcher.catalogue import Catalogue
from tests.webapp.accounts.conftest import HASHER, House
from tests.webapp.casework.conftest import HIGH_TECH, KEY, NOW, TODAY, Office
from tests.webapp.conftest import Clock
from webapp import create_app
from webapp.people import EXTENSION
from webapp.services.cases.appeals import decide, propose
from webapp.services.cases.picked import Chosen
from webapp.services.cases.publicity import publicise
from webapp.services.people.roles import SYSTEM, Actor, Role

FEN = 10_000_000
NAME, CODE = "深圳示例科技有限公司", "91440300MA0000001X"
OTHER_NAME, OTHER_CODE = "深圳示例电子有限公司", "91440300MA0000002X"
SOLE_NAME, SOLE_CODE = "龙岗区王小明电子商行", "92440300MA0000003X"
ACCOUNT = {"holder": NAME, "bank": "示例银行龙岗支行", "number": "6222000011112222"}


@dataclass
class City:
    """An application with people who have browsers, and an office whose cases can be moved."""

    app: Flask
    clock: Clock
    house: House
    office: Office
    owners: dict[int, Actor] = field(default_factory=dict)

    @classmethod
    def built(cls, folder: Path, catalogue: Catalogue, clock: Clock, **more: Any) -> City:
        """Build the application in a folder, with one person in each role of the office."""
        app = create_app(
            {
                "DATABASE_URL": f"sqlite:///{folder / 'city.sqlite3'}",
                "DATA": folder / "data",
                "SECRET_KEY": KEY.decode(),
                "CATALOGUE": catalogue,
                "PASSWORD_HASHER": HASHER,
                "OIDC": None,
                "TODAY": lambda: clock.today,
                "NOW": lambda: clock.now,
                **more,
            }
        )
        house = House(app.extensions[EXTENSION].accounts, clock.now)
        people: dict[Role, Actor] = {Role.SYSTEM: SYSTEM}
        for role in Role:
            if role not in (Role.SYSTEM, Role.COMPANY):
                people[role] = house.person(role, second=True)
        office = Office(app.extensions["mianshen"].casework, people, clock.today, clock.now)
        return cls(app, clock, house, office)

    def on(self, day: date) -> None:
        """Let it be another day."""
        self.clock.now += timedelta(days=(day - self.clock.today).days)
        self.clock.today = self.office.today = day
        self.office.now = self.clock.now

    def company(
        self, name: str = NAME, code: str = CODE, facts: dict[str, Any] | None = None
    ) -> int:
        """Register a company that is proved to have a measure, and somebody who acts for it."""
        company = self.office.company(code, name, facts)
        self.owners[company] = self.house.person(Role.COMPANY, companies=(company,))
        return company

    def visitor(self) -> FlaskClient:
        """Give a browser in which nobody is signed in."""
        return self.app.test_client()

    def browser(self, person: Actor) -> FlaskClient:
        """Give a browser in which somebody is signed in."""
        client = self.app.test_client()
        client.set_cookie("mianshen", self.token(person))
        return client

    def token(self, person: Actor) -> str:
        """Open a session for somebody, as of now."""
        assert person.id is not None
        self.house.now = self.clock.now
        return self.house.token(person.id, True)

    def notified(self, company: int, measure: str = HIGH_TECH) -> int:
        """Take a case to where the company is asked."""
        case = self.office.open(company, measure)
        for action in ("compare", "vet", "freeze", "notify"):
            self.office.do(case, action, Role.HANDLER)
        return case

    def confirmed(self, company: int, name: str = NAME) -> int:
        """Take a case to where the company has said yes."""
        case = self.notified(company)
        self.office.do(case, "confirm", self.owners[company], **{**ACCOUNT, "holder": name})
        return case

    def publicised(self, cases: Iterable[int], title: str = "高新技术企业奖励公示") -> int:
        """Make confirmed cases public."""
        chosen = [Chosen(case, self.office.case(case).version) for case in cases]
        handler = self.office.people[Role.HANDLER]
        number, _ = publicise(
            self.office.work,
            handler,
            title,
            chosen,
            f"list{next(self.office.keys)}",
            self.office.now,
            self.office.today,
        )
        return number

    def answered(self, plea: int, uphold: bool, reply: str) -> None:
        """Let two people who had no part in it decide on a plea."""
        office = self.office
        one = office.people[Role.REVIEWER]
        two = Actor(office.people[Role.AUDITOR].id, "two", frozenset({Role.REVIEWER}))
        propose(office.work, one, plea, uphold, reply, office.now)
        key = f"d{next(office.keys)}"
        decide(office.work, two, plea, True, key, office.now, office.today)


def sample_clock() -> Clock:
    """A clock that stands where the sample document and the calendar reach."""
    return Clock(TODAY, NOW)

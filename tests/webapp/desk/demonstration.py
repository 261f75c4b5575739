"""An application that holds the demonstration, and browsers signed in as its people."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from matcher.catalogue import Catalogue
from tests.webapp.html import Element, parse
from webapp import create_app
from webapp.services.demo import COMPANY_LOGIN, STAGES, prepare
from webapp.services.people.accounts import accounts_of
from webapp.services.people.passwords import Passwords
from webapp.services.people.sessions import open_within
from webapp.services.vault import Vault
from webapp.shared import Portal
from webapp.tables.cases import CaseRow
from webapp.tables.people import User
from webapp.tables.registry import CompanyRow

DATABASE = "demo.sqlite3"
TODAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 20, 2, tzinfo=UTC)
KEY = "only-for-tests-" * 4
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def make_app(catalogue: Catalogue, folder: Path, **more: object) -> Flask:
    """Make an application over the database of a folder."""
    return create_app(
        {
            "DATABASE_URL": f"sqlite:///{folder / DATABASE}",
            "DATA": folder,
            "SECRET_KEY": KEY,
            "CATALOGUE": catalogue,
            "PASSWORD_HASHER": CHEAP,
            "OIDC": None,
            "TODAY": lambda: TODAY,
            "NOW": lambda: NOW,
            **more,
        }
    )


def fill(app: Flask, today: date = TODAY, now: datetime = NOW) -> None:
    """Put the demonstration into an empty application; everybody has set a password and a second factor."""
    held: Portal = app.extensions["mianshen"]
    accounts = accounts_of(held.database, KEY, Passwords(hasher=CHEAP))
    prepare(held.casework, accounts, now, today)
    secret = Vault(KEY.encode()).seal("A" * 32)
    with held.database.writing() as session:
        session.execute(update(User).values(password_until=None))
        session.execute(update(User).where(User.login != COMPANY_LOGIN).values(totp_secret=secret))


@dataclass
class Stage:
    """An application with the demonstration, and its cases by stage."""

    app: Flask

    @property
    def held(self) -> Portal:
        found: Portal = self.app.extensions["mianshen"]
        return found

    def token(self, login: str) -> str:
        """Open a session for somebody."""
        with self.held.database.writing() as session:
            user = session.scalars(select(User.id).filter_by(login=login)).one()
            return open_within(session, user, self.held.now(), second=True)

    def browser(self, login: str) -> FlaskClient:
        """Give a browser in which somebody is signed in."""
        client = self.app.test_client()
        client.set_cookie("mianshen", self.token(login))
        return client

    def case(self, stage: str) -> CaseRow:
        """Give the case that was made to stand at a stage."""
        with self.held.database.reading() as session:
            rows = session.scalars(select(CaseRow).order_by(CaseRow.id)).all()
            row = rows[STAGES.index(stage)]
            session.expunge(row)
            return row

    def company(self, stage: str) -> CompanyRow:
        """Give the company of the case at a stage."""
        with self.held.database.reading() as session:
            row = session.get_one(CompanyRow, self.case(stage).company_id)
            session.expunge(row)
            return row


def opened(client: FlaskClient, address: str, status: int = 200) -> Element:
    """Open a page."""
    response = client.get(address)
    assert response.status_code == status, response.text
    return parse(response.text)


def words(element: Element) -> str:
    """Give the text of an element with every run of blanks as one."""
    return re.sub(r"\s+", " ", element.text()).strip()


def filled(catalogue: Catalogue, folder: Path) -> Path:
    """Fill a folder once, for `copied` to copy."""
    app = make_app(catalogue, folder)
    fill(app)
    held: Portal = app.extensions["mianshen"]
    with held.database.engine.connect() as connection:
        # Copies take the one file, so nothing may still stand in the log beside it.
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    held.database.close()
    return folder


def copied(catalogue: Catalogue, made: Path, folder: Path, **more: object) -> Stage:
    """Give an application of its own over a copy of a filled folder."""
    shutil.copy(made / DATABASE, folder / DATABASE)
    return Stage(make_app(catalogue, folder, **more))

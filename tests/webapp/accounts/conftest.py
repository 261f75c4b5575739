"""Accounts on both databases, and browsers that are signed in as somebody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from tests.webapp.conftest import HASHER, NOON, Clock
from webapp import create_app
from webapp.database import Database
from webapp.people import EXTENSION
from webapp.services.people.accounts import Accounts, accounts_of
from webapp.services.people.passwords import Checked, Passwords
from webapp.services.people.roles import Actor, Role
from webapp.services.people.sessions import companies_of, open_within, roles_of
from webapp.tables.audit import AuditEntry
from webapp.tables.people import Membership, User, UserRole
from webapp.tables.registry import CompanyRow

__all__ = ["HASHER", "NOON", "Clock"]

KEY = "only-for-tests-" * 4
PASSWORD = "灯下的旧书有一股好闻的味道 7"


class CountingPasswords(Passwords):
    """Passwords that count how often one was checked, and against what."""

    def __init__(self, **given: Any) -> None:
        super().__init__(hasher=HASHER, **given)
        self.verified: list[str] = []
        real = self._hasher

        class Hasher:
            def verify(inner, stored: str, typed: str) -> bool:
                self.verified.append(stored)
                return bool(real.verify(stored, typed))

            def __getattr__(inner, name: str) -> Any:
                return getattr(real, name)

        self._hasher = Hasher()  # type: ignore[assignment]

    def check(self, stored: str | None, typed: str) -> Checked:
        return super().check(stored, typed)


@dataclass
class House:
    """A house with people, companies and accounts."""

    accounts: Accounts
    now: datetime = NOON
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def database(self) -> Database:
        return self.accounts.database

    def person(
        self, *roles: Role, companies: tuple[int, ...] = (), second: bool = False, **more: Any
    ) -> Actor:
        """Let somebody have an account with a password, as if long here."""
        number = next(self.numbers)
        login = more.pop("login", f"person{number}")
        with self.database.writing() as session:
            user = User(
                login=login,
                name=more.pop("name", f"某人{number}"),
                password_hash=HASHER.hash(PASSWORD),
                password_at=self.now,
                created_at=self.now,
                totp_secret=self.accounts.second._vault.seal("A" * 32) if second else None,
                **more,
            )
            session.add(user)
            session.flush()
            for role in roles:
                session.add(UserRole(user_id=user.id, role=role.value))
            for company in companies:
                session.execute(
                    insert(Membership).values(
                        user_id=user.id,
                        company_id=company,
                        state="approved",
                        asked_at=self.now,
                        decided_at=self.now,
                    )
                )
            id_ = user.id
        return self.actor(id_)

    def actor(self, user: int) -> Actor:
        """Give a person as the services know it now."""
        with self.database.reading() as session:
            name = session.get_one(User, user).name
            return Actor(user, name, roles_of(session, user), companies_of(session, user))

    def company(self, code: str = "91340100MA2ABCDE0X", name: str = "云岭药业有限公司") -> int:
        """Register a company."""
        with self.database.writing() as session:
            row = CompanyRow(code=code, name=name, created_at=self.now)
            session.add(row)
            session.flush()
            return row.id

    def token(self, user: int, second: bool = True) -> str:
        """Open a session for somebody."""
        with self.database.writing() as session:
            return open_within(session, user, self.now, second=second)

    def deeds(self) -> list[tuple[str, str]]:
        """List what the audit was told: actions with their results, in order."""
        with self.database.reading() as session:
            rows = session.execute(
                select(AuditEntry.action, AuditEntry.result).order_by(AuditEntry.place)
            )
            return [(action, result) for action, result in rows]


@pytest.fixture
def house(database: Database) -> House:
    """A house on SQLite and on PostgreSQL; nobody lives in it yet."""
    return House(accounts_of(database, KEY, CountingPasswords()))


@dataclass
class Town:
    """An application with people who have browsers."""

    app: Flask
    house: House
    clock: Clock

    def visitor(self) -> FlaskClient:
        """Give a browser in which nobody is signed in."""
        return self.app.test_client()

    def browser(self, person: Actor, second: bool = True) -> FlaskClient:
        """Give a browser in which somebody is signed in."""
        assert person.id is not None
        client = self.app.test_client()
        self.house.now = self.clock.now
        client.set_cookie("mianshen", self.house.token(person.id, second))
        return client


@pytest.fixture
def accounts_config(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration of an application with accounts."""
    return {**config, "PASSWORD_HASHER": HASHER, "OIDC": None}


@pytest.fixture
def town(accounts_config: dict[str, Any], clock: Clock) -> Iterator[Town]:
    """An application without form tokens, so that a test can post what it likes."""
    app = create_app({**accounts_config, "WTF_CSRF_ENABLED": False})
    yield Town(app, House(app.extensions[EXTENSION].accounts, clock.now), clock)
    app.extensions["mianshen"].database.close()

"""Sessions: how long they live, what ends them, and that rights are read anew at every request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text

from tests.webapp.accounts.conftest import HASHER, House
from tests.webapp.conftest import NOON
from webapp.limits import COMPANY_IDLE, COMPANY_WHOLE, HALF_SESSION, STAFF_IDLE, STAFF_WHOLE
from webapp.services.people import users
from webapp.services.people.passwords import Passwords, Policy
from webapp.services.people.roles import Role
from webapp.services.people.sessions import Pending, Sessions, digest
from webapp.tables.people import LoginSession, Membership, User, UserRole

SECOND = timedelta(seconds=1)
LIVES = [(Role.DESK, STAFF_IDLE, STAFF_WHOLE), (Role.COMPANY, COMPANY_IDLE, COMPANY_WHOLE)]


@pytest.mark.parametrize(("role", "idle", "whole"), LIVES, ids=["staff", "company"])
def test_an_unused_session_ends(
    house: House, role: Role, idle: timedelta, whole: timedelta
) -> None:
    person = house.person(role, second=True)
    token = house.token(person.id)
    assert house.accounts.sessions.find(token, NOON + idle + SECOND) is None
    assert house.accounts.sessions.find(token, NOON + idle) is not None, "and then it was used"
    assert house.accounts.sessions.find(token, NOON + idle + idle) is not None


@pytest.mark.parametrize(("role", "idle", "whole"), LIVES, ids=["staff", "company"])
def test_a_session_in_use_ends_too(
    house: House, role: Role, idle: timedelta, whole: timedelta
) -> None:
    token = house.token(house.person(role, second=True).id)
    moment = NOON
    while moment + idle < NOON + whole:
        moment += idle
        assert house.accounts.sessions.find(token, moment) is not None
    assert house.accounts.sessions.find(token, NOON + whole) is not None
    assert house.accounts.sessions.find(token, NOON + whole + SECOND) is None


def test_a_half_session_lives_ten_minutes_and_opens_nothing(house: House) -> None:
    person = house.person(Role.REVIEWER, second=True)
    token = house.token(person.id, second=False)
    signed = house.accounts.sessions.find(token, NOON + HALF_SESSION)
    assert signed is not None
    assert signed.pending is Pending.SECOND
    assert not signed.actor().roles
    assert house.accounts.sessions.find(token, NOON + HALF_SESSION + SECOND) is None


def test_what_is_still_to_come_in_order(house: House) -> None:
    def pending(id_: int | None, sessions: Sessions = house.accounts.sessions) -> Pending | None:
        signed = sessions.find(house.token(id_, second=False), NOON)
        assert signed is not None
        return signed.pending

    handed = {"password_until": NOON + timedelta(days=1)}
    assert pending(house.person(Role.ADMIN, second=True, **handed).id) is Pending.SECOND
    assert pending(house.person(Role.ADMIN, **handed).id) is Pending.PASSWORD
    assert pending(house.person(Role.ADMIN).id) is Pending.ENROL
    assert pending(house.person(Role.COMPANY).id) is None

    strict = Sessions(house.database, Passwords(Policy.CLASSES, HASHER))
    old = house.person(Role.COMPANY)
    with house.database.writing() as session:
        session.get_one(User, old.id).password_at = NOON - timedelta(days=91)
    assert pending(old.id, strict) is Pending.PASSWORD


def test_disabling_an_account_ends_its_sessions(house: House) -> None:
    admin, person = house.person(Role.ADMIN), house.person(Role.DESK, second=True)
    token = house.token(person.id)
    users.disable(house.accounts, admin, int(person.id or 0), NOON)
    assert house.accounts.sessions.find(token, NOON) is None

    users.enable(house.accounts, admin, int(person.id or 0), NOON)
    assert house.accounts.sessions.find(token, NOON) is None, "an old session does not come back"


def test_a_disabled_account_opens_nothing_even_with_a_session(house: House) -> None:
    person = house.person(Role.COMPANY)
    token = house.token(person.id)
    with house.database.writing() as session:
        session.get_one(User, person.id).disabled_at = NOON
    assert house.accounts.sessions.find(token, NOON) is None


def test_roles_and_companies_are_read_at_every_request(house: House) -> None:
    company = house.company()
    person = house.person(Role.COMPANY, companies=(company,))
    token = house.token(person.id)
    first = house.accounts.sessions.find(token, NOON)
    assert first is not None
    assert first.companies == {company}

    with house.database.writing() as session:
        session.execute(delete(Membership))
        session.execute(delete(UserRole))
    second = house.accounts.sessions.find(token, NOON)
    assert second is not None
    assert (second.companies, second.roles) == (frozenset(), frozenset())


def test_a_role_that_only_the_program_has_gives_a_person_nothing(house: House) -> None:
    person = house.person(Role.SYSTEM)
    signed = house.accounts.sessions.find(house.token(person.id), NOON)
    assert signed is not None
    assert not signed.roles


def test_the_table_holds_digests_and_tokens_are_long(house: House) -> None:
    person = house.person(Role.COMPANY)
    tokens = {house.token(person.id) for _ in range(20)}
    assert len(tokens) == 20
    assert {len(token) for token in tokens} == {43}
    with house.database.reading() as session:
        assert set(session.scalars(select(LoginSession.token_hash))) == set(map(digest, tokens))
        stored = str(session.execute(text("SELECT * FROM login_sessions")).all())
    assert not any(token in stored for token in tokens)


def test_being_seen_is_noted_once_a_minute(house: House) -> None:
    token = house.token(house.person(Role.COMPANY).id)

    def seen() -> object:
        with house.database.reading() as session:
            return session.scalar(select(LoginSession.seen_at))

    house.accounts.sessions.find(token, NOON + timedelta(seconds=59))
    assert seen() == NOON
    house.accounts.sessions.find(token, NOON + timedelta(seconds=60))
    assert seen() == NOON + timedelta(seconds=60)

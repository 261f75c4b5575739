"""Every route of the application, as every role, own and foreign, and as nobody.

The routes come from the application itself. One that is added says what it needs, or nothing is built;
one about a company's own things also says here which object is somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from tests.webapp.accounts.conftest import Town
from webapp import access
from webapp.access import Undeclared, permission_of
from webapp.services.people.roles import GRANTS, Actor, Permission, Role
from webapp.tables.people import Membership

ROLES = tuple(role for role in Role if role not in (Role.SYSTEM, Role.KEY))
"""The roles that people have."""
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass
class Things:
    """Objects that addresses name: a company's own, and somebody else's."""

    own: dict[str, int]
    foreign: dict[str, int]
    owner: Actor
    people: dict[Role, Actor]


@pytest.fixture
def things(town: Town) -> Things:
    """Two companies with a person each, a wish to be decided, and one person in each role."""
    house = town.house
    mine = house.company("91340100MA2ABCDE0X", "云岭药业有限公司")
    theirs = house.company("91340100MA2ABCDE1X", "别家药业有限公司")
    owner = house.person(Role.COMPANY, companies=(mine,))
    stranger = house.person(Role.COMPANY, companies=(theirs,))
    members = {}
    with house.database.writing() as session:
        for person, company in ((owner, theirs), (stranger, mine)):
            members[person.id] = session.scalar(
                insert(Membership)
                .values(user_id=person.id, company_id=company, state="asked", asked_at=house.now)
                .returning(Membership.id)
            )
    people = {role: house.person(role, second=True) for role in ROLES if role is not Role.COMPANY}
    return Things(
        own={"company": mine, "member": members[owner.id]},
        foreign={"company": theirs, "member": members[stranger.id]},
        owner=owner,
        people=people | {Role.COMPANY: owner},
    )


def requests_of(app: Flask) -> Iterator[tuple[Rule, str, Permission]]:
    """List each route of the pages with each of its methods and what it needs."""
    for rule, method, permission in _every(app):
        if not rule.endpoint.startswith(f"{access.API}."):
            yield rule, method, permission


def _every(app: Flask) -> Iterator[tuple[Rule, str, Permission]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule):
        permission = permission_of(app, rule.endpoint)
        assert permission is not None
        for method in sorted(rule.methods or ()):
            if method not in ("HEAD", "OPTIONS"):
                yield rule, method, permission


def address(app: Flask, rule: Rule, known: dict[str, int]) -> str:
    """Build the address of a route; what is not known is a number or a word that stands for nothing."""
    values: dict[str, object] = {
        name: _filler(converter) for name, converter in rule._converters.items()
    }
    values |= {name: known[name] for name in values if name in known}
    with app.test_request_context():
        return app.url_for(rule.endpoint, **values)


def _filler(converter: BaseConverter) -> object:
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 1 if isinstance(converter, IntegerConverter) else "nothing"


def to_login(response: object) -> bool:
    return getattr(response, "location", None) == "/login"


def test_there_are_routes_of_every_kind(town: Town) -> None:
    found = {permission for _, _, permission in requests_of(town.app)}
    assert found >= {
        Permission.PUBLIC,
        Permission.SIGNED_IN,
        Permission.OWN_COMPANY,
        Permission.USERS_MANAGE,
        Permission.MEMBERS_DECIDE,
    }


def test_nobody_gets_to_the_public_pages_and_else_to_the_login(town: Town) -> None:
    for rule, method, permission in requests_of(town.app):
        where = address(town.app, rule, {})
        response = town.visitor().open(where, method=method)
        assert to_login(response) is (permission is not Permission.PUBLIC), (method, rule)
        assert response.status_code < 500, (method, rule)


def test_the_api_asks_for_a_key_and_takes_no_session_for_one(town: Town, things: Things) -> None:
    asked = set()
    for rule, method, permission in _every(town.app):
        if rule.endpoint.startswith(f"{access.API}.") and permission is not Permission.PUBLIC:
            asked.add(permission)
            browser = town.browser(things.people[Role.ADMIN])
            response = browser.open(address(town.app, rule, things.own), method=method)
            told = (method, rule.rule, response.status)
            assert response.status_code == 401, told
            assert response.mimetype == "application/problem+json", told
    assert asked >= {Permission.CASES_SEE, Permission.FACTS_IMPORT}


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_a_role_opens_what_it_is_granted_and_nothing_else(
    town: Town, things: Things, role: Role
) -> None:
    person = things.people[role]
    for rule, method, permission in requests_of(town.app):
        if permission is Permission.PUBLIC:
            continue
        where = address(town.app, rule, things.own)
        response = town.browser(things.people[role]).open(where, method=method)
        granted = bool(person.roles & GRANTS[permission].roles)
        told = (method, rule.rule, str(role), response.status)
        if not granted:
            assert response.status_code == 403, told
            continue
        assert response.status_code not in (401, 403), told
        assert response.status_code < 500, told
        assert not to_login(response) or rule.endpoint in ("accounts.logout",), told
        if method == "GET" and set(rule.arguments) <= set(things.own):
            assert response.status_code < 400, told
        assert response.headers["Cache-Control"] == "no-store", told


def test_what_is_another_companys_does_not_exist(town: Town, things: Things) -> None:
    narrowed = [
        (rule, method)
        for rule, method, permission in requests_of(town.app)
        if GRANTS[permission].own and rule.arguments
    ]
    assert narrowed
    for rule, method in narrowed:
        assert rule.arguments & set(things.foreign), (
            f"{rule.rule}: name in Things.foreign an object of {sorted(rule.arguments)} "
            "that belongs to another company"
        )
        where = address(town.app, rule, things.own | things.foreign)
        response = town.browser(things.owner).open(where, method=method)
        assert response.status_code == 404, (method, rule)


def test_a_missing_role_is_named_with_whom_to_ask_and_told_the_audit(
    town: Town, things: Things
) -> None:
    page = town.browser(things.people[Role.DESK]).get("/desk/users")
    admin = things.people[Role.ADMIN].name
    assert page.status_code == 403
    assert f"这一页要有“管理”的角色才能打开。需要的话请找管理 {admin}。" in page.text
    assert town.house.deeds()[-1] == ("access", "refused:wrong_role")

    of_company = town.browser(things.owner).get("/desk/users").text
    assert "12345" in of_company
    assert admin not in of_company


def test_an_application_with_a_silent_route_is_not_built(town: Town) -> None:
    town.app.add_url_rule("/silent", "silent", lambda: "anything")
    with pytest.raises(Undeclared, match="silent"):
        access.check(town.app)


def test_a_route_that_slipped_in_is_not_served(town: Town) -> None:
    town.app.config["PROPAGATE_EXCEPTIONS"] = False
    town.app.add_url_rule("/silent", "silent", lambda: "anything")
    response = town.visitor().get("/silent")
    assert response.status_code == 500
    assert "anything" not in response.text


def test_every_post_but_those_of_the_home_page_and_of_mail_programs_needs_a_form_token(
    town: Town, things: Things
) -> None:
    town.app.config["WTF_CSRF_ENABLED"] = True
    unguarded = set()
    for rule, method, permission in requests_of(town.app):
        if method not in UNSAFE:
            continue
        person = (
            next(one for one in things.people.values() if one.roles & GRANTS[permission].roles)
            if permission is not Permission.PUBLIC
            else None
        )
        client = town.browser(person) if person else town.visitor()
        response = client.open(address(town.app, rule, things.own), method=method)
        if response.status_code != 400:
            unguarded.add(rule.endpoint)
    assert unguarded == {"portal.start", "portal.resume", "following.unsubscribe"}


def test_pages_for_everyone_are_the_same_for_those_who_are_signed_in(
    town: Town, things: Things
) -> None:
    signed_in: FlaskClient = town.browser(things.owner)
    for page in ("/", "/measures", "/documents", "/measures/hefei-2025/1.4"):
        seen, public = signed_in.get(page), town.visitor().get(page)
        assert seen.data == public.data
        assert seen.headers["ETag"] == public.headers["ETag"]
        assert "Cookie" in seen.headers["Vary"]
    own = signed_in.get("/account")
    assert things.owner.name in own.text
    assert "ETag" not in own.headers

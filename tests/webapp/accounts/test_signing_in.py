"""Coming in through the pages: password, second factor, spare codes, first steps, going out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.webapp.accounts.conftest import PASSWORD, House, Town
from tests.webapp.conftest import NOON, Clock
from tests.webapp.html import parse
from webapp import create_app
from webapp.people import EXTENSION
from webapp.services.people import users
from webapp.services.people.roles import Role
from webapp.services.people.second_factor import OFFER_KEPT
from webapp.tables.people import LoginSession, SpareCode, User

NEW = "窗外的雨下了一整夜没有停过 9"
SECRET = "A" * 32


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD, **given: Any) -> Any:
    return client.post("/login", data={"login": login, "password": password}, **given)


def code(town: Town, secret: str = SECRET, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(town.clock.now + timedelta(seconds=30 * steps))


def test_a_company_lands_on_its_account_and_staff_at_the_next_step(town: Town) -> None:
    town.house.person(Role.COMPANY, login="company")
    town.house.person(Role.DESK, login="desk", second=True)
    town.house.person(Role.DESK, login="new")
    for login, where in (
        ("company", "/my"),
        ("desk", "/login/second"),
        ("new", "/account/second"),
    ):
        there = town.app.url_map.bind("").test("/my", "GET")
        expected = where if where != "/my" or there else "/account"
        assert sign_in(town.visitor(), login).location == expected


def test_the_page_that_was_asked_for_opens_after_the_login(town: Town) -> None:
    town.house.person(Role.ADMIN, login="admin", second=True)
    client = town.visitor()
    assert client.get("/desk/members?q=云岭").location == "/login"
    assert sign_in(client, "admin").location == "/login/second"
    done = client.post("/login/second", data={"code": code(town)})
    assert done.location == "/desk/members", "the path alone: what was searched is kept nowhere"


def test_no_other_site_can_be_named_as_the_page_to_go_to(town: Town) -> None:
    town.house.person(Role.COMPANY, login="company")
    client = town.visitor()
    for where in ("//evil.example/x", "/%2f%2fevil.example", "/account//evil.example"):
        client.get(where)
    assert sign_in(client, "company").location.startswith("/")
    assert "evil" not in sign_in(town.visitor(), "company").location


def test_wrong_gets_one_neutral_sentence_and_the_name_is_kept(town: Town) -> None:
    town.house.person(Role.COMPANY, login="known")
    client = town.visitor()
    answers = [sign_in(client, login, "wrong-wrong") for login in ("known", "nobody")]
    assert [answer.status_code for answer in answers] == [422, 422]
    one, other = (re.sub("known|nobody", "", answer.text) for answer in answers)
    assert one == other
    assert "登录名或密码不对" in one
    assert "wrong-wrong" not in one
    assert 'value="known"' in answers[0].text


def test_too_many_tries_are_answered_429_with_the_time(town: Town) -> None:
    for _ in range(5):
        sign_in(town.visitor(), "nobody", "wrong")
    refused = sign_in(town.visitor(), "nobody", "wrong")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "请过 1 分钟再试" in refused.text


def test_a_login_gives_a_new_session_and_ends_the_one_before(town: Town) -> None:
    """Session fixation: what an attacker put into the browser is worth nothing afterwards."""
    attacker, victim = town.house.person(Role.COMPANY), town.house.person(Role.COMPANY)
    planted = town.house.token(int(attacker.id or 0))
    client = town.visitor()
    client.set_cookie("mianshen", planted)
    client.set_cookie("session", "planted")
    with town.house.database.reading() as session:
        login = session.get_one(User, victim.id).login
    sign_in(client, login)
    kept = client.get_cookie("mianshen")
    assert kept is not None
    assert kept.value != planted
    assert victim.name in client.get("/account").text
    assert town.house.accounts.sessions.find(planted, NOON) is None


def test_the_second_factor_gives_yet_another_session(town: Town) -> None:
    town.house.person(Role.AUDITOR, login="auditor", second=True)
    client = town.visitor()
    sign_in(client, "auditor")
    half = client.get_cookie("mianshen")
    assert half is not None
    assert client.get("/account").location == "/login/second"
    assert client.get("/desk/users").location == "/login/second"

    assert client.post("/login/second", data={"code": "000000"}).status_code == 422
    assert client.post("/login/second", data={"code": code(town)}).status_code == 303
    whole = client.get_cookie("mianshen")
    assert whole is not None
    assert whole.value != half.value
    assert town.house.accounts.sessions.find(half.value, NOON) is None
    assert client.get("/account").status_code == 200


def test_a_code_counts_once(town: Town) -> None:
    town.house.person(Role.AUDITOR, login="auditor", second=True)
    taken = code(town)
    for status in (303, 422):
        client = town.visitor()
        sign_in(client, "auditor")
        assert client.post("/login/second", data={"code": taken}).status_code == status


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
def test_a_clock_may_be_off_by_half_a_minute(town: Town, steps: int, status: int) -> None:
    town.house.person(Role.AUDITOR, login="auditor", second=True)
    client = town.visitor()
    sign_in(client, "auditor")
    typed = f" {code(town, steps=steps)[:3]} {code(town, steps=steps)[3:]}"
    assert client.post("/login/second", data={"code": typed}).status_code == status


def test_an_older_code_is_not_taken_after_a_newer_one(town: Town) -> None:
    town.house.person(Role.AUDITOR, login="auditor", second=True)
    for steps, status in ((0, 303), (-1, 422), (1, 303)):
        client = town.visitor()
        sign_in(client, "auditor")
        sent = client.post("/login/second", data={"code": code(town, steps=steps)})
        assert sent.status_code == status


def test_wrong_codes_make_waiting_longer_though_the_password_is_right(town: Town) -> None:
    town.house.person(Role.AUDITOR, login="auditor", second=True)
    client = town.visitor()
    sign_in(client, "auditor")
    for _ in range(5):
        assert client.post("/login/second", data={"code": "111111"}).status_code == 422
    again = town.visitor()
    sign_in(again, "auditor")
    assert again.post("/login/second", data={"code": code(town)}).status_code == 429


def test_switching_the_second_factor_on_and_the_spare_codes(town: Town) -> None:
    person = town.house.person(Role.DESK, login="desk")
    client = town.visitor()
    sign_in(client, "desk")
    page = client.get("/account/second")
    (form,) = [one for one in parse(page.text).all("form") if one.by_id("code")]
    secret = parse(page.text).all("code")[0].text().replace(" ", "")
    given = {**form.values(), "code": code(town, secret), "old": PASSWORD}

    assert client.post("/account/second", data={**given, "old": "wrong"}).status_code == 422
    assert client.post("/account/second", data={**given, "code": "000000"}).status_code == 422
    done = client.post("/account/second", data=given)
    spares = [item.text() for item in parse(done.text).all("li", "mono")]
    assert len(set(spares)) == 10
    assert client.get("/account").status_code == 200, "this browser goes on"

    with town.house.database.reading() as session:
        user = session.get_one(User, person.id)
        assert secret not in str(user.totp_secret)
        assert session.scalar(select(func.count()).select_from(SpareCode)) == 10
        stored = set(session.scalars(select(SpareCode.digest)))
    assert not stored & {spare.replace("-", "") for spare in spares}

    for status in (303, 422):
        other = town.visitor()
        sign_in(other, "desk")
        typed = {"code": spares[0].lower()}
        assert other.post("/login/second", data=typed).status_code == status


def test_an_offered_secret_is_one_persons_and_not_for_long(town: Town) -> None:
    second = town.house.accounts.second
    sealed = second.offer(7, NOON)
    assert second.offered(sealed, 7, NOON + OFFER_KEPT)
    assert second.offered(sealed, 7, NOON + OFFER_KEPT + timedelta(seconds=1)) is None
    assert second.offered(sealed, 8, NOON) is None
    assert second.offered(sealed[:-2] + "AA", 7, NOON) is None


def test_staff_without_a_second_factor_open_nothing_but_that_step(town: Town) -> None:
    admin = town.house.person(Role.ADMIN)
    client = town.browser(admin, second=False)
    for page in ("/desk/users", "/account", "/account/password"):
        assert client.get(page).location == "/account/second"
    assert client.get("/account/second").status_code == 200
    assert client.post("/logout").location == "/login"


def test_the_first_administrators_way_in(town: Town) -> None:
    password = users.first(town.house.accounts, "first", "第一人", NOON)
    client = town.visitor()
    assert sign_in(client, "first", password).location == "/account/password"
    assert client.get("/desk/users").location == "/account/password"
    given = {"old": password, "password": password}
    assert client.post("/account/password", data=given).status_code == 422
    given = {"old": password, "password": NEW}
    assert client.post("/account/password", data=given).location == "/account/second"
    page = parse(client.get("/account/second").text)
    secret = page.all("code")[0].text().replace(" ", "")
    (form,) = [one for one in page.all("form") if one.by_id("code")]
    given = {**form.values(), "code": code(town, secret), "old": NEW}
    assert client.post("/account/second", data=given).status_code == 200
    assert client.get("/desk/users").status_code == 200
    assert sign_in(town.visitor(), "first", password).status_code == 422


def test_a_handed_out_password_ends(town: Town) -> None:
    password = users.first(town.house.accounts, "first", "第一人", NOON)
    town.clock.now = NOON + timedelta(days=3)
    assert sign_in(town.visitor(), "first", password).status_code == 303
    town.clock.now = NOON + timedelta(days=3, seconds=1)
    assert sign_in(town.visitor(), "first", password).status_code == 422


def test_a_new_password_ends_all_other_sessions(town: Town) -> None:
    person = town.house.person(Role.COMPANY, login="company")
    here, elsewhere = town.browser(person), town.browser(person)
    given = {"old": PASSWORD, "password": NEW}
    assert here.post("/account/password", data=given).status_code == 303
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").location == "/login"
    assert sign_in(town.visitor(), "company").status_code == 422
    assert sign_in(town.visitor(), "company", NEW).status_code == 303


@pytest.mark.parametrize("password", ["short", "hefei hefei hefei", PASSWORD])
def test_a_new_password_that_is_not_taken_changes_nothing(town: Town, password: str) -> None:
    person = town.house.person(Role.COMPANY, login="company")
    given = {"old": PASSWORD, "password": password}
    refused = town.browser(person).post("/account/password", data=given)
    page = parse(refused.text)
    assert refused.status_code == 422
    field = page.by_id("password")
    assert field is not None
    assert field.get("aria-invalid") == "true"
    assert page.all("title")[0].text().startswith("错误:")
    assert sign_in(town.visitor(), "company").status_code == 303


def test_going_out_ends_the_session_on_the_server(town: Town) -> None:
    client = town.browser(town.house.person(Role.COMPANY))
    kept = client.get_cookie("mianshen")
    assert kept is not None
    assert client.post("/logout").location == "/login"
    assert client.get_cookie("mianshen") is None
    with town.house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LoginSession)) == 0
    client.set_cookie("mianshen", kept.value)
    assert client.get("/account").location == "/login"


def test_what_was_sent_after_the_end_is_said_to_be_lost(town: Town) -> None:
    client = town.browser(town.house.person(Role.COMPANY))
    town.clock.now += timedelta(hours=3)
    assert client.post("/account/companies", data={"code": "x"}).location == "/login"
    assert "刚才提交的没有办理" in client.get("/login").text


def test_registering_gives_an_account_that_may_nothing_yet(town: Town) -> None:
    client = town.visitor()
    given = {"login": " Li.Si@Example.CN ", "name": "李四", "password": PASSWORD}
    assert client.post("/register", data=given).location == "/account"
    page = client.get("/account").text
    assert "li.si@example.cn" in page
    assert "李四" in page
    assert client.get("/desk/users").status_code == 403
    assert town.visitor().post("/register", data=given).status_code == 422, "the name is taken"
    assert sign_in(town.visitor(), "LI.SI@example.cn").status_code == 303


def test_one_address_makes_ten_accounts_an_hour(town: Town) -> None:
    def register(number: int) -> int:
        given = {"login": f"someone{number}", "name": "某", "password": PASSWORD}
        return town.visitor().post("/register", data=given).status_code

    assert [register(number) for number in range(11)] == [303] * 10 + [429]


@pytest.mark.parametrize(
    ("login", "taken"),
    [("abc", True), ("ab", False), ("a" * 64, True), ("a" * 65, False), ("a b c", False),
     ("张三丰", False), ("erased-7", False)],
)  # fmt: skip
def test_login_names_at_their_limits(town: Town, login: str, taken: bool) -> None:
    given = {"login": login, "name": "某", "password": PASSWORD}
    response = town.visitor().post("/register", data=given)
    assert response.status_code == (303 if taken else 422)


# --- form tokens and cookies ---------------------------------------------------------------------


@pytest.fixture
def guarded(accounts_config: dict[str, Any], clock: Clock) -> Iterator[Town]:
    """An application as it runs: form tokens on, cookies for TLS only."""
    app = create_app({**accounts_config, "SESSION_COOKIE_SECURE": True})
    yield Town(app, House(app.extensions[EXTENSION].accounts, clock.now), clock)
    app.extensions["mianshen"].database.close()


def test_login_and_logout_need_the_forms_token(guarded: Town) -> None:
    guarded.house.person(Role.COMPANY, login="company")
    tls = {"base_url": "https://localhost"}
    client = guarded.visitor()
    assert sign_in(client, "company", **tls).status_code == 400
    (form,) = [
        one for one in parse(client.get("/login", **tls).text).all("form") if one.by_id("login")
    ]
    given = {**form.values(), "login": "company", "password": PASSWORD}
    response = client.post("/login", data=given, **tls)
    assert response.status_code == 303

    cookies = response.headers.getlist("Set-Cookie")
    (kept,) = [one for one in cookies if one.startswith("__Host-mianshen=")]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(kept.split("; "))
    assert "Domain" not in kept
    assert "Max-Age" not in kept
    assert all(one.startswith("__Host-") for one in cookies)

    assert client.post("/logout", data=form.values(), **tls).status_code == 400, "an old token"
    page = parse(client.get("/account", **tls).text)
    (form,) = page.all("form", "leave")
    assert client.post("/logout", data=form.values(), **tls).status_code == 303
    assert client.get("/account", **tls).location == "/login"


def test_nothing_secret_reaches_the_log(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "mianshen.web")
    town.house.person(Role.COMPANY, login="canary-login", name="金丝雀")
    client = town.visitor()
    sign_in(client, "canary-login")
    sign_in(client, "canary-login", "canary-password")
    kept = client.get_cookie("mianshen")
    assert kept is not None
    for secret in ("canary-login", "canary-password", PASSWORD, "金丝雀", kept.value):
        assert secret not in caplog.text

"""Keys of other systems: made and revoked by 管理, seen once, and the only thing that opens what is not for anyone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from tests.webapp.api.conftest import DEMO, System, World, problem
from tests.webapp.html import parse
from webapp.access import permission_of
from webapp.api.routes import OPERATIONS
from webapp.limits import MAX_KEY_DAYS, MAX_KEY_MINUTE, REFUSED_MINUTE
from webapp.services.cases.refusals import Refused
from webapp.services.people.keys import PREFIX, Wanted, add, listed, revoke
from webapp.services.people.roles import SCOPES, STAFF, SYSTEM, Permission, Role
from webapp.tables.api import ApiKey
from webapp.tables.audit import AuditEntry


def test_a_key_works_until_it_is_revoked_or_expires(both: World) -> None:
    first, second = both.key("cases_see"), both.key("cases_see", days=30)
    assert first.get("/cases").status_code == second.get("/cases").status_code == 200

    with both.database.reading() as session:
        keys = listed(session)
    assert [key.last_used_at for key in keys] == [both.clock.now] * 2
    revoke(both.house.accounts, SYSTEM, keys[-1].id, both.clock.now)
    assert problem(first.get("/cases"), 401)["type"].endswith(":key_revoked")

    both.clock.now += timedelta(days=30)
    assert problem(second.get("/cases"), 401)["type"].endswith(":key_expired")
    assert both.house.deeds() == [
        ("key.add", "done"),
        ("key.add", "done"),
        ("key.revoke", "done"),
        ("key.refused", "refused:key_revoked"),
        ("key.refused", "refused:key_expired"),
    ]


def test_the_secret_is_stored_nowhere(both: World) -> None:
    secret = both.secret("cases_see")
    assert len(secret) == len(PREFIX) + 43
    with both.database.reading() as session:
        row = session.execute(select(*ApiKey.__table__.columns)).one()
        stored = [str(value) for value in row]
        told = session.scalars(select(AuditEntry.object_id)).all()
    assert not [one for one in (*stored, *told) if secret in one or secret[-30:] in one]
    assert secret.startswith(row.shown)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Bearer mianshen_nothing", "key_unknown"),
        ("Bearer ", "key_scheme"),
        ("Basic dXNlcjpwYXNz", "key_scheme"),
        ("mianshen_nothing", "key_scheme"),
        ("Bearer 合肥", "key_unknown"),
    ],
)
def test_what_is_no_key_opens_nothing_not_even_what_is_for_anyone(
    anyone: System, header: str, kind: str
) -> None:
    sent = {"Authorization": header.encode("utf-8").decode("latin-1")}
    response = anyone.get("/measures", headers=sent)
    assert problem(response, 401)["type"].endswith(f":{kind}")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_every_operation_asks_for_its_scope(world: World) -> None:
    """Each operation as nobody, with a key of every other scope, and with a key of its own."""
    keys = {scope: world.key(scope.value, custodian="科技局") for scope in SCOPES}
    for one in OPERATIONS:
        path = one.rule.replace("<path:id>", "x").replace("<code>", "91340100MA2ABCDE0X")
        path = path.replace("<id>", "x").split("<int")[0] + ("1" if "<int" in path else "")
        assert permission_of(world.app, f"api.{one.name}") is one.permission
        bare = world.anyone().send(one.method, path, json={})
        if one.permission is Permission.PUBLIC:
            assert bare.status_code not in (401, 403), one.name
            continue
        assert one.permission in SCOPES
        problem(bare, 401)
        for scope, key in keys.items():
            response = key.send(one.method, path, json={})
            if scope is one.permission:
                assert response.status_code not in (401, 403), (one.name, response.text)
            else:
                assert problem(response, 403)["type"].endswith(":key_scope")


def test_a_session_opens_nothing(world: World) -> None:
    """Whatever somebody is signed in to in a browser, the API does not look at it."""
    person = world.house.person(*STAFF, second=True)
    assert person.id is not None
    system = world.anyone()
    world.house.now = world.clock.now
    system.client.set_cookie("mianshen", world.house.token(person.id, True))
    assert system.client.get("/desk/users").status_code == 200
    for path in ("/cases", "/companies?q=x"):
        problem(system.get(path), 401)
    system.client.set_cookie("lang", "en")
    assert problem(system.get("/cases"), 401)["title"] == "密钥不对"


def test_no_form_token_is_asked_for_and_a_key_opens_no_page(world: World) -> None:
    assert world.app.config.get("WTF_CSRF_ENABLED", True)
    assert world.anyone().post("/match", {"profile": DEMO}).status_code == 200
    secret = world.secret("cases_see")
    page = world.app.test_client().get("/desk/cases", headers={"Authorization": f"Bearer {secret}"})
    assert page.location == "/login"


def test_a_flood_of_wrong_keys_does_not_fill_the_audit(world: World) -> None:
    system = System(world.app.test_client(), "mianshen_nothing")
    for _ in range(REFUSED_MINUTE):
        problem(system.get("/measures"), 401)
    for _ in range(3):
        response = system.get("/measures")
        problem(response, 429)
        assert 0 < int(response.headers["Retry-After"]) <= 60
    assert len(world.house.deeds()) == REFUSED_MINUTE
    assert world.anyone().get("/measures").status_code == 200

    key = world.key()
    statuses = [key.get("/cases").status_code for _ in range(REFUSED_MINUTE + 2)]
    assert statuses == [403] * REFUSED_MINUTE + [429] * 2
    assert key.get("/measures").status_code == 200


GOOD = Wanted("城市大脑", frozenset({"cases_see"}))


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (replace(GOOD, name=" "), "name_shape"),
        (replace(GOOD, scopes=frozenset({"users_manage"})), "key_scope_unknown"),
        (replace(GOOD, scopes=frozenset({"facts_import"})), "key_custodian_missing"),
        (replace(GOOD, custodian="没有的局"), "custodian_unknown"),
        (replace(GOOD, per_minute=0), "key_quota"),
        (replace(GOOD, per_minute=MAX_KEY_MINUTE + 1), "key_quota"),
        (replace(GOOD, per_day=-1), "key_quota"),
        (replace(GOOD, days=0), "key_days"),
        (replace(GOOD, days=MAX_KEY_DAYS + 1), "key_days"),
    ],
)
def test_a_key_that_cannot_be(world: World, wanted: Wanted, code: str) -> None:
    vocabulary = world.app.extensions["mianshen"].catalogue.vocabulary
    with pytest.raises(Refused) as caught:
        add(world.house.accounts, SYSTEM, wanted, vocabulary, world.clock.now)
    assert caught.value.code == code
    with world.database.reading() as session:
        assert listed(session) == []


def test_the_desk_hands_a_key_over_once(world: World) -> None:
    world.app.config["WTF_CSRF_ENABLED"] = False
    admin = world.house.person(Role.ADMIN, second=True)
    assert admin.id is not None
    browser = world.app.test_client()
    world.house.now = world.clock.now
    browser.set_cookie("mianshen", world.house.token(admin.id, True))

    wanted = {"name": "<b>城市大脑</b>", "scopes": "facts_import", "per_minute": "60"}
    wrong = browser.post("/desk/keys", data=wanted)
    assert wrong.status_code == 422
    assert "要送来事实的密钥须选一个部门" in wrong.text
    assert "&lt;b&gt;城市大脑" in wrong.text
    assert "<b>城市大脑" not in wrong.text

    made = browser.post("/desk/keys", data={**wanted, "custodian": "科技局"})
    secret = parse(made.text).all("dd", "mono")[0].text().strip()
    assert made.headers["Cache-Control"] == "no-store"
    page = browser.get("/desk/keys").text
    assert secret not in page
    assert secret[: len(PREFIX) + 6] in page
    assert System(browser, secret).get("/measures").status_code == 200

    with world.database.reading() as session:
        (key,) = listed(session)
    assert (key.custodian, key.per_minute) == ("科技局", 60)
    assert browser.post(f"/desk/keys/{key.id}/revoke").location == "/desk/keys"
    assert "密钥已停用" in browser.get("/desk/keys").text
    assert browser.post("/desk/keys/99/revoke").status_code == 404
    problem(System(browser, secret).get("/measures"), 401)
    assert world.house.deeds() == [
        ("key.add", "done"),
        ("key.revoke", "done"),
        ("key.revoke", "refused:missing"),
        ("key.refused", "refused:key_revoked"),
    ]


def test_keys_by_command(monkeypatch: pytest.MonkeyPatch, tmp_path: object, world: World) -> None:
    from webapp.cli import main

    url = world.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("MIANSHEN_DATABASE", url)
    monkeypatch.setenv("MIANSHEN_SECRET_KEY", world.app.config["SECRET_KEY"])

    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["keys", *arguments])
        return done.exit_code, done.output

    code, said = run("add", "--name", "税务系统", "--scope", "facts_import")
    assert (code, "须选一个部门" in said) == (2, True)
    code, said = run("add", "--name", "x", "--scope", "everything")
    assert (code, "没有“everything”这项权限" in said) == (2, True)
    arguments = ("--name", "税务系统", "--scope", "facts_import", "--custodian", "税务局")
    code, said = run("add", *arguments)
    secret = said.split("\n")[1]
    assert code == 0
    assert System(world.app.test_client(), secret).get("/measures").status_code == 200
    assert "税务系统" in run("list")[1]
    assert '"custodian": "税务局"' in run("list", "--json")[1]
    assert run("revoke", "1")[0] == 0
    assert "已停用" in run("list")[1]
    assert run("revoke", "9")[0] == 2
    problem(System(world.app.test_client(), secret).get("/measures"), 401)

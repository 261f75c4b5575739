"""Accounts of staff: the first one, who may change whom, and the commands."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from tests.webapp.accounts.conftest import HASHER, House, Town
from tests.webapp.conftest import NOON
from tests.webapp.html import parse
from webapp.cli import main
from webapp.services.cases.refusals import Missing, Refused
from webapp.services.people import users
from webapp.services.people.roles import Role
from webapp.services.people.users import Person
from webapp.tables.people import Identity, LoginSession, User


def code_of(*args: object) -> str:
    function, *rest = args
    with pytest.raises(Refused) as refused:
        function(*rest)  # type: ignore[operator]
    return refused.value.code


def people(house: House) -> list[Person]:
    with house.database.reading() as session:
        return users.listed(session)


def test_there_are_no_default_accounts(house: House) -> None:
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 0


def test_the_first_administrator_is_made_once(house: House) -> None:
    password = users.first(house.accounts, "First", "第一人", NOON)
    (person,) = people(house)
    assert (person.login, person.roles, person.one_time) == ("first", (Role.ADMIN,), True)
    with house.database.reading() as session:
        assert HASHER.verify(session.get_one(User, person.id).password_hash, password)
    assert code_of(users.first, house.accounts, "second", "第二人", NOON) == "administrator_exists"
    assert house.deeds() == [
        ("account.add", "done"),
        ("account.add", "refused:administrator_exists"),
    ]


def test_of_many_firsts_at_once_one_wins(house: House) -> None:
    def one(number: int) -> bool:
        try:
            users.first(house.accounts, f"first{number}", "某", NOON)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(one, range(6))) == 1
    assert len(people(house)) == 1


def test_nobody_administers_oneself(house: House) -> None:
    admin = house.person(Role.ADMIN)
    house.person(Role.ADMIN)
    own = int(admin.id or 0)
    accounts = house.accounts
    for attempt in (
        lambda: users.set_roles(accounts, admin, own, [Role.ADMIN, Role.FINANCE], NOON),
        lambda: users.disable(accounts, admin, own, NOON),
        lambda: users.reset(accounts, admin, own, True, NOON),
        lambda: users.enable(accounts, admin, own, NOON),
    ):
        assert code_of(attempt) == "own_account"
    assert house.actor(own).roles == {Role.ADMIN}


def test_two_administrators_cannot_remove_each_other_at_once(house: House) -> None:
    pair = [house.person(Role.ADMIN), house.person(Role.ADMIN)]

    def remove(place: int) -> str:
        try:
            users.disable(house.accounts, pair[place], int(pair[1 - place].id or 0), NOON)
        except Refused as refused:
            return refused.code
        return "removed"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(remove, (0, 1))) == ["last_administrator", "removed"]
    with house.database.reading() as session:
        assert len(users.administrators(session)) == 1


def test_the_last_administrator_keeps_the_role(house: House) -> None:
    admin, second = house.person(Role.ADMIN), house.person(Role.ADMIN)
    users.set_roles(house.accounts, admin, int(second.id or 0), [Role.DESK], NOON)
    other = house.person(Role.DESK)
    last = int(admin.id or 0)
    assert (
        code_of(users.set_roles, house.accounts, other, last, [Role.DESK], NOON)
        == "last_administrator"
    )


def test_roles_of_staff_and_of_companies_do_not_mix(house: House) -> None:
    admin, person = house.person(Role.ADMIN), house.person(Role.COMPANY)
    accounts, id_ = house.accounts, int(person.id or 0)
    assert code_of(users.set_roles, accounts, admin, id_, [Role.DESK], NOON) == "roles_of_company"
    for roles in ([], [Role.COMPANY], [Role.SYSTEM], [Role.DESK, Role.SYSTEM]):
        assert code_of(users.add, accounts, admin, "new", "新", roles, NOON) == "roles_missing"
    with pytest.raises(Missing):
        users.set_roles(accounts, admin, 10**15, [Role.DESK], NOON)


def test_a_reset_ends_sessions_and_takes_the_second_factor_only_where_it_was_lost(
    house: House,
) -> None:
    admin, person = house.person(Role.ADMIN), house.person(Role.DESK, second=True)
    id_ = int(person.id or 0)
    for lost, second in ((False, True), (True, False)):
        token = house.token(id_)
        users.reset(house.accounts, admin, id_, lost, NOON)
        assert house.accounts.sessions.find(token, NOON) is None
        with house.database.reading() as session:
            found = users.person(session, id_)
        assert (found.has_second, found.one_time) == (second, True)


def test_linking_binds_one_identity_to_one_account(house: House) -> None:
    one, other = house.person(Role.COMPANY), house.person(Role.COMPANY)
    signed = [
        house.accounts.sessions.find(house.token(int(who.id or 0)), NOON) for who in (one, other)
    ]
    assert signed[0] is not None
    assert signed[1] is not None
    users.link(house.accounts, signed[0], "https://id.example", "42", "", NOON)
    users.link(house.accounts, signed[0], "https://id.example", "42", "", NOON)
    taken = (house.accounts, signed[1], "https://id.example", "42", "", NOON)
    assert code_of(users.link, *taken) == "identity_taken"
    with house.database.reading() as session:
        assert session.scalars(select(Identity.user_id)).all() == [one.id]


# --- pages ---------------------------------------------------------------------------------------


def test_an_administrator_adds_changes_and_closes_an_account(town: Town) -> None:
    client = town.browser(town.house.person(Role.ADMIN, second=True))
    given = {"login": "wang", "name": "王五", "roles": ["handler", "reviewer"]}
    made = client.post("/desk/users", data=given)
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    password = parse(made.text).all("dd")[1].text()
    entered = town.visitor().post("/login", data={"login": "wang", "password": password})
    assert entered.location == "/account/password"

    (person,) = [one for one in people(town.house) if one.login == "wang"]
    assert person.roles == (Role.HANDLER, Role.REVIEWER)
    here = f"/desk/users/{person.id}"
    assert client.get(here).status_code == 200
    assert client.post(f"{here}/roles", data={"roles": ["finance"]}).location == here
    assert town.house.actor(person.id).roles == {Role.FINANCE}
    assert client.post(f"{here}/open", data={"then": "disable"}).location == here
    with town.house.database.reading() as session:
        left = select(func.count()).where(LoginSession.user_id == person.id)
        assert session.scalar(left) == 0
    assert "已停用" in client.get(here).text


@pytest.mark.parametrize(
    "given",
    [
        {"login": "ab", "name": "王五", "roles": "desk"},
        {"login": "wang", "name": "", "roles": "desk"},
        {"login": "wang", "name": "王\u202e五", "roles": "desk"},
        {"login": "wang", "name": "王五"},
        {"login": "wang", "name": "王五", "roles": "system"},
        {"login": "wang", "name": "王五", "roles": "company"},
    ],
)
def test_what_is_wrong_with_a_new_account_is_said_and_nothing_is_made(
    town: Town, given: dict[str, str]
) -> None:
    client = town.browser(town.house.person(Role.ADMIN, second=True))
    refused = client.post("/desk/users", data=given)
    assert refused.status_code == 422
    assert parse(refused.text).all(class_="error-summary")
    assert len(people(town.house)) == 1


def test_a_forged_number_is_not_found(town: Town) -> None:
    client = town.browser(town.house.person(Role.ADMIN, second=True))
    assert client.get("/desk/users/999").status_code == 404
    assert client.get(f"/desk/users/{2**63 - 1}").status_code == 404
    assert client.get(f"/desk/users/{2**63}").status_code == 404
    for page in ("roles", "reset", "open"):
        sent = client.post(f"/desk/users/999/{page}", data={"roles": "desk"})
        assert sent.status_code == 404


def test_a_name_is_plain_text_in_the_title_of_its_page(town: Town) -> None:
    client = town.browser(town.house.person(Role.ADMIN, second=True))
    name = "王<b>某</b> & Co"
    person = town.house.person(Role.DESK, name=name)
    for language in ("zh", "en"):
        shown = client.get(f"/desk/users/{person.id}?lang={language}").text
        title = shown.partition("<title>")[2].partition("</title>")[0]
        assert "<" not in title, language
        assert unescape(title).startswith(f"{name} · ")
        assert parse(shown).all("h1")[0].text() == name


# --- commands ------------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """The command line of an installation of its own."""
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path))
    monkeypatch.delenv("MIANSHEN_DATABASE", raising=False)
    monkeypatch.delenv("MIANSHEN_SECRET_KEY", raising=False)

    def run(*args: str) -> Result:
        return CliRunner().invoke(main, ["users", *args])

    return run


def test_the_commands(command: object) -> None:
    run = command
    assert callable(run)
    made = run("first", "--login", "admin1", "--name", "管理员")
    assert made.exit_code == 0, made.output
    assert "一次性密码(只显示这一次,3 天内有效)" in made.output
    again = run("first", "--login", "admin2", "--name", "另一人")
    assert again.exit_code != 0
    assert "已经有管理员了" in again.output

    added = run("add", "--login", "lili", "--name", "李", "--role", "经办", "--role", "坐席")
    assert added.exit_code == 0, added.output
    wrong = run("add", "--login", "xu", "--name", "徐", "--role", "企业")
    assert wrong.exit_code != 0
    assert "没有“企业”这个角色" in wrong.output
    taken = run("add", "--login", "LILI", "--name", "李", "--role", "经办")
    assert "登录名" in taken.output

    assert run("reset", "lili", "--second").exit_code == 0
    assert run("disable", "lili").output.strip() == "已停用:lili"
    assert "没有找到" in run("disable", "nobody").output
    assert "最后一位管理员" in run("disable", "admin1").output
    assert run("expire").output.startswith("已删除:过期登录 0 个")


def test_a_password_handed_out_is_never_stored(house: House) -> None:
    admin = house.person(Role.ADMIN)
    password = users.add(house.accounts, admin, "wang", "王", [Role.DESK], NOON)
    with house.database.reading() as session:
        row = session.scalars(select(User).filter_by(login="wang")).one()
        assert row.password_until == NOON + timedelta(days=3)
        assert password not in str(vars(row))

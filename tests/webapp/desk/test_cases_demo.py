"""The demonstration and the sample document, on both databases; and the queue's query."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from matcher.catalogue import Catalogue
from matcher.cli import main
from tests.conftest import RULES
from tests.webapp.desk.demonstration import CHEAP, KEY, NOW, TODAY
from webapp import cli, create_app
from webapp.casework import office
from webapp.database import Database
from webapp.limits import TERMS
from webapp.services.audit.verify import Signer, verify
from webapp.services.cases.columns import Column
from webapp.services.cases.lifecycle import STATES, moves_from
from webapp.services.cases.moves import Casework
from webapp.services.cases.queue import EVERY, OVERDUE, Asked, board, counts, page_items, states_for
from webapp.services.cases.reconciling import reconcile
from webapp.services.cases.refusals import Refused
from webapp.services.demo import STAFF, STAGES, company_code, company_name, days, prepare
from webapp.services.people.accounts import Accounts, accounts_of
from webapp.services.people.passwords import Passwords
from webapp.services.people.roles import Actor, Role
from webapp.services.workdays import FOLDER, Workdays
from webapp.settings import SettingsFault

assert cli.main is main


@pytest.fixture
def work(database: Database, sample_catalogue: Catalogue, tmp_path: Path) -> Casework:
    return office(database, sample_catalogue, RULES, KEY, tmp_path)


@pytest.fixture
def accounts(database: Database) -> Accounts:
    return accounts_of(database, KEY, Passwords(hasher=CHEAP))


@pytest.fixture
def shown(work: Casework, accounts: Accounts) -> Casework:
    prepare(work, accounts, NOW, TODAY)
    return work


def test_a_case_stands_at_every_stage_once_and_the_books_agree(
    shown: Casework, accounts: Accounts
) -> None:
    with shown.database.reading() as session:
        found = counts(session, Asked(EVERY), shown.workdays, TODAY)
        differences = reconcile(session, TODAY.year).differences
        assert verify(session, Signer(KEY.encode())).flaws == ()
    assert sum(found.values()) == len(STAGES)
    assert found.keys() == {"publicised" if one == "over" else one for one in STAGES}
    assert {one.code for one in differences} == {"not_returned", "withdrawn_paid"}
    with pytest.raises(Refused, match="demo_used"):
        prepare(shown, accounts, NOW, TODAY)


def test_list_board_and_filters_are_one_query_in_order_of_what_is_due(shown: Casework) -> None:
    own = states_for(Actor(1, "财务", frozenset({Role.FINANCE})))
    mine = Asked(may=True, states=own)
    with shown.database.reading() as session:
        for asked in (Asked(), Asked(EVERY), Asked(EVERY, OVERDUE), Asked(Column.PAY), mine):
            items, total = page_items(session, asked, shown.workdays, TODAY, 0, 100)
            piles = board(session, asked, shown.workdays, TODAY)
            assert {item.id for item in items} == {one.id for pile in piles for one in pile.items}
            assert total == len(items) == sum(pile.total for pile in piles) > 0
            dues = [item.due_on or date.max for item in items]
            assert dues == sorted(dues)
            if asked.due == OVERDUE:
                assert all(item.left is not None and item.left < 0 for item in items)
            if asked is mine:
                assert {item.state.id for item in items} <= {
                    "approved",
                    "filed",
                    "failed",
                    "paid",
                    "owed",
                }


@pytest.mark.parametrize(
    ("today", "day"),
    [
        (date(2026, 1, 6), date(2025, 12, 31)),  # no publicity of this year is over
        (date(2026, 12, 28), date(2026, 12, 17)),  # terms would reach into 2027
        (date(2027, 1, 5), date(2026, 12, 17)),
        (date(2026, 2, 9), date(2026, 2, 9)),
    ],
)
def test_the_demonstration_stands_on_a_day_that_the_calendars_know(today: date, day: date) -> None:
    assert days(Workdays.read(FOLDER), TERMS, today)[0] == day


def test_early_in_the_year_the_demonstration_stands_in_the_last_one(
    sample_catalogue: Catalogue, sqlite_schema: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_schema, tmp_path / "demo.sqlite3")
    database = Database(f"sqlite:///{tmp_path / 'demo.sqlite3'}")
    work = office(database, sample_catalogue, RULES, KEY, tmp_path)
    accounts = accounts_of(database, KEY, Passwords(hasher=CHEAP))
    today = date(2026, 1, 6)
    made = prepare(work, accounts, datetime(2026, 1, 6, 2, tzinfo=UTC), today)
    with database.reading() as session:
        assert reconcile(session, made.day.year).stages[0].cases == len(STAGES)
    database.close()


def test_without_any_calendar_of_the_last_year_the_missing_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path))
    monkeypatch.delenv("MIANSHEN_DATABASE", raising=False)
    monkeypatch.setattr("webapp.demo_cli.today", lambda: date(2031, 5, 6))
    made = CliRunner().invoke(main, ["--rules", str(RULES), "demo"])
    assert made.exit_code == 2
    assert "没有 2031 年的工作日历" in made.output
    assert str(tmp_path / "workdays" / "2031.yaml") in made.output


def test_names_and_codes_of_invented_companies_differ() -> None:
    names = {company_name(number) for number in range(1, len(STAGES) + 1)}
    codes = {company_code(number) for number in range(1, len(STAGES) + 1)}
    assert len(names) == len(codes) == len(STAGES)
    assert company_name(19) == "深圳示例十九号科技有限公司"


def test_the_command_hands_out_each_password_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path))
    monkeypatch.delenv("MIANSHEN_DATABASE", raising=False)
    monkeypatch.setattr("webapp.demo_cli.today", lambda: TODAY)
    made = CliRunner().invoke(main, ["--rules", str(RULES), "demo"])
    assert made.exit_code == 0, made.output
    assert all(login in made.output for login, _, _ in STAFF)
    again = CliRunner().invoke(main, ["--rules", str(RULES), "demo"])
    assert again.exit_code == 2
    assert "已经有企业或账号" in again.output


def test_samples_are_shown_where_they_are_asked_for_and_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'app.sqlite3'}",
        "DATA": tmp_path,
        "SECRET_KEY": KEY,
        "RULES": RULES,
    }
    monkeypatch.setenv("MIANSHEN_SAMPLES", "examples")
    app = create_app(settings)
    for address in ("/measures/examples/14.1", "/documents/examples", "/measures"):
        page = app.test_client().get(address)
        assert page.status_code == 200
        assert "示例环境" in page.text
    app.extensions["mianshen"].database.close()
    monkeypatch.setenv("MIANSHEN_SAMPLES", "exampels")
    with pytest.raises(SettingsFault, match="exampels"):
        create_app(settings)


def test_without_samples_nothing_is_called_one(catalogue: Catalogue, tmp_path: Path) -> None:
    app = create_app(
        {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'app.sqlite3'}",
            "DATA": tmp_path,
            "SECRET_KEY": KEY,
            "CATALOGUE": catalogue,
        }
    )
    assert app.test_client().get("/measures/examples/14.1").status_code == 404
    assert "示例环境" not in app.test_client().get("/measures").text
    app.extensions["mianshen"].database.close()


def test_every_state_has_a_way_out_or_is_an_end() -> None:
    ends = {"archived", "withdrawn", "expired", "recovered"}
    assert {state for state in STATES if not moves_from(state)} <= ends

"""Recovery codes: they lead back, are guessed at five times a minute at most, and go with the profile."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from tests.webapp.conftest import NOON, Clock, Company
from tests.webapp.html import parse
from webapp import create_app
from webapp.database import Database
from webapp.limits import MAX_RECOVERY_TRIES
from webapp.models import Base
from webapp.services import profiles
from webapp.services.recovery import ALPHABET, LENGTH, Recovery, TooManyTries

KEY = "only-for-tests-" * 4
WRONG = "2222-2222-2222"
ELSEWHERE = "198.51.100.7"


def code_of(company: Company) -> str:
    element = company.page().by_id("recovery-code")
    assert element is not None
    return element.text().strip()


def test_the_code_leads_back_on_another_device(company: Company, config: dict[str, Any]) -> None:
    company.save("basics", name="云岭")
    code = code_of(company)

    with_another = create_app({**config, "WTF_CSRF_ENABLED": False})
    response = with_another.test_client().post("/resume", data={"code": code})
    with_another.extensions["mianshen"].database.close()

    assert response.status_code == 303
    assert response.location == company.url()


@pytest.mark.parametrize("spell", ["{}", " {} ", "\t{}\n"])
def test_a_code_may_be_typed_as_people_type(
    company: Company, client: FlaskClient, spell: str
) -> None:
    code = code_of(company)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    for typed in (code.lower(), code.replace("-", ""), code.replace("-", " — "), wide):
        response = client.post("/resume", data={"code": spell.format(typed)})
        assert response.location == company.url(), typed


def test_the_address_still_leads_back(company: Company, client: FlaskClient) -> None:
    typed = f"https://example.org{company.url('results')[: -len('/results')]}"
    assert client.post("/resume", data={"code": typed}).location == company.url()


@pytest.mark.parametrize("typed", ["", WRONG, "7KQ2", "0O1I-0O1I-0O1I", "请给我", "x" * 500])
def test_a_wrong_code_says_one_neutral_sentence(client: FlaskClient, typed: str) -> None:
    response = client.post("/resume", data={"code": typed})
    fault = parse(response.text).by_id("code-fault")
    assert response.status_code == 422
    assert fault is not None
    assert fault.text() == "没有找到。可能写错了、已过期或已删除。"


def test_a_minute_has_five_tries_for_each_address(client: FlaskClient, clock: Clock) -> None:
    def try_once(address: str = "203.0.113.9") -> int:
        sender = {"REMOTE_ADDR": address}
        return client.post("/resume", data={"code": WRONG}, environ_base=sender).status_code

    assert [try_once() for _ in range(MAX_RECOVERY_TRIES)] == [422] * MAX_RECOVERY_TRIES
    assert try_once() == 429
    assert try_once(ELSEWHERE) == 422

    clock.now += timedelta(minutes=1)
    assert try_once() == 422


def test_the_limit_is_said_in_words_even_to_the_right_code(
    company: Company, client: FlaskClient
) -> None:
    code = code_of(company)
    for _ in range(MAX_RECOVERY_TRIES):
        client.post("/resume", data={"code": WRONG})
    response = client.post("/resume", data={"code": code})
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "60"
    assert "一分钟最多试 5 次" in response.text


def test_workers_count_tries_together(database: Database) -> None:
    workers = [Recovery(database, KEY), Recovery(database, KEY)]
    for turn in range(MAX_RECOVERY_TRIES):
        assert workers[turn % 2].find(WRONG, ELSEWHERE, NOON) is None
    for worker in workers:
        with pytest.raises(TooManyTries):
            worker.find(WRONG, ELSEWHERE, NOON)


def test_neighbours_in_one_network_of_ipv6_count_together(database: Database) -> None:
    recovery = Recovery(database, KEY)
    for host in range(MAX_RECOVERY_TRIES):
        recovery.find(WRONG, f"2001:db8:0:1::{host}", NOON)
    with pytest.raises(TooManyTries):
        recovery.find(WRONG, "2001:db8:0:1:ffff::1", NOON)
    assert recovery.find(WRONG, "2001:db8:0:2::1", NOON) is None


def test_the_code_ends_with_its_profile(database: Database) -> None:
    recovery = Recovery(database, KEY)
    token = profiles.create(database, {}, NOON)
    recovery.enrol(token)
    code = recovery.code(token)
    assert recovery.find(code, ELSEWHERE, NOON) == token

    assert recovery.find(code, "a", NOON + timedelta(days=90)) == token
    assert recovery.find(code, "b", NOON + timedelta(days=90, seconds=1)) is None

    assert profiles.remove(database, token)
    assert recovery.find(code, "c", NOON) is None
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM recovery_codes")).scalar() == 0


def test_a_copy_of_the_database_opens_nothing_without_the_key(database: Database) -> None:
    recovery = Recovery(database, KEY)
    token = profiles.create(database, {}, NOON)
    recovery.enrol(token)
    code = recovery.code(token)
    with database.reading() as session:
        rows = [
            str(value)
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table))
            for value in row
        ]
    stored = "\n".join(rows)
    assert token not in stored
    assert token.encode().hex() not in stored
    assert code.replace("-", "") not in stored
    assert Recovery(database, KEY + "!").find(code, ELSEWHERE, NOON) is None


def test_an_older_profile_gets_its_code_on_request(company: Company, client: FlaskClient) -> None:
    database: Database = client.application.extensions["mianshen"].database
    with database.writing() as session:
        session.execute(text("DELETE FROM recovery_codes"))
    page = company.page()
    assert page.by_id("recovery-code") is None
    assert "还没有恢复码" in page.text()

    response = client.post(company.url("recovery"))
    assert response.location == company.url() + "#recovery"
    assert client.post("/resume", data={"code": code_of(company)}).location == company.url()


@given(st.text(alphabet=st.characters(codec="ascii"), min_size=43, max_size=43))
def test_codes_hold_only_signs_that_nobody_confuses(token: str) -> None:
    code = Recovery(Database("sqlite://"), KEY).code(token)
    assert [len(part) for part in code.split("-")] == [4, 4, 4]
    assert set(code) <= set(ALPHABET) | {"-"}
    assert not set("01IO") & set(ALPHABET)


def test_codes_differ_and_hold_sixty_bits(tmp_path: Path) -> None:
    recovery = Recovery(Database(f"sqlite:///{tmp_path / 'x.sqlite3'}"), KEY)
    codes = {recovery.code(f"token {n}") for n in range(2_000)}
    assert len(codes) == 2_000
    assert len(ALPHABET) ** LENGTH == 2**60
    used = {sign for code in codes for sign in code}
    assert used == set(ALPHABET) | {"-"}

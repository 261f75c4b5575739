"""Saved profiles on both databases: found by token only, saved without losing what others saved."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.webapp.conftest import NOON
from webapp.database import Database
from webapp.limits import KEPT_FOR
from webapp.services import profiles
from webapp.services.profiles import Facts

FACTS: Facts = {"填报日期": "2026-11-22", "企业名称": "某某公司"}


def test_a_saved_profile_is_found_by_its_token_alone(database: Database) -> None:
    token = profiles.create(database, FACTS, NOON)
    found = profiles.load(database, token, NOON)

    assert found is not None
    assert (found.facts, found.version, found.created_at) == (FACTS, 1, NOON)
    assert profiles.load(database, token[:-1] + ("A" if token[-1] != "A" else "B"), NOON) is None
    assert profiles.load(database, "' OR 1=1 --", NOON) is None


def test_tokens_are_long_random_and_never_stored(database: Database) -> None:
    tokens = {profiles.create(database, FACTS, NOON) for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) == 43 for token in tokens)  # 256 bits in base64

    with database.reading() as session:
        rows = session.execute(text("SELECT * FROM profiles")).all()
    stored = " ".join(str(value) for row in rows for value in row)
    assert not any(token in stored for token in tokens)


def test_a_save_counts_the_version_and_keeps_the_time_of_creation(database: Database) -> None:
    token = profiles.create(database, FACTS, NOON)
    later = NOON + timedelta(hours=1)
    saved = profiles.save(database, token, lambda facts: {**facts, "注册地": "合肥市"}, later)

    assert saved is not None
    assert saved.version == 2
    assert saved == profiles.load(database, token, later)
    assert (saved.created_at, saved.updated_at) == (NOON, later)


def test_a_save_that_was_overtaken_starts_again_from_the_newest_facts(database: Database) -> None:
    token = profiles.create(database, FACTS, NOON)
    seen: list[Facts] = []

    def change(facts: Facts) -> Facts:
        if not seen:  # another tab saves between our reading and our writing
            profiles.save(database, token, lambda other: {**other, "注册地": "合肥市"}, NOON)
        seen.append(facts)
        return {**facts, "民营企业": "是"}

    saved = profiles.save(database, token, change, NOON)

    assert len(seen) == 2
    assert saved is not None
    assert saved.facts == {**FACTS, "注册地": "合肥市", "民营企业": "是"}
    assert saved.version == 3


def test_a_save_that_always_loses_gives_up_and_stores_nothing(database: Database) -> None:
    token = profiles.create(database, FACTS, NOON)
    others = iter(range(100))

    def change(facts: Facts) -> Facts:
        profiles.save(database, token, lambda other: {**other, "经营地": str(next(others))}, NOON)
        return {**facts, "民营企业": "是"}

    with pytest.raises(profiles.Overtaken):
        profiles.save(database, token, change, NOON)
    found = profiles.load(database, token, NOON)
    assert found is not None
    assert "民营企业" not in found.facts


def test_four_tabs_at_once_lose_no_answer(database: Database) -> None:
    token = profiles.create(database, FACTS, NOON)
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def tab(number: int) -> None:
        start.wait()
        try:
            for step in range(5):
                key = f"{number}.{step}"
                while True:
                    try:
                        profiles.save(database, token, lambda facts: {**facts, key: "x"}, NOON)  # noqa: B023
                        break
                    except profiles.Overtaken:
                        continue
        except BaseException as failure:  # handed to the test
            failures.append(failure)

    threads = [threading.Thread(target=tab, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    found = profiles.load(database, token, NOON)
    assert found is not None
    assert found.version == 1 + 4 * 5
    assert {key for key in found.facts if "." in key} == {
        f"{n}.{step}" for n in range(4) for step in range(5)
    }


def test_what_a_change_raises_stores_nothing(database: Database) -> None:
    token = profiles.create(database, FACTS, NOON)

    def change(facts: Facts) -> Any:
        raise KeyError

    with pytest.raises(KeyError):
        profiles.save(database, token, change, NOON)
    found = profiles.load(database, token, NOON)
    assert found is not None
    assert (found.facts, found.version) == (FACTS, 1)


def test_deleting_leaves_no_row(database: Database) -> None:
    token = profiles.create(database, FACTS, NOON)
    assert profiles.remove(database, token)
    assert not profiles.remove(database, token)
    assert profiles.load(database, token, NOON) is None
    assert profiles.save(database, token, lambda facts: facts, NOON) is None
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM profiles")).scalar() == 0


def test_a_profile_lives_ninety_days_from_its_last_save(database: Database) -> None:
    token = profiles.create(database, FACTS, NOON)
    last = NOON + KEPT_FOR

    assert profiles.load(database, token, last) is not None
    assert profiles.load(database, token, last + timedelta(seconds=1)) is None

    profiles.save(database, token, lambda facts: facts, last)
    assert profiles.load(database, token, last + KEPT_FOR) is not None


def test_starting_anew_clears_out_what_is_over(database: Database) -> None:
    profiles.create(database, FACTS, NOON)
    profiles.create(database, FACTS, NOON + KEPT_FOR + timedelta(seconds=1))
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM profiles")).scalar() == 1


@pytest.mark.parametrize("around", ["{}", "http://host/p/{}", "http://host/p/{}/results", " {} \n"])
def test_a_pasted_address_gives_its_token(around: str) -> None:
    token = "A-_b" * 10 + "xyz"
    assert profiles.find_token(around.format(token)) == token


@pytest.mark.parametrize("text_", ["", "7KQ2-M9XD", "http://host/p/short", "免申" * 30])
def test_anything_else_gives_none(text_: str) -> None:
    assert profiles.find_token(text_) is None

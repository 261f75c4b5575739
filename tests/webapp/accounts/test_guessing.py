"""Wrong tries make waiting longer, for an account and for an address; nobody is locked out by strangers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.webapp.accounts.conftest import PASSWORD, House
from tests.webapp.conftest import NOON
from webapp.limits import ACCOUNT_WAITS, ADDRESS_WAITS, CODE_WAITS, GUESS_DAY, GUESS_HOUR
from webapp.services.cases.refusals import Refused
from webapp.services.people.guessing import Counter, TooSoon
from webapp.services.people.roles import Role
from webapp.services.people.signing_in import Comer, Devices, with_password
from webapp.tables.people import Guess

MINUTE = timedelta(minutes=1)
ACCOUNT = Counter("account", "a", GUESS_HOUR, ACCOUNT_WAITS, forgives=True)
DEVICES = Devices(b"k" * 32)


def tries(house: House, counter: Counter, since: datetime, minutes: int) -> list[int]:
    """Try as fast as allowed; list how many tries each minute took."""
    taken = []
    for minute in range(minutes):
        taken.append(0)
        while taken[-1] <= 100:
            try:
                house.accounts.guessing.begin([counter], since + minute * MINUTE)
            except TooSoon:
                break
            taken[-1] += 1
    return taken


def test_five_in_the_first_minute_and_twenty_in_an_hour(house: House) -> None:
    taken = tries(house, ACCOUNT, NOON, 60)
    assert taken[0] == ACCOUNT_WAITS[0][0] == 5
    assert taken[1:6] == [1, 1, 1, 1, 1]
    assert taken[6:10] == [0, 0, 0, 0], "from the tenth wrong try on, five minutes"
    assert taken[10] == 1
    assert sum(taken) <= ACCOUNT_WAITS[-1][0] == 20


def test_the_waits_of_an_address_and_of_codes(house: House) -> None:
    address = tries(house, Counter("address", "x", GUESS_HOUR, ADDRESS_WAITS), NOON, 3)
    assert address == [20, 1, 1]
    code = tries(house, Counter("second", "1", GUESS_DAY, CODE_WAITS), NOON, 6)
    assert code == [5, 0, 0, 0, 0, 1]
    day = tries(house, Counter("second", "2", GUESS_DAY, CODE_WAITS), NOON, 24 * 60)
    assert sum(day) <= 34, "a thief of the password has some thirty codes a day out of a million"


def test_the_refusal_says_how_long(house: House) -> None:
    tries(house, ACCOUNT, NOON, 1)
    with pytest.raises(TooSoon) as refused:
        house.accounts.guessing.begin([ACCOUNT], NOON + timedelta(seconds=20))
    assert refused.value.seconds == 40
    assert refused.value.values == {"minutes": 1}


def test_a_refused_try_is_not_counted_and_counts_go_after_a_day(house: House) -> None:
    for _ in range(3):
        tries(house, ACCOUNT, NOON, 1)
    with house.database.reading() as session:
        assert session.scalars(select(Guess.tries)).all() == [5]
    other = Counter("account", "b", GUESS_HOUR, ACCOUNT_WAITS)
    house.accounts.guessing.begin([other], NOON + timedelta(days=1))
    with house.database.reading() as session:
        assert session.scalars(select(Guess.tries)).all() == [1]


def test_a_right_try_clears_the_account_and_takes_its_own_back_from_the_address(
    house: House,
) -> None:
    address = Counter("address", "x", GUESS_HOUR, ADDRESS_WAITS)
    for _ in range(4):
        house.accounts.guessing.begin([ACCOUNT, address], NOON)
    house.accounts.guessing.right([ACCOUNT, address], NOON)
    with house.database.reading() as session:
        assert session.scalars(select(Guess.tries)).all() == [3]
    assert tries(house, ACCOUNT, NOON, 1) == [5]


def test_tries_at_the_same_moment_do_not_slip_through(house: House) -> None:
    def one(_: int) -> bool:
        try:
            house.accounts.guessing.begin([ACCOUNT], NOON)
        except TooSoon:
            return False
        return True

    with ThreadPoolExecutor(12) as threads:
        assert sum(threads.map(one, range(36))) == 5


def test_strangers_keep_nobody_out_of_a_browser_that_is_known(house: House) -> None:
    house.person(Role.COMPANY, login="owner")
    known = with_password(house.accounts, DEVICES, "owner", PASSWORD, Comer("192.0.2.1"), NOON)

    for stranger in range(5):
        with pytest.raises(Refused, match="login_wrong"):
            with_password(
                house.accounts, DEVICES, "owner", "guess", Comer(f"198.51.100.{stranger}"), NOON
            )
    with pytest.raises(TooSoon):
        with_password(house.accounts, DEVICES, "owner", PASSWORD, Comer("203.0.113.1"), NOON)

    at_home = Comer("192.0.2.1", device=DEVICES.joined("", known.device))
    assert with_password(house.accounts, DEVICES, "owner", PASSWORD, at_home, NOON).token


def test_a_known_browser_is_known_for_its_own_people_alone() -> None:
    kept = ""
    for login in ("a", "b", "c", "d", "e"):
        kept = DEVICES.joined(kept, DEVICES.make(login))
    assert [bool(DEVICES.nonce(login, kept)) for login in "abcde"] == [
        False,
        True,
        True,
        True,
        True,
    ]
    assert not DEVICES.nonce("f", kept)
    assert not DEVICES.nonce("b", kept.replace(".", ".0"))
    assert not Devices(b"another").nonce("b", kept)


def test_a_wrong_password_counts_for_an_unknown_account_as_for_a_known_one(house: House) -> None:
    house.person(Role.COMPANY, login="known")
    for login in ("known", "unknown"):
        for place in range(5):
            with pytest.raises(Refused, match="login_wrong"):
                with_password(
                    house.accounts, DEVICES, login, "guess", Comer(f"10.{place}.0.1"), NOON
                )
        with pytest.raises(TooSoon):
            with_password(house.accounts, DEVICES, login, "guess", Comer("10.9.0.1"), NOON)

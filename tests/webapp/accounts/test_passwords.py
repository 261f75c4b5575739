"""Which passwords are taken, how they are kept, and that nobody can tell from the work who has an account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters

from tests.webapp.accounts.conftest import HASHER, PASSWORD, CountingPasswords, House
from tests.webapp.conftest import NOON
from webapp.limits import MAX_PASSWORD, MIN_PASSWORD, MIN_STAFF_PASSWORD, PASSWORD_AGE
from webapp.services.cases.refusals import Refused
from webapp.services.people.passwords import Passwords, Policy, one_time
from webapp.services.people.roles import Role
from webapp.services.people.signing_in import Comer, Devices, with_password
from webapp.tables.people import User

SIGNS = "风起于青萍之末浪成于微澜之间草木知春不久归百般红紫斗芳菲"


def refusal(password: str, staff: bool = False, **given: object) -> str:
    try:
        Passwords(hasher=HASHER).refuse(password, staff, **given)  # type: ignore[arg-type]
    except Refused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize(("staff", "least"), [(False, MIN_PASSWORD), (True, MIN_STAFF_PASSWORD)])
def test_length_at_the_limits_and_one_beside(staff: bool, least: int) -> None:
    assert refusal(SIGNS[:least], staff) == ""
    assert refusal(SIGNS[: least - 1], staff) == "password_short"
    longest = (SIGNS * 5)[:MAX_PASSWORD]
    assert refusal(longest, staff) == ""
    assert refusal(longest + "一", staff) == "password_long"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("HEFEI-is-a-lovely-town", "password_word"),
        ("我家住在合肥的巢湖边上", "password_word"),
        ("mianshen and some more words", "password_word"),
        ("Ｐａｓｓｗｏｒｄ-stands-here-wide", "password_word"),
        ("xx123456xxabcdwz", "password_word"),
        ("zhao.liu likes long walks", "password_word"),
        ("abab" * 4, "password_repeats"),
        ("a\x00 sentence with a hole", "password_signs"),
        ("only lower case and long enough", ""),
    ],
)
def test_common_local_and_personal_words_are_refused(password: str, code: str) -> None:
    assert refusal(password, personal=("zhao.liu", "赵六")) == code


def test_complexity_and_age_are_a_policy_that_is_off() -> None:
    plain, strict = Passwords(hasher=HASHER), Passwords(Policy.CLASSES, HASHER)
    for password in ("only lower case and long", "Two kinds ALONE"):
        plain.refuse(password, staff=False)
    with pytest.raises(Refused, match="password_kinds"):
        strict.refuse("onlylowercaseletters", staff=False)
    strict.refuse("Three kinds, of 4", staff=False)

    assert not plain.expired(NOON - timedelta(days=5000), NOON)
    assert not strict.expired(NOON - PASSWORD_AGE + timedelta(seconds=1), NOON)
    assert strict.expired(NOON - PASSWORD_AGE, NOON)


def test_hashes_are_argon2id_at_the_cost_that_was_promised() -> None:
    passwords = Passwords()
    stored = passwords.hash(PASSWORD)
    found = extract_parameters(stored)
    assert stored.startswith("$argon2id$")
    assert (found.memory_cost, found.time_cost, found.parallelism) == (19 * 1024, 2, 1)
    assert len(stored) <= 200
    assert passwords.check(stored, PASSWORD).right
    assert not passwords.check(stored, PASSWORD + " ").right


def test_one_password_typed_on_two_keyboards_is_one() -> None:
    passwords = Passwords(hasher=HASHER)
    assert passwords.check(passwords.hash("ｗｉｄｅ　and narrow"), "wide and narrow").right


def test_what_is_cut_at_the_limit_is_never_right() -> None:
    passwords = Passwords(hasher=HASHER)
    longest = (SIGNS * 5)[:MAX_PASSWORD]
    stored = passwords.hash(longest)
    assert passwords.check(stored, longest).right
    assert not passwords.check(stored, longest + "一").right


@pytest.mark.parametrize("stored", [None, "", "-", "$argon2id$broken"])
def test_without_a_usable_hash_nothing_is_right(stored: str | None) -> None:
    assert not Passwords(hasher=HASHER).check(stored, PASSWORD).right


def test_handed_out_passwords_are_taken_and_never_alike() -> None:
    made = {one_time() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        assert len(password) >= MIN_STAFF_PASSWORD


# --- at the login --------------------------------------------------------------------------------


def test_unknown_disabled_and_wrong_cost_the_same_and_say_the_same(house: House) -> None:
    house.person(Role.COMPANY, login="known")
    house.person(Role.COMPANY, login="closed", disabled_at=NOON)
    house.person(Role.DESK, login="waiting", password_until=NOON - timedelta(seconds=1))
    passwords = house.accounts.passwords
    assert isinstance(passwords, CountingPasswords)
    devices, answers = Devices(b"k" * 32), {}
    for place, (login, password) in enumerate(
        [("nobody", PASSWORD), ("closed", PASSWORD), ("waiting", PASSWORD), ("known", "wrong")]
    ):
        passwords.verified.clear()
        with pytest.raises(Refused) as refused:
            with_password(
                house.accounts, devices, login, password, Comer(f"198.51.100.{place}"), NOON
            )
        answers[login] = (refused.value.code, refused.value.values, len(passwords.verified))
    assert set(map(str, answers.values())) == {str(("login_wrong", {}, 1))}
    assert house.deeds() == [("account.login", "refused:login_wrong")] * 4


def test_a_hash_of_yesterdays_cost_is_made_anew_at_login(house: House) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    person = house.person(Role.COMPANY, login="old")
    with house.database.writing() as session:
        session.get_one(User, person.id).password_hash = old
    with_password(house.accounts, Devices(b"k"), "old", PASSWORD, Comer("198.51.100.1"), NOON)
    with house.database.reading() as session:
        stored = session.get_one(User, person.id).password_hash
    assert stored != old
    assert not HASHER.check_needs_rehash(stored)
    assert HASHER.verify(stored, PASSWORD)

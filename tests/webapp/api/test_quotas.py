"""How often a caller may come: counted for all processes together, in the database or in Redis."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.webapp.api.conftest import World, problem
from tests.webapp.conftest import NOON
from webapp import create_app
from webapp.database import Database
from webapp.limits import OPEN_MINUTE
from webapp.services.quotas import DatabaseStore, Quota, Quotas, RedisStore, Store, TooMany
from webapp.tables.api import ApiCount

KEY = b"only-for-tests-" * 4


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres), "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """What counts: either database, or Redis."""
    if request.param == "redis":
        yield RedisStore(request.getfixturevalue("redis"))
        return
    made = Database(f"sqlite:///{tmp_path / 'quotas.sqlite3'}")
    if request.param == "postgres":
        made = Database(request.getfixturevalue("postgres"))
    made.upgrade()
    yield DatabaseStore(made)
    made.close()


def spent(quotas: Quotas, quota: Quota, tries: int, now: datetime = NOON, who: str = "a") -> int:
    """Count how often a caller is let in."""
    let_in = 0
    for _ in range(tries):
        try:
            quotas.spend(who, quota, now)
            let_in += 1
        except TooMany:
            pass
    return let_in


@pytest.mark.parametrize("most", [1, 5, 16, 100])
def test_a_process_alone_lets_in_exactly_the_quota(store: Store, most: int) -> None:
    quotas = Quotas(store, KEY)
    who = f"alone {most}"
    assert spent(quotas, Quota(most, 10_000), most + 5, who=who) == most
    later = NOON + timedelta(minutes=1)
    assert spent(quotas, Quota(most, 10_000), most + 5, later, who) == most


def test_the_day_is_counted_beside_the_minute(store: Store) -> None:
    quotas, quota = Quotas(store, KEY), Quota(3, 7)
    minutes = [NOON + timedelta(minutes=n) for n in range(4)]
    assert [spent(quotas, quota, 5, one, "day") for one in minutes] == [3, 3, 1, 0]
    with pytest.raises(TooMany) as caught:
        quotas.spend("day", quota, minutes[-1])
    midnight_in_china = NOON.replace(hour=16, minute=0)
    assert caught.value.seconds == (midnight_in_china - minutes[-1]).total_seconds()
    assert spent(quotas, quota, 5, midnight_in_china, "day") == 3


def test_processes_together_never_let_in_more(store: Store) -> None:
    """Four processes of four threads each want far more than there is."""
    processes = [Quotas(store, KEY) for _ in range(4)]
    quota = Quota(200, 100_000)
    with ThreadPoolExecutor(16) as pool:
        counts = [pool.submit(spent, processes[n % 4], quota, 60, NOON, "many") for n in range(16)]
        let_in = sum(count.result() for count in counts)
    # What one process has set aside it may keep to itself: at most a sixteenth of the quota each.
    assert 200 - 3 * (200 // 16) <= let_in <= 200


def test_what_is_used_up_asks_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    quotas = Quotas(store, KEY)
    assert spent(quotas, Quota(2, 10), 3, who="flood") == 2

    def asked(*_: object) -> int:
        raise AssertionError("the store was asked again")

    monkeypatch.setattr(store, "take", asked)
    assert spent(quotas, Quota(2, 10), 5, who="flood") == 0


def test_old_counts_go(database: Database) -> None:
    quotas = Quotas(DatabaseStore(database), KEY)
    for day in range(4):
        spent(quotas, Quota(10, 10), 1, NOON + timedelta(days=day))
    with database.reading() as session:
        rows = session.execute(select(ApiCount.subject, ApiCount.window)).all()
    assert not [window for _, window in rows if "2026-11-22" in window or "2026-11-23" in window]
    assert "a" not in {subject for subject, _ in rows}


def test_who_comes_without_a_key_is_counted_by_address(both: World) -> None:
    def come(address: str) -> int:
        response = both.anyone().get("/coverage", environ_overrides={"REMOTE_ADDR": address})
        if response.status_code == 429:
            problem(response, 429)
            assert response.headers["Retry-After"] == "60"
        return response.status_code

    assert [come("192.0.2.1") for _ in range(OPEN_MINUTE + 2)].count(200) == OPEN_MINUTE
    assert come("192.0.2.2") == 200
    # The whole network of an IPv6 address is one visitor.
    assert come("2001:db8::1") == come("2001:db8::2") == 200
    key = both.key(per_minute=3)
    assert [key.get("/coverage").status_code for _ in range(4)] == [200, 200, 200, 429]
    both.clock.now += timedelta(minutes=1)
    assert come("192.0.2.1") == key.get("/coverage").status_code == 200


def test_files_and_unknown_addresses_are_not_counted(world: World) -> None:
    system = world.anyone()
    for path in ("/openapi.json", "/docs", "/docs/swagger-ui.css", "/nothing"):
        for _ in range(OPEN_MINUTE // 3):
            assert system.get(path, buffered=True).status_code in (200, 404)
    assert system.get("/coverage").status_code == 200


def test_applications_share_one_redis(world: World, config: dict[str, object], redis: str) -> None:
    apps = [create_app({**config, "REDIS_URL": redis}) for _ in range(2)]
    got = [app.test_client().get("/api/v1/coverage").status_code for app in apps * OPEN_MINUTE]
    assert OPEN_MINUTE - OPEN_MINUTE // 16 <= got.count(200) <= OPEN_MINUTE
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ApiCount)) == 0
    for app in apps:
        app.extensions["mianshen"].database.close()


def test_without_redis_nothing_is_let_in_uncounted(
    config: dict[str, object], tmp_path: Path
) -> None:
    app = create_app({**config, "REDIS_URL": f"unix://{tmp_path}/gone.sock"})
    response = app.test_client().get("/api/v1/coverage")
    problem(response, 503)
    assert int(response.headers["Retry-After"]) > 0
    assert app.test_client().get("/measures").status_code == 200
    app.extensions["mianshen"].database.close()

"""The registry and cases for keys that may see them, and what departments tell of companies."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from matcher.catalogue import Catalogue
from tests.webapp.api.conftest import CODE, NAME, System, World, places, problem
from tests.webapp.casework.conftest import HIGH_TECH
from tests.webapp.city import CODE as CITY_CODE
from tests.webapp.city import FEN, City, sample_clock
from webapp.limits import MAX_ONCE_KEY, ONCE_LEASE
from webapp.services import once
from webapp.services.people.keys import Wanted, add
from webapp.services.people.roles import SYSTEM, Actor, Role
from webapp.services.registry.learning import Telling, Told, learn
from webapp.tables.registry import FactRow
from webapp.tables.watch import InboxEvent

TITLE = {"资质": {"高新技术企业": {"取得日期": "2024-10-16", "有效期至": "2027-10-15"}}}


def tell(
    system: System, facts: dict[str, Any], key: str = "one", code: str = CODE, **more: Any
) -> TestResponse:
    """Tell facts of a company."""
    body = {"as_of": "2026-11-01", "facts": facts, **more}
    return system.post(f"/companies/{code}/facts", body, headers={"Idempotency-Key": key})


def rows(world: World) -> list[tuple[str, str, str, str]]:
    """List what is known now: attribute, member, assurance, custodian."""
    with world.database.reading() as session:
        found = session.execute(
            select(FactRow.attribute, FactRow.member, FactRow.assurance, FactRow.custodian)
            .where(FactRow.known_until.is_(None))
            .order_by(FactRow.id)
        )
        return [tuple(row) for row in found]


def share(world: World, company: int, custodian: str, attribute: str, value: str) -> None:
    """Let a custodian share a fact."""
    vocabulary = world.app.extensions["mianshen"].catalogue.vocabulary
    with world.database.writing() as session:
        told = Told(attribute, "", "2025", json.dumps(value), True)
        learn(session, {company: [told]}, Telling(custodian, None, world.clock.now), vocabulary)


def test_a_department_tells_what_it_keeps(both: World) -> None:
    both.company()
    system = both.key("facts_import", "companies_see", custodian="科技局")
    response = tell(system, TITLE)
    assert response.status_code == 201
    told = system.answer("tell_facts", response)
    assert told == {
        "credit_code": CODE,
        "custodian": "科技局",
        "as_of": "2026-11-01",
        "valid_to": None,
        "new": 1,
        "same": 0,
        "outdated": 0,
        "conflicts": 0,
    }
    assert rows(both) == [("资质", "高新技术企业", "attested", "科技局")]
    with both.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(InboxEvent)) == 1

    (fact,) = system.answer("company", system.get(f"/companies/{CODE}"))["facts"]
    assert (fact["attribute"], fact["member"]) == ("titles", "高新技术企业")
    (source,) = fact["sources"]
    assert (source["custodian"], source["attested"], source["covered"]) == ("科技局", True, False)
    assert json.loads(source["value"])["有效期至"] == "2027-10-15"
    assert both.house.deeds()[-2:] == [("facts.tell", "done"), ("company.view", "done")]


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({"研发费用": "500 万元", **TITLE}, [("/facts/研发费用", "not-attested")]),
        ({"上年度": {"研发费用": "5 万元"}}, [("/facts/上年度/研发费用", "not-attested")]),
        ({"来源": "税务局", "营业收入": "5 万元"}, [("/facts/营业收入", "not-attested")]),
        ({"认定": {"运转成效": "是"}}, [("/facts/认定/运转成效", "not-attested")]),
        ({"资质": ["没有的称号"]}, [("/facts/资质/0", "unknown-member")]),
        ({"职工人数": 1}, [("/facts/职工人数", "unknown-attribute")]),
        ({"认定": {"运转成效": "是"}, **TITLE}, [("/facts/认定/运转成效", "not-attested")]),
        ({"名单": {"重点产业链企业名单": "是"}}, [("/facts/名单", "wrong-type")]),
        ({}, [("/facts", "missing-key")]),
        ({"资质": "不清楚"}, [("/facts", "missing-key")]),
    ],
)
def test_what_is_not_the_departments_own_is_refused_whole(
    world: World, facts: dict[str, Any], wrong: list[tuple[str, str]]
) -> None:
    world.company()
    system = world.key("facts_import", custodian="科技局")
    told = problem(tell(system, facts), 422)
    assert [(one["pointer"], one["code"]) for one in told["errors"]] == wrong
    assert rows(world) == []
    # The key was not used up: the same request, mended, may have it.
    assert tell(system, TITLE).status_code == 201


def test_days_that_cannot_be_and_companies_that_are_not_there(world: World) -> None:
    world.company()
    system = world.key("facts_import", custodian="科技局")
    told = problem(tell(system, TITLE, as_of="2026-11-23"), 422)
    assert "2026-11-23 还没有到" in told["detail"]
    told = problem(tell(system, TITLE, valid_to="2026-10-31"), 422)
    assert "2026-10-31 早于" in told["detail"]
    for code in ("91340100MA2FGHJK12", "nothing", "%00", "a" * 300):
        problem(tell(system, TITLE, code=code), 404)
    assert rows(world) == []


def test_a_key_without_its_department_tells_nothing(world: World) -> None:
    world.company()
    problem(tell(world.key("companies_see"), TITLE), 403)
    problem(tell(world.anyone(), TITLE), 401)
    assert rows(world) == []


@pytest.mark.parametrize("key", ["", "x" * (MAX_ONCE_KEY + 1), "with blank", "键"])
def test_an_idempotency_key_must_be_there(world: World, key: str) -> None:
    world.company()
    system = world.key("facts_import", custodian="科技局")
    headers = {"Idempotency-Key": key.encode().decode("latin-1")} if key else {}
    body = {"as_of": "2026-11-01", "facts": TITLE}
    told = problem(system.post(f"/companies/{CODE}/facts", body, headers=headers), 400)
    assert places(told) == [("header", "/Idempotency-Key")]


def test_the_same_request_again_has_the_same_answer(both: World) -> None:
    both.company()
    system = both.key("facts_import", custodian="科技局")
    first, again = tell(system, TITLE), tell(system, TITLE)
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert both.house.deeds().count(("facts.tell", "done")) == 1

    told = problem(tell(system, {"资质": {"高新技术企业": "没有"}}), 422)
    assert told["type"].endswith(":once_other")
    problem(tell(system, TITLE, as_of="2026-11-02"), 422)
    # Another caller's keys are its own.
    other = both.key("facts_import", custodian="工信局")
    assert tell(other, {"资质": {"科技型中小企业": "有"}}).status_code == 201


def test_while_a_request_runs_its_key_is_taken_and_then_taken_over(both: World) -> None:
    both.company()
    system = both.key("facts_import", custodian="科技局")
    shared = both.app.extensions["mianshen"]
    actor = Actor(None, "", frozenset({Role.KEY}), key=1)
    body = {"as_of": "2026-11-01", "valid_to": None, "facts": TITLE}
    sealer, start = shared.casework.sealer, both.clock.now
    claim = once.begin(both.database, sealer, actor, "one", [CODE, body], start)
    assert isinstance(claim, once.Claim)
    told = problem(tell(system, TITLE), 409)
    assert told["type"].endswith(":once_running")

    both.clock.now += ONCE_LEASE
    assert tell(system, TITLE).status_code == 201
    with pytest.raises(once.StillRunning), both.database.writing() as session:
        once.answer(session, claim, "too late")
    once.release(both.database, claim)
    assert tell(system, TITLE).headers["Idempotent-Replayed"] == "true"


def test_many_at_once_with_one_key_count_once(both: World) -> None:
    both.company()
    secret = both.secret("facts_import", custodian="科技局")
    start = Barrier(8)

    def send(_: int) -> TestResponse:
        start.wait()
        return tell(System(both.app.test_client(), secret), TITLE)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {one.status_code for one in answers} <= {201, 409}
    assert len({one.data for one in answers if one.status_code == 201}) == 1
    assert both.house.deeds().count(("facts.tell", "done")) == 1
    assert len(rows(both)) == 1


def test_a_failure_leaves_nothing_and_frees_the_key(
    both: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    both.app.config["PROPAGATE_EXCEPTIONS"] = False
    both.company()
    system = both.key("facts_import", custodian="科技局")
    with monkeypatch.context() as broken:
        broken.setattr(once, "answer", lambda *_: 1 / 0)
        problem(tell(system, TITLE), 500)
    assert rows(both) == []
    assert tell(system, TITLE).status_code == 201


def test_companies_are_found_as_on_the_desk_and_each_look_is_told(both: World) -> None:
    both.company()
    both.company("91340100MA2FGHJK12", "合肥望江茶业有限公司")
    system = both.key("companies_see")
    told = system.answer("companies", system.get("/companies?q=云岭"))
    assert [one["credit_code"] for one in told["items"]] == [CODE]
    assert system.get("/companies?q=hfwj").get_json()["items"][0]["name"].startswith("合肥望江")
    for words in ("%", "_", "*", "有限_司", "有限*司", "'"):
        got = system.get("/companies", query_string={"q": words})
        assert got.get_json()["total"] == 0, words
    problem(system.get("/companies"), 422)

    pages = [system.get(f"/companies?q=有限公司&limit=1&page={n}").get_json() for n in (1, 2, 3)]
    assert [one["total"] for one in pages] == [2, 2, 2]
    assert len({item["name"] for one in pages for item in one["items"]}) == 2
    assert system.get(f"/companies/{CODE.lower()}").get_json()["name"] == NAME
    for code in ("91340100MA2ABCDE9X", "nothing", "%00", "%25"):
        problem(system.get(f"/companies/{code}"), 404)
    assert both.house.deeds().count(("company.view", "done")) == 1
    assert ("company.search", "done") in both.house.deeds()


def test_confidential_facts_are_covered_except_ones_own(world: World) -> None:
    company = world.company()
    share(world, company, "税务局", "营业收入", "12345 万元")
    for system, covered in (
        (world.key("companies_see"), True),
        (world.key("companies_see", "facts_import", custodian="科技局"), True),
        (world.key("companies_see", "facts_import", custodian="税务局"), False),
    ):
        response = system.get(f"/companies/{CODE}")
        (fact,) = system.answer("company", response)["facts"]
        (source,) = fact["sources"]
        assert source["covered"] is covered
        assert ("12345" in response.text) is not covered


@pytest.fixture
def city(tmp_path: Any, sample_catalogue: Catalogue) -> Any:
    """A city whose cases can be moved."""
    made = City.built(tmp_path, sample_catalogue, sample_clock())
    made.office.budget(HIGH_TECH, 10 * FEN)
    yield made
    made.app.extensions["mianshen"].database.close()


def test_cases_are_read_and_not_moved(city: City) -> None:
    company = city.company()
    case = city.notified(company)
    shared = city.app.extensions["mianshen"]
    wanted = Wanted("审计系统", frozenset({"cases_see"}))
    words = shared.catalogue.vocabulary
    _, secret = add(city.house.accounts, SYSTEM, wanted, words, city.clock.now)
    system = System(city.app.test_client(), secret)

    told = system.answer("cases", system.get(f"/cases?company={CITY_CODE}"))
    (item,) = told["items"]
    assert (item["id"], item["state"], item["state_said"]) == (case, "notified", "待企业确认")
    whole = system.answer("case", system.get(f"/cases/{case}"))
    assert {name: whole[name] for name in item} == item
    assert whole["events"][0]["action"] == "notify"
    assert whole["finding"]["verdict"] == "met"
    assert city.house.deeds()[-1] == ("case.look", "done")

    assert system.get("/cases?show=every&due=overdue&measure=x").get_json()["total"] == 0
    assert system.get("/cases?page=2").get_json()["items"] == []
    for path in ("/cases/999", f"/cases/{2**63 - 1}", f"/cases/{2**63}", "/cases/x"):
        problem(system.get(path), 404)
    problem(system.get("/cases?company=nothing"), 404)
    problem(system.get("/cases?show=no"), 422)
    city.clock.now += timedelta(seconds=1)
    problem(system.send("POST", f"/cases/{case}", json={}), 405)

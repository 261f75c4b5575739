"""Shared snapshots: frozen, read by whoever has the address, hidden figures, revoked, expired, deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from matcher.catalogue import Catalogue
from tests.webapp.conftest import NOON, TODAY, Clock, Company
from tests.webapp.html import Element, parse
from tests.webapp.test_language import unmarked
from webapp.database import Database
from webapp.limits import KEPT_FOR, MAX_SHARES
from webapp.models import SharedSnapshot
from webapp.services import profiles, shares
from webapp.services.shares import Snapshot, TooMany
from webapp.services.sheet import Sheet

REVENUE, STAFF = "54.32 亿元", "7654 人"


def snapshot() -> Snapshot:
    """A snapshot in which nothing was found."""
    sheet = Sheet("云岭科技", "", TODAY.isoformat(), "3f2c", False, (), (), (), (), (("a", "b"),))
    return Snapshot({"企业名称": "云岭科技"}, "3f2c", TODAY, {"zh": sheet, "en": sheet}, True)


def rows(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(select(func.count()).select_from(SharedSnapshot)).one()


@pytest.fixture
def token(database: Database) -> str:
    """The token of a saved profile."""
    return profiles.create(database, {"企业名称": "云岭科技"}, NOON)


# --- the service, on both databases ----------------------------------------------------------------


def test_a_snapshot_comes_back_as_it_was_kept(database: Database, token: str) -> None:
    code = shares.create(database, token, snapshot(), NOON)
    assert code is not None
    share, kept = shares.load(database, code, NOON) or pytest.fail("not found")

    assert kept == snapshot()
    assert share.kept_until == NOON + KEPT_FOR
    assert [one.code for one in shares.own(database, token, NOON)] == [code]


def test_the_table_does_not_hold_the_code(database: Database, token: str) -> None:
    code = shares.create(database, token, snapshot(), NOON)
    with database.engine.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM shares"))

    assert code
    assert len(code) == 24
    assert code not in str(tuple(row))
    assert token not in str(tuple(row))


def test_codes_differ_even_for_the_same_answers(database: Database, token: str) -> None:
    codes = {shares.create(database, token, snapshot(), NOON) for _ in range(3)}

    assert len(codes) == 3


def test_a_share_lives_ninety_days_and_the_profile_as_long(database: Database, token: str) -> None:
    later = NOON + timedelta(days=80)
    code = shares.create(database, token, snapshot(), later) or ""

    assert shares.load(database, code, later + KEPT_FOR) is not None
    assert profiles.load(database, token, later + KEPT_FOR) is not None
    assert shares.load(database, code, later + KEPT_FOR + timedelta(seconds=1)) is None
    assert shares.own(database, token, later + KEPT_FOR + timedelta(seconds=1)) == []


def test_expired_snapshots_are_deleted_when_another_is_made(database: Database, token: str) -> None:
    shares.create(database, token, snapshot(), NOON)
    late = NOON + KEPT_FOR + timedelta(days=1)
    other = profiles.create(database, {}, late - timedelta(days=2))
    shares.create(database, other, snapshot(), late)

    assert rows(database) == 1


def test_an_expired_profile_takes_its_snapshots_along(database: Database, token: str) -> None:
    shares.create(database, token, snapshot(), NOON)
    profiles.create(database, {}, NOON + KEPT_FOR + timedelta(days=1))

    assert rows(database) == 0


def test_deleting_a_profile_deletes_its_snapshots(database: Database, token: str) -> None:
    code = shares.create(database, token, snapshot(), NOON) or ""
    profiles.remove(database, token)

    assert rows(database) == 0
    assert shares.load(database, code, NOON) is None


def test_only_the_owner_revokes(database: Database, token: str) -> None:
    code = shares.create(database, token, snapshot(), NOON) or ""
    (share,) = shares.own(database, token, NOON)
    stranger = profiles.create(database, {}, NOON)

    assert not shares.revoke(database, stranger, share.id)
    assert shares.load(database, code, NOON) is not None
    assert shares.revoke(database, token, share.id)
    assert shares.load(database, code, NOON) is None
    assert not shares.revoke(database, token, share.id)


def test_one_profile_has_so_many_snapshots_and_no_more(database: Database, token: str) -> None:
    for _ in range(MAX_SHARES):
        shares.create(database, token, snapshot(), NOON)
    with pytest.raises(TooMany):
        shares.create(database, token, snapshot(), NOON)
    assert len(shares.own(database, token, NOON)) == MAX_SHARES

    shares.revoke(database, token, shares.own(database, token, NOON)[0].id)
    assert shares.create(database, token, snapshot(), NOON)


def test_without_a_profile_nothing_is_kept(database: Database, token: str) -> None:
    late = NOON + KEPT_FOR + timedelta(days=1)

    assert shares.create(database, "x" * 43, snapshot(), NOON) is None
    assert shares.create(database, token, snapshot(), late) is None
    assert rows(database) == 0


# --- the pages -------------------------------------------------------------------------------------


@pytest.fixture
def told(app: Flask, client: FlaskClient, clock: Clock) -> Company:
    """A large company of Hefei with a title: some measures fit, others are for small ones only."""
    facts = {
        "企业名称": "云岭科技",
        "填报日期": "2026-11-20",
        "注册地": "合肥市",
        "行业": "3973 集成电路制造",
        "资质": [{"名称": "高新技术企业", "取得日期": "2024-10-16"}],
        "年度": {"2025": {"营业收入": REVENUE, "从业人员": STAFF, "资产总额": "50 亿元"}},
    }
    return Company(client, profiles.create(app.extensions["mianshen"].database, facts, clock.now))


def answer(company: Company, **facts: str) -> None:
    """Change some answers after all."""
    database = company.client.application.extensions["mianshen"].database
    profiles.save(database, company.token, lambda old: {**old, **facts}, NOON)


def made(company: Company, **form: str) -> str:
    """Share the results as the page does; gives the path of the snapshot."""
    assert company.client.post(company.url("shares"), data=form).status_code == 303
    section = company.page().by_id("shares")
    assert section is not None
    address = next(one.get("value") for one in section.all("input") if one.get("id"))
    return address.removeprefix("http://localhost")


def page(client: FlaskClient, path: str) -> Element:
    response = client.get(path)
    assert response.status_code == 200
    return parse(response.text)


def test_what_is_shared_stays_as_it_was(told: Company, app: Flask) -> None:
    path = made(told)
    stranger = app.test_client()
    before = page(stranger, path).by_id("main")
    answer(told, 企业名称="别的名称", 注册地="亳州市")

    after = page(stranger, path).by_id("main")
    assert before is not None
    assert after is not None
    assert before.text() == after.text()
    assert "云岭科技" in after.text()
    assert "合肥市" in after.text()


def test_later_rules_do_not_change_it_and_the_page_says_so(
    told: Company, app: Flask, catalogue: Catalogue
) -> None:
    path = made(told)
    met = [item.text() for item in page(told.client, path).all(class_="slip-met")]
    assert met
    portal = app.extensions["mianshen"]
    emptied = replace(catalogue, documents=(), version="later")
    app.extensions["mianshen"] = replace(portal, catalogue=emptied)

    changed = page(told.client, path)
    assert [item.text() for item in changed.all(class_="slip-met")] == met
    assert "规则后来更新过" in changed.text()
    assert f"规则版本 {catalogue.version}" in changed.text()


def test_a_snapshot_is_private_to_those_who_have_its_address(told: Company) -> None:
    response = told.client.get(made(told))

    assert response.headers["Cache-Control"] == "no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert told.token not in response.text
    assert "/p/" not in response.text


def test_a_snapshot_offers_nothing_to_change(told: Company) -> None:
    shown = page(told.client, made(told))

    assert shown.all("form") == []


def test_figures_are_hidden_on_request(told: Company) -> None:
    open_text = page(told.client, made(told)).text()
    hidden = page(told.client, made(told, hide_figures="1"))

    assert REVENUE in open_text
    assert REVENUE not in hidden.text()
    facts = {
        row.all("dt")[0].text(): row.all("dd")[0].text()
        for row in hidden.all(class_="share-facts")[0].all("div")
    }
    assert facts["2025 年度 营业收入"] == "不显示"
    assert facts["注册地"] == "合肥市"


def test_hidden_figures_are_not_told_by_the_reasons_either(told: Company) -> None:
    def reasons(**form: str) -> str:
        shown = page(told.client, made(told, **form))
        return "".join(row.text() for row in shown.all("li", "slip-unmet"))

    assert STAFF in reasons()
    assert STAFF not in reasons(hide_figures="1")
    assert "集成电路制造" in reasons(hide_figures="1")


def test_in_english_the_same_snapshot_is_english(told: Company) -> None:
    shown = page(told.client, f"{made(told)}?lang=en")

    (body,) = shown.all("body")
    assert shown.all("h1")[0].text() == "Shared results"
    assert shown.all("h2")[0].text().startswith("Met ")
    assert unmarked(body) == []


def test_a_revoked_link_says_what_to_do(told: Company) -> None:
    path = made(told)
    (form,) = [one for one in told.page().all("form") if one.get("action").endswith("/revoke")]
    assert told.client.post(form.get("action"), data=form.values()).status_code == 303

    response = told.client.get(path)
    assert response.status_code == 410
    assert response.headers["Cache-Control"] == "no-store"
    assert "请向分享的企业要一个新的" in response.text
    assert told.page().by_id("shares") is None


@pytest.mark.parametrize("gone", ["expired", "deleted", "never"])
def test_a_link_that_is_gone_answers_410(gone: str, told: Company, clock: Clock) -> None:
    path = made(told)
    if gone == "expired":
        clock.now += KEPT_FOR + timedelta(seconds=1)
    elif gone == "deleted":
        told.client.post(told.url("delete"))
    else:
        path = path[:-1] + ("A" if path[-1] != "A" else "B")

    assert told.client.get(path).status_code == 410


def test_a_link_too_many_is_refused_in_words(told: Company) -> None:
    for _ in range(MAX_SHARES):
        made(told)
    told.client.post(told.url("shares"))

    assert "先撤销一个" in told.page().text()
    section = told.page().by_id("shares")
    assert section is not None
    assert len(section.all("li")) == MAX_SHARES


def test_nothing_is_shared_before_the_first_answer(company: Company, app: Flask) -> None:
    company.client.post(company.url("shares"))

    assert rows(app.extensions["mianshen"].database) == 0
    assert "先回答几个问题,再分享结果" in company.client.get(company.url("results")).text


@pytest.mark.parametrize("id_", ["999", str(2**63 - 1), str(2**63), "x"])
def test_revoking_what_is_not_there_is_not_found(id_: str, told: Company) -> None:
    assert told.client.post(told.url(f"shares/{id_}/revoke")).status_code == 404


def test_another_company_cannot_revoke(told: Company, app: Flask) -> None:
    path = made(told)
    (form,) = [one for one in told.page().all("form") if one.get("action").endswith("/revoke")]
    stranger = app.test_client()
    other = stranger.post("/start", data={"company": ""}).location.split("/")[2]
    theirs = form.get("action").replace(told.token, other)

    assert stranger.post(theirs).status_code == 404
    assert told.client.get(path).status_code == 200

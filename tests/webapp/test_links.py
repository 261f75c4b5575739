"""Links that are old, cut short or made up, forms sent twice, requests that no browser of ours would send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.webapp.conftest import Clock, Company
from tests.webapp.html import parse
from tests.webapp.walking import addresses, nothing_strange
from webapp import create_app, limits

SCRIPT = "\"'><script>alert(1)</script>"
DAY_OVER = limits.KEPT_FOR * 1.01


@pytest.fixture
def located(company: Company) -> Company:
    """A company whose results can be shown."""
    company.save("basics", registered_region="合肥市")
    company.save("titles", titles__rest__all="none")
    return company


def own(app: Flask, company: Company, method: str) -> list[str]:
    """List the addresses of a company's own pages that take a method."""
    return [one for one in addresses(app, company, method) if company.token in one]


# --- the company's own links ---------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_everything_of_a_profile_that_is_over_is_gone(
    app: Flask, located: Company, clock: Clock, method: str
) -> None:
    clock.now += DAY_OVER
    asked = own(app, located, method)
    assert len(asked) > 5
    for address in asked:
        response = located.client.open(address, method=method)
        assert response.status_code in (404, 410), address
        page = parse(response.text)
        nothing_strange(page)
        assert page.all("h1")[0].text()
        assert "合肥" not in "".join(one.text() for one in page.all("main")), address


def changed(token: str) -> list[str]:
    """Spoil a code in the ways that copying and guessing spoil it."""
    other = "A" if token[-1] != "A" else "B"
    return [
        token[:-1] + other,
        token[:-1],
        token + "A",
        token.swapcase(),
        token[::-1],
        f"{token}%00",
        f"{token}%0a",
        f"%20{token}",
        f"..%2f{token}",
        "％" + token[1:],
        SCRIPT.replace("/", ""),
        "a" * 5_000,
    ]


def test_a_code_that_was_spoilt_opens_nothing(app: Flask, located: Company) -> None:
    located.client.post(located.url("shares"))
    (shared,) = [
        one.get("value") for one in located.page().all("input") if "/s/" in one.get("value")
    ]
    code = shared.rpartition("/")[2]
    assert located.client.get(f"/s/{code}").status_code == 200
    spoilt = [f"/p/{one}{page}" for one in changed(located.token) for page in ("", "/results")]
    spoilt += [f"/s/{one}" for one in changed(code)] + [f"/s/{located.token}", f"/p/{code}"]
    for address in spoilt:
        response = located.client.get(address)
        assert response.status_code in (404, 410), address
        page = parse(response.text)
        nothing_strange(page)
        assert "合肥" not in "".join(one.text() for one in page.all("main")), address
        assert page.all("h1")


def test_a_snapshot_of_another_company_is_not_mine_to_revoke(app: Flask, located: Company) -> None:
    located.client.post(located.url("shares"))
    (form,) = [one for one in located.page().all("form") if one.get("action").endswith("/revoke")]
    id_ = form.get("action").split("/")[-2]
    other = Company(located.client, located.client.post("/start").location.split("/")[2])
    assert other.client.post(other.url(f"shares/{id_}/revoke")).status_code == 404
    assert located.client.post(located.url(f"shares/{id_}/revoke")).status_code == 303
    assert located.client.post(located.url(f"shares/{id_}/revoke")).status_code == 404


# --- what an address may ask for -----------------------------------------------------------------

SUPPOSED = [
    "",
    "x",
    "~",
    "~1",
    "hefei-2025/1.4",
    "hefei-2025/1.4~0",
    "hefei-2025/1.4~-1",
    "hefei-2025/1.4~01",
    "hefei-2025/1.4~99999999999999999999",
    "hefei-2025/1.4~1~1",
    "nowhere/1.1~1",
    "１~１",
    SCRIPT,
    "\x00",
    "%",
    "'; DROP TABLE profiles; --",
]


def test_a_step_that_is_none_is_not_supposed(located: Company) -> None:
    plain = located.page("results")
    for one in SUPPOSED:
        response = located.client.get(located.url("results"), query_string={"if": one})
        assert response.status_code == 200, one
        page = parse(response.text)
        nothing_strange(page)
        assert not page.all(class_="supposed"), one
        assert counters(page) == counters(plain), one
    many = located.client.get(located.url("results") + "?" + "if=hefei-2025/1.4~1&" * 500)
    assert many.status_code == 200


def counters(page: Any) -> list[str]:
    """Give the four counts of the results."""
    found = [one.text().strip() for one in page.all(class_="counter-number")]
    assert len(found) == 4
    return found


MADE_UP = ["x", SCRIPT, "\x00", "1" * 3_000, "合肥", "%27", "../..", "\u202e"]


@pytest.mark.parametrize(
    "name", ["group", "page", "kind", "department", "document", "delivery", "if", "open", "find"]
)
def test_a_made_up_value_of_a_filter_is_answered(located: Company, name: str) -> None:
    for value in MADE_UP:
        response = located.client.get(located.url("results"), query_string={name: value})
        assert response.status_code in (200, 404), value
        page = parse(response.text)
        nothing_strange(page)
        assert len(page.all("h1")) == 1


@pytest.mark.parametrize(
    "address", ["/measures", "/documents/hefei-2025", "/trades.json", "/places.json", "/"]
)
def test_a_made_up_argument_of_a_public_page_is_answered(client: FlaskClient, address: str) -> None:
    for name in ("q", "kind", "region", "sort", "page", "show", "lang", "care", "contrast", "back"):
        for value in (SCRIPT, "\x00", "x" * 3_000, "\u202e合肥", "-1"):
            response = client.get(address, query_string={name: value})
            assert response.status_code in (200, 404), (address, name, value)
            if response.mimetype == "text/html":
                nothing_strange(parse(response.text))


@pytest.mark.parametrize(
    "group", ["Basics", "basics ", "基本信息", "none", "..", SCRIPT, "x" * 3_000]
)
def test_a_group_that_does_not_exist_is_not_found(located: Company, group: str) -> None:
    for method in ("GET", "POST"):
        response = located.client.open(f"/p/{located.token}/{group}", method=method)
        assert response.status_code in (404, 405), group
        nothing_strange(parse(response.text))


# --- sent twice ----------------------------------------------------------------------------------


def test_a_form_that_is_sent_twice_saves_once_and_goes_on(located: Company) -> None:
    sent = {**located.form("operations"), "a_employees": "80", "then": "next"}
    answers = [located.client.post(located.url("operations"), data=sent) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert located.facts["年度"]["2025"] == {"从业人员": "80 人"}


def test_deleting_twice_says_that_nothing_is_left(located: Company) -> None:
    answers = [located.client.post(located.url("delete")) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 404]
    assert parse(answers[1].text).all("h1")


# --- requests that no page of ours sends ---------------------------------------------------------


def test_head_is_get_without_the_body_and_options_names_what_is_allowed(
    app: Flask, located: Company
) -> None:
    for address in addresses(app, located):
        got, head = located.client.get(address), located.client.head(address)
        assert (head.status_code, head.data) == (got.status_code, b""), address
        assert head.mimetype == got.mimetype
        options = located.client.options(address)
        assert options.status_code == 200, address
        assert all(method in options.allow for method in ("GET", "HEAD", "OPTIONS")), address
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        response = located.client.open(located.url(), method=method)
        assert response.status_code == 405
    assert located.client.get(located.url()).status_code == 200


def test_asking_for_the_head_of_a_page_changes_nothing(app: Flask, located: Company) -> None:
    """Mail programs and chats look at links with HEAD; the page that deletes must only be looked at."""
    facts = located.facts
    for address in own(app, located, "GET"):
        assert located.client.head(address).status_code < 400, address
    assert located.facts == facts


@pytest.mark.parametrize(
    "languages",
    [
        "",
        "*",
        "en;q=abc",
        ",,,;",
        "zh-" * 2_000,
        "en;q=-1, zh;q=9",
        "日本語".encode().decode("latin-1"),
        "x",
    ],
)
def test_an_odd_wish_for_a_language_gets_one_of_ours(client: FlaskClient, languages: str) -> None:
    response = client.get("/", headers={"Accept-Language": languages})
    assert response.status_code == 200
    assert parse(response.text).all("html")[0].get("lang") in ("zh-CN", "en")


BODIES = [
    (b'{"a_name": "x"}', "application/json"),
    (
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        "text/xml",
    ),
    (b"a_name=%FF%FE&a_name=%&%=%&then=next", "application/x-www-form-urlencoded"),
    (b"a_name=\xff\xfe\x00", "application/x-www-form-urlencoded; charset=utf-16"),
    (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
    (b"a_name=x", "multipart/form-data"),
    (b"\x1f\x8b\x08\x00", "application/octet-stream"),
    (b"", ""),
    (b"a_name=x", "text/plain"),
]


@pytest.mark.parametrize(("body", "kind"), BODIES, ids=range(len(BODIES)))
def test_a_body_of_the_wrong_kind_is_answered(
    app: Flask, located: Company, body: bytes, kind: str
) -> None:
    for address in addresses(app, located, "POST"):
        if address.endswith("/delete"):
            continue
        response = located.client.post(address, data=body, content_type=kind)
        assert response.status_code < 500, address
        if response.status_code != 303 and response.mimetype == "text/html":
            nothing_strange(parse(response.text))
    assert located.client.get(located.url("results")).status_code == 200


def test_a_body_that_is_too_large_is_refused_everywhere(app: Flask, located: Company) -> None:
    body = b"a_name=" + b"x" * limits.MAX_FORM_BYTES
    for address in addresses(app, located, "POST"):
        kind = "application/x-www-form-urlencoded"
        response = located.client.post(address, data=body, content_type=kind)
        assert response.status_code == 413, address
        assert "内容太大" in response.text
    assert located.client.get(located.url()).status_code == 200


@pytest.fixture
def guarded(config: dict[str, Any]) -> Iterator[Flask]:
    """The application with form tokens on, as it runs."""
    made = create_app(config)
    yield made
    made.extensions["mianshen"].database.engine.dispose()


def test_no_address_takes_a_form_without_its_token(guarded: Flask) -> None:
    client = guarded.test_client()
    company = Company(client, client.post("/start").location.split("/")[2])
    asked = [one for one in addresses(guarded, company, "POST") if one not in ("/start", "/resume")]
    assert len(asked) > 8
    for address in asked:
        for data in ({}, {"csrf_token": ""}, {"csrf_token": "x" * 500}):
            response = client.post(address, data=data)
            assert response.status_code == 400, address
            assert "这一页需要重新打开" in response.text
    for address in ("/start", "/resume"):
        other = client.post(address, headers={"Sec-Fetch-Site": "cross-site"})
        assert other.status_code == 403
    assert client.get(company.url()).status_code == 200

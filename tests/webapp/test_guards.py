"""Guards: form tokens, headers, limits, script payloads, logs, failures."""

from __future__ import annotations

import gzip
import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from tests.webapp.conftest import Company
from tests.webapp.html import Element, parse
from webapp import create_app, limits
from webapp.headers import POLICY
from webapp.settings import SettingsFault, secret_keys, settings

KEY = "only-for-tests-" * 4

SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"


def strange_scripts(page: Element) -> list[Element]:
    """List the scripts of a page that are not files of ours."""
    return [
        item
        for item in page.all("script")
        if item.text() or not item.get("src").startswith("/static/")
    ]


# --- form tokens ---------------------------------------------------------------------------------


@pytest.fixture
def guarded(config: dict[str, Any]) -> Iterator[FlaskClient]:
    """A visitor of an application with form tokens on, as it runs."""
    made = create_app(config)
    yield made.test_client()
    made.extensions["mianshen"].database.engine.dispose()


def test_no_form_is_taken_without_its_token(guarded: FlaskClient) -> None:
    token = _start(guarded)
    for address in (f"/p/{token}/basics", f"/p/{token}/delete"):
        for data in ({}, {"csrf_token": "wrong"}):
            response = guarded.post(address, data=data)
            assert response.status_code == 400, address
            assert "这一页需要重新打开" in response.text
    assert guarded.get(f"/p/{token}").status_code == 200


def test_every_form_that_posts_carries_a_token_that_is_taken(guarded: FlaskClient) -> None:
    token = _start(guarded)
    for address in ("/", f"/p/{token}/basics", f"/p/{token}/delete"):
        forms = [
            form
            for form in parse(guarded.get(address).text).all("form")
            if form.get("method") == "post"
        ]
        assert forms
        for form in forms:
            response = guarded.post(form.get("action") or address, data=form.values())
            assert response.status_code in (303, 422), address


def test_a_token_of_another_visitor_is_refused(guarded: FlaskClient) -> None:
    token = _start(guarded)
    (form,) = parse(guarded.get(f"/p/{token}/delete").text).all("form")
    stranger = guarded.application.test_client()
    stranger.get("/")
    assert stranger.post(f"/p/{token}/delete", data=form.values()).status_code == 400
    assert guarded.get(f"/p/{token}").status_code == 200


def _start(client: FlaskClient) -> str:
    form = parse(client.get("/").text).all("form", "start")[0]
    return str(client.post("/start", data=form.values()).location.split("/")[2])


# --- headers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/", "/measures", "/nowhere", "/static/site.css", "own", "wrong"])
def test_security_headers_are_on_every_answer(company: Company, page: str) -> None:
    address = {"own": company.url("results"), "wrong": f"/p/{'A' * 43}"}.get(page, page)
    with company.client.get(address) as response:
        headers = response.headers
    assert headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert "frame-ancestors 'none'" in POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    private = address.startswith("/p/")
    assert headers["Referrer-Policy"] == ("no-referrer" if private else "same-origin")
    if private:
        assert headers["Cache-Control"] == "no-store"
        assert "noindex" in headers["X-Robots-Tag"]


def test_hsts_is_sent_under_tls_alone(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers
    assert "Strict-Transport-Security" in client.get("/", base_url="https://localhost").headers


def test_cookies_are_kept_from_scripts_and_other_sites(guarded: FlaskClient) -> None:
    for address in ("/", "/?lang=en"):
        for cookie in guarded.get(address).headers.getlist("Set-Cookie"):
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie


def test_files_may_be_kept_and_pages_are_packed(client: FlaskClient) -> None:
    file = "/static/vendor/bootstrap.min.css"
    with client.get(file, headers={"Accept-Encoding": "gzip"}) as style:
        assert style.headers["Content-Encoding"] == "gzip"
        assert "max-age=31536000" in style.headers["Cache-Control"]
        with client.get(file) as original:
            assert gzip.decompress(style.data) == original.data

    page = client.get("/documents/hefei-2025", headers={"Accept-Encoding": "gzip"})
    assert "推进科技创新" in gzip.decompress(page.data).decode()
    assert "Accept-Encoding" in page.headers["Vary"]
    assert "Content-Encoding" not in client.get("/documents/hefei-2025").headers


@pytest.mark.parametrize(
    ("page", "kib"),
    [
        ("/", 40),
        ("/measures", 40),
        ("/documents/bozhou-2025-38", 40),
        ("results", 60),
        ("plans", 40),
        ("titles", 40),
        ("industry", 40),
    ],
)
def test_pages_keep_to_their_weight(company: Company, page: str, kib: int) -> None:
    company.save("basics", registered_region="合肥市")
    address = page if page.startswith("/") else company.url(page)
    packed = company.client.get(address, headers={"Accept-Encoding": "gzip"}).data
    assert len(packed) <= kib * 1024


# --- limits --------------------------------------------------------------------------------------


def form_of_bytes(size: int) -> bytes:
    return b"company=" + b"a" * (size - len(b"company="))


def test_a_form_may_have_64_kib_and_not_one_byte_more(client: FlaskClient) -> None:
    kind = "application/x-www-form-urlencoded"
    fits = client.post("/start", data=form_of_bytes(limits.MAX_FORM_BYTES), content_type=kind)
    over = client.post("/start", data=form_of_bytes(limits.MAX_FORM_BYTES + 1), content_type=kind)
    assert fits.status_code == 422  # taken, and then the name is too long
    assert over.status_code == 413
    assert "内容太大" in over.text


def test_a_body_may_have_2_mib_and_not_one_byte_more(client: FlaskClient) -> None:
    for size, status in ((limits.MAX_BODY_BYTES, 303), (limits.MAX_BODY_BYTES + 1, 413)):
        head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
        tail = b"\r\n--x--\r\n"
        body = head + b"a" * (size - len(head) - len(tail)) + tail
        response = client.post("/start", data=body, content_type="multipart/form-data; boundary=x")
        assert response.status_code == status


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_may_have_500_fields_and_not_one_more(client: FlaskClient, kind: str) -> None:
    for count, status in ((limits.MAX_FORM_PARTS, 303), (limits.MAX_FORM_PARTS + 1, 413)):
        data = {f"field{number}": "x" for number in range(count)}
        assert client.post("/start", data=data, content_type=kind).status_code == status


def test_the_largest_form_of_ours_fits_the_limits(company: Company) -> None:
    for group in ("titles", "plans"):
        boxes = {
            item.get("name"): "1"
            for item in company.page(group).all("input")
            if item.get("type") == "checkbox" and item.get("value") == "1"
        }
        radios = {
            item.get("name"): item.get("value")
            for item in company.page(group).all("input")
            if item.get("type") == "radio"
        }
        assert company.post(group, {**boxes, **radios}).status_code == 303
        stored = len(json.dumps(company.facts, ensure_ascii=False).encode())
        assert stored < limits.MAX_FORM_BYTES


def test_a_name_may_have_200_characters_and_not_one_more(client: FlaskClient) -> None:
    for length, status in ((limits.MAX_TEXT, 303), (limits.MAX_TEXT + 1, 422)):
        assert client.post("/start", data={"company": "长" * length}).status_code == status


def test_a_search_is_cut_at_its_limit(client: FlaskClient) -> None:
    page = parse(client.get("/measures?q=" + "长" * (limits.MAX_SEARCH + 1)).text)
    field = page.by_id("q")
    assert field is not None
    assert field.get("value") == "长" * limits.MAX_SEARCH


@pytest.mark.parametrize("page", ["0", "-1", "x", "99", "１", "9" * 6, ""])
def test_a_page_number_that_is_none_is_not_found(company: Company, page: str) -> None:
    company.save("basics", registered_region="合肥市")
    for group in ("group=met&", ""):
        address = company.url(f"results?{group}page={page}")
        assert company.client.get(address).status_code in (404, 200 if not group else 404)
    assert company.client.get(company.url("results?group=all")).status_code == 404


# --- script payloads -----------------------------------------------------------------------------


def text_fields(page: Element) -> list[str]:
    (form,) = [one for one in page.all("form") if one.get("method") == "post"]
    return [
        item.get("name")
        for item in form.all("input")
        if item.get("type") not in ("radio", "checkbox", "hidden")
    ]


@pytest.mark.parametrize(
    "group", ["basics", "industry", "operations", "innovation", "titles", "plans", "compliance"]
)
def test_a_script_in_any_text_field_stays_text(company: Company, group: str) -> None:
    fields = text_fields(company.page(group))
    ticks = {
        item.get("name"): "1"
        for item in company.page(group).all("input")
        if item.get("type") == "checkbox" and item.get("value") == "1"
    }
    boards = {"a_listing_stage-star": "3"} if group == "titles" else {}
    assert fields or group == "compliance"
    response = company.post(group, {**ticks, **boards, **dict.fromkeys(fields, SCRIPT)})
    page = parse(response.text)

    assert response.status_code == 422
    assert strange_scripts(page) == []
    assert not [item for item in page.walk() if "onerror" in item.attributes]
    assert [item.get("value") for item in page.all("input")].count(SCRIPT) >= len(fields) - 1


def test_a_script_as_company_name_stays_text_everywhere(client: FlaskClient) -> None:
    response = client.post("/start", data={"company": SCRIPT})
    company = Company(client, response.location.split("/")[2])
    company.save("basics", registered_region="合肥市")
    for address in ("", "basics", "results", "delete", "why/hefei-2025/1.4"):
        page = company.page(address)
        assert strange_scripts(page) == []
        assert SCRIPT in page.text() or address == "why"


@pytest.mark.parametrize("address", ["/measures?q=", "/documents/hefei-2025?show=", "/?lang="])
def test_a_script_in_an_address_stays_text(client: FlaskClient, address: str) -> None:
    page = parse(client.get(address + SCRIPT).text)
    assert strange_scripts(page) == []


def test_a_script_as_a_code_to_resume_stays_text(client: FlaskClient) -> None:
    page = parse(client.post("/resume", data={"code": SCRIPT}).text)
    field = page.by_id("code")
    assert field is not None
    assert field.get("value") == SCRIPT
    assert strange_scripts(page) == []


# --- logs and failures ---------------------------------------------------------------------------


def test_logs_hold_the_route_and_neither_token_nor_facts(
    company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    company.save("basics", name="金丝雀公司", registered_region="合肥市")
    company.post("basics", {"a_registered_region": "金丝雀市"})
    company.client.get(company.url("results"))
    company.client.get("/measures?q=金丝雀")

    lines = [json.loads(r.getMessage()) for r in caplog.records if r.name == "mianshen.web"]
    assert {"/p/<token>/<group>", "/p/<token>/results", "/measures"} <= {
        line["route"] for line in lines
    }
    assert {line["status"] for line in lines} >= {200, 303, 422}
    assert "金丝雀" not in caplog.text
    assert company.token not in caplog.text


def test_a_failure_shows_a_number_and_logs_no_message(
    app: Flask, company: Company, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("金丝雀公司")

    company.save("basics", registered_region="合肥市")
    monkeypatch.setattr(type(app.extensions["mianshen"].matchmaker), "results", broken)
    response = company.client.get(company.url("results"))

    assert response.status_code == 500
    assert "您已保存的内容还在" in response.text
    (line,) = [
        json.loads(record.getMessage())
        for record in caplog.records
        if record.levelno == logging.ERROR
    ]
    assert line["error"] == "ValueError"
    assert line["request"] in response.text
    assert "金丝雀" not in caplog.text
    assert "金丝雀" not in response.text


def test_a_database_that_does_not_answer_gives_503(
    app: Flask, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, RuntimeError("connection refused"))

    monkeypatch.setattr(type(app.extensions["mianshen"].database), "reading", gone)
    response = company.client.get(company.url())
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert "暂时不能用" in response.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_wrong_method_says_which_is_right(client: FlaskClient, language: str) -> None:
    response = client.post(f"/measures?lang={language}")
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert len(parse(response.text).all("h1")) == 1


# --- settings ------------------------------------------------------------------------------------


def test_a_key_is_made_once_and_only_its_owner_may_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path))
    monkeypatch.delenv("MIANSHEN_SECRET_KEY", raising=False)
    (first,) = secret_keys()
    assert len(first) >= limits.MIN_SECRET_BYTES
    assert secret_keys() == (first,)
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_short_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIANSHEN_SECRET_KEY", KEY[: limits.MIN_SECRET_BYTES])
    assert secret_keys() == (KEY[: limits.MIN_SECRET_BYTES],)
    monkeypatch.setenv("MIANSHEN_SECRET_KEY", KEY[: limits.MIN_SECRET_BYTES - 1])
    with pytest.raises(SettingsFault, match="太短"):
        secret_keys()


@pytest.mark.parametrize(
    "key", ["x" * 40, "change-me-" * 5, "An-Example-Key-Of-The-Instructions-0001"]
)
def test_a_key_that_others_can_guess_is_refused(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIANSHEN_SECRET_KEY", key)
    with pytest.raises(SettingsFault, match="MIANSHEN_SECRET_KEY 像是示例"):
        secret_keys()


def test_settings_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIANSHEN_DATA", str(tmp_path))
    assert settings()["DATABASE_URL"] == f"sqlite:///{tmp_path / 'mianshen.sqlite3'}"
    monkeypatch.setenv("MIANSHEN_DATABASE", "postgresql+psycopg://somewhere/x")
    monkeypatch.setenv("MIANSHEN_HOSTS", "policy.example.org, www.example.org")
    monkeypatch.setenv("MIANSHEN_SECURE_COOKIES", "1")
    found = settings()
    assert found["DATABASE_URL"] == "postgresql+psycopg://somewhere/x"
    assert found["TRUSTED_HOSTS"] == ["policy.example.org", "www.example.org"]
    assert found["SESSION_COOKIE_SECURE"] is True


def test_a_host_that_is_not_ours_is_refused(config: dict[str, Any]) -> None:
    made = create_app({**config, "TRUSTED_HOSTS": ["policy.example.org"]})
    client = made.test_client()
    assert client.get("/", base_url="http://policy.example.org").status_code == 200
    assert client.get("/", base_url="http://evil.example.org").status_code == 400
    made.extensions["mianshen"].database.engine.dispose()

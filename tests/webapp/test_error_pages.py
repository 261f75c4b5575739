"""Pages of errors: short, in two languages, without the database, and each says what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from tests.webapp.html import parse
from webapp import create_app, errors
from webapp.access import needs
from webapp.limits import MAX_BODY_BYTES, MAX_FORM_BYTES, MAX_RECOVERY_TRIES
from webapp.services.people.roles import Permission

UNREACHABLE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
CODES = sorted(errors.KNOWN)


@pytest.fixture
def without_database(config: dict[str, Any]) -> Iterator[FlaskClient]:
    """A visitor while nobody answers where the database should be; one address fails as asked."""
    app = create_app({**config, "DATABASE_URL": UNREACHABLE, "WTF_CSRF_ENABLED": False})
    fails = needs(Permission.PUBLIC)(lambda code: abort(code))
    app.add_url_rule("/fails/<int:code>", view_func=fails, endpoint="fails")
    yield app.test_client()
    app.extensions["mianshen"].database.engine.dispose()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("code", CODES)
def test_each_page_renders_without_the_database(
    without_database: FlaskClient, code: int, language: str
) -> None:
    response = without_database.get(f"/fails/{code}?lang={language}")
    page = parse(response.text)
    app: Flask = without_database.application
    texts = app.extensions["mianshen"].texts

    assert response.status_code == code
    assert len(response.data) < 10 * 1024
    assert not page.all("script")
    assert len(page.all("h1")) == 1
    for one in ("zh", "en"):
        assert texts.get(one, f"error.{code}.title") in response.text
    assert "{" not in "".join(p.text() for p in page.all("p"))


@pytest.mark.parametrize("address", ["/p/" + "A" * 43, "/p/" + "A" * 43 + "/results"])
def test_a_page_that_needs_the_database_says_when_to_come_back(
    without_database: FlaskClient, address: str
) -> None:
    response = without_database.get(address)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "30"
    assert "2026-11-22 12:00" in response.text
    assert "过 30 秒再试" in response.text
    assert "您已保存的内容还在" in response.text
    assert "12345" in response.text


def test_starting_without_the_database_is_answered_too(without_database: FlaskClient) -> None:
    response = without_database.post("/start", data={"company": "云岭科技"})
    assert response.status_code == 503


@pytest.mark.parametrize(
    "address", ["/", "/measures?q=上市", "/measures/hefei-2025/1.4", "/documents/hefei-2025"]
)
def test_what_anyone_may_read_stays_readable(without_database: FlaskClient, address: str) -> None:
    assert without_database.get(address).status_code == 200


def test_a_page_that_is_not_there_offers_a_search(client: FlaskClient) -> None:
    page = parse(client.get("/nowhere").text)
    (form,) = page.all("form")
    assert (form.get("action"), form.get("method")) == ("/measures", "get")
    assert form.all("input")[0].get("name") == "q"


def test_the_limits_are_said_in_figures(without_database: FlaskClient) -> None:
    large = without_database.get("/fails/413").text
    assert f"{MAX_FORM_BYTES // 1024} KB" in large
    assert f"{MAX_BODY_BYTES // 2**20} MB" in large
    often = without_database.get("/fails/429")
    assert f"最多试 {MAX_RECOVERY_TRIES} 次" in often.text
    assert often.headers["Retry-After"] == "60"


def test_the_search_engine_is_not_told_of_a_private_page_that_failed(
    without_database: FlaskClient,
) -> None:
    response = without_database.get("/p/" + "A" * 43)
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert response.headers["Cache-Control"] == "no-store"


def test_even_a_broken_frame_gets_an_answer(
    without_database: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("no template")

    monkeypatch.setattr(errors, "render_template", broken)
    response = without_database.get("/fails/500")
    assert response.status_code == 500
    assert "您已保存的内容还在" in response.text
    assert "What you saved is still there" in response.text
    assert len(parse(response.text).all("h1")) == 1

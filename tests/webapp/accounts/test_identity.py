"""Coming in by an identity service: links by its own number of a person, and what is not believed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from tests.webapp.accounts.conftest import HASHER, PASSWORD, House, Town
from tests.webapp.accounts.provider import CLIENT, CLIENT_SECRET, Provider, Running, shared_secret
from tests.webapp.conftest import Clock
from webapp import create_app
from webapp.people import EXTENSION
from webapp.services.people import users
from webapp.services.people.roles import Role
from webapp.settings import IdentityService, SettingsFault, identity_service


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An identity service that runs."""
    running = Running()
    yield running.provider
    running.stop()


@pytest.fixture
def city(config: dict[str, Any], provider: Provider, clock: Clock) -> Iterator[Town]:
    """An application that knows the service."""
    service = IdentityService(provider.issuer, CLIENT, CLIENT_SECRET)
    app = create_app(
        {**config, "OIDC": service, "PASSWORD_HASHER": HASHER, "WTF_CSRF_ENABLED": False}
    )
    yield Town(app, House(app.extensions[EXTENSION].accounts, clock.now), clock)
    app.extensions["mianshen"].database.close()


def round_trip(client: FlaskClient) -> Any:
    """Go to the service as a browser does, and come back with what it gave."""
    away = client.get("/login/identity")
    assert away.status_code == 302
    answer = requests.get(away.location, allow_redirects=False, timeout=5)
    address = answer.headers["Location"]
    assert address.startswith("http://localhost/login/identity/back?")
    return client.get(address.removeprefix("http://localhost"))


def link(town: Town, person: Any) -> FlaskClient:
    client = town.browser(person)
    page = client.post("/account/link", data={"old": PASSWORD})
    assert 'href="/login/identity"' in page.text
    assert round_trip(client).location == "/account"
    return client


def test_a_linked_person_comes_in_and_a_stranger_does_not(city: Town, provider: Provider) -> None:
    person = city.house.person(Role.COMPANY)
    stranger = round_trip(city.visitor())
    assert stranger.status_code == 422
    assert "还没有绑定账号" in stranger.text

    link(city, person)
    client = city.visitor()
    assert round_trip(client).status_code == 303
    assert person.name in client.get("/account").text

    provider.subject = "43"
    assert round_trip(city.visitor()).status_code == 422


def test_a_mail_address_opens_nothing(city: Town) -> None:
    city.house.person(Role.COMPANY, login="person@example.cn")
    assert round_trip(city.visitor()).status_code == 422


def test_staff_still_give_their_second_factor(city: Town) -> None:
    link(city, city.house.person(Role.ADMIN, second=True))
    client = city.visitor()
    assert round_trip(client).location == "/login/second"
    assert client.get("/desk/users").location == "/login/second"


def test_linking_asks_for_the_password_and_unlinking_ends_it(city: Town) -> None:
    person = city.house.person(Role.COMPANY)
    client = city.browser(person)
    assert client.post("/account/link", data={"old": "wrong"}).status_code == 422
    assert round_trip(client).status_code == 422, "no link was begun"

    client = link(city, person)
    assert client.post("/account/unlink").location == "/account"
    assert round_trip(city.visitor()).status_code == 422


def test_a_disabled_account_stays_closed(city: Town) -> None:
    person = city.house.person(Role.COMPANY)
    link(city, person)
    users.disable(
        city.house.accounts, city.house.person(Role.ADMIN), int(person.id or 0), city.clock.now
    )
    assert round_trip(city.visitor()).status_code == 422


@pytest.mark.parametrize(
    "lie",
    [
        {"claims": {"iss": "https://other.example"}},
        {"claims": {"aud": "another program"}},
        {"claims": {"nonce": "of another login"}},
        {"claims": {"exp": int(time.time()) - 3600}},
        {"claims": {"sub": ""}},
        {"claims": {"sub": "x" * 201}},
        {"claims": {"sub": 42}},
        {"signing": RSAKey.generate_key(2048, {"kid": "one"})},
        {"named": "https://other.example"},
    ],
    # Written out: every process of a parallel run has to give the cases the same names.
    ids=[
        "issuer",
        "audience",
        "nonce",
        "expired",
        "nameless",
        "long",
        "number",
        "signature",
        "name",
    ],
)
def test_what_is_not_believed(city: Town, provider: Provider, lie: dict[str, Any]) -> None:
    link(city, city.house.person(Role.COMPANY))
    for name, value in lie.items():
        setattr(provider, name, value)
    if "named" in lie:
        # What the service calls itself is read once; a new application reads it anew.
        for client in city.app.extensions["mianshen-identity"]._clients.values():
            client.server_metadata.pop("_loaded_at", None)
        answer = city.visitor().get("/login/identity")
    else:
        answer = round_trip(city.visitor())
    assert answer.status_code == 422, answer.status
    assert "统一身份认证没有成功" in answer.text


def test_a_signature_with_a_shared_secret_counts_for_nothing(
    city: Town, provider: Provider
) -> None:
    link(city, city.house.person(Role.COMPANY))
    provider.offered = ("RS256", "HS256", "none")
    provider.header = {"alg": "HS256", "kid": "one"}
    provider.signing = shared_secret()
    answer = round_trip(city.visitor())
    assert answer.status_code == 422


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(city: Town) -> None:
    link(city, city.house.person(Role.COMPANY))
    asking, other = city.visitor(), city.visitor()
    away = asking.get("/login/identity")
    answer = requests.get(away.location, allow_redirects=False, timeout=5)
    back = answer.headers["Location"].removeprefix("http://localhost")
    assert other.get(back).status_code == 422
    assert asking.get(back).status_code == 303
    assert asking.get(back).status_code == 422, "a code counts once"
    assert other.get("/login/identity/back?error=access_denied").status_code == 422


def test_a_service_that_does_not_answer_is_said(config: dict[str, Any]) -> None:
    nowhere = IdentityService("http://127.0.0.1:1", CLIENT, CLIENT_SECRET)
    app = create_app({**config, "OIDC": nowhere})
    answer = app.test_client().get("/login/identity")
    app.extensions["mianshen"].database.close()
    assert answer.status_code == 422
    assert "统一身份认证没有成功" in answer.text


def test_without_a_service_there_is_no_such_page(town: Town) -> None:
    assert town.visitor().get("/login/identity").status_code == 404
    assert "统一身份认证" not in town.visitor().get("/login").text


def test_settings_name_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")
    for name in names:
        monkeypatch.delenv(f"MIANSHEN_OIDC_{name}", raising=False)
    assert identity_service() is None
    monkeypatch.setenv("MIANSHEN_OIDC_ISSUER", "https://id.example.cn")
    with pytest.raises(
        SettingsFault, match="还缺 MIANSHEN_OIDC_CLIENT_ID、MIANSHEN_OIDC_CLIENT_SECRET"
    ):
        identity_service()
    monkeypatch.setenv("MIANSHEN_OIDC_CLIENT_ID", "a")
    monkeypatch.setenv("MIANSHEN_OIDC_CLIENT_SECRET", "b")
    assert identity_service() == IdentityService("https://id.example.cn", "a", "b")
    monkeypatch.setenv("MIANSHEN_OIDC_ISSUER", "http://id.example.cn")
    with pytest.raises(SettingsFault, match="https://"):
        identity_service()
